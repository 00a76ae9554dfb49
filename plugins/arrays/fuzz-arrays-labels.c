#include "fuzz.h"

#include <string.h>

#include "fuzz-arrays-open.h"

/* The table that says from where rows come, beside an array of six rows and two features. */

static char *
write_array (void)
{
  static const char header[] = "\x93NUMPY\x01\0\x38\0{'descr':'<f4','fortran_order':False,'shape':(6,2)}    \n";
  guint8 file[sizeof header - 1 + 48] = { 0 };

  memcpy (file, header, sizeof header - 1);
  for (guint i = 0; i < 12; i++)
    file[sizeof header - 1 + 4 * i + 3] = (guint8) (0x3f + i % 2);
  return fuzz_write ("rows.npy", file, sizeof file);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *table = fuzz_write ("rows.csv", data, size);
  g_autofree char *array = write_array ();
  const FuzzArraysOptions options = { .rows = table };

  fuzz_arrays_open (array, &options);
  return 0;
}
