#define G_LOG_DOMAIN "sonde"

#include "sonde-panel-private.h"

#include <math.h>

#include "sonde-limits-private.h"

/**
 * SondePanel:
 *
 * One pair of axes with its marks, title, labels, legend and colour bar. It belongs to a #SondeFigure, which makes it.
 * It may be drawn by several threads at once, but not while it is being changed.
 */
G_DEFINE_FINAL_TYPE (SondePanel, sonde_panel, G_TYPE_OBJECT)

static void
sonde_panel_finalize (GObject *object)
{
  SondePanel *self = SONDE_PANEL (object);

  g_free (self->title);
  g_free (self->x_label);
  g_free (self->y_label);
  g_strfreev (self->x_categories);
  g_strfreev (self->y_categories);
  g_free (self->bar_label);
  g_ptr_array_unref (self->marks);
  G_OBJECT_CLASS (sonde_panel_parent_class)->finalize (object);
}

static void
sonde_panel_class_init (SondePanelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_panel_finalize;
}

static void
sonde_panel_init (SondePanel *self)
{
  self->x_low = self->x_high = self->y_low = self->y_high = NAN;
  self->x_ticks = self->y_ticks = TRUE;
  self->marks = g_ptr_array_new_with_free_func ((GDestroyNotify) _sonde_mark_free);
}

SondePanel *
_sonde_panel_new (void)
{
  return g_object_new (SONDE_TYPE_PANEL, NULL);
}

/**
 * sonde_panel_set_title:
 * @self: a panel
 * @title: (nullable): UTF-8; a newline breaks the line
 *
 * Sets the bold line over the panel. A long one shrinks, then wraps, then ends in an ellipsis.
 */
void
sonde_panel_set_title (SondePanel *self,
                       const char *title)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  g_free (self->title);
  self->title = g_strdup (title);
}

/**
 * sonde_panel_set_x_label:
 * @self: a panel
 * @label: (nullable): UTF-8: what the axis measures, and its unit
 *
 * Sets the label under the x axis.
 */
void
sonde_panel_set_x_label (SondePanel *self,
                         const char *label)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  g_free (self->x_label);
  self->x_label = g_strdup (label);
}

/**
 * sonde_panel_set_y_label:
 * @self: a panel
 * @label: (nullable): UTF-8: what the axis measures, and its unit
 *
 * Sets the label left of the y axis.
 */
void
sonde_panel_set_y_label (SondePanel *self,
                         const char *label)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  g_free (self->y_label);
  self->y_label = g_strdup (label);
}

/**
 * sonde_panel_set_x_limits:
 * @self: a panel
 * @low: at the left end, or NaN
 * @high: at the right end, or NaN
 *
 * Sets what the x axis shows. Lines, bars and cells are cut at the limits; markers are whole where their centre is
 * within them. NaN, each for itself: from the data, with a margin. Equal limits are widened around their value.
 */
void
sonde_panel_set_x_limits (SondePanel *self,
                          double low,
                          double high)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  self->x_low = low;
  self->x_high = high;
}

/**
 * sonde_panel_set_y_limits:
 * @self: a panel
 * @low: at the lower end, or NaN
 * @high: at the upper end, or NaN
 *
 * As sonde_panel_set_x_limits(), for the y axis.
 */
void
sonde_panel_set_y_limits (SondePanel *self,
                          double low,
                          double high)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  self->y_low = low;
  self->y_high = high;
}

/**
 * sonde_panel_set_x_categories:
 * @self: a panel
 * @labels: (array zero-terminated=1) (nullable): words for 0, 1, 2 …
 *
 * Makes the x axis one of words. Crowded ones are set in two lines, smaller, slanted, or upright; where even these
 * have no room only every second, third … is written.
 */
void
sonde_panel_set_x_categories (SondePanel *self,
                              const char *const *labels)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  g_strfreev (self->x_categories);
  self->x_categories = g_strdupv ((char **) labels);
}

/**
 * sonde_panel_set_y_categories:
 * @self: a panel
 * @labels: (array zero-terminated=1) (nullable): words for 0, 1, 2 …; empty ones have no tick
 *
 * Makes the y axis one of words. Crowded ones are set smaller; of those that have no room even then only so many are written
 * as have.
 */
void
sonde_panel_set_y_categories (SondePanel *self,
                              const char *const *labels)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  g_strfreev (self->y_categories);
  self->y_categories = g_strdupv ((char **) labels);
}

/**
 * sonde_panel_set_x_integer:
 * @self: a panel
 * @integer: whether only whole numbers get ticks
 *
 * For axes that count, as layers do. Ticks then also stay within the data.
 */
void
sonde_panel_set_x_integer (SondePanel *self,
                           gboolean integer)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  self->x_integer = integer;
}

/**
 * sonde_panel_set_y_integer:
 * @self: a panel
 * @integer: whether only whole numbers get ticks
 *
 * As sonde_panel_set_x_integer(), for the y axis.
 */
void
sonde_panel_set_y_integer (SondePanel *self,
                           gboolean integer)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  self->y_integer = integer;
}

