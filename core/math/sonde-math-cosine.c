#include "sonde-math-blas.h"
#include "sonde-math-private.h"

#include <math.h>

/* Σ x², in eight interleaved partial sums: a fixed order that still fills vector registers. The square of a float is exact
 * in a double and can neither overflow nor underflow there. */
INLINE double
row_squares (const float *restrict x, size_t columns)
{
  double partial[8] = { 0 };
  size_t whole = columns - columns % 8;

  for (size_t j = 0; j < whole; j += 8)
    for (size_t lane = 0; lane < 8; lane++)
      {
        double value = x[j + lane];
        partial[lane] += value * value;
      }
  for (size_t j = whole; j < columns; j++)
    partial[j - whole] += (double) x[j] * x[j];

  return ((partial[0] + partial[1]) + (partial[2] + partial[3])) + ((partial[4] + partial[5]) + (partial[6] + partial[7]));
}

/**
 * sonde_math_row_lengths:
 * @x: [rows, columns], finite
 * @lengths: (out): [rows], √(Σ x²) in float64
 *
 * Returns the number of rows of zeros, which have no direction.
 */
VECTORISED
size_t
sonde_math_row_lengths (const float *x,
                        size_t rows,
                        size_t columns,
                        double *lengths)
{
  size_t n_zero = 0;

  for (size_t i = 0; i < rows; i++)
    {
      lengths[i] = sqrt (row_squares (x + i * columns, columns));
      n_zero += lengths[i] == 0;
    }
  return n_zero;
}

/**
 * sonde_math_scale_rows:
 * @x: [rows, columns], finite
 * @lengths: [rows], from sonde_math_row_lengths()
 * @y: (out): [rows, columns], rows of Euclidean length 1; a row of zeros stays one
 *
 * x̂ = x / √(Σ x²), in float64.
 */
VECTORISED
void
sonde_math_scale_rows (const float *x,
                       size_t rows,
                       size_t columns,
                       const double *lengths,
                       double *y)
{
  for (size_t i = 0; i < rows; i++)
    {
      const float *restrict values = x + i * columns;
      double *restrict unit = y + i * columns;
      double divisor = lengths[i] == 0 ? 1 : lengths[i];

      for (size_t j = 0; j < columns; j++)
        unit[j] = values[j] / divisor;
    }
}

/**
 * sonde_math_cosine_self:
 * @xhat: [n, columns], rows of length 1 or 0, from sonde_math_scale_rows()
 * @out: (out): [n, n]
 *
 * X̂ X̂ᵀ. Only one triangle is computed and the other copied, so the matrix is symmetric to the last bit. The diagonal is
 * what it is by definition, 1, instead of what rounding left of it; a row of zeros has 0 there as everywhere.
 */
void
sonde_math_cosine_self (const double *xhat,
                        size_t n,
                        size_t columns,
                        double *out)
{
  if (n == 0)
    return;

  _sonde_math_blas ()->dsyrk (CblasRowMajor, CblasUpper, CblasNoTrans,
               (blasint) n, (blasint) columns,
               1, xhat, columns > 0 ? (blasint) columns : 1,
               0, out, (blasint) n);
  for (size_t i = 0; i < n; i++)
    {
      double *row = out + i * n;
      row[i] = row[i] > 0 ? 1 : row[i];
      for (size_t j = i + 1; j < n; j++)
        row[j] = _sonde_math_clip (row[j]);
    }
  _sonde_math_mirror_upper (out, n);
}

/**
 * sonde_math_cosine_cross:
 * @xhat: [n, columns], rows of length 1 or 0
 * @yhat: [m, columns], likewise
 * @out: (out): [n, m]
 *
 * X̂ Ŷᵀ, clipped to [-1, 1].
 */
void
sonde_math_cosine_cross (const double *xhat,
                         size_t n,
                         const double *yhat,
                         size_t m,
                         size_t columns,
                         double *out)
{
  if (n == 0 || m == 0)
    return;

  blasint stride = columns > 0 ? (blasint) columns : 1;
  _sonde_math_blas ()->dgemm (CblasRowMajor, CblasNoTrans, CblasTrans,
               (blasint) n, (blasint) m, (blasint) columns,
               1, xhat, stride, yhat, stride,
               0, out, (blasint) m);
  for (size_t i = 0; i < n * m; i++)
    out[i] = _sonde_math_clip (out[i]);
}

/**
 * sonde_math_upper_triangle:
 * @matrix: [n, n]
 * @out: (out): [n (n - 1) / 2]
 *
 * What lies strictly above the diagonal, row by row: the pairs (0, 1), (0, 2), … (n - 2, n - 1).
 */
void
sonde_math_upper_triangle (const double *matrix,
                           size_t n,
                           double *out)
{
  for (size_t i = 0; i < n; i++)
    for (size_t j = i + 1; j < n; j++)
      *out++ = matrix[i * n + j];
}

void
_sonde_math_mirror_upper (double *matrix, size_t n)
{
  /* In tiles, since writing down a column of a wide matrix touches a new page with every number. */
  const size_t tile = 32;

  for (size_t top = 0; top < n; top += tile)
    for (size_t left = top; left < n; left += tile)
      for (size_t i = top; i < n && i < top + tile; i++)
        for (size_t j = left > i ? left : i + 1; j < n && j < left + tile; j++)
          matrix[j * n + i] = matrix[i * n + j];
}
