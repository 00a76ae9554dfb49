#include "fuzz.h"

#include "fuzz-arrays-open.h"

/* An .npz file: the archive, its members, the arrays in them, and what it says of itself. */

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *path = fuzz_write ("capture.npz", data, size);

  fuzz_arrays_open (path, NULL);
  return 0;
}
