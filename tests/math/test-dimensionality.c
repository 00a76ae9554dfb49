#include "sonde-math.h"
#include "goldens.h"
#include "naive.h"
#include "support.h"

#include <sonde-math-blas.h>
#include <string.h>

static double *
centered_gram (const float *x, size_t rows, size_t columns)
{
  size_t order = MIN (rows, columns);
  size_t size = sonde_math_centered_gram_workspace (rows, columns);
  g_autofree double *workspace = g_new (double, size + 1);
  double *gram = g_new (double, order *order);
  memset (gram, 0xff, order * order * sizeof *gram); /* NaN: what was there must not shine through */
  memset (workspace, 0xff, size * sizeof *workspace);
  workspace[size] = 1234;
  g_assert_cmpuint (sonde_math_centered_gram (x, rows, columns, workspace, gram), ==, order);
  g_assert_true (workspace[size] == 1234);
  return gram;
}

static bool
is_all_zero (const float *x, size_t rows, size_t columns)
{
  for (size_t i = columns; i < rows * columns; i++)
    if (x[i] != x[i % columns])
      return false;
  return true;
}

static void
compare_with_naive (const float *x, size_t rows, size_t columns)
{
  size_t order = MIN (rows, columns), dimension = 7;
  g_autofree double *gram = centered_gram (x, rows, columns);
  g_autofree double *lambda = g_new (double, order);
  g_autofree long double *scatter = g_new (long double, columns *columns);
  g_autofree long double *expected = g_new (long double, columns);
  double ratio = 7, margin = 7;
  naive_scatter (x, rows, columns, scatter);
  naive_eigenvalues (scatter, columns, expected);

  for (size_t i = 0; i < order; i++)
    for (size_t j = 0; j < i; j++)
      g_assert_true (gram[i * order + j] == gram[j * order + i]);

  SondeMathStatus status = sonde_math_participation_ratio (gram, order, &ratio);
  g_assert_cmpint (sonde_math_eigenvalues (gram, order, lambda), ==, SONDE_MATH_OK);
  if (is_all_zero (x, rows, columns))
    {
      g_assert_cmpint (status, ==, SONDE_MATH_UNDEFINED);
      g_assert_true (isnan (ratio));
      g_assert_cmpint (sonde_math_effective_dimension (lambda, order, 95, &dimension, &margin), ==, SONDE_MATH_UNDEFINED);
      g_assert_cmpuint (dimension, ==, 0);
      g_assert_true (isnan (margin));
      return;
    }

  g_assert_cmpint (status, ==, SONDE_MATH_OK);
  assert_close (ratio, naive_participation_ratio (expected, columns), naive_tolerance (1e-12));
  g_assert_cmpfloat (ratio, >=, 1);
  g_assert_cmpfloat (ratio, <=, (double) MIN (rows - 1, columns) * (1 + 1e-12));
  for (size_t i = 0; i < order; i++)
    {
      assert_near (lambda[i], (double) expected[i], naive_tolerance (1e-13 * (double) expected[0]));
      g_assert_cmpfloat (lambda[i], >=, 0);
      g_assert_true (i == 0 || lambda[i] <= lambda[i - 1]);
    }
  for (double threshold = 0; threshold < 100; threshold += 9.5)
    {
      g_assert_cmpint (sonde_math_effective_dimension (lambda, order, threshold, &dimension, &margin), ==, SONDE_MATH_OK);
      if (margin > 1e-9)
        g_assert_cmpuint (dimension, ==, naive_effective_dimension (expected, columns, threshold));
    }
}

static void
test_against_naive (void)
{
  for (Kind kind = 0; kind < N_KINDS; kind++)
    for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++)
      {
        size_t rows = shapes[s][0], columns = MIN (shapes[s][1], 90); /* Jacobi's method is slow */
        g_autofree float *x = random_matrix (kind, 600 + s, rows, columns);
        compare_with_naive (x, rows, columns);
      }
}

/* The same singular values whichever way is smaller: rows of a wide matrix, and the wide matrix in blocks of columns. */
static void
test_wide (void)
{
  const size_t rows = 20, columns = 700;
  g_autofree float *x = random_matrix (KIND_LARGE_MEAN, 650, rows, columns);
  g_autofree double *gram = centered_gram (x, rows, columns);
  for (size_t i = 0; i < rows; i++)
    for (size_t k = 0; k < rows; k++)
      {
        long double expected = 0;
        for (size_t j = 0; j < columns; j++)
          {
            long double mean = 0;
            for (size_t r = 0; r < rows; r++)
              mean += x[r * columns + j];
            mean /= rows;
            expected += (x[i * columns + j] - mean) * (x[k * columns + j] - mean);
          }
        assert_near (gram[i * rows + k], (double) expected, naive_tolerance (1e-11));
      }
}

