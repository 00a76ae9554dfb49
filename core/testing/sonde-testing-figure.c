#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-figure-private.h"

#include <figure/sonde-figure-variant.h>
#include <figure/sonde-figure-writer.h>
#include <string.h>

#include "sonde-testing-contract-private.h"

/**
 * sonde_testing_compare_figures:
 * @figure: a figure
 * @expected: how it should be
 * @tolerance: how far numbers may differ, relative to those expected that are above 1
 * @error: return location for an error
 *
 * Compares what two figures were told: panels, titles, labels, limits, categories, legends, colour bars, and the marks with their data
 * and styles. No font and no version of a drawing library plays a part.
 *
 * Returns: %TRUE where they are the same; %FALSE with a sentence such as “figure rates: panels[0][2].marks[1].y[3] is 2, where 2.5 is
 *   expected”
 */
gboolean
sonde_testing_compare_figures (SondeFigure *figure,
                               SondeFigure *expected,
                               double tolerance,
                               GError **error)
{
  g_autoptr (GVariant) a = NULL;
  g_autoptr (GVariant) b = NULL;

  g_return_val_if_fail (SONDE_IS_FIGURE (figure) && SONDE_IS_FIGURE (expected), FALSE);

  a = sonde_figure_to_variant (figure);
  b = sonde_figure_to_variant (expected);
  return _sonde_testing_compare_data (sonde_figure_get_name (figure), a, b, tolerance, error);
}

static cairo_surface_t *
draw (SondeFigure *figure,
      int width,
      int height)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_t *cr = cairo_create (surface);

  cairo_set_source_rgb (cr, 1, 1, 1);
  cairo_paint (cr);
  cairo_scale (cr, width / sonde_figure_get_width (figure), height / sonde_figure_get_height (figure));
  sonde_figure_draw (figure, cr, sonde_figure_get_width (figure), sonde_figure_get_height (figure));
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  return surface;
}

static int
to_pixels (double points,
           double dots_per_inch)
{
  return MAX (1, (int) (points * dots_per_inch / 72 + 0.5));
}

/**
 * sonde_testing_compare_rasters:
 * @figure: a figure
 * @expected: how it should look
 * @dots_per_inch: how finely both are drawn, above 0
 * @tolerance: which share of the pixels may differ by more than an eighth of black to white
 * @error: return location for an error
 *
 * Compares how two figures look, whatever they were told.
 *
 * Returns: %TRUE where they look the same; %FALSE with a sentence that says how many pixels differ, and where
 */
gboolean
sonde_testing_compare_rasters (SondeFigure *figure,
                               SondeFigure *expected,
                               double dots_per_inch,
                               double tolerance,
                               GError **error)
{
  cairo_surface_t *a, *b;
  gboolean same;

  g_return_val_if_fail (SONDE_IS_FIGURE (figure) && SONDE_IS_FIGURE (expected), FALSE);
  g_return_val_if_fail (dots_per_inch > 0, FALSE);

  a = draw (figure, to_pixels (sonde_figure_get_width (figure), dots_per_inch), to_pixels (sonde_figure_get_height (figure), dots_per_inch));
  b = draw (expected, to_pixels (sonde_figure_get_width (expected), dots_per_inch), to_pixels (sonde_figure_get_height (expected), dots_per_inch));
  same = _sonde_testing_compare_surfaces (sonde_figure_get_name (figure), a, b, 72 / dots_per_inch, tolerance, error);
  cairo_surface_destroy (a);
  cairo_surface_destroy (b);
  return same;
}

/**
 * sonde_testing_compare_images:
 * @png: the bytes of a PNG file
 * @expected: those of the one that it should look like
 * @tolerance: which share of the pixels may differ by more than an eighth of black to white
 * @error: return location for an error
 *
 * The same for two files. Fails with %SONDE_ERROR_FORMAT for what is no PNG.
 *
 * Returns: %TRUE where they look the same; %FALSE with a sentence that says how many pixels differ, and where, in pixels
 */
gboolean
sonde_testing_compare_images (GBytes *png,
                              GBytes *expected,
                              double tolerance,
                              GError **error)
{
  cairo_surface_t *a, *b;
  gboolean same;

  g_return_val_if_fail (png != NULL && expected != NULL, FALSE);

  a = _sonde_testing_read_png (png, "the image", error);
  b = a != NULL ? _sonde_testing_read_png (expected, "the image that is expected", error) : NULL;
  same = b != NULL && _sonde_testing_compare_surfaces ("image", a, b, 1, tolerance, error);
  g_clear_pointer (&a, cairo_surface_destroy);
  g_clear_pointer (&b, cairo_surface_destroy);
  return same;
}

