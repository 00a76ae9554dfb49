#define G_LOG_DOMAIN "gpt2"

#include "gpt2-weights.h"

#include <stdlib.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "gpt2-kernels.h"

/* Lengths that the shapes are made of. */
typedef enum
{
  SIZE_NONE,
  SIZE_FEATURES,
  SIZE_QKV,
  SIZE_INNER,
  SIZE_POSITIONS,
  SIZE_VOCABULARY,
} Size;

typedef struct
{
  const char *name;
  Size rows; /* SIZE_NONE: a vector */
  Size columns;
} Parameter;

static const Parameter layer_parameters[GPT2_N_LAYER_PARAMETERS] = {
  [GPT2_LN_1_WEIGHT] = { "ln_1.weight", SIZE_NONE, SIZE_FEATURES },
  [GPT2_LN_1_BIAS] = { "ln_1.bias", SIZE_NONE, SIZE_FEATURES },
  [GPT2_C_ATTN_WEIGHT] = { "attn.c_attn.weight", SIZE_FEATURES, SIZE_QKV },
  [GPT2_C_ATTN_BIAS] = { "attn.c_attn.bias", SIZE_NONE, SIZE_QKV },
  [GPT2_ATTN_PROJ_WEIGHT] = { "attn.c_proj.weight", SIZE_FEATURES, SIZE_FEATURES },
  [GPT2_ATTN_PROJ_BIAS] = { "attn.c_proj.bias", SIZE_NONE, SIZE_FEATURES },
  [GPT2_LN_2_WEIGHT] = { "ln_2.weight", SIZE_NONE, SIZE_FEATURES },
  [GPT2_LN_2_BIAS] = { "ln_2.bias", SIZE_NONE, SIZE_FEATURES },
  [GPT2_C_FC_WEIGHT] = { "mlp.c_fc.weight", SIZE_FEATURES, SIZE_INNER },
  [GPT2_C_FC_BIAS] = { "mlp.c_fc.bias", SIZE_NONE, SIZE_INNER },
  [GPT2_MLP_PROJ_WEIGHT] = { "mlp.c_proj.weight", SIZE_INNER, SIZE_FEATURES },
  [GPT2_MLP_PROJ_BIAS] = { "mlp.c_proj.bias", SIZE_NONE, SIZE_FEATURES },
};

static const Parameter model_parameters[GPT2_N_MODEL_PARAMETERS] = {
  [GPT2_WTE] = { "wte.weight", SIZE_VOCABULARY, SIZE_FEATURES },
  [GPT2_WPE] = { "wpe.weight", SIZE_POSITIONS, SIZE_FEATURES },
  [GPT2_LN_F_WEIGHT] = { "ln_f.weight", SIZE_NONE, SIZE_FEATURES },
  [GPT2_LN_F_BIAS] = { "ln_f.bias", SIZE_NONE, SIZE_FEATURES },
  [GPT2_LM_HEAD] = { "lm_head.weight", SIZE_VOCABULARY, SIZE_FEATURES },
};

struct _Gpt2Weights
{
  SondeSafetensors *file;
  char *path;
  const char *prefix; /* "transformer." or "" */
  Gpt2Config config;
  gboolean has_head;
  SondeTensor **layers; /* [n_layers * GPT2_N_LAYER_PARAMETERS] */
  SondeTensor *model[GPT2_N_MODEL_PARAMETERS];
};

static gsize
get_size (const Gpt2Config *config, Size size)
{
  switch (size)
    {
    case SIZE_FEATURES:
      return config->n_features;
    case SIZE_QKV:
      return 3 * (gsize) config->n_features;
    case SIZE_INNER:
      return config->n_inner;
    case SIZE_POSITIONS:
      return config->n_positions;
    case SIZE_VOCABULARY:
      return config->n_vocabulary;
    default:
      return 0;
    }
}

static char *
dup_layer_name (Gpt2Weights *self, guint layer, guint parameter)
{
  return g_strdup_printf ("%sh.%u.%s", self->prefix, layer, layer_parameters[parameter].name);
}

static char *
dup_model_name (Gpt2Weights *self, guint parameter)
{
  return g_strconcat (parameter == GPT2_LM_HEAD ? "" : self->prefix, model_parameters[parameter].name, NULL);
}

static gboolean
check_shape (Gpt2Weights *self,
             const char *name,
             const Parameter *parameter,
             SondeTensor *tensor,
             GError **error)
{
  const gsize rows = get_size (&self->config, parameter->rows), columns = get_size (&self->config, parameter->columns);
  guint n_dims;
  const gsize *shape = sonde_tensor_get_shape (tensor, &n_dims);
  g_autofree char *expected = NULL;
  g_autofree char *found = NULL;

  if (parameter->rows == SIZE_NONE ? n_dims == 1 && shape[0] == columns : n_dims == 2 && shape[0] == rows && shape[1] == columns)
    return TRUE;
  found = sonde_tensor_dup_shape_string (tensor);
  if (parameter->rows == SIZE_NONE)
    expected = g_strdup_printf ("[%" G_GSIZE_FORMAT "]", columns);
  else
    expected = g_strdup_printf ("[%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT "]", rows, columns);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s: the tensor “%s” has the shape %s, %s expected from config.json"), self->path, name, found, expected);
  return FALSE;
}

