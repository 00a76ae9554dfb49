#pragma once

#include "gpt2-config.h"
#include "sonde.h"

G_BEGIN_DECLS

/* The parameters of one layer, in the order of the data flow. Matrices are [in, out], as Conv1D stores them. */
typedef enum
{
  GPT2_LN_1_WEIGHT,
  GPT2_LN_1_BIAS,
  GPT2_C_ATTN_WEIGHT, /* [features, 3 features]: queries, keys, values */
  GPT2_C_ATTN_BIAS,
  GPT2_ATTN_PROJ_WEIGHT,
  GPT2_ATTN_PROJ_BIAS,
  GPT2_LN_2_WEIGHT,
  GPT2_LN_2_BIAS,
  GPT2_C_FC_WEIGHT,
  GPT2_C_FC_BIAS,
  GPT2_MLP_PROJ_WEIGHT,
  GPT2_MLP_PROJ_BIAS,
  GPT2_N_LAYER_PARAMETERS,
} Gpt2LayerParameter;

/* The parameters of the whole model. */
typedef enum
{
  GPT2_WTE, /* [vocabulary, features] */
  GPT2_WPE, /* [positions, features] */
  GPT2_LN_F_WEIGHT,
  GPT2_LN_F_BIAS,
  GPT2_LM_HEAD, /* [vocabulary, features]; wte itself where the file has none */
  GPT2_N_MODEL_PARAMETERS,
} Gpt2ModelParameter;

/* The tensors of a file under the names that GPT-2 has for them. They stay memory-mapped. */
typedef struct _Gpt2Weights Gpt2Weights;

/* The parameters of one layer as float32. */
typedef struct
{
  SondeTensor *tensors[GPT2_N_LAYER_PARAMETERS];
  const float *values[GPT2_N_LAYER_PARAMETERS];
} Gpt2Layer;

Gpt2Weights *gpt2_weights_open (const char *path, const Gpt2Config *config, GError **error);
void gpt2_weights_free (Gpt2Weights *self);

const char *const *gpt2_weights_get_files (Gpt2Weights *self);
gboolean gpt2_weights_has_head (Gpt2Weights *self);

void gpt2_weights_load_layer (Gpt2Weights *self, guint layer, Gpt2Layer *parameters);
void gpt2_weights_unload_layer (Gpt2Weights *self, guint layer, Gpt2Layer *parameters);
guint64 gpt2_weights_get_converted_bytes (Gpt2Weights *self); /* of a loaded layer that is not float32 in the file */
void gpt2_layer_clear (Gpt2Layer *parameters);
SondeTensor *gpt2_weights_get (Gpt2Weights *self, Gpt2ModelParameter parameter); /* as it stands in the file */

/* Sets @error to the first weight of @layer, or of the model as a whole (SONDE_NO_LAYER), that is not finite. False where
 * all are finite; @error stays unset then. */
gboolean gpt2_weights_blame (Gpt2Weights *self, guint layer, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Gpt2Weights, gpt2_weights_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Gpt2Layer, gpt2_layer_clear)

G_END_DECLS
