#pragma once

#include "sonde.h"

G_BEGIN_DECLS

/* One file in a zip archive, whose place was checked: it lies within the archive, alone. */
typedef struct
{
  char *name;
  gboolean deflated;
  gboolean checked; /* its checksum was compared */
  guint32 checksum;
  gsize header; /* where it begins in the archive */
  gsize start;  /* where its data begin */
  gsize packed; /* bytes there */
  gsize size;   /* bytes, unpacked */
} ArraysMember;

/* The members of the archive that @bytes, the whole file, is; in the order of its directory. @what names it in sentences. Reads no
 * member's data. (transfer container) (element-type ArraysMember) */
GPtrArray *arrays_zip_list (GBytes *bytes, const char *what, GCancellable *cancellable, GError **error);
/* The first @size bytes of a member, which has at least as many. The checksum is not compared. */
gboolean arrays_zip_peek (GBytes *bytes, const ArraysMember *member, const char *what, guchar *target, gsize size, GError **error);
/* A whole member: where it is stored, a part of @bytes. */
GBytes *arrays_zip_read (GBytes *bytes, ArraysMember *member, const char *what, GError **error);

G_END_DECLS
