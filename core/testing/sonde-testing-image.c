#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-figure-private.h"

#include <string.h>

#include "sonde-testing-contract-private.h"

/* Of 255: an eighth of black to white. Below it lie the shades at the edges of letters, which differ between versions of libraries. */
#define THRESHOLD 32

typedef struct
{
  const guint8 *next;
  gsize left;
} Reader;

static cairo_status_t
read_bytes (gpointer closure,
            guchar *data,
            guint length)
{
  Reader *reader = closure;

  if (length > reader->left)
    return CAIRO_STATUS_READ_ERROR;
  memcpy (data, reader->next, length);
  reader->next += length;
  reader->left -= length;
  return CAIRO_STATUS_SUCCESS;
}

/* On white, so that what is transparent looks as on paper. */
static cairo_surface_t *
put_on_white (cairo_surface_t *image)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, cairo_image_surface_get_width (image), cairo_image_surface_get_height (image));
  cairo_t *cr = cairo_create (surface);

  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_set_source_surface (cr, image, 0, 0);
  cairo_paint (cr);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  return surface;
}

cairo_surface_t *
_sonde_testing_read_png (GBytes *png,
                         const char *what,
                         GError **error)
{
  Reader reader;
  cairo_surface_t *image, *surface = NULL;

  reader.next = g_bytes_get_data (png, &reader.left);
  image = cairo_image_surface_create_from_png_stream (read_bytes, &reader);
  if (cairo_surface_status (image) == CAIRO_STATUS_SUCCESS)
    surface = put_on_white (image);
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, "%s is no PNG that can be read", what);
  cairo_surface_destroy (image);
  return surface;
}

/* The largest difference of a colour, 0 to 255. */
static guint
differ (guint32 a,
        guint32 b)
{
  guint most = 0;

  for (guint shift = 0; shift < 32; shift += 8)
    {
      int difference = (int) (a >> shift & 255) - (int) (b >> shift & 255);

      most = MAX (most, (guint) ABS (difference));
    }
  return most;
}

typedef struct
{
  guint n;
  int left, top, right, bottom; /* of those that differ, in pixels; right and bottom are outside */
} Region;

static void
extend (Region *region,
        int x,
        int y)
{
  region->left = region->n == 0 ? x : MIN (region->left, x);
  region->top = region->n == 0 ? y : MIN (region->top, y);
  region->right = region->n == 0 ? x + 1 : MAX (region->right, x + 1);
  region->bottom = region->n == 0 ? y + 1 : MAX (region->bottom, y + 1);
  region->n++;
}

gboolean
_sonde_testing_compare_surfaces (const char *name,
                                 cairo_surface_t *found,
                                 cairo_surface_t *expected,
                                 double points_per_pixel,
                                 double tolerance,
                                 GError **error)
{
  const int width = cairo_image_surface_get_width (found), height = cairo_image_surface_get_height (found);
  const guint8 *a = cairo_image_surface_get_data (found), *b = cairo_image_surface_get_data (expected);
  Region region = { 0 };

  if (width != cairo_image_surface_get_width (expected) || height != cairo_image_surface_get_height (expected))
    return _sonde_testing_fail (error, "figure %s: it is %d x %d pixels, where %d x %d are expected", name, width, height, cairo_image_surface_get_width (expected), cairo_image_surface_get_height (expected));
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        const guint32 *p = (const guint32 *) (gconstpointer) (a + (gsize) y * (gsize) cairo_image_surface_get_stride (found)) + x;
        const guint32 *q = (const guint32 *) (gconstpointer) (b + (gsize) y * (gsize) cairo_image_surface_get_stride (expected)) + x;

        if (differ (*p, *q) > THRESHOLD)
          extend (&region, x, y);
      }
  if (region.n <= tolerance * width * height)
    return TRUE;
  return _sonde_testing_fail (error, "figure %s: %u of %d pixels differ by more than %d of 255, all between (%.4g, %.4g) and (%.4g, %.4g) from its upper left corner, of %.4g x %.4g",
                              name, region.n, width * height, THRESHOLD, region.left * points_per_pixel, region.top * points_per_pixel,
                              region.right * points_per_pixel, region.bottom * points_per_pixel, width * points_per_pixel, height * points_per_pixel);
}
