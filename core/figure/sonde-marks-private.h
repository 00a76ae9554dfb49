#pragma once

#include "sonde-axis-private.h"
#include "sonde-indexed-image-private.h"

G_BEGIN_DECLS

/* Where data lie on the paper: @box is the rectangle between the axes. */
typedef struct
{
  SondeRectangle box;
  const SondeAxis *x, *y;
} SondeView;

void _sonde_view_map (const SondeView *view, double x, double y, double *paper_x, double *paper_y);
gboolean _sonde_view_contains (const SondeView *view, double x, double y);
/* Cuts a segment to @box; FALSE: nothing of it is inside. */
gboolean _sonde_segment_clip (const SondeRectangle *box, double *x0, double *y0, double *x1, double *y1);

/* Markers keep a distance where points crowd along x. */
double _sonde_view_get_marker_size (const SondeView *view, const double *x, gsize n, double wanted);

void _sonde_marker_draw (cairo_t *cr, double x, double y, SondeMarker marker, double size, const SondeColor *face, const SondeStyle *style);

void _sonde_line_draw (cairo_t *cr, const SondeView *view, const double *x, const double *y, gsize n, const SondeStyle *style);
void _sonde_points_draw (cairo_t *cr, const SondeView *view, const double *x, const double *y, gsize n, const SondeColor *faces, const SondeStyle *style);
void _sonde_bar_draw (cairo_t *cr, const SondeView *view, SondeTypesetter *typesetter, double x, double height, double width, const SondeStyle *style);
void _sonde_violin_draw (cairo_t *cr, const SondeView *view, double x, const double *values, const double *density, gsize n, double width, const SondeStyle *style);

/* A heat map's image for vector formats, packed when it is first needed. */
typedef struct
{
  gsize done; /* for g_once_init_enter() */
  SondeIndexedImage *packed;
} SondeHeatImage;

typedef struct
{
  const double *values; /* [rows x columns] */
  gsize rows, columns;
  SondeColorMap colors;
  double low, high;
  SondeHeatImage *image; /* of these very values */
} SondeHeatMap;

void _sonde_heat_map_draw (cairo_t *cr, const SondeRectangle *box, const SondeHeatMap *map);
void _sonde_heat_image_free (SondeHeatImage *self);

G_END_DECLS
