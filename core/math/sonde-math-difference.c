#include "sonde-math-private.h"

#include <float.h>
#include <math.h>

/* Numbers are taken so many at a time: as floats and as doubles they fit into the first cache. */
#define CHUNK 512
#define LANES 8

/* What one pair of numbers differs by. */
typedef struct
{
  double absolute, relative, excess;
} Apart;

/* Never NaN, so that a value which is no number cannot hide among those that agree. */
INLINE double
absolute_difference (double x, double y)
{
  double absolute = x == y ? 0 : fabs (x - y);
  return absolute <= DBL_MAX ? absolute : INFINITY;
}

INLINE double
relative_difference (double x, double y, double absolute)
{
  double larger = fabs (x) > fabs (y) ? fabs (x) : fabs (y);
  larger = larger > FLT_MIN ? larger : FLT_MIN;
  return absolute <= DBL_MAX ? (absolute == 0 ? 0 : absolute / larger) : INFINITY;
}

INLINE Apart
apart (double x, double y, double relative)
{
  Apart found;
  found.absolute = absolute_difference (x, y);
  found.relative = relative_difference (x, y, found.absolute);
  found.excess = found.absolute <= DBL_MAX ? (found.absolute == 0 ? 0 : found.absolute - relative * fabs (y)) : INFINITY;
  return found;
}

INLINE bool
is_over (double y, double absolute, double tolerance, double relative)
{
  return absolute > DBL_MAX || (absolute > 0 && absolute > tolerance + relative * fabs (y));
}

/* The largest of a chunk, how many are over the tolerance, and 0 or NaN: whether each is finite. In lanes, which vectorise. */
VECTORISED
static double
survey (const double *restrict x, const double *restrict y, size_t n, double tolerance, double relative, Apart *most, size_t *n_over)
{
  double absolute[LANES] = { 0 }, share[LANES] = { 0 }, excess[LANES] = { 0 }, over[LANES] = { 0 }, rest[LANES] = { 0 };

  for (size_t k = 0; k < n; k += LANES)
    for (size_t l = 0; l < LANES; l++)
      {
        Apart found = apart (x[k + l], y[k + l], relative);

        absolute[l] = found.absolute > absolute[l] ? found.absolute : absolute[l];
        share[l] = found.relative > share[l] ? found.relative : share[l];
        excess[l] = found.excess > excess[l] ? found.excess : excess[l];
        over[l] += is_over (y[k + l], found.absolute, tolerance, relative) ? 1 : 0;
        rest[l] += (x[k + l] - x[k + l]) + (y[k + l] - y[k + l]);
      }
  *most = (Apart){ 0 };
  for (size_t l = 0; l < LANES; l++)
    {
      most->absolute = fmax (most->absolute, absolute[l]);
      most->relative = fmax (most->relative, share[l]);
      most->excess = fmax (most->excess, excess[l]);
      *n_over += (size_t) over[l];
      rest[0] += l > 0 ? rest[l] : 0;
    }
  return rest[0];
}

/* The first places of a chunk that have what is its most, where that is more than all before. */
static void
find_places (const double *x, const double *y, size_t first, size_t n, double relative, const Apart *most, SondeMathDifference *difference)
{
  bool absolute = most->absolute > difference->absolute;
  bool share = most->relative > difference->relative;
  bool excess = most->excess > difference->excess;

  for (size_t k = 0; k < n && (absolute || share || excess); k++)
    {
      Apart found = apart (x[k], y[k], relative);

      if (absolute && found.absolute == most->absolute)
        {
          difference->place = first + k;
          absolute = false;
        }
      if (share && found.relative == most->relative)
        {
          difference->relative_place = first + k;
          share = false;
        }
      if (excess && found.excess == most->excess)
        {
          difference->excess_place = first + k;
          excess = false;
        }
    }
  difference->absolute = fmax (difference->absolute, most->absolute);
  difference->relative = fmax (difference->relative, most->relative);
  difference->excess = fmax (difference->excess, most->excess);
}

/* A chunk as doubles; filled up with pairs that are equal, and 0, to whole lanes. */
static void
widen (const float *values, size_t n, double *wide)
{
  for (size_t k = 0; k < n; k++)
    wide[k] = values[k];
  for (size_t k = n; k % LANES != 0; k++)
    wide[k] = 0;
}

/**
 * sonde_math_difference:
 * @x: [n]; may hold NaN and infinity
 * @y: [n], likewise: the reference, where one is
 * @tolerance: what is no difference, in the unit of the values; 0 or more
 * @relative: what is none as a share of |y|; 0 or more
 * @difference: (out): how far apart they are
 *
 * In one pass and constant memory:
 *
 * - largest |x − y|, and the first place that has it;
 * - largest |x − y| / max (|x|, |y|, 2⁻¹²⁶), 0 to 2, and its first place. Below 2⁻¹²⁶, the least normal float32, floats have ever
 *   fewer digits and some programs take them for 0;
 * - largest |x − y| − relative |y|, at least 0, its first place, and how many values have |x − y| > tolerance + relative |y|, as numpy.allclose ()
 *   judges;
 * - cosine: x and y as two vectors, Σ x y / √(Σ x² Σ y²); Pearson's r as of sonde_math_pearson (), of whole x and y.
 *
 * Two infinities of the same sign are equal; any other pair that holds NaN or infinity, two NaN too, is infinitely far apart, and
 * over every tolerance. Cosine and r are NaN where they do not exist: for n = 0, for a vector of zeros or a constant one, and where
 * a value is not finite; and where there is no memory for a few kilobytes.
 */
void
sonde_math_difference (const float *x,
                       const float *y,
                       size_t n,
                       double tolerance,
                       double relative,
                       SondeMathDifference *difference)
{
  SondeMathMoments *moments = sonde_math_moments_new (2);
  double wide_x[CHUNK], wide_y[CHUNK], rest = 0;

  *difference = (SondeMathDifference){ .cosine = NAN, .pearson = NAN };
  for (size_t first = 0; first < n; first += CHUNK)
    {
      size_t count = n - first < CHUNK ? n - first : CHUNK;
      Apart most;

      widen (x + first, count, wide_x);
      widen (y + first, count, wide_y);
      rest += survey (wide_x, wide_y, count, tolerance, relative, &most, &difference->n_over);
      find_places (wide_x, wide_y, first, count, relative, &most, difference);
      if (moments)
        sonde_math_moments_add (moments, (const double *const[]){ wide_x, wide_y }, count);
    }
  if (moments && rest == 0)
    {
      sonde_math_moments_cosine (moments, 0, 1, &difference->cosine);
      sonde_math_moments_pearson (moments, 0, 1, &difference->pearson);
    }
  sonde_math_moments_free (moments);
}
