#define G_LOG_DOMAIN "sonde"

#include <math.h>

#include <sonde-testing.h>

GType dimensionality_analyzer_get_type (void);

#define N_ROWS 4

/* Rows ±3 on one axis and ±1 on another, around (5, 7, 0): the variances along the axes are 18 and 2 in any unit, so the
 * ratio is 20² / (18² + 2²) = 400/328 and the cumulative shares are 90 and 100 percent. */
static const float cross[] = { 8, 7, 0, 2, 7, 0, 5, 8, 0, 5, 6, 0 };
static const float equal[] = { .1f, .2f, .3f, .1f, .2f, .3f, .1f, .2f, .3f, .1f, .2f, .3f };

/* One condition, one layer, two stages of 4 x 3. */
static SondeResult *
run_values (double threshold,
            SondeTensor **ratios,
            SondeTensor **dimensions)
{
  const guint widths[] = { 3, 3 };
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = 2, .n_conditions = 1, .n_rows = N_ROWS, .widths = widths };
  const float *const values[] = { cross, equal };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame_with (mock, 0, 0, values);
  g_autoptr (SondeAnalyzer) analyzer = g_object_new (dimensionality_analyzer_get_type (), "threshold", threshold, NULL);
  g_autoptr (GError) error = NULL;
  SondeResult *result;

  sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (mock), &error);
  g_assert_no_error (error);
  sonde_analyzer_process (analyzer, frame, NULL, &error);
  g_assert_no_error (error);
  result = sonde_analyzer_finish (analyzer, NULL, &error);
  g_assert_no_error (error);
  *ratios = sonde_tensor_ref (sonde_frame_get_attached (frame, "participation-ratio", 0));
  *dimensions = sonde_tensor_ref (sonde_frame_get_attached (frame, "effective-dimension", 0));
  return result;
}

static void
assert_dimension (double threshold,
                  double expected,
                  guint n_warnings)
{
  g_autoptr (SondeTensor) ratios = NULL;
  g_autoptr (SondeTensor) dimensions = NULL;
  g_autoptr (SondeResult) result = run_values (threshold, &ratios, &dimensions);
  SondeTable *table = sonde_testing_find_table (result, "dimensionality");

  g_assert_cmpfloat_with_epsilon (sonde_tensor_peek_f64 (ratios)[0], 400 / 328., 1e-14);
  g_assert_cmpfloat (sonde_tensor_peek_f64 (dimensions)[0], ==, expected);
  g_assert_cmpstr (sonde_table_get_string (table, 0, 2), ==, "stage-0");
  g_assert_cmpint (sonde_table_get_integer (table, 0, 3), ==, N_ROWS);
  g_assert_cmpint (sonde_table_get_integer (table, 0, 4), ==, 3);
  g_assert_cmpfloat_with_epsilon (sonde_table_get_number (table, 0, 5), 400 / 328., 1e-14);
  g_assert_cmpfloat (sonde_table_get_number (table, 0, 6), ==, expected);
  g_assert_cmpfloat (sonde_table_get_number (table, 0, 7), ==, expected - 1);
  g_assert_cmpuint (sonde_result_get_warnings (result)->len, ==, n_warnings);
}

/* The other stage is undefined, which is one warning; a share of 90 is close to 90 and to nothing else. */
static void
test_thresholds (void)
{
  assert_dimension (95, 2, 1);
  assert_dimension (89, 1, 1);
  assert_dimension (90.0005, 2, 2);
  assert_dimension (89.9995, 1, 2);
}

static void
test_undefined (void)
{
  g_autoptr (SondeTensor) ratios = NULL;
  g_autoptr (SondeTensor) dimensions = NULL;
  g_autoptr (SondeResult) result = run_values (95, &ratios, &dimensions);
  SondeTable *table = sonde_testing_find_table (result, "dimensionality");
  g_autofree char *csv = sonde_table_to_csv (table);

  g_assert_true (isnan (sonde_tensor_peek_f64 (ratios)[1]));
  g_assert_true (isnan (sonde_tensor_peek_f64 (dimensions)[1]));
  g_assert_nonnull (strstr (g_ptr_array_index (sonde_result_get_warnings (result), 0), "“stage-1” in layer 0, condition “condition-0”, are equal"));
  /* whole numbers without a point, nothing where undefined */
  g_assert_nonnull (strstr (csv, ",2,1\n") != NULL ? csv : strstr (csv, ",2,1\r\n"));
  g_assert_nonnull (strstr (csv, "condition-0,0,stage-1,4,3,,,"));
}

/* Stages of several widths and heights, of which some are undefined: whichever thread has which, the numbers and the order of the
 * warnings stay. */