/**
 * sonde_panel_set_y_log:
 * @self: a panel
 * @log: whether equal steps are equal factors
 *
 * Makes the y axis logarithmic, with ticks at powers of ten. What has no logarithm is not lost: 0, and what is below, stands at the
 * axis' start, apart from the rest and with a tick that says 0. Limits that are not above 0 come from the data. Cells of a heat map
 * have no such axis.
 */
void
sonde_panel_set_y_log (SondePanel *self,
                       gboolean log)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  self->y_log = log;
}

/**
 * sonde_panel_set_ticks:
 * @self: a panel
 * @x: whether the x axis has ticks
 * @y: whether the y axis has ticks
 *
 * Both have them unless this says otherwise.
 */
void
sonde_panel_set_ticks (SondePanel *self,
                       gboolean x,
                       gboolean y)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  self->x_ticks = x;
  self->y_ticks = y;
}

/**
 * sonde_panel_set_legend:
 * @self: a panel
 * @n_columns: columns of its entries; 0: no legend
 *
 * Shows a legend of all marks that have a label, where it covers least of them. One that would hide the panel gets more
 * columns, then smaller letters, then a place beside the panel.
 */
void
sonde_panel_set_legend (SondePanel *self,
                        guint n_columns)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  self->legend_columns = n_columns;
}

/**
 * sonde_panel_set_series_key:
 * @self: a panel
 * @n: how many series it shows, each in its sonde_color_series_of()
 * @n_columns: columns of a legend
 * @word: what a series is: "Stage"
 *
 * Says which colour is which: a legend, or a scale of the series' numbers from 1 where there are more than %SONDE_MOST_SERIES.
 */
void
sonde_panel_set_series_key (SondePanel *self,
                            guint n,
                            guint n_columns,
                            const char *word)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  if (n <= SONDE_MOST_SERIES)
    {
      sonde_panel_set_legend (self, n_columns);
      return;
    }
  sonde_panel_set_color_bar (self, SONDE_SIDE_RIGHT, SONDE_COLOR_MAP_VIRIDIS, 1, n);
  sonde_panel_set_color_label (self, word);
}

/**
 * sonde_panel_set_stretched:
 * @self: a panel
 * @stretched: whether the cells of a heat map fill the panel
 *
 * Cells are squares unless this says otherwise, as it should where rows and columns are not the same kind of thing.
 */
void
sonde_panel_set_stretched (SondePanel *self,
                           gboolean stretched)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  self->stretched = stretched;
}

static double
limit_stroke (double points)
{
  return points > 0 ? MIN (points, SONDE_MAX_STROKE) : 0;
}

static SondeMark *
add_mark (SondePanel *self,
          SondeMarkKind kind,
          const SondeStyle *style,
          const char *label)
{
  static const SondeStyle initial = SONDE_STYLE_INIT;
  SondeMark *mark = g_new0 (SondeMark, 1);

  mark->kind = kind;
  mark->style = style != NULL ? *style : initial;
  mark->style.line_width = limit_stroke (mark->style.line_width);
  mark->style.marker_size = limit_stroke (mark->style.marker_size);
  mark->style.edge_width = limit_stroke (mark->style.edge_width);
  mark->label = g_strdup (label);
  g_ptr_array_add (self->marks, mark);
  return mark;
}

/**
 * sonde_panel_add_line:
 * @self: a panel
 * @x: (array length=n): positions
 * @y: (array length=n): values
 * @n: how many points
 * @style: (nullable): colour, width, and a marker for every point
 * @label: (nullable): its name in the legend
 *
 * Adds a line through points in the order given. Where a number is not finite the line has a gap.
 */
void
sonde_panel_add_line (SondePanel *self,
                      const double *x,
                      const double *y,
                      gsize n,
                      const SondeStyle *style,
                      const char *label)
{
  SondeMark *mark;

  g_return_if_fail (SONDE_IS_PANEL (self));
  g_return_if_fail (n == 0 || (x != NULL && y != NULL));

  mark = add_mark (self, SONDE_MARK_LINE, style, label);
  mark->n = n;
  mark->x = g_memdup2 (x, n * sizeof *x);
  mark->y = g_memdup2 (y, n * sizeof *y);
}

/**
 * sonde_panel_add_points:
 * @self: a panel
 * @x: (array length=n): positions
 * @y: (array length=n): values
 * @n: how many points
 * @faces: (array length=n) (nullable): a colour for each; %NULL: that of @style
 * @style: (nullable): marker, size and edge
 * @label: (nullable): its name in the legend
 *
 * Adds markers. Points that are not finite are left out.
 */
void
sonde_panel_add_points (SondePanel *self,
                        const double *x,
                        const double *y,
                        gsize n,
                        const SondeColor *faces,
                        const SondeStyle *style,
                        const char *label)
{
  SondeMark *mark;

  g_return_if_fail (SONDE_IS_PANEL (self));
  g_return_if_fail (n == 0 || (x != NULL && y != NULL));

  mark = add_mark (self, SONDE_MARK_POINTS, style, label);
  mark->n = n;
  mark->x = g_memdup2 (x, n * sizeof *x);
  mark->y = g_memdup2 (y, n * sizeof *y);
  mark->faces = g_memdup2 (faces, n * sizeof *faces);
  if (mark->style.marker == SONDE_MARKER_NONE)
    mark->style.marker = SONDE_MARKER_CIRCLE;
}

