#pragma once

#include "sonde-typesetter-private.h"

G_BEGIN_DECLS

typedef enum
{
  SONDE_EDGE_BOTTOM,
  SONDE_EDGE_LEFT,
  SONDE_EDGE_TOP,
  SONDE_EDGE_RIGHT,
} SondeEdge;

/* One axis: what it maps, its ticks, and the room that these need around it. */
typedef struct
{
  SondeEdge edge;
  double low, high; /* data at the start (left, bottom) and at the end; low > high: reversed */
  gboolean log;     /* low and high are exponents of ten; what has no logarithm, 0, is at the start */
  double length;
  guint n_ticks;
  double *values;       /* [n_ticks] */
  PangoLayout **labels; /* [n_ticks] */
  GArray *minor;        /* of double: ticks without a label; NULL: none */
  double angle;         /* of the labels, in radians */
  double ascent;        /* the most of any label's first line */
  double extent;        /* from the line to the far end of the labels */
  double before, after; /* what labels need beyond the line's start and end */
} SondeAxis;

double _sonde_axis_map (const SondeAxis *self, double value); /* 0 to length */
/* Numbers between @first and @last, which restrict ticks to a part of the axis; NaN: they do not. */
void _sonde_axis_set_numbers (SondeAxis *self, SondeTypesetter *typesetter, SondeFont font, gboolean integer, double first, double last);
/* Powers of ten above @zero, which is at the axis' start and called 0 where that is an exponent too; NaN: there is no 0. */
void _sonde_axis_set_decades (SondeAxis *self, SondeTypesetter *typesetter, SondeFont font, double zero);
void _sonde_axis_set_words (SondeAxis *self, SondeTypesetter *typesetter, const char *const *words, double longest);
void _sonde_axis_draw (const SondeAxis *self, cairo_t *cr, double scale, double x, double y); /* (x, y): the line's start */
void _sonde_axis_clear (SondeAxis *self);

G_END_DECLS
