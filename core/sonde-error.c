#define G_LOG_DOMAIN "sonde"

#include "sonde-error-private.h"

/**
 * sonde_error_quark:
 *
 * Gives the domain of the library's errors, %SONDE_ERROR.
 *
 * Returns: the domain
 */
GQuark
sonde_error_quark (void)
{
  return g_quark_from_static_string ("sonde-error-quark");
}

/* How many bytes of @text, which is not at its end, are shown as they are; 0: none. */
static gsize
measure_printable (const char *text)
{
  const gunichar character = g_utf8_get_char_validated (text, -1);

  if (character == (gunichar) -1 || character == (gunichar) -2 || g_unichar_iscntrl (character) || character == 0x2028 || character == 0x2029)
    return 0;
  return (gsize) (g_utf8_next_char (text) - text);
}

char *
_sonde_sentence_dup_line (const char *sentence)
{
  GString *line = g_string_new (NULL);

  for (const char *p = sentence; *p != '\0';)
    {
      const gsize length = measure_printable (p);

      if (length > 0)
        g_string_append_len (line, p, (gssize) length);
      else
        g_string_append_printf (line, "\\x%02X", (guchar) *p);
      p += MAX (length, 1);
    }
  return g_string_free (line, FALSE);
}

void
_sonde_error_make_line (GError **error)
{
  char *message;

  if (error == NULL || *error == NULL)
    return;
  message = (*error)->message;
  (*error)->message = _sonde_sentence_dup_line (message);
  g_free (message);
}

gboolean
_sonde_error_is_of_what_is_there (const GError *error)
{
  return error->domain == G_FILE_ERROR && error->code != G_FILE_ERROR_NOENT && error->code != G_FILE_ERROR_NOTDIR && error->code != G_FILE_ERROR_ACCES;
}
