#pragma once

#include "sonde-marks-private.h"

G_BEGIN_DECLS

typedef enum
{
  SONDE_MARK_LINE,
  SONDE_MARK_POINTS,
  SONDE_MARK_BAR,
  SONDE_MARK_HEAT_MAP,
  SONDE_MARK_VIOLIN,
} SondeMarkKind;

/* The data of one mark, owned. */
typedef struct
{
  SondeMarkKind kind;
  SondeStyle style;
  char *label;        /* in the legend; NULL: not there */
  double *x, *y;      /* [n] line, points; violin: x = densities, y = values; heat map: y = cells, [rows x columns] */
  gsize n;
  SondeColor *faces;  /* [n] or NULL */
  double position;    /* bar, violin: on x */
  double width;       /* bar, violin */
  double height;      /* bar */
  gsize rows, columns;
  SondeColorMap map;
  double low, high;   /* heat map: finite, or NaN where no cell is */
  SondeHeatImage *image; /* heat map */
} SondeMark;

/* Smallest and largest data of marks; NaN where there are none. */
typedef struct
{
  double x_low, x_high, y_low, y_high;
  double y_least; /* above 0 */
} SondeExtremes;

void _sonde_mark_free (SondeMark *mark);
void _sonde_mark_extend (const SondeMark *mark, SondeExtremes *extremes);
void _sonde_mark_draw (const SondeMark *mark, cairo_t *cr, const SondeView *view, SondeTypesetter *typesetter);
/* How much of the mark lies under @box, in points: length of lines, widths of markers, an eighth of areas. Of
 * long data only each @every-th point counts. */
double _sonde_mark_get_cover (const SondeMark *mark, const SondeView *view, const SondeRectangle *box, gsize every);

G_END_DECLS
