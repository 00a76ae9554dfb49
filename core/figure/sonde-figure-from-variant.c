#define G_LOG_DOMAIN "sonde"

#include "sonde-figure-variant.h"

#include <math.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-figure-private.h"
#include "sonde-limits-private.h"

/* The data may come from a process that went wrong: whatever drawing relies on is checked before it is used. */

static gboolean
fail (const char *what,
      const char *expected,
      GError **error)
{
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("the data of a figure say no valid “%s”: %s is expected"), what, expected);
  return FALSE;
}

/* (transfer none): NULL where it is missing. */
static const char *
get_text (GVariant *dict,
          const char *key)
{
  const char *text = NULL;

  return g_variant_lookup (dict, key, "^&ay", &text) ? text : NULL;
}

static double
get_number (GVariant *dict,
            const char *key)
{
  double number = NAN;

  return g_variant_lookup (dict, key, "d", &number) ? number : NAN;
}

static gboolean
get_flag (GVariant *dict,
          const char *key,
          gboolean otherwise)
{
  gboolean flag;

  return g_variant_lookup (dict, key, "b", &flag) ? flag : otherwise;
}

static void
get_limits (GVariant *dict,
            const char *key,
            double *low,
            double *high)
{
  if (!g_variant_lookup (dict, key, "(dd)", low, high))
    *low = *high = NAN;
}

/* Numbers stay valid as long as @kept, which may be NULL. */
static const double *
get_numbers (GVariant *dict,
             const char *key,
             GVariant **kept,
             gsize *n)
{
  *n = 0;
  *kept = g_variant_lookup_value (dict, key, G_VARIANT_TYPE ("ad"));
  return *kept != NULL ? g_variant_get_fixed_array (*kept, n, sizeof (double)) : NULL;
}

static gboolean
get_style (GVariant *dict,
           SondeStyle *style,
           GError **error)
{
  guint32 marker;

  if (!g_variant_lookup (dict, "style", "((dddd)dud(dddd)d)", &style->color.red, &style->color.green, &style->color.blue, &style->color.alpha,
                         &style->line_width, &marker, &style->marker_size,
                         &style->edge_color.red, &style->edge_color.green, &style->edge_color.blue, &style->edge_color.alpha, &style->edge_width)
      || marker > SONDE_MARKER_DASH)
    return fail ("style", "((dddd)dud(dddd)d)", error);
  style->marker = marker;
  return TRUE;
}

/* ---- marks ---- */

static gboolean
add_curve (GVariant *dict,
           SondePanel *panel,
           gboolean points,
           GError **error)
{
  g_autoptr (GVariant) kept_x = NULL, kept_y = NULL, kept_faces = NULL;
  gsize n, n_y, n_faces = 0;
  const double *x = get_numbers (dict, "x", &kept_x, &n);
  const double *y = get_numbers (dict, "y", &kept_y, &n_y);
  const SondeColor *faces = NULL;
  SondeStyle style;

  if (n != n_y)
    return fail ("y", _ ("a number for each of x"), error);
  if (!get_style (dict, &style, error))
    return FALSE;
  kept_faces = g_variant_lookup_value (dict, "faces", G_VARIANT_TYPE ("a(dddd)"));
  if (kept_faces != NULL)
    faces = g_variant_get_fixed_array (kept_faces, &n_faces, sizeof *faces);
  if (kept_faces != NULL && n_faces != n)
    return fail ("faces", _ ("a colour for each of x"), error);
  if (points)
    sonde_panel_add_points (panel, x, y, n, faces, &style, get_text (dict, "label"));
  else
    sonde_panel_add_line (panel, x, y, n, &style, get_text (dict, "label"));
  return TRUE;
}

static gboolean
add_bar (GVariant *dict,
         SondePanel *panel,
         GError **error)
{
  SondeStyle style;

  if (!get_style (dict, &style, error))
    return FALSE;
  sonde_panel_add_bar (panel, get_number (dict, "position"), get_number (dict, "height"), get_number (dict, "width"), &style, get_text (dict, "label"));
  return TRUE;
}

