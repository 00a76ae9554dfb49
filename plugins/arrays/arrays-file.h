#pragma once

#include "sonde.h"

G_BEGIN_DECLS

/* One array of a file, checked against the file's size. */
typedef struct
{
  char *name; /* as in safetensors; members of an npz without .npy */
  SondeDtype dtype;
  guint n_dims;
  gsize shape[SONDE_TENSOR_MAX_DIMS];
  SondeTensor *tensor; /* over the mapped file; NULL in an archive, which is read anew each time */
  char *member;        /* in an archive: its member's name */
} ArraysEntry;

typedef struct
{
  char *path;
  char *name;        /* the path's last part, for sentences */
  GPtrArray *entries; /* of ArraysEntry, in the order of the file */
  char *description; /* (nullable): what the file says of itself */
  gboolean archive;
} ArraysFile;

typedef gboolean (*ArraysFunc) (const ArraysEntry *entry, SondeTensor *tensor, gpointer user_data, GError **error);

/* 0: not such a file, and @reason says why. Reads a few bytes. */
guint arrays_file_probe (const char *path, char **reason);
ArraysFile *arrays_file_open (const char *path, GCancellable *cancellable, GError **error);
void arrays_file_free (ArraysFile *file);
/* Calls @func with each of @wanted: in their order where the file is mapped, in the order of the file where it is an archive. */
gboolean arrays_file_read (ArraysFile *file, GPtrArray *wanted, ArraysFunc func, gpointer user_data, GCancellable *cancellable, GError **error);

/* For the parts that open one format each. */
ArraysEntry *arrays_file_add (ArraysFile *file, const char *name, SondeDtype dtype, const gsize *shape, guint n_dims);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArraysFile, arrays_file_free)

G_END_DECLS