/* Longer than a block is deep, in both directions, by one and by several blocks: against the plain sum, in long double. */
static void
test_blocks (void)
{
  const size_t many[][2] = { { 800, 385 }, { 385, 800 }, { 3, 400000 }, { 400000, 3 }, { 1200, 401 }, { 401, 1200 }, { 700, 700 } };
  for (size_t s = 0; s < G_N_ELEMENTS (many); s++)
    {
      size_t rows = many[s][0], columns = many[s][1], order = MIN (rows, columns);
      g_autofree float *x = random_matrix (s % 2 ? KIND_LARGE_MEAN : KIND_PLAIN, 655 + s, rows, columns);
      g_autofree double *gram = centered_gram (x, rows, columns);
      g_autofree long double *mean = g_new0 (long double, columns);
      g_assert_cmpuint (sonde_math_centered_gram_workspace (rows, columns), <=, (1 << 20) + 384 * order + 2 * MAX (order, (1 << 20) / order));
      for (size_t i = 0; i < rows; i++)
        for (size_t j = 0; j < columns; j++)
          mean[j] += (long double) x[i * columns + j] / rows;

      for (size_t probe = 0; probe < 12; probe++)
        {
          size_t a = probe ? random_bits (656, probe) % order : order - 1, b = probe % 3 ? random_bits (657, probe) % order : a;
          long double expected = 0;
          for (size_t k = 0; k < MAX (rows, columns); k++)
            if (rows <= columns)
              expected += (x[a * columns + k] - mean[k]) * (x[b * columns + k] - mean[k]);
            else
              expected += (x[k * columns + a] - mean[a]) * (x[k * columns + b] - mean[b]);
          assert_near (gram[a * order + b], (double) expected, naive_tolerance (1e-14 * (double) MAX (rows, columns)));
          g_assert_true (gram[a * order + b] == gram[b * order + a]);
        }
    }
}

/* Equal rows, half of whose values are the next float32 above or below: nothing is left of such rows. Differences of a ten thousandth are
 * real. */
static void
test_rounding_noise (void)
{
  for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++)
    for (int kind = 0; kind < 2; kind++)
      {
        size_t rows = shapes[s][0], columns = shapes[s][1], order = MIN (rows, columns);
        g_autofree float *noisy = g_new (float, rows *columns);
        g_autofree float *real = g_new (float, rows *columns);
        double ratio;
        for (size_t i = 0; i < rows * columns; i++)
          {
            float value = (float) (random_bell (664, i % columns) + (kind ? 3000 : 0));
            uint64_t bits = random_bits (665, i) % 4;
            noisy[i] = bits < 2 ? value : nextafterf (value, bits == 2 ? INFINITY : -INFINITY);
            real[i] = (float) (value * (1 + 1e-4 * random_bell (666, i)));
          }
        g_autofree double *of_noise = centered_gram (noisy, rows, columns);
        g_autofree double *of_real = centered_gram (real, rows, columns);
        for (size_t i = 0; i < order * order; i++)
          g_assert_true (of_noise[i] == 0);
        g_assert_cmpint (sonde_math_participation_ratio (of_noise, order, &ratio), ==, SONDE_MATH_UNDEFINED);
        g_assert_cmpint (sonde_math_participation_ratio (of_real, order, &ratio), ==, rows > 1 ? SONDE_MATH_OK : SONDE_MATH_UNDEFINED);
        if (rows > 1 && kind == 0)
          compare_with_naive (real, rows, MIN (columns, 90));
      }
}

/* A feature that is 3000 for every token is no dimension; without centring it would be the only one. */
static void
test_large_mean (void)
{
  g_autofree float *x = random_matrix (KIND_PLAIN, 660, 100, 768);
  g_autofree float *shifted = random_matrix (KIND_PLAIN, 660, 100, 768);
  for (size_t i = 0; i < 100; i++)
    shifted[i * 768 + 3] = 3000;
  for (size_t i = 0; i < 100; i++)
    x[i * 768 + 3] = 0;
  g_autofree double *gram = centered_gram (x, 100, 768);
  g_autofree double *of_shifted = centered_gram (shifted, 100, 768);
  double ratio, ratio_shifted;
  sonde_math_participation_ratio (gram, 100, &ratio);
  sonde_math_participation_ratio (of_shifted, 100, &ratio_shifted);
  g_assert_true (ratio == ratio_shifted);
  g_assert_cmpfloat (ratio, >, 80);

  g_autofree double *uncentered = g_new (double, 100 * 100);
  for (size_t i = 0; i < 100; i++)
    for (size_t k = 0; k < 100; k++)
      {
        double sum = 0;
        for (size_t j = 0; j < 768; j++)
          sum += (double) shifted[i * 768 + j] * shifted[k * 768 + j];
        uncentered[i * 100 + k] = sum;
      }
  sonde_math_participation_ratio (uncentered, 100, &ratio);
  g_assert_cmpfloat (ratio, <, 1.1);
}

