#include "sonde-math.h"
#include "goldens.h"
#include "naive.h"
#include "support.h"

typedef SondeMathStatus (*Compare) (const double *x, const double *y, size_t n, double *result);
typedef double (*NaiveCompare) (const double *x, const double *y, size_t n);

static const Compare compares[] = {
  sonde_math_pearson,
  sonde_math_spearman,
  sonde_math_rho_a,
  sonde_math_kendall_tau_a,
};
static const NaiveCompare naives[] = { naive_pearson, naive_spearman, naive_rho_a, naive_tau_a };

/* levels 0: no ties; otherwise values in steps of 1 / levels. */
static double *
random_vector (uint64_t seed, size_t n, int levels)
{
  double *x = g_new (double, n);
  for (size_t i = 0; i < n; i++)
    {
      double value = random_bell (seed, i);
      x[i] = levels ? floor (value * levels) / levels : value;
    }
  return x;
}

static void
test_against_naive (void)
{
  const size_t sizes[] = { 2, 3, 5, 16, 17, 33, 100, 257, 1000 };
  const int levels[] = { 0, 8, 1 };
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (size_t l = 0; l < G_N_ELEMENTS (levels); l++)
      {
        size_t n = sizes[s];
        g_autofree double *x = random_vector (100 + s, n, levels[l]);
        g_autofree double *y = random_vector (200 + s, n, levels[l]);
        for (size_t i = 0; i < n; i++)
          y[i] -= x[i];
        x[0] += 1; /* never constant */
        y[0] += 3;
        for (size_t c = 0; c < G_N_ELEMENTS (compares); c++)
          {
            double result = 7;
            g_assert_cmpint (compares[c](x, y, n, &result), ==, SONDE_MATH_OK);
            assert_near (result, naives[c](x, y, n), naive_tolerance (1e-15));
            double reversed = 7;
            compares[c](y, x, n, &reversed);
            g_assert_true (reversed == result);
          }
      }
}

/* Values at the edge of the numbers, sums that a plain loop would lose, and vectors crowded around 1. */
static void
test_pearson_hard (void)
{
  const double offsets[] = { 0, 1, 3000, 1e6 };
  const double scales[] = { 0x1p-1000, 0x1p-500, 0x1p-30, 0x1p500, 0x1p990 }; /* no rounding, so nothing may change */
  for (size_t o = 0; o < G_N_ELEMENTS (offsets); o++)
    {
      g_autofree double *x = random_vector (300, 5000, 0);
      g_autofree double *y = random_vector (301, 5000, 0);
      g_autofree double *x_scaled = g_new (double, 5000);
      g_autofree double *y_scaled = g_new (double, 5000);
      double result = 7, scaled = 7;
      for (size_t i = 0; i < 5000; i++)
        {
          y[i] = x[i] + y[i] + offsets[o];
          x[i] = x[i] + offsets[o];
        }
      g_assert_cmpint (sonde_math_pearson (x, y, 5000, &result), ==, SONDE_MATH_OK);
      assert_near (result, naive_pearson (x, y, 5000), naive_tolerance (5e-15));

      for (size_t s = 0; s < G_N_ELEMENTS (scales); s++)
        {
          for (size_t i = 0; i < 5000; i++)
            {
              x_scaled[i] = x[i] * scales[s];
              y_scaled[i] = y[i] * scales[G_N_ELEMENTS (scales) - 1 - s];
            }
          g_assert_cmpint (sonde_math_pearson (x_scaled, y_scaled, 5000, &scaled), ==, SONDE_MATH_OK);
          g_assert_true (scaled == result);
          sonde_math_pearson (x_scaled, x_scaled, 5000, &scaled);
          g_assert_true (scaled == 1);
        }
    }

  /* 1 - x is exact so close to 1, so what the twin sees is the same correlation without the crowding. */
  g_autofree double *x = random_vector (302, 4950, 0);
  g_autofree double *y = random_vector (303, 4950, 0);
  g_autofree double *below_x = g_new (double, 4950);
  g_autofree double *below_y = g_new (double, 4950);
  for (size_t i = 0; i < 4950; i++)
    {
      y[i] = 1 - (8 + x[i] + y[i]) * 1e-10;
      x[i] = 1 - (8 + x[i]) * 1e-10;
      below_x[i] = 1 - x[i];
      below_y[i] = 1 - y[i];
    }
  double result = 7;
  g_assert_cmpint (sonde_math_pearson (x, y, 4950, &result), ==, SONDE_MATH_OK);
  assert_near (result, naive_pearson (below_x, below_y, 4950), naive_tolerance (5e-15));
}

