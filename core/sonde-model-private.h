#pragma once

#include "sonde-model.h"

G_BEGIN_DECLS

/* The model keeps a reference to who opened it. */
void _sonde_model_set_provider (SondeModel *self, const char *name, SondeModelProvider *provider);

/* A model that brings rows has conditions, stages and layers of them; one that runs text has none of the three. */
gboolean _sonde_model_check_rows (SondeModel *self, GError **error);

/* What went wrong in its methods that cannot fail, or in its tokenizer's. */
gboolean _sonde_model_check_faults (SondeModel *self, GError **error);

G_END_DECLS
