#pragma once

#include "sonde-panel-private.h"

G_BEGIN_DECLS

typedef struct
{
  SondePanel *panel; /* owned by the figure */
  guint row, column;
  SondePanelLayout layout;
  double wider, higher; /* than the boxes of its column and row: room that others need for a colour bar or a legend */
  SondeRectangle box;  /* between the axes */
  SondeRectangle cell; /* the panel's part of the figure; no two overlap */
} SondeFigureCell;

/* A figure as it is set for one size. */
typedef struct
{
  SondeTypesetter *typesetter;
  double width, height;
  PangoLayout *title;
  guint n_rows, n_columns, n_cells;
  SondeFigureCell *cells;
  double *left, *right, *box_width;  /* [n_columns] */
  double *top, *bottom, *box_height; /* [n_rows] */
  double *beside;                    /* [n_columns] the widest colour bar or legend right of a box */
  double *above;                     /* [n_rows] the highest colour bar over one */
} SondeFigureLayout;

const char *_sonde_figure_get_title (SondeFigure *self);
const char *_sonde_figure_get_heading (SondeFigure *self);
const char *_sonde_figure_get_shown_heading (SondeFigure *self); /* never NULL, as sonde_figure_set_heading () says */
void _sonde_figure_get_grid (SondeFigure *self, guint *n_rows, guint *n_columns);
SondePanel *_sonde_figure_get_panel (SondeFigure *self, guint index, guint *row, guint *column);

SondeFigureLayout *_sonde_figure_layout_new (SondeFigure *figure, double width, double height);
void _sonde_figure_layout_draw (const SondeFigureLayout *self, cairo_t *cr);
/* Everything a panel draws lies within this, but for halves of markers on a limit. */
SondeRectangle _sonde_figure_layout_get_extents (const SondeFigureLayout *self, guint cell);
void _sonde_figure_layout_free (SondeFigureLayout *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeFigureLayout, _sonde_figure_layout_free)

G_END_DECLS
