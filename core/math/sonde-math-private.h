#pragma once

#include "sonde-math.h"

#include <stdint.h>

#ifdef __FAST_MATH__
#error "sonde-math needs IEEE arithmetic: compensated sums and histogram edges do not survive -ffast-math"
#endif

/* Deviations whose root mean square is below this many ε · max |x| count as none. A cosine of parallel rows is off by some
 * 10 ε; and float32 rows that differ by one rounding each have cosines 10 ε below 1. What is smaller carries no information. */
#define SONDE_MATH_NOISE 64.0

/* One body, compiled once per instruction set; the loader picks. meson.build checks that the compiler can. None of them contracts
 * products and sums, so that all give the same bytes. Their names differ in all files: what clang makes to pick one is global. */
#ifdef SONDE_MATH_HAVE_TARGET_CLONES
#define VECTORISED __attribute__ ((target_clones ("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define VECTORISED
#endif

/* Called in loops that must vectorise. */
#define INLINE static inline __attribute__ ((always_inline))

/* A compensated sum: total + rest is the sum to about twice the digits of a double, whatever the number of terms. */
typedef struct
{
  double total, rest;
} SondeMathSum;

/* Knuth's two-sum: what the addition loses is found without a branch and kept apart. */
static inline void
_sonde_math_sum_add (SondeMathSum *sum, double value)
{
  double total = sum->total + value;
  double gained = total - sum->total;
  sum->rest += (sum->total - (total - gained)) + (value - gained);
  sum->total = total;
}

static inline double
_sonde_math_sum_get (const SondeMathSum *sum)
{
  return sum->total + sum->rest;
}

/* To [-1, 1]; written so that NaN passes and stays visible. */
static inline double
_sonde_math_clip (double r)
{
  if (r > 1)
    return 1;
  return r < -1 ? -1 : r;
}

/* Location and spread of a vector, after multiplication by scale: the power of two that brings max |x| below 1, which costs
 * no digit and keeps squares from overflowing. mean + rest is the scaled mean; squares is the sum of squared deviations from
 * it. constant: the deviations are rounding noise, or something is not finite. */
typedef struct
{
  double scale, mean, rest, squares;
  bool constant;
} SondeMathSpread;

SondeMathSpread _sonde_math_spread (const double *x, size_t n);

static inline double
_sonde_math_spread_deviation (const SondeMathSpread *spread, double value)
{
  return (value * spread->scale - spread->mean) - spread->rest;
}

/* Sorts order [n], indices into x, by x; stable. scratch: room for n / 2 indices, of any type. */
void _sonde_math_sort_order (const double *x, size_t n, size_t *order, void *scratch);

/* Copies the strict upper triangle of matrix [n, n] onto the lower one. */
void _sonde_math_mirror_upper (double *matrix, size_t n);

/* The values at ranks [n_ranks], at most SONDE_MATH_MAX_RANKS, of the sorted values [n]; each rank is below n. */
#define SONDE_MATH_MAX_RANKS 6
void _sonde_math_select_f32 (const float *values, size_t n, const size_t *ranks, unsigned n_ranks, float *selected, SondeMathRun run);

/* Tasks of so many float32 values: enough for what a task adds to the common counts to be little beside it. */
#define SONDE_MATH_TASK_SIZE ((size_t) 1 << 18)

static inline void
_sonde_math_run_tasks (SondeMathRun run, size_t n, SondeMathTask func, void *data)
{
  unsigned n_tasks = (unsigned) ((n + SONDE_MATH_TASK_SIZE - 1) / SONDE_MATH_TASK_SIZE);
  if (run)
    run (n_tasks, func, data);
  else
    for (unsigned i = 0; i < n_tasks; i++)
      func (i, 0, data);
}

/* What Freedman and Diaconis's rule makes of the values from low to high, low < high: at most max_bins, and so few that each edge
 * is a number of its own. */
SondeBins _sonde_math_bins_from_quartiles (double low, double high, double lower, double upper, size_t n, size_t max_bins);

/* One bin, for values that are all equal: [value - ½, value + ½]. */
SondeBins _sonde_math_bins_around (double value);

/* From the order statistic at floor (position) and the one after it: from the nearer one, as numpy interpolates. */
static inline double
_sonde_math_interpolate (double below, double above, double t)
{
  double gap = above - below;
  return t < 0.5 ? below + gap * t : above - gap * (1 - t);
}
