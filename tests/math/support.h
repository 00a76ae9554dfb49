#pragma once

#include "random.h"
#include "sonde-math.h"

#include <glib.h>

/* |a - b| ≤ tolerance · |b|; for values whose scale is 1 whatever they are, use assert_near. */
#define assert_close(a, b, tolerance) g_assert_cmpfloat (fabs ((a) - (b)), <=, (tolerance) *fabs (b))
#define assert_near(a, b, tolerance) g_assert_cmpfloat (fabs ((a) - (b)), <=, (tolerance))

/* What to allow between a kernel and its naive twin. Where long double is no wider than double (some processors, and any
 * under valgrind) the twin's plain sums are the less exact of the two. */
static inline double
naive_tolerance (double tolerance)
{
  volatile long double sum = 1;
  sum += 0x1p-60L;
  return sum > 1 ? tolerance : 50 * tolerance;
}

typedef enum
{
  KIND_PLAIN,
  KIND_LARGE_MEAN,     /* 3000, as an outlier feature of a transformer */
  KIND_RANK_DEFICIENT, /* every row a multiple of one of three */
  KIND_CONSTANT_ROWS,  /* each row one number */
  KIND_ZERO_ROWS,      /* every third row */
  KIND_WIDE_RANGE,     /* columns from 1e-18 to 1e18 */
  N_KINDS,
} Kind;

/* Free with g_free(). */
static inline float *
random_matrix (Kind kind, uint64_t seed, size_t rows, size_t columns)
{
  float *x = g_new (float, rows * columns);
  for (size_t i = 0; i < rows; i++)
    for (size_t j = 0; j < columns; j++)
      {
        double value = random_bell (seed, i * columns + j);
        if (kind == KIND_LARGE_MEAN)
          value += 3000;
        else if (kind == KIND_RANK_DEFICIENT)
          value = (double) (i / 3 + 1) * random_bell (seed, i % 3 * columns + j);
        else if (kind == KIND_CONSTANT_ROWS)
          value = random_bell (seed, i);
        else if (kind == KIND_ZERO_ROWS && i % 3 == 0)
          value = 0;
        else if (kind == KIND_WIDE_RANGE)
          value *= pow (10, (double) (j % 7) * 6 - 18);
        x[i * columns + j] = (float) value;
      }
  return x;
}

/* Rows and columns: one by one, fewer rows than columns, more, and around the sizes at which the code changes its way. */
static const size_t shapes[][2] = {
  { 1, 1 }, { 1, 9 }, { 9, 1 }, { 2, 2 }, { 3, 50 }, { 50, 3 }, { 17, 17 }, { 33, 64 }, { 65, 31 }, { 5, 700 }, { 120, 40 },
};

/* Rows scaled to length 1; returns how many are zero. */
static inline size_t
normalize (const float *x, size_t rows, size_t columns, double *unit)
{
  g_autofree double *lengths = g_new (double, rows);
  size_t n_zero = sonde_math_row_lengths (x, rows, columns, lengths);

  sonde_math_scale_rows (x, rows, columns, lengths, unit);
  return n_zero;
}
