#define _GNU_SOURCE

#include "program.h"

#include <dlfcn.h>

#include <zlib.h>

/* cairo asks zlib for a stream and takes it that there is one: without memory a PDF file lacks whatever was to be packed, or the program
 * crashes later. It is this function that cairo calls, as the program's symbols come first. */
int
deflateInit_ (z_streamp stream,
              int level,
              const char *version,
              int size)
{
  int (*begin) (z_streamp, int, const char *, int) = (int (*) (z_streamp, int, const char *, int)) dlsym (RTLD_NEXT, "deflateInit_");
  const int status = begin != NULL ? begin (stream, level, version, size) : Z_MEM_ERROR;

  if (status == Z_MEM_ERROR)
    end_without_memory ();
  return status;
}
