#pragma once

#include "sonde-tensor.h"

G_BEGIN_DECLS

#define SONDE_TYPE_SAFETENSORS (sonde_safetensors_get_type ())
G_DECLARE_FINAL_TYPE (SondeSafetensors, sonde_safetensors, SONDE, SAFETENSORS, GObject)

/* Opens NAME.safetensors, or NAME.safetensors.index.json with its shards; everything stays memory-mapped. */
SondeSafetensors *sonde_safetensors_open (const char *path, GError **error);

char **sonde_safetensors_dup_names (SondeSafetensors *self); /* (transfer full), sorted */
gboolean sonde_safetensors_has (SondeSafetensors *self, const char *name);
const char *sonde_safetensors_get_dtype_name (SondeSafetensors *self, const char *name);              /* (nullable): as the file spells it */
SondeTensor *sonde_safetensors_ref_tensor (SondeSafetensors *self, const char *name, GError **error); /* shares the mapping */

/**
 * SondeSafetensorsAdvice:
 * @SONDE_SAFETENSORS_SOON: it will be read
 * @SONDE_SAFETENSORS_DONE: it will not be read for long
 *
 * What is going to happen to a mapped tensor.
 */
typedef enum
{
  SONDE_SAFETENSORS_SOON,
  SONDE_SAFETENSORS_DONE,
} SondeSafetensorsAdvice;

void sonde_safetensors_advise (SondeSafetensors *self, const char *name, SondeSafetensorsAdvice advice);
const char *sonde_safetensors_get_metadata (SondeSafetensors *self, const char *key); /* nullable */
const char *const *sonde_safetensors_get_files (SondeSafetensors *self);              /* paths of all files read, weights only */

#define SONDE_TYPE_SAFETENSORS_WRITER (sonde_safetensors_writer_get_type ())
G_DECLARE_FINAL_TYPE (SondeSafetensorsWriter, sonde_safetensors_writer, SONDE, SAFETENSORS_WRITER, GObject)

/* Declare every tensor, open, write each once in any order, close. The same declarations give the same bytes. */
SondeSafetensorsWriter *sonde_safetensors_writer_new (void);
void sonde_safetensors_writer_set_metadata (SondeSafetensorsWriter *self, const char *key, const char *value);
gboolean sonde_safetensors_writer_declare (SondeSafetensorsWriter *self, const char *name, SondeDtype dtype, const gsize *shape, guint n_dims, GError **error);
gboolean sonde_safetensors_writer_open (SondeSafetensorsWriter *self, const char *path, GError **error);
gboolean sonde_safetensors_writer_write (SondeSafetensorsWriter *self, const char *name, SondeTensor *tensor, GError **error);
gboolean sonde_safetensors_writer_close (SondeSafetensorsWriter *self, GError **error); /* refuses when one was never written; fsync */

G_END_DECLS
