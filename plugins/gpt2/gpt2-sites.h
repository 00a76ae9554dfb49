#pragma once

#include "gpt2-config.h"
#include "sonde.h"

G_BEGIN_DECLS

/* The sites, in the order of the data flow. */
typedef enum
{
  GPT2_SITE_EMBEDDING,
  GPT2_SITE_BLOCK_INPUT,
  GPT2_SITE_ATTN_IN,
  GPT2_SITE_ATTN_Q,
  GPT2_SITE_ATTN_K,
  GPT2_SITE_ATTN_V,
  GPT2_SITE_ATTN_PATTERN,
  GPT2_SITE_ATTN_HEADS,
  GPT2_SITE_ATTN_OUT,
  GPT2_SITE_BLOCK_MIDDLE,
  GPT2_SITE_MLP_IN,
  GPT2_SITE_MLP_PRE,
  GPT2_SITE_MLP_POST,
  GPT2_SITE_MLP_OUT,
  GPT2_SITE_BLOCK,
  GPT2_SITE_LN_F,
  GPT2_SITE_LOGITS,
  GPT2_N_SITES,
} Gpt2Site;

const char *gpt2_site_get_name (Gpt2Site site);
Gpt2Site gpt2_site_find (const char *name); /* GPT2_N_SITES: there is none of this name */
gboolean gpt2_site_is_per_layer (Gpt2Site site);

/* (transfer full) (element-type SondeSite): those of a model; with NULL, those that all models have, without widths and with formulas
 * that hold for all. */
GPtrArray *gpt2_sites_list (const Gpt2Config *config, gboolean has_head);

G_END_DECLS
