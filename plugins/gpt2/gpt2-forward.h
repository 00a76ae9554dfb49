#pragma once

#include "gpt2-config.h"
#include "gpt2-weights.h"
#include "sonde.h"

G_BEGIN_DECLS

/* The sites, in the order of the data flow. */
typedef enum
{
  GPT2_SITE_EMBEDDING,
  GPT2_SITE_BLOCK_INPUT,
  GPT2_SITE_MLP_IN,
  GPT2_SITE_MLP_PRE,
  GPT2_SITE_MLP_POST,
  GPT2_SITE_MLP_OUT,
  GPT2_SITE_BLOCK,
  GPT2_SITE_LN_F,
  GPT2_SITE_LOGITS,
  GPT2_N_SITES,
} Gpt2Site;

extern const char *const gpt2_site_names[GPT2_N_SITES];
gboolean gpt2_site_is_per_layer (Gpt2Site site);

gboolean gpt2_forward (const Gpt2Config *config, Gpt2Weights *weights, SondeBatch *batch, SondeSelection *selection, SondeSiteFunc func, gpointer user_data, GCancellable *cancellable, GError **error);

/* Bytes of the matrices of such a run, and of what is converted of a layer's weights; not those of the tensors that it gives. */
guint64 gpt2_forward_estimate (const Gpt2Config *config, Gpt2Weights *weights, SondeBatch *batch);

G_END_DECLS
