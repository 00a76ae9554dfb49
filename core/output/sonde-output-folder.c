#define G_LOG_DOMAIN "sonde"

#include "sonde-output-folder-private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

int
_sonde_folder_open (int parent,
                    const char *name)
{
  return openat (parent, name, FOLDER_FLAGS);
}

/* Closes and keeps errno. */
static void
close_folder (int folder)
{
  const int code = errno;

  if (folder >= 0)
    close (folder);
  errno = code;
}

/* The folder in which the last part of @name lies, to be closed by close_folder(); @last is that part. -1: it is not there. */
static int
enter (int folder,
       const char *name,
       gboolean make,
       const char **last)
{
  const char *slash = strchr (name, '/');
  g_autofree char *first = slash != NULL ? g_strndup (name, (gsize) (slash - name)) : g_strdup (".");

  *last = slash != NULL ? slash + 1 : name;
  if (make && slash != NULL && mkdirat (folder, first, 0777) != 0 && errno != EEXIST)
    return -1;
  return _sonde_folder_open (folder, first);
}

static SondeEntry
look (int folder,
      const char *name,
      struct stat *info)
{
  const char *last;
  const int within = enter (folder, name, FALSE, &last);
  const gboolean there = within >= 0 && fstatat (within, last, info, AT_SYMLINK_NOFOLLOW) == 0;

  close_folder (within);
  if (there)
    return S_ISDIR (info->st_mode) ? SONDE_ENTRY_FOLDER : SONDE_ENTRY_FILE;
  return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ? SONDE_ENTRY_NONE : SONDE_ENTRY_UNKNOWN;
}

SondeEntry
_sonde_folder_look (int folder,
                    const char *name)
{
  struct stat info;

  return look (folder, name, &info);
}

static gboolean
is_later (const struct timespec *one,
          const struct timespec *other)
{
  return one->tv_sec != other->tv_sec ? one->tv_sec > other->tv_sec : one->tv_nsec > other->tv_nsec;
}

/* One file with two names is as new as itself. When it lost or got one is no measure. */
gboolean
_sonde_folder_compare (int folder,
                       int other,
                       const char *name,
                       gboolean *newer)
{
  struct stat info, beside;
  const SondeEntry one = look (folder, name, &info);
  const SondeEntry two = one != SONDE_ENTRY_UNKNOWN ? look (other, name, &beside) : SONDE_ENTRY_UNKNOWN;

  *newer = two == SONDE_ENTRY_NONE || (one == SONDE_ENTRY_FILE && two == SONDE_ENTRY_FILE && (info.st_dev != beside.st_dev || info.st_ino != beside.st_ino) && is_later (&info.st_mtim, &beside.st_mtim));
  return two != SONDE_ENTRY_UNKNOWN;
}

gboolean
_sonde_folder_move (int from,
                    int to,
                    const char *name)
{
  const char *last;
  const int source = enter (from, name, FALSE, &last);
  const int target = source >= 0 ? enter (to, name, TRUE, &last) : -1;
  const gboolean moved = target >= 0 && renameat (source, last, target, last) == 0;

  close_folder (source);
  close_folder (target);
  return moved;
}

gboolean
_sonde_folder_link (int from,
                    int to,
                    const char *name)
{
  const char *last;
  const int source = enter (from, name, FALSE, &last);
  const int target = source >= 0 ? enter (to, name, TRUE, &last) : -1;
  const gboolean linked = target >= 0 && linkat (source, last, target, last, 0) == 0;

  close_folder (source);
  close_folder (target);
  return linked;
}

/* Takes @folder. */
static DIR *
open_names (int folder)
{
  DIR *dir = folder >= 0 ? fdopendir (folder) : NULL;

  if (dir == NULL)
    close_folder (folder);
  return dir;
}

static const struct dirent *
next_name (DIR *dir)
{
  const struct dirent *entry;

  do
    {
      errno = 0;
      entry = readdir (dir);
    }
  while (entry != NULL && (strcmp (entry->d_name, ".") == 0 || strcmp (entry->d_name, "..") == 0));
  return entry;
}

static gboolean
is_folder (int parent,
           const char *name)
{
  struct stat info;

  return fstatat (parent, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR (info.st_mode);
}

/* What lies in it, folders too, after @before. */
static gboolean
list_into (int folder,
           const char *before,
           GPtrArray *names)
{
  DIR *dir = open_names (_sonde_folder_open (folder, "."));
  const struct dirent *entry = NULL;
  gboolean listed;

  while (dir != NULL && (entry = next_name (dir)) != NULL)
    g_ptr_array_add (names, g_strconcat (before, entry->d_name, NULL));
  listed = dir != NULL && errno == 0;
  if (dir != NULL)
    closedir (dir);
  return listed;
}

GPtrArray *
_sonde_folder_list_top (int folder)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);

  return list_into (folder, "", names) ? g_steal_pointer (&names) : NULL;
}

GPtrArray *
_sonde_folder_list (int folder)
{
  g_autoptr (GPtrArray) top = _sonde_folder_list_top (folder);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  gboolean listed = top != NULL;

  for (guint i = 0; listed && i < top->len; i++)
    {
      const char *name = g_ptr_array_index (top, i);
      g_autofree char *before = g_strconcat (name, "/", NULL);
      const gboolean deep = is_folder (folder, name);
      const int within = deep ? _sonde_folder_open (folder, name) : -1;

      if (within >= 0)
        listed = list_into (within, before, names);
      else if (!deep || errno == EACCES)
        g_ptr_array_add (names, g_strdup (name));
      else
        listed = FALSE;
      close_folder (within);
    }
  return listed ? g_steal_pointer (&names) : NULL;
}

gboolean
_sonde_folder_remove (int parent,
                      const char *name)
{
  const struct dirent *entry;
  DIR *dir;

  if (unlinkat (parent, name, 0) == 0 || errno == ENOENT)
    return TRUE;
  dir = open_names (_sonde_folder_open (parent, name));
  while (dir != NULL && (entry = next_name (dir)) != NULL)
    _sonde_folder_remove (dirfd (dir), entry->d_name);
  if (dir != NULL)
    closedir (dir);
  return unlinkat (parent, name, AT_REMOVEDIR) == 0;
}

void
_sonde_folder_remove_empty (int folder,
                            GPtrArray *names)
{
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);
      const char *slash = strchr (name, '/');
      g_autofree char *first = slash != NULL ? g_strndup (name, (gsize) (slash - name)) : NULL;

      if (first != NULL)
        unlinkat (folder, first, AT_REMOVEDIR);
    }
}

static gboolean
sync_one (int folder)
{
  return fsync (folder) == 0 || errno == EINVAL || errno == ENOTSUP;
}

gboolean
_sonde_folder_sync (int folder)
{
  DIR *dir = open_names (_sonde_folder_open (folder, "."));
  const struct dirent *entry;
  gboolean done = dir != NULL;

  while (done && (entry = next_name (dir)) != NULL)
    if (is_folder (folder, entry->d_name))
      {
        const int within = _sonde_folder_open (folder, entry->d_name);

        done = within >= 0 && sync_one (within);
        close_folder (within);
      }
  if (dir != NULL)
    closedir (dir);
  return done && sync_one (folder);
}
