#define G_LOG_DOMAIN "sonde"

#include "sonde-panel-private.h"

#include <math.h>

#include "sonde-ticks-private.h"

#define MARGIN 0.05 /* of the data's range, where limits come from the data */
#define LEGEND_GAP 8
#define FREE 4 /* points of marks under a legend that nobody misses */

void
_sonde_panel_layout_clear (SondePanelLayout *layout)
{
  _sonde_axis_clear (&layout->x);
  _sonde_axis_clear (&layout->y);
  _sonde_color_bar_clear (&layout->bar);
  _sonde_legend_clear (&layout->legend);
  g_clear_object (&layout->title);
  g_clear_object (&layout->x_label);
  g_clear_object (&layout->y_label);
  g_clear_object (&layout->bar_label);
  *layout = (SondePanelLayout){ 0 };
}

static const SondeMark *
find_mark (SondePanel *self,
           SondeMarkKind kind)
{
  for (guint i = 0; i < self->marks->len; i++)
    {
      const SondeMark *mark = g_ptr_array_index (self->marks, i);

      if (mark->kind == kind)
        return mark;
    }
  return NULL;
}

static const SondeMark *
find_cells (SondePanel *self)
{
  const SondeMark *mark = find_mark (self, SONDE_MARK_HEAT_MAP);

  return mark != NULL && mark->rows > 0 ? mark : NULL;
}

gboolean
_sonde_panel_has_cells (SondePanel *self)
{
  return find_cells (self) != NULL;
}

/* Square cells, unless the matrix is so long that they would make a ribbon. */
double
_sonde_panel_get_aspect (SondePanel *self)
{
  const SondeMark *cells = find_cells (self);

  return cells != NULL && !self->stretched ? CLAMP (cells->rows / (double) cells->columns, 1 / 3.0, 3) : 0;
}

/* Half of the widest marker, which must not leave the box where limits come from the data. */
static double
marker_radius (SondePanel *self)
{
  double radius = 0;

  for (guint i = 0; i < self->marks->len; i++)
    {
      const SondeMark *mark = g_ptr_array_index (self->marks, i);

      if ((mark->kind == SONDE_MARK_LINE || mark->kind == SONDE_MARK_POINTS) && mark->style.marker != SONDE_MARKER_NONE && mark->n > 0)
        radius = MAX (radius, mark->style.marker_size / 2 + mark->style.edge_width);
    }
  return radius;
}

static gboolean
resolve_x (SondePanel *self,
           SondePanelLayout *layout,
           const SondeExtremes *data)
{
  const double radius = marker_radius (self);
  const gboolean cells = find_cells (self) != NULL;
  SondeLimits limits = {
    .set_low = self->x_low,
    .set_high = self->x_high,
    .data_low = data->x_low,
    .data_high = data->x_high,
    .stick_low = cells,
    .stick_high = cells,
    .margin = MARGIN,
    .pad = radius / layout->x.length,
    .integer = self->x_integer,
  };

  if (self->x_categories != NULL && !cells)
    {
      const double last = MAX (1, g_strv_length (self->x_categories)) - 1.0;

      /* Words own a unit each, whatever stands over them. */
      limits.data_low = fmin (data->x_low, -0.6);
      limits.data_high = fmax (data->x_high, last + 0.6);
      limits.stick_low = limits.stick_high = TRUE;
    }
  _sonde_limits_resolve (&limits, &layout->x.low, &layout->x.high);
  return !isnan (limits.data_low) || (isfinite (self->x_low) && isfinite (self->x_high));
}

