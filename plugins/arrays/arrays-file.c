#define G_LOG_DOMAIN "arrays"

#include "arrays-file.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "arrays-npy.h"
#include "arrays-npz.h"

/* One front for the three formats: a list of arrays, and a way to read them. */

/* The name of the only array of an .npy file, which has none. */
#define LONE_NAME "array/L0/values"

static void
entry_free (ArraysEntry *entry)
{
  g_free (entry->name);
  g_free (entry->member);
  g_clear_pointer (&entry->tensor, sonde_tensor_unref);
  g_free (entry);
}

void
arrays_file_free (ArraysFile *file)
{
  g_free (file->path);
  g_free (file->name);
  g_free (file->description);
  g_ptr_array_unref (file->entries);
  g_free (file);
}

ArraysEntry *
arrays_file_add (ArraysFile *file,
                 const char *name,
                 SondeDtype dtype,
                 const gsize *shape,
                 guint n_dims)
{
  ArraysEntry *entry = g_new0 (ArraysEntry, 1);

  entry->name = g_strdup (name);
  entry->dtype = dtype;
  entry->n_dims = n_dims;
  for (guint i = 0; i < n_dims; i++)
    entry->shape[i] = shape[i];
  g_ptr_array_add (file->entries, entry);
  return entry;
}

guint
arrays_file_probe (const char *path,
                   char **reason)
{
  const char *problem = NULL;

  if (!g_str_has_suffix (path, ".safetensors") && !g_str_has_suffix (path, ".npz") && !g_str_has_suffix (path, ".npy"))
    problem = _ ("its name ends in none of .safetensors, .npz and .npy");
  else if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    problem = _ ("it is no file");
  if (problem == NULL)
    return 50;
  if (reason != NULL)
    *reason = g_strdup (problem);
  return 0;
}

/* ---- mapped formats ---- */

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  const ArraysEntry *left = *(const ArraysEntry *const *) a;
  const ArraysEntry *right = *(const ArraysEntry *const *) b;
  const char *of_left = g_bytes_get_data (sonde_tensor_get_bytes (left->tensor), NULL);
  const char *of_right = g_bytes_get_data (sonde_tensor_get_bytes (right->tensor), NULL);

  if (of_left != of_right)
    return of_left < of_right ? -1 : 1;
  return strcmp (left->name, right->name);
}

static gboolean
open_safetensors (ArraysFile *file,
                  GError **error)
{
  g_autoptr (SondeSafetensors) safetensors = sonde_safetensors_open (file->path, error);
  g_auto (GStrv) names = safetensors != NULL ? sonde_safetensors_dup_names (safetensors) : NULL;

  if (safetensors == NULL)
    return FALSE;
  for (guint i = 0; names[i] != NULL; i++)
    {
      SondeTensor *tensor = sonde_safetensors_ref_tensor (safetensors, names[i], error);
      guint n_dims;
      const gsize *shape;

      if (tensor == NULL)
        return FALSE;
      shape = sonde_tensor_get_shape (tensor, &n_dims);
      arrays_file_add (file, names[i], sonde_tensor_get_dtype (tensor), shape, n_dims)->tensor = tensor;
    }
  g_ptr_array_sort (file->entries, compare_places);
  file->description = g_strdup (sonde_safetensors_get_metadata (safetensors, SONDE_CAPTURE_METADATA));
  return TRUE;
}

static gboolean
open_npy (ArraysFile *file,
          GError **error)
{
  g_autoptr (GMappedFile) mapped = g_mapped_file_new (file->path, FALSE, error);
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GBytes) data = NULL;
  SondeTensor *tensor;
  gsize size;
  ArraysNpy npy;

  if (mapped == NULL)
    return FALSE;
  bytes = g_mapped_file_get_bytes (mapped);
  size = g_bytes_get_size (bytes);
  if (!arrays_npy_parse (g_bytes_get_data (bytes, NULL), size, file->name, &npy, error))
    return FALSE;
  if (size != npy.data_start + npy.n_bytes)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s promises %" G_GSIZE_FORMAT " bytes, but has %" G_GSIZE_FORMAT), file->name, npy.data_start + npy.n_bytes, size);
      return FALSE;
    }
  data = g_bytes_new_from_bytes (bytes, npy.data_start, npy.n_bytes);
  tensor = sonde_tensor_new (npy.dtype, npy.shape, npy.n_dims, data, error);
  if (tensor == NULL)
    return FALSE;
  arrays_file_add (file, LONE_NAME, npy.dtype, npy.shape, npy.n_dims)->tensor = tensor;
  return TRUE;
}

/* ---- all ---- */

ArraysFile *
arrays_file_open (const char *path,
                  GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (ArraysFile) file = g_new0 (ArraysFile, 1);
  gboolean opened;

  file->path = g_strdup (path);
  file->name = g_filename_display_basename (path);
  file->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  file->archive = g_str_has_suffix (path, ".npz");
  if (file->archive)
    opened = arrays_npz_open (file, cancellable, error);
  else if (g_str_has_suffix (path, ".npy"))
    opened = open_npy (file, error);
  else
    opened = open_safetensors (file, error);
  return opened ? g_steal_pointer (&file) : NULL;
}

gboolean
arrays_file_read (ArraysFile *file,
                  GPtrArray *wanted,
                  ArraysFunc func,
                  gpointer user_data,
                  GCancellable *cancellable,
                  GError **error)
{
  if (file->archive)
    return arrays_npz_read (file, wanted, func, user_data, cancellable, error);
  for (guint i = 0; i < wanted->len; i++)
    {
      const ArraysEntry *entry = g_ptr_array_index (wanted, i);

      if (g_cancellable_set_error_if_cancelled (cancellable, error) || !func (entry, entry->tensor, user_data, error))
        return FALSE;
    }
  return TRUE;
}
