#pragma once

#include "sonde-limits-private.h"
#include "sonde-safetensors.h"

G_BEGIN_DECLS

#define _SONDE_SAFETENSORS_METADATA "__metadata__"

/* What a header says of one tensor, after everything in it was checked against the file. */
typedef struct
{
  SondeDtype dtype;
  guint n_dims;
  gsize shape[SONDE_TENSOR_MAX_DIMS];
  guint file;   /* which of the files */
  gsize offset; /* from the start of the file */
  gsize n_bytes;
  char *unknown; /* (nullable): the name of an element type that is none of SondeDtype; its bytes are then anything */
} _SondeTensorInfo;

/* Checks the header in @bytes, the whole file. @infos: name → _SondeTensorInfo, and @metadata: key → value, get what it
 * says; @what names the file in messages. Keys that @metadata already holds keep their value. */
gboolean _sonde_safetensors_read_header (GBytes *bytes, const char *what, guint file, GHashTable *infos, GHashTable *metadata, GError **error);
void _sonde_tensor_info_free (_SondeTensorInfo *info);
_SondeTensorInfo *_sonde_tensor_info_copy (const _SondeTensorInfo *info);
char *_sonde_safetensors_quote (const char *name); /* short and printable, for messages: names may be anything */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (_SondeTensorInfo, _sonde_tensor_info_free)

G_END_DECLS
