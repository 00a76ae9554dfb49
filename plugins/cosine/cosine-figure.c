#define G_LOG_DOMAIN "sonde"

#include "cosine-private.h"

#include <math.h>

#include <glib/gi18n-lib.h>

SondeCondition *
cosine_view_get_condition (const CosineView *view,
                           guint condition)
{
  return sonde_investigation_get_condition (view->investigation, condition);
}

const SondeStage *
cosine_view_get_stage (const CosineView *view,
                       guint stage)
{
  return sonde_investigation_get_stage (view->investigation, stage);
}

void
cosine_figure_take_caption (const CosineView *view,
                            SondeFigure *figure,
                            const char *heading,
                            char *caption)
{
  sonde_figure_set_heading (figure, heading);
  sonde_label_set_caption (figure, view->investigation, caption);
  g_free (caption);
}

/* Rows that come from no text are no tokens. */
gboolean
cosine_view_has_tokens (const CosineView *view,
                        guint condition)
{
  guint sequence;
  guint position;
  gint32 token;
  g_autofree char *text = NULL;

  return sonde_condition_get_row_origin (cosine_view_get_condition (view, condition), 0, &sequence, &position, &token, &text);
}

/* @values [rows, columns], row 0 on top, under a colour bar of its own. */
void
cosine_figure_draw_matrix (SondePanel *panel,
                           const double *values,
                           gsize rows,
                           gsize columns,
                           SondeColorMap map,
                           double low,
                           double high)
{
  sonde_panel_add_heat_map (panel, values, rows, columns, map, low, high);
  sonde_panel_set_color_bar (panel, SONDE_SIDE_TOP, map, low, high);
  sonde_panel_set_ticks (panel, FALSE, FALSE);
}

static void
add_matrix_panel (const CosineView *view,
                  SondePanel *panel,
                  guint condition,
                  guint stage)
{
  CosineShown *shown = g_ptr_array_index (view->conditions, condition);
  SondeTensor *matrix = g_ptr_array_index (shown->matrices, stage);
  gsize n_rows = sonde_tensor_get_n_rows (matrix);
  g_autofree char *label = sonde_label_dup_layer_stage (view->layer, cosine_view_get_stage (view, stage));
  g_autofree char *title = g_strdup_printf (_ ("%s: %s"), sonde_condition_get_label (cosine_view_get_condition (view, condition), SONDE_LABEL_SHORT), label);

  cosine_figure_draw_matrix (panel, sonde_tensor_peek_f64 (matrix), n_rows, n_rows, SONDE_COLOR_MAP_MAGMA, NAN, NAN);
  sonde_panel_set_title (panel, title);
  sonde_panel_set_x_label (panel, cosine_view_has_tokens (view, condition) ? _ ("Tokens") : _ ("Rows"));
  sonde_panel_set_y_label (panel, cosine_view_has_tokens (view, condition) ? _ ("Tokens") : _ ("Rows"));
}

/* What is said of matrices with more rows than a page can show. */
char *
cosine_view_dup_cell_sentence (const CosineView *view)
{
  const gsize most = cosine_view_get_most_rows (view);

  if (most == 1)
    return g_strdup ("");
  return g_strdup_printf (_ (" There are more rows than a page can show: a cell is the mean of the similarities of up to %u rows with as many others."),
                          (guint) most);
}

/* What is said of stages that are not drawn. */
static char *
dup_selection_sentence (const CosineView *view)
{
  guint n_drawn = cosine_view_get_n_drawn_stages (view);
  guint n_stages = sonde_investigation_get_n_stages (view->investigation);

  if (n_drawn == n_stages)
    return g_strdup ("");
  return g_strdup_printf (_ (" Of %u stages %u are drawn, evenly from the first to the last; the tensors of this run hold all."), n_stages, n_drawn);
}

