#define G_LOG_DOMAIN "sonde"

#include "sonde-output-replace-private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-output-folder-private.h"

/* What killed runs left is put right by the next run. */

#define RESULTS _SONDE_RESULTS
#define RANDOM_LETTERS 6 /* of mkdtemp() */

gboolean
_sonde_output_lock (int part)
{
  return flock (part, LOCK_EX | LOCK_NB) == 0;
}

/* A folder that anybody may have called so is for others, too, or holds something else. */
static gboolean
is_part (int part)
{
  static const char *const known[] = { _SONDE_PART_NEW, _SONDE_PART_OLD, _SONDE_PART_SWAP, _SONDE_PART_GONE, NULL };
  g_autoptr (GPtrArray) names = _sonde_folder_list_top (part);
  struct stat info;

  if (fstat (part, &info) != 0 || (info.st_mode & 0777) != 0700)
    return FALSE;
  for (guint i = 0; names != NULL && i < names->len; i++)
    if (!g_strv_contains (known, g_ptr_array_index (names, i)))
      return FALSE;
  return names != NULL;
}

/* -1 where there is none. FALSE: there may be one. */
static gboolean
open_folder (int parent,
             const char *name,
             int *folder)
{
  *folder = _sonde_folder_open (parent, name);
  return *folder >= 0 || errno == ENOENT;
}

static gboolean
recover_report (int part,
                int folder,
                const char *directory)
{
  g_auto (SondeMove) move = { .part = part, .fresh = -1, .old = -1, .folder = folder, .directory = directory };
  g_autoptr (GPtrArray) names = NULL;
  SondeEntry last;

  if (!open_folder (part, _SONDE_PART_NEW, &move.fresh) || !open_folder (part, _SONDE_PART_OLD, &move.old))
    return FALSE;
  if (move.old < 0 || move.fresh < 0)
    return TRUE;
  last = _sonde_folder_look (move.fresh, RESULTS); /* results.json is the last that moves */
  if (last == SONDE_ENTRY_UNKNOWN || last == SONDE_ENTRY_NONE)
    return last == SONDE_ENTRY_NONE;
  names = _sonde_report_list_files (move.fresh);
  move.names = names;
  return names != NULL && _sonde_replace_roll_back (&move);
}

/* Whoever put the output elsewhere meanwhile did so without what had not followed yet: it waits for the next output of that name. */
static gboolean
must_wait (int part,
           int folder)
{
  return folder < 0 && (_sonde_folder_look (part, _SONDE_PART_OLD) != SONDE_ENTRY_NONE || _sonde_folder_look (part, _SONDE_PART_SWAP) != SONDE_ENTRY_NONE);
}

static gboolean
recover_part (int parent,
              const char *name,
              int folder,
              const char *directory,
              GError **error)
{
  const int part = _sonde_folder_open (parent, name);
  gboolean done = TRUE;

  if (part < 0)
    return TRUE;
  if (_sonde_output_lock (part) && is_part (part) && !must_wait (part, folder))
    {
      done = folder < 0 || (recover_report (part, folder, directory) && _sonde_exchange_recover (part, folder));
      if (!done)
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("an earlier run was killed while it replaced the report in “%s”, and what it moved to “%s” cannot be put back: %s: free space there, or choose another folder with --output"), directory, name, g_strerror (errno));
      else
        _sonde_folder_remove (parent, name);
    }
  close (part);
  return done;
}

gboolean
_sonde_output_recover (int parent,
                       const char *prefix,
                       int folder,
                       const char *directory,
                       GError **error)
{
  g_autoptr (GPtrArray) names = _sonde_folder_list_top (parent);

  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);

      if (g_str_has_prefix (name, prefix) && strlen (name) == strlen (prefix) + RANDOM_LETTERS && !recover_part (parent, name, folder, directory, error))
        return FALSE;
    }
  return TRUE;
}
