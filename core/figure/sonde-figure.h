#pragma once

#include <cairo.h>
#include <glib-object.h>

G_BEGIN_DECLS

/* Figures know no tensors, no files and no methods: numbers and words in, marks on cairo out. Lengths are points (1/72 inch). */

/* ---- colours ---- */

/**
 * SondeColorMap:
 * @SONDE_COLOR_MAP_MAGMA: black over red to a pale yellow
 * @SONDE_COLOR_MAP_PLASMA: blue over red to yellow
 * @SONDE_COLOR_MAP_VIRIDIS: violet over green to yellow
 * @SONDE_COLOR_MAP_GRAY: black to white
 *
 * Colours for numbers, from the least to the largest.
 */
typedef enum
{
  SONDE_COLOR_MAP_MAGMA,
  SONDE_COLOR_MAP_PLASMA,
  SONDE_COLOR_MAP_VIRIDIS,
  SONDE_COLOR_MAP_GRAY,
} SondeColorMap;

typedef enum
{
  SONDE_THEME_LIGHT,
  SONDE_THEME_DARK,
} SondeTheme;

const char *sonde_theme_get_name (SondeTheme theme);
gboolean sonde_theme_parse (const char *name, SondeTheme *theme);

/**
 * SondeColor:
 * @red: red
 * @green: green
 * @blue: blue
 * @alpha: 0: nothing is seen; 1: nothing behind it is seen
 *
 * A colour of sRGB; each part is from 0 to 1.
 */
typedef struct
{
  double red, green, blue, alpha;
} SondeColor;

SondeColor sonde_color_map_get (SondeColorMap map, double position); /* 0 to 1, clamped; NaN: the colour of what is undefined */
SondeColor sonde_color_series (guint index);                         /* the ten-colour cycle of lines and bars: blue, orange, green, red, purple, brown, … */
SondeColor sonde_color_category (guint index);                       /* r b m k y c of profiles, then further ones for more than six */

/* The same for languages that take no structures from functions. */
void sonde_color_get_map (SondeColorMap map, double position, SondeColor *color);
void sonde_color_get_series (guint index, SondeColor *color);
void sonde_color_get_category (guint index, SondeColor *color);

/* More than so many series, or categories, are not told apart by those colours: they are then coloured by their place in the order. */
#define SONDE_MOST_SERIES 10
#define SONDE_MOST_CATEGORIES 12

SondeColor sonde_color_series_of (guint index, guint n);   /* of @n: from the cycle, or from viridis where it would repeat */
SondeColor sonde_color_category_of (guint index, guint n); /* likewise */

/* ---- marks ---- */

/**
 * SondeMarker:
 * @SONDE_MARKER_NONE: no marker
 * @SONDE_MARKER_SQUARE: a square
 * @SONDE_MARKER_CIRCLE: a circle
 * @SONDE_MARKER_TRIANGLE: a triangle that stands on a side
 * @SONDE_MARKER_PLUS: a filled plus
 * @SONDE_MARKER_STAR: a star of five points
 * @SONDE_MARKER_CROSS: a filled cross
 * @SONDE_MARKER_HEXAGON: a hexagon
 * @SONDE_MARKER_DIAMOND: a square that stands on a corner
 * @SONDE_MARKER_TRIANGLE_DOWN: a triangle that stands on a corner
 * @SONDE_MARKER_TRIANGLE_LEFT: a triangle that points to the left
 * @SONDE_MARKER_TRIANGLE_RIGHT: a triangle that points to the right
 * @SONDE_MARKER_HOURGLASS: two triangles, one standing on the other's point
 * @SONDE_MARKER_DASH: a flat rectangle
 *
 * The shape of a point.
 */
typedef enum
{
  SONDE_MARKER_NONE,
  SONDE_MARKER_SQUARE,
  SONDE_MARKER_CIRCLE,
  SONDE_MARKER_TRIANGLE,
  SONDE_MARKER_PLUS,
  SONDE_MARKER_STAR,
  SONDE_MARKER_CROSS,
  SONDE_MARKER_HEXAGON,
  SONDE_MARKER_DIAMOND,
  SONDE_MARKER_TRIANGLE_DOWN,
  SONDE_MARKER_TRIANGLE_LEFT,
  SONDE_MARKER_TRIANGLE_RIGHT,
  SONDE_MARKER_HOURGLASS,
  SONDE_MARKER_DASH,
} SondeMarker;

SondeMarker sonde_marker_category (guint index); /* square circle triangle plus star cross, then further ones for more than six */

/**
 * SondeStyle:
 * @color: of the line, the bar or the marker's face
 * @line_width: width of the line; 0: no line
 * @marker: the shape of points
 * @marker_size: diameter of markers
 * @edge_color: of the edges of markers and bars
 * @edge_width: width of the edge; 0: no edge
 *
 * How a mark looks. Start from SONDE_STYLE_INIT. Lengths are points, 1/72 inch, from 0 to 1000; beyond, the nearest of these is drawn.
 */
typedef struct
{
  SondeColor color;
  double line_width;
  SondeMarker marker;
  double marker_size;
  SondeColor edge_color;
  double edge_width;
} SondeStyle;

#define SONDE_STYLE_INIT { { 0, 0, 0, 1 }, 1.5, SONDE_MARKER_NONE, 8, { 0, 0, 0, 1 }, 0 }

