#define G_LOG_DOMAIN "sonde"

#include "cosine-private.h"

#include <math.h>

#include <glib/gi18n-lib.h>

#define MAX_COLUMNS 8
#define MAX_CROSS_COLUMNS 4

static SondeCondition *
get_condition (const CosineView *view,
               guint condition)
{
  return sonde_investigation_get_condition (view->investigation, condition);
}

static const SondeStage *
get_stage (const CosineView *view,
           guint stage)
{
  return sonde_investigation_get_stage (view->investigation, stage);
}

static void
take_caption (SondeFigure *figure,
              char *caption)
{
  sonde_figure_set_caption (figure, caption);
  g_free (caption);
}

/* @values [rows, columns], row 0 on top, under a colour bar of its own. */
static void
draw_matrix (SondePanel *panel,
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
  g_autofree char *label = sonde_label_dup_layer_stage (view->layer, get_stage (view, stage));
  g_autofree char *title = g_strdup_printf ("%s: %s", sonde_condition_get_label (get_condition (view, condition), SONDE_LABEL_SHORT), label);

  draw_matrix (panel, sonde_tensor_peek_f64 (matrix), n_rows, n_rows, SONDE_COLOR_MAP_MAGMA, NAN, NAN);
  sonde_panel_set_title (panel, title);
  sonde_panel_set_x_label (panel, _ ("Tokens"));
  sonde_panel_set_y_label (panel, _ ("Tokens"));
}

/* What is said of matrices with more rows than a page can show. */
static char *
dup_cell_sentence (const CosineView *view)
{
  const gsize most = cosine_view_get_most_rows (view);

  if (most == 1)
    return g_strdup ("");
  return g_strdup_printf (_ (" There are more rows than a page can show: a cell is the mean of the similarities of up to %u rows with as many others."),
                          (guint) most);
}

/* One row of panels a condition, a panel a stage; more than MAX_COLUMNS stages go on several rows of even length. */
SondeFigure *
cosine_figure_new_matrix (const CosineView *view)
{
  guint n_stages = sonde_investigation_get_n_stages (view->investigation);
  guint n_lines = (n_stages + MAX_COLUMNS - 1) / MAX_COLUMNS;
  guint n_columns = (n_stages + n_lines - 1) / n_lines;
  guint n_rows = n_lines * view->conditions->len;
  SondeFigure *figure = sonde_figure_new ("cosine-matrix", n_rows, n_columns, n_columns * 3 * 72, n_rows * 3 * 72);
  g_autofree char *rows = sonde_label_dup_rows (view->investigation);
  g_autofree char *cells = dup_cell_sentence (view);

  for (guint i = 0; i < view->conditions->len; i++)
    for (guint j = 0; j < n_stages; j++)
      add_matrix_panel (view, sonde_figure_add_panel (figure, i * n_lines + j / n_columns, j % n_columns), i, j);
  take_caption (figure, g_strdup_printf (_ ("Cosine similarities between the rows of each stage in layer %u: the dot product of every two rows "
                                            "after each is scaled to length 1. The first row is at the top left; each panel's colours span its own "
                                            "values.%s Rows: %s."),
                                         view->layer, cells, rows));
  return figure;
}

static const char *
get_bin_sentence (const CosineView *view)
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
  g_autofree char *title = sonde_label_dup_panel (condition, sonde_condition_get_label (get_condition (view, condition), SONDE_LABEL_TITLE));

  for (guint i = 0; i < shown->histograms->len; i++)
    {
      g_autofree char *label = sonde_label_dup_layer_stage (view->layer, get_stage (view, i));

      sonde_histogram_draw (g_ptr_array_index (shown->histograms, i), panel, SONDE_HISTOGRAM_DENSITY, i, label);
    }
  sonde_panel_set_title (panel, title);
  sonde_panel_set_x_label (panel, _ ("Cosine similarity"));
  sonde_panel_set_y_label (panel, _ ("Density"));
  sonde_panel_set_y_limits (panel, 0, NAN);
  sonde_panel_set_legend (panel, 1);
}

