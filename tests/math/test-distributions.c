#include "sonde-math.h"
#include "goldens.h"
#include "naive.h"
#include "support.h"

#include <string.h>

static double *
bell_values (uint64_t seed, size_t n)
{
  double *values = g_new (double, n);
  for (size_t i = 0; i < n; i++)
    values[i] = random_bell (seed, i);
  return values;
}

static SondeBins
freedman_diaconis (const double *values, size_t n, size_t max_bins)
{
  g_autofree double *workspace = g_new (double, n + 1);
  workspace[n] = 1234;
  SondeBins bins = sonde_math_bins_freedman_diaconis (values, n, max_bins, workspace);
  g_assert_true (workspace[n] == 1234);
  return bins;
}

static size_t
total (const size_t *counts, size_t n)
{
  size_t sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += counts[i];
  return sum;
}

/* Edges and counts to the bit: every value counted in the bin whose edges hold it. */
static void
expect_golden (const double *values, size_t n, const SondeBins *bins, const size_t *counts, const double *edges, size_t n_bins)
{
  g_assert_cmpuint (bins->n_bins, ==, n_bins);
  for (size_t i = 0; i <= n_bins; i++)
    g_assert_true (sonde_math_bin_edge (bins, i) == edges[i]);
  g_autofree size_t *found = g_new (size_t, n_bins);
  sonde_math_histogram (values, n, bins, found);
  g_assert_cmpmem (found, n_bins * sizeof *found, counts, n_bins * sizeof *counts);
}

