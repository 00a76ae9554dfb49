#pragma once

#include "gpt2-config.h"
#include "gpt2-weights.h"
#include "sonde.h"

G_BEGIN_DECLS

gboolean gpt2_forward (const Gpt2Config *config, Gpt2Weights *weights, SondeBatch *batch, SondeSelection *selection, SondeSiteFunc func, gpointer user_data, GCancellable *cancellable, GError **error);

/* Bytes of the matrices of such a run, and of what is converted of a layer's weights; not those of the tensors that it gives. */
guint64 gpt2_forward_estimate (const Gpt2Config *config, Gpt2Weights *weights, SondeBatch *batch);

G_END_DECLS