static void
test_constant (void)
{
  g_autofree float *x = g_new (float, 30 * 50);
  for (size_t i = 0; i < 30; i++)
    for (size_t j = 0; j < 50; j++)
      x[i * 50 + j] = (float) (3000.1 + 0.3 * (double) j);
  g_autofree double *gram = centered_gram (x, 30, 50);
  for (size_t i = 0; i < 900; i++)
    g_assert_true (gram[i] == 0);
  compare_with_naive (x, 30, 50);
  double workspace, empty = 5;
  g_assert_cmpuint (sonde_math_centered_gram (x, 0, 50, &workspace, &empty), ==, 0);
  g_assert_true (empty == 5);
}

static void
test_equal_eigenvalues (void)
{
  double lambda[20], margin = 7, ratio = 7;
  g_autofree double *identity = g_new0 (double, 400);
  size_t dimension = 7;
  for (size_t i = 0; i < 20; i++)
    {
      lambda[i] = 1;
      identity[i * 21] = 0.1;
    }

  /* Nineteen of twenty are exactly 95 %, which does not exceed 95: the 0-based index is 19. */
  g_assert_cmpint (sonde_math_effective_dimension (lambda, 20, 95, &dimension, &margin), ==, SONDE_MATH_OK);
  g_assert_cmpuint (dimension - 1, ==, 19);
  g_assert_true (margin == 0);
  g_assert_cmpint (sonde_math_effective_dimension (lambda, 20, 94.99, &dimension, &margin), ==, SONDE_MATH_OK);
  g_assert_cmpuint (dimension, ==, 19);
  assert_near (margin, 0.01, 1e-12);

  /* k of a hundred are exactly k %, for every k: 100 · (7 / 100) would be more than 7. */
  double hundred[100];
  for (size_t i = 0; i < 100; i++)
    hundred[i] = 1;
  for (size_t k = 0; k < 100; k++)
    {
      sonde_math_effective_dimension (hundred, 100, (double) k, &dimension, NULL);
      g_assert_cmpuint (dimension, ==, k + 1);
    }

  g_assert_cmpint (sonde_math_participation_ratio (identity, 20, &ratio), ==, SONDE_MATH_OK);
  assert_close (ratio, 20.0, 1e-15);
  g_assert_cmpfloat (ratio, <=, 20);
}

static void
test_thresholds (void)
{
  const double lambda[] = { 8, 1, 1, 0 }, none[] = { 0, 0 };
  const double thresholds[] = { 0, 79, 80, 89, 90, 99.9, -1 };
  const size_t expected[] = { 1, 1, 2, 2, 3, 3, 1 };
  double margin = 7;
  size_t dimension = 7;
  for (size_t i = 0; i < G_N_ELEMENTS (thresholds); i++)
    {
      g_assert_cmpint (sonde_math_effective_dimension (lambda, 4, thresholds[i], &dimension, NULL), ==, SONDE_MATH_OK);
      g_assert_cmpuint (dimension, ==, expected[i]);
    }
  g_assert_cmpint (sonde_math_effective_dimension (lambda, 4, 83, &dimension, &margin), ==, SONDE_MATH_OK);
  assert_near (margin, 3, 1e-12);
  g_assert_cmpint (sonde_math_effective_dimension (lambda, 4, 100, &dimension, &margin), ==, SONDE_MATH_UNDEFINED);
  g_assert_cmpint (sonde_math_effective_dimension (lambda, 4, NAN, &dimension, &margin), ==, SONDE_MATH_UNDEFINED);
  g_assert_cmpint (sonde_math_effective_dimension (none, 2, 95, &dimension, &margin), ==, SONDE_MATH_UNDEFINED);
  g_assert_cmpint (sonde_math_effective_dimension (none, 0, 95, &dimension, NULL), ==, SONDE_MATH_UNDEFINED);
  g_assert_cmpuint (dimension, ==, 0);
}

static void
test_not_finite (void)
{
  double gram[] = { 1, NAN, NAN, 1 }, infinite[] = { INFINITY, 0, 0, 1 }, lambda[2] = { 7, 7 }, ratio = 7;
  g_assert_cmpint (sonde_math_participation_ratio (gram, 2, &ratio), ==, SONDE_MATH_UNDEFINED);
  g_assert_true (isnan (ratio));
  g_assert_cmpint (sonde_math_participation_ratio (infinite, 2, &ratio), ==, SONDE_MATH_UNDEFINED);
  g_assert_cmpint (sonde_math_eigenvalues (gram, 2, lambda), ==, SONDE_MATH_UNDEFINED);
  g_assert_true (isnan (lambda[0]) && isnan (lambda[1]));
  g_assert_cmpint (sonde_math_eigenvalues (infinite, 2, lambda), ==, SONDE_MATH_UNDEFINED);
}

