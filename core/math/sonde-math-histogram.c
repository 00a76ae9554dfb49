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
  /* Adding 0 makes -0, which may come before 0 or after it, 0. */
  return (SondeBins){ low + 0.0, high + 0.0, wanted < most ? wanted : most, wanted };
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

/**
 * sonde_math_bins_freedman_diaconis_f32:
 * @values: [n], finite
 * @run: (nullable): lends threads
 *
 * The same rule and the same bins. The quartiles come from the order statistics around them, these by three passes over
 * @values.
 */
SondeBins
sonde_math_bins_freedman_diaconis_f32 (const float *values,
                                       size_t n,
                                       size_t max_bins,
                                       SondeMathRun run)
{
  if (n == 0)
    return _sonde_math_bins_around (0.5);

  double positions[] = { (double) (n - 1) * 0.25, (double) (n - 1) * 0.75 };
  size_t ranks[SONDE_MATH_MAX_RANKS] = { 0, n - 1 };
  float selected[SONDE_MATH_MAX_RANKS];
  for (int i = 0; i < 2; i++)
    {
      ranks[2 + 2 * i] = (size_t) positions[i];
      ranks[3 + 2 * i] = ranks[2 + 2 * i] + 1 < n ? ranks[2 + 2 * i] + 1 : n - 1;
    }
  _sonde_math_select_f32 (values, n, ranks, SONDE_MATH_MAX_RANKS, selected, run);
  if (selected[0] == selected[1])
    return _sonde_math_bins_around (selected[0]);

  double lower = _sonde_math_interpolate (selected[2], selected[3], positions[0] - (double) ranks[2]);
  double upper = _sonde_math_interpolate (selected[4], selected[5], positions[1] - (double) ranks[4]);
  return _sonde_math_bins_from_quartiles (selected[0], selected[1], lower, upper, n, max_bins);
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

/* False where it lies in none, or is NaN. */
static bool
find_bin (const SondeBins *bins, double value, size_t *bin)
{
  if (!(value >= bins->low && value <= bins->high))
    return false;
  *bin = search_bin (bins, step_of (bins), value);
  return true;
}

#define CHUNK 1024
#define NOWHERE UINT32_MAX

/* places [n]: the bin of each of values [n] where the guess that a division gives is right: where the edges say so too. NOWHERE
 * where they do not, which is where rounding put a value on the wrong side of one, and where it lies outside all bins. */
VECTORISED
static void
guess_bins (const double *restrict values, size_t n, const SondeBins *bins, uint32_t *restrict places)
{
  const double low = bins->low, high = bins->high, step = step_of (bins);
  const double range = high - low, number = (double) bins->n_bins, last = number - 1;

  for (size_t i = 0; i < n; i++)
    {
      double value = values[i], position = (value - low) / range * number;
      position = position > 0 ? position : 0;
      position = position < last ? position : last;
      double bin = (int32_t) position;
      double left = low + bin * step, right = low + (bin + 1) * step;
      right = bin < last ? right : INFINITY;
      int32_t place = (int32_t) bin;
      place = value >= left && value < right && value <= high ? place : -1;
      places[i] = (uint32_t) place;
    }
}

static void
place_values (const double *values, size_t n, const SondeBins *bins, uint32_t *places)
{
  guess_bins (values, n, bins, places);
  for (size_t i = 0; i < n; i++)
    if (places[i] == NOWHERE)
      {
        size_t bin;
        places[i] = find_bin (bins, values[i], &bin) ? (uint32_t) bin : NOWHERE;
      }
}

/**
 * sonde_math_histogram:
 * @values: [n]
 * @bins: from sonde_math_bins_freedman_diaconis(), or made by hand: low < high, high - low finite, n_bins ≥ 1
 * @counts: (out): [n_bins]
 *
 * Bin i takes edge (i) ≤ value < edge (i + 1), the last one also value = high. What lies outside [low, high], NaN included,
 * is not counted.
 */
void
sonde_math_histogram (const double *values,
                      size_t n,
                      const SondeBins *bins,
                      size_t *counts)
{
  uint32_t places[CHUNK];

  memset (counts, 0, bins->n_bins * sizeof *counts);
  for (size_t done = 0, some; done < n; done += some)
    {
      some = n - done < CHUNK ? n - done : CHUNK;
      place_values (values + done, some, bins, places);
      for (size_t i = 0; i < some; i++)
        if (places[i] != NOWHERE)
          counts[places[i]]++;
    }
}

/* So many counts a task keeps by itself, on its stack; with more bins it rarely meets another in one of them. */
#define OWN_BINS 16384

typedef struct
{
  const float *values;
  size_t n;
  const SondeBins *bins;
  size_t *counts; /* atomic */
} Counting;

static void
count_task (unsigned task, unsigned worker, void *data)
{
  const Counting *counting = data;
  const size_t n_bins = counting->bins->n_bins;
  size_t first = task * SONDE_MATH_TASK_SIZE, left = counting->n - first;
  uint32_t own[OWN_BINS], places[CHUNK];
  double values[CHUNK] = { 0 };

  (void) worker;
  if (n_bins <= OWN_BINS)
    memset (own, 0, n_bins * sizeof *own);
  left = left < SONDE_MATH_TASK_SIZE ? left : SONDE_MATH_TASK_SIZE;
  for (size_t some; left > 0; first += some, left -= some)
    {
      some = left < CHUNK ? left : CHUNK;
      for (size_t i = 0; i < some; i++)
        values[i] = counting->values[first + i];
      place_values (values, some, counting->bins, places);
      for (size_t i = 0; i < some; i++)
        if (places[i] != NOWHERE && n_bins <= OWN_BINS)
          own[places[i]]++;
        else if (places[i] != NOWHERE)
          __atomic_fetch_add (&counting->counts[places[i]], 1, __ATOMIC_RELAXED);
    }
  for (size_t i = 0; i < n_bins && n_bins <= OWN_BINS; i++)
    if (own[i] > 0)
      __atomic_fetch_add (&counting->counts[i], own[i], __ATOMIC_RELAXED);
}

/**
 * sonde_math_histogram_f32:
 * @values: [n]
 * @bins: as for sonde_math_histogram()
 * @counts: (out): [n_bins]
 * @run: (nullable): lends threads
 */
void
sonde_math_histogram_f32 (const float *values,
                          size_t n,
                          const SondeBins *bins,
                          size_t *counts,
                          SondeMathRun run)
{
  Counting counting = { values, n, bins, counts };

  memset (counts, 0, bins->n_bins * sizeof *counts);
  _sonde_math_run_tasks (run, n, count_task, &counting);
}
