#pragma once

#include "sonde-color-bar-private.h"
#include "sonde-legend-private.h"

G_BEGIN_DECLS

#define SONDE_TITLE_GAP 6
#define SONDE_LABEL_GAP 4
#define SONDE_Y_LABEL_OVERHANG 4 /* how far the vertical label may reach beyond the axis */

struct _SondePanel
{
  GObject parent_instance;

  char *title, *x_label, *y_label;
  char **x_categories, **y_categories;
  double x_low, x_high, y_low, y_high; /* as set; NaN: from the data */
  gboolean x_integer, y_integer, y_log, x_ticks, y_ticks, stretched;
  guint legend_columns;
  GPtrArray *marks; /* of SondeMark */

  gboolean has_bar;
  SondeSide bar_side;
  SondeColorMap bar_map;
  double bar_low, bar_high;
  char *bar_label;
};

/* A panel as it is set for one size: the box between the axes, and the room that everything else needs around it. */
typedef struct
{
  double box_width, box_height;
  double left, right, top, bottom;
  double label_shift;     /* from the y axis to the nearer side of its label */
  double bar_top, beside; /* parts of top and of right that a colour bar or a legend takes */
  double longest;         /* that words left of the y axis may be */
  SondeExtremes data;
  gboolean empty, y_known;
  double y_zero; /* on a logarithmic axis: the exponent up to which the axis is that of 0; NaN: the data have none */
  SondeAxis x, y;
  SondeColorBar bar;
  SondeLegend legend;
  SondeRectangle legend_place; /* from the box's upper left corner; where it is inside */
  PangoLayout *title, *x_label, *y_label, *bar_label;
} SondePanelLayout;

SondePanel *_sonde_panel_new (void);
gboolean _sonde_panel_has_cells (SondePanel *self);
/* Height over width that the panel's cells want; 0: any. */
double _sonde_panel_get_aspect (SondePanel *self);
/* @width, @height: room for the box; @cell_width, @cell_height: for the box and all around it. */
void _sonde_panel_measure (SondePanel *self, SondeTypesetter *typesetter, double width, double height, double cell_width, double cell_height, SondePanelLayout *layout);
/* @cell: what titles may use; @left: room that the column's panels share left of their boxes, in which labels stand in one line. */
void _sonde_panel_draw (SondePanel *self, SondeTypesetter *typesetter, const SondePanelLayout *layout, cairo_t *cr, const SondeRectangle *box, const SondeRectangle *cell, double left);
void _sonde_panel_layout_clear (SondePanelLayout *layout);

G_END_DECLS
