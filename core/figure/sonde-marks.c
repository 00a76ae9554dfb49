#define G_LOG_DOMAIN "sonde"
#include <glib/gi18n-lib.h>

#include "sonde-marks-private.h"

#include <math.h>

#include "sonde-theme-private.h"
#include "sonde-ticks-private.h"

/* Coordinates beyond this distance are cut off: cairo's fixed-point numbers end at eight millions. */
#define FAR_AWAY 2000

void
_sonde_view_map (const SondeView *view,
                 double x,
                 double y,
                 double *paper_x,
                 double *paper_y)
{
  *paper_x = view->box.x + _sonde_axis_map (view->x, x);
  *paper_y = view->box.y + view->box.height - _sonde_axis_map (view->y, y);
}

static gboolean
axis_contains (const SondeAxis *axis,
               double value)
{
  const double slack = 1e-9 * axis->length;
  const double at = _sonde_axis_map (axis, value);

  return isfinite (value) && at >= -slack && at <= axis->length + slack;
}

gboolean
_sonde_view_contains (const SondeView *view,
                      double x,
                      double y)
{
  return axis_contains (view->x, x) && axis_contains (view->y, y);
}

/* Liang and Barsky's algorithm (1984): the part [enter, leave] of the segment that is inside, and the borders that made it. */
typedef struct
{
  double enter, leave;
  int enter_border, leave_border; /* -1: the segment's own end */
} Clip;

static gboolean
clip_border (Clip *self,
             int border,
             double direction,
             double distance)
{
  if (direction == 0)
    return distance >= 0;
  if (direction < 0 && distance / direction > self->enter)
    {
      self->enter = distance / direction;
      self->enter_border = border;
    }
  else if (direction > 0 && distance / direction < self->leave)
    {
      self->leave = distance / direction;
      self->leave_border = border;
    }
  return self->enter <= self->leave;
}

/* The coordinate that lies on a border is that border, and not what rounding made of it: ends may be very far away. */
static void
set_end (const SondeRectangle *box,
         int border,
         double share,
         double dx,
         double dy,
         double *x,
         double *y)
{
  const double borders[] = { box->x, box->x + box->width, box->y, box->y + box->height };

  if (border < 0)
    return;
  *x = border < 2 ? borders[border] : CLAMP (*x + share * dx, borders[0], borders[1]);
  *y = border < 2 ? CLAMP (*y + share * dy, borders[2], borders[3]) : borders[border];
}

gboolean
_sonde_segment_clip (const SondeRectangle *box,
                     double *x0,
                     double *y0,
                     double *x1,
                     double *y1)
{
  const double dx = *x1 - *x0, dy = *y1 - *y0, x = *x0, y = *y0;
  Clip clip = { 0, 1, -1, -1 };

  if (!clip_border (&clip, 0, -dx, x - box->x) || !clip_border (&clip, 1, dx, box->x + box->width - x) || !clip_border (&clip, 2, -dy, y - box->y) || !clip_border (&clip, 3, dy, box->y + box->height - y))
    return FALSE;
  *x1 = clip.leave_border < 0 ? *x1 : x;
  *y1 = clip.leave_border < 0 ? *y1 : y;
  set_end (box, clip.enter_border, clip.enter, dx, dy, x0, y0);
  set_end (box, clip.leave_border, clip.leave, dx, dy, x1, y1);
  return TRUE;
}

double
_sonde_view_get_marker_size (const SondeView *view,
                             const double *x,
                             gsize n,
                             double wanted)
{
  double closest = wanted;

  for (gsize i = 1; i < n; i++)
    {
      const double distance = fabs (_sonde_axis_map (view->x, x[i]) - _sonde_axis_map (view->x, x[i - 1]));

      if (isfinite (distance) && distance > 1e-6)
        closest = MIN (closest, distance);
    }
  return MIN (wanted, MAX (closest * 1.15, wanted * 0.45));
}

/* Shapes may touch the limits with half their line; data outside are cut off. */
static void
clip_to_box (cairo_t *cr,
             const SondeRectangle *box,
             double beyond)
{
  cairo_rectangle (cr, box->x - beyond, box->y - beyond, box->width + 2 * beyond, box->height + 2 * beyond);
  cairo_clip (cr);
}

