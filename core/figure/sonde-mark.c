#define G_LOG_DOMAIN "sonde"

#include "sonde-mark-private.h"

#include <math.h>

void
_sonde_mark_free (SondeMark *mark)
{
  g_free (mark->label);
  g_free (mark->x);
  g_free (mark->y);
  g_free (mark->faces);
  g_clear_pointer (&mark->image, _sonde_heat_image_free);
  g_free (mark);
}

static void
extend (double *low,
        double *high,
        double value)
{
  if (!isfinite (value))
    return;
  *low = isnan (*low) ? value : MIN (*low, value);
  *high = isnan (*high) ? value : MAX (*high, value);
}

static void
extend_y (SondeExtremes *e,
          double value)
{
  double unused = NAN;

  extend (&e->y_low, &e->y_high, value);
  if (value > 0)
    extend (&e->y_least, &unused, value);
}

void
_sonde_mark_extend (const SondeMark *mark,
                    SondeExtremes *e)
{
  switch (mark->kind)
    {
    case SONDE_MARK_BAR:
      extend (&e->x_low, &e->x_high, mark->position - mark->width / 2);
      extend (&e->x_low, &e->x_high, mark->position + mark->width / 2);
      extend_y (e, 0);
      extend_y (e, mark->height);
      break;
    case SONDE_MARK_VIOLIN:
      extend (&e->x_low, &e->x_high, mark->position - mark->width / 2);
      extend (&e->x_low, &e->x_high, mark->position + mark->width / 2);
      for (gsize i = 0; i < mark->n; i++)
        extend_y (e, mark->y[i]);
      break;
    case SONDE_MARK_HEAT_MAP:
      extend (&e->x_low, &e->x_high, -0.5);
      extend (&e->x_low, &e->x_high, mark->columns - 0.5);
      extend_y (e, -0.5);
      extend_y (e, mark->rows - 0.5);
      break;
    case SONDE_MARK_LINE:
    case SONDE_MARK_POINTS:
    default:
      for (gsize i = 0; i < mark->n; i++)
        if (isfinite (mark->x[i]) && isfinite (mark->y[i]))
          {
            extend (&e->x_low, &e->x_high, mark->x[i]);
            extend_y (e, mark->y[i]);
          }
    }
}

static void
draw_heat_map (const SondeMark *mark,
               cairo_t *cr,
               const SondeView *view)
{
  const SondeHeatMap map = { mark->y, mark->rows, mark->columns, mark->map, mark->low, mark->high, mark->image };
  double left, top, right, bottom;
  SondeRectangle cells;

  _sonde_view_map (view, -0.5, -0.5, &left, &top);
  _sonde_view_map (view, mark->columns - 0.5, mark->rows - 0.5, &right, &bottom);
  cells = (SondeRectangle){ MIN (left, right), MIN (top, bottom), fabs (right - left), fabs (bottom - top) };
  cairo_save (cr);
  cairo_rectangle (cr, view->box.x, view->box.y, view->box.width, view->box.height);
  cairo_clip (cr);
  _sonde_heat_map_draw (cr, &cells, &map);
  cairo_restore (cr);
}

void
_sonde_mark_draw (const SondeMark *mark,
                  cairo_t *cr,
                  const SondeView *view,
                  SondeTypesetter *typesetter)
{
  switch (mark->kind)
    {
    case SONDE_MARK_LINE:
      _sonde_line_draw (cr, view, mark->x, mark->y, mark->n, &mark->style);
      break;
    case SONDE_MARK_POINTS:
      _sonde_points_draw (cr, view, mark->x, mark->y, mark->n, mark->faces, &mark->style);
      break;
    case SONDE_MARK_BAR:
      _sonde_bar_draw (cr, view, typesetter, mark->position, mark->height, mark->width, &mark->style);
      break;
    case SONDE_MARK_HEAT_MAP:
      draw_heat_map (mark, cr, view);
      break;
    case SONDE_MARK_VIOLIN:
      _sonde_violin_draw (cr, view, mark->position, mark->y, mark->x, mark->n, mark->width, &mark->style);
      break;
    default:
      break;
    }
}