static gboolean
resolve_y (SondePanel *self,
           SondePanelLayout *layout,
           const SondeExtremes *data)
{
  const gboolean cells = find_cells (self) != NULL, bars = find_mark (self, SONDE_MARK_BAR) != NULL;
  const double radius = marker_radius (self);
  SondeLimits limits = {
    .set_low = self->y_low,
    .set_high = self->y_high,
    .data_low = data->y_low,
    .data_high = data->y_high,
    .stick_low = cells || (bars && data->y_low == 0),
    .stick_high = cells || (bars && data->y_high == 0 && data->y_low < 0),
    .margin = MARGIN,
    .pad = radius / layout->y.length,
    .integer = self->y_integer,
  };

  /* Bars that are all 0 or undefined still stand on the axis. */
  if (bars && data->y_low == 0 && data->y_high == 0)
    limits.data_high = 1;
  _sonde_limits_resolve (&limits, &layout->y.low, &layout->y.high);
  /* Rows are counted from the top. */
  if (cells && !isfinite (self->y_low) && !isfinite (self->y_high))
    {
      const double low = layout->y.low;

      layout->y.low = layout->y.high;
      layout->y.high = low;
    }
  return !isnan (limits.data_low) || (isfinite (self->y_low) && isfinite (self->y_high));
}

static double
exponent_of (double value)
{
  return value > 0 && isfinite (value) ? log10 (value) : NAN;
}

/* In exponents of ten. Where there is a 0 it has the lowest decade for itself. */
static gboolean
resolve_y_log (SondePanel *self,
               SondePanelLayout *layout,
               const SondeExtremes *data)
{
  const gboolean zero = data->y_low <= 0;
  const double radius = marker_radius (self);
  SondeLimits limits = {
    .set_low = exponent_of (self->y_low),
    .set_high = exponent_of (self->y_high),
    .data_low = exponent_of (data->y_least),
    .data_high = exponent_of (data->y_high),
    .stick_low = zero,
    .margin = MARGIN,
    .pad = radius / layout->y.length,
  };

  layout->y.log = TRUE;
  layout->y_zero = NAN;
  if (zero && isnan (limits.data_low)) /* nothing but 0 */
    limits.data_low = limits.data_high = 0;
  if (!isnan (limits.data_low))
    _sonde_decades_widen (&limits.data_low, &limits.data_high);
  if (zero && isnan (limits.set_low))
    {
      layout->y_zero = floor (limits.data_low);
      limits.data_low = layout->y_zero - 1;
    }
  _sonde_limits_resolve (&limits, &layout->y.low, &layout->y.high);
  return !isnan (limits.data_low) || (isfinite (limits.set_low) && isfinite (limits.set_high));
}

/* Whole numbers beyond the data, as a layer -1 in the margin, mean nothing. */
static void
set_numbers (SondeAxis *axis,
             SondeTypesetter *typesetter,
             gboolean integer,
             double set_low,
             double set_high,
             double data_low,
             double data_high)
{
  const double first = integer && !isfinite (set_low) ? data_low : NAN;
  const double last = integer && !isfinite (set_high) ? data_high : NAN;

  _sonde_axis_set_numbers (axis, typesetter, SONDE_FONT_TICK, integer, first, last);
}

static void
set_y_ticks (SondePanel *self,
             SondeTypesetter *typesetter,
             SondePanelLayout *layout)
{
  if (self->y_ticks && self->y_categories != NULL)
    _sonde_axis_set_words (&layout->y, typesetter, (const char *const *) self->y_categories, layout->longest);
  else if (self->y_ticks && layout->y_known && layout->y.log)
    _sonde_axis_set_decades (&layout->y, typesetter, SONDE_FONT_TICK, layout->y_zero);
  else if (self->y_ticks && layout->y_known)
    set_numbers (&layout->y, typesetter, self->y_integer || find_cells (self) != NULL, self->y_low, self->y_high, layout->data.y_low, layout->data.y_high);
}

static void
measure_axes (SondePanel *self,
              SondeTypesetter *typesetter,
              double cell_width,
              double cell_height,
              SondePanelLayout *layout)
{
  const gboolean cells = find_cells (self) != NULL;
  SondeExtremes data = { NAN, NAN, NAN, NAN, NAN };
  gboolean x_known, y_known;

  for (guint i = 0; i < self->marks->len; i++)
    _sonde_mark_extend (g_ptr_array_index (self->marks, i), &data);
  layout->empty = isnan (data.x_low) || isnan (data.y_low);
  layout->x.edge = SONDE_EDGE_BOTTOM;
  layout->x.length = layout->box_width;
  layout->y.edge = SONDE_EDGE_LEFT;
  layout->y.length = layout->box_height;
  x_known = resolve_x (self, layout, &data);
  y_known = self->y_log && !cells ? resolve_y_log (self, layout, &data) : resolve_y (self, layout, &data);
  if (self->x_ticks && self->x_categories != NULL)
    _sonde_axis_set_words (&layout->x, typesetter, (const char *const *) self->x_categories, MIN (cell_height * 0.4, 120));
  else if (self->x_ticks && x_known)
    set_numbers (&layout->x, typesetter, self->x_integer || cells, self->x_low, self->x_high, data.x_low, data.x_high);
  layout->longest = MIN (cell_width * 0.28, 120);
  layout->data = data;
  layout->y_known = y_known;
  set_y_ticks (self, typesetter, layout);
}

