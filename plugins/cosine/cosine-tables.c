#define G_LOG_DOMAIN "sonde"

#include "cosine-private.h"

#include <glib/gi18n-lib.h>

SondeTable *
cosine_table_new_histogram (void)
{
  SondeTable *table = sonde_table_new ("cosine-histogram", N_ ("Densities of the cosine similarities of the shown layer, strict upper triangles"));

  sonde_table_add_column (table, "condition", SONDE_COLUMN_STRING, NULL, N_ ("Condition"));
  sonde_table_add_column (table, "layer", SONDE_COLUMN_INTEGER, NULL, N_ ("Layer, from 0"));
  sonde_table_add_column (table, "stage", SONDE_COLUMN_STRING, NULL, N_ ("Stage"));
  sonde_table_add_column (table, "bin_left", SONDE_COLUMN_NUMBER, "1", N_ ("Left edge of the bin"));
  sonde_table_add_column (table, "bin_right", SONDE_COLUMN_NUMBER, "1", N_ ("Right edge of the bin"));
  sonde_table_add_column (table, "density", SONDE_COLUMN_NUMBER, "1", N_ ("Share of the similarities in the bin, divided by its width"));
  return table;
}

SondeTable *
cosine_table_new_cross_stage (void)
{
  SondeTable *table = sonde_table_new ("cosine-cross-stage", N_ ("Counts of the cosine similarities between stages of equal width of the shown layer, whole matrices"));

  sonde_table_add_column (table, "condition", SONDE_COLUMN_STRING, NULL, N_ ("Condition"));
  sonde_table_add_column (table, "layer", SONDE_COLUMN_INTEGER, NULL, N_ ("Layer, from 0"));
  sonde_table_add_column (table, "stage_a", SONDE_COLUMN_STRING, NULL, N_ ("First stage"));
  sonde_table_add_column (table, "stage_b", SONDE_COLUMN_STRING, NULL, N_ ("Second stage"));
  sonde_table_add_column (table, "bin_left", SONDE_COLUMN_NUMBER, "1", N_ ("Left edge of the bin"));
  sonde_table_add_column (table, "bin_right", SONDE_COLUMN_NUMBER, "1", N_ ("Right edge of the bin"));
  sonde_table_add_column (table, "count", SONDE_COLUMN_INTEGER, N_ ("pairs of rows"), N_ ("Similarities in the bin"));
  return table;
}

static const char *
get_stage_id (const CosineView *view,
              guint stage)
{
  return sonde_investigation_get_stage (view->investigation, stage)->id;
}

static void
add_tensor (SondeResult *result,
            SondeTensor *matrix,
            const char *condition,
            guint layer,
            const char *stages)
{
  g_autoptr (SondeTensor) rounded = sonde_tensor_to_f32 (matrix);
  g_autofree char *name = g_strdup_printf ("cosine/%s/L%u/%s", condition, layer, stages);

  sonde_result_add_tensor (result, name, rounded);
}

/* What the shown layer of a condition left, as rows of both tables and as tensors. */
void
cosine_view_add_rows (const CosineView *view,
                      SondeResult *result,
                      SondeTable *table,
                      SondeTable *cross_table,
                      guint condition)
{
  CosineShown *shown = g_ptr_array_index (view->conditions, condition);
  const char *id = sonde_condition_get_id (sonde_investigation_get_condition (view->investigation, condition));
  gint64 layer = view->layer;
  guint n_drawn = 0;

  for (guint i = 0; i < shown->histograms->len; i++)
    {
      SondeHistogram *histogram = g_ptr_array_index (shown->histograms, i);

      for (guint j = 0; j < sonde_histogram_get_n_bins (histogram); j++)
        sonde_table_add_row (table, id, layer, get_stage_id (view, i), sonde_histogram_get_edge (histogram, j),
                             sonde_histogram_get_edge (histogram, j + 1), sonde_histogram_get_density (histogram, j));
      add_tensor (result, g_ptr_array_index (shown->matrices, i), id, view->layer, get_stage_id (view, i));
    }
  for (guint i = 0; i < shown->cross_histograms->len; i++)
    {
      SondeHistogram *histogram = g_ptr_array_index (shown->cross_histograms, i);
      const CosinePair *pair = &g_array_index (view->pairs, CosinePair, i);
      g_autofree char *stages = g_strdup_printf ("%s-%s", get_stage_id (view, pair->a), get_stage_id (view, pair->b));

      for (guint j = 0; j < sonde_histogram_get_n_bins (histogram); j++)
        sonde_table_add_row (cross_table, id, layer, get_stage_id (view, pair->a), get_stage_id (view, pair->b), sonde_histogram_get_edge (histogram, j),
                             sonde_histogram_get_edge (histogram, j + 1), (gint64) sonde_histogram_get_count (histogram, j));
      if (pair->drawn)
        add_tensor (result, g_ptr_array_index (shown->cross_matrices, n_drawn++), id, view->layer, stages);
    }
}
