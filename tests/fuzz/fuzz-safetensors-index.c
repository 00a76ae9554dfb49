#include "fuzz.h"

#include "fuzz-tensors.h"

/* An index and the files that it may name. */

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  FuzzPiece pieces[] = { { "model.safetensors.index.json" }, { "a.safetensors" }, { "b.safetensors" } };
  g_autofree char *path = fuzz_dup_path (pieces[0].name);
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeSafetensors) file = NULL;

  fuzz_split (data, size, pieces, G_N_ELEMENTS (pieces));
  fuzz_write_pieces (pieces, G_N_ELEMENTS (pieces));
  file = sonde_safetensors_open (path, &error);
  fuzz_check (file != NULL, error);
  if (file != NULL)
    fuzz_read_tensors (file);
  return 0;
}
