#include "fuzz.h"

#include <string.h>

#include "fuzz-tensors.h"

/* One file of tensors: its header, and every tensor that it names. */

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *path = fuzz_write ("model.safetensors", data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeSafetensors) file = sonde_safetensors_open (path, &error);

  fuzz_check (file != NULL, error);
  if (file != NULL)
    fuzz_read_tensors (file);
  return 0;
}
