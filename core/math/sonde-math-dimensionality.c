#include "sonde-math-blas.h"
#include "sonde-math-private.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

/**
 * sonde_math_participation_ratio:
 * @gram: [n, n], symmetric and positive semidefinite
 * @ratio: (out): in [1, n], a number of dimensions
 *
 * (Σλ)² / Σλ² without the eigenvalues: Σλ is the trace and Σλ² the sum of all squared entries. The entries are divided by
 * the trace first, which leaves no square to overflow.
 *
 * Returns: %SONDE_MATH_UNDEFINED, and NaN, where there is no variance at all
 */
SondeMathStatus
sonde_math_participation_ratio (const double *gram,
                                size_t n,
                                double *ratio)
{
  SondeMathSum trace = { 0 }, squares = { 0 };
  *ratio = NAN;

  for (size_t i = 0; i < n; i++)
    _sonde_math_sum_add (&trace, gram[i * n + i]);
  double total = _sonde_math_sum_get (&trace);
  if (!(total > 0) || !isfinite (total))
    return SONDE_MATH_UNDEFINED;

  for (size_t i = 0; i < n * n; i++)
    {
      double share = gram[i] / total;
      _sonde_math_sum_add (&squares, share * share);
    }
  double value = 1 / _sonde_math_sum_get (&squares);
  if (isnan (value))
    return SONDE_MATH_UNDEFINED;
  /* By Cauchy and Schwarz it cannot leave [1, n] but by rounding. */
  *ratio = fmax (1, fmin (value, (double) n));
  return SONDE_MATH_OK;
}

static bool
matrix_is_finite (const double *matrix, size_t n)
{
  for (size_t i = 0; i < n * n; i++)
    if (!isfinite (matrix[i]))
      return false;
  return true;
}

/* From this order on the way through a band matrix, most of which are matrix products, is the faster one. */
#define LARGE 1024

/* Calls dsyevd for eigenvalues only, ascending in lambda, with as much workspace as it asks for. */
static SondeMathStatus
solve (double *gram, size_t n, double *lambda)
{
  const SondeMathSyevd dsyevd = n < LARGE ? _sonde_math_blas ()->dsyevd : _sonde_math_blas ()->dsyevd_2stage;
  const blasint order = (blasint) n, query = -1;
  blasint info = 0, integers_wanted = 0;
  double wanted = 0;
  dsyevd ("N", "L", &order, gram, &order, lambda, &wanted, &query, &integers_wanted, &query, &info, 1, 1);
  if (info != 0)
    return SONDE_MATH_NOT_CONVERGED;

  blasint size = (blasint) wanted;
  double *work = malloc (size * sizeof *work);
  blasint *integers = malloc (integers_wanted * sizeof *integers);
  bool allocated = work && integers;
  if (allocated)
    dsyevd ("N", "L", &order, gram, &order, lambda, work, &size, integers, &integers_wanted, &info, 1, 1);
  free (integers);
  free (work);
  if (!allocated)
    return SONDE_MATH_NO_MEMORY;
  return info == 0 ? SONDE_MATH_OK : SONDE_MATH_NOT_CONVERGED;
}

/**
 * sonde_math_eigenvalues:
 * @gram: [n, n], symmetric and positive semidefinite; overwritten
 * @lambda: (out): [n], descending, none below 0
 *
 * By reduction to tridiagonal form and implicit QR (LAPACK's dsyevd without vectors), each to about ε λ₁. A Gram matrix
 * cannot have negative eigenvalues; those that rounding made so become 0. Allocates some tens of n numbers.
 *
 * Returns: %SONDE_MATH_UNDEFINED if @gram holds NaN or infinity, %SONDE_MATH_NOT_CONVERGED if LAPACK gave up; @lambda is
 * NaN then
 */
SondeMathStatus
sonde_math_eigenvalues (double *gram,
                        size_t n,
                        double *lambda)
{
  if (n == 0)
    return SONDE_MATH_OK;

  SondeMathStatus status = SONDE_MATH_UNDEFINED;
  if (n > INT_MAX)
    status = SONDE_MATH_NO_MEMORY;
  else if (matrix_is_finite (gram, n))
    status = solve (gram, n, lambda);
  if (status != SONDE_MATH_OK)
    {
      for (size_t i = 0; i < n; i++)
        lambda[i] = NAN;
      return status;
    }

  for (size_t i = 0, j = n - 1; i < j; i++, j--)
    {
      double swapped = lambda[i];
      lambda[i] = lambda[j];
      lambda[j] = swapped;
    }
  for (size_t i = 0; i < n; i++)
    lambda[i] = lambda[i] > 0 ? lambda[i] : 0;
  return SONDE_MATH_OK;
}

static double
sum_of (const double *values, size_t n)
{
  SondeMathSum sum = { 0 };
  for (size_t i = 0; i < n; i++)
    _sonde_math_sum_add (&sum, values[i]);
  return _sonde_math_sum_get (&sum);
}

/**
 * sonde_math_effective_dimension:
 * @lambda: [n], descending, none below 0
 * @threshold: percent, from 0 to below 100
 * @dimension: (out): from 1 to n; 0 where undefined
 * @margin: (out) (nullable): the least |share - threshold| over all cumulative shares, in percent points
 *
 * The least k with 100 (λ₁ + … + λₖ) / Σλ > threshold. The comparison is strict and the operations stand in this order:
 * twenty equal eigenvalues need all twenty for 95 %, since nineteen give exactly 95, whereas shares that are divided first
 * and added then pass 95 by a rounding error. A small @margin says that the answer hangs on such an error.
 *
 * Returns: %SONDE_MATH_UNDEFINED where there is no variance at all, or no share can exceed @threshold (100 or more)
 */
SondeMathStatus
sonde_math_effective_dimension (const double *lambda,
                                size_t n,
                                double threshold,
                                size_t *dimension,
                                double *margin)
{
  double total = sum_of (lambda, n), least = INFINITY;
  SondeMathSum leading = { 0 };

  *dimension = 0;
  if (margin)
    *margin = NAN;
  if (!(total > 0) || !isfinite (total) || !(threshold < 100))
    return SONDE_MATH_UNDEFINED;

  for (size_t i = 0; i < n; i++)
    {
      _sonde_math_sum_add (&leading, lambda[i]);
      /* Rounding may leave all of them just short of everything, or just over. */
      double share = i + 1 < n ? fmin (100 * _sonde_math_sum_get (&leading) / total, 100) : 100;
      if (share > threshold && *dimension == 0)
        *dimension = i + 1;
      least = fmin (least, fabs (share - threshold));
    }
  if (margin)
    *margin = least;
  return SONDE_MATH_OK;
}
