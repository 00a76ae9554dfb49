#define _GNU_SOURCE
#define G_LOG_DOMAIN "sonde"

#include "sonde-output-replace-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-output-folder-private.h"

/* How a report takes the place of another one at once: two folders change their names, and at no time is there anything but one whole
 * report or the other. What else lay in the older one's folder is in both by then, but for folders, which follow. */

static gboolean
has_name (GPtrArray *names,
          const char *name)
{
  return names != NULL && g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL);
}

static gboolean
has_name_below (GPtrArray *names,
                const char *folder)
{
  g_autofree char *before = g_strconcat (folder, "/", NULL);

  for (guint i = 0; names != NULL && i < names->len; i++)
    if (g_str_has_prefix (g_ptr_array_index (names, i), before))
      return TRUE;
  return FALSE;
}

/* What lies in @folder and is none of @own, folders of others whole; NULL where that cannot be seen. */
static GPtrArray *
list_foreign (int folder,
              GPtrArray *own)
{
  g_autoptr (GPtrArray) top = _sonde_folder_list_top (folder);
  g_autoptr (GPtrArray) all = _sonde_folder_list (folder);
  g_autoptr (GPtrArray) foreign = g_ptr_array_new_with_free_func (g_free);

  if (top == NULL || all == NULL)
    return NULL;
  for (guint i = 0; i < top->len; i++)
    if (!has_name (own, g_ptr_array_index (top, i)) && !has_name_below (own, g_ptr_array_index (top, i)))
      g_ptr_array_add (foreign, g_strdup (g_ptr_array_index (top, i)));
  for (guint i = 0; i < all->len; i++)
    {
      const char *name = g_ptr_array_index (all, i);
      const char *slash = strchr (name, '/');
      g_autofree char *first = slash != NULL ? g_strndup (name, (gsize) (slash - name)) : NULL;

      if (first != NULL && has_name_below (own, first) && !has_name (own, name))
        g_ptr_array_add (foreign, g_strdup (name));
    }
  return g_steal_pointer (&foreign);
}

/* What is there already has been linked, or replaced since; but for what was saved anew in @from after it was linked. */
static gboolean
move_foreign (int from,
              int to,
              GPtrArray *names,
              guint *n_moved)
{
  for (*n_moved = 0; *n_moved < names->len; (*n_moved)++)
    {
      const char *name = g_ptr_array_index (names, *n_moved);
      gboolean newer;

      if (!_sonde_folder_compare (from, to, name, &newer) || (newer && !_sonde_folder_move (from, to, name)))
        return FALSE;
    }
  return TRUE;
}

static gboolean
change_places (int part,
               int parent,
               const char *base)
{
#ifdef RENAME_EXCHANGE
  return renameat2 (part, _SONDE_PART_SWAP, parent, base, RENAME_EXCHANGE) == 0;
#else
  return FALSE;
#endif
}

/* The new folder is for whom the old one was. */
static gboolean
take_over_mode (int fresh,
                int folder)
{
  struct stat old, made;

  if (fstat (folder, &old) != 0 || fstat (fresh, &made) != 0)
    return FALSE;
  if ((old.st_uid != made.st_uid || old.st_gid != made.st_gid) && fchown (fresh, old.st_uid, old.st_gid) != 0)
    return FALSE;
  return fchmod (fresh, old.st_mode & 07777) == 0;
}

/* What others put there until a moment ago follows, too. @moved: where that fails, what had followed. */
static gboolean
follow (int part,
        int fresh,
        int folder,
        GPtrArray *own,
        GPtrArray **moved)
{
  guint n_moved;

  *moved = list_foreign (folder, own);
  if (*moved == NULL)
    return FALSE;
  if (move_foreign (folder, fresh, *moved, &n_moved) && _sonde_folder_sync (fresh) && renameat (part, _SONDE_PART_SWAP, part, _SONDE_PART_GONE) == 0)
    return TRUE;
  g_ptr_array_set_size (*moved, (int) n_moved);
  return FALSE;
}

/* FALSE: something stays in the folder of parts, where the next run finds it. */
static gboolean
put_back (int part,
          int parent,
          const char *base,
          int fresh,
          int folder,
          GPtrArray *moved)
{
  guint n_moved;
  const gboolean done = moved == NULL || move_foreign (fresh, folder, moved, &n_moved);

  return change_places (part, parent, base) && done;
}

static gboolean
exchange (int part,
          int parent,
          const char *base,
          int fresh,
          int folder,
          const char *directory,
          GPtrArray *own,
          GError **error)
{
  g_autoptr (GPtrArray) moved = NULL;

  if (!take_over_mode (fresh, folder) || !_sonde_folder_sync (fresh) || renameat (part, _SONDE_PART_NEW, part, _SONDE_PART_SWAP) != 0)
    return FALSE;
  if (change_places (part, parent, base))
    {
      if (follow (part, fresh, folder, own, &moved))
        return TRUE;
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s” cannot be put in place: %s: choose another folder with --output"), directory, g_strerror (errno));
      if (!put_back (part, parent, base, fresh, folder, moved))
        return FALSE;
    }
  renameat (part, _SONDE_PART_SWAP, part, _SONDE_PART_NEW);
  return FALSE;
}

gboolean
_sonde_exchange_report (int part,
                        int parent,
                        const char *base,
                        int folder,
                        const char *directory,
                        GPtrArray *names,
                        GError **error)
{
  g_autoptr (GPtrArray) own = _sonde_report_list_files (folder);
  g_autoptr (GPtrArray) foreign = NULL;
  int fresh;
  gboolean done;

  if (own == NULL || !_sonde_report_check_clashes (folder, directory, names, error))
    return FALSE;
  for (guint i = 0; i < names->len; i++)
    g_ptr_array_add (own, g_strdup (g_ptr_array_index (names, i)));
  foreign = list_foreign (folder, own);
  fresh = foreign != NULL ? _sonde_folder_open (part, _SONDE_PART_NEW) : -1;
  if (fresh < 0)
    return FALSE;
  for (guint i = 0; i < foreign->len; i++) /* what cannot be linked follows */
    _sonde_folder_link (folder, fresh, g_ptr_array_index (foreign, i));
  done = exchange (part, parent, base, fresh, folder, directory, own, error);
  close (fresh);
  return done;
}

/* Killed before the change, there is only the new report; after it, the older one and whatever has not followed yet. */
gboolean
_sonde_exchange_recover (int part,
                         int folder)
{
  const int swap = _sonde_folder_open (part, _SONDE_PART_SWAP);
  const gboolean absent = swap < 0 && errno == ENOENT;
  g_autoptr (GPtrArray) own = swap >= 0 ? _sonde_report_list_files (swap) : NULL;
  g_autoptr (GPtrArray) foreign = NULL;
  g_autoptr (GPtrArray) present = _sonde_report_list_files (folder);
  guint n_moved;
  gboolean done;

  if (swap < 0)
    return absent;
  for (guint i = 0; own != NULL && present != NULL && i < present->len; i++)
    g_ptr_array_add (own, g_strdup (g_ptr_array_index (present, i)));
  foreign = own != NULL ? list_foreign (swap, own) : NULL;
  done = foreign != NULL && move_foreign (swap, folder, foreign, &n_moved) && _sonde_folder_sync (folder);
  close (swap);
  return done;
}