SondeFigure *
cosine_figure_new_histogram (const CosineView *view)
{
  guint n_columns = MIN (view->conditions->len, 3);
  guint n_rows = (view->conditions->len + n_columns - 1) / n_columns;
  SondeFigure *figure = sonde_figure_new ("cosine-histogram", n_rows, n_columns, n_columns * 6 * 72, n_rows * 3.5 * 72);
  g_autofree char *rows = sonde_label_dup_rows (view->investigation);

  for (guint i = 0; i < view->conditions->len; i++)
    add_histogram_panel (view, sonde_figure_add_panel (figure, i / n_columns, i % n_columns), i);
  take_caption (figure, g_strdup_printf (_ ("How the cosine similarities of layer %u are distributed: each pair of different rows counts once (the strict "
                                            "upper triangle of each stage's matrix). %s Rows: %s."),
                                         view->layer, get_bin_sentence (view), rows));
  return figure;
}

/* "Projection" → "projection" for the middle of a title; "GELU" stays. */
static char *
dup_lowered (const char *label)
{
  gunichar first = g_utf8_get_char (label);
  const char *rest = *label != '\0' ? g_utf8_next_char (label) : label;
  char buffer[7] = "";

  if (*rest == '\0' || g_unichar_isupper (g_utf8_get_char (rest)))
    return g_strdup (label);
  g_unichar_to_utf8 (g_unichar_tolower (first), buffer);
  return g_strconcat (buffer, rest, NULL);
}

/* With one condition "Input and projection"; with several there is no room for more than "Many seqs: Inpu and Proj". */
static char *
dup_pair_title (const CosineView *view,
                const CosinePair *pair,
                gboolean several)
{
  const SondeStage *a = get_stage (view, pair->a);
  const SondeStage *b = get_stage (view, pair->b);
  g_autofree char *lowered = several ? g_strdup (b->short_label) : dup_lowered (b->label);

  /* Translators: two stages, in the title of their comparison */
  return g_strdup_printf (_ ("%s and %s"), several ? a->short_label : a->label, lowered);
}

/* @pair NULL: the panel of distributions. */
static char *
dup_cross_title (const CosineView *view,
                 const CosinePair *pair,
                 guint condition,
                 gboolean several,
                 guint letter)
{
  g_autofree char *words = pair != NULL ? dup_pair_title (view, pair, several) : g_strdup (_ ("Distributions"));
  g_autofree char *whole = several ? g_strdup_printf ("%s: %s", sonde_condition_get_label (get_condition (view, condition), SONDE_LABEL_SHORT), words)
                                   : g_strdup (words);

  return sonde_label_dup_panel (letter, whole);
}

static void
set_token_labels (SondePanel *panel,
                  const SondeStage *a,
                  const SondeStage *b)
{
  g_autofree char *x = g_strdup_printf (_ ("Tokens (%s)"), a->axis_label);
  g_autofree char *y = g_strdup_printf (_ ("Tokens (%s)"), b->axis_label);

  sonde_panel_set_x_label (panel, x);
  sonde_panel_set_y_label (panel, y);
}

/* The matrix has a row for each row of stage a; drawn with a from left to right, so that the labels are true. */
static void
add_pair_panel (const CosineView *view,
                SondePanel *panel,
                guint condition,
                guint pair_index,
                const char *title)
{
  const CosinePair *pair = &g_array_index (view->pairs, CosinePair, pair_index);
  CosineShown *shown = g_ptr_array_index (view->conditions, condition);
  SondeTensor *matrix = g_ptr_array_index (shown->cross_matrices, pair_index);
  gsize n_rows = sonde_tensor_get_n_rows (matrix);
  const double *values = sonde_tensor_peek_f64 (matrix);
  g_autofree double *transposed = g_new (double, n_rows *n_rows);

  for (gsize i = 0; i < n_rows; i++)
    for (gsize j = 0; j < n_rows; j++)
      transposed[j * n_rows + i] = values[i * n_rows + j];
  draw_matrix (panel, transposed, n_rows, n_rows, SONDE_COLOR_MAP_PLASMA, pair->low, pair->high);
  set_token_labels (panel, get_stage (view, pair->a), get_stage (view, pair->b));
  sonde_panel_set_title (panel, title);
}

