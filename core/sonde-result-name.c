#define G_LOG_DOMAIN "sonde"

#include "sonde-result-check-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-limits-private.h"

static gboolean
is_printed (const char *name)
{
  for (; *name != '\0'; name = g_utf8_next_char (name))
    if (g_unichar_iscntrl (g_utf8_get_char (name)))
      return FALSE;
  return TRUE;
}

gboolean
_sonde_check_result_name (const char *name,
                          GError **error)
{
  if (*name != '\0' && *name != '.' && strchr (name, '/') == NULL && strlen (name) <= SONDE_MAX_RESULT_NAME && g_utf8_validate (name, -1, NULL) && is_printed (name))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("“%s” is no name for a table or a figure: a word of at most %d bytes is expected, without a slash, and without a point in front: this is a defect of the plugin: tell its authors"),
               name, SONDE_MAX_RESULT_NAME);
  return FALSE;
}
