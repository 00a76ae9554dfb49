#include "fuzz-run.h"

#include "figure/sonde-figure-writer.h"
#include "fuzz.h"

static void
count_file (const char *role,
            const char *path,
            gpointer user_data)
{
  fuzz_assert (role != NULL && path != NULL);
}

void
fuzz_ask_model (SondeModel *model)
{
  g_autoptr (GPtrArray) sites = sonde_model_list_sites (model);
  g_autoptr (GPtrArray) conditions = sonde_model_list_conditions (model);
  g_autoptr (GPtrArray) stages = sonde_model_list_stages (model);
  g_autoptr (GPtrArray) warnings = sonde_model_list_warnings (model);
  g_autoptr (GArray) layers = sonde_model_list_layers (model);

  fuzz_assert (sonde_model_get_name (model) != NULL && sonde_model_get_n_layers (model) > 0 && sites != NULL);
  fuzz_assert ((conditions != NULL) == (stages != NULL) && (stages != NULL) == (layers != NULL));
  sonde_model_foreach_file (model, count_file, NULL);
  for (guint i = 0; conditions != NULL && i < conditions->len; i++)
    {
      SondeCondition *condition = g_ptr_array_index (conditions, i);

      for (guint row = 0; row < sonde_condition_get_n_rows (condition) && row < 100; row++)
        g_free (sonde_condition_dup_row_label (condition, row));
    }
  for (guint i = 0; warnings != NULL && i < warnings->len; i++)
    fuzz_check_sentence (g_ptr_array_index (warnings, i));
}

static gboolean
check_frame (SondeFrame *frame,
             gpointer user_data,
             GError **error)
{
  for (guint i = 0; i < sonde_frame_get_n_stages (frame); i++)
    fuzz_assert (sonde_frame_get_tensor (frame, i) != NULL);
  return TRUE;
}

static void
write_tables (SondeResult *result)
{
  GPtrArray *tables = sonde_result_get_tables (result);

  for (guint i = 0; i < tables->len; i++)
    {
      g_autofree char *text = sonde_table_to_csv (g_ptr_array_index (tables, i));

      fuzz_assert (text != NULL && *text != '\0');
    }
}

/* One of them, as a drawing takes longer than all the rest. */
static void
draw (SondeResult *result,
      guint choice)
{
  GPtrArray *figures = sonde_result_get_figures (result);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) drawing = figures->len > 0 ? sonde_figure_to_svg (g_ptr_array_index (figures, choice % figures->len), NULL, &error) : NULL;

  fuzz_check (figures->len == 0 || drawing != NULL, error);
}

void
fuzz_run (SondeRun *run,
          guint choice,
          const GError *error)
{
  g_autoptr (GError) local = NULL;
  gboolean done;
  GPtrArray *results;

  fuzz_check (run != NULL, error);
  if (run == NULL || sonde_run_estimate_memory (run) > FUZZ_MOST_MEMORY)
    return;
  sonde_run_set_frame_func (run, check_frame, NULL);
  done = sonde_run_execute (run, NULL, &local);
  fuzz_check (done, local);
  results = done ? sonde_run_get_results (run) : NULL;
  for (guint i = 0; results != NULL && i < results->len; i++)
    write_tables (g_ptr_array_index (results, i));
  if (results != NULL && results->len > 0)
    draw (g_ptr_array_index (results, choice % results->len), choice / results->len);
}