static void
add_distribution_panel (const CosineView *view,
                        SondePanel *panel,
                        guint condition,
                        const char *title)
{
  CosineShown *shown = g_ptr_array_index (view->conditions, condition);

  for (guint i = 0; i < cosine_view_get_n_drawn_pairs (view); i++)
    {
      const CosinePair *pair = &g_array_index (view->pairs, CosinePair, i);
      /* Translators: the numbers of two stages, from 1 */
      g_autofree char *label = g_strdup_printf (_ ("Stages %u,%u"), pair->a + 1, pair->b + 1);

      sonde_histogram_draw (g_ptr_array_index (shown->cross_histograms, i), panel, SONDE_HISTOGRAM_COUNT, i, label);
    }
  sonde_panel_set_title (panel, title);
  sonde_panel_set_x_label (panel, _ ("Cosine similarity"));
  sonde_panel_set_y_label (panel, _ ("Count"));
  sonde_panel_set_y_limits (panel, 0, NAN);
  sonde_panel_set_legend (panel, 1);
}

static gboolean
is_crossed (const CosineView *view,
            guint condition)
{
  CosineShown *shown = g_ptr_array_index (view->conditions, condition);

  return shown->cross_matrices->len > 0;
}

static char *
dup_cross_caption (const CosineView *view)
{
  g_autoptr (GString) names = g_string_new (NULL);
  g_autofree char *left_out = NULL;
  g_autofree char *cells = dup_cell_sentence (view);
  guint n_drawn = cosine_view_get_n_drawn_pairs (view);

  for (guint i = 0; i < view->conditions->len; i++)
    if (is_crossed (view, i))
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", sonde_condition_get_label (get_condition (view, i), SONDE_LABEL_TITLE));
  left_out = n_drawn == view->pairs->len ? g_strdup ("")
                                         : g_strdup_printf (_ (" Of %u pairs the first %u are drawn; the table holds all."), view->pairs->len, n_drawn);
  return g_strdup_printf (_ ("Cosine similarities in layer %u between the rows of stages that are equally wide, every row of one with every row of the "
                             "other. Rows of the first-named stage run from left to right, those of the second from top to bottom, as the axes say; the "
                             "notebook that this figure follows has the two the other way round under the same words. Distributions count whole "
                             "matrices; stages count from 1. %s%s%s Conditions: %s."),
                          view->layer, get_bin_sentence (view), left_out, cells, names->str);
}

SondeFigure *
cosine_figure_new_cross_stage (const CosineView *view)
{
  guint n_panels = cosine_view_get_n_drawn_pairs (view) + 1;
  guint n_lines = (n_panels + MAX_CROSS_COLUMNS - 1) / MAX_CROSS_COLUMNS;
  guint n_columns = (n_panels + n_lines - 1) / n_lines;
  guint n_crossed = 0;
  guint line = 0;
  guint letter = 0;
  SondeFigure *figure;

  for (guint i = 0; i < view->conditions->len; i++)
    n_crossed += is_crossed (view, i);
  if (n_crossed == 0)
    return NULL;

  figure = sonde_figure_new ("cosine-cross-stage", n_lines * n_crossed, n_columns, n_columns * (n_crossed > 1 ? 270 : 240), n_lines * n_crossed * 3.5 * 72);
  for (guint i = 0; i < view->conditions->len; i++)
    {
      if (!is_crossed (view, i))
        continue;
      for (guint j = 0; j < n_panels; j++)
        {
          SondePanel *panel = sonde_figure_add_panel (figure, line + j / n_columns, j % n_columns);
          const CosinePair *pair = j + 1 < n_panels ? &g_array_index (view->pairs, CosinePair, j) : NULL;
          g_autofree char *title = dup_cross_title (view, pair, i, n_crossed > 1, letter++);

          if (pair != NULL)
            add_pair_panel (view, panel, i, j, title);
          else
            add_distribution_panel (view, panel, i, title);
        }
      line += n_lines;
    }
  take_caption (figure, dup_cross_caption (view));
  return figure;
}
