#define G_LOG_DOMAIN "sonde"

#include "laminar-private.h"

#include <math.h>

#include <glib/gi18n-lib.h>
#include <math/sonde-math.h>

#define MAX_LEGEND_SERIES 12
#define N_DENSITY_POINTS 100
#define ALPHA .7

static const char *
get_axis_label (LaminarMeasure measure)
{
  return measure == LAMINAR_RATIO ? _ ("Participation ratio") : measure == LAMINAR_DIMENSION ? _ ("Effective dim.")
                                                                                             : _ ("RSA score");
}

static const char *
get_label (const LaminarView *view,
           guint condition,
           SondeLabelForm form)
{
  return sonde_condition_get_label (sonde_investigation_get_condition (view->investigation, condition), form);
}

/* What legends and axes call the series: stages or pairs of stages. */
static char **
dup_series (const LaminarView *view,
            LaminarMeasure measure)
{
  guint n_series = laminar_view_get_n_series (view, measure);
  char **names;

  if (measure == LAMINAR_SCORE)
    return sonde_label_dup_stage_pairs (view->investigation);
  names = g_new0 (char *, n_series + 1);
  for (guint i = 0; i < n_series; i++)
    names[i] = g_strdup (sonde_investigation_get_stage (view->investigation, i)->short_label);
  return names;
}

/* The values of one series over the covered layers. */
static double *
dup_values (const LaminarView *view,
            LaminarMeasure measure,
            guint condition,
            guint series,
            guint *n_layers)
{
  double *values;

  sonde_investigation_get_layers (view->investigation, n_layers);
  values = g_new (double, *n_layers);
  for (guint i = 0; i < *n_layers; i++)
    values[i] = laminar_view_get_value (view, measure, i, condition, series);
  return values;
}

/* The property rsa-low, or the tenth below the least score. */
static double
find_low (const LaminarView *view)
{
  double low = view->rsa_low;

  for (guint i = 0; i < sonde_investigation_get_n_conditions (view->investigation); i++)
    for (guint j = 0; j < laminar_view_get_n_series (view, LAMINAR_SCORE); j++)
      {
        guint n_layers;
        g_autofree double *scores = dup_values (view, LAMINAR_SCORE, i, j, &n_layers);

        for (guint k = 0; k < n_layers; k++)
          low = fmin (low, floor (10 * scores[k]) / 10);
      }
  return low;
}

static char *
dup_profile_title (const LaminarView *view,
                   LaminarMeasure measure,
                   guint condition,
                   guint panel)
{
  g_autofree char *label = g_strdelimit (g_strdup (get_label (view, condition, SONDE_LABEL_ATTRIBUTIVE)), "-", ' ');
  /* Translators: titles, as in “One sequence (part.rat)” */
  g_autofree char *words = measure == LAMINAR_RATIO       ? g_strdup_printf (_ ("%s (part.rat)"), label)
                           : measure == LAMINAR_DIMENSION ? g_strdup_printf (_ ("%s (effect.dim)"), label)
                                                          : g_strdup_printf (_ ("%s (RSA)"), label);

  return sonde_label_dup_panel (panel, words);
}

static void
draw_profile (const LaminarView *view,
              SondePanel *panel,
              LaminarMeasure measure,
              guint condition)
{
  guint n_layers;
  const guint *layers = sonde_investigation_get_layers (view->investigation, &n_layers);
  g_autofree double *x = g_new (double, n_layers);
  g_auto (GStrv) names = dup_series (view, measure);

  for (guint i = 0; i < n_layers; i++)
    x[i] = layers[i];
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree double *y = dup_values (view, measure, condition, i, &n_layers);
      SondeStyle style = SONDE_STYLE_INIT;

      style.color = sonde_color_category (i);
      style.color.alpha = style.edge_color.alpha = ALPHA;
      style.line_width = style.edge_width = .5;
      style.marker = sonde_marker_category (i);
      style.marker_size = 8;
      sonde_panel_add_line (panel, x, y, n_layers, &style, names[i]);
    }
  sonde_panel_set_x_integer (panel, TRUE);
  sonde_panel_set_y_label (panel, get_axis_label (measure));
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
      draw_profile (view, panel, measure, condition);
      if (legend && laminar_view_get_n_series (view, measure) <= MAX_LEGEND_SERIES)
        sonde_panel_set_legend (panel, 2);
      if (measure == LAMINAR_SCORE)
        sonde_panel_set_y_limits (panel, find_low (view), 1);
    }
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
    {
      faces[i] = sonde_color_map_get (SONDE_COLOR_MAP_PLASMA, (double) layers[i] / sonde_investigation_get_n_layers (view->investigation));
      faces[i].alpha = ALPHA;
    }
  style.line_width = 0;
  style.marker = sonde_marker_category (series);
  style.marker_size = 10;
  style.edge_color.alpha = ALPHA;
  style.edge_width = 1;
  sonde_panel_add_points (panel, x, y, n_layers, faces, &style, NULL);
}

