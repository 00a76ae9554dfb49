#include "diff.h"

#include <math.h>

#include <glib/gi18n-lib.h>

#define MOST_CONDITIONS 4 /* with rows of panels of their own */
#define PANEL_WIDTH 270
#define PANEL_HEIGHT 216
#define ALPHA .7

typedef enum
{
  ABSOLUTE,
  RELATIVE,
  COSINE,
  PEARSON,
  N_MEASURES,
} Measure;

static const char *
get_label (Measure measure)
{
  switch (measure)
    {
    case ABSOLUTE:
      return _ ("Largest absolute difference");
    case RELATIVE:
      return _ ("Largest relative difference");
    case COSINE:
      return _ ("1 \u2212 cosine");
    case PEARSON:
    case N_MEASURES:
    default:
      return _ ("1 \u2212 Pearson r");
    }
}

/* What is 0 where both sides are equal. */
static double
get_value (const DiffSite *site,
           Measure measure)
{
  switch (measure)
    {
    case ABSOLUTE:
      return site->difference.absolute;
    case RELATIVE:
      return site->difference.relative;
    case COSINE:
      return 1 - site->difference.cosine;
    case PEARSON:
    case N_MEASURES:
    default:
      return 1 - site->difference.pearson;
    }
}

/* The larger; what is undefined only where both are. */
static double
worse_of (double a,
          double b)
{
  return isnan (a) || b > a ? b : a;
}

/* One stage over layers, of one condition, or, with @condition %G_MAXUINT, the worst of all. A stage of no layer is level. */
static void
fill_values (const Diff *diff,
             guint stage,
             guint condition,
             Measure measure,
             double *values)
{
  for (guint l = 0; l < diff->layers->len; l++)
    values[l] = NAN;
  for (guint i = 0; i < diff->sites->len; i++)
    {
      const DiffSite *site = &g_array_index (diff->sites, DiffSite, i);

      if (site->stage != stage || (condition != G_MAXUINT && site->condition != condition))
        continue;
      for (guint l = 0; l < diff->layers->len; l++)
        if (site->layer == SONDE_NO_LAYER || site->layer == g_array_index (diff->layers, guint, l))
          values[l] = worse_of (values[l], get_value (site, measure));
    }
}

/* A stage of no layer, of which there is one value: markers at every layer would say that there are many. */
static gboolean
is_level (const Diff *diff,
          guint stage,
          guint condition)
{
  for (guint i = 0; i < diff->sites->len; i++)
    {
      const DiffSite *site = &g_array_index (diff->sites, DiffSite, i);

      if (site->stage == stage && (condition == G_MAXUINT || site->condition == condition) && site->layer != SONDE_NO_LAYER)
        return FALSE;
    }
  return TRUE;
}

/* A thin line where the tolerance ends; one of 0 is the axis. */
static void
add_limit (const Diff *diff,
           SondePanel *panel,
           double limit)
{
  const double first = g_array_index (diff->layers, guint, 0);
  const double last = g_array_index (diff->layers, guint, diff->layers->len - 1);
  const double x[] = { first - .4, last + .4 };
  const double y[] = { limit, limit };
  SondeStyle style = SONDE_STYLE_INIT;

  style.color = (SondeColor){ .4, .4, .4, 1 };
  style.line_width = 1;
  if (limit > 0)
    sonde_panel_add_line (panel, x, y, 2, &style, _ ("tolerance"));
}

