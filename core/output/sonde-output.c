#define _GNU_SOURCE
#define G_LOG_DOMAIN "sonde"

#include "sonde-output-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "sonde-descriptor-private.h"
#include "sonde-error.h"
#include "sonde-output-folder-private.h"
#include "sonde-output-replace-private.h"

#define PREFIX_INSIDE ".sonde-part-"

struct _SondeOutput
{
  GObject parent_instance;

  char *directory;  /* the final one */
  char *part;       /* a folder of our own, in or beside it */
  char *staging;    /* the folder in it in which files are written; NULL once published */
  char *made;       /* the uppermost parent that had to be made, to be removed again on failure */
  GPtrArray *names; /* of what was written */
  gboolean published;
  gboolean inside; /* our own folder lies in the output's, which is there already */
  int folder_fd;   /* of the output's folder; -1 where it is to be made */
  int beside_fd;   /* of the folder above it; -1 where that cannot be opened */
  int parent_fd;   /* the one of both in which our own lies */
  int part_fd;     /* locked as long as we live */
};

G_DEFINE_FINAL_TYPE (SondeOutput, _sonde_output, G_TYPE_OBJECT)

/* Parents are removed from the innermost outwards, and only as long as they are empty. */
static void
remove_made_parents (SondeOutput *self)
{
  g_autofree char *path = g_path_get_dirname (self->directory);

  while (self->made != NULL && g_str_has_prefix (path, self->made) && g_rmdir (path) == 0)
    {
      char *parent = g_path_get_dirname (path);

      g_free (path);
      path = parent;
    }
}

/* A report in pieces that could not be put together is left for the next run. */
static void
remove_part (SondeOutput *self)
{
  g_autofree char *name = self->part != NULL ? g_path_get_basename (self->part) : NULL;

  if (self->part_fd < 0)
    return;
  _sonde_output_forget (self->parent_fd, name);
  if (!_sonde_output_is_in_pieces (self->part_fd))
    _sonde_folder_remove (self->parent_fd, name);
  close (self->part_fd);
  self->part_fd = -1;
}

static void
_sonde_output_finalize (GObject *object)
{
  SondeOutput *self = SONDE_OUTPUT (object);

  remove_part (self);
  if (self->folder_fd >= 0)
    close (self->folder_fd);
  if (self->beside_fd >= 0)
    close (self->beside_fd);
  if (!self->published)
    remove_made_parents (self);
  g_ptr_array_unref (self->names);
  g_free (self->directory);
  g_free (self->part);
  g_free (self->staging);
  g_free (self->made);
  G_OBJECT_CLASS (_sonde_output_parent_class)->finalize (object);
}

static void
_sonde_output_class_init (SondeOutputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = _sonde_output_finalize;
}

static void
_sonde_output_init (SondeOutput *self)
{
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->folder_fd = self->beside_fd = self->parent_fd = self->part_fd = -1;
}

/* @what has two %s: the path, and the system's reason. */
static gboolean
fail (const char *what,
      const char *path,
      int code,
      GError **error)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, what, path, g_strerror (code));
#pragma GCC diagnostic pop
  return FALSE;
}

static gboolean
is_empty (const char *directory)
{
  g_autoptr (GDir) dir = g_dir_open (directory, 0, NULL);

  return dir != NULL && g_dir_read_name (dir) == NULL;
}

