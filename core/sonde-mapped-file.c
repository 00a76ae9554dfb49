#define G_LOG_DOMAIN "sonde"

#include "sonde-mapped-file-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "sonde-error.h"

/* A list that only grows, so that a handler of signals may walk through it: what is given back is used again. */
typedef struct _Mapping Mapping;

struct _Mapping
{
  Mapping *next;
  char *path;             /* absolute; NULL while nobody uses it */
  atomic_uintptr_t start; /* 0: nothing is mapped */
  atomic_uintptr_t end;
  dev_t device;
  ino_t inode;
  atomic_bool damaged; /* stays until it was told, even when nothing is mapped any more */
};

static _Atomic (Mapping *) mappings = NULL;
static atomic_bool any_damaged = FALSE;
static GMutex lock; /* of everything but what the handler reads */

/* ---- mapping ---- */

static Mapping *
take_mapping (void)
{
  Mapping *mapping;

  for (mapping = mappings; mapping != NULL; mapping = mapping->next)
    if (mapping->path == NULL)
      return mapping;
  mapping = g_new0 (Mapping, 1);
  mapping->next = mappings;
  mappings = mapping;
  return mapping;
}

static void
forget (Mapping *mapping)
{
  g_clear_pointer (&mapping->path, g_free);
  mapping->damaged = FALSE;
}

static gboolean
is_shorter (const Mapping *mapping)
{
  struct stat info;

  return stat (mapping->path, &info) == 0 && info.st_dev == mapping->device && info.st_ino == mapping->inode && (guintptr) info.st_size < mapping->end - mapping->start;
}

/* Short of a page nobody is sent a signal, and reads zeros. */
static void
look_at_size (Mapping *mapping)
{
  if (mapping->start != 0 && is_shorter (mapping))
    {
      mapping->damaged = TRUE;
      any_damaged = TRUE;
    }
}

static void
unmap (gpointer data)
{
  Mapping *mapping = data;
  const guintptr start = mapping->start;

  g_mutex_lock (&lock);
  look_at_size (mapping);
  mapping->start = 0;
  munmap ((void *) start, mapping->end - start);
  if (!mapping->damaged)
    forget (mapping);
  g_mutex_unlock (&lock);
}

static GBytes *
map (const char *path,
     int file,
     const struct stat *info)
{
  const gsize size = (gsize) info->st_size;
  void *address = size > 0 ? mmap (NULL, size, PROT_READ, MAP_PRIVATE, file, 0) : NULL;
  Mapping *mapping;

  if (address == MAP_FAILED)
    return NULL;
  if (address == NULL)
    return g_bytes_new_static ("", 0);
  g_mutex_lock (&lock);
  mapping = take_mapping ();
  mapping->path = g_canonicalize_filename (path, NULL);
  mapping->device = info->st_dev;
  mapping->inode = info->st_ino;
  mapping->end = (guintptr) address + size;
  mapping->start = (guintptr) address;
  g_mutex_unlock (&lock);
  return g_bytes_new_with_free_func (address, size, unmap, mapping);
}

static GBytes *
fail_to_load (const char *path,
              int code,
              GError **error)
{
  g_autofree char *shown = g_filename_display_name (path);

  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), _ ("“%s” cannot be read: %s: name another"), shown, g_strerror (code));
  return NULL;
}

/**
 * sonde_mapped_file_load:
 * @path: (type filename): a file
 * @error: return location for an error
 *
 * Maps a file for reading. Its pages are read when they are looked at, which sends SIGBUS where the file has lost them meanwhile: a
 * program that reads files of others has a handler that calls sonde_mapped_file_repair(), and asks sonde_mapped_file_check() before it
 * believes what it read.
 *
 * Returns: (transfer full): the file's bytes; %NULL with a %G_FILE_ERROR where it is none, or cannot be read
 */
GBytes *
sonde_mapped_file_load (const char *path,
                        GError **error)
{
  struct stat info;
  GBytes *bytes;
  int file, code;

  g_return_val_if_fail (path != NULL, NULL);

  file = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe would wait for somebody who writes */
  if (file < 0)
    return fail_to_load (path, errno, error);
  code = fstat (file, &info) != 0 ? errno : S_ISDIR (info.st_mode) ? EISDIR
                                        : S_ISREG (info.st_mode)   ? 0
                                                                   : ENODEV;
  bytes = code == 0 ? map (path, file, &info) : NULL;
  code = code == 0 ? errno : code;
  close (file);
  return bytes != NULL ? bytes : fail_to_load (path, code, error);
}

/* ---- files that became shorter ---- */

/**
 * sonde_mapped_file_repair:
 * @address: where SIGBUS says that nothing is
 *
 * Puts zeros where the end of a mapped file was, so that whoever reads there goes on, with numbers that mean nothing:
 * sonde_mapped_file_check() fails from then on. To be called from a handler of SIGBUS, and safe there.
 *
 * Returns: whether @address lies in a file that sonde_mapped_file_load() mapped; %FALSE where the signal has another cause
 */
gboolean
sonde_mapped_file_repair (gconstpointer address)
{
  const guintptr page = (guintptr) address & ~((guintptr) sysconf (_SC_PAGESIZE) - 1);

  for (Mapping *mapping = mappings; mapping != NULL; mapping = mapping->next)
    if (mapping->start != 0 && page >= mapping->start && page < mapping->end)
      {
        mapping->damaged = TRUE;
        any_damaged = TRUE;
        return mmap ((void *) page, mapping->end - page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED;
      }
  return FALSE;
}

/* What was told of a file that nobody maps any more is not told again. */
static char *
find_damaged (void)
{
  char *path = NULL;

  g_mutex_lock (&lock);
  any_damaged = FALSE;
  for (Mapping *mapping = mappings; mapping != NULL; mapping = mapping->next)
    {
      look_at_size (mapping);
      if (!mapping->damaged)
        continue;
      if (path == NULL)
        path = g_filename_display_name (mapping->path);
      any_damaged |= mapping->start != 0;
      if (mapping->start == 0)
        forget (mapping);
    }
  g_mutex_unlock (&lock);
  return path;
}

/**
 * sonde_mapped_file_check:
 * @error: return location for an error
 *
 * Asks whether what was read from mapped files so far was there. A file that is no longer mapped is told of once.
 *
 * Returns: whether it was; %FALSE with %SONDE_ERROR_FORMAT, which names a file that became shorter
 */
gboolean
sonde_mapped_file_check (GError **error)
{
  g_autofree char *path = find_damaged ();

  if (path == NULL)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("“%s” became shorter while it was read, and what was made of it is worth nothing: start again when the file is whole"), path);
  return FALSE;
}

gboolean
_sonde_mapped_file_is_whole (void)
{
  return !any_damaged;
}

gboolean
_sonde_mapped_file_explain (gboolean done,
                            GError **error)
{
  GError *shorter = NULL;

  if (!done && error != NULL && g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return FALSE;
  if (sonde_mapped_file_check (&shorter))
    return done;
  if (error != NULL)
    g_clear_error (error);
  g_propagate_error (error, shorter);
  return FALSE;
}
