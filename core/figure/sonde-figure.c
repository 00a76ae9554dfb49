#define G_LOG_DOMAIN "sonde"

#include "sonde-figure-private.h"

#include <math.h>

#include "sonde-figure-writer-private.h"
#include "sonde-limits-private.h"
#include "sonde-theme-private.h"

/**
 * SondeFigure:
 *
 * A grid of panels with a name, a title and a caption. It knows words and numbers only, and draws itself with cairo
 * on any target. It may be drawn by several threads at once, but not while it is being changed.
 */
struct _SondeFigure
{
  GObject parent_instance;

  char *name, *title, *heading, *caption;
  SondeTheme theme;
  guint n_rows, n_columns;
  double width, height;
  SondePanel **grid; /* [n_rows x n_columns] */

  GMutex lock;     /* of what follows */
  guint n_holders; /* that promised not to change it */
  GPtrArray *kept; /* of SondeFigureLayout: set, and nobody is drawing them */
};

G_DEFINE_FINAL_TYPE (SondeFigure, sonde_figure, G_TYPE_OBJECT)

static void
sonde_figure_finalize (GObject *object)
{
  SondeFigure *self = SONDE_FIGURE (object);

  for (guint i = 0; i < self->n_rows * self->n_columns; i++)
    g_clear_object (&self->grid[i]);
  g_ptr_array_unref (self->kept);
  g_mutex_clear (&self->lock);
  g_free (self->grid);
  g_free (self->name);
  g_free (self->title);
  g_free (self->heading);
  g_free (self->caption);
  G_OBJECT_CLASS (sonde_figure_parent_class)->finalize (object);
}

static void
sonde_figure_class_init (SondeFigureClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_figure_finalize;
}

static void
sonde_figure_init (SondeFigure *self)
{
  g_mutex_init (&self->lock);
  self->kept = g_ptr_array_new_with_free_func ((GDestroyNotify) _sonde_figure_layout_free);
}

/**
 * sonde_figure_new:
 * @name: the name of its file, without an extension
 * @n_rows: rows of panels, at least 1
 * @n_columns: columns of panels, at least 1
 * @width: in points (1/72 inch)
 * @height: in points
 *
 * Makes a figure with places for panels, all of one size.
 *
 * Returns: (transfer full): a figure without panels
 */
SondeFigure *
sonde_figure_new (const char *name,
                  guint n_rows,
                  guint n_columns,
                  double width,
                  double height)
{
  SondeFigure *self;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (n_rows > 0 && n_rows <= SONDE_MAX_PANELS && n_columns > 0 && n_columns <= SONDE_MAX_PANELS, NULL);
  g_return_val_if_fail (width > 0 && height > 0 && width < SONDE_MAX_POINTS && height < SONDE_MAX_POINTS, NULL);

  self = g_object_new (SONDE_TYPE_FIGURE, NULL);
  self->name = g_strdup (name);
  self->n_rows = n_rows;
  self->n_columns = n_columns;
  self->width = width;
  self->height = height;
  self->grid = g_new0 (SondePanel *, n_rows * n_columns);
  return self;
}

/**
 * sonde_figure_new_wrapped:
 * @name: the name of its file, without an extension
 * @n_panels: how many panels will be appended, at least 1
 * @most_columns: the most panels beside each other, at least 1
 * @panel_width: in points
 * @panel_height: in points
 *
 * Makes a figure whose panels stand in rows of even length. sonde_figure_append_panel() fills them.
 *
 * Returns: (transfer full): a figure with a place for every panel, in rows of even length
 */
SondeFigure *
sonde_figure_new_wrapped (const char *name,
                          guint n_panels,
                          guint most_columns,
                          double panel_width,
                          double panel_height)
{
  guint n_rows;
  guint n_columns;

  g_return_val_if_fail (n_panels > 0 && most_columns > 0, NULL);

  n_rows = (n_panels + most_columns - 1) / most_columns;
  n_columns = (n_panels + n_rows - 1) / n_rows;
  return sonde_figure_new (name, n_rows, n_columns, n_columns * panel_width, n_rows * panel_height);
}

/**
 * sonde_figure_get_name:
 * @self: a figure
 *
 * Gives the name of the figure, and of its file.
 *
 * Returns: (transfer none): the name of its file, without an extension
 */
const char *
sonde_figure_get_name (SondeFigure *self)
{
  g_return_val_if_fail (SONDE_IS_FIGURE (self), NULL);
  return self->name;
}