static gboolean
check_folder (SondeOutput *self,
              GError **error)
{
  if (!g_file_test (self->directory, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the output “%s” is there and is no folder: choose another with --output"), self->directory);
      return FALSE;
    }
  if (g_access (self->directory, R_OK | W_OK | X_OK) != 0)
    return fail (_ ("the output folder “%s” cannot be written to: %s: choose another with --output"), self->directory, errno, error);
  return TRUE;
}

static gboolean
check_empty (SondeOutput *self,
             gboolean force,
             GError **error)
{
  if (force || is_empty (self->directory))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the output folder “%s” is not empty: choose another with --output, or replace files in it with --force"), self->directory);
  return FALSE;
}

/* Makes the folders above the output, and remembers the uppermost one that was missing. */
static gboolean
make_parents (SondeOutput *self,
              GError **error)
{
  g_autofree char *parent = g_path_get_dirname (self->directory);
  g_autofree char *missing = g_strdup (parent);

  while (!g_file_test (missing, G_FILE_TEST_EXISTS))
    {
      g_free (self->made);
      self->made = g_steal_pointer (&missing);
      missing = g_path_get_dirname (self->made);
    }
  if (g_mkdir_with_parents (parent, 0777) != 0)
    return fail (_ ("the output folder “%s” cannot be made: %s: choose another with --output"), self->directory, errno, error);
  return TRUE;
}

/* Nobody else looks into it before it is whole. */
static gboolean
make_staging (SondeOutput *self,
              const char *prefix,
              GError **error)
{
  g_autofree char *parent = self->inside ? g_strdup (self->directory) : g_path_get_dirname (self->directory);
  g_autofree char *name = g_strconcat (prefix, "XXXXXX", NULL);
  g_autofree char *template = g_build_filename (parent, name, NULL);
  const char *own;

  if (g_mkdtemp_full (template, 0700) == NULL)
    return fail (_ ("the output folder “%s” cannot be made: %s: choose another with --output"), self->directory, errno, error);
  self->part = g_steal_pointer (&template);
  own = strrchr (self->part, G_DIR_SEPARATOR) + 1;
  _sonde_output_note (self->parent_fd, own, parent, self->made);
  self->part_fd = open (self->part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (self->part_fd < 0 || !_sonde_output_lock (self->part_fd) || mkdirat (self->part_fd, _SONDE_PART_NEW, 0777) != 0)
    {
      fail (_ ("the output folder “%s” cannot be made: %s: choose another with --output"), self->directory, errno, error);
      if (self->part_fd < 0)
        {
          _sonde_output_forget (self->parent_fd, own);
          g_rmdir (self->part);
        }
      return FALSE;
    }
  self->staging = g_build_filename (self->part, _SONDE_PART_NEW, NULL);
  return TRUE;
}

/* Whoever is in the folder stays there when another takes its name, and sees nothing of it. */
static gboolean
is_entered (const char *directory)
{
  g_autofree char *here = realpath (".", NULL);
  g_autofree char *there = realpath (directory, NULL);
  const gsize length = there != NULL ? strlen (there) : 0;

  return here == NULL || there == NULL || (strncmp (here, there, length) == 0 && (here[length] == '/' || here[length] == '\0'));
}

/* Whether our folder may lie beside the output's, so that the two can change places. */
static gboolean
may_change_places (SondeOutput *self,
                   const char *parent)
{
  struct stat above, info;

  return lstat (self->directory, &info) == 0 && S_ISDIR (info.st_mode) && stat (parent, &above) == 0 && info.st_dev == above.st_dev && g_access (parent, R_OK | W_OK | X_OK) == 0 && !is_entered (self->directory);
}

/* Into some folders names can be put that nobody may read. */
static int
open_folder (const char *path)
{
  const int folder = open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  return folder < 0 && errno == EACCES ? open (path, O_PATH | O_DIRECTORY | O_CLOEXEC) : folder;
}

static gboolean
open_folders (SondeOutput *self,
              const char *parent,
              GError **error)
{
  const gboolean exists = g_file_test (self->directory, G_FILE_TEST_EXISTS) || g_file_test (self->directory, G_FILE_TEST_IS_SYMLINK);

  if (exists ? !check_folder (self, error) : !make_parents (self, error))
    return FALSE;
  self->inside = exists && !may_change_places (self, parent);
  self->beside_fd = open_folder (parent);
  self->folder_fd = exists ? open_folder (self->directory) : -1;
  self->parent_fd = self->inside ? self->folder_fd : self->beside_fd;
  if (self->parent_fd < 0 || (exists && self->folder_fd < 0))
    return fail (_ ("the output folder “%s” cannot be opened: %s: choose another with --output"), self->directory, errno, error);
  return TRUE;
}

/* What is in the folder is looked at when what killed runs left is put right. */
static gboolean
prepare (SondeOutput *self,
         gboolean force,
         GError **error)
{
  g_autofree char *base = g_path_get_basename (self->directory);
  g_autofree char *parent = g_path_get_dirname (self->directory);
  g_autofree char *beside = g_strconcat (base, ".part-", NULL);

  if (!open_folders (self, parent, error))
    return FALSE;
  if (self->folder_fd >= 0 && !_sonde_output_recover (self->folder_fd, PREFIX_INSIDE, self->folder_fd, self->directory, error))
    return FALSE;
  if (self->beside_fd >= 0 && !_sonde_output_recover (self->beside_fd, beside, self->folder_fd, self->directory, error))
    return FALSE;
  if (self->folder_fd >= 0 && !check_empty (self, force, error))
    return FALSE;
  return make_staging (self, self->inside ? PREFIX_INSIDE : beside, error);
}

SondeOutput *
_sonde_output_open (const char *directory,
                    gboolean force,
                    GError **error)
{
  g_autoptr (SondeOutput) self = g_object_new (SONDE_TYPE_OUTPUT, NULL);

  self->directory = g_canonicalize_filename (directory, NULL);
  return prepare (self, force, error) ? g_steal_pointer (&self) : NULL;
}

char *
_sonde_output_dup_path (SondeOutput *self,
                        const char *name,
                        GError **error)
{
  g_autofree char *path = g_build_filename (self->staging, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

  g_return_val_if_fail (_sonde_report_may_have (name), NULL); /* results were judged: the next --force must know the file again */
  if (g_mkdir_with_parents (folder, 0777) != 0)
    {
      fail (_ ("“%s” cannot be made: %s: free space there, or choose another folder with --output"), folder, errno, error);
      return NULL;
    }
  g_ptr_array_add (self->names, g_strdup (name));
  return g_steal_pointer (&path);
}

GPtrArray *
_sonde_output_get_names (SondeOutput *self)
{
  return self->names;
}

gboolean
_sonde_output_write (SondeOutput *self,
                     const char *name,
                     GBytes *bytes,
                     GError **error)
{
  g_autofree char *path = _sonde_output_dup_path (self, name, error);
  g_autofree char *shown = g_build_filename (self->directory, name, NULL);
  const char *data;
  gboolean written;
  gsize size;
  int code;
  int fd;

  if (path == NULL)
    return FALSE;
  fd = open (path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0)
    return fail (_ ("“%s” cannot be made: %s: free space there, or choose another folder with --output"), shown, errno, error);
  data = g_bytes_get_data (bytes, &size);
  written = _sonde_descriptor_write_all (fd, data, size) && fsync (fd) == 0;
  code = errno;
  if (close (fd) != 0 && written)
    {
      written = FALSE;
      code = errno;
    }
  return written || fail (_ ("“%s” cannot be written: %s: free space there, or choose another folder with --output"), shown, code, error);
}

static gboolean
appear (SondeOutput *self,
        GError **error)
{
  const int fresh = _sonde_folder_open (self->part_fd, _SONDE_PART_NEW);
  g_autofree char *name = g_path_get_basename (self->directory);
  gboolean done = fresh >= 0 && _sonde_folder_sync (fresh) && renameat (self->part_fd, _SONDE_PART_NEW, self->parent_fd, name) == 0;

  if (!done)
    fail (_ ("the output folder “%s” cannot be put in place: %s: choose another with --output"), self->directory, errno, error);
  if (fresh >= 0)
    close (fresh);
  return done;
}

/* At once where the system can do so, and file by file where it cannot. */
static gboolean
replace (SondeOutput *self,
         GError **error)
{
  g_autofree char *base = g_path_get_basename (self->directory);
  GError *local = NULL;

  if (!self->inside && _sonde_exchange_report (self->part_fd, self->parent_fd, base, self->folder_fd, self->directory, self->names, &local))
    return TRUE;
  if (local == NULL)
    return _sonde_replace_report (self->part_fd, self->folder_fd, self->directory, self->names, error);
  g_propagate_error (error, local);
  return FALSE;
}

gboolean
_sonde_output_publish (SondeOutput *self,
                       GError **error)
{
  g_return_val_if_fail (self->staging != NULL, FALSE);

  if (self->folder_fd >= 0 ? !replace (self, error) : !appear (self, error))
    return FALSE;
  g_clear_pointer (&self->staging, g_free);
  self->published = TRUE;
  remove_part (self);
  fsync (self->parent_fd);
  return TRUE;
}
