#pragma once

#include "sonde.h"

G_BEGIN_DECLS

/* No header of two dimensions and a plain element type comes near this. */
#define ARRAYS_NPY_MAX_HEADER (64 * 1024)

/* What the header of an .npy file says. */
typedef struct
{
  SondeDtype dtype;
  guint n_dims;
  gsize shape[SONDE_TENSOR_MAX_DIMS];
  gsize data_start; /* bytes before the first element */
  gsize n_bytes;    /* of all elements */
} ArraysNpy;

/* @data: the beginning of the file, the whole header included where it has at most %ARRAYS_NPY_MAX_HEADER bytes. Fails for what
 * is no .npy file, for elements that are not little-endian numbers, and for Fortran order; @what names it in the sentence. */
gboolean arrays_npy_parse (const guchar *data, gsize size, const char *what, ArraysNpy *npy, GError **error);

G_END_DECLS
