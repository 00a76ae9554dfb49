#include <math.h>

#include "math/sonde-math.h"
#include "sonde.h"

/* 1 … 8: quartiles 2.75 and 6.25, width 2 · 3.5 / ∛8 = 3.5, so two bins with the edges 1, 4.5 and 8. */
static void
test_eight (void)
{
  const double values[] = { 8, 1, 7, 2, 6, 3, 5, 4 };
  g_autoptr (SondeHistogram) histogram = sonde_histogram_new (values, 8, 100);

  g_assert_cmpuint (sonde_histogram_get_n_bins (histogram), ==, 2);
  g_assert_false (sonde_histogram_is_capped (histogram));
  g_assert_cmpfloat (sonde_histogram_get_edge (histogram, 0), ==, 1);
  g_assert_cmpfloat (sonde_histogram_get_edge (histogram, 1), ==, 4.5);
  g_assert_cmpfloat (sonde_histogram_get_edge (histogram, 2), ==, 8);
  g_assert_cmpuint (sonde_histogram_get_count (histogram, 0), ==, 4);
  g_assert_cmpuint (sonde_histogram_get_count (histogram, 1), ==, 4);
  g_assert_cmpfloat_with_epsilon (sonde_histogram_get_density (histogram, 1), 1 / 7., 1e-15);
}

static void
test_cap (void)
{
  const double values[] = { 0, 1, 2, 3, 4, 5, 6, 1e9 };
  g_autoptr (SondeHistogram) capped = sonde_histogram_new (values, 8, 10);
  g_autoptr (SondeHistogram) exact = sonde_histogram_new (values, 7, 3);

  g_assert_cmpuint (sonde_histogram_get_n_bins (capped), ==, 10);
  g_assert_true (sonde_histogram_is_capped (capped));
  /* seven values from 0 to 6: IQR 3, width 6 / ∛7 = 3.14, two bins of three that are allowed */
  g_assert_cmpuint (sonde_histogram_get_n_bins (exact), ==, 2);
  g_assert_false (sonde_histogram_is_capped (exact));
}

/* Equal values, and those that are equal but for rounding, are one value: one bin of width 1 around it, density 1. */
static void
test_equal (void)
{
  const double cases[][4] = {
    { .25, .25, .25, .25 },
    { 1, 1 - 1.1102230246251565e-16, 1, 1 - 2.220446049250313e-16 },
    { 0, 0, 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SondeHistogram) histogram = sonde_histogram_new (cases[i], 4, 100);

      g_assert_cmpuint (sonde_histogram_get_n_bins (histogram), ==, 1);
      g_assert_false (sonde_histogram_is_capped (histogram));
      g_assert_cmpuint (sonde_histogram_get_count (histogram, 0), ==, 4);
      g_assert_cmpfloat_with_epsilon (sonde_histogram_get_edge (histogram, 0), cases[i][0] - .5, 1e-15);
      g_assert_cmpfloat_with_epsilon (sonde_histogram_get_density (histogram, 0), 1, 1e-15);
    }
}

/* The same of float32 values as of the same values as doubles, on one thread and on several. */
static void
test_float32 (void)
{
  const gsize n = 700000;
  g_autofree float *values = g_new (float, n);
  g_autofree double *doubles = g_new (double, n);
  g_autoptr (SondeHistogram) expected = NULL;

  for (gsize i = 0; i < n; i++)
    doubles[i] = values[i] = sinf ((float) i) * (float) (i % 1009);
  expected = sonde_histogram_new (doubles, n, 1000);
  for (guint n_threads = 1; n_threads <= 3; n_threads++)
    {
      g_autoptr (SondeHistogram) histogram = NULL;

      sonde_threads_set_n (n_threads);
      histogram = sonde_histogram_new_f32 (values, n, 1000);
      g_assert_true (sonde_histogram_is_exact (histogram));
      g_assert_cmpuint (sonde_histogram_get_n_bins (histogram), ==, sonde_histogram_get_n_bins (expected));
      for (guint i = 0; i < sonde_histogram_get_n_bins (expected); i++)
        {
          g_assert_cmpfloat (sonde_histogram_get_edge (histogram, i + 1), ==, sonde_histogram_get_edge (expected, i + 1));
          g_assert_cmpuint (sonde_histogram_get_count (histogram, i), ==, sonde_histogram_get_count (expected, i));
        }
    }
  sonde_threads_set_n (0);
}

/* A grid of the eight values has the same edges, and cells so narrow that each value is in one by itself: the same counts. Equal
 * values are one here too. */
static void
test_grid (void)
{
  const double values[] = { 8, 1, 7, 2, 6, 3, 5, 4 };
  const double equal[] = { 1, 1 - 1.1102230246251565e-16, 1, 1 - 2.220446049250313e-16 };
  struct SondeMathGrid *grid = sonde_math_grid_new ();
  struct SondeMathGrid *grid_of_equal = sonde_math_grid_new ();
  g_autoptr (SondeHistogram) exact = sonde_histogram_new (values, 8, 100);
  g_autoptr (SondeHistogram) histogram = NULL;
  g_autoptr (SondeHistogram) single = NULL;

  sonde_math_grid_add (grid, values, 8);
  sonde_math_grid_add (grid_of_equal, equal, 4);
  histogram = sonde_histogram_new_from_grid (grid, 100);
  single = sonde_histogram_new_from_grid (grid_of_equal, 100);
  sonde_math_grid_free (grid);
  sonde_math_grid_free (grid_of_equal);

  g_assert_true (sonde_histogram_is_exact (exact));
  g_assert_false (sonde_histogram_is_exact (histogram));
  g_assert_cmpuint (sonde_histogram_get_n_bins (histogram), ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpfloat (sonde_histogram_get_edge (histogram, i), ==, sonde_histogram_get_edge (exact, i));
      g_assert_cmpuint (sonde_histogram_get_count (histogram, i), ==, 4);
    }
  g_assert_cmpfloat (sonde_histogram_get_edge (histogram, 2), ==, 8);
  g_assert_cmpuint (sonde_histogram_get_n_bins (single), ==, 1);
  g_assert_cmpuint (sonde_histogram_get_count (single, 0), ==, 4);
  g_assert_cmpfloat_with_epsilon (sonde_histogram_get_density (single, 0), 1, 1e-15);
}

/* So large that a half is lost in rounding: still a bin with a width. */
static void
test_huge (void)
{
  const double values[] = { 1e30, 1e30 };
  g_autoptr (SondeHistogram) histogram = sonde_histogram_new (values, 2, 100);

  g_assert_cmpuint (sonde_histogram_get_count (histogram, 0), ==, 2);
  g_assert_true (isfinite (sonde_histogram_get_density (histogram, 0)));
  g_assert_cmpfloat (sonde_histogram_get_density (histogram, 0), >, 0);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/histogram/eight", test_eight);
  g_test_add_func ("/histogram/cap", test_cap);
  g_test_add_func ("/histogram/equal", test_equal);
  g_test_add_func ("/histogram/float32", test_float32);
  g_test_add_func ("/histogram/grid", test_grid);
  g_test_add_func ("/histogram/huge", test_huge);
  return g_test_run ();
}
