#define G_LOG_DOMAIN "sonde"

#include "laminar-private.h"

#include <math.h>

#include <glib/gi18n-lib.h>

#define ROW_HEIGHT 192
#define MOST_ROW_HEIGHT 420
#define AROUND_CELLS 80       /* title, ticks and label */
#define CELL_HEIGHT 8         /* of a stage's line of cells, so that its name has room */
#define MOST_MARKED_LAYERS 64 /* more markers on a line hide it and each other */
#define MOST_POINTS 2000
#define MERGED_SIDE 64 /* cells along a side of a panel in which more points than that are joined */

static char *
dup_profile_title (const LaminarView *view,
                   LaminarMeasure measure,
                   guint condition,
                   guint panel)
{
  const char *attributive = laminar_view_get_label (view, condition, SONDE_LABEL_ATTRIBUTIVE);
  /* A name of its own keeps its hyphens. */
  const gboolean plain = g_str_equal (attributive, laminar_view_get_label (view, condition, SONDE_LABEL_TITLE));
  g_autofree char *label = plain ? g_strdup (attributive) : g_strdelimit (g_strdup (attributive), "-", ' ');
  /* Translators: titles, as in “One sequence (part.rat)” */
  g_autofree char *words = measure == LAMINAR_RATIO       ? g_strdup_printf (_ ("%s (part.rat)"), label)
                           : measure == LAMINAR_DIMENSION ? g_strdup_printf (_ ("%s (effect.dim)"), label)
                                                          : g_strdup_printf (_ ("%s (RSA)"), label);

  return sonde_label_dup_panel (panel, words);
}

static void
draw_lines (const LaminarView *view,
            SondePanel *panel,
            LaminarMeasure measure,
            guint condition)
{
  guint n_layers;
  const guint *layers = sonde_investigation_get_layers (view->investigation, &n_layers);
  g_autofree double *x = g_new (double, n_layers);
  g_auto (GStrv) names = laminar_view_dup_series (view, measure);

  for (guint i = 0; i < n_layers; i++)
    x[i] = layers[i];
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree double *y = laminar_view_dup_values (view, measure, condition, i, &n_layers);
      SondeStyle style = SONDE_STYLE_INIT;

      style.color = sonde_color_category (i);
      style.color.alpha = style.edge_color.alpha = LAMINAR_ALPHA;
      style.line_width = style.edge_width = .5;
      if (n_layers > MOST_MARKED_LAYERS)
        style.line_width = 1;
      else
        style.marker = sonde_marker_category (i);
      style.marker_size = 8;
      sonde_panel_add_line (panel, x, y, n_layers, &style, names[i]);
    }
  sonde_panel_set_x_integer (panel, TRUE);
  sonde_panel_set_y_label (panel, laminar_view_get_axis_label (measure));
  if (measure == LAMINAR_SCORE)
    sonde_panel_set_y_limits (panel, laminar_view_find_low (view), 1);
}

/* Layers that are not all of them from 0 on need their numbers as words. */
static void
set_layer_axis (const LaminarView *view,
                SondePanel *panel)
{
  guint n_layers;
  const guint *layers = sonde_investigation_get_layers (view->investigation, &n_layers);
  g_auto (GStrv) words = g_new0 (char *, n_layers + 1);

  for (guint i = 0; i < n_layers; i++)
    words[i] = g_strdup_printf ("%u", layers[i]);
  if (layers[n_layers - 1] != n_layers - 1)
    sonde_panel_set_x_categories (panel, (const char *const *) words);
  sonde_panel_set_x_label (panel, _ ("Layer"));
}

