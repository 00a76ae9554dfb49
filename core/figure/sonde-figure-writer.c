#define G_LOG_DOMAIN "sonde"
#include <glib/gi18n-lib.h>

#include "sonde-figure-writer-private.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include <cairo-svg.h>

#include "sonde-error.h"
#include "sonde-figure-private.h"
#include "sonde-limits-private.h"
#include "sonde-pdf-private.h"
#include "sonde-png-private.h"

cairo_status_t
_sonde_collect_bytes (void *closure,
                      const unsigned char *data,
                      unsigned int length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

cairo_status_t
_sonde_status_with_memory (cairo_status_t status)
{
  return status == CAIRO_STATUS_SUCCESS && errno == ENOMEM ? CAIRO_STATUS_NO_MEMORY : status;
}

gboolean
_sonde_status_check (cairo_status_t status,
                     const char *format,
                     const char *name,
                     GError **error)
{
  if (status == CAIRO_STATUS_SUCCESS)
    return TRUE;
  /* Translators: a file format, the name of a figure, what cairo says. */
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("Cannot write %s of “%s”: %s: choose another place"), format, name, cairo_status_to_string (status));
  return FALSE;
}

char *
_sonde_text_clean (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *out = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      const gunichar c = g_utf8_get_char (p);
      const gboolean illegal = (c < 0x20 && c != '\t' && c != '\n') || (c >= 0x7f && c < 0xa0 && c != 0x85) || c == 0xfffe || c == 0xffff;

      g_string_append_unichar (out, illegal ? 0xfffd : c);
    }
  return g_string_free (out, FALSE);
}

/* A catalogue's head says it in a line of its own; without one the words are as they were written. */
char *
_sonde_text_dup_language (void)
{
  static const char head_id[] = "", field[] = "Language: ";
  const char *head = dgettext (GETTEXT_PACKAGE, head_id);
  const char *found = strstr (head, field);

  if (found == NULL)
    return g_strdup ("en");
  found += strlen (field);
  return g_strdelimit (g_strndup (found, strcspn (found, "\n.@")), "_", '-');
}

/**
 * sonde_figure_to_svg:
 * @figure: a figure
 * @metadata: (nullable): text for the file's metadata element
 * @error: return location
 *
 * Draws the figure as SVG 1.1, in its own size, with its title and caption for whoever has it read aloud. The bytes depend on the figure, @metadata and the installed fonts only.
 *
 * Returns: (transfer full): the file; %NULL with %SONDE_ERROR_OUTPUT where cairo fails
 */
GBytes *
sonde_figure_to_svg (SondeFigure *figure,
                     const char *metadata,
                     GError **error)
{
  g_autoptr (GByteArray) bytes = NULL;
  g_autofree char *language = _sonde_text_dup_language ();
  SondeSvgTexts texts;
  cairo_surface_t *surface;
  cairo_status_t status;
  cairo_t *cr;

  g_return_val_if_fail (SONDE_IS_FIGURE (figure), NULL);

  bytes = g_byte_array_new ();
  surface = cairo_svg_surface_create_for_stream (_sonde_collect_bytes, bytes, sonde_figure_get_width (figure), sonde_figure_get_height (figure));
  cairo_svg_surface_restrict_to_version (surface, CAIRO_SVG_VERSION_1_1);
  cr = cairo_create (surface);
  errno = 0;
  sonde_figure_draw (figure, cr, sonde_figure_get_width (figure), sonde_figure_get_height (figure));
  status = _sonde_status_with_memory (cairo_status (cr));
  cairo_destroy (cr);
  cairo_surface_finish (surface);
  status = status == CAIRO_STATUS_SUCCESS ? _sonde_status_with_memory (cairo_surface_status (surface)) : status;
  cairo_surface_destroy (surface);
  if (!_sonde_status_check (status, "SVG", sonde_figure_get_name (figure), error))
    return NULL;
  texts = (SondeSvgTexts){ sonde_figure_get_name (figure), _sonde_figure_get_shown_heading (figure), sonde_figure_get_caption (figure), metadata, language };
  return _sonde_svg_finish ((const char *) bytes->data, bytes->len, &texts);
}