/**
 * sonde_panel_add_bar:
 * @self: a panel
 * @x: its middle
 * @height: from 0, up or down; NaN: the word "undefined" stands in its place
 * @width: in units of the x axis
 * @style: (nullable): colour and edge
 * @label: (nullable): its name in the legend
 *
 * Adds a bar. One that lies wholly under the lower limit is not silently absent: its value stands in its place.
 */
void
sonde_panel_add_bar (SondePanel *self,
                     double x,
                     double height,
                     double width,
                     const SondeStyle *style,
                     const char *label)
{
  SondeMark *mark;

  g_return_if_fail (SONDE_IS_PANEL (self));

  mark = add_mark (self, SONDE_MARK_BAR, style, label);
  mark->position = x;
  mark->height = height;
  mark->width = width;
}

/**
 * sonde_panel_add_heat_map:
 * @self: a panel
 * @values: (array): @rows times @columns cells, row by row, the first row on top
 * @rows: how many rows
 * @columns: how many columns
 * @map: the colours
 * @low: value of the map's first colour; NaN: the smallest cell
 * @high: value of the map's last colour; NaN: the largest cell
 *
 * Adds a matrix as coloured cells, row i and column j around (j, i). Cells that are NaN get a colour of their own.
 * Above 2,000 rows or columns, blocks of cells are averaged.
 */
void
sonde_panel_add_heat_map (SondePanel *self,
                          const double *values,
                          gsize rows,
                          gsize columns,
                          SondeColorMap map,
                          double low,
                          double high)
{
  gsize n;
  SondeMark *mark;

  g_return_if_fail (SONDE_IS_PANEL (self));
  g_return_if_fail (g_size_checked_mul (&n, rows, columns) && n <= G_MAXSIZE / sizeof *values);
  g_return_if_fail (n == 0 || values != NULL);

  mark = add_mark (self, SONDE_MARK_HEAT_MAP, NULL, NULL);
  mark->rows = n > 0 ? rows : 0;
  mark->columns = n > 0 ? columns : 0;
  mark->map = map;
  mark->y = g_memdup2 (values, n * sizeof *values);
  mark->image = g_new0 (SondeHeatImage, 1);
  mark->low = mark->high = NAN;
  for (gsize i = 0; i < n; i++)
    if (isfinite (values[i]))
      {
        mark->low = fmin (mark->low, values[i]);
        mark->high = fmax (mark->high, values[i]);
      }
  if (isfinite (low))
    mark->low = low;
  if (isfinite (high))
    mark->high = high;
}

/**
 * sonde_panel_add_violin:
 * @self: a panel
 * @x: its middle
 * @values: (array length=n): where the density was estimated, ascending
 * @density: (array length=n): not negative
 * @n: how many
 * @width: in units of the x axis, where the density is largest
 * @style: (nullable): colour of the body, edge colour and width of the bars
 *
 * Adds a mirrored density, with bars at both its ends and one between them. With one value: a bar there.
 */
void
sonde_panel_add_violin (SondePanel *self,
                        double x,
                        const double *values,
                        const double *density,
                        gsize n,
                        double width,
                        const SondeStyle *style)
{
  SondeMark *mark;

  g_return_if_fail (SONDE_IS_PANEL (self));
  g_return_if_fail (n == 0 || (values != NULL && density != NULL));

  mark = add_mark (self, SONDE_MARK_VIOLIN, style, NULL);
  mark->position = x;
  mark->width = width;
  mark->n = n;
  mark->x = g_memdup2 (density, n * sizeof *density);
  mark->y = g_memdup2 (values, n * sizeof *values);
}

/**
 * sonde_panel_set_color_bar:
 * @self: a panel
 * @side: where it stands
 * @map: its colours
 * @low: value of the first colour; NaN: that of the panel's heat map
 * @high: value of the last colour; NaN: that of the panel's heat map
 *
 * Gives the panel a scale for its colours.
 */
void
sonde_panel_set_color_bar (SondePanel *self,
                           SondeSide side,
                           SondeColorMap map,
                           double low,
                           double high)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  self->has_bar = TRUE;
  self->bar_side = side;
  self->bar_map = map;
  self->bar_low = low;
  self->bar_high = high;
}

/**
 * sonde_panel_set_color_label:
 * @self: a panel
 * @label: (nullable): UTF-8: what the colours measure
 *
 * Sets the label of a colour bar that stands on the right.
 */
void
sonde_panel_set_color_label (SondePanel *self,
                             const char *label)
{
  g_return_if_fail (SONDE_IS_PANEL (self));

  g_free (self->bar_label);
  self->bar_label = g_strdup (label);
}