/* Of pairs, the first stage of each where its pairs begin. */
static void
set_series_axis (const LaminarView *view,
                 SondePanel *panel,
                 LaminarMeasure measure)
{
  guint n_stages = sonde_investigation_get_n_stages (view->investigation);
  guint n_series = laminar_view_get_n_series (view, measure);
  g_auto (GStrv) words = measure == LAMINAR_SCORE ? g_new0 (char *, n_series + 1) : laminar_view_dup_series (view, measure);

  for (guint i = 0; measure == LAMINAR_SCORE && i < n_series; i++)
    {
      guint a;
      guint b;

      sonde_stage_pair_get (n_stages, i, &a, &b);
      words[i] = g_strdup (b == a + 1 ? sonde_investigation_get_stage (view->investigation, a)->short_label : "");
    }
  sonde_panel_set_y_categories (panel, (const char *const *) words);
  sonde_panel_set_y_label (panel, measure == LAMINAR_SCORE ? _ ("First stage of the pair") : _ ("Stage"));
}

/* A line of cells a series, a column a layer. */
static void
draw_cells (const LaminarView *view,
            SondePanel *panel,
            LaminarMeasure measure,
            guint condition)
{
  guint n_layers;
  guint n_series = laminar_view_get_n_series (view, measure);
  double low = measure == LAMINAR_SCORE ? laminar_view_find_low (view) : NAN;
  double high = measure == LAMINAR_SCORE ? 1 : NAN;
  g_autofree double *cells = NULL;

  sonde_investigation_get_layers (view->investigation, &n_layers);
  cells = g_new (double, (gsize) n_series *n_layers);
  for (guint i = 0; i < n_series; i++)
    for (guint j = 0; j < n_layers; j++)
      cells[(gsize) i * n_layers + j] = laminar_view_get_value (view, measure, j, condition, i);
  sonde_panel_add_heat_map (panel, cells, n_series, n_layers, SONDE_COLOR_MAP_VIRIDIS, low, high);
  sonde_panel_set_stretched (panel, TRUE);
  sonde_panel_set_color_bar (panel, SONDE_SIDE_RIGHT, SONDE_COLOR_MAP_VIRIDIS, low, high);
  sonde_panel_set_color_label (panel, laminar_view_get_axis_label (measure));
  set_series_axis (view, panel, measure);
  set_layer_axis (view, panel);
}

static void
add_profiles (const LaminarView *view,
              SondeFigure *figure,
              guint condition,
              guint *n_panels)
{
  guint column = 0;

  for (LaminarMeasure measure = 0; measure < LAMINAR_N_MEASURES; measure++)
    {
      SondePanel *panel;
      g_autofree char *title = NULL;
      gboolean legend = condition == 0 || measure == LAMINAR_SCORE;

      if (!view->present[measure])
        continue;
      panel = sonde_figure_add_panel (figure, condition, column++);
      title = dup_profile_title (view, measure, condition, (*n_panels)++);
      sonde_panel_set_title (panel, title);
      if (laminar_view_has_many (view, measure))
        draw_cells (view, panel, measure, condition);
      else
        draw_lines (view, panel, measure, condition);
      if (legend && !laminar_view_has_many (view, measure))
        sonde_panel_set_legend (panel, 2);
    }
}

/* The face of what belongs to a layer, or to a mean of layers. */
static SondeColor
get_layer_color (const LaminarView *view,
                 double layer)
{
  SondeColor color = sonde_color_map_get (SONDE_COLOR_MAP_PLASMA, layer / sonde_investigation_get_n_layers (view->investigation));

  color.alpha = LAMINAR_ALPHA;
  return color;
}

/* One series against another, a point a layer whose face is the layer's colour. */
static void
add_layer_points (const LaminarView *view,
                  SondePanel *panel,
                  const double *x,
                  const double *y,
                  guint series)
{
  guint n_layers;
  const guint *layers = sonde_investigation_get_layers (view->investigation, &n_layers);
  g_autofree SondeColor *faces = g_new (SondeColor, n_layers);
  SondeStyle style = SONDE_STYLE_INIT;

  for (guint i = 0; i < n_layers; i++)
    faces[i] = get_layer_color (view, layers[i]);
  style.line_width = 0;
  style.marker = sonde_marker_category (series);
  style.marker_size = 10;
  style.edge_color.alpha = LAMINAR_ALPHA;
  style.edge_width = 1;
  sonde_panel_add_points (panel, x, y, n_layers, faces, &style, NULL);
}

