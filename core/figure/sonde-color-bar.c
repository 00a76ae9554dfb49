#define G_LOG_DOMAIN "sonde"

#include "sonde-color-bar-private.h"

#include <math.h>

#include "sonde-theme-private.h"
#include "sonde-ticks-private.h"

/* Straight pieces between this many of the map's colours cannot be told from the map itself. */
#define N_STOPS 33

void
_sonde_color_bar_measure (SondeColorBar *self,
                          SondeTypesetter *typesetter,
                          SondeSide side,
                          SondeColorMap map,
                          double low,
                          double high,
                          double length)
{
  const gboolean defined = isfinite (low) && isfinite (high);

  _sonde_color_bar_clear (self);
  self->map = map;
  self->gap = SONDE_COLOR_BAR_GAP * typesetter->scale;
  self->thickness = SONDE_COLOR_BAR_THICKNESS * typesetter->scale;
  if (defined)
    _sonde_limits_widen (&low, &high);
  self->axis.edge = side == SONDE_SIDE_TOP ? SONDE_EDGE_TOP : SONDE_EDGE_RIGHT;
  self->axis.low = defined ? low : 0;
  self->axis.high = defined ? high : 1;
  self->axis.length = length;
  if (defined)
    _sonde_axis_set_numbers (&self->axis, typesetter, SONDE_FONT_SMALL, FALSE, NAN, NAN);
  self->extent = self->gap + self->thickness + self->axis.extent;
}

static cairo_pattern_t *
gradient_new (SondeColorMap map,
              SondeTheme theme,
              double x0,
              double y0,
              double x1,
              double y1)
{
  cairo_pattern_t *pattern = cairo_pattern_create_linear (x0, y0, x1, y1);

  for (guint i = 0; i < N_STOPS; i++)
    {
      const double position = i / (N_STOPS - 1.0);
      const SondeColor color = sonde_color_map_get (map, position), found = _sonde_theme_adapt (theme, &color);

      cairo_pattern_add_color_stop_rgb (pattern, position, found.red, found.green, found.blue);
    }
  return pattern;
}

void
_sonde_color_bar_draw (const SondeColorBar *self,
                       cairo_t *cr,
                       double scale,
                       const SondeRectangle *box,
                       gboolean cells)
{
  const SondeTheme theme = cells ? SONDE_THEME_LIGHT : _sonde_theme_get (cr);
  const gboolean top = self->axis.edge == SONDE_EDGE_TOP;
  const double x = top ? box->x : box->x + box->width + self->gap;
  const double y = top ? box->y - self->gap - self->thickness : box->y;
  const double width = top ? box->width : self->thickness, height = top ? self->thickness : box->height;
  cairo_pattern_t *pattern = top ? gradient_new (self->map, theme, x, 0, x + width, 0) : gradient_new (self->map, theme, 0, y + height, 0, y);

  cairo_rectangle (cr, x, y, width, height);
  cairo_set_source (cr, pattern);
  cairo_fill_preserve (cr);
  cairo_pattern_destroy (pattern);
  _sonde_ink_set (cr, SONDE_INK, 1);
  cairo_set_line_width (cr, 0.8);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_MITER);
  cairo_stroke (cr);
  if (top)
    _sonde_axis_draw (&self->axis, cr, scale, x, y);
  else
    _sonde_axis_draw (&self->axis, cr, scale, x + width, y + height);
}

void
_sonde_color_bar_clear (SondeColorBar *self)
{
  _sonde_axis_clear (&self->axis);
  self->extent = 0;
}
