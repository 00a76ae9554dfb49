#define G_LOG_DOMAIN "sonde"

#include "laminar-private.h"

#include <math.h>

#include <glib/gi18n-lib.h>
#include <math/sonde-math.h>

#define MOST_DENSITY_POINTS 100
#define FEW_DENSITY_POINTS 32 /* of many violins, which are narrow */
#define PANEL_SIDE (3 * 72)
#define FIGURE_WIDTH (12 * 72)
#define VIOLIN_ROOM 11 /* of each of many violins, so that every name has room */

/* Many pairs are not a violin each: those of a stage are one. */
static gboolean
joins_pairs (const LaminarView *view,
             LaminarMeasure measure)
{
  return measure == LAMINAR_SCORE && laminar_view_has_many (view, measure);
}

static guint
get_n_violins (const LaminarView *view,
               LaminarMeasure measure)
{
  return joins_pairs (view, measure) ? sonde_investigation_get_n_stages (view->investigation) : laminar_view_get_n_series (view, measure);
}

static gboolean
belongs_to (const LaminarView *view,
            LaminarMeasure measure,
            guint series,
            guint violin)
{
  guint a;
  guint b;

  if (!joins_pairs (view, measure))
    return series == violin;
  sonde_stage_pair_get (sonde_investigation_get_n_stages (view->investigation), series, &a, &b);
  return a == violin || b == violin;
}

/* Defined values over all layers. */
static GArray *
collect_values (const LaminarView *view,
                LaminarMeasure measure,
                guint condition,
                guint violin)
{
  GArray *values = g_array_new (FALSE, FALSE, sizeof (double));
  guint n_layers;

  sonde_investigation_get_layers (view->investigation, &n_layers);
  for (guint i = 0; i < laminar_view_get_n_series (view, measure); i++)
    for (guint j = 0; belongs_to (view, measure, i, violin) && j < n_layers; j++)
      {
        const double value = laminar_view_get_value (view, measure, j, condition, i);

        if (!isnan (value))
          g_array_append_val (values, value);
      }
  return values;
}

static guint
get_n_points (const LaminarView *view)
{
  return sonde_investigation_get_n_stages (view->investigation) > SONDE_MOST_CATEGORIES ? FEW_DENSITY_POINTS : MOST_DENSITY_POINTS;
}

/* A density of the values over layers, between the least and the largest; a line where all are equal. */
static void
add_violin (const LaminarView *view,
            SondePanel *panel,
            LaminarMeasure measure,
            guint condition,
            guint violin)
{
  g_autoptr (GArray) array = collect_values (view, measure, condition, violin);
  const double *values = (const double *) array->data;
  const guint n_points = get_n_points (view);
  double grid[MOST_DENSITY_POINTS];
  double density[MOST_DENSITY_POINTS];
  double low = INFINITY;
  double high = -INFINITY;
  SondeStyle style = SONDE_STYLE_INIT;
  gboolean spread;

  for (guint i = 0; i < array->len; i++)
    {
      low = fmin (low, values[i]);
      high = fmax (high, values[i]);
    }
  if (array->len == 0)
    return;
  for (guint i = 0; i < n_points; i++)
    grid[i] = low + (high - low) * i / (n_points - 1);
  style.color = sonde_color_category_of (violin, get_n_violins (view, measure));
  style.color.alpha = LAMINAR_ALPHA;
  spread = sonde_math_kde (values, array->len, grid, n_points, density) == SONDE_MATH_OK;
  if (!spread)
    density[0] = 1;
  sonde_panel_add_violin (panel, violin, grid, density, spread ? n_points : 1, .5, &style);
}

static void
add_violin_panel (const LaminarView *view,
                  SondePanel *panel,
                  LaminarMeasure measure,
                  guint condition,
                  guint letter)
{
  g_auto (GStrv) names = joins_pairs (view, measure) ? sonde_label_dup_short_labels (view->investigation) : laminar_view_dup_series (view, measure);
  /* Translators: short for participation ratio, effective dimension and representational similarity in a title */
  const char *word = measure == LAMINAR_RATIO ? _ ("part.rat") : measure == LAMINAR_DIMENSION ? _ ("eff.dim")
                                                                                              : _ ("RSA");
  g_autofree char *words = g_strdup_printf ("%s %s", laminar_view_get_label (view, condition, SONDE_LABEL_SHORT_ATTRIBUTIVE), word);
  g_autofree char *title = sonde_label_dup_panel (letter, words);

  for (guint i = 0; i < get_n_violins (view, measure); i++)
    add_violin (view, panel, measure, condition, i);
  sonde_panel_set_title (panel, title);
  sonde_panel_set_x_categories (panel, (const char *const *) names);
  sonde_panel_set_y_label (panel, laminar_view_get_axis_label (measure));
}

/* Scores have violins only where nothing else is attached: the two others are what the figure is about. */
static gboolean
has_violin (const LaminarView *view,
            LaminarMeasure measure)
{
  return view->present[measure] && (measure != LAMINAR_SCORE || laminar_view_count_measures (view) == 1);
}

static char *
dup_caption (const LaminarView *view)
{
  g_autofree char *rows = sonde_label_dup_rows (view->investigation);
  const char *joined = has_violin (view, LAMINAR_SCORE) && joins_pairs (view, LAMINAR_SCORE) ? _ (" A stage’s scores are those of all pairs that it is in.") : "";

  return g_strdup_printf (_ ("How the values of the profiles are distributed over layers: Gaussian kernel densities at %d points from the least to the "
                             "largest value, bandwidth by Scott’s rule, each scaled to the same width. Bars mark the least and the largest value; a "
                             "single line is a series whose values are all equal.%s Rows: %s."),
                          get_n_points (view), joined, rows);
}

/* As many panels beside each other as leave their violins room. */
static SondeFigure *
new_grid (const LaminarView *view,
          guint n_panels)
{
  guint n_stages = sonde_investigation_get_n_stages (view->investigation);
  double wanted = n_stages > SONDE_MOST_CATEGORIES ? MIN (60 + VIOLIN_ROOM * (double) n_stages, FIGURE_WIDTH) : PANEL_SIDE;
  guint most_columns = (guint) (FIGURE_WIDTH / wanted);

  return sonde_figure_new_wrapped ("laminar-violin", n_panels, most_columns, FIGURE_WIDTH / (double) most_columns, PANEL_SIDE);
}

SondeFigure *
laminar_figure_new_violin (const LaminarView *view)
{
  guint n_conditions = sonde_investigation_get_n_conditions (view->investigation);
  guint n_measures = has_violin (view, LAMINAR_RATIO) + has_violin (view, LAMINAR_DIMENSION) + has_violin (view, LAMINAR_SCORE);
  SondeFigure *figure = new_grid (view, n_conditions * n_measures);
  g_autofree char *caption = dup_caption (view);
  guint n_panels = 0;

  for (guint i = 0; i < n_conditions; i++)
    for (LaminarMeasure measure = 0; measure < LAMINAR_N_MEASURES; measure++)
      if (has_violin (view, measure))
        add_violin_panel (view, sonde_figure_append_panel (figure), measure, i, n_panels++);
  sonde_figure_set_heading (figure, _ ("Distributions over the layers"));
  sonde_label_set_caption (figure, view->investigation, caption);
  return figure;
}
