#pragma once

#include "sonde-model.h"

G_BEGIN_DECLS

/* The model keeps a reference to who opened it. */
void _sonde_model_set_provider (SondeModel *self, const char *name, SondeModelProvider *provider);

G_END_DECLS
