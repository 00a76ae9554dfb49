#include "sonde-math-private.h"

#include <float.h>
#include <math.h>

static double
largest_magnitude (const double *x, size_t n)
{
  double largest = 0;
  for (size_t i = 0; i < n; i++)
    if (!(fabs (x[i]) <= largest))
      largest = fabs (x[i]);
  return largest;
}

/* The least power of two above value is 2^exponent; scales that would themselves overflow are not needed. */
static double
scale_for (double value)
{
  int exponent = 0;
  frexp (value, &exponent);
  return ldexp (1, exponent < -1000 ? 1000 : -exponent);
}

SondeMathSpread
_sonde_math_spread (const double *x, size_t n)
{
  double largest = largest_magnitude (x, n);
  SondeMathSpread spread = { .scale = 1, .constant = true };
  if (n == 0 || !isfinite (largest))
    return spread;

  SondeMathSum sum = { 0 }, rest = { 0 }, squares = { 0 };
  spread.scale = scale_for (largest);
  for (size_t i = 0; i < n; i++)
    _sonde_math_sum_add (&sum, x[i] * spread.scale);
  spread.mean = _sonde_math_sum_get (&sum) / n;

  /* The mean was rounded; what it lacks matters where all values crowd around it. */
  for (size_t i = 0; i < n; i++)
    _sonde_math_sum_add (&rest, x[i] * spread.scale - spread.mean);
  spread.rest = _sonde_math_sum_get (&rest) / n;

  for (size_t i = 0; i < n; i++)
    {
      double deviation = _sonde_math_spread_deviation (&spread, x[i]);
      _sonde_math_sum_add (&squares, deviation * deviation);
    }
  spread.squares = _sonde_math_sum_get (&squares);

  double noise = SONDE_MATH_NOISE * DBL_EPSILON * (largest * spread.scale);
  spread.constant = !(spread.squares > n * noise * noise);
  return spread;
}

/**
 * sonde_math_pearson:
 * @x: [n], finite
 * @y: [n], finite
 * @r: (out): the correlation, in [-1, 1]
 *
 * r = Σ (x - x̄)(y - ȳ) / √(Σ (x - x̄)² Σ (y - ȳ)²), means first, every sum compensated. Where x or y is constant the
 * formula is 0 / 0 and floating point makes a random number of it; so a vector is taken for constant when
 * Σ (x - x̄)² ≤ n (64 ε max |x|)².
 *
 * Returns: %SONDE_MATH_UNDEFINED, and NaN in @r, for n < 2 or a constant vector
 */
SondeMathStatus
sonde_math_pearson (const double *x,
                    const double *y,
                    size_t n,
                    double *r)
{
  *r = NAN;
  if (n < 2)
    return SONDE_MATH_UNDEFINED;

  SondeMathSpread of_x = _sonde_math_spread (x, n);
  SondeMathSpread of_y = _sonde_math_spread (y, n);
  if (of_x.constant || of_y.constant)
    return SONDE_MATH_UNDEFINED;

  SondeMathSum products = { 0 };
  for (size_t i = 0; i < n; i++)
    _sonde_math_sum_add (&products,
                         _sonde_math_spread_deviation (&of_x, x[i]) * _sonde_math_spread_deviation (&of_y, y[i]));

  /* The root of the product, not the product of the roots: r of a vector with itself is then 1 to the last bit. */
  *r = _sonde_math_clip (_sonde_math_sum_get (&products) / sqrt (of_x.squares * of_y.squares));
  return SONDE_MATH_OK;
}
