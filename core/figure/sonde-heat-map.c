#define G_LOG_DOMAIN "sonde"

#include "sonde-marks-private.h"

#include <math.h>

#include "sonde-color-map-private.h"
#include "sonde-png-private.h"

#define MOST_RECTANGLES (32 * 32)
#define MOST_PIXELS 2000 /* along one side of an embedded image */
#define FEWEST_PIXELS 640

/* Few cells: rectangles. Each reaches under its later neighbours, as viewers show hairlines between shapes that only touch. */
static void
draw_rectangles (cairo_t *cr,
                 const SondeRectangle *box,
                 const double *values,
                 gsize rows,
                 gsize columns,
                 SondeColorMap map,
                 double low,
                 double high)
{
  const double width = box->width / columns, height = box->height / rows;

  for (gsize row = 0; row < rows; row++)
    for (gsize column = 0; column < columns; column++)
      {
        const guint32 rgb = _sonde_color_map_rgb (map, _sonde_color_map_index (values[row * columns + column], low, high));
        const double right = column + 1 < columns ? 0.5 : 0, below = row + 1 < rows ? 0.5 : 0;

        cairo_set_source_rgb (cr, ((rgb >> 16) & 0xff) / 255.0, ((rgb >> 8) & 0xff) / 255.0, (rgb & 0xff) / 255.0);
        cairo_rectangle (cr, box->x + column * width, box->y + row * height, width + MIN (right, width), height + MIN (below, height));
        cairo_fill (cr);
      }
}

/* Mean of the defined values of a block; NaN where there is none. */
static double
block_mean (const double *values,
            gsize columns,
            gsize row,
            gsize row_end,
            gsize column,
            gsize column_end)
{
  double sum = 0;
  gsize n = 0;

  for (gsize i = row; i < row_end; i++)
    for (gsize j = column; j < column_end; j++)
      if (!isnan (values[i * columns + j]))
        {
          sum += values[i * columns + j];
          n++;
        }
  return n > 0 ? sum / n : NAN;
}

/* The colours of an image, one number a pixel. */
typedef struct
{
  guint16 *indices; /* [rows x columns] */
  gsize rows, columns;
  gboolean has_undefined;
} Picture;

/* One cell, or the mean of @shrink x @shrink cells, as @grow x @grow pixels. */
static void
picture_init (Picture *self,
              const double *values,
              gsize rows,
              gsize columns,
              gsize shrink,
              gsize grow,
              double low,
              double high)
{
  self->rows = (rows + shrink - 1) / shrink * grow;
  self->columns = (columns + shrink - 1) / shrink * grow;
  self->indices = g_new (guint16, self->rows * self->columns);
  self->has_undefined = FALSE;
  for (gsize y = 0; y < self->rows; y++)
    for (gsize x = 0; x < self->columns; x++)
      {
        guint16 *index = &self->indices[y * self->columns + x];
        const gsize row = y / grow * shrink, column = x / grow * shrink;

        if (y % grow > 0)
          *index = *(index - self->columns);
        else if (x % grow > 0)
          *index = *(index - 1);
        else
          *index = (guint16) _sonde_color_map_index (shrink == 1 ? values[row * columns + column]
                                                                 : block_mean (values, columns, row, MIN (row + shrink, rows), column, MIN (column + shrink, columns)),
                                                     low, high);
        self->has_undefined |= *index == SONDE_COLOR_UNDEFINED;
      }
}

/* cairo's SVG embeds the PNG that a surface carries; one of indexed colours is a third of what cairo would write. */
static void
attach_png (cairo_surface_t *surface,
            const Picture *picture,
            SondeColorMap map)
{
  g_autofree guint8 *bytes = g_new (guint8, picture->rows * picture->columns);
  guint32 palette[256];
  gsize length;
  guint8 *png;

  for (guint i = 0; i < 256; i++)
    palette[i] = _sonde_color_map_rgb (map, i);
  for (gsize i = 0; i < picture->rows * picture->columns; i++)
    bytes[i] = (guint8) picture->indices[i];
  png = _sonde_png_encode (bytes, picture->rows, picture->columns, palette, &length);
  if (cairo_surface_set_mime_data (surface, CAIRO_MIME_TYPE_PNG, png, length, g_free, png) != CAIRO_STATUS_SUCCESS)
    g_free (png);
}

static cairo_surface_t *
image_new (const Picture *picture,
           SondeColorMap map,
           gboolean with_png)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) picture->columns, (int) picture->rows);
  const gsize stride = cairo_image_surface_get_stride (surface);
  guchar *pixels = cairo_image_surface_get_data (surface);

  if (pixels == NULL)
    return surface;
  cairo_surface_flush (surface);
  for (gsize y = 0; y < picture->rows; y++)
    for (gsize x = 0; x < picture->columns; x++)
      ((guint32 *) (pixels + y * stride))[x] = _sonde_color_map_rgb (map, picture->indices[y * picture->columns + x]) | 0xff000000u;
  cairo_surface_mark_dirty (surface);
  /* 256 colours are what an index can name, so none is left for undefined cells. */
  if (with_png && !picture->has_undefined)
    attach_png (surface, picture, map);
  return surface;
}

/* Pixels of the target for one cell. */
static double
pixels_per_cell (cairo_t *cr,
                 const SondeRectangle *box,
                 gsize columns)
{
  double x = box->width / columns, y = 0;

  cairo_user_to_device_distance (cr, &x, &y);
  return hypot (x, y);
}

static void
draw_image (cairo_t *cr,
            const SondeRectangle *box,
            const double *values,
            gsize rows,
            gsize columns,
            SondeColorMap map,
            double low,
            double high)
{
  const gsize longest = MAX (rows, columns);
  const gsize shrink = (longest + MOST_PIXELS - 1) / MOST_PIXELS;
  const gboolean vector = _sonde_cairo_is_vector (cr);
  /* Viewers of vector formats smooth small images when they enlarge them: give them one that need not be enlarged. */
  const gsize grow = vector ? MAX (1, (FEWEST_PIXELS + longest - 1) / longest) : 1;
  const gboolean reduces = !vector && pixels_per_cell (cr, box, columns) < shrink;
  Picture picture;
  cairo_surface_t *image;

  picture_init (&picture, values, rows, columns, shrink, grow, low, high);
  image = image_new (&picture, map, cairo_surface_get_type (cairo_get_group_target (cr)) == CAIRO_SURFACE_TYPE_SVG);
  cairo_save (cr);
  cairo_rectangle (cr, box->x, box->y, box->width, box->height);
  cairo_clip (cr);
  cairo_translate (cr, box->x, box->y);
  /* The last block may be cut; its pixels still are @shrink cells wide. */
  cairo_scale (cr, box->width / columns * shrink / grow, box->height / rows * shrink / grow);
  cairo_set_source_surface (cr, image, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), reduces ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
  /* Without it the outer cells would fade into nothing where cells are averaged. */
  if (reduces)
    cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint (cr);
  cairo_restore (cr);
  cairo_surface_destroy (image);
  g_free (picture.indices);
}

void
_sonde_heat_map_draw (cairo_t *cr,
                      const SondeRectangle *box,
                      const double *values,
                      gsize rows,
                      gsize columns,
                      SondeColorMap map,
                      double low,
                      double high)
{
  if (rows == 0 || columns == 0 || box->width <= 0 || box->height <= 0)
    return;
  if (rows * columns <= MOST_RECTANGLES)
    draw_rectangles (cr, box, values, rows, columns, map, low, high);
  else
    draw_image (cr, box, values, rows, columns, map, low, high);
}
