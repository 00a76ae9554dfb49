#include "sonde-math-private.h"

#include <math.h>

/* What two numbers differ by; never NaN, so that a value which is no number cannot hide among those that agree. */
static double
absolute_difference (double x, double y)
{
  if (x == y)
    return 0;
  return isfinite (x) && isfinite (y) ? fabs (x - y) : INFINITY;
}

static double
relative_difference (double x, double y, double absolute)
{
  if (absolute == 0)
    return 0;
  return isfinite (absolute) ? absolute / fmax (fabs (x), fabs (y)) : INFINITY;
}

/* Σ x y / √(Σ x² Σ y²); for floats, all of these are far from the limits of a double. */
static double
cosine_of (const float *restrict x, const float *restrict y, size_t n)
{
  SondeMathSum products = { 0 }, of_x = { 0 }, of_y = { 0 };

  for (size_t i = 0; i < n; i++)
    {
      _sonde_math_sum_add (&products, (double) x[i] * y[i]);
      _sonde_math_sum_add (&of_x, (double) x[i] * x[i]);
      _sonde_math_sum_add (&of_y, (double) y[i] * y[i]);
    }

  /* The root of the product: the cosine of a vector with itself is then 1 to the last bit. */
  double squares = _sonde_math_sum_get (&of_x) * _sonde_math_sum_get (&of_y);
  return squares > 0 ? _sonde_math_clip (_sonde_math_sum_get (&products) / sqrt (squares)) : NAN;
}

/**
 * sonde_math_difference:
 * @x: [n]; may hold NaN and infinity
 * @y: [n], likewise
 * @workspace: [2 n], overwritten
 * @difference: (out): how far apart they are
 *
 * Largest |x - y|, and the first place that has it; largest |x - y| / max (|x|, |y|), 0 where both are 0. Two infinities of
 * the same sign are equal; any other pair that holds NaN or infinity is infinitely far apart. Cosine: x and y as two vectors,
 * Σ x y / √(Σ x² Σ y²). Pearson as sonde_math_pearson(). Both are NaN where they do not exist: for n = 0, for a vector of
 * zeros or a constant one, and where a value is not finite.
 */
void
sonde_math_difference (const float *x,
                       const float *y,
                       size_t n,
                       double *workspace,
                       SondeMathDifference *difference)
{
  bool finite = true;

  *difference = (SondeMathDifference) { .cosine = NAN, .pearson = NAN };
  for (size_t i = 0; i < n; i++)
    {
      double absolute = absolute_difference (x[i], y[i]);

      if (absolute > difference->absolute)
        {
          difference->absolute = absolute;
          difference->place = i;
        }
      difference->relative = fmax (difference->relative, relative_difference (x[i], y[i], absolute));
      finite = finite && isfinite (x[i]) && isfinite (y[i]);
      workspace[i] = x[i];
      workspace[n + i] = y[i];
    }
  if (!finite || n == 0)
    return;
  difference->cosine = cosine_of (x, y, n);
  sonde_math_pearson (workspace, workspace + n, n, &difference->pearson);
}
