#define G_LOG_DOMAIN "sonde"

#include "sonde-output-replace-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-json-private.h"
#include "sonde-output-folder-private.h"

/* How a report takes the place of another one. The folder of parts has the new report in "new". First what the older report wrote is
 * moved to "old", then the new files are moved out, results.json last; renaming "old" to "gone" ends it. Whoever finds such a folder
 * knows by what is in it how far its run came: with "old" and new/results.json, everything is moved back. Until "gone" is there, no byte
 * of the older report has been given up. */

#define MAX_RESULTS_BYTES (256 * 1024 * 1024)
#define RESULTS "results.json"
#define RANDOM_LETTERS 6 /* of mkdtemp() */

static gboolean
fail_to_place (const char *directory,
               const char *name,
               GError **error)
{
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s/%s” cannot be put in place: %s"), directory, name, g_strerror (errno));
  return FALSE;
}

/* ---- what an older report says it wrote ---- */

/* Names that a report may have: at most one folder deep, and nothing that climbs. A file of somebody else could list others. */
static gboolean
is_report_name (const char *name)
{
  const char *slash = strchr (name, '/');

  if (*name == '.' || *name == '/' || (slash != NULL && (slash[1] == '.' || slash[1] == '\0' || strchr (slash + 1, '/') != NULL)))
    return FALSE;
  return *name != '\0' && (slash == NULL || g_str_has_prefix (name, "figures/") || g_str_has_prefix (name, "tables/"));
}

static gboolean
read_all (int file,
          char *text,
          gsize size)
{
  while (size > 0)
    {
      const gssize n = read (file, text, size);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return FALSE;
      text += n;
      size -= (gsize) n;
    }
  return TRUE;
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
  if (done && (!S_ISREG (info.st_mode) || info.st_size > MAX_RESULTS_BYTES))
    info.st_size = 0;
  text = done ? g_try_malloc ((gsize) info.st_size + 1) : NULL;
  done = text != NULL && read_all (file, text, (gsize) info.st_size);
  close (file);
  return done ? g_bytes_new_take (g_steal_pointer (&text), (gsize) info.st_size) : NULL;
}

/* The files that results.json in @folder lists, as far as a report may have such, itself last; NULL where it cannot be read. */
static GPtrArray *
list_report (int folder)
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

/* ---- moving ---- */

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

static gboolean
check_clashes (int folder,
               const char *directory,
               GPtrArray *names,
               GError **error)
{
  for (guint i = 0; i < names->len; i++)
    if (!check_clash (folder, directory, g_ptr_array_index (names, i), error))
      return FALSE;
  return TRUE;
}

