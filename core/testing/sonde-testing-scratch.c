#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-scratch-private.h"

#include <glib/gstdio.h>

struct _SondeTestingScratch
{
  char *path;
};

SondeTestingScratch *
_sonde_testing_scratch_new (GError **error)
{
  SondeTestingScratch *self;
  char *path = g_dir_make_tmp ("sonde-testing-XXXXXX", error);

  if (path == NULL)
    return NULL;
  self = g_new (SondeTestingScratch, 1);
  self->path = path;
  return self;
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);

  for (const char *name = dir != NULL ? g_dir_read_name (dir) : NULL; name != NULL; name = g_dir_read_name (dir))
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_all (child);
    }
  g_remove (path);
}

void
_sonde_testing_scratch_free (SondeTestingScratch *self)
{
  remove_all (self->path);
  g_free (self->path);
  g_free (self);
}

char *
_sonde_testing_scratch_dup_path (SondeTestingScratch *self,
                                 const char *name)
{
  return g_build_filename (self->path, name, NULL);
}

char *
_sonde_testing_scratch_write (SondeTestingScratch *self,
                              const char *name,
                              gconstpointer data,
                              gsize size,
                              GError **error)
{
  g_autofree char *path = _sonde_testing_scratch_dup_path (self, name);

  return g_file_set_contents (path, data, (gssize) size, error) ? g_steal_pointer (&path) : NULL;
}

static gboolean
copy_file (const char *source,
           const char *target,
           gsize most,
           GError **error)
{
  g_autoptr (GFile) from = g_file_new_for_path (source);
  g_autoptr (GFile) to = g_file_new_for_path (target);
  g_autofree char *absolute = g_file_get_path (from);
  GStatBuf status;

  if (g_stat (source, &status) == 0 && (gsize) status.st_size > most)
    return g_file_make_symbolic_link (to, absolute, NULL, error);
  return g_file_copy (from, to, G_FILE_COPY_NONE, NULL, NULL, NULL, error);
}

static gboolean
copy_all (const char *source,
          const char *target,
          gsize most,
          GError **error)
{
  g_autoptr (GDir) dir = NULL;

  if (!g_file_test (source, G_FILE_TEST_IS_DIR))
    return copy_file (source, target, most, error);
  dir = g_dir_open (source, 0, error);
  if (dir == NULL)
    return FALSE;
  g_mkdir (target, 0700);
  for (const char *name = g_dir_read_name (dir); name != NULL; name = g_dir_read_name (dir))
    {
      g_autofree char *from = g_build_filename (source, name, NULL);
      g_autofree char *to = g_build_filename (target, name, NULL);

      if (!copy_all (from, to, most, error))
        return FALSE;
    }
  return TRUE;
}

char *
_sonde_testing_scratch_copy (SondeTestingScratch *self,
                             const char *source,
                             gsize most,
                             GError **error)
{
  g_autofree char *base = g_path_get_basename (source);
  g_autofree char *folder = _sonde_testing_scratch_dup_path (self, "copy");
  g_autofree char *path = g_build_filename (folder, base, NULL);

  g_mkdir (folder, 0700);
  return copy_all (source, path, most, error) ? g_steal_pointer (&path) : NULL;
}
