#define G_LOG_DOMAIN "sonde"

#include "sonde-figure-file-private.h"

#include <glib/gi18n-lib.h>

#include "figure/sonde-figure-writer.h"
#include "sonde-error.h"

gint64
_sonde_document_date (void)
{
  const char *epoch = g_getenv ("SOURCE_DATE_EPOCH");
  gint64 date;

  if (epoch != NULL && g_ascii_string_to_signed (epoch, 10, 0, G_GINT64_CONSTANT (253402300799), &date, NULL))
    return date;
  return SONDE_RELEASE_DATE;
}

static GBytes *
to_pdf (SondeFigure *figure,
        const char *metadata,
        GError **error)
{
  return sonde_figure_to_pdf (figure, metadata, _sonde_document_date (), error);
}

static GBytes *
to_png (SondeFigure *figure,
        const char *metadata,
        GError **error)
{
  return sonde_figure_to_png (figure, metadata, _SONDE_PNG_DOTS_PER_INCH, error);
}

typedef GBytes *(*Write) (SondeFigure *figure, const char *metadata, GError **error);

static const struct
{
  const char *ending;
  Write write;
} formats[] = { { ".svg", sonde_figure_to_svg }, { ".pdf", to_pdf }, { ".png", to_png } };

static Write
find_write (const char *path)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_has_suffix (path, formats[i].ending))
      return formats[i].write;
  return NULL;
}

/**
 * sonde_figure_check_name:
 * @path: where a figure is to be written
 * @error: return location
 *
 * Asks, before anything is drawn, whether a figure can be written under a name.
 *
 * Returns: whether the name ends in .svg, .pdf or .png; %FALSE with %SONDE_ERROR_OUTPUT where it does not
 */
gboolean
sonde_figure_check_name (const char *path,
                         GError **error)
{
  g_return_val_if_fail (path != NULL, FALSE);

  if (find_write (path) != NULL)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s” names no format of figures: end it in .svg, .pdf or .png"), path);
  return FALSE;
}

/**
 * sonde_figure_save:
 * @figure: a figure
 * @path: a file; its ending says the format
 * @metadata: (nullable): text that is kept in the file
 * @error: return location
 *
 * Writes the figure under another name beside its place, and renames it when it is whole. An earlier file goes away.
 *
 * Returns: %FALSE with %SONDE_ERROR_OUTPUT where that cannot be done
 */
gboolean
sonde_figure_save (SondeFigure *figure,
                   const char *path,
                   const char *metadata,
                   GError **error)
{
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) local = NULL;

  g_return_val_if_fail (SONDE_IS_FIGURE (figure) && path != NULL, FALSE);

  if (!sonde_figure_check_name (path, error))
    return FALSE;
  bytes = find_write (path) (figure, metadata, error);
  if (bytes == NULL)
    return FALSE;
  if (g_file_set_contents_full (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), G_FILE_SET_CONTENTS_CONSISTENT, 0666, &local))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the figure cannot be written: %s: choose another place"), local->message);
  return FALSE;
}