static double
overlap (double low,
         double high,
         double other_low,
         double other_high)
{
  return MAX (0, MIN (MAX (low, high), other_high) - MAX (MIN (low, high), other_low));
}

static double
cover_of_area (const SondeView *view,
               const SondeRectangle *box,
               double x0,
               double y0,
               double x1,
               double y1)
{
  double left, bottom, right, top;

  _sonde_view_map (view, x0, y0, &left, &bottom);
  _sonde_view_map (view, x1, y1, &right, &top);
  return overlap (left, right, box->x, box->x + box->width) * overlap (bottom, top, box->y, box->y + box->height) / 8;
}

static double
cover_of_points (const SondeMark *mark,
                 const SondeView *view,
                 const SondeRectangle *box,
                 gsize every)
{
  const double reach = mark->style.marker_size / 2;
  double cover = 0;

  for (gsize i = 0; i < mark->n; i += every)
    {
      double x, y;

      if (!_sonde_view_contains (view, mark->x[i], mark->y[i]))
        continue;
      _sonde_view_map (view, mark->x[i], mark->y[i], &x, &y);
      if (x > box->x - reach && x < box->x + box->width + reach && y > box->y - reach && y < box->y + box->height + reach)
        cover += mark->style.marker_size;
    }
  return cover;
}

/* Points between gaps are no part of any segment. */
static double
cover_of_lonely_points (const SondeMark *mark,
                        const SondeView *view,
                        const SondeRectangle *box)
{
  double cover = 0;

  for (gsize i = 0; i < mark->n; i++)
    {
      const gboolean before = i > 0 && isfinite (mark->x[i - 1]) && isfinite (mark->y[i - 1]);
      const gboolean after = i + 1 < mark->n && isfinite (mark->x[i + 1]) && isfinite (mark->y[i + 1]);
      double x, y;

      if (before || after || !_sonde_view_contains (view, mark->x[i], mark->y[i]))
        continue;
      _sonde_view_map (view, mark->x[i], mark->y[i], &x, &y);
      if (x > box->x && x < box->x + box->width && y > box->y && y < box->y + box->height)
        cover += 8;
    }
  return cover;
}

static double
cover_of_line (const SondeMark *mark,
               const SondeView *view,
               const SondeRectangle *box,
               gsize every)
{
  double cover = mark->style.marker != SONDE_MARKER_NONE ? cover_of_points (mark, view, box, every) : 0;

  for (gsize i = every; i < mark->n; i += every)
    {
      const gsize from = i - every;
      double x0, y0, x1, y1;

      if (!isfinite (mark->x[from]) || !isfinite (mark->y[from]) || !isfinite (mark->x[i]) || !isfinite (mark->y[i]))
        continue;
      _sonde_view_map (view, mark->x[from], mark->y[from], &x0, &y0);
      _sonde_view_map (view, mark->x[i], mark->y[i], &x1, &y1);
      if (_sonde_segment_clip (box, &x0, &y0, &x1, &y1))
        cover += hypot (x1 - x0, y1 - y0);
    }
  return every == 1 ? cover + cover_of_lonely_points (mark, view, box) : cover;
}

double
_sonde_mark_get_cover (const SondeMark *mark,
                       const SondeView *view,
                       const SondeRectangle *box,
                       gsize every)
{
  SondeExtremes e = { NAN, NAN, NAN, NAN, NAN };

  switch (mark->kind)
    {
    case SONDE_MARK_LINE:
      return cover_of_line (mark, view, box, every);
    case SONDE_MARK_POINTS:
      return cover_of_points (mark, view, box, every);
    case SONDE_MARK_BAR:
    case SONDE_MARK_VIOLIN:
    case SONDE_MARK_HEAT_MAP:
    default:
      _sonde_mark_extend (mark, &e);
      return isnan (e.x_low + e.y_low) ? 0 : cover_of_area (view, box, e.x_low, e.y_low, e.x_high, e.y_high);
    }
}