/* 1/PR is about 1/n + 1/d + 1/PR∞ for isotropic data, so 100 dimensions look like fewer than 20 when there are 20 rows. */
static void
test_few_rows (void)
{
  double sum = 0;
  for (uint64_t seed = 0; seed < 50; seed++)
    {
      g_autofree float *x = g_new (float, 20 * 100);
      for (size_t i = 0; i < 2000; i++)
        x[i] = (float) random_normal (700 + seed, i);
      g_autofree double *gram = centered_gram (x, 20, 100);
      double ratio;
      sonde_math_participation_ratio (gram, 20, &ratio);
      sum += ratio / 50;
    }
  g_test_message ("mean participation ratio %.3f", sum);
  assert_near (sum, 15.8, 0.3);
}

static void
test_goldens (void)
{
  const size_t rows[] = { 30, 80, 40 }, columns[] = { 80, 30, 40 };
  const double offsets[] = { 0, 0, 3000 }, ratios[] = { golden_ratio_0, golden_ratio_1, golden_ratio_2 };
  const size_t dimensions[] = { golden_dimension_0, golden_dimension_1, golden_dimension_2 };
  const double *squared[] = { golden_squared_0, golden_squared_1, golden_squared_2 };
  for (size_t c = 0; c < 3; c++)
    {
      g_autofree float *x = random_matrix (offsets[c] > 0 ? KIND_LARGE_MEAN : KIND_PLAIN, 5 + c, rows[c], columns[c]);
      for (size_t i = 0; i < rows[c] * columns[c]; i++)
        x[i] *= i % columns[c] < columns[c] / 2 ? 4 : 1;
      g_autofree double *gram = centered_gram (x, rows[c], columns[c]);
      double ratio, lambda[40];
      size_t dimension;
      sonde_math_participation_ratio (gram, MIN (rows[c], columns[c]), &ratio);
      assert_close (ratio, ratios[c], 1e-12);
      sonde_math_eigenvalues (gram, MIN (rows[c], columns[c]), lambda);
      for (size_t i = 0; i < 10; i++)
        assert_close (lambda[i], squared[c][i], 1e-12);
      sonde_math_effective_dimension (lambda, MIN (rows[c], columns[c]), 95, &dimension, NULL);
      g_assert_cmpuint (dimension, ==, dimensions[c]);
    }
}

static void
test_same_bytes (void)
{
  g_autofree float *x = random_matrix (KIND_PLAIN, 800, 90, 2048);
  double ratios[3];
  for (int n = 1; n <= 2; n++)
    {
      _sonde_math_blas ()->set_num_threads (n);
      g_autofree double *once = centered_gram (x, 90, 2048);
      g_autofree double *twice = centered_gram (x, 90, 2048);
      double of_once[90], of_twice[90];
      g_assert_cmpmem (once, 8100 * sizeof *once, twice, 8100 * sizeof *twice);
      sonde_math_participation_ratio (once, 90, &ratios[n]);
      sonde_math_eigenvalues (once, 90, of_once);
      sonde_math_eigenvalues (twice, 90, of_twice);
      g_assert_cmpmem (of_once, sizeof of_once, of_twice, sizeof of_twice);
    }
  _sonde_math_blas ()->set_num_threads (1);
  assert_close (ratios[1], ratios[2], 1e-13);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/math/dimensionality/against-naive", test_against_naive);
  g_test_add_func ("/math/dimensionality/wide", test_wide);
  g_test_add_func ("/math/dimensionality/blocks", test_blocks);
  g_test_add_func ("/math/dimensionality/rounding-noise", test_rounding_noise);
  g_test_add_func ("/math/dimensionality/large-mean", test_large_mean);
  g_test_add_func ("/math/dimensionality/constant", test_constant);
  g_test_add_func ("/math/dimensionality/equal-eigenvalues", test_equal_eigenvalues);
  g_test_add_func ("/math/dimensionality/thresholds", test_thresholds);
  g_test_add_func ("/math/dimensionality/not-finite", test_not_finite);
  g_test_add_func ("/math/dimensionality/few-rows", test_few_rows);
  g_test_add_func ("/math/dimensionality/goldens", test_goldens);
  g_test_add_func ("/math/dimensionality/same-bytes", test_same_bytes);
  return g_test_run ();
}
