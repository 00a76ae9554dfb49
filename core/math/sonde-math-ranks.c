#include "sonde-math-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_RUN 16

/* The scratch may be declared as something else than size_t, so it is only ever read and written as bytes. */
static inline size_t
scratch_get (const unsigned char *scratch, size_t i)
{
  size_t index;
  memcpy (&index, scratch + i * sizeof index, sizeof index);
  return index;
}

static void
insertion_sort (const double *x, size_t n, size_t *order)
{
  for (size_t i = 1; i < n; i++)
    {
      size_t moving = order[i], j = i;
      for (; j > 0 && x[order[j - 1]] > x[moving]; j--)
        order[j] = order[j - 1];
      order[j] = moving;
    }
}

/* A merge sort: stable, n log n whatever the data, and half an array of scratch. */
void
_sonde_math_sort_order (const double *x, size_t n, size_t *order, void *scratch)
{
  if (n <= SHORT_RUN)
    {
      insertion_sort (x, n, order);
      return;
    }

  size_t half = n / 2;
  _sonde_math_sort_order (x, half, order, scratch);
  _sonde_math_sort_order (x, n - half, order + half, scratch);
  if (x[order[half - 1]] <= x[order[half]])
    return;

  memcpy (scratch, order, half * sizeof *order);
  size_t left = 0, right = half, out = 0;
  while (left < half && right < n)
    {
      size_t a = scratch_get (scratch, left), b = order[right];
      bool take_right = x[b] < x[a];
      order[out++] = take_right ? b : a;
      right += take_right;
      left += !take_right;
    }
  for (; left < half; left++)
    order[out++] = scratch_get (scratch, left);
}

/**
 * sonde_math_average_ranks:
 * @x: [n], finite
 * @order: (out): [n], workspace; afterwards the indices that sort @x, ties in their order of appearance
 * @ranks: (out): [n], from 1; values that are equal share the mean of the ranks they cover
 */
void
sonde_math_average_ranks (const double *x,
                          size_t n,
                          size_t *order,
                          double *ranks)
{
  _Static_assert(sizeof (size_t) <= sizeof (double), "ranks serve as the scratch of the sort");

  for (size_t i = 0; i < n; i++)
    order[i] = i;
  _sonde_math_sort_order (x, n, order, ranks);

  for (size_t first = 0, next; first < n; first = next)
    {
      for (next = first + 1; next < n && x[order[next]] == x[order[first]];)
        next++;
      double rank = ((double) first + 1 + (double) next) / 2;
      for (size_t i = first; i < next; i++)
        ranks[order[i]] = rank;
    }
}

/* Ranks of both vectors in one allocation, to be freed by the caller: x's in [0, n), y's in [n, 2n). */
static double *
rank_both (const double *x, const double *y, size_t n)
{
  if (n > SIZE_MAX / 2 / sizeof (double))
    return NULL;
  double *ranks = malloc (2 * n * sizeof *ranks);
  size_t *order = malloc (n * sizeof *order);
  if (ranks && order)
    {
      sonde_math_average_ranks (x, n, order, ranks);
      sonde_math_average_ranks (y, n, order, ranks + n);
    }
  else
    {
      free (ranks);
      ranks = NULL;
    }
  free (order);
  return ranks;
}

/**
 * sonde_math_spearman:
 * @x: [n], finite
 * @y: [n], finite
 * @rho: (out): in [-1, 1]
 *
 * Pearson's r of the average ranks. Allocates 24 n bytes.
 *
 * Returns: %SONDE_MATH_UNDEFINED, and NaN, for n < 2 or a vector of one value only
 */
SondeMathStatus
sonde_math_spearman (const double *x,
                     const double *y,
                     size_t n,
                     double *rho)
{
  *rho = NAN;
  if (n < 2)
    return SONDE_MATH_UNDEFINED;
  double *ranks = rank_both (x, y, n);
  if (!ranks)
    return SONDE_MATH_NO_MEMORY;

  SondeMathStatus status = sonde_math_pearson (ranks, ranks + n, n, rho);
  free (ranks);
  return status;
}

/**
 * sonde_math_rho_a:
 * @x: [n], finite
 * @y: [n], finite
 * @rho: (out): in [-1, 1]
 *
 * 12 x̃ᵀỹ / (n³ - n) with average ranks less their mean (n + 1) / 2: what Spearman's coefficient is on average when ties are
 * broken at random (Schütt, Kipnis, Diedrichsen, Kriegeskorte, eLife 2023). Ties therefore pull it towards 0, and a vector
 * of one value gives 0, which is defined. Allocates 24 n bytes.
 *
 * Returns: %SONDE_MATH_UNDEFINED, and NaN, for n < 2
 */
SondeMathStatus
sonde_math_rho_a (const double *x,
                  const double *y,
                  size_t n,
                  double *rho)
{
  *rho = NAN;
  if (n < 2)
    return SONDE_MATH_UNDEFINED;
  double *ranks = rank_both (x, y, n);
  if (!ranks)
    return SONDE_MATH_NO_MEMORY;

  double count = n, mean = (count + 1) / 2;
  SondeMathSum products = { 0 };
  for (size_t i = 0; i < n; i++)
    _sonde_math_sum_add (&products, (ranks[i] - mean) * (ranks[n + i] - mean));
  free (ranks);

  *rho = _sonde_math_clip (12 * _sonde_math_sum_get (&products) / (count * (count * count - 1)));
  return SONDE_MATH_OK;
}