static void
trace_line (cairo_t *cr,
            const SondeView *view,
            const double *x,
            const double *y,
            gsize n)
{
  const SondeRectangle around = { view->box.x - FAR_AWAY, view->box.y - FAR_AWAY, view->box.width + 2 * FAR_AWAY, view->box.height + 2 * FAR_AWAY };
  gboolean connected = FALSE;

  for (gsize i = 1; i < n; i++)
    {
      double x0, y0, x1, y1, whole_x, whole_y;

      if (!isfinite (x[i - 1]) || !isfinite (y[i - 1]) || !isfinite (x[i]) || !isfinite (y[i]))
        {
          connected = FALSE;
          continue;
        }
      _sonde_view_map (view, x[i - 1], y[i - 1], &x0, &y0);
      _sonde_view_map (view, x[i], y[i], &x1, &y1);
      whole_x = x1;
      whole_y = y1;
      if (!_sonde_segment_clip (&around, &x0, &y0, &x1, &y1))
        {
          connected = FALSE;
          continue;
        }
      if (!connected)
        cairo_move_to (cr, x0, y0);
      cairo_line_to (cr, x1, y1);
      connected = x1 == whole_x && y1 == whole_y;
    }
}

/* A point with no neighbour has no segment; without a marker it would be invisible. */
static void
draw_lonely_points (cairo_t *cr,
                    const SondeView *view,
                    const double *x,
                    const double *y,
                    gsize n,
                    const SondeStyle *style)
{
  for (gsize i = 0; i < n; i++)
    {
      const gboolean before = i > 0 && isfinite (x[i - 1]) && isfinite (y[i - 1]);
      const gboolean after = i + 1 < n && isfinite (x[i + 1]) && isfinite (y[i + 1]);
      double paper_x, paper_y;

      if (before || after || !_sonde_view_contains (view, x[i], y[i]))
        continue;
      _sonde_view_map (view, x[i], y[i], &paper_x, &paper_y);
      _sonde_marker_draw (cr, paper_x, paper_y, SONDE_MARKER_CIRCLE, MAX (style->line_width * 2, 3), &style->color, style);
    }
}

void
_sonde_line_draw (cairo_t *cr,
                  const SondeView *view,
                  const double *x,
                  const double *y,
                  gsize n,
                  const SondeStyle *style)
{
  if (style->line_width > 0)
    {
      cairo_save (cr);
      clip_to_box (cr, &view->box, style->line_width / 2);
      trace_line (cr, view, x, y, n);
      _sonde_color_set (cr, &style->color);
      cairo_set_line_width (cr, style->line_width);
      cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
      cairo_set_line_cap (cr, CAIRO_LINE_CAP_ROUND);
      cairo_stroke (cr);
      cairo_restore (cr);
    }
  if (style->marker != SONDE_MARKER_NONE)
    {
      SondeStyle marker = *style;

      marker.marker_size = _sonde_view_get_marker_size (view, x, n, style->marker_size);
      _sonde_points_draw (cr, view, x, y, n, NULL, &marker);
    }
  else
    {
      draw_lonely_points (cr, view, x, y, n, style);
    }
}

void
_sonde_points_draw (cairo_t *cr,
                    const SondeView *view,
                    const double *x,
                    const double *y,
                    gsize n,
                    const SondeColor *faces,
                    const SondeStyle *style)
{
  for (gsize i = 0; i < n; i++)
    {
      double paper_x, paper_y;

      if (!_sonde_view_contains (view, x[i], y[i]))
        continue;
      _sonde_view_map (view, x[i], y[i], &paper_x, &paper_y);
      _sonde_marker_draw (cr, paper_x, paper_y, style->marker, style->marker_size, faces != NULL ? &faces[i] : &style->color, style);
    }
}

/* A word in the place of a bar that cannot be seen, standing on the axis. */
static void
draw_bar_note (cairo_t *cr,
               const SondeView *view,
               SondeTypesetter *typesetter,
               double center,
               double room,
               const char *note)
{
  g_autoptr (PangoLayout) layout = _sonde_typesetter_set (typesetter, note, SONDE_FONT_SMALL, view->box.height);
  const double foot = view->box.y + view->box.height - 3;
  double width, height;

  if (center < view->box.x || center > view->box.x + view->box.width)
    return;
  _sonde_layout_get_size (layout, &width, &height);
  _sonde_ink_set (cr, SONDE_INK_PALE, 1);
  if (width <= room)
    _sonde_layout_draw (layout, cr, center, foot, 0.5, 1, 0);
  else
    _sonde_layout_draw (layout, cr, center, foot, 0, 0.5, -G_PI / 2);
}

