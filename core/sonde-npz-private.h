#pragma once

#include "sonde-table.h"
#include "sonde-tensor.h"

G_BEGIN_DECLS

/* An .npz file on its way to the disk: a zip archive of stored members, as numpy.savez writes it. The same members give the same
 * bytes, and the data of each member begin at a multiple of 64 bytes in the file, so that it can be mapped. Written here, for what it takes is a few headers: a library that packs and unpacks everything would be loaded by every
 * command, with a dozen others behind it. */
typedef struct _SondeNpzWriter SondeNpzWriter;

SondeNpzWriter *_sonde_npz_writer_open (const char *path, GError **error); /* refuses a file that is there */
gboolean _sonde_npz_writer_add (SondeNpzWriter *self, const char *member, GBytes *bytes, GError **error);
gboolean _sonde_npz_writer_add_array (SondeNpzWriter *self, const char *name, SondeTensor *tensor, GError **error); /* as NAME.npy; float32, two dimensions */
/* As NAME.npy, of one dimension: @n elements of @type as numpy writes it, "<f8". */
gboolean _sonde_npz_writer_add_list (SondeNpzWriter *self, const char *name, const char *type, gsize n, GBytes *data, GError **error);
gboolean _sonde_npz_writer_close (SondeNpzWriter *self, GError **error); /* without it the file is no archive */
void _sonde_npz_writer_free (SondeNpzWriter *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeNpzWriter, _sonde_npz_writer_free)

/* A new file at @path with an array for each column, called like it: numbers as float64, NaN where undefined; integers as int64;
 * texts as numpy's unicode strings. Refuses columns of texts that would take more than 1 GiB. */
gboolean _sonde_table_write_npz (SondeTable *table, const char *path, GError **error);

G_END_DECLS