/* What is compared: one measure in one condition against another measure or condition. */
typedef struct
{
  LaminarMeasure x, y;
  guint x_condition, y_condition;
} Comparison;

typedef struct
{
  double x, y, layer;
  guint n; /* points that it is the mean of */
} Point;

static GArray *
collect_points (const LaminarView *view,
                const Comparison *comparison)
{
  GArray *points = g_array_new (FALSE, FALSE, sizeof (Point));
  guint n_layers;
  const guint *layers = sonde_investigation_get_layers (view->investigation, &n_layers);

  for (guint i = 0; i < laminar_view_get_n_series (view, comparison->x); i++)
    for (guint j = 0; j < n_layers; j++)
      {
        const Point point = { laminar_view_get_value (view, comparison->x, j, comparison->x_condition, i),
                              laminar_view_get_value (view, comparison->y, j, comparison->y_condition, i), layers[j], 1 };

        if (!isnan (point.x) && !isnan (point.y))
          g_array_append_val (points, point);
      }
  return points;
}

static guint
get_cell (double value,
          double low,
          double high)
{
  return high > low ? MIN ((guint) ((value - low) / (high - low) * MERGED_SIDE), MERGED_SIDE - 1) : 0;
}

/* Of points that would lie over each other one is left, in their middle. */
static void
merge_points (GArray *points)
{
  g_autofree Point *cells = g_new0 (Point, MERGED_SIDE * MERGED_SIDE);
  double low[2] = { INFINITY, INFINITY };
  double high[2] = { -INFINITY, -INFINITY };

  for (guint i = 0; i < points->len; i++)
    {
      const Point *point = &g_array_index (points, Point, i);

      low[0] = fmin (low[0], point->x);
      high[0] = fmax (high[0], point->x);
      low[1] = fmin (low[1], point->y);
      high[1] = fmax (high[1], point->y);
    }
  for (guint i = 0; i < points->len; i++)
    {
      const Point *point = &g_array_index (points, Point, i);
      Point *cell = &cells[get_cell (point->y, low[1], high[1]) * MERGED_SIDE + get_cell (point->x, low[0], high[0])];

      cell->x += point->x;
      cell->y += point->y;
      cell->layer += point->layer;
      cell->n++;
    }
  g_array_set_size (points, 0);
  for (guint i = 0; i < MERGED_SIDE * MERGED_SIDE; i++)
    if (cells[i].n > 0)
      {
        const Point mean = { cells[i].x / cells[i].n, cells[i].y / cells[i].n, cells[i].layer / cells[i].n, cells[i].n };

        g_array_append_val (points, mean);
      }
}

static gboolean
has_many_layers (const LaminarView *view)
{
  guint n_layers;

  sonde_investigation_get_layers (view->investigation, &n_layers);
  return n_layers > MOST_MARKED_LAYERS;
}

static gboolean
has_plain_points (const LaminarView *view,
                  LaminarMeasure measure)
{
  return laminar_view_has_many (view, measure) || has_many_layers (view);
}

/* Of many series or layers: markers that are all alike, and not more of them than can be seen. */
static void
add_many_points (const LaminarView *view,
                 SondePanel *panel,
                 const Comparison *comparison)
{
  g_autoptr (GArray) points = collect_points (view, comparison);
  g_autofree double *x = NULL;
  g_autofree double *y = NULL;
  g_autofree SondeColor *faces = NULL;
  SondeStyle style = SONDE_STYLE_INIT;

  if (points->len > MOST_POINTS)
    merge_points (points);
  x = g_new (double, points->len);
  y = g_new (double, points->len);
  faces = g_new (SondeColor, points->len);
  for (guint i = 0; i < points->len; i++)
    {
      const Point *point = &g_array_index (points, Point, i);

      x[i] = point->x;
      y[i] = point->y;
      faces[i] = get_layer_color (view, point->layer);
    }
  style.line_width = 0;
  style.marker = SONDE_MARKER_CIRCLE;
  style.marker_size = 4;
  sonde_panel_add_points (panel, x, y, points->len, faces, &style, NULL);
}