static gboolean
check_dtype (Gpt2Weights *self,
             const char *name,
             SondeTensor *tensor,
             GError **error)
{
  SondeDtype dtype = sonde_tensor_get_dtype (tensor);

  if (dtype == SONDE_DTYPE_F32 || dtype == SONDE_DTYPE_F16 || dtype == SONDE_DTYPE_BF16)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s: the tensor “%s” has elements of type %s; F32, F16 or BF16 expected"), self->path, name, sonde_dtype_get_name (dtype));
  return FALSE;
}

static SondeTensor *
ref_checked (Gpt2Weights *self,
             const char *name,
             const Parameter *parameter,
             GError **error)
{
  g_autoptr (SondeTensor) tensor = NULL;

  if (!sonde_safetensors_has (self->file, name))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s has no tensor “%s”, one expected from config.json"), self->path, name);
      return NULL;
    }
  tensor = sonde_safetensors_ref_tensor (self->file, name, error);
  if (!tensor || !check_shape (self, name, parameter, tensor, error) || !check_dtype (self, name, tensor, error))
    return NULL;
  return g_steal_pointer (&tensor);
}

static gboolean
load_layers (Gpt2Weights *self, GError **error)
{
  self->layers = g_new0 (SondeTensor *, (gsize) self->config.n_layers * GPT2_N_LAYER_PARAMETERS);
  for (guint layer = 0; layer < self->config.n_layers; layer++)
    for (guint parameter = 0; parameter < GPT2_N_LAYER_PARAMETERS; parameter++)
      {
        g_autofree char *name = dup_layer_name (self, layer, parameter);
        SondeTensor *tensor = ref_checked (self, name, &layer_parameters[parameter], error);

        if (!tensor)
          return FALSE;
        self->layers[layer * GPT2_N_LAYER_PARAMETERS + parameter] = tensor;
      }
  return TRUE;
}

static gboolean
load_model_parameters (Gpt2Weights *self, GError **error)
{
  self->has_head = !self->config.tied || sonde_safetensors_has (self->file, model_parameters[GPT2_LM_HEAD].name);
  for (guint parameter = 0; parameter < GPT2_N_MODEL_PARAMETERS; parameter++)
    {
      g_autofree char *name = dup_model_name (self, parameter);

      if (parameter == GPT2_LM_HEAD && !self->has_head)
        self->model[parameter] = sonde_tensor_ref (self->model[GPT2_WTE]);
      else
        self->model[parameter] = ref_checked (self, name, &model_parameters[parameter], error);
      if (!self->model[parameter])
        return FALSE;
    }
  return TRUE;
}

/* A file with more layers than the configuration says belongs to another model. What else is there and not a parameter, such
 * as the buffer h.0.attn.bias, a causal mask, does not matter. */
static gboolean
check_no_further_layer (Gpt2Weights *self, GError **error)
{
  g_auto (GStrv) names = sonde_safetensors_dup_names (self->file);
  g_autofree char *start = g_strconcat (self->prefix, "h.", NULL);

  for (guint i = 0; names[i]; i++)
    if (g_str_has_prefix (names[i], start) && g_ascii_isdigit (names[i][strlen (start)]) && strtoull (names[i] + strlen (start), NULL, 10) >= self->config.n_layers)
      {
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s has a tensor “%s”, but layers 0 to %u expected from config.json"), self->path, names[i], self->config.n_layers - 1);
        return FALSE;
      }
  return TRUE;
}