static gboolean
add_violin (GVariant *dict,
            SondePanel *panel,
            GError **error)
{
  g_autoptr (GVariant) kept_density = NULL, kept_values = NULL;
  gsize n, n_values;
  const double *density = get_numbers (dict, "x", &kept_density, &n);
  const double *values = get_numbers (dict, "y", &kept_values, &n_values);
  SondeStyle style;

  if (n != n_values)
    return fail ("y", _ ("a number for each of x"), error);
  if (!get_style (dict, &style, error))
    return FALSE;
  sonde_panel_add_violin (panel, get_number (dict, "position"), values, density, n, get_number (dict, "width"), &style);
  return TRUE;
}

static gboolean
add_heat_map (GVariant *dict,
              SondePanel *panel,
              GError **error)
{
  g_autoptr (GVariant) kept = NULL;
  gsize n, n_cells;
  const double *values = get_numbers (dict, "y", &kept, &n);
  guint64 rows, columns;
  guint32 map;
  double low, high;

  if (!g_variant_lookup (dict, "rows", "t", &rows) || !g_variant_lookup (dict, "columns", "t", &columns) || !g_size_checked_mul (&n_cells, rows, columns) || n_cells != n)
    return fail ("y", _ ("a number for each cell"), error);
  if (!g_variant_lookup (dict, "map", "u", &map) || map > SONDE_COLOR_MAP_GRAY)
    return fail ("map", _ ("the number of a colour map"), error);
  get_limits (dict, "limits", &low, &high);
  sonde_panel_add_heat_map (panel, values, rows, columns, map, low, high);
  return TRUE;
}

static gboolean
add_mark (GVariant *dict,
          SondePanel *panel,
          GError **error)
{
  const char *kind = "";

  g_variant_lookup (dict, "kind", "&s", &kind);
  if (g_str_equal (kind, "line") || g_str_equal (kind, "points"))
    return add_curve (dict, panel, g_str_equal (kind, "points"), error);
  if (g_str_equal (kind, "bar"))
    return add_bar (dict, panel, error);
  if (g_str_equal (kind, "violin"))
    return add_violin (dict, panel, error);
  if (g_str_equal (kind, "heat-map"))
    return add_heat_map (dict, panel, error);
  return fail ("kind", _ ("one of line, points, bar, heat-map, violin"), error);
}

/* ---- panels ---- */

static gboolean
set_bar (GVariant *dict,
         SondePanel *panel,
         GError **error)
{
  g_autoptr (GVariant) bar = g_variant_lookup_value (dict, "bar", NULL);
  guint32 side, map;
  double low, high;

  sonde_panel_set_color_label (panel, get_text (dict, "bar-label"));
  if (bar == NULL)
    return TRUE;
  if (!g_variant_is_of_type (bar, G_VARIANT_TYPE ("(uudd)")))
    return fail ("bar", "(uudd)", error);
  g_variant_get (bar, "(uudd)", &side, &map, &low, &high);
  if (side > SONDE_SIDE_TOP || map > SONDE_COLOR_MAP_GRAY)
    return fail ("bar", _ ("the numbers of a side and of a colour map"), error);
  sonde_panel_set_color_bar (panel, side, map, low, high);
  return TRUE;
}

static void
set_axes (GVariant *dict,
          SondePanel *panel)
{
  g_autofree const char **x_categories = NULL;
  g_autofree const char **y_categories = NULL;
  double low, high;

  if (g_variant_lookup (dict, "x-categories", "^a&ay", &x_categories))
    sonde_panel_set_x_categories (panel, x_categories);
  if (g_variant_lookup (dict, "y-categories", "^a&ay", &y_categories))
    sonde_panel_set_y_categories (panel, y_categories);
  get_limits (dict, "x-limits", &low, &high);
  sonde_panel_set_x_limits (panel, low, high);
  get_limits (dict, "y-limits", &low, &high);
  sonde_panel_set_y_limits (panel, low, high);
  sonde_panel_set_x_integer (panel, get_flag (dict, "x-integer", FALSE));
  sonde_panel_set_y_integer (panel, get_flag (dict, "y-integer", FALSE));
  sonde_panel_set_y_log (panel, get_flag (dict, "y-log", FALSE));
  sonde_panel_set_ticks (panel, get_flag (dict, "x-ticks", TRUE), get_flag (dict, "y-ticks", TRUE));
}

