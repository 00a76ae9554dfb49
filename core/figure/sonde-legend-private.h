#pragma once

#include "sonde-mark-private.h"

G_BEGIN_DECLS

typedef struct
{
  const SondeMark *mark;
  PangoLayout *layout;
} SondeLegendEntry;

/* A legend as it is set, before it has a place. */
typedef struct
{
  SondeLegendEntry *entries;
  guint n_entries, n_columns, n_rows;
  PangoLayout *rest; /* "… and 12 more", or NULL */
  double *column_widths;
  double row_height, sample, padding;
  double width, height; /* 0: no legend */
  gboolean outside;     /* beside the panel: inside it would hide too much */
} SondeLegend;

/* @marks: of SondeMark. @room_height: how high a legend beside the panel may be. */
void _sonde_legend_measure (SondeLegend *self, SondeTypesetter *typesetter, GPtrArray *marks, guint n_columns, double box_width, double box_height, double room_width, double room_height);
/* Finds the @place within the panel that covers least data, and returns how much that is (see _sonde_mark_get_cover). */
double _sonde_legend_place (const SondeLegend *self, GPtrArray *marks, const SondeView *view, SondeRectangle *place);
void _sonde_legend_draw (const SondeLegend *self, cairo_t *cr, const SondeRectangle *place);
void _sonde_legend_clear (SondeLegend *self);

G_END_DECLS
