#define G_LOG_DOMAIN "sonde"

#include "sonde-marks-private.h"

#include <math.h>
#include <string.h>

#include "sonde-color-map-private.h"
#include "sonde-pdf-private.h"
#include "sonde-png-private.h"

#define MOST_RECTANGLES ((gsize) 32 * 32)
#define MOST_PIXELS 2000 /* along one side of an embedded image */
#define FEWEST_PIXELS 640

/* Few cells: rectangles. Each reaches under its later neighbours, as viewers show hairlines between shapes that only touch. */
static void
draw_rectangles (cairo_t *cr,
                 const SondeRectangle *box,
                 const SondeHeatMap *map)
{
  const double width = box->width / map->columns, height = box->height / map->rows;

  for (gsize row = 0; row < map->rows; row++)
    for (gsize column = 0; column < map->columns; column++)
      {
        const guint index = _sonde_color_map_index (map->values[row * map->columns + column], map->low, map->high);
        const guint32 rgb = _sonde_color_map_rgb (map->colors, index);
        const double right = column + 1 < map->columns ? 0.5 : 0, below = row + 1 < map->rows ? 0.5 : 0;

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

/* What is drawn as one image: its pixels, or the cells that are to become squares of pixels, as numbers of colours. */
typedef struct
{
  guint16 *indices; /* [rows x columns] */
  gsize rows, columns;
  guint32 palette[SONDE_COLOR_UNDEFINED + 1];
} Picture;

/* Cells, or the means of @shrink x @shrink cells. */
static void
picture_init (Picture *self,
              const SondeHeatMap *map,
              gsize shrink)
{
  self->rows = (map->rows + shrink - 1) / shrink;
  self->columns = (map->columns + shrink - 1) / shrink;
  self->indices = g_new (guint16, self->rows * self->columns);
  _sonde_color_map_get_palette (map->colors, self->palette);
  for (gsize y = 0; y < self->rows; y++)
    for (gsize x = 0; x < self->columns; x++)
      {
        const gsize row = y * shrink, column = x * shrink;
        const double value = shrink == 1 ? map->values[row * map->columns + column]
                                         : block_mean (map->values, map->columns, row, MIN (row + shrink, map->rows), column, MIN (column + shrink, map->columns));

        self->indices[y * self->columns + x] = (guint16) _sonde_color_map_index (value, map->low, map->high);
      }
}

static void
picture_clear (Picture *self)
{
  g_free (self->indices);
}

/* 256 colours are what an index of a byte can name: undefined cells take the place of a colour that no cell has. FALSE where
 * there is none. */
static gboolean
picture_to_bytes (const Picture *self,
                  guint8 *bytes,
                  guint32 *palette)
{
  gboolean used[SONDE_COLOR_UNDEFINED + 1] = { FALSE };
  guint undefined = 0;

  for (gsize i = 0; i < self->rows * self->columns; i++)
    used[self->indices[i]] = TRUE;
  while (undefined < SONDE_COLOR_UNDEFINED && used[undefined])
    undefined++;
  if (used[SONDE_COLOR_UNDEFINED] && undefined == SONDE_COLOR_UNDEFINED)
    return FALSE;
  memcpy (palette, self->palette, SONDE_COLOR_UNDEFINED * sizeof *palette);
  if (used[SONDE_COLOR_UNDEFINED])
    palette[undefined] = self->palette[SONDE_COLOR_UNDEFINED];
  for (gsize i = 0; i < self->rows * self->columns; i++)
    bytes[i] = (guint8) (self->indices[i] == SONDE_COLOR_UNDEFINED ? undefined : self->indices[i]);
  return TRUE;
}

static SondeIndexedImage *
pack (const SondeHeatMap *map,
      gsize shrink,
      gsize grow)
{
  SondeIndexedImage *image = NULL;
  g_autofree guint8 *bytes = NULL;
  guint32 palette[256];
  Picture picture;

  picture_init (&picture, map, shrink);
  bytes = g_new (guint8, picture.rows * picture.columns);
  if (picture_to_bytes (&picture, bytes, palette))
    image = _sonde_indexed_image_new (bytes, picture.rows, picture.columns, grow, palette);
  picture_clear (&picture);
  return image;
}

/* Packed by whoever draws the map first, for all that follow. NULL where it has too many colours. */
static SondeIndexedImage *
get_packed (const SondeHeatMap *map,
            gsize shrink,
            gsize grow)
{
  SondeHeatImage *image = map->image;

  if (g_once_init_enter (&image->done))
    {
      image->packed = pack (map, shrink, grow);
      g_once_init_leave (&image->done, 1);
    }
  return image->packed;
}

void
_sonde_heat_image_free (SondeHeatImage *self)
{
  g_clear_pointer (&self->packed, _sonde_indexed_image_unref);
  g_free (self);
}

static void
widen (guint32 *pixels,
       const Picture *picture,
       gsize y,
       gsize grow)
{
  const guint16 *indices = picture->indices + y * picture->columns;

  for (gsize x = 0; x < picture->columns; x++)
    for (gsize i = 0; i < grow; i++)
      *pixels++ = picture->palette[indices[x]] | 0xff000000u;
}

static cairo_surface_t *
plain_image_new (const SondeHeatMap *map,
                 gsize shrink,
                 gsize grow)
{
  cairo_surface_t *surface;
  Picture picture;
  guchar *pixels;
  gsize stride;

  picture_init (&picture, map, shrink);
  surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, (int) (picture.columns * grow), (int) (picture.rows * grow));
  stride = (gsize) cairo_image_surface_get_stride (surface);
  pixels = cairo_image_surface_get_data (surface);
  cairo_surface_flush (surface);
  for (gsize y = 0; pixels != NULL && y < picture.rows * grow; y++)
    if (y % grow == 0)
      widen ((guint32 *) (pixels + y * stride), &picture, y / grow, grow);
    else
      memcpy (pixels + y * stride, pixels + (y - 1) * stride, picture.columns * grow * sizeof (guint32));
  cairo_surface_mark_dirty (surface);
  picture_clear (&picture);
  return surface;
}

/* cairo's SVG embeds the PNG that a surface carries, and never looks at the pixels then: they are left black, and are of the
 * smallest kind that is no mask, as cairo still copies them. A PNG of indexed colours is a third of what cairo would write. */
static cairo_surface_t *
png_image_new (SondeIndexedImage *packed)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB16_565, (int) packed->columns, (int) packed->rows);
  gsize length;
  guint8 *png = _sonde_png_encode (packed, &length);

  if (cairo_surface_set_mime_data (surface, CAIRO_MIME_TYPE_PNG, png, length, g_free, png) != CAIRO_STATUS_SUCCESS)
    {
      g_free (png);
      g_clear_pointer (&surface, cairo_surface_destroy);
    }
  return surface;
}