static gboolean
fill_panel (GVariant *dict,
            SondePanel *panel,
            GError **error)
{
  g_autoptr (GVariantIter) marks = NULL;
  GVariant *mark;
  guint32 columns = 0;

  sonde_panel_set_title (panel, get_text (dict, "title"));
  sonde_panel_set_x_label (panel, get_text (dict, "x-label"));
  sonde_panel_set_y_label (panel, get_text (dict, "y-label"));
  set_axes (dict, panel);
  sonde_panel_set_stretched (panel, get_flag (dict, "stretched", FALSE));
  g_variant_lookup (dict, "legend", "u", &columns);
  sonde_panel_set_legend (panel, columns);
  if (!set_bar (dict, panel, error))
    return FALSE;
  if (!g_variant_lookup (dict, "marks", "aa{sv}", &marks))
    return fail ("marks", "aa{sv}", error);
  while ((mark = g_variant_iter_next_value (marks)) != NULL)
    {
      g_autoptr (GVariant) owned = mark;

      if (!add_mark (owned, panel, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
fill_figure (GVariant *dict,
             SondeFigure *figure,
             guint n_rows,
             guint n_columns,
             GError **error)
{
  g_autoptr (GVariantIter) panels = NULL;
  g_autofree gboolean *taken = g_new0 (gboolean, n_rows * n_columns);
  guint32 row, column;
  GVariant *panel;

  if (!g_variant_lookup (dict, "panels", "a(uua{sv})", &panels))
    return fail ("panels", "a(uua{sv})", error);
  while (g_variant_iter_next (panels, "(uu@a{sv})", &row, &column, &panel))
    {
      g_autoptr (GVariant) owned = panel;

      if (row >= n_rows || column >= n_columns || taken[row * n_columns + column])
        return fail ("panels", _ ("each in a place of its own within the grid"), error);
      taken[row * n_columns + column] = TRUE;
      if (!fill_panel (owned, sonde_figure_add_panel (figure, row, column), error))
        return FALSE;
    }
  return TRUE;
}

/**
 * sonde_figure_new_from_variant:
 * @variant: what sonde_figure_to_variant() gave; it need not be in normal form
 *
 * Makes a figure from data. They may come from anywhere: sizes and types are checked.
 *
 * Returns: (transfer full): the same figure again; or %NULL with %SONDE_ERROR_FORMAT where @variant is none
 */
SondeFigure *
sonde_figure_new_from_variant (GVariant *variant,
                               GError **error)
{
  g_autoptr (SondeFigure) figure = NULL;
  const char *name;
  guint32 n_rows = 0, n_columns = 0;
  double width, height;

  g_return_val_if_fail (variant != NULL, NULL);

  if (!g_variant_is_of_type (variant, G_VARIANT_TYPE_VARDICT))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("the data of a figure have the type %s, where a{sv} is expected"), g_variant_get_type_string (variant));
      return NULL;
    }
  name = get_text (variant, "name");
  width = get_number (variant, "width");
  height = get_number (variant, "height");
  g_variant_lookup (variant, "rows", "u", &n_rows);
  g_variant_lookup (variant, "columns", "u", &n_columns);
  if (name == NULL || n_rows == 0 || n_rows > SONDE_MAX_PANELS || n_columns == 0 || n_columns > SONDE_MAX_PANELS || !(width > 0 && height > 0 && width < SONDE_MAX_POINTS && height < SONDE_MAX_POINTS))
    {
      g_autofree char *expected = g_strdup_printf (_ ("a name, a grid of at most %d x %d panels and lengths below %d points"), SONDE_MAX_PANELS, SONDE_MAX_PANELS, SONDE_MAX_POINTS);

      fail ("name, rows, columns, width, height", expected, error);
      return NULL;
    }
  figure = sonde_figure_new (name, n_rows, n_columns, width, height);
  sonde_figure_set_title (figure, get_text (variant, "title"));
  sonde_figure_set_heading (figure, get_text (variant, "heading"));
  sonde_figure_set_caption (figure, get_text (variant, "caption"));
  return fill_figure (variant, figure, n_rows, n_columns, error) ? g_steal_pointer (&figure) : NULL;
}