/* ---- panels ---- */

#define SONDE_TYPE_PANEL (sonde_panel_get_type ())
G_DECLARE_FINAL_TYPE (SondePanel, sonde_panel, SONDE, PANEL, GObject)

void sonde_panel_set_title (SondePanel *self, const char *title);
void sonde_panel_set_x_label (SondePanel *self, const char *label);
void sonde_panel_set_y_label (SondePanel *self, const char *label);
void sonde_panel_set_x_limits (SondePanel *self, double low, double high); /* NaN: from the data, with a margin */
void sonde_panel_set_y_limits (SondePanel *self, double low, double high);
void sonde_panel_set_x_categories (SondePanel *self, const char *const *labels); /* ticks at 0, 1, 2 … with these words; crowded ones are turned or thinned */
void sonde_panel_set_y_categories (SondePanel *self, const char *const *labels); /* likewise, upright; an empty word has no tick */
void sonde_panel_set_x_integer (SondePanel *self, gboolean integer);             /* ticks on whole numbers only, as layers want */
void sonde_panel_set_y_integer (SondePanel *self, gboolean integer);
void sonde_panel_set_y_log (SondePanel *self, gboolean log);           /* powers of ten; 0 stands at the start, and is called so */
void sonde_panel_set_ticks (SondePanel *self, gboolean x, gboolean y); /* FALSE: no ticks on that axis */
void sonde_panel_set_legend (SondePanel *self, guint n_columns);       /* 0: none (default); placed where it covers least data */
/* What tells @n series apart: a legend of those up to SONDE_MOST_SERIES, else a scale of their numbers, from 1, under @word ("Stage"). */
void sonde_panel_set_series_key (SondePanel *self, guint n, guint n_columns, const char *word);
void sonde_panel_set_stretched (SondePanel *self, gboolean stretched); /* cells fill the panel instead of being square */

/* Copies everything. Values that are NaN are gaps in lines, left out as points, and said ("undefined") as bars. @label NULL: not in the legend. */
void sonde_panel_add_line (SondePanel *self, const double *x, const double *y, gsize n, const SondeStyle *style, const char *label);
/* Points whose faces may differ: @faces NULL or @n of them. */
void sonde_panel_add_points (SondePanel *self, const double *x, const double *y, gsize n, const SondeColor *faces, const SondeStyle *style, const char *label);
void sonde_panel_add_bar (SondePanel *self, double x, double height, double width, const SondeStyle *style, const char *label);
/* Row 0 on top, one cell a value, @low to @high on @map; NaN limits: range of the data. Many cells become one image; few stay vector. */
void sonde_panel_add_heat_map (SondePanel *self, const double *values, gsize rows, gsize columns, SondeColorMap map, double low, double high);
/* An outline of half-width @density [n] (scaled so that the widest is @width / 2) over @values [n], bars at both ends and between them. n = 1: a line (all values equal). */
void sonde_panel_add_violin (SondePanel *self, double x, const double *values, const double *density, gsize n, double width, const SondeStyle *style);

/**
 * SondeSide:
 * @SONDE_SIDE_RIGHT: beside the panel
 * @SONDE_SIDE_TOP: above the panel
 *
 * Where a colour bar stands.
 */
typedef enum
{
  SONDE_SIDE_RIGHT,
  SONDE_SIDE_TOP,
} SondeSide;

/* NaN limits: those of the panel's heat map. */
void sonde_panel_set_color_bar (SondePanel *self, SondeSide side, SondeColorMap map, double low, double high);
void sonde_panel_set_color_label (SondePanel *self, const char *label); /* what a colour bar on the right measures */

/* ---- figures ---- */

#define SONDE_TYPE_FIGURE (sonde_figure_get_type ())
G_DECLARE_FINAL_TYPE (SondeFigure, sonde_figure, SONDE, FIGURE, GObject)

SondeFigure *sonde_figure_new (const char *name, guint n_rows, guint n_columns, double width, double height);
/* Room for @n_panels of this size, at most @most_columns beside each other, in rows of even length. */
SondeFigure *sonde_figure_new_wrapped (const char *name, guint n_panels, guint most_columns, double panel_width, double panel_height);
const char *sonde_figure_get_name (SondeFigure *self); /* "profile": the name of its file */
double sonde_figure_get_width (SondeFigure *self);
double sonde_figure_get_height (SondeFigure *self);
void sonde_figure_set_title (SondeFigure *self, const char *title);     /* over all panels */
void sonde_figure_set_heading (SondeFigure *self, const char *heading); /* what it is, for lists and for programs that read aloud */
void sonde_figure_set_theme (SondeFigure *self, SondeTheme theme);
void sonde_figure_set_caption (SondeFigure *self, const char *caption); /* what it shows and how it was computed; plain text */
const char *sonde_figure_get_caption (SondeFigure *self);
SondePanel *sonde_figure_add_panel (SondeFigure *self, guint row, guint column); /* (transfer none) */
SondePanel *sonde_figure_append_panel (SondeFigure *self);                       /* (transfer none): in the first free place, row by row */
guint sonde_figure_get_n_panels (SondeFigure *self);
/* Draws into (0, 0) – (width, height) of @cr in its current transformation; draws nothing outside. No caption. */
void sonde_figure_draw (SondeFigure *self, cairo_t *cr, double width, double height);

G_END_DECLS