Gpt2Weights *
gpt2_weights_open (const char *path,
                   const Gpt2Config *config,
                   GError **error)
{
  g_autoptr (Gpt2Weights) self = g_new0 (Gpt2Weights, 1);

  self->path = g_strdup (path);
  self->config = *config;
  self->file = sonde_safetensors_open (path, error);
  if (!self->file)
    return NULL;
  self->prefix = sonde_safetensors_has (self->file, "wte.weight") ? "" : "transformer.";
  if (!load_model_parameters (self, error) || !load_layers (self, error) || !check_no_further_layer (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

void
gpt2_weights_free (Gpt2Weights *self)
{
  for (gsize i = 0; self->layers && i < (gsize) self->config.n_layers * GPT2_N_LAYER_PARAMETERS; i++)
    g_clear_pointer (&self->layers[i], sonde_tensor_unref);
  for (guint i = 0; i < GPT2_N_MODEL_PARAMETERS; i++)
    g_clear_pointer (&self->model[i], sonde_tensor_unref);
  g_free (self->layers);
  g_free (self->path);
  g_clear_object (&self->file);
  g_free (self);
}

const char *const *
gpt2_weights_get_files (Gpt2Weights *self)
{
  return sonde_safetensors_get_files (self->file);
}

/* Whether the logits have a matrix of their own. */
gboolean
gpt2_weights_has_head (Gpt2Weights *self)
{
  return self->has_head;
}

typedef struct
{
  Gpt2Weights *weights;
  guint layer;
  Gpt2Layer *parameters;
} Loading;

static void
load_parameter (guint parameter,
                guint worker,
                gpointer user_data)
{
  const Loading *loading = user_data;
  SondeTensor *tensor = sonde_tensor_to_f32 (loading->weights->layers[loading->layer * GPT2_N_LAYER_PARAMETERS + parameter]);

  loading->parameters->tensors[parameter] = tensor;
  loading->parameters->values[parameter] = sonde_tensor_peek_f32 (tensor);
}

static void
advise_layer (Gpt2Weights *self, guint layer, SondeSafetensorsAdvice advice)
{
  for (guint i = 0; layer < self->config.n_layers && i < GPT2_N_LAYER_PARAMETERS; i++)
    {
      g_autofree char *name = dup_layer_name (self, layer, i);

      sonde_safetensors_advise (self->file, name, advice);
    }
}

/* Converts what is not float32 already, and has the layer after it read ahead. gpt2_weights_unload_layer () ends it. */
void
gpt2_weights_load_layer (Gpt2Weights *self,
                         guint layer,
                         Gpt2Layer *parameters)
{
  Loading loading = { self, layer, parameters };

  sonde_threads_run (GPT2_N_LAYER_PARAMETERS, load_parameter, &loading);
  advise_layer (self, layer + 1, SONDE_SAFETENSORS_SOON);
}

/* Each layer is read once in a run: its part of the file needs no memory afterwards. */
void
gpt2_weights_unload_layer (Gpt2Weights *self,
                           guint layer,
                           Gpt2Layer *parameters)
{
  gpt2_layer_clear (parameters);
  advise_layer (self, layer, SONDE_SAFETENSORS_DONE);
}

guint64
gpt2_weights_get_converted_bytes (Gpt2Weights *self)
{
  guint64 bytes = 0;

  for (guint i = 0; i < GPT2_N_LAYER_PARAMETERS; i++)
    if (!sonde_tensor_peek_f32 (self->layers[i]))
      bytes += sonde_tensor_get_n_elements (self->layers[i]) * sizeof (float);
  return bytes;
}

void
gpt2_layer_clear (Gpt2Layer *parameters)
{
  for (guint i = 0; i < GPT2_N_LAYER_PARAMETERS; i++)
    g_clear_pointer (&parameters->tensors[i], sonde_tensor_unref);
}

SondeTensor *
gpt2_weights_get (Gpt2Weights *self, Gpt2ModelParameter parameter)
{
  return self->model[parameter];
}

static gboolean
blame_tensor (Gpt2Weights *self,
              const char *name,
              SondeTensor *tensor,
              GError **error)
{
  g_autoptr (SondeTensor) converted = sonde_tensor_to_f32 (tensor);
  const float *values = sonde_tensor_peek_f32 (converted);
  const gsize n = sonde_tensor_get_n_elements (converted), columns = sonde_tensor_get_n_columns (converted);
  const gsize at = gpt2_find_not_finite (values, n);
  g_autofree char *place = NULL;

  if (at == n)
    return FALSE;
  if (sonde_tensor_get_n_dims (converted) == 1)
    place = g_strdup_printf ("[%" G_GSIZE_FORMAT "]", at);
  else
    place = g_strdup_printf ("[%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT "]", at / columns, at % columns);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("%s: the weight “%s” is %s at %s, a finite number expected"), self->path, name, values[at] != values[at] ? "NaN" : values[at] > 0 ? "inf"
                                                                                                                                                                                           : "-inf",
               place);
  return TRUE;
}

gboolean
gpt2_weights_blame (Gpt2Weights *self, guint layer, GError **error)
{
  guint n = layer == SONDE_NO_LAYER ? GPT2_N_MODEL_PARAMETERS : GPT2_N_LAYER_PARAMETERS;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = layer == SONDE_NO_LAYER ? dup_model_name (self, i) : dup_layer_name (self, layer, i);
      SondeTensor *tensor = layer == SONDE_NO_LAYER ? self->model[i] : self->layers[layer * GPT2_N_LAYER_PARAMETERS + i];

      if (blame_tensor (self, name, tensor, error))
        return TRUE;
    }
  return FALSE;
}