static void
draw_page (cairo_surface_t *surface,
           cairo_t *cr,
           gpointer user_data)
{
  sonde_figure_draw (user_data, cr, sonde_figure_get_width (user_data), sonde_figure_get_height (user_data));
}

/**
 * sonde_figure_to_pdf:
 * @figure: a figure
 * @metadata: (nullable): text for the document's keywords
 * @date: seconds since 1970, for the document's dates
 * @error: return location
 *
 * Draws the figure as a PDF of one page, in its own size, with the caption as the document's subject. The bytes depend
 * on the figure, @metadata, @date and the installed fonts only.
 *
 * Returns: (transfer full): the file; %NULL with %SONDE_ERROR_VALUE where @date is none, %SONDE_ERROR_OUTPUT where cairo fails
 */
GBytes *
sonde_figure_to_pdf (SondeFigure *figure,
                     const char *metadata,
                     gint64 date,
                     GError **error)
{
  g_autofree char *language = _sonde_text_dup_language ();
  SondePdfProperties properties;

  g_return_val_if_fail (SONDE_IS_FIGURE (figure), NULL);

  properties = (SondePdfProperties){ _sonde_figure_get_shown_heading (figure), sonde_figure_get_caption (figure), metadata, date, language };
  return _sonde_pdf_write (sonde_figure_get_width (figure), sonde_figure_get_height (figure), &properties, draw_page, figure, error);
}

static cairo_surface_t *
draw_pixels (SondeFigure *figure,
             int width,
             int height)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cr = cairo_create (surface);

  sonde_figure_draw (figure, cr, width, height);
  cairo_destroy (cr);
  return surface;
}

/**
 * sonde_figure_to_png:
 * @figure: a figure
 * @metadata: (nullable): text for the file's "Comment"
 * @dots_per_inch: pixels in 72 points
 * @error: return location
 *
 * Draws the figure as PNG, in its own size. The bytes depend on the figure, @metadata, @dots_per_inch and the installed
 * fonts only.
 *
 * Returns: (transfer full): the file; %NULL with %SONDE_ERROR_VALUE where it would have less than one or more than 32,767
 * pixels along a side, or more than 134,217,728 in all, %SONDE_ERROR_OUTPUT where cairo fails
 */
GBytes *
sonde_figure_to_png (SondeFigure *figure,
                     const char *metadata,
                     double dots_per_inch,
                     GError **error)
{
  g_autoptr (GByteArray) bytes = NULL;
  cairo_surface_t *surface;
  cairo_status_t status;
  double width, height;

  g_return_val_if_fail (SONDE_IS_FIGURE (figure), NULL);

  width = round (sonde_figure_get_width (figure) * dots_per_inch / 72);
  height = round (sonde_figure_get_height (figure) * dots_per_inch / 72);
  if (!(MIN (width, height) >= 1 && MAX (width, height) <= SONDE_MAX_PNG_SIDE && width * height <= SONDE_MAX_PNG_PIXELS))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("Cannot write PNG of “%s”: %g dots per inch give %.0f x %.0f pixels, expected 1 to %d along each side and at most %d in all"),
                   sonde_figure_get_name (figure), dots_per_inch, width, height, SONDE_MAX_PNG_SIDE, SONDE_MAX_PNG_PIXELS);
      return NULL;
    }
  bytes = g_byte_array_new ();
  errno = 0;
  surface = draw_pixels (figure, (int) width, (int) height);
  status = _sonde_status_with_memory (cairo_surface_status (surface));
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_write_to_png_stream (surface, _sonde_collect_bytes, bytes);
  cairo_surface_destroy (surface);
  if (!_sonde_status_check (status, "PNG", sonde_figure_get_name (figure), error))
    return NULL;

  const char *const texts[] = { "Title", _sonde_figure_get_shown_heading (figure), "Software", SONDE_CREATOR, metadata != NULL ? "Comment" : NULL, metadata, NULL };
  return _sonde_png_finish (bytes->data, bytes->len, dots_per_inch, texts);
}
