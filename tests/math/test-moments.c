#include "sonde-math.h"
#include "naive.h"
#include "support.h"

#include <string.h>

#define MOST 5000

/* Variables that have something to do with each other, far from zero, of different sizes. */
static void
make_variables (uint64_t seed, size_t v, size_t n, double offset, double *values)
{
  for (size_t a = 0; a < v; a++)
    for (size_t k = 0; k < n; k++)
      values[a * MOST + k] = offset + (double) (a + 1) * (random_bell (seed, k) + 0.3 * random_bell (seed + 1 + a, k));
}

static void
point (const double *values, size_t v, size_t first, const double **x)
{
  for (size_t a = 0; a < v; a++)
    x[a] = values + a * MOST + first;
}

static void
assert_pairs (const SondeMathMoments *moments, const double *values, size_t v, size_t n, double tolerance)
{
  for (size_t a = 0; a < v; a++)
    for (size_t b = 0; b < v; b++)
      {
        double r;
        g_assert_cmpint (sonde_math_moments_pearson (moments, a, b, &r), ==, SONDE_MATH_OK);
        assert_near (r, naive_pearson (values + a * MOST, values + b * MOST, n), naive_tolerance (tolerance));
      }
}

/* One pass, against the naive Pearson in long double, around the chunk's length and with a mean that a one-pass sum of squares
 * would drown in. */
static void
test_against_naive (void)
{
  static const size_t lengths[] = { 2, 3, 7, 8, 9, 100, 511, 512, 513, 1024, 4950 };
  g_autofree double *values = g_new (double, 4 * MOST);
  const double *x[4];

  for (size_t i = 0; i < G_N_ELEMENTS (lengths); i++)
    for (double offset = 0; offset <= 1e6; offset = offset * 1e3 + 1)
      {
        SondeMathMoments *moments = sonde_math_moments_new (4);
        make_variables (i, 4, lengths[i], offset, values);
        point (values, 4, 0, x);
        sonde_math_moments_add (moments, x, lengths[i]);
        assert_pairs (moments, values, 4, lengths[i], offset > 1 ? 1e-10 : 4e-14);
        sonde_math_moments_free (moments);
      }
}

/* However the values are dealt to parts, also to empty ones, the whole is the same but for rounding. */
static void
test_parts (void)
{
  g_autofree double *values = g_new (double, 3 * MOST);
  const double *x[3];
  make_variables (9, 3, MOST, 0.5, values);

  for (size_t n_parts = 1; n_parts <= 7; n_parts++)
    {
      SondeMathMoments *whole = sonde_math_moments_new (3);
      for (size_t part = 0; part < n_parts; part++)
        {
          SondeMathMoments *moments = sonde_math_moments_new (3);
          size_t first = MOST * part / n_parts, end = part == 2 ? first : MOST * (part + 1) / n_parts;
          point (values, 3, first, x);
          sonde_math_moments_add (moments, x, end - first);
          sonde_math_moments_merge (whole, moments);
          if (part == 2) /* an empty part, and then what it left out */
            {
              point (values, 3, first, x);
              sonde_math_moments_add (whole, x, MOST * (part + 1) / n_parts - first);
            }
          sonde_math_moments_free (moments);
        }
      assert_pairs (whole, values, 3, MOST, 4e-14);
      sonde_math_moments_free (whole);
    }
}

static void
test_undefined (void)
{
  double constant[1000], rising[1000], r;
  const double *x[] = { constant, rising };
  SondeMathMoments *moments = sonde_math_moments_new (2);

  for (size_t k = 0; k < 1000; k++)
    {
      constant[k] = 0.7 + (k % 2 ? 1e-16 : 0);
      rising[k] = (double) k;
    }
  g_assert_cmpint (sonde_math_moments_pearson (moments, 0, 1, &r), ==, SONDE_MATH_UNDEFINED);
  sonde_math_moments_add (moments, x, 1);
  g_assert_cmpint (sonde_math_moments_pearson (moments, 1, 1, &r), ==, SONDE_MATH_UNDEFINED);
  sonde_math_moments_add (moments, x, 1000);
  g_assert_true (sonde_math_moments_is_constant (moments, 0) && !sonde_math_moments_is_constant (moments, 1));
  g_assert_cmpint (sonde_math_moments_pearson (moments, 0, 1, &r), ==, SONDE_MATH_UNDEFINED);
  g_assert_true (isnan (r));
  g_assert_cmpint (sonde_math_moments_pearson (moments, 1, 1, &r), ==, SONDE_MATH_OK);
  g_assert_true (r == 1);
  sonde_math_moments_free (moments);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/math/moments/against-naive", test_against_naive);
  g_test_add_func ("/math/moments/parts", test_parts);
  g_test_add_func ("/math/moments/undefined", test_undefined);
  return g_test_run ();
}
