#include "sonde-math.h"
#include "naive.h"
#include "support.h"

/* The largest differences, cosine and Pearson correlation of two arrays. */

static SondeMathDifference
difference_of (const float *x, const float *y, size_t n)
{
  SondeMathDifference difference;
  sonde_math_difference (x, y, n, 0, 0, &difference);
  return difference;
}

static void
test_against_naive (void)
{
  for (Kind kind = 0; kind < N_KINDS; kind++)
    for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++)
      {
        size_t n = shapes[s][0] * shapes[s][1];
        g_autofree float *x = random_matrix (kind, 70 + s, 1, n);
        g_autofree float *y = random_matrix (kind, 90 + s, 1, n);
        g_autofree double *of_x = g_new (double, n);
        g_autofree double *of_y = g_new (double, n);
        double cosine, absolute = 0, relative = 0;
        size_t n_over = 0;
        SondeMathDifference found = difference_of (x, y, n);

        for (size_t i = 0; i < n; i++)
          {
            double apart = fabs ((double) x[i] - y[i]);
            of_x[i] = x[i];
            of_y[i] = y[i];
            n_over += apart > 0;
            absolute = apart > absolute ? apart : absolute;
            if (apart > 0)
              relative = fmax (relative, apart / fmax (fabs (x[i]), fabs (y[i])));
          }
        g_assert_cmpfloat (found.absolute, ==, absolute);
        g_assert_cmpfloat (found.relative, ==, relative);
        g_assert_cmpuint (found.n_over, ==, n_over);
        g_assert_cmpfloat (found.excess, ==, absolute);
        g_assert_cmpuint (found.excess_place, ==, found.place);
        g_assert_cmpfloat (fabs ((double) x[found.place] - y[found.place]), ==, absolute);
        naive_cosine (x, 1, y, 1, n, &cosine);
        if (kind == KIND_ZERO_ROWS)
          g_assert_true (isnan (found.cosine)); /* the naive twin calls the cosine of a row of zeros 0 */
        else
          assert_near (found.cosine, cosine, naive_tolerance (2e-14));
        if (kind == KIND_ZERO_ROWS || kind == KIND_CONSTANT_ROWS || n < 2)
          g_assert_true (isnan (found.pearson));
        else
          assert_near (found.pearson, naive_pearson (of_x, of_y, n), naive_tolerance (1e-12));
      }
}

static void
test_closed_forms (void)
{
  static const float x[] = { 3, 4, 0, -2 };
  static const float y[] = { 3, 2, 0, 2 };
  SondeMathDifference same = difference_of (x, x, 4);
  SondeMathDifference other = difference_of (x, y, 4);

  g_assert_cmpfloat (same.absolute, ==, 0);
  g_assert_cmpfloat (same.relative, ==, 0);
  g_assert_cmpfloat (same.cosine, ==, 1);
  g_assert_cmpfloat (same.pearson, ==, 1);
  g_assert_cmpfloat (other.absolute, ==, 4);
  g_assert_cmpuint (other.place, ==, 3);
  g_assert_cmpfloat (other.relative, ==, 2);
  assert_near (other.cosine, 13 / sqrt (29 * 17), 1e-15);
  /* means 5/4 and 7/4, Σ xy = 13: (13 − 4·35/16) / √((29 − 4·25/16)(17 − 4·49/16)) */
  assert_near (other.pearson, 4.25 / sqrt (22.75 * 4.75), 1e-15);
}

/* The first of two equal differences is named. */
static void
test_place (void)
{
  static const float x[] = { 0, 1, 0, 1 };
  static const float y[] = { 0, 0, 0, 0 };

  g_assert_cmpuint (difference_of (x, y, 4).place, ==, 1);
}

static void
test_extremes (void)
{
  static const float large[] = { 3e38f, -3e38f, 1 };
  static const float opposite[] = { -3e38f, 3e38f, 1 };
  static const float small[] = { 1e-45f, 2e-45f, 0 };
  SondeMathDifference found = difference_of (large, opposite, 3);

  g_assert_cmpfloat (found.absolute, ==, 2 * (double) 3e38f);
  g_assert_cmpfloat (found.relative, ==, 2);
  assert_near (found.cosine, -1, 1e-15);
  assert_near (difference_of (small, small, 3).cosine, 1, 1e-15);
}

/* numpy 1.24: numpy.abs (x - y) > 0.5 + 0.125 * numpy.abs (y), every number exact in float32. */
static void
test_tolerance (void)
{
  static const float x[] = { 10, 1, -3, 0, 9, 2, -8.25f };
  static const float y[] = { 8, 1.5f, -2, 0.625f, 8, 2, -6.75f };
  SondeMathDifference found;

  sonde_math_difference (x, y, 7, 0.5, 0.125, &found);
  g_assert_cmpuint (found.n_over, ==, 4); /* 2 > 1.5, 1 > 0.75, 0.625 > 0.578125, 1.5 > 1.34375; the second and fifth are within */
  g_assert_cmpfloat (found.absolute, ==, 2);
  g_assert_cmpuint (found.place, ==, 0);
  g_assert_cmpfloat (found.relative, ==, 1);
  g_assert_cmpuint (found.relative_place, ==, 3);
  g_assert_cmpfloat (found.excess, ==, 1);
  g_assert_cmpuint (found.excess_place, ==, 0);
  /* The reference is y: the other way round 1.5 is less than 0.5 + 8.25 / 8. */
  sonde_math_difference (y, x, 7, 0.5, 0.125, &found);
  g_assert_cmpuint (found.n_over, ==, 3);
  /* A tolerance as large as the difference holds it. */
  sonde_math_difference (x, y, 7, 2, 0, &found);
  g_assert_cmpuint (found.n_over, ==, 0);
}