/* One row of panels a condition, a panel a stage; more than COSINE_MOST_COLUMNS stages go on several rows of even length. */
SondeFigure *
cosine_figure_new_matrix (const CosineView *view)
{
  guint n_stages = cosine_view_get_n_drawn_stages (view);
  guint n_lines = (n_stages + COSINE_MOST_COLUMNS - 1) / COSINE_MOST_COLUMNS;
  guint n_columns = (n_stages + n_lines - 1) / n_lines;
  guint n_rows = n_lines * view->conditions->len;
  SondeFigure *figure = sonde_figure_new ("cosine-matrix", n_rows, n_columns, n_columns * 3 * 72, n_rows * 3 * 72);
  g_autofree char *rows = sonde_label_dup_rows (view->investigation);
  g_autofree char *cells = cosine_view_dup_cell_sentence (view);
  g_autofree char *selection = dup_selection_sentence (view);

  for (guint i = 0; i < view->conditions->len; i++)
    for (guint j = 0; j < n_stages; j++)
      add_matrix_panel (view, sonde_figure_add_panel (figure, i * n_lines + j / n_columns, j % n_columns), i, cosine_view_get_drawn_stage (view, j));
  cosine_figure_take_caption (view, figure, _ ("Cosine similarities of the rows"), g_strdup_printf (_ ("Cosine similarities between the rows of each stage in layer %u: the dot product of every two rows "
                                                                                                       "after each is scaled to length 1. The first row is at the top left; each panel's colours span its own "
                                                                                                       "values.%s%s Rows: %s."),
                                                                                                    view->layer, cells, selection, rows));
  return figure;
}

const char *
cosine_view_get_bin_sentence (const CosineView *view)
{
  if (cosine_view_is_counted (view))
    return _ ("Bins are equal and as wide as the Freedman–Diaconis rule has them, within what the property max-bins allows; there are too many "
              "values to keep, so they are counted in cells of at most a 131,072nd of their range, which bins that cut one share in proportion; "
              "lines join the bins' left edges.");
  return cosine_view_is_capped (view)
             ? _ ("Bins are equal and as wide as the Freedman–Diaconis rule has them, except where it asks for more than the property max-bins allows; "
                  "lines join the bins' left edges.")
             : _ ("Bins are equal and as wide as the Freedman–Diaconis rule has them; lines join the bins' left edges.");
}

static void
add_histogram_panel (const CosineView *view,
                     SondePanel *panel,
                     guint condition)
{
  CosineShown *shown = g_ptr_array_index (view->conditions, condition);
  g_autofree char *title = sonde_label_dup_panel (condition, sonde_condition_get_label (cosine_view_get_condition (view, condition), SONDE_LABEL_TITLE));

  for (guint i = 0; i < shown->histograms->len; i++)
    {
      g_autofree char *label = sonde_label_dup_layer_stage (view->layer, cosine_view_get_stage (view, i));

      sonde_histogram_draw (g_ptr_array_index (shown->histograms, i), panel, SONDE_HISTOGRAM_DENSITY, i, shown->histograms->len, label);
    }
  sonde_panel_set_title (panel, title);
  sonde_panel_set_x_label (panel, _ ("Cosine similarity"));
  sonde_panel_set_y_label (panel, _ ("Density"));
  sonde_panel_set_y_limits (panel, 0, NAN);
  sonde_panel_set_series_key (panel, shown->histograms->len, 1, _ ("Stage"));
}

SondeFigure *
cosine_figure_new_histogram (const CosineView *view)
{
  SondeFigure *figure = sonde_figure_new_wrapped ("cosine-histogram", view->conditions->len, 3, 6 * 72, 3.5 * 72);
  const char *order = sonde_investigation_get_n_stages (view->investigation) > SONDE_MOST_SERIES ? _ (" Colours follow the order of the stages, which count from 1.") : "";
  g_autofree char *rows = sonde_label_dup_rows (view->investigation);

  for (guint i = 0; i < view->conditions->len; i++)
    add_histogram_panel (view, sonde_figure_append_panel (figure), i);
  cosine_figure_take_caption (view, figure, _ ("Histograms of cosine similarities"), g_strdup_printf (_ ("How the cosine similarities of layer %u are distributed: each pair of different rows counts once (the strict "
                                                                                                         "upper triangle of each stage's matrix). %s%s Rows: %s."),
                                                                                                      view->layer, cosine_view_get_bin_sentence (view), order, rows));
  return figure;
}