static void
test_pearson_undefined (void)
{
  const double constants[] = { 0, 0.1, 1, -1e-310, 1e300, 1 - 0x1p-53 };
  for (size_t c = 0; c < G_N_ELEMENTS (constants); c++)
    for (size_t n = 2; n < 5000; n = 2 * n + 1)
      {
        g_autofree double *x = random_vector (304, n, 0);
        g_autofree double *y = g_new (double, n);
        double result = 7;
        for (size_t i = 0; i < n; i++)
          y[i] = constants[c];
        g_assert_cmpint (sonde_math_pearson (x, y, n, &result), ==, SONDE_MATH_UNDEFINED);
        g_assert_true (isnan (result));
        g_assert_cmpint (sonde_math_pearson (y, x, n, &result), ==, SONDE_MATH_UNDEFINED);
        g_assert_cmpint (sonde_math_spearman (x, y, n, &result), ==, SONDE_MATH_UNDEFINED);
        g_assert_true (isnan (result));

        /* Cosines of identical rows: 1 but for the order in which a kernel added. */
        for (size_t i = 0; i < n; i++)
          y[i] = 1 - (double) (random_bits (305, i) % 16) * 0x1p-53;
        g_assert_cmpint (sonde_math_pearson (x, y, n, &result), ==, SONDE_MATH_UNDEFINED);
        g_assert_true (isnan (result));
      }
}

static void
test_odd_input (void)
{
  for (size_t c = 0; c < G_N_ELEMENTS (compares); c++)
    for (size_t n = 0; n < 2; n++)
      {
        double x = 1, result = 7;
        g_assert_cmpint (compares[c](&x, &x, n, &result), ==, SONDE_MATH_UNDEFINED);
        g_assert_true (isnan (result));
      }

  /* No rank order in a constant, so none in common: 0 by their formulas. */
  const double x[] = { 1, 2, 3, 4 }, constant[] = { 5, 5, 5, 5 };
  double result = 7;
  g_assert_cmpint (sonde_math_rho_a (x, constant, 4, &result), ==, SONDE_MATH_OK);
  g_assert_true (result == 0);
  g_assert_cmpint (sonde_math_kendall_tau_a (x, constant, 4, &result), ==, SONDE_MATH_OK);
  g_assert_true (result == 0);

  const double with_nan[] = { 1, NAN, 3, 4 };
  g_assert_cmpint (sonde_math_pearson (x, with_nan, 4, &result), ==, SONDE_MATH_UNDEFINED);
  g_assert_true (isnan (result));
}

/* The example in which all four differ. */
static void
test_ties (void)
{
  const double x[] = { 1, 1, 2, 2, 3 }, y[] = { 1, 2, 3, 4, 5 };
  double result;
  g_assert_cmpint (sonde_math_spearman (x, y, 5, &result), ==, SONDE_MATH_OK);
  assert_close (result, 9 / sqrt (90), 1e-15); /* .9487 */
  g_assert_cmpint (sonde_math_rho_a (x, y, 5, &result), ==, SONDE_MATH_OK);
  assert_close (result, 0.9, 1e-15);
  g_assert_cmpint (sonde_math_kendall_tau_a (x, y, 5, &result), ==, SONDE_MATH_OK);
  assert_close (result, 0.8, 1e-15);
}

