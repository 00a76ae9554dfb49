#define G_LOG_DOMAIN "sonde"

#include <math.h>

#include <sonde-testing.h>

GType distribution_analyzer_get_type (void);

static SondeResult *
run_values (SondeTestingMock *mock,
            const float *values,
            const char *property,
            double number)
{
  g_autoptr (SondeAnalyzer) analyzer = g_object_new (distribution_analyzer_get_type (), NULL);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame_with (mock, 0, 0, &values);
  g_autoptr (GError) error = NULL;
  SondeResult *result;

  if (property != NULL && g_str_equal (property, "max-bins"))
    g_object_set (analyzer, property, (guint) number, NULL);
  else if (property != NULL)
    g_object_set (analyzer, property, number, NULL);
  sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (mock), &error);
  g_assert_no_error (error);
  sonde_analyzer_process (analyzer, frame, NULL, &error);
  g_assert_no_error (error);
  result = sonde_analyzer_finish (analyzer, NULL, &error);
  g_assert_no_error (error);
  return result;
}

/* 1 … 8: quartiles 2.75 and 6.25, so a width of 2 · 3.5 / ∛8 = 3.5, which the range of 7 takes twice: edges 1, 4.5, 8 and
 * four values in each bin, density 4 / 8 / 3.5 = 1/7. */
static void
test_eight_values (void)
{
  const guint widths[] = { 2 };
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = 1, .n_conditions = 1, .n_rows = 4, .widths = widths };
  const float values[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (SondeResult) result = run_values (mock, values, NULL, 0);
  SondeTable *table = sonde_testing_find_table (result, "activation-histogram");

  g_assert_cmpuint (sonde_table_get_n_rows (table), ==, 2);
  g_assert_cmpstr (sonde_table_get_string (table, 0, 0), ==, "condition-0");
  g_assert_cmpint (sonde_table_get_integer (table, 0, 1), ==, 0);
  g_assert_cmpstr (sonde_table_get_string (table, 0, 2), ==, "stage-0");
  g_assert_cmpfloat (sonde_table_get_number (table, 0, 3), ==, 1);
  g_assert_cmpfloat (sonde_table_get_number (table, 0, 4), ==, 4.5);
  g_assert_cmpfloat (sonde_table_get_number (table, 1, 3), ==, 4.5);
  g_assert_cmpfloat (sonde_table_get_number (table, 1, 4), ==, 8);
  g_assert_cmpfloat_with_epsilon (sonde_table_get_number (table, 0, 5), 1 / 7., 1e-15);
  g_assert_cmpfloat_with_epsilon (sonde_table_get_number (table, 1, 5), 1 / 7., 1e-15);
  g_assert_cmpuint (sonde_result_get_warnings (result)->len, ==, 0);
  g_assert_cmpuint (sonde_figure_get_n_panels (sonde_testing_find_figure (result, "activation-histogram")), ==, 1);
}

/* One value far out among close ones asks for more bins than there are allowed; table, warning and caption say so. */
static void
test_cap (void)
{
  const guint widths[] = { 8 };
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = 1, .n_conditions = 1, .n_rows = 1, .widths = widths };
  const float values[] = { 0, .1f, .2f, .3f, .4f, .5f, .6f, 1e6f };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (SondeResult) result = run_values (mock, values, "max-bins", 50);
  const char *label;

  g_assert_cmpuint (sonde_table_get_n_rows (sonde_testing_find_table (result, "activation-histogram")), ==, 50);
  g_assert_cmpuint (sonde_result_get_warnings (result)->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (sonde_result_get_warnings (result), 0), "50 bins"));
  g_assert_nonnull (strstr (sonde_figure_get_caption (sonde_testing_find_figure (result, "activation-histogram")), "more than 50 bins"));
  g_assert_nonnull (strstr (sonde_result_get_key_number (result, 0, &label), "feature 7"));
}

/* All values equal: one bin from v − ½ to v + ½, and its density is 1. */
static void
test_constant (void)
{
  const guint widths[] = { 3 };
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = 1, .n_conditions = 1, .n_rows = 2, .widths = widths };
  const float values[] = { 2, 2, 2, 2, 2, 2 };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (SondeResult) result = run_values (mock, values, "x-limit", 0);
  SondeTable *table = sonde_testing_find_table (result, "activation-histogram");

  g_assert_cmpuint (sonde_table_get_n_rows (table), ==, 1);
  g_assert_cmpfloat (sonde_table_get_number (table, 0, 3), ==, 1.5);
  g_assert_cmpfloat (sonde_table_get_number (table, 0, 4), ==, 2.5);
  g_assert_cmpfloat (sonde_table_get_number (table, 0, 5), ==, 1);
}

/* Densities times widths add up to 1 for every stage of every condition, and only the shown layer is in the table. */
static void
test_whole (void)
{
  const SondeTestingSpec spec = { .n_layers = 3, .n_stages = 4, .n_conditions = 2, .n_rows = 20 };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeResult) result = NULL;
  SondeTable *table;
  double sum = 0;

  g_ptr_array_add (chain, g_object_new (distribution_analyzer_get_type (), "layer", "last", NULL));
  result = sonde_testing_mock_run (mock, chain, NULL, &error);
  g_assert_no_error (error);
  table = sonde_testing_find_table (result, "activation-histogram");
  for (guint i = 0; i < sonde_table_get_n_rows (table); i++)
    {
      g_assert_cmpint (sonde_table_get_integer (table, i, 1), ==, 2);
      sum += sonde_table_get_number (table, i, 5) * (sonde_table_get_number (table, i, 4) - sonde_table_get_number (table, i, 3));
    }
  g_assert_cmpfloat_with_epsilon (sum, 8, 1e-12);
}

static void
test_refusals (void)
{
  const SondeTestingSpec spec = { .n_layers = 3, .n_stages = 2, .n_conditions = 1, .n_rows = 0 };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (chain, g_object_new (distribution_analyzer_get_type (), NULL));
  g_assert_null (sonde_testing_mock_run (mock, chain, NULL, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_VALUE);
  g_clear_error (&error);
  g_object_set (g_ptr_array_index (chain, 0), "layer", "7", NULL);
  g_assert_null (sonde_testing_mock_run (mock, chain, NULL, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/distribution/eight-values", test_eight_values);
  g_test_add_func ("/distribution/cap", test_cap);
  g_test_add_func ("/distribution/constant", test_constant);
  g_test_add_func ("/distribution/whole", test_whole);
  g_test_add_func ("/distribution/refusals", test_refusals);
  return g_test_run ();
}
