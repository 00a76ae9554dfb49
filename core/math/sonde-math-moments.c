#include "sonde-math-private.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values are taken so many at a time: those of a few variables fit into the first cache. */
#define CHUNK 512
#define LANES 8

struct _SondeMathMoments
{
  size_t n_variables;
  double n;
  double *means;    /* [variables] */
  double *products; /* [variables, variables]: Σ (x − x̄)(y − ȳ), for y not before x */
  double *largest;  /* [variables]: max |x| */

  double *part_means;    /* [variables]: of a chunk */
  double *part_products; /* [variables, variables] */
  double *centred;       /* [variables, CHUNK] */
};

/**
 * sonde_math_moments_new:
 * @n_variables: how many variables are observed together
 *
 * Returns: moments of no values yet, to be freed with sonde_math_moments_free(); NULL where there is no memory
 */
SondeMathMoments *
sonde_math_moments_new (size_t n_variables)
{
  SondeMathMoments *self = calloc (1, sizeof *self);
  double *numbers = calloc (n_variables * (3 + 2 * n_variables + CHUNK), sizeof *numbers);

  if (!self || !numbers)
    {
      free (self);
      free (numbers);
      return NULL;
    }
  self->n_variables = n_variables;
  self->means = numbers;
  self->largest = self->means + n_variables;
  self->part_means = self->largest + n_variables;
  self->products = self->part_means + n_variables;
  self->part_products = self->products + n_variables * n_variables;
  self->centred = self->part_products + n_variables * n_variables;
  return self;
}

void
sonde_math_moments_free (SondeMathMoments *self)
{
  if (self)
    free (self->means);
  free (self);
}

/* In lanes that are added up in a fixed order. */
INLINE double
mean_of (const double *restrict x, size_t n)
{
  double lane[LANES] = { 0 }, sum = 0;
  size_t whole = n - n % LANES;

  for (size_t k = 0; k < whole; k += LANES)
    for (size_t l = 0; l < LANES; l++)
      lane[l] += x[k + l];
  for (size_t k = whole; k < n; k++)
    sum += x[k];
  for (size_t l = 0; l < LANES; l++)
    sum += lane[l];
  return sum / (double) n;
}

INLINE double
dot (const double *restrict x, const double *restrict y, size_t n)
{
  double lane[LANES] = { 0 }, sum = 0;
  size_t whole = n - n % LANES;

  for (size_t k = 0; k < whole; k += LANES)
    for (size_t l = 0; l < LANES; l++)
      lane[l] += x[k + l] * y[k + l];
  for (size_t k = whole; k < n; k++)
    sum += x[k] * y[k];
  for (size_t l = 0; l < LANES; l++)
    sum += lane[l];
  return sum;
}

INLINE double
largest_of (const double *x, size_t n, double so_far)
{
  for (size_t k = 0; k < n; k++)
    so_far = fabs (x[k]) > so_far ? fabs (x[k]) : so_far;
  return so_far;
}

/* Chan, Golub and LeVeque 1983: with δ the difference of the means, the products grow by those of the part and by
 * δx δy n m / (n + m). */
static void
merge (SondeMathMoments *self, const double *means, const double *products, double m)
{
  const size_t v = self->n_variables;
  const double total = self->n + m, weight = self->n * m / total;

  for (size_t a = 0; a < v; a++)
    for (size_t b = a; b < v; b++)
      self->products[a * v + b] += products[a * v + b] + (means[a] - self->means[a]) * (means[b] - self->means[b]) * weight;
  for (size_t a = 0; a < v; a++)
    self->means[a] += (means[a] - self->means[a]) * m / total;
  self->n = total;
}

/* Twice: what is left of the mean after the rounded mean has been taken away is taken away too. */
INLINE double
centre (const double *restrict x, size_t n, double *restrict centred)
{
  double mean = mean_of (x, n), rest;

  for (size_t k = 0; k < n; k++)
    centred[k] = x[k] - mean;
  rest = mean_of (centred, n);
  for (size_t k = 0; k < n; k++)
    centred[k] -= rest;
  return mean + rest;
}

VECTORISED
static void
add_chunk (SondeMathMoments *self, const double *const *x, size_t first, size_t n)
{
  const size_t v = self->n_variables;

  for (size_t a = 0; a < v; a++)
    {
      self->part_means[a] = centre (x[a] + first, n, self->centred + a * CHUNK);
      self->largest[a] = largest_of (x[a] + first, n, self->largest[a]);
    }
  for (size_t a = 0; a < v; a++)
    for (size_t b = a; b < v; b++)
      self->part_products[a * v + b] = dot (self->centred + a * CHUNK, self->centred + b * CHUNK, n);
  merge (self, self->part_means, self->part_products, (double) n);
}

