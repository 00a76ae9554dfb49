#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  GPT2_GELU_NEW,
  GPT2_GELU_ERF,
  GPT2_RELU,
} Gpt2Activation;

/* What config.json says, every number within its range. */
typedef struct
{
  guint n_layers;
  guint n_heads;
  guint n_features;   /* of the residual stream; a multiple of n_heads */
  guint n_inner;      /* of the MLP's expansion */
  guint n_positions;
  guint n_vocabulary;
  float epsilon;      /* of layer norms */
  Gpt2Activation activation;
  const char *activation_name; /* as the configuration spells it */
  gboolean tied;      /* logits use the token embedding where the file has no lm_head */
  gboolean scale_by_size;  /* attention scores over the square root of a head's size */
  gboolean scale_by_layer; /* and over the layer's number, from 1 */
} Gpt2Config;

gboolean gpt2_config_load (const char *path, Gpt2Config *config, GError **error);

/* Whether the configuration at @path is that of a GPT-2; looks at nothing else in it. */
gboolean gpt2_config_check_family (const char *path, GError **error);

G_END_DECLS
