#include "fuzz.h"

#include "fuzz-arrays-open.h"

/* Names of arrays of many tools, a line each, and what a user or a recipe says of how to read them. */

#define MOST_NAMES 12

static char *
dup_text (const FuzzPiece *piece)
{
  return piece->found ? g_utf8_make_valid ((const char *) piece->data, (gssize) piece->size) : NULL;
}

static SondeSafetensorsWriter *
declare (char **names)
{
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  const gsize shape[] = { 2, 3, 2 };
  guint n = 0;

  for (guint i = 0; names[i] != NULL && n < MOST_NAMES; i++)
    n += sonde_safetensors_writer_declare (writer, names[i], SONDE_DTYPE_F32, shape + i % 2, 3 - i % 2, NULL);
  return n > 0 ? g_steal_pointer (&writer) : NULL;
}

/* FALSE: none of the names can be one of a tensor. */
static gboolean
write_arrays (char **names,
              const char *path)
{
  g_autoptr (SondeSafetensorsWriter) writer = declare (names);
  static const float values[12] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

  if (writer == NULL)
    return FALSE;
  fuzz_assert (sonde_safetensors_writer_open (writer, path, NULL));
  for (guint i = 0, n = 0; names[i] != NULL && n < MOST_NAMES; i++)
    {
      const gsize shape[] = { 2, 3, 2 };
      g_autoptr (GBytes) bytes = g_bytes_new_static (values, i % 2 == 0 ? sizeof values : sizeof values / 2);
      g_autoptr (SondeTensor) tensor = sonde_tensor_new (SONDE_DTYPE_F32, shape + i % 2, 3 - i % 2, bytes, NULL);

      n += sonde_safetensors_writer_write (writer, names[i], tensor, NULL);
    }
  return sonde_safetensors_writer_close (writer, NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  FuzzPiece pieces[] = { { "names" }, { "pattern" }, { "axes" }, { "stages" }, { "conditions" } };
  g_autofree char *path = fuzz_dup_path ("capture.safetensors");
  g_autofree char *lines = NULL;
  g_auto (GStrv) names = NULL;
  FuzzArraysOptions options = { 0 };

  fuzz_split (data, size, pieces, G_N_ELEMENTS (pieces));
  lines = dup_text (&pieces[0]);
  names = g_strsplit (lines != NULL ? lines : "L0/input", "\n", -1);
  options = (FuzzArraysOptions){ dup_text (&pieces[1]), dup_text (&pieces[2]), dup_text (&pieces[3]), dup_text (&pieces[4]), NULL };
  if (write_arrays (names, path))
    fuzz_arrays_open (path, &options);
  g_free (options.pattern);
  g_free (options.axes);
  g_free (options.stages);
  g_free (options.conditions);
  return 0;
}
