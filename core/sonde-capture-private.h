#pragma once

#include "sonde-tensor.h"

G_BEGIN_DECLS

#define SONDE_TYPE_CAPTURE_WRITER (_sonde_capture_writer_get_type ())
/* Activations on their way to a file: NAME.safetensors or NAME.npz, one array CONDITION/L6/STAGE each. */
G_DECLARE_FINAL_TYPE (SondeCaptureWriter, _sonde_capture_writer, SONDE, CAPTURE_WRITER, GObject)

SondeCaptureWriter *_sonde_capture_writer_new (const char *path);
void _sonde_capture_writer_set_metadata (SondeCaptureWriter *self, const char *key, const char *value);
/* What the file says of itself: what ran, and what the arrays are; to be called before open. */
void _sonde_capture_writer_describe (SondeCaptureWriter *self, const char *model, guint n_layers, GPtrArray *stages, GPtrArray *conditions);
gboolean _sonde_capture_writer_declare (SondeCaptureWriter *self, const char *condition, guint layer, const char *stage, gsize rows, gsize columns, GError **error);
gboolean _sonde_capture_writer_open (SondeCaptureWriter *self, GError **error);
gboolean _sonde_capture_writer_write (SondeCaptureWriter *self, const char *condition, guint layer, const char *stage, SondeTensor *tensor, GError **error);
gboolean _sonde_capture_writer_close (SondeCaptureWriter *self, GError **error);

G_END_DECLS
