#include "sonde-math-private.h"

#include <math.h>
#include <string.h>

#define DIGIT_BITS 12

/* Unsigned numbers in the order of the doubles they stand for. */
static inline uint64_t
sortable_bits (double value)
{
  uint64_t bits;
  memcpy (&bits, &value, sizeof bits);
  return bits >> 63 ? ~bits : bits | (UINT64_C (1) << 63);
}

static inline size_t
digit_of (double value, int shift)
{
  return (sortable_bits (value) >> shift) & ((1 << DIGIT_BITS) - 1);
}

/* The k-th smallest (from 0) of values [n], by radix: the digits of the sought number are found from the top, and only the
 * values that share them are kept, in workspace [n]. Linear in n whatever the values, where a quickselect can be quadratic. */
static double
select_kth (const double *values, size_t n, size_t k, double *workspace)
{
  static const int shifts[] = { 52, 40, 28, 16, 4, 0 };

  for (size_t pass = 0; pass < sizeof shifts / sizeof *shifts && n > 1; pass++)
    {
      size_t counts[1 << DIGIT_BITS] = { 0 }, digit = 0, kept = 0;

      for (size_t i = 0; i < n; i++)
        counts[digit_of (values[i], shifts[pass])]++;
      for (; k >= counts[digit]; digit++)
        k -= counts[digit];
      /* Written always and kept sometimes: a branch here would be mispredicted half of the time. */
      for (size_t i = 0; i < n; i++)
        {
          double value = values[i];
          workspace[kept] = value;
          kept += digit_of (value, shifts[pass]) == digit;
        }
      values = workspace;
      n = kept;
    }
  return values[0];
}

/* The order statistic that follows smaller, which is the k-th. */
static double
next_above (const double *values, size_t n, size_t k, double smaller)
{
  size_t up_to = 0;
  double least = INFINITY;

  for (size_t i = 0; i < n; i++)
    {
      bool above = values[i] > smaller;
      up_to += !above;
      least = above && values[i] < least ? values[i] : least;
    }
  return up_to > k + 1 ? smaller : least;
}

/* Between the order statistics around (n - 1) · fraction, from the nearer one, as numpy interpolates. */
static double
quantile (const double *values, size_t n, double fraction, double *workspace)
{
  double position = (double) (n - 1) * fraction;
  size_t k = (size_t) position;
  double t = position - (double) k;
  double below = select_kth (values, n, k, workspace);
  if (t == 0)
    return below;

  double above = next_above (values, n, k, below);
  return _sonde_math_interpolate (below, above, t);
}

static size_t
count_from (double wanted)
{
  if (!(wanted > 1))
    return 1;
  return wanted < 0x1p63 ? (size_t) wanted : SIZE_MAX;
}

/* So many bins that each edge is still a number of its own: bins as narrow as the distance between neighbouring doubles
 * would have width 0 and an infinite density. Four of these distances outweigh the rounding of two edges. */
static size_t
distinct_bins (double low, double high)
{
  double largest = fmax (fabs (low), fabs (high));
  double spacing = nextafter (largest, INFINITY) - largest;
  if (!isfinite (high - low))
    return 1;
  return count_from (floor ((high - low) / (4 * spacing)));
}

SondeBins
_sonde_math_bins_around (double value)
{
  /* Beyond 2^53 a half is lost in rounding; the neighbours are then as close as bins can be. */
  return (SondeBins){
    .low = fmin (value - 0.5, nextafter (value, -INFINITY)),
    .high = fmax (value + 0.5, nextafter (value, INFINITY)),
    .n_bins = 1,
    .wanted = 1,
  };
}

SondeBins
_sonde_math_bins_from_quartiles (double low, double high, double lower, double upper, size_t n, size_t max_bins)
{
  double width = 2.0 * (upper - lower) * pow ((double) n, -1.0 / 3.0);
  size_t wanted = width > 0 ? count_from (ceil ((high - low) / width)) : 1;
  size_t most = distinct_bins (low, high);
  most = max_bins < most ? max_bins : most;
  most = most < 1 ? 1 : most;
  return (SondeBins){ low, high, wanted < most ? wanted : most, wanted };
}

