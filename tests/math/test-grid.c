#include "sonde-math.h"
#include "naive.h"
#include "support.h"

#include <string.h>

typedef struct SondeMathGrid Grid;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Grid, sonde_math_grid_free)

static Grid *
new_grid (void)
{
  Grid *grid = sonde_math_grid_new ();
  g_assert_nonnull (grid);
  return grid;
}

/* Kinds of streams; kinds from 6 on make the exponent of the cells grow by hundreds, or put values next to 0 on both sides of it. */
#define N_STREAMS 12

static double
stream_value (int kind, uint64_t seed, size_t i)
{
  double value = random_bell (seed, i);
  switch (kind)
    {
    case 0:
      return tanh (value);
    case 1:
      return 1 - exp2 (-20 * random_uniform (seed, i));
    case 2:
      return floor (value * 4) / 4;
    case 3:
      return 1 - (double) (random_bits (seed, i) % 40) * 0x1p-53;
    case 4:
      return i % 7 ? 0.25 : 0.75;
    case 5:
      return 3000 + value / 1024;
    case 6:
      return value * exp2 (40 * random_bell (seed + 1, i));
    case 7:
      return value * exp2 (300 * (random_uniform (seed + 1, i) - 0.5));
    case 8:
      return i % 3 ? value * 0x1p-1060 : value * 0x1p-30;
    case 9:
      return i % 50 == 49 ? (value > 0 ? 1.7e308 : -1.7e308) : value * 0x1p-1072;
    case 10:
      return i % 2 ? 0.0 : -0.0;
    default:
      return -1e300 - value * 1e284;
    }
}

static double *
stream (int kind, uint64_t seed, size_t n)
{
  double *values = g_new (double, n);
  for (size_t i = 0; i < n; i++)
    values[i] = stream_value (kind, seed, i);
  return values;
}

static void
shuffle (double *values, size_t n, uint64_t seed)
{
  for (size_t i = n; i > 1; i--)
    {
      size_t j = random_bits (seed, i) % i;
      double swapped = values[i - 1];
      values[i - 1] = values[j];
      values[j] = swapped;
    }
}

/* In calls of odd lengths. */
static void
add_in_pieces (Grid *grid, const double *values, size_t n, size_t piece)
{
  for (size_t i = 0; i < n; i += piece)
    sonde_math_grid_add (grid, values + i, MIN (piece, n - i));
}

/* Everything that the counts show, cell by cell: with one bin a cell each cell is counted by itself. The sum alone may differ. */
static void
assert_same (const Grid *a, const Grid *b)
{
  g_assert_cmpuint (sonde_math_grid_total (a), ==, sonde_math_grid_total (b));
  g_assert_true (sonde_math_grid_cell_width (a) == sonde_math_grid_cell_width (b));
  double low = sonde_math_grid_low (a), high = sonde_math_grid_high (a), of_b[] = { sonde_math_grid_low (b), sonde_math_grid_high (b) };
  g_assert_cmpmem (&low, sizeof low, &of_b[0], sizeof low);
  g_assert_cmpmem (&high, sizeof high, &of_b[1], sizeof high);

  SondeBins bins = sonde_math_grid_bins (a, SIZE_MAX), bins_b = sonde_math_grid_bins (b, SIZE_MAX);
  g_assert_true (bins.low == bins_b.low && bins.high == bins_b.high && bins.n_bins == bins_b.n_bins && bins.wanted == bins_b.wanted);
  double width = sonde_math_grid_cell_width (a), first = floor (low / width), last = floor (high / width);
  if (width < 0x1p900 && fabs (first) < 0x1p50 && last > first)
    bins = (SondeBins){ .low = first * width, .high = (last + 1) * width, .n_bins = (size_t) (last - first) + 1 };
  g_autofree size_t *counts = g_new (size_t, bins.n_bins);
  g_autofree size_t *counts_b = g_new (size_t, bins.n_bins);
  sonde_math_grid_counts (a, &bins, counts);
  sonde_math_grid_counts (b, &bins, counts_b);
  g_assert_cmpmem (counts, bins.n_bins * sizeof *counts, counts_b, bins.n_bins * sizeof *counts_b);
  for (double fraction = 0; fraction <= 1; fraction += 0.0625)
    g_assert_true (sonde_math_grid_quantile (a, fraction) == sonde_math_grid_quantile (b, fraction));
}

/* The values in other orders, in calls of other lengths, over other numbers of grids merged in other orders. */
static void
test_order_and_partition (void)
{
  const size_t n = 5000;
  for (int kind = 0; kind < N_STREAMS; kind++)
    {
      g_autofree double *values = stream (kind, 40, n);
      g_autoptr (Grid) reference = new_grid ();
      sonde_math_grid_add (reference, values, n);
      for (uint64_t round = 0; round < 6; round++)
        {
          size_t n_parts = 1 + round * round;
          g_autoptr (Grid) grid = new_grid ();
          shuffle (values, n, 50 + round);
          for (size_t i = 0; i < n_parts; i++)
            {
              size_t part = round % 2 ? i : n_parts - 1 - i, begin = n * part / n_parts, end = n * (part + 1) / n_parts;
              g_autoptr (Grid) one = new_grid ();
              add_in_pieces (one, values + begin, end - begin, 1 + 700 * (round % 3));
              sonde_math_grid_merge (grid, one);
            }
          assert_same (grid, reference);
        }
    }
}