static void
test_ranks (void)
{
  const double x[] = { 3, -1, 3, 0, -0.0, 7, 3 }, expected[] = { 5, 1, 5, 2.5, 2.5, 7, 5 };
  const size_t sorted[] = { 1, 3, 4, 0, 2, 6, 5 };
  size_t order[7];
  double ranks[7];
  sonde_math_average_ranks (x, 7, order, ranks);
  g_assert_cmpmem (ranks, sizeof ranks, expected, sizeof expected);
  g_assert_cmpmem (order, sizeof order, sorted, sizeof sorted);
  sonde_math_average_ranks (x, 0, order, ranks);

  for (size_t n = 1; n < 3000; n = 2 * n + 3)
    for (int levels = 0; levels < 30; levels += 10)
      {
        g_autofree double *values = random_vector (400 + n, n, levels);
        g_autofree double *found = g_new (double, n);
        g_autofree double *naive = g_new (double, n);
        g_autofree size_t *workspace = g_new (size_t, n);
        sonde_math_average_ranks (values, n, workspace, found);
        naive_ranks (values, n, naive);
        g_assert_cmpmem (found, n * sizeof *found, naive, n * sizeof *naive);
      }
}

static void
test_goldens (void)
{
  g_autofree double *x = random_vector (3, 500, 0);
  g_autofree double *y = random_vector (4, 500, 0);
  double result;
  for (size_t i = 0; i < 500; i++)
    y[i] += x[i];
  sonde_math_pearson (x, y, 500, &result);
  assert_close (result, golden_pearson, 1e-14);
  sonde_math_spearman (x, y, 500, &result);
  assert_close (result, golden_spearman, 1e-14);
  sonde_math_kendall_tau_a (x, y, 500, &result);
  assert_close (result, golden_kendall, 1e-14);

  for (size_t i = 0; i < 500; i++)
    {
      x[i] = floor (4 * x[i]);
      y[i] = floor (2 * y[i]);
    }
  sonde_math_spearman (x, y, 500, &result);
  assert_close (result, golden_tied_spearman, 1e-14);
  sonde_math_kendall_tau_a (x, y, 500, &result);
  assert_close (result, golden_tied_kendall, 1e-14);

  size_t order[40];
  double ranks[40];
  sonde_math_average_ranks (x, 40, order, ranks);
  g_assert_cmpmem (ranks, sizeof ranks, golden_tied_ranks, sizeof golden_tied_ranks);
}

/* Cosine matrix of 40 rows of noise. */
static double *
noise_similarity (uint64_t seed, size_t columns)
{
  g_autofree float *x = random_matrix (KIND_PLAIN, seed, 40, columns);
  g_autofree double *unit = g_new (double, 40 * columns);
  double *similarity = g_new (double, 40 * 40);
  normalize (x, 40, columns, unit);
  sonde_math_cosine_self (unit, 40, columns, similarity);
  return similarity;
}

/* Two unrelated sets of rows: the strict triangles are uncorrelated, to about 1/√780; with the diagonals in, two outliers
 * of 1 in the same places make it look like near identity. */
static void
test_independent_rsa (void)
{
  g_autofree double *a = noise_similarity (500, 768);
  g_autofree double *b = noise_similarity (501, 3072);
  double upper_a[780], upper_b[780], score, with_diagonal;
  sonde_math_upper_triangle (a, 40, upper_a);
  sonde_math_upper_triangle (b, 40, upper_b);
  g_assert_cmpint (sonde_math_pearson (upper_a, upper_b, 780, &score), ==, SONDE_MATH_OK);
  g_assert_cmpint (sonde_math_pearson (a, b, 1600, &with_diagonal), ==, SONDE_MATH_OK);
  g_test_message ("strict triangles %.4f, whole matrices %.4f", score, with_diagonal);
  g_assert_cmpfloat (fabs (score), <, 4 / sqrt (780));
  g_assert_cmpfloat (with_diagonal, >, 0.95);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/math/compare/against-naive", test_against_naive);
  g_test_add_func ("/math/compare/pearson-hard", test_pearson_hard);
  g_test_add_func ("/math/compare/pearson-undefined", test_pearson_undefined);
  g_test_add_func ("/math/compare/odd-input", test_odd_input);
  g_test_add_func ("/math/compare/ties", test_ties);
  g_test_add_func ("/math/compare/ranks", test_ranks);
  g_test_add_func ("/math/compare/goldens", test_goldens);
  g_test_add_func ("/math/compare/independent-rsa", test_independent_rsa);
  return g_test_run ();
}