/* No relative tolerance lets infinity pass, and none makes a number of two equal ones. */
static void
test_infinite_tolerance (void)
{
  static const float x[] = { 1, INFINITY, -INFINITY, INFINITY, NAN };
  static const float y[] = { INFINITY, 1, -INFINITY, -INFINITY, NAN };
  SondeMathDifference found;

  sonde_math_difference (x, y, 5, 1e30, 0.5, &found);
  g_assert_cmpuint (found.n_over, ==, 4);
  g_assert_cmpuint (found.place, ==, 0);
  g_assert_cmpfloat (found.excess, ==, INFINITY);
}

/* Places and counts do not depend on where a chunk ends, and what is filled up counts for nothing. */
static void
test_long (void)
{
  static const size_t lengths[] = { 511, 512, 513, 1024, 1543 };

  for (size_t i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      size_t n = lengths[i];
      g_autofree float *x = random_matrix (KIND_PLAIN, 5, 1, n);
      g_autofree float *y = g_memdup2 (x, n * sizeof *x);
      SondeMathDifference found;

      for (size_t k = 0; k < n; k++)
        x[k] = y[k] = 4 + x[k] / 64;
      y[n - 1] += 2;
      x[n / 2] -= 1;
      sonde_math_difference (x, y, n, 0.75, 0, &found);
      g_assert_cmpuint (found.n_over, ==, 2);
      g_assert_cmpuint (found.place, ==, n - 1);
      g_assert_cmpuint (found.excess_place, ==, n - 1);
      g_assert_cmpfloat (found.relative, >, 0.3);
      g_assert_cmpuint (found.relative_place, ==, n - 1);
    }
}

/* Below the least normal float32 a last digit is no large share: 2⁻¹⁴⁹ against 2⁻¹⁴⁸ is 2⁻²³ of 2⁻¹²⁶. */
static void
test_subnormal (void)
{
  static const float x[] = { 0x1p-149f, 0 };
  static const float y[] = { 0x1p-148f, 0 };

  g_assert_cmpfloat (difference_of (x, y, 2).relative, ==, 0x1p-23);
  g_assert_cmpfloat (difference_of (x, y, 2).absolute, ==, 0x1p-149);
}

/* What is no number never passes for equal, except infinities of one sign. */
static void
test_not_finite (void)
{
  static const struct
  {
    float x, y;
    double absolute;
  } cases[] = {
    { NAN, 1, INFINITY },
    { 1, NAN, INFINITY },
    { NAN, NAN, INFINITY },
    { INFINITY, INFINITY, 0 },
    { -INFINITY, -INFINITY, 0 },
    { INFINITY, -INFINITY, INFINITY },
    { INFINITY, 1, INFINITY },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const float x[] = { 1, 2, cases[i].x, 5 };
      const float y[] = { 1, 2, cases[i].y, 5 };
      SondeMathDifference found = difference_of (x, y, 4);

      g_assert_cmpfloat (found.absolute, ==, cases[i].absolute);
      g_assert_cmpfloat (found.relative, ==, cases[i].absolute);
      g_assert_cmpuint (found.place, ==, cases[i].absolute > 0 ? 2 : 0);
      g_assert_cmpuint (found.relative_place, ==, found.place);
      g_assert_cmpuint (found.n_over, ==, cases[i].absolute > 0 ? 1 : 0);
      g_assert_true (isnan (found.cosine));
      g_assert_true (isnan (found.pearson));
    }
}

static void
test_none (void)
{
  float nothing = 0;
  SondeMathDifference found = difference_of (&nothing, &nothing, 0);

  g_assert_cmpfloat (found.absolute, ==, 0);
  g_assert_true (isnan (found.cosine));
  g_assert_true (isnan (found.pearson));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/difference/naive", test_against_naive);
  g_test_add_func ("/difference/closed-forms", test_closed_forms);
  g_test_add_func ("/difference/place", test_place);
  g_test_add_func ("/difference/extremes", test_extremes);
  g_test_add_func ("/difference/not-finite", test_not_finite);
  g_test_add_func ("/difference/tolerance", test_tolerance);
  g_test_add_func ("/difference/infinite-tolerance", test_infinite_tolerance);
  g_test_add_func ("/difference/long", test_long);
  g_test_add_func ("/difference/subnormal", test_subnormal);
  g_test_add_func ("/difference/none", test_none);
  return g_test_run ();
}
