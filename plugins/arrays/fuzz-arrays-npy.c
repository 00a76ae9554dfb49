#include "fuzz.h"

#include "fuzz-arrays-open.h"

/* An .npy file, header and elements. */

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *path = fuzz_write ("rows.npy", data, size);

  fuzz_arrays_open (path, NULL);
  return 0;
}
