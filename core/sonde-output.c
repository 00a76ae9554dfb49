#define G_LOG_DOMAIN "sonde"

#include "sonde-output-private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "sonde-error.h"
#include "sonde-json-private.h"
#include "sonde-limits-private.h"


struct _SondeOutput
{
  GObject parent_instance;

  char *directory;  /* the final one */
  char *staging;    /* NULL once published */
  char *made;       /* the uppermost parent that had to be made, to be removed again on failure */
  GPtrArray *names; /* of what was written */
  gboolean published;
  gboolean inside; /* the final folder is there already: staging lies in it, and files move one by one */
};

G_DEFINE_FINAL_TYPE (SondeOutput, _sonde_output, G_TYPE_OBJECT)

/* Removes a tree without following links. */
static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;
  struct stat info;

  if (lstat (path, &info) != 0)
    return;
  if (!S_ISDIR (info.st_mode))
    {
      g_unlink (path);
      return;
    }
  dir = g_dir_open (path, 0, NULL);
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_rmdir (path);
}

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

static void
_sonde_output_finalize (GObject *object)
{
  SondeOutput *self = SONDE_OUTPUT (object);

  if (self->staging != NULL)
    remove_tree (self->staging);
  if (!self->published)
    remove_made_parents (self);
  g_ptr_array_unref (self->names);
  g_free (self->directory);
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
check_existing (SondeOutput *self,
                gboolean force,
                GError **error)
{
  if (!g_file_test (self->directory, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the output “%s” is there and is no folder: choose another with --output"), self->directory);
      return FALSE;
    }
  if (g_access (self->directory, R_OK | W_OK | X_OK) != 0)
    return fail (_ ("the output folder “%s” cannot be written to: %s: choose another with --output"), self->directory, errno, error);
  if (!force && !is_empty (self->directory))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the output folder “%s” is not empty: choose another with --output, or replace files in it with --force"), self->directory);
      return FALSE;
    }
  return TRUE;
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

static gboolean
make_staging (SondeOutput *self,
              GError **error)
{
  g_autofree char *template = self->inside ? g_build_filename (self->directory, ".sonde-part-XXXXXX", NULL)
                                           : g_strdup_printf ("%s.part-XXXXXX", self->directory);
  mode_t mask = umask (0);

  umask (mask);
  if (g_mkdtemp_full (template, 0777 & ~mask) == NULL)
    return fail (_ ("the output folder “%s” cannot be made: %s: choose another with --output"), self->directory, errno, error);
  self->staging = g_steal_pointer (&template);
  return TRUE;
}

SondeOutput *
_sonde_output_open (const char *directory,
                    gboolean force,
                    GError **error)
{
  g_autoptr (SondeOutput) self = g_object_new (SONDE_TYPE_OUTPUT, NULL);

  self->directory = g_canonicalize_filename (directory, NULL);
  self->inside = g_file_test (self->directory, G_FILE_TEST_EXISTS) || g_file_test (self->directory, G_FILE_TEST_IS_SYMLINK);
  if (self->inside ? !check_existing (self, force, error) : !make_parents (self, error))
    return NULL;
  if (!make_staging (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

char *
_sonde_output_dup_path (SondeOutput *self,
                        const char *name,
                        GError **error)
{
  g_autofree char *path = g_build_filename (self->staging, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);

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

static gboolean
write_and_sync (int fd,
                GBytes *bytes)
{
  gsize left;
  const char *data = g_bytes_get_data (bytes, &left);

  while (left > 0)
    {
      gssize written = write (fd, data, left);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return FALSE;
      data += written;
      left -= (gsize) written;
    }
  return fsync (fd) == 0;
}

gboolean
_sonde_output_write (SondeOutput *self,
                     const char *name,
                     GBytes *bytes,
                     GError **error)
{
  g_autofree char *path = _sonde_output_dup_path (self, name, error);
  gboolean written;
  int code;
  int fd;

  if (path == NULL)
    return FALSE;
  fd = open (path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0)
    return fail (_ ("“%s” cannot be made: %s: free space there, or choose another folder with --output"), path, errno, error);
  written = write_and_sync (fd, bytes);
  code = errno;
  if (close (fd) != 0 && written)
    {
      written = FALSE;
      code = errno;
    }
  return written || fail (_ ("“%s” cannot be written: %s: free space there, or choose another folder with --output"), path, code, error);
}

static gboolean
is_folder (const char *path)
{
  struct stat info;

  return lstat (path, &info) == 0 && S_ISDIR (info.st_mode);
}

/* A file where a folder is to be, or the other way round, is found before anything is replaced. */
static gboolean
check_clashes (const char *from,
               const char *to,
               GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (from, 0, error);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *source = g_build_filename (from, name, NULL);
      g_autofree char *target = g_build_filename (to, name, NULL);
      struct stat info;

      if (lstat (target, &info) != 0)
        continue;
      if (is_folder (target) && !is_folder (source))
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the folder “%s” is in the way of a file: remove it, or choose another folder with --output"), target);
          return FALSE;
        }
      if (is_folder (source) && !is_folder (target))
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the file “%s” is in the way of a folder: remove it, or choose another folder with --output"), target);
          return FALSE;
        }
      if (is_folder (source) && !check_clashes (source, target, error))
        return FALSE;
    }
  return dir != NULL;
}

/* Names that a report may have: at most one folder deep, and nothing that climbs. A file of somebody else could list others. */
static gboolean
is_report_name (const char *name)
{
  const char *slash = strchr (name, '/');

  if (*name == '.' || *name == '/' || (slash != NULL && (slash[1] == '.' || strchr (slash + 1, '/') != NULL)))
    return FALSE;
  return slash == NULL || g_str_has_prefix (name, "figures/") || g_str_has_prefix (name, "tables/");
}

/* What an older report in the folder says it wrote goes, since its figures and tables beside new results would be taken for
 * theirs. Everything else in the folder stays. */
static void
remove_older_report (SondeOutput *self)
{
  g_autofree char *path = g_build_filename (self->directory, "results.json", NULL);
  g_autoptr (JsonArray) files = _sonde_json_load_array (path, SONDE_MAX_RESULTS_BYTES, "files");

  for (guint i = 0; files != NULL && i < json_array_get_length (files); i++)
    {
      JsonNode *element = json_array_get_element (files, i);
      const char *name = json_node_get_value_type (element) == G_TYPE_STRING ? json_node_get_string (element) : NULL;
      g_autofree char *file = name != NULL && is_report_name (name) ? g_build_filename (self->directory, name, NULL) : NULL;

      if (file != NULL)
        g_unlink (file);
    }
}

/* Moves what lies in @from into @to: files replace files, folders are merged. */
static gboolean
move_into (const char *from,
           const char *to,
           GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (from, 0, error);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *source = g_build_filename (from, name, NULL);
      g_autofree char *target = g_build_filename (to, name, NULL);

      if (is_folder (source) && is_folder (target))
        {
          if (!move_into (source, target, error))
            return FALSE;
        }
      else if (g_rename (source, target) != 0)
        return fail (_ ("“%s” cannot be put in place: %s: choose another folder with --output"), target, errno, error);
    }
  return dir != NULL;
}

gboolean
_sonde_output_publish (SondeOutput *self,
                       GError **error)
{
  g_return_val_if_fail (self->staging != NULL, FALSE);

  if (self->inside)
    {
      if (!check_clashes (self->staging, self->directory, error))
        return FALSE;
      remove_older_report (self);
      if (!move_into (self->staging, self->directory, error))
        return FALSE;
      remove_tree (self->staging);
    }
  else if (g_rename (self->staging, self->directory) != 0)
    return fail (_ ("the output folder “%s” cannot be put in place: %s: choose another with --output"), self->directory, errno, error);
  g_clear_pointer (&self->staging, g_free);
  self->published = TRUE;
  return TRUE;
}