void
_sonde_bar_draw (cairo_t *cr,
                 const SondeView *view,
                 SondeTypesetter *typesetter,
                 double x,
                 double height,
                 double width,
                 const SondeStyle *style)
{
  const double floor_y = view->box.y + view->box.height, ceiling_y = view->box.y;
  double left, right, base, top, center;

  if (!isfinite (x) || !isfinite (width))
    return;
  _sonde_view_map (view, x - width / 2, 0, &left, &base);
  _sonde_view_map (view, x + width / 2, isnan (height) ? 0 : height, &right, &top);
  center = (left + right) / 2;
  if (isnan (height))
    {
      draw_bar_note (cr, view, typesetter, center, fabs (right - left), _ ("undefined"));
      return;
    }
  if (base >= floor_y && top >= floor_y + 0.05)
    {
      g_autofree char *number = _sonde_tick_format (height, 2);
      g_autofree char *note = g_strconcat ("\u2193\u2009", number, NULL);

      /* Wholly under the lower limit: the number says that it is not missing. */
      draw_bar_note (cr, view, typesetter, center, fabs (right - left), note);
      return;
    }
  base = CLAMP (base, ceiling_y - FAR_AWAY, floor_y + FAR_AWAY);
  top = CLAMP (top, ceiling_y - FAR_AWAY, floor_y + FAR_AWAY);

  cairo_save (cr);
  clip_to_box (cr, &view->box, style->edge_width / 2);
  cairo_rectangle (cr, MIN (left, right), MIN (base, top), fabs (right - left), fabs (base - top));
  _sonde_color_set (cr, &style->color);
  cairo_fill_preserve (cr);
  if (style->edge_width > 0)
    {
      _sonde_color_set (cr, &style->edge_color);
      cairo_set_line_width (cr, style->edge_width);
      cairo_stroke (cr);
    }
  cairo_new_path (cr);
  cairo_restore (cr);
}

/* Right side upwards, left side downwards. Values that are not finite are left out. */
static void
trace_violin (cairo_t *cr,
              const SondeView *view,
              double x,
              const double *values,
              const double *density,
              gsize n,
              double scale)
{
  for (gsize step = 0; step < 2 * n; step++)
    {
      const gsize i = step < n ? step : 2 * n - 1 - step;
      const double half = (step < n ? 1 : -1) * density[i] * scale;
      double paper_x, paper_y;

      if (!isfinite (values[i]) || !isfinite (half))
        continue;
      _sonde_view_map (view, x + half, values[i], &paper_x, &paper_y);
      cairo_line_to (cr, paper_x, CLAMP (paper_y, view->box.y - FAR_AWAY, view->box.y + view->box.height + FAR_AWAY));
    }
  cairo_close_path (cr);
}

static void
draw_violin_bars (cairo_t *cr,
                  const SondeView *view,
                  double x,
                  double low,
                  double high,
                  double width,
                  const SondeStyle *style)
{
  double left, right, middle, bottom, top;

  _sonde_view_map (view, x - width / 4, low, &left, &bottom);
  _sonde_view_map (view, x + width / 4, high, &right, &top);
  bottom = CLAMP (bottom, view->box.y - FAR_AWAY, view->box.y + view->box.height + FAR_AWAY);
  top = CLAMP (top, view->box.y - FAR_AWAY, view->box.y + view->box.height + FAR_AWAY);
  middle = (left + right) / 2;
  _sonde_color_set (cr, &style->edge_color);
  cairo_set_line_width (cr, style->edge_width > 0 ? style->edge_width : style->line_width);
  cairo_set_line_cap (cr, CAIRO_LINE_CAP_BUTT);
  cairo_move_to (cr, middle, bottom);
  cairo_line_to (cr, middle, top);
  cairo_move_to (cr, left, bottom);
  cairo_line_to (cr, right, bottom);
  cairo_move_to (cr, left, top);
  cairo_line_to (cr, right, top);
  cairo_stroke (cr);
}

void
_sonde_violin_draw (cairo_t *cr,
                    const SondeView *view,
                    double x,
                    const double *values,
                    const double *density,
                    gsize n,
                    double width,
                    const SondeStyle *style)
{
  const double beyond = MAX (style->edge_width, style->line_width) / 2;
  double low = INFINITY, high = -INFINITY, widest = 0;

  for (gsize i = 0; i < n; i++)
    if (isfinite (values[i]))
      {
        low = MIN (low, values[i]);
        high = MAX (high, values[i]);
        widest = isfinite (density[i]) ? MAX (widest, density[i]) : widest;
      }
  if (low > high)
    return;

  cairo_save (cr);
  clip_to_box (cr, &view->box, beyond);
  if (widest > 0 && high > low)
    {
      trace_violin (cr, view, x, values, density, n, width / 2 / widest);
      _sonde_color_set (cr, &style->color);
      cairo_fill (cr);
    }
  draw_violin_bars (cr, view, x, low, high, high > low ? width : 2 * width, style);
  cairo_restore (cr);
}
