#define G_LOG_DOMAIN "sonde"

#include "cosine-private.h"

#include <math.h>

#include <glib/gi18n-lib.h>

/* "Projection" → "projection" for the middle of a title; "GELU" stays. */
static char *
dup_lowered (const char *label)
{
  gunichar first = g_utf8_get_char (label);
  const char *rest = *label != '\0' ? g_utf8_next_char (label) : label;
  char buffer[7] = "";

  /* Translators: "lower" where a name has a small first letter within a title, as "Input and projection" has; else "as it is" */
  const gboolean lower = g_str_equal (_ ("lower"), "lower");

  if (!lower || *rest == '\0' || g_unichar_isupper (g_utf8_get_char (rest)))
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
  const SondeStage *a = cosine_view_get_stage (view, pair->a);
  const SondeStage *b = cosine_view_get_stage (view, pair->b);
  g_autofree char *lowered = several ? g_strdup (b->short_label) : dup_lowered (b->label);

  /* Translators: two stages, in the title of their comparison */
  return g_strdup_printf (_ ("%s and %s"), several ? a->short_label : a->label, lowered);
}

static char *
dup_title (const CosineView *view,
           const char *words,
           guint condition,
           gboolean several,
           guint letter)
{
  g_autofree char *whole = several ? g_strdup_printf (_ ("%s: %s"), sonde_condition_get_label (cosine_view_get_condition (view, condition), SONDE_LABEL_SHORT), words)
                                   : g_strdup (words);

  return sonde_label_dup_panel (letter, whole);
}

static char *
dup_rows_label (const SondeStage *stage,
                gboolean tokens)
{
  /* Translators: of an axis, with the stage that the rows are of */
  return tokens ? g_strdup_printf (_ ("Tokens (%s)"), stage->axis_label) : g_strdup_printf (_ ("Rows (%s)"), stage->axis_label);
}

static void
set_row_labels (const CosineView *view,
                SondePanel *panel,
                guint condition,
                const CosinePair *pair)
{
  const gboolean tokens = cosine_view_has_tokens (view, condition);
  g_autofree char *x = dup_rows_label (cosine_view_get_stage (view, pair->a), tokens);
  g_autofree char *y = dup_rows_label (cosine_view_get_stage (view, pair->b), tokens);

  sonde_panel_set_x_label (panel, x);
  sonde_panel_set_y_label (panel, y);
}

/* The matrix has a row for each row of stage a; drawn with a from left to right, so that the labels are true. */
static void
add_pair_panel (const CosineView *view,
                SondePanel *panel,
                guint condition,
                const CosinePair *pair,
                SondeTensor *matrix,
                const char *title)
{
  gsize n_rows = sonde_tensor_get_n_rows (matrix);
  const double *values = sonde_tensor_peek_f64 (matrix);
  g_autofree double *transposed = g_new (double, n_rows *n_rows);

  for (gsize i = 0; i < n_rows; i++)
    for (gsize j = 0; j < n_rows; j++)
      transposed[j * n_rows + i] = values[i * n_rows + j];
  cosine_figure_draw_matrix (panel, transposed, n_rows, n_rows, SONDE_COLOR_MAP_PLASMA, pair->low, pair->high);
  set_row_labels (view, panel, condition, pair);
  sonde_panel_set_title (panel, title);
}

static void
add_distribution_panel (const CosineView *view,
                        SondePanel *panel,
                        guint condition,
                        const char *title)
{
  CosineShown *shown = g_ptr_array_index (view->conditions, condition);
  guint n_drawn = 0;

  for (guint i = 0; i < view->pairs->len; i++)
    {
      const CosinePair *pair = &g_array_index (view->pairs, CosinePair, i);
      /* Translators: the numbers of two stages, from 1 */
      g_autofree char *label = g_strdup_printf (_ ("Stages %u,%u"), pair->a + 1, pair->b + 1);

      if (pair->drawn)
        sonde_histogram_draw (g_ptr_array_index (shown->cross_histograms, i), panel, SONDE_HISTOGRAM_COUNT, n_drawn++, cosine_view_get_n_drawn_pairs (view), label);
    }
  sonde_panel_set_title (panel, title);
  sonde_panel_set_x_label (panel, _ ("Cosine similarity"));
  sonde_panel_set_y_label (panel, _ ("Count"));
  sonde_panel_set_y_limits (panel, 0, NAN);
  sonde_panel_set_legend (panel, 1);
}

