#define G_LOG_DOMAIN "sonde"

#include "sonde-output-replace-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-output-folder-private.h"

/* How a report takes the place of another one. The folder of parts has the new report in "new". First what the older report wrote is
 * moved to "old", then the new files are moved out, results.json last; renaming "old" to "gone" ends it. Whoever finds such a folder
 * knows by what is in it how far its run came: with "old" and new/results.json, everything is moved back. Until "gone" is there, no byte
 * of the older report has been given up. */

#define RESULTS _SONDE_RESULTS

static gboolean
fail_to_place (const char *directory,
               const char *name,
               GError **error)
{
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s/%s” cannot be put in place: %s: choose another folder with --output"), directory, name, g_strerror (errno));
  return FALSE;
}

void
_sonde_move_clear (SondeMove *move)
{
  if (move->fresh >= 0)
    close (move->fresh);
  if (move->old >= 0)
    close (move->old);
}

/* Folders, and what lies behind links, are nothing that a report wrote. */
static gboolean
move_files (const SondeMove *move,
            int from,
            int to,
            GPtrArray *names,
            GError **error)
{
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      const SondeEntry entry = _sonde_folder_look (from, name);

      if (entry == SONDE_ENTRY_UNKNOWN || (entry == SONDE_ENTRY_FILE && !_sonde_folder_move (from, to, name)))
        return fail_to_place (move->directory, name, error);
    }
  return TRUE;
}

static gboolean
replace (const SondeMove *move,
         GError **error)
{
  g_autoptr (GPtrArray) older = _sonde_report_list_files (move->folder);

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
take_back (const SondeMove *move)
{
  for (guint i = move->names->len; i > 0; i--)
    {
      const char *name = g_ptr_array_index (move->names, i - 1);
      const SondeEntry fresh = _sonde_folder_look (move->fresh, name);
      const SondeEntry placed = fresh == SONDE_ENTRY_NONE ? _sonde_folder_look (move->folder, name) : fresh;

      if (placed == SONDE_ENTRY_UNKNOWN || (fresh == SONDE_ENTRY_NONE && placed != SONDE_ENTRY_NONE && !_sonde_folder_move (move->folder, move->fresh, name)))
        return FALSE;
    }
  _sonde_folder_remove_empty (move->folder, move->names);
  return TRUE;
}

gboolean
_sonde_replace_roll_back (const SondeMove *move)
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
  g_auto (SondeMove) move = { .part = part, .fresh = _sonde_folder_open (part, _SONDE_PART_NEW), .old = -1, .folder = folder, .directory = directory, .names = names };

  if (move.fresh < 0 || !_sonde_folder_sync (move.fresh))
    return fail_to_place (directory, RESULTS, error);
  if (!_sonde_report_check_clashes (folder, directory, names, error))
    return FALSE;
  if (mkdirat (part, _SONDE_PART_OLD, 0700) != 0 || (move.old = _sonde_folder_open (part, _SONDE_PART_OLD)) < 0)
    return fail_to_place (directory, RESULTS, error);
  if (replace (&move, error))
    return TRUE;
  if (!_sonde_replace_roll_back (&move))
    g_prefix_error (error, _ ("the older report is in pieces until the next run into this folder, which puts it together again: "));
  return FALSE;
}
