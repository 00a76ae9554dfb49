#pragma once

#include "arrays-file.h"

G_BEGIN_DECLS

/* Lists the members of a zip archive of .npy files: reads their headers only. */
gboolean arrays_npz_open (ArraysFile *file, GCancellable *cancellable, GError **error);
/* Goes through the archive once and gives each of @wanted as it comes. */
gboolean arrays_npz_read (ArraysFile *file, GPtrArray *wanted, ArraysFunc func, gpointer user_data, GCancellable *cancellable, GError **error);

G_END_DECLS
