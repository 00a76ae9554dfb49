#define G_LOG_DOMAIN "sonde"

#include "sonde-figure-variant.h"

#include "sonde-figure-private.h"
#include "sonde-mark-private.h"

static const char *const kind_names[] = {
  [SONDE_MARK_LINE] = "line",
  [SONDE_MARK_POINTS] = "points",
  [SONDE_MARK_BAR] = "bar",
  [SONDE_MARK_HEAT_MAP] = "heat-map",
  [SONDE_MARK_VIOLIN] = "violin",
};

static void
put_text (GVariantBuilder *builder,
          const char *key,
          const char *text)
{
  if (text != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_bytestring (text));
}

static void
put_texts (GVariantBuilder *builder,
           const char *key,
           char **texts)
{
  if (texts != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_bytestring_array ((const char *const *) texts, -1));
}

static void
put_numbers (GVariantBuilder *builder,
             const char *key,
             const double *numbers,
             gsize n)
{
  if (numbers != NULL)
    g_variant_builder_add (builder, "{sv}", key, g_variant_new_fixed_array (G_VARIANT_TYPE_DOUBLE, numbers, n, sizeof *numbers));
}

static void
put_number (GVariantBuilder *builder,
            const char *key,
            double number)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_double (number));
}

static void
put_limits (GVariantBuilder *builder,
            const char *key,
            double low,
            double high)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new ("(dd)", low, high));
}

static void
put_flag (GVariantBuilder *builder,
          const char *key,
          gboolean flag)
{
  g_variant_builder_add (builder, "{sv}", key, g_variant_new_boolean (flag));
}

static GVariant *
color_to_variant (const SondeColor *color)
{
  return g_variant_new ("(dddd)", color->red, color->green, color->blue, color->alpha);
}

static void
put_style (GVariantBuilder *builder,
           const SondeStyle *style)
{
  g_variant_builder_add (builder, "{sv}", "style",
                         g_variant_new ("(@(dddd)dud@(dddd)d)", color_to_variant (&style->color), style->line_width, (guint32) style->marker,
                                        style->marker_size, color_to_variant (&style->edge_color), style->edge_width));
}

static void
put_faces (GVariantBuilder *builder,
           const SondeMark *mark)
{
  GVariantBuilder faces;

  if (mark->faces == NULL)
    return;
  g_variant_builder_init (&faces, G_VARIANT_TYPE ("a(dddd)"));
  for (gsize i = 0; i < mark->n; i++)
    g_variant_builder_add_value (&faces, color_to_variant (&mark->faces[i]));
  g_variant_builder_add (builder, "{sv}", "faces", g_variant_builder_end (&faces));
}

static GVariant *
mark_to_variant (const SondeMark *mark)
{
  const gboolean heat_map = mark->kind == SONDE_MARK_HEAT_MAP;
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  g_variant_builder_add (&builder, "{sv}", "kind", g_variant_new_string (kind_names[mark->kind]));
  put_text (&builder, "label", mark->label);
  put_numbers (&builder, "x", mark->x, mark->n);
  put_numbers (&builder, "y", mark->y, heat_map ? mark->rows * mark->columns : mark->n);
  if (heat_map)
    {
      g_variant_builder_add (&builder, "{sv}", "rows", g_variant_new_uint64 (mark->rows));
      g_variant_builder_add (&builder, "{sv}", "columns", g_variant_new_uint64 (mark->columns));
      g_variant_builder_add (&builder, "{sv}", "map", g_variant_new_uint32 (mark->map));
      put_limits (&builder, "limits", mark->low, mark->high);
      return g_variant_builder_end (&builder);
    }
  put_style (&builder, &mark->style);
  put_faces (&builder, mark);
  if (mark->kind == SONDE_MARK_BAR || mark->kind == SONDE_MARK_VIOLIN)
    {
      put_number (&builder, "position", mark->position);
      put_number (&builder, "width", mark->width);
    }
  if (mark->kind == SONDE_MARK_BAR)
    put_number (&builder, "height", mark->height);
  return g_variant_builder_end (&builder);
}

static GVariant *
marks_to_variant (SondePanel *panel)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < panel->marks->len; i++)
    g_variant_builder_add_value (&builder, mark_to_variant (g_ptr_array_index (panel->marks, i)));
  return g_variant_builder_end (&builder);
}

static GVariant *
panel_to_variant (SondePanel *panel)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  put_text (&builder, "title", panel->title);
  put_text (&builder, "x-label", panel->x_label);
  put_text (&builder, "y-label", panel->y_label);
  put_texts (&builder, "x-categories", panel->x_categories);
  put_texts (&builder, "y-categories", panel->y_categories);
  put_limits (&builder, "x-limits", panel->x_low, panel->x_high);
  put_limits (&builder, "y-limits", panel->y_low, panel->y_high);
  put_flag (&builder, "x-integer", panel->x_integer);
  put_flag (&builder, "y-integer", panel->y_integer);
  put_flag (&builder, "y-log", panel->y_log);
  put_flag (&builder, "x-ticks", panel->x_ticks);
  put_flag (&builder, "y-ticks", panel->y_ticks);
  put_flag (&builder, "stretched", panel->stretched);
  g_variant_builder_add (&builder, "{sv}", "legend", g_variant_new_uint32 (panel->legend_columns));
  if (panel->has_bar)
    g_variant_builder_add (&builder, "{sv}", "bar", g_variant_new ("(uudd)", (guint32) panel->bar_side, (guint32) panel->bar_map, panel->bar_low, panel->bar_high));
  put_text (&builder, "bar-label", panel->bar_label);
  g_variant_builder_add (&builder, "{sv}", "marks", marks_to_variant (panel));
  return g_variant_builder_end (&builder);
}

static GVariant *
panels_to_variant (SondeFigure *figure)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(uua{sv})"));
  for (guint i = 0; i < sonde_figure_get_n_panels (figure); i++)
    {
      guint row, column;
      SondePanel *panel = _sonde_figure_get_panel (figure, i, &row, &column);

      g_variant_builder_add (&builder, "(uu@a{sv})", row, column, panel_to_variant (panel));
    }
  return g_variant_builder_end (&builder);
}

/**
 * sonde_figure_to_variant:
 * @self: a figure
 *
 * Tells a figure as data, so that another process can have it, or a test compare it.
 *
 * Returns: (transfer full): all that it was told, of type `a{sv}`, from which sonde_figure_new_from_variant() makes it again
 */
GVariant *
sonde_figure_to_variant (SondeFigure *self)
{
  GVariantBuilder builder;
  guint n_rows, n_columns;

  g_return_val_if_fail (SONDE_IS_FIGURE (self), NULL);

  _sonde_figure_get_grid (self, &n_rows, &n_columns);
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  put_text (&builder, "name", sonde_figure_get_name (self));
  put_text (&builder, "title", _sonde_figure_get_title (self));
  put_text (&builder, "heading", _sonde_figure_get_heading (self));
  put_text (&builder, "caption", sonde_figure_get_caption (self));
  g_variant_builder_add (&builder, "{sv}", "rows", g_variant_new_uint32 (n_rows));
  g_variant_builder_add (&builder, "{sv}", "columns", g_variant_new_uint32 (n_columns));
  put_number (&builder, "width", sonde_figure_get_width (self));
  put_number (&builder, "height", sonde_figure_get_height (self));
  g_variant_builder_add (&builder, "{sv}", "panels", panels_to_variant (self));
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}