static void
measure_bar (SondePanel *self,
             SondeTypesetter *typesetter,
             SondePanelLayout *layout)
{
  const SondeMark *cells = find_cells (self);
  const double low = isnan (self->bar_low) && cells != NULL ? cells->low : self->bar_low;
  const double high = isnan (self->bar_high) && cells != NULL ? cells->high : self->bar_high;

  if (self->has_bar)
    _sonde_color_bar_measure (&layout->bar, typesetter, self->bar_side, self->bar_map, low, high,
                              self->bar_side == SONDE_SIDE_TOP ? layout->box_width : layout->box_height);
}

static double
place_legend (SondePanel *self,
              SondePanelLayout *layout)
{
  const SondeView view = { { 0, 0, layout->box_width, layout->box_height }, &layout->x, &layout->y };

  return _sonde_legend_place (&layout->legend, self->marks, &view, &layout->legend_place);
}

/* Where a legend would hide data and the upper limit is ours to choose, the axis goes on above the data. */
static double
make_room (SondePanel *self,
           SondeTypesetter *typesetter,
           SondePanelLayout *layout)
{
  static const double shares[] = { 0, 0.05, 0.1, 0.15, 0.2, 0.24 };
  const double high = layout->y.high, range = layout->y.high - layout->y.low;
  const gboolean may = !isfinite (self->y_high) && !layout->empty && range > 0 && isfinite (range);
  double least = INFINITY, best = 0;

  for (guint i = 0; i < G_N_ELEMENTS (shares) && least > FREE; i++)
    {
      double cover;

      if (i > 0 && !may)
        break;
      layout->y.high = high + range * shares[i] / (1 - shares[i]);
      cover = place_legend (self, layout);
      if (cover < least)
        {
          least = cover;
          best = shares[i];
        }
    }
  layout->y.high = high + range * best / (1 - best);
  set_y_ticks (self, typesetter, layout);
  return place_legend (self, layout);
}

/* Where even that does not help, another shape of the legend may: the first that hides nothing, else the one that hides least. */
static void
reshape_legend (SondePanel *self,
                SondeTypesetter *typesetter,
                SondePanelLayout *layout)
{
  static const double scales[] = { 1, 0.8 };
  SondeTypesetter smaller = *typesetter;
  guint columns = self->legend_columns;
  double least = place_legend (self, layout), scale = 1;

  for (guint i = 0; i < 2 * 6 && least > FREE; i++)
    {
      double cover;

      smaller.scale = typesetter->scale * scales[i / 6];
      _sonde_legend_measure (&layout->legend, &smaller, self->marks, i % 6 + 1, layout->box_width, layout->box_height, 0, 0);
      cover = layout->legend.outside ? INFINITY : place_legend (self, layout);
      if (cover < least * 0.8)
        {
          least = cover;
          columns = i % 6 + 1;
          scale = scales[i / 6];
        }
    }
  smaller.scale = typesetter->scale * scale;
  _sonde_legend_measure (&layout->legend, &smaller, self->marks, columns, layout->box_width, layout->box_height, 0, 0);
  place_legend (self, layout);
}

static void
measure_legend (SondePanel *self,
                SondeTypesetter *typesetter,
                double cell_width,
                SondePanelLayout *layout)
{
  if (self->legend_columns == 0)
    return;
  _sonde_legend_measure (&layout->legend, typesetter, self->marks, self->legend_columns, layout->box_width, layout->box_height, cell_width * 0.45, layout->box_height);
  if (layout->legend.n_entries == 0 || layout->legend.outside)
    return;
  if (make_room (self, typesetter, layout) > FREE)
    reshape_legend (self, typesetter, layout);
}