static void
draw_comparison (const LaminarView *view,
                 SondePanel *panel,
                 guint condition)
{
  for (guint i = 0; i < laminar_view_get_n_series (view, LAMINAR_RATIO); i++)
    {
      guint n_layers;
      g_autofree double *x = dup_values (view, LAMINAR_RATIO, condition, i, &n_layers);
      g_autofree double *y = dup_values (view, LAMINAR_DIMENSION, condition, i, &n_layers);

      add_layer_points (view, panel, x, y, i);
    }
  sonde_panel_set_x_label (panel, get_axis_label (LAMINAR_RATIO));
  sonde_panel_set_y_label (panel, get_axis_label (LAMINAR_DIMENSION));
}

/* RSA scores of the first condition against those of the second. */
static void
draw_rsa_comparison (const LaminarView *view,
                     SondePanel *panel)
{
  double low = find_low (view);

  for (guint i = 0; i < laminar_view_get_n_series (view, LAMINAR_SCORE); i++)
    {
      guint n_layers;
      g_autofree double *x = dup_values (view, LAMINAR_SCORE, 0, i, &n_layers);
      g_autofree double *y = dup_values (view, LAMINAR_SCORE, 1, i, &n_layers);

      add_layer_points (view, panel, x, y, i);
    }
  sonde_panel_set_x_label (panel, get_label (view, 0, SONDE_LABEL_SHORT_ATTRIBUTIVE));
  sonde_panel_set_y_label (panel, get_label (view, 1, SONDE_LABEL_SHORT_ATTRIBUTIVE));
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
                               : g_strdup_printf (_ ("%s comparison (%s)"), get_label (view, condition, SONDE_LABEL_SHORT_ATTRIBUTIVE), correlation);
  g_autofree char *title = sonde_label_dup_panel (letter, words);

  if (rsa)
    draw_rsa_comparison (view, panel);
  else
    draw_comparison (view, panel, condition);
  sonde_panel_set_title (panel, title);
  sonde_panel_set_color_bar (panel, SONDE_SIDE_RIGHT, SONDE_COLOR_MAP_PLASMA, 0, sonde_investigation_get_n_layers (view->investigation));
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
  if (laminar_view_get_n_series (view, view->present[LAMINAR_SCORE] ? LAMINAR_SCORE : LAMINAR_RATIO) > MAX_LEGEND_SERIES)
    g_string_append_printf (text, _ (" More than %d series have no legend: colours and markers follow the order of the tables."), MAX_LEGEND_SERIES);
  g_string_append_printf (text, _ (" Rows: %s."), rows);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static guint
count_measures (const LaminarView *view)
{
  return view->present[LAMINAR_RATIO] + view->present[LAMINAR_DIMENSION] + view->present[LAMINAR_SCORE];
}

/* A column a measure and a row a condition; below, in reading order, comparisons of measures and of conditions. */
SondeFigure *
laminar_figure_new_profile (const LaminarView *view)
{
  guint n_conditions = sonde_investigation_get_n_conditions (view->investigation);
  guint n_columns = count_measures (view);
  guint n_comparisons = view->present[LAMINAR_RATIO] && view->present[LAMINAR_DIMENSION] ? n_conditions : 0;
  gboolean rsa_comparison = view->present[LAMINAR_SCORE] && n_conditions > 1;
  guint n_below = n_comparisons + (rsa_comparison ? 1 : 0);
  guint n_rows = n_conditions + (n_below + n_columns - 1) / n_columns;
  SondeFigure *figure = sonde_figure_new ("laminar-profile", n_rows, n_columns, n_columns * 4 * 72, n_rows * 192);
  g_autofree char *caption = dup_profile_caption (view, n_comparisons, rsa_comparison);
  guint n_panels = 0;

  for (guint i = 0; i < n_conditions; i++)
    add_profiles (view, figure, i, &n_panels);
  for (guint i = 0; i < n_below; i++)
    add_comparison (view, sonde_figure_add_panel (figure, n_conditions + i / n_columns, i % n_columns), i >= n_comparisons, i, n_panels++);
  sonde_figure_set_caption (figure, caption);
  return figure;
}

/* A density of the values over layers, between the least and the largest; a line where all are equal. */
static void
add_violin (const LaminarView *view,
            SondePanel *panel,
            LaminarMeasure measure,
            guint condition,
            guint series)
{
  guint n_layers;
  g_autofree double *values = dup_values (view, measure, condition, series, &n_layers);
  double grid[N_DENSITY_POINTS];
  double density[N_DENSITY_POINTS];
  double low = INFINITY;
  double high = -INFINITY;
  gsize n_values = 0;
  SondeStyle style = SONDE_STYLE_INIT;
  gboolean spread;

  for (guint i = 0; i < n_layers; i++)
    if (!isnan (values[i]))
      {
        low = fmin (low, values[i]);
        high = fmax (high, values[i]);
        values[n_values++] = values[i];
      }
  if (n_values == 0)
    return;
  for (guint i = 0; i < N_DENSITY_POINTS; i++)
    grid[i] = low + (high - low) * i / (N_DENSITY_POINTS - 1);
  style.color = sonde_color_category (series);
  style.color.alpha = ALPHA;
  spread = sonde_math_kde (values, n_values, grid, N_DENSITY_POINTS, density) == SONDE_MATH_OK;
  if (!spread)
    density[0] = 1;
  sonde_panel_add_violin (panel, series, grid, density, spread ? N_DENSITY_POINTS : 1, .5, &style);
}

static void
add_violin_panel (const LaminarView *view,
                  SondePanel *panel,
                  LaminarMeasure measure,
                  guint condition,
                  guint letter)
{
  g_auto (GStrv) names = dup_series (view, measure);
  /* Translators: short for participation ratio, effective dimension and representational similarity in a title */
  const char *word = measure == LAMINAR_RATIO ? _ ("part.rat") : measure == LAMINAR_DIMENSION ? _ ("eff.dim")
                                                                                              : _ ("RSA");
  g_autofree char *words = g_strdup_printf ("%s %s", get_label (view, condition, SONDE_LABEL_SHORT_ATTRIBUTIVE), word);
  g_autofree char *title = sonde_label_dup_panel (letter, words);

  for (guint i = 0; names[i] != NULL; i++)
    add_violin (view, panel, measure, condition, i);
  sonde_panel_set_title (panel, title);
  sonde_panel_set_x_categories (panel, (const char *const *) names);
  sonde_panel_set_y_label (panel, get_axis_label (measure));
}

/* Scores have violins only where nothing else is attached: the two others are what the figure is about. */
static gboolean
has_violin (const LaminarView *view,
            LaminarMeasure measure)
{
  return view->present[measure] && (measure != LAMINAR_SCORE || count_measures (view) == 1);
}

SondeFigure *
laminar_figure_new_violin (const LaminarView *view)
{
  guint n_conditions = sonde_investigation_get_n_conditions (view->investigation);
  guint n_measures = has_violin (view, LAMINAR_RATIO) + has_violin (view, LAMINAR_DIMENSION) + has_violin (view, LAMINAR_SCORE);
  guint n_columns = MIN (n_conditions * n_measures, 4);
  guint n_rows = (n_conditions * n_measures + n_columns - 1) / n_columns;
  SondeFigure *figure = sonde_figure_new ("laminar-violin", n_rows, n_columns, n_columns * 3 * 72, n_rows * 3 * 72);
  g_autofree char *rows = sonde_label_dup_rows (view->investigation);
  g_autofree char *caption = NULL;
  guint n_panels = 0;

  for (guint i = 0; i < n_conditions; i++)
    for (LaminarMeasure measure = 0; measure < LAMINAR_N_MEASURES; measure++)
      if (has_violin (view, measure))
        {
          add_violin_panel (view, sonde_figure_add_panel (figure, n_panels / n_columns, n_panels % n_columns), measure, i, n_panels);
          n_panels++;
        }
  caption = g_strdup_printf (_ ("How the values of the profiles are distributed over layers: Gaussian kernel densities at %d points from the least to the "
                                "largest value, bandwidth by Scott’s rule, each scaled to the same width. Bars mark the least and the largest value; a "
                                "single line is a series whose values are all equal. Rows: %s."),
                             N_DENSITY_POINTS, rows);
  sonde_figure_set_caption (figure, caption);
  return figure;
}
