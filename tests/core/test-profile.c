#include <math.h>

#include "figure/sonde-figure-writer.h"
#include "sonde.h"

#define N_LAYERS 4

/* One condition, @n_stages stages of one feature; layers 1 and 3 are covered. */
static SondeInvestigation *
new_investigation (guint n_stages,
                   GPtrArray **stages)
{
  g_autoptr (GPtrArray) conditions = g_ptr_array_new_with_free_func (g_object_unref);
  const guint layers[] = { 1, 3 };
  g_autofree guint *widths = g_new (guint, n_stages);

  *stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  g_ptr_array_add (conditions, sonde_condition_new_plain ("rows", 1));
  for (guint i = 0; i < n_stages; i++)
    {
      g_autofree char *id = g_strdup_printf ("s%u", i);

      widths[i] = 1;
      g_ptr_array_add (*stages, sonde_stage_new (id, id, id, id, "site", "x"));
    }
  return sonde_investigation_new (N_LAYERS, layers, 2, conditions, *stages, widths);
}

/* Every frame gives, for each stage, ten times its layer and the number of the stage; or NaN where that is @undefined. */
static void
add_layers (SondeProfile *profile,
            SondeInvestigation *investigation,
            GPtrArray *stages,
            guint undefined)
{
  sonde_profile_begin (profile, investigation);
  for (guint layer = 0; layer < N_LAYERS; layer++)
    {
      g_autoptr (GPtrArray) tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);
      g_autoptr (SondeFrame) frame = NULL;

      for (guint i = 0; i < stages->len; i++)
        g_ptr_array_add (tensors, sonde_tensor_new_take_f32 (g_new0 (float, 1), 1, 1));
      frame = sonde_frame_new (sonde_investigation_get_condition (investigation, 0), 0, layer, stages, tensors);
      for (guint i = 0; i < stages->len; i++)
        sonde_profile_add (profile, frame, i, 10 * layer + i == undefined ? NAN : 10 * layer + i);
    }
}

static SondeProfile *
new_profile (void)
{
  return sonde_profile_new ("steps", "Steps over the layers", "step", "1", "Step; undefined never");
}

static void
test_describe (void)
{
  g_autoptr (SondeProfile) profile = new_profile ();
  g_autoptr (SondeDescription) description = sonde_profile_describe (profile, "steps");
  SondeTable *table = g_ptr_array_index (sonde_description_get_tables (description), 0);

  g_assert_cmpstr (sonde_description_get_example (description), ==, "steps");
  g_assert_cmpstr (sonde_table_get_name (table), ==, "steps");
  g_assert_cmpuint (sonde_table_get_n_columns (table), ==, 4);
  g_assert_cmpstr (sonde_table_get_column_name (table, 3), ==, "step");
  g_assert_cmpstr (sonde_table_get_column_blurb (table, 3), ==, "Step; undefined never");
  g_assert_cmpuint (sonde_description_get_figures (description)->len, ==, 1);
}

/* Nothing is kept of layers that are not covered, and nothing of what came before it began again. */
static void
test_covered (void)
{
  g_autoptr (GPtrArray) stages = NULL;
  g_autoptr (SondeInvestigation) investigation = new_investigation (2, &stages);
  g_autoptr (SondeProfile) profile = new_profile ();

  for (guint again = 0; again < 2; again++)
    {
      g_autoptr (SondeResult) result = NULL;
      g_autofree char *csv = NULL;

      add_layers (profile, investigation, stages, 0);
      result = sonde_profile_finish (profile, "Steps.");
      csv = sonde_table_to_csv (g_ptr_array_index (sonde_result_get_tables (result), 0));
      g_assert_cmpstr (csv, ==, "condition,layer,stage,step\r\nrows,1,s0,10\r\nrows,1,s1,11\r\nrows,3,s0,30\r\nrows,3,s1,31\r\n");
      g_assert_cmpuint (sonde_result_get_figures (result)->len, ==, 1);
      g_assert_cmpuint (sonde_result_get_warnings (result)->len, ==, 0);
    }
}

static void
test_undefined (void)
{
  g_autoptr (GPtrArray) stages = NULL;
  g_autoptr (SondeInvestigation) investigation = new_investigation (2, &stages);
  g_autoptr (SondeProfile) profile = new_profile ();
  g_autoptr (SondeResult) result = NULL;

  add_layers (profile, investigation, stages, 30);
  result = sonde_profile_finish (profile, "Steps.");
  g_assert_cmpuint (sonde_result_get_warnings (result)->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (sonde_result_get_warnings (result), 0), ==,
                   "Step: undefined for 1 of 4 stages of frames, the first of them stage “s0” in layer 3, condition “rows”.");
}

static void
test_figure (gconstpointer data)
{
  guint n_stages = GPOINTER_TO_UINT (data);
  g_autoptr (GPtrArray) stages = NULL;
  g_autoptr (SondeInvestigation) investigation = new_investigation (n_stages, &stages);
  g_autoptr (SondeProfile) profile = new_profile ();
  g_autoptr (SondeResult) result = NULL;
  g_autoptr (GBytes) svg = NULL;
  SondeFigure *figure;

  add_layers (profile, investigation, stages, 0);
  result = sonde_profile_finish (profile, "What it shows.");
  figure = g_ptr_array_index (sonde_result_get_figures (result), 0);
  g_assert_cmpstr (sonde_figure_get_name (figure), ==, "steps");
  g_assert_true (g_str_has_prefix (sonde_figure_get_caption (figure), "What it shows. Rows: rows: 1."));
  g_assert_cmpuint (sonde_figure_get_n_panels (figure), ==, 1);
  svg = sonde_figure_to_svg (figure, NULL, NULL);
  g_assert_nonnull (svg);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/profile/describe", test_describe);
  g_test_add_func ("/profile/covered", test_covered);
  g_test_add_func ("/profile/undefined", test_undefined);
  g_test_add_data_func ("/profile/lines", GUINT_TO_POINTER (2), test_figure);
  g_test_add_data_func ("/profile/cells", GUINT_TO_POINTER (30), test_figure);
  return g_test_run ();
}
