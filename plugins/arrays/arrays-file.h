#pragma once

#include "arrays-view.h"
#include "arrays-zip.h"

G_BEGIN_DECLS

/* One file: an array, or an archive of them. */
typedef struct
{
  char *path;
  char *name;         /* for sentences */
  char *condition;    /* (nullable): to which its arrays belong where their own names do not say */
  GBytes *bytes;      /* mapped; NULL where it is mapped when it is read, as the many files of a folder are */
  gsize size;         /* of the file when it was opened */
  GPtrArray *members; /* (nullable): of ArraysMember, of an archive */
} ArraysContainer;

/* One array, checked against the size of its file. */
typedef struct
{
  char *name;          /* as in safetensors; of .npy files and members without the ending */
  char *shown;         /* for sentences: with its file, where there are several */
  SondeWords *problem; /* (nullable): why it holds no numbers; then nothing below is told */
  ArraysView view;
  gsize n_bytes;
  ArraysContainer *container;
  GBytes *bytes;        /* (nullable): its elements in the mapped file, where they need no more looking for */
  ArraysMember *member; /* (nullable): of the archive */
  gsize start;          /* of the first element, in its file or its member */
} ArraysEntry;

typedef struct
{
  char *path;
  char *name;            /* the path's last part, for sentences */
  gboolean folder;       /* of files with arrays */
  GPtrArray *containers; /* of ArraysContainer */
  GPtrArray *entries;    /* of ArraysEntry, in the order of the file, of a folder's files in natural order */
  GPtrArray *skipped;    /* of char *: what is no array, for people */
  char *description;     /* (nullable): what the file says of itself */
} ArraysFile;

/* 0: not such a source, and @reason says why. Reads no file. */
guint arrays_file_probe (const char *path, char **reason);
ArraysFile *arrays_file_open (const char *path, GCancellable *cancellable, GError **error);
void arrays_file_free (ArraysFile *file);
/* The elements of @entry, as the file has them; a part of the mapped file wherever that holds them as they are. */
GBytes *arrays_file_read (const ArraysEntry *entry, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArraysFile, arrays_file_free)

G_END_DECLS