/* Each new value beyond all before it, so that the range grows with every call, up, down and to both sides by turns. */
static void
test_growing (void)
{
  for (int way = 0; way < 3; way++)
    {
      double values[800];
      for (size_t i = 0; i < G_N_ELEMENTS (values); i++)
        values[i] = (way == 0 || (way == 2 && i % 2) ? 1 : -1) * exp2 ((double) i * 2.5 - 1000);
      g_autoptr (Grid) by_one = new_grid ();
      g_autoptr (Grid) at_once = new_grid ();
      g_autoptr (Grid) backwards = new_grid ();
      add_in_pieces (by_one, values, G_N_ELEMENTS (values), 1);
      sonde_math_grid_add (at_once, values, G_N_ELEMENTS (values));
      for (size_t i = G_N_ELEMENTS (values); i-- > 0;)
        sonde_math_grid_add (backwards, &values[i], 1);
      assert_same (by_one, at_once);
      assert_same (by_one, backwards);
    }
}

/* Each cell against a count in plain loops: value ≥ c · width and < (c + 1) · width. */
static void
test_cells_against_naive (void)
{
  const size_t n = 3000;
  for (int kind = 0; kind < N_STREAMS; kind++)
    {
      g_autofree double *values = stream (kind, 60, n);
      g_autoptr (Grid) grid = new_grid ();
      sonde_math_grid_add (grid, values, n);
      double width = sonde_math_grid_cell_width (grid), low = sonde_math_grid_low (grid), high = sonde_math_grid_high (grid);
      g_assert_true (low == naive_percentile (values, n, 0) && high == naive_percentile (values, n, 100));
      if (width >= 0x1p900 || low == high)
        continue;

      double first = floor (low / width), cells = floor (high / width) - first + 1;
      g_assert_cmpfloat (cells, <=, 0x1p18);
      SondeBins bins = { .low = first * width, .high = (first + cells) * width, .n_bins = (size_t) cells };
      g_autofree size_t *counts = g_new (size_t, bins.n_bins);
      sonde_math_grid_counts (grid, &bins, counts);
      for (size_t i = 0; i < n; i++)
        {
          size_t cell = (size_t) (floor (values[i] / width) - first);
          g_assert_cmpuint (counts[cell], >, 0);
          counts[cell]--;
        }
    }
}

/* No finer cells would do: half the width makes more than 2^18 of them, unless the values have no finer digits. */
static void
test_finest (void)
{
  for (int kind = 0; kind < 8; kind++)
    {
      g_autofree double *values = stream (kind, 70, 2000);
      g_autoptr (Grid) grid = new_grid ();
      sonde_math_grid_add (grid, values, 2000);
      double half = sonde_math_grid_cell_width (grid) / 2, low = sonde_math_grid_low (grid), high = sonde_math_grid_high (grid);
      double largest = MAX (fabs (low), fabs (high));
      g_assert_true (floor (high / half) - floor (low / half) + 1 > 0x1p18 || half < nextafter (largest, INFINITY) - largest);
    }
}

static void
test_statistics_against_naive (void)
{
  for (int kind = 0; kind < 6; kind++)
    for (size_t n = 1; n < 30000; n = 3 * n + 2)
      {
        g_autofree double *values = stream (kind, 80 + n, n);
        g_autoptr (Grid) grid = new_grid ();
        double width, sum = sonde_math_grid_add (grid, values, n);
        long double expected = 0, size = 0;
        for (size_t i = 0; i < n; i++)
          {
            expected += values[i];
            size += fabs (values[i]);
          }
        assert_near (sum, (double) expected, 1e-14 * (double) size);
        g_assert_true (sum == sonde_math_grid_sum (grid));
        width = sonde_math_grid_cell_width (grid);
        for (double percent = 0; percent <= 100; percent += 12.5)
          assert_near (sonde_math_grid_quantile (grid, percent / 100), naive_percentile (values, n, percent), width);
      }
}