/* What the target can hold best. */
static cairo_surface_t *
image_new (cairo_t *cr,
           const SondeHeatMap *map,
           gsize shrink,
           gsize grow)
{
  cairo_surface_t *target = cairo_get_group_target (cr), *surface = NULL;
  const cairo_surface_type_t type = cairo_surface_get_type (target);
  SondeIndexedImage *packed = type == CAIRO_SURFACE_TYPE_SVG || type == CAIRO_SURFACE_TYPE_PDF ? get_packed (map, shrink, grow) : NULL;

  if (packed != NULL)
    surface = type == CAIRO_SURFACE_TYPE_SVG ? png_image_new (packed) : _sonde_pdf_add_image (target, packed);
  return surface != NULL ? surface : plain_image_new (map, shrink, grow);
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
            const SondeHeatMap *map)
{
  const gsize longest = MAX (map->rows, map->columns);
  const gsize shrink = (longest + MOST_PIXELS - 1) / MOST_PIXELS;
  const gboolean vector = _sonde_cairo_is_vector (cr);
  /* Viewers of vector formats smooth small images when they enlarge them: give them one that need not be enlarged. */
  const gsize grow = vector ? MAX (1, (FEWEST_PIXELS + longest - 1) / longest) : 1;
  const gboolean reduces = !vector && pixels_per_cell (cr, box, map->columns) < shrink;
  /* The last block may be cut; its pixels still are @shrink cells wide. */
  const gsize columns = (map->columns + shrink - 1) / shrink * shrink, rows = (map->rows + shrink - 1) / shrink * shrink;
  const double width = box->width / map->columns * columns, height = box->height / map->rows * rows;
  cairo_surface_t *image = image_new (cr, map, shrink, grow);

  cairo_save (cr);
  cairo_rectangle (cr, box->x, box->y, box->width, box->height);
  cairo_clip (cr);
  cairo_translate (cr, box->x, box->y);
  cairo_scale (cr, width / cairo_image_surface_get_width (image), height / cairo_image_surface_get_height (image));
  cairo_set_source_surface (cr, image, 0, 0);
  cairo_pattern_set_filter (cairo_get_source (cr), reduces ? CAIRO_FILTER_GOOD : CAIRO_FILTER_NEAREST);
  /* Without it the outer cells would fade into nothing where cells are averaged. */
  if (reduces)
    cairo_pattern_set_extend (cairo_get_source (cr), CAIRO_EXTEND_PAD);
  cairo_paint (cr);
  cairo_restore (cr);
  cairo_surface_destroy (image);
}

void
_sonde_heat_map_draw (cairo_t *cr,
                      const SondeRectangle *box,
                      const SondeHeatMap *map)
{
  if (map->rows == 0 || map->columns == 0 || box->width <= 0 || box->height <= 0)
    return;
  if (map->rows * map->columns <= MOST_RECTANGLES)
    draw_rectangles (cr, box, map);
  else
    draw_image (cr, box, map);
}
