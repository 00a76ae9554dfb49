#define G_LOG_DOMAIN "sonde"

#include "sonde-output-replace-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "sonde-descriptor-private.h"
#include "sonde-error.h"
#include "sonde-json-private.h"
#include "sonde-limits-private.h"

/* What an older report says it wrote, and what else lies where the new one is to be. */

#define RESULTS _SONDE_RESULTS

/* Names that a report may have: at most one folder deep, and nothing that climbs. A file of somebody else could list others. */
static gboolean
is_report_name (const char *name)
{
  const char *slash = strchr (name, '/');

  if (*name == '.' || *name == '/' || (slash != NULL && (slash[1] == '.' || slash[1] == '\0' || strchr (slash + 1, '/') != NULL)))
    return FALSE;
  return *name != '\0' && (slash == NULL || g_str_has_prefix (name, "figures/") || g_str_has_prefix (name, "tables/"));
}

/* An empty one where the file is missing or is none of ours; NULL where there is one that cannot be read. */
static GBytes *
read_results (int folder)
{
  const int file = openat (folder, RESULTS, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  g_autofree char *text = NULL;
  struct stat info;
  gboolean done;

  if (file < 0)
    return errno == ENOENT || errno == ELOOP ? g_bytes_new (NULL, 0) : NULL;
  done = fstat (file, &info) == 0;
  if (done && (!S_ISREG (info.st_mode) || info.st_size > SONDE_MAX_RESULTS_BYTES))
    info.st_size = 0;
  text = done ? g_try_malloc ((gsize) info.st_size + 1) : NULL;
  done = text != NULL && _sonde_descriptor_read_all (file, text, (gsize) info.st_size);
  close (file);
  return done ? g_bytes_new_take (g_steal_pointer (&text), (gsize) info.st_size) : NULL;
}

GPtrArray *
_sonde_report_list_files (int folder)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GBytes) text = read_results (folder);
  g_autoptr (JsonArray) files = text != NULL ? _sonde_json_find_array (text, RESULTS, "files") : NULL;

  if (text == NULL)
    return NULL;
  for (guint i = 0; files != NULL && i < json_array_get_length (files); i++)
    {
      JsonNode *element = json_array_get_element (files, i);
      const char *name = json_node_get_value_type (element) == G_TYPE_STRING ? json_node_get_string (element) : NULL;

      if (name != NULL && is_report_name (name) && !g_str_equal (name, RESULTS))
        g_ptr_array_add (names, g_strdup (name));
    }
  g_ptr_array_add (names, g_strdup (RESULTS));
  return g_steal_pointer (&names);
}

static gboolean
check_clash (int folder,
             const char *directory,
             const char *name,
             GError **error)
{
  const char *slash = strchr (name, '/');
  g_autofree char *first = slash != NULL ? g_strndup (name, (gsize) (slash - name)) : NULL;
  struct stat info;

  if (first != NULL && fstatat (folder, first, &info, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR (info.st_mode))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT,
                   S_ISLNK (info.st_mode) ? _ ("“%s/%s” is a symbolic link, which is not followed, and in the way of a folder: remove it, or choose another output with --output")
                                          : _ ("the file “%s/%s” is in the way of a folder: move it, or choose another output with --output"),
                   directory, first);
      return FALSE;
    }
  if (fstatat (folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR (info.st_mode))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the folder “%s/%s” is in the way of a file: move it, or choose another output with --output"), directory, name);
      return FALSE;
    }
  return TRUE;
}

gboolean
_sonde_report_check_clashes (int folder,
                             const char *directory,
                             GPtrArray *names,
                             GError **error)
{
  for (guint i = 0; i < names->len; i++)
    if (!check_clash (folder, directory, g_ptr_array_index (names, i), error))
      return FALSE;
  return TRUE;
}