/* By what the rule promises: there are edges, each less than a cell from the drawn one, between which so many values lie. */
static void
test_counts_against_naive (void)
{
  for (int kind = 0; kind < N_STREAMS; kind++)
    for (size_t n = 1; n < 30000; n = 3 * n + 2)
      {
        g_autofree double *values = stream (kind, 90 + n, n);
        g_autoptr (Grid) grid = new_grid ();
        sonde_math_grid_add (grid, values, n);
        SondeBins bins = sonde_math_grid_bins (grid, 500);
        double width = sonde_math_grid_cell_width (grid);
        g_autofree size_t *counts = g_new (size_t, bins.n_bins);
        size_t below = 0;
        g_assert_cmpuint (bins.n_bins, <=, MIN (500, bins.wanted));
        sonde_math_grid_counts (grid, &bins, counts);
        for (size_t i = 1; i < bins.n_bins; i++)
          {
            size_t least = 0, most = 0;
            double edge = sonde_math_bin_edge (&bins, i);
            for (size_t k = 0; k < n; k++)
              {
                least += values[k] < edge - width;
                most += values[k] < edge + width;
              }
            below += counts[i - 1];
            g_assert_cmpuint (below, >=, least);
            g_assert_cmpuint (below, <=, most);
          }
        g_assert_cmpuint (below + counts[bins.n_bins - 1], ==, n);
      }
}

/* Enough smooth values: the rule finds nearly as many bins as for all values, and nearly the same counts. */
static void
test_close_to_exact (void)
{
  const size_t n = 200000;
  g_autofree double *values = stream (0, 99, n);
  g_autofree double *workspace = g_new (double, n);
  g_autoptr (Grid) grid = new_grid ();
  sonde_math_grid_add (grid, values, n);
  SondeBins bins = sonde_math_grid_bins (grid, 10000), exact = sonde_math_bins_freedman_diaconis (values, n, 10000, workspace);
  g_assert_true (bins.low == exact.low && bins.high == exact.high);
  assert_near ((double) bins.wanted, (double) exact.wanted, 1);

  g_autofree size_t *counts = g_new (size_t, exact.n_bins);
  g_autofree size_t *expected = g_new (size_t, exact.n_bins);
  sonde_math_grid_counts (grid, &exact, counts);
  sonde_math_histogram (values, n, &exact, expected);
  for (size_t i = 0; i < exact.n_bins; i++)
    assert_near ((double) counts[i], (double) expected[i], 8);
}

static void
test_equal_values (void)
{
  const double constants[] = { 0, -0.0, 0.1, -3000, 1e300, 0x1p-1074, -0x1p-1074, -0x1p60, -1.7976931348623157e308 };
  for (size_t c = 0; c < G_N_ELEMENTS (constants); c++)
    {
      double values[2000];
      for (size_t i = 0; i < 2000; i++)
        values[i] = constants[c];
      g_autoptr (Grid) grid = new_grid ();
      g_autoptr (Grid) other = new_grid ();
      sonde_math_grid_add (grid, values, 1999);
      sonde_math_grid_add (other, values, 1);
      sonde_math_grid_merge (grid, other);
      SondeBins bins = sonde_math_grid_bins (grid, 100);
      size_t count;
      g_assert_cmpuint (bins.n_bins, ==, 1);
      g_assert_cmpuint (bins.wanted, ==, 1);
      g_assert_true (bins.low < constants[c] && bins.high > constants[c]);
      sonde_math_grid_counts (grid, &bins, &count);
      g_assert_cmpuint (count, ==, 2000);
      for (double fraction = 0; fraction <= 1; fraction += 0.25)
        g_assert_true (sonde_math_grid_quantile (grid, fraction) == constants[c]);
      if (fabs (constants[c]) < 1e304)
        assert_close (sonde_math_grid_sum (grid) / 2000, constants[c], 1e-14);
    }
}

static void
test_empty (void)
{
  g_autoptr (Grid) grid = new_grid ();
  g_autoptr (Grid) other = new_grid ();
  size_t count = 7;
  g_assert_true (sonde_math_grid_add (grid, NULL, 0) == 0);
  sonde_math_grid_merge (grid, other);
  g_assert_cmpuint (sonde_math_grid_total (grid), ==, 0);
  g_assert_true (sonde_math_grid_cell_width (grid) == 0);
  g_assert_true (isnan (sonde_math_grid_quantile (grid, 0.5)));
  SondeBins bins = sonde_math_grid_bins (grid, 10);
  g_assert_cmpuint (bins.n_bins, ==, 1);
  sonde_math_grid_counts (grid, &bins, &count);
  g_assert_cmpuint (count, ==, 0);
  sonde_math_grid_free (NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/math/grid/order-and-partition", test_order_and_partition);
  g_test_add_func ("/math/grid/growing", test_growing);
  g_test_add_func ("/math/grid/cells-against-naive", test_cells_against_naive);
  g_test_add_func ("/math/grid/finest", test_finest);
  g_test_add_func ("/math/grid/statistics-against-naive", test_statistics_against_naive);
  g_test_add_func ("/math/grid/counts-against-naive", test_counts_against_naive);
  g_test_add_func ("/math/grid/close-to-exact", test_close_to_exact);
  g_test_add_func ("/math/grid/equal-values", test_equal_values);
  g_test_add_func ("/math/grid/empty", test_empty);
  return g_test_run ();
}
