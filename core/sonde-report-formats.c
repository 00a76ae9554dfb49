#define G_LOG_DOMAIN "sonde"

#include "sonde-report.h"

#include <glib/gi18n-lib.h>

#include "sonde-error.h"

/* What --format takes, and the settings' format. */

static gboolean
parse_word (const char *word,
            SondeFormats *formats,
            GError **error)
{
  static const struct
  {
    const char *word;
    SondeFormats format;
  } table[] = { { "svg", SONDE_FORMAT_SVG }, { "pdf", SONDE_FORMAT_PDF }, { "png", SONDE_FORMAT_PNG }, { "npz", SONDE_FORMAT_NPZ } };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (g_str_equal (word, table[i].word))
      {
        *formats |= table[i].format;
        return TRUE;
      }
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("“%s” is no format: --format takes svg, pdf and png for figures and npz for tables, separated by commas"), word);
  return FALSE;
}

/**
 * sonde_formats_parse:
 * @text: names of formats, svg, pdf, png and npz, with commas between
 * @formats: (out): the formats
 *
 * Reads formats as the command line has them.
 *
 * Returns: %FALSE with @error set where one of them is no format, or there is none
 */
gboolean
sonde_formats_parse (const char *text,
                     SondeFormats *formats,
                     GError **error)
{
  g_auto (GStrv) words = NULL;

  g_return_val_if_fail (text != NULL && formats != NULL, FALSE);

  words = g_strsplit (text, ",", -1);
  *formats = 0;
  if (words[0] == NULL)
    {
      g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("--format is empty: it takes svg, pdf and png for figures and npz for tables, separated by commas"));
      return FALSE;
    }
  for (guint i = 0; words[i] != NULL; i++)
    if (!parse_word (words[i], formats, error))
      return FALSE;
  return TRUE;
}
