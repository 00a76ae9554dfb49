#include "sonde-math-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_RUN 16

/* Each step of an insertion sort undoes one inversion. */
static uint64_t
insertion_inversions (double *y, size_t n)
{
  uint64_t inversions = 0;
  for (size_t i = 1; i < n; i++)
    {
      double moving = y[i];
      size_t j = i;
      for (; j > 0 && y[j - 1] > moving; j--)
        y[j] = y[j - 1];
      y[j] = moving;
      inversions += i - j;
    }
  return inversions;
}

/* Sorts y and returns how many pairs i < j had y_i > y_j: when the right run's head is taken, it passes all that is left of
 * the left run. scratch [n / 2]. */
static uint64_t
sort_inversions (double *y, size_t n, double *scratch)
{
  if (n <= SHORT_RUN)
    return insertion_inversions (y, n);

  size_t half = n / 2;
  uint64_t inversions = sort_inversions (y, half, scratch) + sort_inversions (y + half, n - half, scratch);

  memcpy (scratch, y, half * sizeof *y);
  size_t left = 0, right = half, out = 0;
  while (left < half && right < n)
    if (y[right] < scratch[left])
      {
        inversions += half - left;
        y[out++] = y[right++];
      }
    else
      y[out++] = scratch[left++];
  memcpy (y + out, scratch + left, (half - left) * sizeof *y);
  return inversions;
}

static uint64_t
pairs (uint64_t n)
{
  return n % 2 ? (n - 1) / 2 * n : n / 2 * (n - 1);
}

/* Pairs of indices, neighbours in order, with equal x and, where y is given, equal y too. */
static uint64_t
tied_pairs (const double *x, const double *y, size_t n, const size_t *order)
{
  uint64_t tied = 0;
  for (size_t first = 0, next; first < n; first = next)
    {
      size_t a = order[first];
      for (next = first + 1; next < n; next++)
        if (x[order[next]] != x[a] || (y && y[order[next]] != y[a]))
          break;
      tied += pairs (next - first);
    }
  return tied;
}

/* order [n], sorted [n] and scratch [n] are workspace. */
static double
tau_a (const double *x, const double *y, size_t n, size_t *order, double *sorted, double *scratch)
{
  for (size_t i = 0; i < n; i++)
    order[i] = i;
  _sonde_math_sort_order (y, n, order, scratch);
  uint64_t tied_y = tied_pairs (y, NULL, n, order);

  /* The sort is stable, so within equal x the order by y stays, and such pairs do not count as inversions. */
  _sonde_math_sort_order (x, n, order, scratch);
  uint64_t tied_x = tied_pairs (x, NULL, n, order);
  uint64_t tied_both = tied_pairs (x, y, n, order);

  for (size_t i = 0; i < n; i++)
    sorted[i] = y[order[i]];
  uint64_t discordant = sort_inversions (sorted, n, scratch);
  uint64_t untied = pairs (n) - tied_x - (tied_y - tied_both);
  uint64_t concordant = untied - discordant;

  return concordant >= discordant
             ? (double) (concordant - discordant) / (double) pairs (n)
             : -((double) (discordant - concordant) / (double) pairs (n));
}

/**
 * sonde_math_kendall_tau_a:
 * @x: [n], finite
 * @y: [n], finite
 * @tau: (out): in [-1, 1]
 *
 * (concordant - discordant) / (n (n - 1) / 2), pairs tied in @x or @y counting as neither, by Knight's sort in O(n log n)
 * (J. Am. Stat. Assoc. 61, 1966). Counted in integers, so exact but for the division. A vector of one value gives 0.
 * Allocates 24 n bytes.
 *
 * Returns: %SONDE_MATH_UNDEFINED, and NaN, for n < 2
 */
SondeMathStatus
sonde_math_kendall_tau_a (const double *x,
                          const double *y,
                          size_t n,
                          double *tau)
{
  *tau = NAN;
  if (n < 2)
    return SONDE_MATH_UNDEFINED;
  if (n > SIZE_MAX / sizeof (double))
    return SONDE_MATH_NO_MEMORY;

  size_t *order = malloc (n * sizeof *order);
  double *sorted = malloc (n * sizeof *sorted);
  double *scratch = malloc (n * sizeof *scratch);
  bool allocated = order && sorted && scratch;
  if (allocated)
    *tau = tau_a (x, y, n, order, sorted, scratch);
  free (scratch);
  free (sorted);
  free (order);
  return allocated ? SONDE_MATH_OK : SONDE_MATH_NO_MEMORY;
}