static void
add_comparison_points (const LaminarView *view,
                       SondePanel *panel,
                       const Comparison *comparison)
{
  if (has_plain_points (view, comparison->x))
    {
      add_many_points (view, panel, comparison);
      return;
    }
  for (guint i = 0; i < laminar_view_get_n_series (view, comparison->x); i++)
    {
      guint n_layers;
      g_autofree double *x = laminar_view_dup_values (view, comparison->x, comparison->x_condition, i, &n_layers);
      g_autofree double *y = laminar_view_dup_values (view, comparison->y, comparison->y_condition, i, &n_layers);

      add_layer_points (view, panel, x, y, i);
    }
}

static void
draw_comparison (const LaminarView *view,
                 SondePanel *panel,
                 guint condition)
{
  const Comparison comparison = { LAMINAR_RATIO, LAMINAR_DIMENSION, condition, condition };

  add_comparison_points (view, panel, &comparison);
  sonde_panel_set_x_label (panel, laminar_view_get_axis_label (LAMINAR_RATIO));
  sonde_panel_set_y_label (panel, laminar_view_get_axis_label (LAMINAR_DIMENSION));
}

/* RSA scores of the first condition against those of the second. */
static void
draw_rsa_comparison (const LaminarView *view,
                     SondePanel *panel)
{
  const Comparison comparison = { LAMINAR_SCORE, LAMINAR_SCORE, 0, 1 };
  double low = laminar_view_find_low (view);

  add_comparison_points (view, panel, &comparison);
  sonde_panel_set_x_label (panel, laminar_view_get_label (view, 0, SONDE_LABEL_SHORT_ATTRIBUTIVE));
  sonde_panel_set_y_label (panel, laminar_view_get_label (view, 1, SONDE_LABEL_SHORT_ATTRIBUTIVE));
  sonde_panel_set_x_limits (panel, low, 1);
  sonde_panel_set_y_limits (panel, low, 1);
}

/* A panel below the profiles: of both measures of @condition, or of the RSA scores of two conditions. */
static void
add_comparison (const LaminarView *view,
                SondePanel *panel,
                gboolean rsa,
                guint condition,
                guint letter)
{
  g_autofree char *correlation = rsa ? NULL : laminar_view_dup_correlation (view, condition);
  /* Translators: a title, as in “One-seq comparison (r=0.72)” */
  g_autofree char *words = rsa ? g_strdup (_ ("RSA comparison"))
                               : g_strdup_printf (_ ("%s comparison (%s)"), laminar_view_get_label (view, condition, SONDE_LABEL_SHORT_ATTRIBUTIVE), correlation);
  g_autofree char *title = sonde_label_dup_panel (letter, words);

  if (rsa)
    draw_rsa_comparison (view, panel);
  else
    draw_comparison (view, panel, condition);
  sonde_panel_set_title (panel, title);
  sonde_panel_set_color_bar (panel, SONDE_SIDE_RIGHT, SONDE_COLOR_MAP_PLASMA, 0, sonde_investigation_get_n_layers (view->investigation));
}

static gboolean
any_has_many (const LaminarView *view)
{
  for (LaminarMeasure measure = 0; measure < LAMINAR_N_MEASURES; measure++)
    if (view->present[measure] && laminar_view_has_many (view, measure))
      return TRUE;
  return FALSE;
}

