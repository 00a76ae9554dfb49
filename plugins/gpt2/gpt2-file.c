#define G_LOG_DOMAIN "gpt2"

#include "gpt2-file.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "sonde.h"

static gboolean
check_length (const char *path, gsize length, gsize max, GError **error)
{
  if (length <= max)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s has %zu bytes, at most %zu expected: is it the file that it is called?"), path, length, max);
  return FALSE;
}

/* It may have grown in between. */
gboolean
gpt2_file_read (const char *path,
                gsize max,
                char **data,
                gsize *length,
                GError **error)
{
  g_autofree char *contents = NULL;
  GStatBuf info;

  if (g_stat (path, &info) == 0 && !check_length (path, (gsize) info.st_size, max, error))
    return FALSE;
  if (!g_file_get_contents (path, &contents, length, error) || !check_length (path, *length, max, error))
    return FALSE;
  *data = g_steal_pointer (&contents);
  return TRUE;
}