/**
 * sonde_math_moments_add:
 * @x: [variables] of [n], finite; the k-th of each are observed together
 *
 * Means and centred products of any number of values, in one pass and constant memory: within a chunk means first, then
 * products of what is left; chunks are put together by Chan's formula, which has no cancellation.
 */
void
sonde_math_moments_add (SondeMathMoments *self,
                        const double *const *x,
                        size_t n)
{
  for (size_t first = 0; first < n; first += CHUNK)
    add_chunk (self, x, first, n - first < CHUNK ? n - first : CHUNK);
}

/**
 * sonde_math_moments_merge:
 * @part: moments of further values of the same variables
 *
 * The order in which parts are merged decides the last digits, and nothing else.
 */
void
sonde_math_moments_merge (SondeMathMoments *self,
                          const SondeMathMoments *part)
{
  if (part->n == 0)
    return;
  merge (self, part->means, part->products, part->n);
  for (size_t a = 0; a < self->n_variables; a++)
    self->largest[a] = part->largest[a] > self->largest[a] ? part->largest[a] : self->largest[a];
}

/**
 * sonde_math_moments_spread:
 *
 * Returns: √(Σ (x − x̄)² / n) / max |x|: how far a variable's values lie apart, as a share of the largest
 */
double
sonde_math_moments_spread (const SondeMathMoments *self,
                           size_t variable)
{
  double largest = self->largest[variable];

  return self->n > 0 && largest > 0 ? sqrt (self->products[variable * self->n_variables + variable] / self->n) / largest : 0;
}

/**
 * sonde_math_moments_is_constant:
 *
 * Returns: whether a variable's values are all equal but for rounding, judged as for Pearson: it correlates with nothing then
 */
bool
sonde_math_moments_is_constant (const SondeMathMoments *self,
                                size_t variable)
{
  double noise = SONDE_MATH_NOISE * DBL_EPSILON * self->largest[variable];

  return !(self->products[variable * self->n_variables + variable] > self->n * noise * noise);
}

/**
 * sonde_math_moments_pearson:
 * @a: one variable
 * @b: another one, or the same
 * @r: (out): their correlation, in [-1, 1]
 *
 * As sonde_math_pearson() of all values that were added.
 *
 * Returns: %SONDE_MATH_UNDEFINED, and NaN, for fewer than two values, or where either variable is constant but for rounding
 */
SondeMathStatus
sonde_math_moments_pearson (const SondeMathMoments *self,
                            size_t a,
                            size_t b,
                            double *r)
{
  const size_t v = self->n_variables;
  double product = self->products[a < b ? a * v + b : b * v + a];

  *r = NAN;
  if (self->n < 2 || sonde_math_moments_is_constant (self, a) || sonde_math_moments_is_constant (self, b))
    return SONDE_MATH_UNDEFINED;
  *r = _sonde_math_clip (product / sqrt (self->products[a * v + a] * self->products[b * v + b]));
  return isnan (*r) ? SONDE_MATH_UNDEFINED : SONDE_MATH_OK;
}

/* Σ x y, of products of deviations. */
static double
raw_product (const SondeMathMoments *self, size_t a, size_t b)
{
  return self->products[a * self->n_variables + b] + self->n * self->means[a] * self->means[b];
}

/**
 * sonde_math_moments_cosine:
 * @a: one variable
 * @b: another one, or the same
 * @cosine: (out): of their values as two vectors, in [-1, 1]
 *
 * Returns: %SONDE_MATH_UNDEFINED, and NaN, where either variable is 0 throughout, or no value was added
 */
SondeMathStatus
sonde_math_moments_cosine (const SondeMathMoments *self,
                           size_t a,
                           size_t b,
                           double *cosine)
{
  double squares = raw_product (self, a, a) * raw_product (self, b, b);

  /* The root of the product: the cosine of a vector with itself is then 1 to the last bit. */
  *cosine = squares > 0 ? _sonde_math_clip (raw_product (self, a < b ? a : b, a < b ? b : a) / sqrt (squares)) : NAN;
  return isnan (*cosine) ? SONDE_MATH_UNDEFINED : SONDE_MATH_OK;
}
