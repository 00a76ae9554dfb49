#pragma once

#include "arrays-view.h"

G_BEGIN_DECLS

/* So much of a file says how long its header is. */
#define ARRAYS_NPY_PREFIX 12

/* What the header of an .npy file says. */
typedef struct
{
  SondeWords *problem; /* (nullable): why its elements are no numbers; of the rest then only data_start is told */
  ArraysView view;     /* from data_start */
  gsize data_start;    /* bytes before the first element */
  gsize n_bytes;       /* of all elements */
} ArraysNpy;

void arrays_npy_clear (ArraysNpy *npy);
/* From the first %ARRAYS_NPY_PREFIX bytes of a file, or all where it is shorter: how many its header has, these included. Fails for
 * what is no .npy file; @what names it in the sentence. */
gboolean arrays_npy_measure (const guchar *data, gsize size, const char *what, gsize *header, GError **error);
/* @data: the beginning of the file, the whole header included. Fails for what is no .npy file, and for sizes that nothing can have;
 * elements that are no numbers fail nothing. Pickled objects are never looked at. */
gboolean arrays_npy_parse (const guchar *data, gsize size, const char *what, ArraysNpy *npy, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ArraysNpy, arrays_npy_clear)

G_END_DECLS