/**
 * sonde_math_bins_freedman_diaconis:
 * @values: [n], finite
 * @max_bins: the most bins to return, at least 1
 * @workspace: [n], overwritten
 *
 * Bins of about the width 2 IQR n^(-1/3) that divide [min, max] evenly (Freedman and Diaconis, Z. Wahrscheinlichkeitstheorie
 * verw. Gebiete 57, 1981), the interquartile range from linearly interpolated percentiles. IQR 0 gives one bin, constant
 * data one bin from v - ½ to v + ½. One outlier is enough to ask for more bins than memory has, so there is a cap; and there
 * are never more than @values has distinguishable numbers for. In both cases wanted says what the rule asked for.
 * Where max - min is no double any more (nothing that was ever float32) there is one bin.
 */
SondeBins
sonde_math_bins_freedman_diaconis (const double *values,
                                   size_t n,
                                   size_t max_bins,
                                   double *workspace)
{
  if (n == 0)
    return _sonde_math_bins_around (0.5);

  double low = values[0], high = values[0];
  for (size_t i = 1; i < n; i++)
    {
      low = values[i] < low ? values[i] : low;
      high = values[i] > high ? values[i] : high;
    }
  if (low == high)
    return _sonde_math_bins_around (low);

  double upper = quantile (values, n, 0.75, workspace);
  double lower = quantile (values, n, 0.25, workspace);
  return _sonde_math_bins_from_quartiles (low, high, lower, upper, n, max_bins);
}

static inline double
step_of (const SondeBins *bins)
{
  return (bins->high - bins->low) / (double) bins->n_bins;
}

/**
 * sonde_math_bin_edge:
 * @i: from 0 to n_bins
 *
 * low + i · step, step = (high - low) / n_bins; the last edge is high itself. These are the very edges that
 * sonde_math_histogram() compares with, and numpy.linspace's.
 */
double
sonde_math_bin_edge (const SondeBins *bins,
                     size_t i)
{
  return i < bins->n_bins ? bins->low + (double) i * step_of (bins) : bins->high;
}

/* The last bin whose left edge is not above value. */
static size_t
search_bin (const SondeBins *bins, double step, double value)
{
  size_t first = 0, last = bins->n_bins - 1;
  while (first < last)
    {
      size_t middle = last - (last - first) / 2;
      if (value >= bins->low + (double) middle * step)
        first = middle;
      else
        last = middle - 1;
    }
  return first;
}

/**
 * sonde_math_histogram:
 * @values: [n]
 * @bins: from sonde_math_bins_freedman_diaconis(), or made by hand: low < high, high - low finite, n_bins ≥ 1
 * @counts: (out): [n_bins]
 *
 * Bin i takes edge (i) ≤ value < edge (i + 1), the last one also value = high. What lies outside [low, high], NaN included,
 * is not counted. The bin a division gives is a guess, which rounding may put on the wrong side of an edge; where the edges
 * disagree they decide.
 */
void
sonde_math_histogram (const double *values,
                      size_t n,
                      const SondeBins *bins,
                      size_t *counts)
{
  const double low = bins->low, high = bins->high, step = step_of (bins);
  const double range = high - low, number = (double) bins->n_bins;
  const size_t last = bins->n_bins - 1;

  memset (counts, 0, bins->n_bins * sizeof *counts);
  for (size_t i = 0; i < n; i++)
    {
      double value = values[i];
      if (!(value >= low && value <= high))
        continue;

      double position = (value - low) / range * number;
      size_t bin = position < (double) last ? (size_t) position : last;
      bool fits = value >= low + (double) bin * step && (bin == last || value < low + (double) (bin + 1) * step);
      counts[fits ? bin : search_bin (bins, step, value)]++;
    }
}
