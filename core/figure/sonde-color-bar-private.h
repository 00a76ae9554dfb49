#pragma once

#include "sonde-axis-private.h"

G_BEGIN_DECLS

#define SONDE_COLOR_BAR_THICKNESS 9
#define SONDE_COLOR_BAR_GAP 4

/* Measured along a panel's side of @length points. NaN limits: no ticks. */
typedef struct
{
  SondeAxis axis;
  SondeColorMap map;
  double gap, thickness;
  double extent; /* from the panel's box to the far end of the labels */
} SondeColorBar;

void _sonde_color_bar_measure (SondeColorBar *self, SondeTypesetter *typesetter, SondeSide side, SondeColorMap map, double low, double high, double length);
/* @cells: the scale of a heat map, whose colours are the same in every theme; otherwise that of marks, as they are drawn. */
void _sonde_color_bar_draw (const SondeColorBar *self, cairo_t *cr, double scale, const SondeRectangle *box, gboolean cells);
void _sonde_color_bar_clear (SondeColorBar *self);

G_END_DECLS