/**
 * sonde_figure_get_width:
 * @self: a figure
 *
 * Gives the width for which the figure was made.
 *
 * Returns: its width in points
 */
double
sonde_figure_get_width (SondeFigure *self)
{
  g_return_val_if_fail (SONDE_IS_FIGURE (self), 0);
  return self->width;
}

/**
 * sonde_figure_get_height:
 * @self: a figure
 *
 * Gives the height for which the figure was made.
 *
 * Returns: its height in points
 */
double
sonde_figure_get_height (SondeFigure *self)
{
  g_return_val_if_fail (SONDE_IS_FIGURE (self), 0);
  return self->height;
}

/**
 * sonde_figure_set_title:
 * @self: a figure
 * @title: (nullable): UTF-8, one line over all panels
 *
 * Sets the words over all panels.
 */
void
sonde_figure_set_title (SondeFigure *self,
                        const char *title)
{
  g_return_if_fail (SONDE_IS_FIGURE (self));

  g_free (self->title);
  self->title = g_strdup (title);
}

/**
 * sonde_figure_set_heading:
 * @self: a figure
 * @heading: (nullable): UTF-8, one line: what the figure is
 *
 * The heading is not part of the drawing: outlines and files' properties name the figure so, and programs that read aloud. Without one
 * they take the title, and without that the name.
 */
void
sonde_figure_set_heading (SondeFigure *self,
                          const char *heading)
{
  g_return_if_fail (SONDE_IS_FIGURE (self));

  g_free (self->heading);
  self->heading = g_strdup (heading);
}

/**
 * sonde_figure_set_caption:
 * @self: a figure
 * @caption: (nullable): plain UTF-8: what the figure shows and how it was computed
 *
 * The caption is not part of the drawing; reports print it under the figure.
 */
void
sonde_figure_set_caption (SondeFigure *self,
                          const char *caption)
{
  g_return_if_fail (SONDE_IS_FIGURE (self));

  g_free (self->caption);
  self->caption = g_strdup (caption);
}

/**
 * sonde_figure_get_caption:
 * @self: a figure
 *
 * Gives the text that stands below the figure in a report.
 *
 * Returns: (transfer none) (nullable): the caption
 */
const char *
sonde_figure_get_caption (SondeFigure *self)
{
  g_return_val_if_fail (SONDE_IS_FIGURE (self), NULL);
  return self->caption;
}

/**
 * sonde_figure_add_panel:
 * @self: a figure
 * @row: from 0, at the top
 * @column: from 0, at the left
 *
 * Puts an empty panel into a place of the grid that has none.
 *
 * Returns: (transfer none): the panel
 */
SondePanel *
sonde_figure_add_panel (SondeFigure *self,
                        guint row,
                        guint column)
{
  SondePanel **place;

  g_return_val_if_fail (SONDE_IS_FIGURE (self), NULL);
  g_return_val_if_fail (row < self->n_rows && column < self->n_columns, NULL);

  place = &self->grid[row * self->n_columns + column];
  g_return_val_if_fail (*place == NULL, NULL);
  *place = _sonde_panel_new ();
  return *place;
}

/**
 * sonde_figure_append_panel:
 * @self: a figure with a free place
 *
 * Puts an empty panel into the first place that has none, in reading order.
 *
 * Returns: (transfer none): the panel
 */
SondePanel *
sonde_figure_append_panel (SondeFigure *self)
{
  guint place = 0;

  g_return_val_if_fail (SONDE_IS_FIGURE (self), NULL);

  while (place + 1 < self->n_rows * self->n_columns && self->grid[place] != NULL)
    place++;
  return sonde_figure_add_panel (self, place / self->n_columns, place % self->n_columns);
}

/**
 * sonde_figure_get_n_panels:
 * @self: a figure
 *
 * Counts the panels that were added.
 *
 * Returns: how many panels were added
 */
guint
sonde_figure_get_n_panels (SondeFigure *self)
{
  guint n = 0;

  g_return_val_if_fail (SONDE_IS_FIGURE (self), 0);
  for (guint i = 0; i < self->n_rows * self->n_columns; i++)
    n += self->grid[i] != NULL;
  return n;
}

const char *
_sonde_figure_get_title (SondeFigure *self)
{
  return self->title;
}

const char *
_sonde_figure_get_heading (SondeFigure *self)
{
  return self->heading;
}