static void
test_histogram_goldens (void)
{
#define EXPECT(values, n, bins, name) \
  expect_golden (values, n, bins, golden_##name##_counts, golden_##name##_edges, G_N_ELEMENTS (golden_##name##_counts))

  g_autofree double *plain = bell_values (8, 3000);
  SondeBins bins = freedman_diaconis (plain, 3000, 10000);
  EXPECT (plain, 3000, &bins, plain);

  g_autofree double *grid = bell_values (9, 2000);
  for (size_t i = 0; i < 2000; i++)
    grid[i] = floor (10 * grid[i]) / 10;
  bins = freedman_diaconis (grid, 2000, 10000);
  EXPECT (grid, 2000, &bins, grid);
  bins = (SondeBins){ .low = -1.5, .high = 1.5, .n_bins = 30 };
  EXPECT (grid, 2000, &bins, ranged);

  g_autofree double *whole = bell_values (10, 700);
  for (size_t i = 0; i < 700; i++)
    whole[i] = floor (3 * whole[i]);
  bins = freedman_diaconis (whole, 700, 10000);
  EXPECT (whole, 700, &bins, whole);

  g_autofree double *far = bell_values (11, 500);
  for (size_t i = 0; i < 500; i++)
    far[i] = 1e6 + far[i] / 1024;
  bins = freedman_diaconis (far, 500, 10000);
  EXPECT (far, 500, &bins, far);
#undef EXPECT
}

/* Values of five kinds, among them many that are equal and some that lie on edges or next to one. */
static double
odd_value (int kind, uint64_t seed, size_t i)
{
  double value = random_bell (seed, i);
  switch (kind)
    {
    case 0:
      return value;
    case 1:
      return floor (value * 4) / 4;
    case 2:
      return floor (value * 10) * 0.1;
    case 3:
      return value * value * value * 1e-200;
    default:
      return i % 50 ? value * 0x1p-1060 : 0x1p-1040;
    }
}

static void
test_histogram_against_naive (void)
{
  const size_t sizes[] = { 1, 2, 3, 4, 5, 10, 101, 1000 }, caps[] = { 1, 7, 500 };
  for (int kind = 0; kind < 5; kind++)
    for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
      for (size_t c = 0; c < G_N_ELEMENTS (caps); c++)
        {
          size_t n = sizes[s];
          g_autofree double *values = g_new (double, n);
          for (size_t i = 0; i < n; i++)
            values[i] = odd_value (kind, 900 + s, i);
          SondeBins bins = freedman_diaconis (values, n, caps[c]);
          g_assert_cmpuint (bins.n_bins, >=, 1);
          g_assert_cmpuint (bins.n_bins, <=, MIN (bins.wanted, caps[c]));

          g_autofree size_t *counts = g_new (size_t, bins.n_bins);
          g_autofree size_t *expected = g_new (size_t, bins.n_bins);
          sonde_math_histogram (values, n, &bins, counts);
          naive_histogram (values, n, bins.low, bins.high, bins.n_bins, expected);
          g_assert_cmpmem (counts, bins.n_bins * sizeof *counts, expected, bins.n_bins * sizeof *expected);
          g_assert_cmpuint (total (counts, bins.n_bins), ==, n);
          for (size_t i = 0; i < bins.n_bins; i++)
            g_assert_true (sonde_math_bin_edge (&bins, i) < sonde_math_bin_edge (&bins, i + 1));
        }
}

static void
test_rule_against_naive (void)
{
  for (int kind = 0; kind < 4; kind++)
    for (size_t n = 2; n < 20000; n = 3 * n + 1)
      {
        g_autofree double *values = g_new (double, n);
        for (size_t i = 0; i < n; i++)
          values[i] = odd_value (kind, 950 + n, i);
        SondeBins bins = freedman_diaconis (values, n, SIZE_MAX);
        double iqr = naive_percentile (values, n, 75) - naive_percentile (values, n, 25);
        double low = naive_percentile (values, n, 0), high = naive_percentile (values, n, 100);
        if (low == high)
          continue;
        double wanted = iqr > 0 ? (high - low) / (2 * iqr / cbrt ((double) n)) : 1;
        g_assert_true (bins.low == low && bins.high == high);
        if (fabs (wanted - rint (wanted)) > 1e-9)
          g_assert_cmpuint (bins.wanted, ==, (size_t) ceil (wanted));
        else
          assert_near ((double) bins.wanted, wanted, 1);
      }
}

static void
test_constant (void)
{
  const double constants[] = { 0, -0.0, 0.1, -3000, 1e300, -0x1p60 };
  for (size_t c = 0; c < G_N_ELEMENTS (constants); c++)
    for (size_t n = 1; n < 40; n += 13)
      {
        double values[40];
        for (size_t i = 0; i < n; i++)
          values[i] = constants[c];
        SondeBins bins = freedman_diaconis (values, n, 100);
        size_t count = 0;
        g_assert_cmpuint (bins.n_bins, ==, 1);
        g_assert_cmpuint (bins.wanted, ==, 1);
        g_assert_cmpfloat (bins.low, <, constants[c]);
        g_assert_cmpfloat (bins.high, >, constants[c]);
        if (fabs (constants[c]) < 1e6)
          g_assert_true (bins.low == constants[c] - 0.5 && bins.high == constants[c] + 0.5);
        sonde_math_histogram (values, n, &bins, &count);
        g_assert_cmpuint (count, ==, n);
      }
}

/* Three quarters equal: the interquartile range is 0 and says nothing about a width. */
static void
test_no_interquartile_range (void)
{
  double values[100] = { 0 };
  values[7] = 5;
  values[9] = -1;
  SondeBins bins = freedman_diaconis (values, 100, 1000);
  g_assert_cmpuint (bins.n_bins, ==, 1);
  g_assert_cmpuint (bins.wanted, ==, 1);
  g_assert_true (bins.low == -1 && bins.high == 5);
}

static void
test_outlier_and_cap (void)
{
  g_autofree double *values = g_new (double, 1001);
  for (size_t i = 0; i < 1000; i++)
    values[i] = random_bell (12, i);
  values[1000] = 1e4;
  SondeBins bins = freedman_diaconis (values, 1001, 100000);
  g_assert_cmpuint (bins.wanted, ==, golden_outlier_bins);
  g_assert_cmpuint (bins.n_bins, ==, golden_outlier_bins);

  bins = freedman_diaconis (values, 1001, 512);
  g_assert_cmpuint (bins.wanted, ==, golden_outlier_bins);
  g_assert_cmpuint (bins.n_bins, ==, 512);
  size_t counts[512];
  sonde_math_histogram (values, 1001, &bins, counts);
  g_assert_cmpuint (counts[0], ==, 1000);
  g_assert_cmpuint (counts[511], ==, 1);
  g_assert_cmpuint (total (counts, 512), ==, 1001);

  values[1000] = 1e12;
  bins = freedman_diaconis (values, 1001, 512);
  g_assert_cmpuint (bins.wanted, >, G_GUINT64_CONSTANT (1000000000000));
  g_assert_cmpuint (bins.n_bins, ==, 512);
  sonde_math_histogram (values, 1001, &bins, counts);
  g_assert_cmpuint (total (counts, 512), ==, 1001);

  values[1000] = 3e38;
  bins = freedman_diaconis (values, 1001, 512);
  g_assert_cmpuint (bins.wanted, ==, SIZE_MAX);
  g_assert_cmpuint (bins.n_bins, ==, 512);
  bins = freedman_diaconis (values, 1001, 0);
  g_assert_cmpuint (bins.n_bins, ==, 1);
}

/* Float32 values of several kinds: the last have every bit pattern of a finite number. */
static float
odd_float (int kind, uint64_t seed, size_t i)
{
  if (kind < 3)
    return (float) odd_value (kind, seed, i);
  if (kind == 3)
    return i % 3 ? 0.0f : -0.0f;
  if (kind == 4)
    return (float) (1 + 1e-6 * random_bell (seed, i));
  if (kind == 5)
    return i % 1000 == 999 ? 3e38f : (float) random_bell (seed, i);
  uint32_t bits = (uint32_t) random_bits (seed, i);
  float value;
  if ((bits & 0x7f800000) == 0x7f800000)
    bits &= 0xff7fffff;
  memcpy (&value, &bits, sizeof value);
  return value;
}

/* Tasks in another order, as threads may take them. */
static void
run_backwards (unsigned n_tasks, SondeMathTask func, void *data)
{
  while (n_tasks-- > 0)
    func (n_tasks, n_tasks % 3, data);
}

static void
expect_same_as_doubles (const float *values, size_t n, size_t max_bins)
{
  g_autofree double *doubles = g_new (double, n);
  for (size_t i = 0; i < n; i++)
    doubles[i] = values[i];
  SondeBins expected = freedman_diaconis (doubles, n, max_bins);
  g_autofree size_t *counts = g_new (size_t, expected.n_bins);
  g_autofree size_t *expected_counts = g_new (size_t, expected.n_bins);
  sonde_math_histogram (doubles, n, &expected, expected_counts);
  for (int backwards = 0; backwards < 2; backwards++)
    {
      SondeBins bins = sonde_math_bins_freedman_diaconis_f32 (values, n, max_bins, backwards ? run_backwards : NULL);
      g_assert_cmpmem (&bins, sizeof bins, &expected, sizeof expected);
      sonde_math_histogram_f32 (values, n, &bins, counts, backwards ? run_backwards : NULL);
      g_assert_cmpmem (counts, bins.n_bins * sizeof *counts, expected_counts, bins.n_bins * sizeof *counts);
    }
}

/* Bins to the bit and counts, whether they are kept apart by task or, above 16384, are not. */
static void
test_float32 (void)
{
  const size_t sizes[] = { 1, 2, 3, 4, 5, 10, 1023, 1024, 1025, 5000, (1 << 18) - 1, 1 << 18, 600000 };
  for (int kind = 0; kind < 7; kind++)
    for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
      {
        size_t n = sizes[s];
        g_autofree float *values = g_new (float, n);
        for (size_t i = 0; i < n; i++)
          values[i] = odd_float (kind, 940 + s, i);
        expect_same_as_doubles (values, n, 10000);
        if (s % 3 == 0)
          expect_same_as_doubles (values, n, 30000);
      }
}

/* Bins of somebody's own, into which not every value goes. */
static void
test_float32_outside (void)
{
  const SondeBins bins = { .low = -1.5, .high = 1.25, .n_bins = 30 };
  g_autofree float *values = g_new (float, 5000);
  g_autofree double *doubles = g_new (double, 5000);
  size_t counts[30], expected[30];
  for (size_t i = 0; i < 5000; i++)
    doubles[i] = values[i] = i % 100 ? floorf (16 * (float) random_bell (945, i)) / 16 : NAN;
  sonde_math_histogram_f32 (values, 5000, &bins, counts, NULL);
  sonde_math_histogram (doubles, 5000, &bins, expected);
  g_assert_cmpmem (counts, sizeof counts, expected, sizeof expected);
  g_assert_cmpuint (total (counts, 30), <, 4950);
  size_t n = 0;
  for (size_t i = 0; i < 5000; i++)
    if (doubles[i] >= bins.low && doubles[i] <= bins.high)
      doubles[n++] = doubles[i];
  naive_histogram (doubles, n, bins.low, bins.high, 30, expected);
  g_assert_cmpmem (counts, sizeof counts, expected, sizeof expected);
}

/* Against sorted values: quartiles that lie between the same value twice, neighbours, and both zeros. */
static void
test_float32_against_naive (void)
{
  for (int kind = 0; kind < 6; kind++)
    for (size_t n = 2; n < 3000; n = 2 * n + 1)
      {
        g_autofree float *values = g_new (float, n);
        g_autofree double *doubles = g_new (double, n);
        for (size_t i = 0; i < n; i++)
          doubles[i] = values[i] = odd_float (kind, 955 + n, i);
        SondeBins bins = sonde_math_bins_freedman_diaconis_f32 (values, n, SIZE_MAX, NULL);
        double iqr = naive_percentile (doubles, n, 75) - naive_percentile (doubles, n, 25);
        double low = naive_percentile (doubles, n, 0), high = naive_percentile (doubles, n, 100);
        if (low == high)
          continue;
        double wanted = iqr > 0 ? (high - low) / (2 * iqr / cbrt ((double) n)) : 1;
        g_assert_true (bins.low == low && bins.high == high);
        if (wanted < 0x1p50)
          assert_near ((double) bins.wanted, ceil (wanted), fabs (wanted - rint (wanted)) > 1e-9 * wanted ? 0 : 1);
      }
}

/* The whole range of a double, whose width is more than a double can hold. */
static void
test_widest (void)
{
  double values[] = { -1.7e308, -1e308, 0, 1e307, 1.7e308 };
  SondeBins bins = freedman_diaconis (values, 5, 100);
  size_t count = 0;
  g_assert_cmpuint (bins.n_bins, ==, 1);
  g_assert_true (bins.low == values[0] && bins.high == values[4]);
  sonde_math_histogram (values, 5, &bins, &count);
  g_assert_cmpuint (count, ==, 5);
}

/* Cosines of identical rows: a handful of neighbouring doubles. Bins between them would have no width. */
static void
test_neighbouring_doubles (void)
{
  double values[1000];
  for (size_t i = 0; i < 1000; i++)
    values[i] = 1 - (double) (random_bits (970, i) % 40) * 0x1p-53;
  SondeBins bins = freedman_diaconis (values, 1000, 10000);
  g_assert_cmpuint (bins.wanted, >, bins.n_bins);
  g_autofree size_t *counts = g_new (size_t, bins.n_bins);
  sonde_math_histogram (values, 1000, &bins, counts);
  g_assert_cmpuint (total (counts, bins.n_bins), ==, 1000);
  for (size_t i = 0; i < bins.n_bins; i++)
    g_assert_true (sonde_math_bin_edge (&bins, i) < sonde_math_bin_edge (&bins, i + 1));
}

static void
test_outside_and_edges (void)
{
  const double values[] = { -0.1, 0, 0.25, 0.5, 0.49999999999999994, 1, 1.0000000000000002, NAN, INFINITY, -INFINITY };
  const SondeBins bins = { .low = 0, .high = 1, .n_bins = 4 };
  const size_t expected[] = { 1, 2, 1, 1 };
  size_t counts[4];
  sonde_math_histogram (values, G_N_ELEMENTS (values), &bins, counts);
  g_assert_cmpmem (counts, sizeof counts, expected, sizeof expected);
  sonde_math_histogram (values, 0, &bins, counts);
  g_assert_cmpuint (total (counts, 4), ==, 0);

  /* Every edge of a width that is no binary fraction opens its own bin. */
  const SondeBins tenths = { .low = -0.7, .high = 0.9, .n_bins = 97 };
  for (size_t i = 0; i < 97; i++)
    {
      size_t found[97];
      double edge = sonde_math_bin_edge (&tenths, i), before = nextafter (edge, -1);
      sonde_math_histogram (&edge, 1, &tenths, found);
      g_assert_cmpuint (found[i], ==, 1);
      sonde_math_histogram (&before, 1, &tenths, found);
      g_assert_true (i == 0 ? total (found, 97) == 0 : found[i - 1] == 1);
    }
}

static void
test_kde (void)
{
  g_autofree double *values = bell_values (13, 60);
  double density[100];
  g_assert_cmpint (sonde_math_kde (values, 60, golden_kde_at, 100, density), ==, SONDE_MATH_OK);
  for (size_t i = 0; i < 100; i++)
    assert_close (density[i], golden_kde[i], 1e-13);

  for (size_t n = 2; n < 400; n = 3 * n + 1)
    {
      g_autofree double *more = bell_values (980 + n, n);
      const double grid[] = { -30, -3, -0.5, 0, 0.1, 2, 8 };
      g_assert_cmpint (sonde_math_kde (more, n, grid, G_N_ELEMENTS (grid), density), ==, SONDE_MATH_OK);
      for (size_t i = 1; i < G_N_ELEMENTS (grid); i++)
        assert_near (density[i], naive_kde (more, n, grid[i]), naive_tolerance (1e-13 * naive_kde (more, n, 0)));
    }
}

static void
test_kde_scale (void)
{
  const double scales[] = { 1e-300, 1e-30, 1e30, 1e290 };
  g_autofree double *values = bell_values (990, 50);
  const double zero = 0;
  double reference, density;
  sonde_math_kde (values, 50, &zero, 1, &reference);
  for (size_t s = 0; s < G_N_ELEMENTS (scales); s++)
    {
      double scaled[50];
      for (size_t i = 0; i < 50; i++)
        scaled[i] = values[i] * scales[s];
      g_assert_cmpint (sonde_math_kde (scaled, 50, &zero, 1, &density), ==, SONDE_MATH_OK);
      assert_close (density * scales[s], reference, 1e-12);
    }
}

static void
test_kde_undefined (void)
{
  const double one[] = { 3 }, same[] = { 0.1, 0.1, 0.1, 0.1 }, grid[] = { 0, 1 };
  double density[2] = { 7, 7 };
  g_assert_cmpint (sonde_math_kde (one, 1, grid, 2, density), ==, SONDE_MATH_UNDEFINED);
  g_assert_true (isnan (density[0]) && isnan (density[1]));
  g_assert_cmpint (sonde_math_kde (one, 0, grid, 2, density), ==, SONDE_MATH_UNDEFINED);
  g_assert_cmpint (sonde_math_kde (same, 4, grid, 2, density), ==, SONDE_MATH_UNDEFINED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/math/histogram/goldens", test_histogram_goldens);
  g_test_add_func ("/math/histogram/against-naive", test_histogram_against_naive);
  g_test_add_func ("/math/histogram/rule-against-naive", test_rule_against_naive);
  g_test_add_func ("/math/histogram/constant", test_constant);
  g_test_add_func ("/math/histogram/no-interquartile-range", test_no_interquartile_range);
  g_test_add_func ("/math/histogram/outlier-and-cap", test_outlier_and_cap);
  g_test_add_func ("/math/histogram/float32", test_float32);
  g_test_add_func ("/math/histogram/float32-outside", test_float32_outside);
  g_test_add_func ("/math/histogram/float32-against-naive", test_float32_against_naive);
  g_test_add_func ("/math/histogram/widest", test_widest);
  g_test_add_func ("/math/histogram/neighbouring-doubles", test_neighbouring_doubles);
  g_test_add_func ("/math/histogram/outside-and-edges", test_outside_and_edges);
  g_test_add_func ("/math/kde/against-scipy-and-naive", test_kde);
  g_test_add_func ("/math/kde/scale", test_kde_scale);
  g_test_add_func ("/math/kde/undefined", test_kde_undefined);
  return g_test_run ();
}