static PangoLayout *
set_text (SondeTypesetter *typesetter,
          const char *text,
          SondeFont font,
          double width,
          guint n_lines)
{
  g_autofree char *escaped = NULL;

  if (text == NULL || *text == '\0')
    return NULL;
  escaped = _sonde_text_escape (text, font == SONDE_FONT_TITLE);
  g_strchomp (escaped);
  return _sonde_typesetter_fit (typesetter, escaped, font, width, n_lines);
}

static double
text_height (PangoLayout *layout)
{
  double width, height = 0;

  if (layout != NULL)
    _sonde_layout_get_size (layout, &width, &height);
  return height;
}

/* What stands around the box, added up from the box outwards. */
static void
add_up (SondePanel *self,
        SondeTypesetter *typesetter,
        SondePanelLayout *layout)
{
  const double scale = typesetter->scale;
  const gboolean bar_on_top = self->has_bar && self->bar_side == SONDE_SIDE_TOP;
  const double bar_right = layout->bar.extent + (layout->bar_label != NULL ? SONDE_LABEL_GAP * scale + text_height (layout->bar_label) : 0);
  double right = layout->x.after, top = layout->y.after, left = MAX (layout->x.before, 1);

  if (bar_on_top)
    {
      right = MAX (right, layout->bar.axis.after);
      left = MAX (left, layout->bar.axis.before);
      top = layout->bar.extent;
    }
  else if (self->has_bar)
    {
      right = MAX (right, bar_right);
      top = MAX (top, layout->bar.axis.after);
    }
  layout->bar_top = bar_on_top ? layout->bar.extent : 0;
  layout->beside = self->has_bar && !bar_on_top ? bar_right : 0;
  if (layout->legend.outside)
    {
      right += LEGEND_GAP * scale + layout->legend.width;
      layout->beside = right;
    }
  if (layout->title != NULL)
    top = MAX (top, layout->bar_top + SONDE_TITLE_GAP * scale + text_height (layout->title));
  layout->label_shift = layout->y.extent + SONDE_LABEL_GAP * scale;
  layout->left = MAX (left, layout->y.extent);
  if (layout->y_label != NULL)
    layout->left = MAX (left, layout->label_shift + text_height (layout->y_label));
  layout->bottom = MAX (layout->x.extent, layout->y.before);
  if (layout->x_label != NULL)
    layout->bottom = MAX (layout->bottom, layout->x.extent + SONDE_LABEL_GAP * scale + text_height (layout->x_label));
  layout->right = right;
  layout->top = top;
}

void
_sonde_panel_measure (SondePanel *self,
                      SondeTypesetter *typesetter,
                      double width,
                      double height,
                      double cell_width,
                      double cell_height,
                      SondePanelLayout *layout)
{
  const double aspect = _sonde_panel_get_aspect (self);

  _sonde_panel_layout_clear (layout);
  layout->box_width = aspect > 0 ? MIN (width, height / aspect) : width;
  layout->box_height = aspect > 0 ? layout->box_width * aspect : height;
  measure_axes (self, typesetter, cell_width, cell_height, layout);
  measure_bar (self, typesetter, layout);
  measure_legend (self, typesetter, cell_width, layout);
  layout->title = set_text (typesetter, self->title, SONDE_FONT_TITLE, cell_width, 3);
  layout->x_label = set_text (typesetter, self->x_label, SONDE_FONT_LABEL, cell_width, 2);
  if (self->has_bar && self->bar_side == SONDE_SIDE_RIGHT)
    layout->bar_label = set_text (typesetter, self->bar_label, SONDE_FONT_TICK, MIN (layout->box_height + 2 * SONDE_Y_LABEL_OVERHANG, cell_height), 2);
  layout->y_label = set_text (typesetter, self->y_label, SONDE_FONT_LABEL, MIN (layout->box_height + 2 * SONDE_Y_LABEL_OVERHANG, cell_height), 3);
  add_up (self, typesetter, layout);
}