static void
add_stages (const Diff *diff,
            SondePanel *panel,
            guint condition,
            Measure measure)
{
  g_autofree double *x = g_new (double, diff->layers->len);
  g_autofree double *y = g_new (double, diff->layers->len);

  double ends[2];

  for (guint l = 0; l < diff->layers->len; l++)
    x[l] = g_array_index (diff->layers, guint, l);
  ends[0] = x[0];
  ends[1] = x[diff->layers->len - 1];
  for (guint s = 0; s < diff->stages->len; s++)
    {
      guint n = diff->layers->len;
      SondeStyle style = SONDE_STYLE_INIT;

      fill_values (diff, s, condition, measure, y);
      style.color = sonde_color_category (s);
      style.color.alpha = style.edge_color.alpha = ALPHA;
      style.line_width = style.edge_width = .5;
      style.marker = sonde_marker_category (s);
      style.marker_size = 7;
      if (n > 2 && is_level (diff, s, condition))
        n = 2;
      sonde_panel_add_line (panel, n == 2 ? ends : x, y, n, &style, diff_get_stage (diff, s)->of[0]->id);
    }
}

static void
add_panel (const Diff *diff,
           SondeFigure *figure,
           guint row,
           guint condition,
           Measure measure)
{
  SondePanel *panel = sonde_figure_add_panel (figure, row, measure);
  const char *words = condition == G_MAXUINT ? _ ("Worst of all conditions") : sonde_condition_get_label (diff_get_condition (diff, condition)->of[0], SONDE_LABEL_TITLE);
  g_autofree char *title = sonde_label_dup_panel (row * N_MEASURES + measure, words);

  sonde_panel_set_title (panel, title);
  sonde_panel_set_x_label (panel, _ ("Layer"));
  sonde_panel_set_y_label (panel, get_label (measure));
  sonde_panel_set_x_integer (panel, TRUE);
  sonde_panel_set_y_log (panel, TRUE);
  if (measure == ABSOLUTE)
    add_limit (diff, panel, diff->tolerance);
  if (measure == RELATIVE)
    add_limit (diff, panel, diff->relative);
  add_stages (diff, panel, condition, measure);
  if (row == 0 && measure == ABSOLUTE)
    sonde_panel_set_legend (panel, 1);
}

static char *
dup_caption (const Diff *diff,
             const char *a,
             const char *b)
{
  const gboolean worst = diff->conditions->len > MOST_CONDITIONS;
  GString *caption = g_string_new (NULL);
  char text[32];
  char share[32];

  g_string_append_printf (caption, _ ("%s against %s, one line a stage over layers: the largest absolute difference of two numbers, the largest as a share of the larger of the two, and by how much cosine and Pearson correlation of all numbers fall short of 1. "), a, b);
  g_string_append (caption, _ ("What is equal stands at 0, the start of each axis. A stage that belongs to no layer is level; a gap is infinite or undefined. "));
  if (worst)
    g_string_append_printf (caption, _ ("Of %u conditions each point is the worst. "), diff->conditions->len);
  g_ascii_formatd (text, sizeof text, "%g", diff->tolerance);
  if (diff->relative > 0)
    g_string_append_printf (caption, _ ("Tolerance: %s, and %s times the second number."), text, g_ascii_formatd (share, sizeof share, "%g", diff->relative));
  else
    g_string_append_printf (caption, _ ("Tolerance: %s."), text);
  return g_string_free (caption, FALSE);
}

SondeFigure *
diff_new_figure (const Diff *diff)
{
  const gboolean worst = diff->conditions->len > MOST_CONDITIONS;
  const guint n_rows = worst ? 1 : diff->conditions->len;
  g_autofree char *a = g_filename_display_basename (diff->sides[0].path);
  g_autofree char *b = g_filename_display_basename (diff->sides[1].path);
  /* Translators: the names of two files or models */
  g_autofree char *title = g_strdup_printf (_ ("%s against %s"), a, b);
  g_autofree char *caption = dup_caption (diff, a, b);
  SondeFigure *figure = sonde_figure_new ("diff", n_rows, N_MEASURES, N_MEASURES * PANEL_WIDTH, 24 + n_rows * PANEL_HEIGHT);

  sonde_figure_set_title (figure, title);
  sonde_figure_set_caption (figure, caption);
  for (guint row = 0; row < n_rows; row++)
    for (Measure measure = 0; measure < N_MEASURES; measure++)
      add_panel (diff, figure, row, worst ? G_MAXUINT : row, measure);
  return figure;
}