static char *
dup_profile_caption (const LaminarView *view,
                     guint n_comparisons,
                     gboolean rsa_comparison)
{
  g_autofree char *rows = sonde_label_dup_rows (view->investigation);
  g_autoptr (GString) text = g_string_new (_ ("Profiles over layers (horizontal axes), a row of panels for each condition."));

  if (view->present[LAMINAR_RATIO])
    g_string_append (text, _ (" Participation ratio: the square of the sum of the variances along all principal components, divided by the sum of their squares."));
  if (view->present[LAMINAR_DIMENSION])
    g_string_append (text, _ (" Effective dim.: the index, from 0, of the first component at which the cumulative variance exceeds the threshold."));
  if (view->present[LAMINAR_SCORE])
    g_string_append (text, _ (" RSA score: how alike the similarity matrices of two stages are."));
  if (n_comparisons > 0)
    g_string_append (text, _ (" Comparisons: one measure against the other, a point for each stage and layer; r is Pearson’s correlation over all points that are defined."));
  if (rsa_comparison)
    g_string_append (text, _ (" RSA comparison: scores of the first condition against those of the second, a point for each pair and layer."));
  if (n_comparisons > 0 || rsa_comparison)
    g_string_append (text, _ (" Markers are those of the profiles, faces show the layer on the scale of the colour bar."));
  if (any_has_many (view))
    g_string_append_printf (text, _ (" Values of more than %d series are colours, a line of cells for each series in the order of the tables, grey where undefined; "
                                     "pairs are in the order of their first stage, then of their second."),
                            SONDE_MOST_CATEGORIES);
  if (any_has_many (view) || has_many_layers (view))
    g_string_append_printf (text, _ (" Markers of more than %d series or %d layers are all alike, and of more than %d those that share one of %d by %d equal cells "
                                     "are drawn as one, in their middle and with their mean layer."),
                            SONDE_MOST_CATEGORIES, MOST_MARKED_LAYERS, MOST_POINTS, MERGED_SIDE, MERGED_SIDE);
  g_string_append_printf (text, _ (" Rows: %s."), rows);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Lines of cells need room for their names. */
static double
get_row_height (const LaminarView *view)
{
  return any_has_many (view) ? CLAMP (AROUND_CELLS + CELL_HEIGHT * (double) sonde_investigation_get_n_stages (view->investigation), ROW_HEIGHT, MOST_ROW_HEIGHT) : ROW_HEIGHT;
}

/* A column a measure and a row a condition; below, in reading order, comparisons of measures and of conditions. */
SondeFigure *
laminar_figure_new_profile (const LaminarView *view)
{
  guint n_conditions = sonde_investigation_get_n_conditions (view->investigation);
  guint n_columns = laminar_view_count_measures (view);
  guint n_comparisons = view->present[LAMINAR_RATIO] && view->present[LAMINAR_DIMENSION] ? n_conditions : 0;
  gboolean rsa_comparison = view->present[LAMINAR_SCORE] && n_conditions > 1;
  guint n_below = n_comparisons + (rsa_comparison ? 1 : 0);
  guint n_rows = n_conditions + (n_below + n_columns - 1) / n_columns;
  SondeFigure *figure = sonde_figure_new ("laminar-profile", n_rows, n_columns, n_columns * 4 * 72, n_rows * get_row_height (view));
  g_autofree char *caption = dup_profile_caption (view, n_comparisons, rsa_comparison);
  guint n_panels = 0;

  for (guint i = 0; i < n_conditions; i++)
    add_profiles (view, figure, i, &n_panels);
  for (guint i = 0; i < n_below; i++)
    add_comparison (view, sonde_figure_add_panel (figure, n_conditions + i / n_columns, i % n_columns), i >= n_comparisons, i, n_panels++);
  sonde_figure_set_heading (figure, _ ("Laminar profiles"));
  sonde_label_set_caption (figure, view->investigation, caption);
  return figure;
}
