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
#include "sonde-output-folder-private.h"

/* What an older report says it wrote, and what else lies where the new one is to be. */

#define RESULTS _SONDE_RESULTS

gboolean
_sonde_report_may_have (const char *name)
{
  static const char *const single[] = { RESULTS, "report.pdf", "tensors.safetensors", "capture.safetensors", NULL };
  static const char *const folders[][4] = { { "figures", ".svg", ".pdf", ".png" }, { "tables", ".csv", ".npz" } };
  const char *slash = strchr (name, '/');

  if (slash == NULL)
    return g_strv_contains (single, name);
  if (slash[1] == '.' || strchr (slash + 1, '/') != NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    for (guint j = 1; j < G_N_ELEMENTS (folders[i]) && folders[i][j] != NULL; j++)
      if (strlen (folders[i][0]) == (gsize) (slash - name) && g_str_has_prefix (name, folders[i][0]) && g_str_has_suffix (name, folders[i][j]))
        return TRUE;
  return FALSE;
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
      SondeEntry entry;

      if (name == NULL || !_sonde_report_may_have (name) || g_str_equal (name, RESULTS))
        continue;
      entry = _sonde_folder_look (folder, name);
      if (entry == SONDE_ENTRY_UNKNOWN)
        return NULL;
      if (entry != SONDE_ENTRY_FOLDER) /* somebody else's, whatever is said of it */
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
  if (_sonde_folder_look (folder, name) == SONDE_ENTRY_FOLDER)
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
