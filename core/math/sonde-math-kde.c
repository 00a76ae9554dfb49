#include "sonde-math-private.h"

#include <math.h>

/**
 * sonde_math_kde:
 * @values: [n], finite
 * @grid: [n_grid], where the density is wanted
 * @density: (out): [n_grid], per unit of @values
 *
 * f (g) = Σ exp (-((g - x) / h)² / 2) / (n h √2π) with Scott's bandwidth h = n^(-1/5) · s, s the sample standard deviation
 * (n - 1 below). n · n_grid exponentials.
 *
 * Returns: %SONDE_MATH_UNDEFINED, and NaN everywhere, for n < 2 or values that are all equal, as sonde_math_pearson()
 * judges it; a violin is then a line
 */
SondeMathStatus
sonde_math_kde (const double *values,
                size_t n,
                const double *grid,
                size_t n_grid,
                double *density)
{
  SondeMathSpread spread = _sonde_math_spread (values, n);
  if (n < 2 || spread.constant)
    {
      for (size_t i = 0; i < n_grid; i++)
        density[i] = NAN;
      return SONDE_MATH_UNDEFINED;
    }

  double deviation = sqrt (spread.squares / (double) (n - 1)) / spread.scale;
  double bandwidth = pow ((double) n, -1.0 / 5.0) * deviation;
  double height = 1 / (sqrt (2 * M_PI) * bandwidth * (double) n);
  for (size_t i = 0; i < n_grid; i++)
    {
      SondeMathSum sum = { 0 };
      for (size_t j = 0; j < n; j++)
        {
          double z = (grid[i] - values[j]) / bandwidth;
          _sonde_math_sum_add (&sum, exp (-0.5 * z * z));
        }
      density[i] = height * _sonde_math_sum_get (&sum);
    }
  return SONDE_MATH_OK;
}