/* ---- references beside a test ---- */

static GBytes *
make_file (SondeFigure *figure,
           const char *path,
           GError **error)
{
  g_autoptr (GVariant) data = NULL;
  char *text;

  if (g_str_has_suffix (path, ".svg"))
    return sonde_figure_to_svg (figure, NULL, error);
  if (g_str_has_suffix (path, ".png"))
    return sonde_figure_to_png (figure, NULL, 72, error);
  if (!g_str_has_suffix (path, ".figure"))
    {
      _sonde_testing_fail (error, "“%s” is no name of a reference: those end in .figure, .svg or .png", path);
      return NULL;
    }
  data = sonde_figure_to_variant (figure);
  text = g_variant_print (data, TRUE);
  return g_bytes_new_take (text, strlen (text));
}

static gboolean
compare_file (SondeFigure *figure,
              const char *path,
              GBytes *reference,
              double tolerance,
              GError **error)
{
  const char *name = sonde_figure_get_name (figure);
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *expected = g_strndup (g_bytes_get_data (reference, NULL), g_bytes_get_size (reference));
  g_autofree char *found = NULL;
  g_autoptr (GVariant) data = NULL;
  g_autoptr (GVariant) parsed = NULL;

  if (g_str_has_suffix (path, ".png"))
    {
      cairo_surface_t *b = _sonde_testing_read_png (reference, path, error);
      cairo_surface_t *a = b != NULL ? draw (figure, cairo_image_surface_get_width (b), cairo_image_surface_get_height (b)) : NULL;
      gboolean same = a != NULL && _sonde_testing_compare_surfaces (name, a, b, sonde_figure_get_width (figure) / cairo_image_surface_get_width (b), tolerance, error);

      g_clear_pointer (&a, cairo_surface_destroy);
      g_clear_pointer (&b, cairo_surface_destroy);
      return same;
    }
  if (g_str_has_suffix (path, ".svg"))
    {
      bytes = make_file (figure, path, error);
      found = bytes != NULL ? g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)) : NULL;
      return found != NULL && _sonde_testing_compare_texts (name, found, expected, tolerance, error);
    }
  data = sonde_figure_to_variant (figure);
  parsed = g_variant_parse (g_variant_get_type (data), expected, NULL, NULL, error);
  return parsed != NULL && _sonde_testing_compare_data (name, data, parsed, tolerance, error);
}

/**
 * sonde_testing_check_figure_file:
 * @figure: a figure
 * @path: a reference that ends in .figure, .svg or .png
 * @tolerance: of a .figure or .svg, how far numbers may differ, relative to those expected that are above 1; of a .png, which share of
 *   the pixels may differ by more than an eighth of black to white
 * @error: return location for an error
 *
 * Compares a figure with a file that is kept beside a test. A .figure holds what the figure was told, as text, and does not depend on
 * fonts; the others do. Where the environment variable %SONDE_TESTING_WRITE is set to something, the file is written anew instead, to
 * be looked at before it is kept. Fails with %G_FILE_ERROR where the file cannot be read or written.
 *
 * Returns: %TRUE where they are the same, or where the file was written; %FALSE with a sentence about the first difference
 */
gboolean
sonde_testing_check_figure_file (SondeFigure *figure,
                                 const char *path,
                                 double tolerance,
                                 GError **error)
{
  const char *write = g_getenv (SONDE_TESTING_WRITE);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) reference = NULL;
  char *contents;
  gsize size;

  g_return_val_if_fail (SONDE_IS_FIGURE (figure) && path != NULL, FALSE);

  if (write != NULL && *write != '\0')
    {
      bytes = make_file (figure, path, error);
      return bytes != NULL && g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), error);
    }
  if (!g_file_get_contents (path, &contents, &size, error))
    {
      g_prefix_error (error, "figure %s has no reference, which %s=1 writes: ", sonde_figure_get_name (figure), SONDE_TESTING_WRITE);
      return FALSE;
    }
  reference = g_bytes_new_take (contents, size);
  return compare_file (figure, path, reference, tolerance, error);
}
