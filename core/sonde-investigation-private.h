#pragma once

#include "sonde-analyzer.h"

G_BEGIN_DECLS

/* Layers for which frames must come: those covered and those that somebody wanted, ascending. */
GArray *_sonde_investigation_dup_frame_layers (SondeInvestigation *self);

/* "middle", "first", "last" or a number below @n_layers. */
gboolean _sonde_layer_parse (const char *text, guint n_layers, guint *layer, GError **error);
/* "all", or comma-separated single layers and ranges such as 0-5,8,middle: ascending, without doubles. */
GArray *_sonde_layers_parse (const char *text, guint n_layers, GError **error);

G_END_DECLS
