#define G_LOG_DOMAIN "sonde"

#include "sonde-source-private.h"

#include <fnmatch.h>
#include <string.h>

#define INSIDE "./" /* how a pattern of what a directory holds begins */

/* Whether @directory holds something that a shell would expand @pattern to; hidden names are like others. */
static gboolean
holds (const char *directory,
       const char *pattern)
{
  const char *slash = strchr (pattern, '/');
  g_autofree char *wanted = slash != NULL ? g_strndup (pattern, (gsize) (slash - pattern)) : g_strdup (pattern);
  g_autoptr (GDir) dir = NULL;
  const char *name;

  if (strpbrk (wanted, "*?[") == NULL)
    {
      g_autofree char *path = g_build_filename (directory, wanted, NULL);

      return slash != NULL ? holds (path, slash + 1) : g_file_test (path, G_FILE_TEST_EXISTS);
    }
  dir = g_dir_open (directory, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      if (fnmatch (wanted, name, 0) == 0 && (slash == NULL || holds (path, slash + 1)))
        return TRUE;
    }
  return FALSE;
}

gboolean
_sonde_source_fits (const char *path,
                    const char *const *patterns)
{
  g_autofree char *name = g_path_get_basename (path);

  for (guint i = 0; patterns[i] != NULL; i++)
    if (g_str_has_prefix (patterns[i], INSIDE) ? holds (path, patterns[i] + strlen (INSIDE)) : fnmatch (patterns[i], name, 0) == 0)
      return TRUE;
  return FALSE;
}
