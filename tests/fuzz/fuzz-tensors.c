#include "fuzz-tensors.h"

#include <string.h>

#include "fuzz.h"

static void
read_tensor (SondeSafetensors *file,
             const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeTensor) tensor = sonde_safetensors_ref_tensor (file, name, &error);
  gsize n_elements = 1;
  const gsize *shape;
  guint n_dims;
  g_autofree float *values = NULL;

  fuzz_check (tensor != NULL, error);
  fuzz_assert (sonde_safetensors_has (file, name) && sonde_safetensors_get_dtype_name (file, name) != NULL);
  if (tensor == NULL)
    {
      fuzz_assert (g_error_matches (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED));
      return;
    }
  shape = sonde_tensor_get_shape (tensor, &n_dims);
  for (guint i = 0; i < n_dims; i++)
    n_elements *= shape[i];
  fuzz_assert (g_bytes_get_size (sonde_tensor_get_bytes (tensor)) == n_elements * sonde_dtype_get_size (sonde_tensor_get_dtype (tensor)));
  values = g_new (float, n_elements);
  sonde_dtype_to_f32 (sonde_tensor_get_dtype (tensor), g_bytes_get_data (sonde_tensor_get_bytes (tensor), NULL), n_elements, values);
}

/* NULL: the writer does not take it, as it does not take elements of a type that it does not know. */
static SondeSafetensorsWriter *
declare_again (SondeSafetensors *file,
               char **names)
{
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (SondeTensor) tensor = sonde_safetensors_ref_tensor (file, names[i], NULL);
      g_autoptr (GError) error = NULL;
      guint n_dims;
      const gsize *shape = tensor != NULL ? sonde_tensor_get_shape (tensor, &n_dims) : NULL;
      const gboolean declared = tensor != NULL && sonde_safetensors_writer_declare (writer, names[i], sonde_tensor_get_dtype (tensor), shape, n_dims, &error);

      if (tensor != NULL)
        fuzz_check (declared, error);
      if (!declared)
        return NULL;
    }
  return g_steal_pointer (&writer);
}

static void
compare_tensors (SondeSafetensors *file,
                 SondeSafetensors *again,
                 const char *name)
{
  g_autoptr (SondeTensor) one = sonde_safetensors_ref_tensor (file, name, NULL);
  g_autoptr (SondeTensor) other = sonde_safetensors_ref_tensor (again, name, NULL);
  guint n_dims, n_other;
  const gsize *shape, *other_shape;

  fuzz_assert (one != NULL && other != NULL && sonde_tensor_get_dtype (one) == sonde_tensor_get_dtype (other));
  shape = sonde_tensor_get_shape (one, &n_dims);
  other_shape = sonde_tensor_get_shape (other, &n_other);
  fuzz_assert (n_dims == n_other);
  for (guint i = 0; i < n_dims; i++)
    fuzz_assert (shape[i] == other_shape[i]);
  fuzz_assert (g_bytes_equal (sonde_tensor_get_bytes (one), sonde_tensor_get_bytes (other)));
}

static void
write_again (SondeSafetensors *file,
             char **names)
{
  g_autoptr (SondeSafetensorsWriter) writer = declare_again (file, names);
  g_autofree char *path = fuzz_dup_path ("again.safetensors");
  g_autoptr (SondeSafetensors) again = NULL;
  g_auto (GStrv) names_again = NULL;

  if (writer == NULL)
    return;
  fuzz_assert (sonde_safetensors_writer_open (writer, path, NULL));
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (SondeTensor) tensor = sonde_safetensors_ref_tensor (file, names[i], NULL);

      fuzz_assert (sonde_safetensors_writer_write (writer, names[i], tensor, NULL));
    }
  fuzz_assert (sonde_safetensors_writer_close (writer, NULL));
  again = sonde_safetensors_open (path, NULL);
  fuzz_assert (again != NULL);
  names_again = sonde_safetensors_dup_names (again);
  fuzz_assert (g_strv_equal ((const char *const *) names, (const char *const *) names_again));
  for (guint i = 0; names[i] != NULL; i++)
    compare_tensors (file, again, names[i]);
}

void
fuzz_read_tensors (SondeSafetensors *file)
{
  g_auto (GStrv) names = sonde_safetensors_dup_names (file);

  for (guint i = 0; names[i] != NULL; i++)
    read_tensor (file, names[i]);
  sonde_safetensors_get_metadata (file, SONDE_CAPTURE_METADATA);
  fuzz_assert (sonde_safetensors_get_files (file) != NULL);
  if (names[0] != NULL)
    write_again (file, names);
}