static void
test_threads (void)
{
  const guint widths[] = { 40, 3, 700, 40, 1, 25 };
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = 6, .n_conditions = 1, .n_rows = 30, .widths = widths };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autofree float *constant = g_new0 (float, 30 * 40);
  g_autofree float *various = g_new (float, 30 * 700);
  const float *const values[] = { various, constant, various, constant, various, constant };
  g_autofree char *expected = NULL;

  for (guint i = 0; i < 30 * 700; i++)
    various[i] = sinf ((float) (i * i % 7919));
  for (guint n_threads = 1; n_threads <= 4; n_threads++)
    {
      g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame_with (mock, 0, 0, values);
      g_autoptr (SondeAnalyzer) analyzer = g_object_new (dimensionality_analyzer_get_type (), NULL);
      g_autoptr (GError) error = NULL;
      g_autoptr (SondeResult) result = NULL;
      g_autofree char *csv = NULL;

      sonde_threads_set_n (n_threads);
      sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (mock), &error);
      g_assert_true (sonde_analyzer_process (analyzer, frame, NULL, &error));
      result = sonde_analyzer_finish (analyzer, NULL, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (sonde_result_get_warnings (result)->len, ==, 3);
      for (guint i = 0; i < 3; i++)
        {
          g_autofree char *stage = g_strdup_printf ("“stage-%u”", 2 * i + 1);

          g_assert_nonnull (strstr (g_ptr_array_index (sonde_result_get_warnings (result), i), stage));
        }
      csv = sonde_table_to_csv (sonde_testing_find_table (result, "dimensionality"));
      if (expected == NULL)
        expected = g_steal_pointer (&csv);
      else
        g_assert_cmpstr (csv, ==, expected);
    }
  sonde_threads_set_n (0);
}

static void
test_cancelled (void)
{
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = 3, .n_conditions = 1, .n_rows = 10 };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, 0, 0);
  g_autoptr (SondeAnalyzer) analyzer = g_object_new (dimensionality_analyzer_get_type (), NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (mock), &error);
  g_assert_no_error (error);
  g_cancellable_cancel (cancellable);
  g_assert_false (sonde_analyzer_process (analyzer, frame, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_null (sonde_frame_get_attached (frame, "participation-ratio", 0));
}

/* Only covered layers are in the table, and the shown one is drawn though it is not. */
static void
test_layers (void)
{
  const guint covered[] = { 0, 2 };
  const SondeTestingSpec spec = { .n_layers = 4, .n_stages = 2, .n_conditions = 2, .n_rows = 10, .layers = covered, .n_covered = 2 };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeResult) result = NULL;
  SondeTable *table;

  g_ptr_array_add (chain, g_object_new (dimensionality_analyzer_get_type (), "layer", "last", NULL));
  result = sonde_testing_mock_run (mock, chain, NULL, &error);
  g_assert_no_error (error);
  table = sonde_testing_find_table (result, "dimensionality");
  g_assert_cmpuint (sonde_table_get_n_rows (table), ==, 2 * 2 * 2);
  for (guint i = 0; i < sonde_table_get_n_rows (table); i++)
    {
      g_assert_cmpint (sonde_table_get_integer (table, i, 1), ==, covered[i / 2 % 2]);
      /* 1 ≤ PR ≤ min (n − 1, d) */
      g_assert_cmpfloat (sonde_table_get_number (table, i, 5), >=, 1);
      g_assert_cmpfloat (sonde_table_get_number (table, i, 5), <=, 9);
      g_assert_cmpfloat (sonde_table_get_number (table, i, 6), <=, 9);
    }
  g_assert_cmpuint (sonde_figure_get_n_panels (sonde_testing_find_figure (result, "dimensionality")), ==, 6);
}

static void
test_refusals (void)
{
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = 1, .n_conditions = 1, .n_rows = 1 };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (chain, g_object_new (dimensionality_analyzer_get_type (), NULL));
  g_assert_null (sonde_testing_mock_run (mock, chain, NULL, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_VALUE);
  g_clear_error (&error);
  g_assert_false (sonde_property_set (g_ptr_array_index (chain, 0), "dimensionality", "threshold", "100", &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dimensionality/thresholds", test_thresholds);
  g_test_add_func ("/dimensionality/undefined", test_undefined);
  g_test_add_func ("/dimensionality/threads", test_threads);
  g_test_add_func ("/dimensionality/cancelled", test_cancelled);
  g_test_add_func ("/dimensionality/layers", test_layers);
  g_test_add_func ("/dimensionality/refusals", test_refusals);
  return g_test_run ();
}
