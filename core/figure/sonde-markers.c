#define G_LOG_DOMAIN "sonde"

#include "sonde-marks-private.h"

#include <math.h>

#include "sonde-theme-private.h"

/* Outlines in units of the radius, y downwards. */
typedef struct
{
  double x, y;
} Vertex;

static const Vertex square[] = { { -0.92, -0.92 }, { 0.92, -0.92 }, { 0.92, 0.92 }, { -0.92, 0.92 } };
static const Vertex triangle[] = { { 0, -1.05 }, { 1.05, 0.95 }, { -1.05, 0.95 } };
static const Vertex triangle_down[] = { { 0, 1.05 }, { -1.05, -0.95 }, { 1.05, -0.95 } };
static const Vertex triangle_left[] = { { -1.05, 0 }, { 0.95, -1.05 }, { 0.95, 1.05 } };
static const Vertex triangle_right[] = { { 1.05, 0 }, { -0.95, 1.05 }, { -0.95, -1.05 } };
static const Vertex dash[] = { { -1.15, -0.42 }, { 1.15, -0.42 }, { 1.15, 0.42 }, { -1.15, 0.42 } };
static const Vertex hourglass[] = { { -1, -1.05 }, { 1, -1.05 }, { 0.2, 0 }, { 1, 1.05 }, { -1, 1.05 }, { -0.2, 0 } };
static const Vertex plus[] = {
  { -0.36, -1 },
  { 0.36, -1 },
  { 0.36, -0.36 },
  { 1, -0.36 },
  { 1, 0.36 },
  { 0.36, 0.36 },
  { 0.36, 1 },
  { -0.36, 1 },
  { -0.36, 0.36 },
  { -1, 0.36 },
  { -1, -0.36 },
  { -0.36, -0.36 },
};
static const Vertex cross[] = {
  { -0.5, -1 },
  { 0, -0.5 },
  { 0.5, -1 },
  { 1, -0.5 },
  { 0.5, 0 },
  { 1, 0.5 },
  { 0.5, 1 },
  { 0, 0.5 },
  { -0.5, 1 },
  { -1, 0.5 },
  { -0.5, 0 },
  { -1, -0.5 },
};
static const Vertex diamond[] = { { 0, -1.2 }, { 1.2, 0 }, { 0, 1.2 }, { -1.2, 0 } };

/**
 * sonde_marker_category:
 * @index: number of a category, from 0
 *
 * Gives the marker of a series of a profile. There are as many as sonde_color_category() has colours; a hexagon is none of them, as it
 * could be taken for a circle.
 *
 * Returns: square, circle, triangle, plus, star, cross, diamond, triangle down, hourglass, dash, triangle left, triangle right, then from
 * the start again
 */
SondeMarker
sonde_marker_category (guint index)
{
  static const SondeMarker markers[] = {
    SONDE_MARKER_SQUARE,
    SONDE_MARKER_CIRCLE,
    SONDE_MARKER_TRIANGLE,
    SONDE_MARKER_PLUS,
    SONDE_MARKER_STAR,
    SONDE_MARKER_CROSS,
    SONDE_MARKER_DIAMOND,
    SONDE_MARKER_TRIANGLE_DOWN,
    SONDE_MARKER_HOURGLASS,
    SONDE_MARKER_DASH,
    SONDE_MARKER_TRIANGLE_LEFT,
    SONDE_MARKER_TRIANGLE_RIGHT,
  };

  G_STATIC_ASSERT (G_N_ELEMENTS (markers) == SONDE_MOST_CATEGORIES);

  return markers[index % G_N_ELEMENTS (markers)];
}

static void
trace (cairo_t *cr,
       double x,
       double y,
       double radius,
       const Vertex *vertices,
       guint n)
{
  for (guint i = 0; i < n; i++)
    cairo_line_to (cr, x + radius * vertices[i].x, y + radius * vertices[i].y);
  cairo_close_path (cr);
}

/* Corners at equal angles from the top, on two radii in turn where @inner is not 1. */
static void
trace_regular (cairo_t *cr,
               double x,
               double y,
               double radius,
               guint n,
               double inner)
{
  for (guint i = 0; i < n; i++)
    {
      const double r = i % 2 == 0 ? radius : radius * inner;
      const double angle = 2 * G_PI * i / n;

      cairo_line_to (cr, x + r * sin (angle), y - r * cos (angle));
    }
  cairo_close_path (cr);
}

static void
trace_marker (cairo_t *cr,
              double x,
              double y,
              SondeMarker marker,
              double radius)
{
  switch (marker)
    {
    case SONDE_MARKER_SQUARE:
      trace (cr, x, y, radius, square, G_N_ELEMENTS (square));
      break;
    case SONDE_MARKER_TRIANGLE:
      trace (cr, x, y, radius, triangle, G_N_ELEMENTS (triangle));
      break;
    case SONDE_MARKER_PLUS:
      trace (cr, x, y, radius, plus, G_N_ELEMENTS (plus));
      break;
    case SONDE_MARKER_CROSS:
      trace (cr, x, y, radius, cross, G_N_ELEMENTS (cross));
      break;
    case SONDE_MARKER_DIAMOND:
      trace (cr, x, y, radius, diamond, G_N_ELEMENTS (diamond));
      break;
    case SONDE_MARKER_TRIANGLE_DOWN:
      trace (cr, x, y, radius, triangle_down, G_N_ELEMENTS (triangle_down));
      break;
    case SONDE_MARKER_TRIANGLE_LEFT:
      trace (cr, x, y, radius, triangle_left, G_N_ELEMENTS (triangle_left));
      break;
    case SONDE_MARKER_TRIANGLE_RIGHT:
      trace (cr, x, y, radius, triangle_right, G_N_ELEMENTS (triangle_right));
      break;
    case SONDE_MARKER_DASH:
      trace (cr, x, y, radius, dash, G_N_ELEMENTS (dash));
      break;
    case SONDE_MARKER_HOURGLASS:
      trace (cr, x, y, radius, hourglass, G_N_ELEMENTS (hourglass));
      break;
    case SONDE_MARKER_STAR:
      trace_regular (cr, x, y, radius * 1.15, 10, 0.42);
      break;
    case SONDE_MARKER_HEXAGON:
      trace_regular (cr, x, y, radius * 1.05, 6, 1);
      break;
    case SONDE_MARKER_CIRCLE:
      cairo_new_sub_path (cr);
      cairo_arc (cr, x, y, radius, 0, 2 * G_PI);
      cairo_close_path (cr);
      break;
    case SONDE_MARKER_NONE:
    default:
      break;
    }
}

void
_sonde_marker_draw (cairo_t *cr,
                    double x,
                    double y,
                    SondeMarker marker,
                    double size,
                    const SondeColor *face,
                    const SondeStyle *style)
{
  cairo_new_path (cr);
  trace_marker (cr, x, y, marker, size / 2);
  _sonde_color_set (cr, face);
  if (style->edge_width > 0)
    {
      cairo_fill_preserve (cr);
      _sonde_color_set (cr, &style->edge_color);
      cairo_set_line_width (cr, style->edge_width);
      cairo_set_line_join (cr, CAIRO_LINE_JOIN_MITER);
      cairo_stroke (cr);
    }
  else
    {
      cairo_fill (cr);
    }
}