const char *
_sonde_figure_get_shown_heading (SondeFigure *self)
{
  if (self->heading != NULL && *self->heading != '\0')
    return self->heading;
  return self->title != NULL && *self->title != '\0' ? self->title : self->name;
}

void
_sonde_figure_get_grid (SondeFigure *self,
                        guint *n_rows,
                        guint *n_columns)
{
  *n_rows = self->n_rows;
  *n_columns = self->n_columns;
}

/* Panels in reading order; NULL past the last. */
SondePanel *
_sonde_figure_get_panel (SondeFigure *self,
                         guint index,
                         guint *row,
                         guint *column)
{
  for (guint i = 0; i < self->n_rows * self->n_columns; i++)
    if (self->grid[i] != NULL && index-- == 0)
      {
        *row = i / self->n_columns;
        *column = i % self->n_columns;
        return self->grid[i];
      }
  return NULL;
}

void
_sonde_figure_hold (SondeFigure *self)
{
  g_mutex_lock (&self->lock);
  self->n_holders++;
  g_mutex_unlock (&self->lock);
}

void
_sonde_figure_release (SondeFigure *self)
{
  g_mutex_lock (&self->lock);
  if (--self->n_holders == 0)
    g_ptr_array_set_size (self->kept, 0);
  g_mutex_unlock (&self->lock);
}

/* One that was kept, else a new one; the caller has it for itself. */
static SondeFigureLayout *
take_layout (SondeFigure *self,
             double width,
             double height)
{
  SondeFigureLayout *found = NULL;

  g_mutex_lock (&self->lock);
  for (guint i = 0; found == NULL && i < self->kept->len; i++)
    {
      const SondeFigureLayout *layout = g_ptr_array_index (self->kept, i);

      if (layout->width == width && layout->height == height)
        found = g_ptr_array_steal_index_fast (self->kept, i);
    }
  g_mutex_unlock (&self->lock);
  return found != NULL ? found : _sonde_figure_layout_new (self, width, height);
}

static void
give_layout_back (SondeFigure *self,
                  SondeFigureLayout *layout)
{
  gboolean held;

  g_mutex_lock (&self->lock);
  held = self->n_holders > 0;
  if (held)
    g_ptr_array_add (self->kept, layout);
  g_mutex_unlock (&self->lock);
  if (!held)
    _sonde_figure_layout_free (layout);
}

void
_sonde_figure_begin (void)
{
  _sonde_typesetter_begin ();
}

void
_sonde_figure_prepare (SondeFigure *self)
{
  give_layout_back (self, take_layout (self, self->width, self->height));
}

/* @length, or @own where they differ by no more than rounding: the same size is then set the same way at every scale. */
static double
snap (double length,
      double own)
{
  return fabs (length - own) <= 1e-9 * own ? own : length;
}

/**
 * sonde_figure_set_theme:
 * @theme: a theme
 *
 * Sets the colours in which the figure is drawn from now on; a new figure is light. It must not be called while another thread draws.
 */
void
sonde_figure_set_theme (SondeFigure *self,
                        SondeTheme theme)
{
  g_return_if_fail (SONDE_IS_FIGURE (self));
  self->theme = theme;
}

/**
 * sonde_figure_draw:
 * @self: a figure
 * @cr: where
 * @width: in units of @cr's current transformation
 * @height: likewise
 *
 * Draws the figure on its theme's paper into the rectangle from (0, 0) to (@width, @height), and nothing outside of it. Letters and
 * lines keep their proportion to the whole; another ratio of width to height than the figure's own gives another layout,
 * not a distortion.
 */
void
sonde_figure_draw (SondeFigure *self,
                   cairo_t *cr,
                   double width,
                   double height)
{
  SondeFigureLayout *layout;
  SondeTheme before;
  double scale;

  g_return_if_fail (SONDE_IS_FIGURE (self));
  g_return_if_fail (cr != NULL);

  if (!(width > 0 && height > 0))
    return;
  scale = MIN (width / self->width, height / self->height);
  layout = take_layout (self, snap (width / scale, self->width), snap (height / scale, self->height));
  cairo_save (cr);
  cairo_new_path (cr);
  cairo_rectangle (cr, 0, 0, width, height);
  cairo_clip (cr);
  cairo_scale (cr, scale, scale);
  before = _sonde_theme_begin (cr, self->theme);
  _sonde_figure_layout_draw (layout, cr);
  _sonde_theme_begin (cr, before);
  cairo_restore (cr);
  give_layout_back (self, layout);
}
