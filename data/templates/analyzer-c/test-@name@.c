#define G_LOG_DOMAIN "@name@"

#include <sonde.h>

GType @type@_analyzer_get_type (void);

/* One condition of two rows, one layer, one stage of three features, whose numbers are @values [6]. */
static SondeResult *
run (const char *threshold, const float *values)
{
  const guint layer = 0, width = 3;
  g_autoptr (GPtrArray) conditions = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  g_autoptr (GPtrArray) tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);
  g_autoptr (SondeAnalyzer) analyzer = g_object_new (@type@_analyzer_get_type (), NULL);
  g_autoptr (SondeInvestigation) investigation = NULL;
  g_autoptr (SondeFrame) frame = NULL;
  g_autoptr (GError) error = NULL;
  SondeResult *result;

  g_ptr_array_add (conditions, sonde_condition_new_plain ("rows", 2));
  g_ptr_array_add (stages, sonde_stage_new ("stage", "S", "Stage", "a stage", "site", "x"));
  g_ptr_array_add (tensors, sonde_tensor_new_take_f32 (g_memdup2 (values, 6 * sizeof *values), 2, 3));
  investigation = sonde_investigation_new (1, &layer, 1, conditions, stages, &width);
  frame = sonde_frame_new (conditions->pdata[0], 0, layer, stages, tensors);

  sonde_property_set (G_OBJECT (analyzer), "@name@", "threshold", threshold, &error);
  g_assert_no_error (error);
  sonde_analyzer_prepare (analyzer, investigation, &error);
  g_assert_no_error (error);
  sonde_analyzer_process (analyzer, frame, NULL, &error);
  g_assert_no_error (error);
  result = sonde_analyzer_finish (analyzer, NULL, &error);
  g_assert_no_error (error);
  return result;
}

static void
test_share (void)
{
  const float values[] = { -1, 0, 0.25, 0.5, 1, 3 };
  g_autoptr (SondeResult) above_zero = run ("0", values);
  g_autoptr (SondeResult) above_half = run ("0.5", values);
  SondeTable *table = sonde_result_get_tables (above_zero)->pdata[0];

  g_assert_cmpuint (sonde_table_get_n_rows (table), ==, 1);
  g_assert_cmpstr (sonde_table_get_string (table, 0, 2), ==, "stage");
  g_assert_cmpfloat_with_epsilon (sonde_table_get_number (table, 0, 3), 4. / 6, 1e-12);
  table = sonde_result_get_tables (above_half)->pdata[0];
  g_assert_cmpfloat_with_epsilon (sonde_table_get_number (table, 0, 3), 2. / 6, 1e-12);
}

static void
test_figure (void)
{
  const float values[6] = { 0 };
  g_autoptr (SondeResult) result = run ("0", values);

  g_assert_cmpuint (sonde_result_get_figures (result)->len, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/@name@/share", test_share);
  g_test_add_func ("/@name@/figure", test_figure);
  return g_test_run ();
}
