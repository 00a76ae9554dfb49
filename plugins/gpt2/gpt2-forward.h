#pragma once

#include "gpt2-config.h"
#include "gpt2-weights.h"
#include "sonde.h"

G_BEGIN_DECLS

/* For runs that may be killed and go on: the residual stream of all tokens, before a layer. */
typedef struct
{
  guint layer;         /* the first to be computed */
  GBytes *state;       /* (nullable): what was kept before it */
  SondeStateFunc keep; /* takes it before every later layer */
} Gpt2Resumption;

/* @resumption: (nullable) */
gboolean gpt2_forward (const Gpt2Config *config, Gpt2Weights *weights, SondeBatch *batch, SondeSelection *selection, const Gpt2Resumption *resumption, SondeSiteFunc func, gpointer user_data, GCancellable *cancellable, GError **error);

/* Bytes of the residual stream of such a run. */
guint64 gpt2_forward_measure_state (const Gpt2Config *config, SondeBatch *batch);

/* Bytes of the matrices of such a run, and of what is converted of a layer's weights; not those of the tensors that it gives. */
guint64 gpt2_forward_estimate (const Gpt2Config *config, Gpt2Weights *weights, SondeBatch *batch);

G_END_DECLS