/* The mean similarity of every two stages, where not all of their matrices are drawn. */
static void
add_mean_panel (const CosineView *view,
                SondePanel *panel,
                guint condition,
                const char *title)
{
  CosineShown *shown = g_ptr_array_index (view->conditions, condition);
  const gsize n_stages = sonde_investigation_get_n_stages (view->investigation);
  g_autofree double *cells = g_new (double, n_stages *n_stages);
  g_auto (GStrv) labels = sonde_label_dup_short_labels (view->investigation);

  for (gsize i = 0; i < n_stages * n_stages; i++)
    cells[i] = NAN;
  for (guint i = 0; i < view->pairs->len; i++)
    {
      const CosinePair *pair = &g_array_index (view->pairs, CosinePair, i);

      cells[pair->a * n_stages + pair->b] = cells[pair->b * n_stages + pair->a] = g_array_index (shown->cross_means, double, i);
    }
  sonde_panel_add_heat_map (panel, cells, n_stages, n_stages, SONDE_COLOR_MAP_PLASMA, NAN, NAN);
  sonde_panel_set_color_bar (panel, SONDE_SIDE_TOP, SONDE_COLOR_MAP_PLASMA, NAN, NAN);
  sonde_panel_set_x_categories (panel, (const char *const *) labels);
  sonde_panel_set_y_categories (panel, (const char *const *) labels);
  sonde_panel_set_title (panel, title);
}

static gboolean
is_selection (const CosineView *view)
{
  return cosine_view_get_n_drawn_pairs (view) < view->pairs->len;
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
  g_autofree char *cells = cosine_view_dup_cell_sentence (view);
  guint n_drawn = cosine_view_get_n_drawn_pairs (view);

  for (guint i = 0; i < view->conditions->len; i++)
    if (is_crossed (view, i))
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", sonde_condition_get_label (cosine_view_get_condition (view, i), SONDE_LABEL_TITLE));
  left_out = !is_selection (view) ? g_strdup ("")
                                  : g_strdup_printf (_ (" Of %u pairs %u are drawn row by row, each of a stage and the next that is as wide, and all as their mean "
                                                        "similarity, grey where widths differ; the table holds the counts of all."),
                                                     view->pairs->len, n_drawn);
  return g_strdup_printf (_ ("Cosine similarities in layer %u between the rows of stages that are equally wide, every row of one with every row of the "
                             "other. Rows of the first-named stage run from left to right, those of the second from top to bottom, as the axes say. "
                             "Distributions count whole matrices; stages count from 1. %s%s%s Conditions: %s."),
                          view->layer, cosine_view_get_bin_sentence (view), left_out, cells, names->str);
}

/* The part of the figure that one condition has. */
typedef struct
{
  const CosineView *view;
  SondeFigure *figure;
  guint condition;
  gboolean several; /* conditions */
  guint first_row;
  guint n_columns;
  guint n_panels; /* so far */
} Part;

static SondePanel *
next_panel (Part *part,
            const char *words,
            char **title)
{
  const guint place = part->n_panels++;

  *title = dup_title (part->view, words, part->condition, part->several, sonde_figure_get_n_panels (part->figure));
  return sonde_figure_add_panel (part->figure, part->first_row + place / part->n_columns, place % part->n_columns);
}

static void
add_pairs (Part *part)
{
  CosineShown *shown = g_ptr_array_index (part->view->conditions, part->condition);
  guint n_drawn = 0;

  for (guint i = 0; i < part->view->pairs->len; i++)
    {
      const CosinePair *pair = &g_array_index (part->view->pairs, CosinePair, i);
      g_autofree char *words = dup_pair_title (part->view, pair, part->several);
      g_autofree char *title = NULL;
      SondePanel *panel;

      if (!pair->drawn)
        continue;
      panel = next_panel (part, words, &title);
      add_pair_panel (part->view, panel, part->condition, pair, g_ptr_array_index (shown->cross_matrices, n_drawn++), title);
    }
}

/* The means of all pairs where not all are drawn, a matrix each of those that are, and the distributions of these. */
static void
add_part (Part *part)
{
  g_autofree char *means = NULL;
  g_autofree char *distributions = NULL;
  SondePanel *panel;

  if (is_selection (part->view))
    {
      panel = next_panel (part, _ ("Mean similarity"), &means);
      add_mean_panel (part->view, panel, part->condition, means);
    }
  add_pairs (part);
  panel = next_panel (part, _ ("Distributions"), &distributions);
  add_distribution_panel (part->view, panel, part->condition, distributions);
}

SondeFigure *
cosine_figure_new_cross_stage (const CosineView *view)
{
  guint n_panels = cosine_view_get_n_drawn_pairs (view) + (is_selection (view) ? 2 : 1);
  guint n_lines = (n_panels + COSINE_MOST_COLUMNS - 1) / COSINE_MOST_COLUMNS;
  guint n_columns = (n_panels + n_lines - 1) / n_lines;
  guint n_crossed = 0;
  guint line = 0;
  SondeFigure *figure;

  for (guint i = 0; i < view->conditions->len; i++)
    n_crossed += is_crossed (view, i);
  if (n_crossed == 0)
    return NULL;

  figure = sonde_figure_new ("cosine-cross-stage", n_lines * n_crossed, n_columns, n_columns * (n_crossed > 1 ? 270 : 240), n_lines * n_crossed * 3.5 * 72);
  for (guint i = 0; i < view->conditions->len; i++)
    if (is_crossed (view, i))
      {
        Part part = { view, figure, i, n_crossed > 1, line, n_columns, 0 };

        add_part (&part);
        line += n_lines;
      }
  cosine_figure_take_caption (view, figure, _ ("Cosine similarities across stages"), dup_cross_caption (view));
  return figure;
}
