#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A folder for one check; it goes with everything in it. */
typedef struct _SondeTestingScratch SondeTestingScratch;

SondeTestingScratch *_sonde_testing_scratch_new (GError **error);
void _sonde_testing_scratch_free (SondeTestingScratch *self);
char *_sonde_testing_scratch_dup_path (SondeTestingScratch *self, const char *name);
/* The path of a new file. (transfer full) (nullable) */
char *_sonde_testing_scratch_write (SondeTestingScratch *self, const char *name, gconstpointer data, gsize size, GError **error);
/* Copies a file, or a folder with the files in it; those of more than @most bytes become links. The path of the copy. */
char *_sonde_testing_scratch_copy (SondeTestingScratch *self, const char *source, gsize most, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeTestingScratch, _sonde_testing_scratch_free)

G_END_DECLS