/* Folders, and what lies behind links, are nothing that a report wrote. */
static gboolean
is_file_of_report (int folder,
                   const char *name)
{
  struct stat info;

  return _sonde_folder_has (folder, name) && fstatat (folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR (info.st_mode);
}

/* What moves, and between which folders. */
typedef struct
{
  int part;
  int fresh;  /* _SONDE_PART_NEW in it */
  int old;    /* _SONDE_PART_OLD in it, or -1 */
  int folder; /* where the report belongs */
  const char *directory;
  GPtrArray *names;
} Move;

static void
move_clear (Move *move)
{
  if (move->fresh >= 0)
    close (move->fresh);
  if (move->old >= 0)
    close (move->old);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Move, move_clear)

static gboolean
move_files (const Move *move,
            int from,
            int to,
            GPtrArray *names,
            GError **error)
{
  for (guint i = 0; i < names->len; i++)
    if (is_file_of_report (from, g_ptr_array_index (names, i)) && !_sonde_folder_move (from, to, g_ptr_array_index (names, i)))
      return fail_to_place (move->directory, g_ptr_array_index (names, i), error);
  return TRUE;
}

static gboolean
replace (const Move *move,
         GError **error)
{
  g_autoptr (GPtrArray) older = list_report (move->folder);

  if (older == NULL)
    return fail_to_place (move->directory, RESULTS, error);
  if (!move_files (move, move->folder, move->old, older, error) || !move_files (move, move->folder, move->old, move->names, error))
    return FALSE;
  if (!move_files (move, move->fresh, move->folder, move->names, error))
    return FALSE;
  if (!_sonde_folder_sync (move->folder) || renameat (move->part, _SONDE_PART_OLD, move->part, _SONDE_PART_GONE) != 0)
    return fail_to_place (move->directory, RESULTS, error);
  _sonde_folder_remove_empty (move->folder, older);
  return TRUE;
}

/* What of the names is in the folder, and no longer among the new files, came from there. */
static gboolean
take_back (const Move *move)
{
  for (guint i = move->names->len; i > 0; i--)
    {
      const char *name = g_ptr_array_index (move->names, i - 1);

      if (!_sonde_folder_has (move->fresh, name) && _sonde_folder_has (move->folder, name) && !_sonde_folder_move (move->folder, move->fresh, name))
        return FALSE;
    }
  _sonde_folder_remove_empty (move->folder, move->names);
  return TRUE;
}

static gboolean
roll_back (const Move *move)
{
  g_autoptr (GPtrArray) old = NULL;

  if (!take_back (move))
    return FALSE;
  old = _sonde_folder_list (move->old);
  if (old == NULL || !move_files (move, move->old, move->folder, old, NULL))
    return FALSE;
  return _sonde_folder_sync (move->folder) && _sonde_folder_remove (move->part, _SONDE_PART_OLD);
}

gboolean
_sonde_replace_report (int part,
                       int folder,
                       const char *directory,
                       GPtrArray *names,
                       GError **error)
{
  g_auto (Move) move = { .part = part, .fresh = _sonde_folder_open (part, _SONDE_PART_NEW), .old = -1, .folder = folder, .directory = directory, .names = names };

  if (move.fresh < 0 || !_sonde_folder_sync (move.fresh))
    return fail_to_place (directory, RESULTS, error);
  if (!check_clashes (folder, directory, names, error))
    return FALSE;
  if (mkdirat (part, _SONDE_PART_OLD, 0700) != 0 || (move.old = _sonde_folder_open (part, _SONDE_PART_OLD)) < 0)
    return fail_to_place (directory, RESULTS, error);
  if (replace (&move, error))
    return TRUE;
  if (!roll_back (&move))
    g_prefix_error (error, _ ("the older report is in pieces until the next run into this folder, which puts it together again: "));
  return FALSE;
}

/* ---- what killed runs left ---- */

gboolean
_sonde_replace_lock (int part)
{
  return flock (part, LOCK_EX | LOCK_NB) == 0;
}

/* A folder that anybody may have called so holds something else, too. */
static gboolean
is_part (int part)
{
  static const char *const known[] = { _SONDE_PART_NEW, _SONDE_PART_OLD, _SONDE_PART_GONE, NULL };
  g_autoptr (GPtrArray) names = _sonde_folder_list_top (part);

  for (guint i = 0; names != NULL && i < names->len; i++)
    if (!g_strv_contains (known, g_ptr_array_index (names, i)))
      return FALSE;
  return names != NULL;
}

static gboolean
recover_report (int part,
                int folder,
                const char *directory)
{
  g_auto (Move) move = { .part = part, .fresh = _sonde_folder_open (part, _SONDE_PART_NEW), .old = _sonde_folder_open (part, _SONDE_PART_OLD), .folder = folder, .directory = directory };
  g_autoptr (GPtrArray) names = NULL;

  /* results.json is the last that moves */
  if (move.old < 0 || move.fresh < 0 || !_sonde_folder_has (move.fresh, RESULTS))
    return TRUE;
  move.names = names = list_report (move.fresh);
  return names != NULL && roll_back (&move);
}

static gboolean
recover_part (int parent,
              const char *name,
              const char *directory,
              GError **error)
{
  const int part = _sonde_folder_open (parent, name);
  gboolean done = TRUE;

  if (part < 0)
    return TRUE;
  if (_sonde_replace_lock (part) && is_part (part))
    {
      done = recover_report (part, parent, directory);
      if (!done)
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("an earlier run was killed while it replaced the report in “%s”, and what it moved to “%s” cannot be put back: %s"), directory, name, g_strerror (errno));
      else
        _sonde_folder_remove (parent, name);
    }
  close (part);
  return done;
}

gboolean
_sonde_replace_recover (int parent,
                        const char *prefix,
                        const char *directory,
                        GError **error)
{
  g_autoptr (GPtrArray) names = _sonde_folder_list_top (parent);

  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);

      if (g_str_has_prefix (name, prefix) && strlen (name) == strlen (prefix) + RANDOM_LETTERS && !recover_part (parent, name, directory, error))
        return FALSE;
    }
  return TRUE;
}
