#define G_LOG_DOMAIN "sonde"

#include <math.h>

#include <sonde-testing.h>

GType hello_analyzer_get_type (void);

static SondeAnalyzer *
new_analyzer (const char *threshold)
{
  g_autoptr (GError) error = NULL;
  SondeAnalyzer *analyzer = g_object_new (hello_analyzer_get_type (), NULL);

  sonde_property_set (G_OBJECT (analyzer), "hello", "threshold", threshold, &error);
  g_assert_no_error (error);
  return analyzer;
}

/* The share of six values, as two rows of three features. */
static double
measure (const char *threshold,
         const float *values)
{
  const guint widths[] = { 3 };
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = 1, .n_conditions = 1, .n_rows = 2, .widths = widths };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (SondeAnalyzer) analyzer = new_analyzer (threshold);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame_with (mock, 0, 0, &values);
  g_autoptr (SondeResult) result = NULL;
  g_autoptr (GError) error = NULL;
  SondeTable *table;

  sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (mock), &error);
  g_assert_no_error (error);
  sonde_analyzer_process (analyzer, frame, NULL, &error);
  g_assert_no_error (error);
  result = sonde_analyzer_finish (analyzer, NULL, &error);
  g_assert_no_error (error);
  table = sonde_testing_find_table (result, "hello");
  g_assert_cmpuint (sonde_table_get_n_rows (table), ==, 1);
  g_assert_cmpstr (sonde_table_get_string (table, 0, 2), ==, "stage-0");
  return sonde_table_get_number (table, 0, 3);
}

/* Squares 0, 0, 1, 1, 4, 18 have a mean of 4, so the root mean square is 2: half of it reaches 1, and is no farther. */
static void
test_by_hand (void)
{
  const float values[] = { 0, 0, 1, -1, -2, 4.2426407f };

  g_assert_cmpfloat (measure ("0", values), ==, 2. / 6);
  g_assert_cmpfloat (measure ("0.49", values), ==, 2. / 6);
  g_assert_cmpfloat (measure ("0.51", values), ==, 4. / 6);
  g_assert_cmpfloat (measure ("1.01", values), ==, 5. / 6);
  g_assert_cmpfloat (measure ("3", values), ==, 1);
}

static void
test_zeros (void)
{
  const float values[6] = { 0 };

  g_assert_cmpfloat (measure ("0.1", values), ==, 1);
}

/* Of values spread as a normal distribution's quantiles, erf (t / √2) lie within t standard deviations. */
static void
test_normal (void)
{
  enum
  {
    N = 20000
  };
  const guint widths[] = { N };
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = 1, .n_conditions = 1, .n_rows = 1, .widths = widths };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (SondeAnalyzer) analyzer = new_analyzer ("0.1");
  g_autoptr (SondeFrame) frame = NULL;
  g_autoptr (SondeResult) result = NULL;
  g_autofree float *values = g_new (float, N);
  const float *stage = values;
  const double pi = acos (-1);

  /* Box and Muller's transform of evenly spread pairs */
  for (guint i = 0; i < N; i++)
    values[i] = (float) (sqrt (-2 * log ((i + .5) / N)) * cos (2 * pi * fmod (i * 0.6180339887498949, 1)));
  frame = sonde_testing_mock_new_frame_with (mock, 0, 0, &stage);
  g_assert_true (sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (mock), NULL));
  g_assert_true (sonde_analyzer_process (analyzer, frame, NULL, NULL));
  result = sonde_analyzer_finish (analyzer, NULL, NULL);
  g_assert_cmpfloat_with_epsilon (sonde_table_get_number (sonde_testing_find_table (result, "hello"), 0, 3), erf (0.1 / sqrt (2)), 2e-3);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hello/by-hand", test_by_hand);
  g_test_add_func ("/hello/zeros", test_zeros);
  g_test_add_func ("/hello/normal", test_normal);
  return g_test_run ();
}
