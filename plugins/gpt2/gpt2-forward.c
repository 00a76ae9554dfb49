#define G_LOG_DOMAIN "gpt2"

#include "gpt2-forward.h"

#include <math.h>
#include <string.h>

#include <cblas.h>
#include <glib/gi18n-lib.h>

#include "gpt2-kernels.h"
#include "gpt2-plan.h"

/* One multiplication of this many products takes some tenths of a second: longer ones are cut, so that a run can be ended. */
#define MAX_PRODUCTS (G_GINT64_CONSTANT (1) << 34)
/* Logits are computed for this many tokens of the vocabulary at a time, so that a half-precision table is never converted whole. */
#define HEAD_CHUNK 8192

/* A run. Matrices hold one row per token; all sequences stand in the same matrix, one after the other, so that every linear
 * map is one multiplication. In the last layer, once keys and values are there, the matrices shrink to the kept rows. */
typedef struct
{
  const Gpt2Config *config;
  Gpt2Weights *weights;
  SondeSelection *selection;
  SondeSiteFunc func;
  gpointer user_data;
  GCancellable *cancellable;

  Gpt2Plan plan;
  Gpt2Layout layout;
  const Gpt2Rows *rows; /* what the matrices hold: &layout.all, then &layout.kept */

  float *x;         /* [rows, features]: the residual stream */
  float *a;         /* [rows, features]: input of the next linear map */
  float *b;         /* [rows, features]: output of the last one */
  float *wide;      /* [rows, max (3 features, inner)]: queries, keys and values; then the MLP's expansion */
  float *workspace; /* of gpt2_attention () */
} Run;

/* y = x W + b */
typedef struct
{
  const float *weight; /* [n_in, n_out], stride apart */
  const float *bias;   /* [n_out] */
  gsize n_in;
  gsize n_out;
  gsize stride;
} Linear;

static void
run_clear (Run *run)
{
  gpt2_layout_clear (&run->layout);
  g_free (run->x);
  g_free (run->a);
  g_free (run->b);
  g_free (run->wide);
  g_free (run->workspace);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Run, run_clear)

static float *
allocate (gsize rows, gsize columns, GError **error)
{
  float *data = g_try_malloc_n (rows, columns * sizeof *data);

  if (!data)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("There is no memory for a matrix of %" G_GSIZE_FORMAT " rows and %" G_GSIZE_FORMAT " columns: run fewer or shorter sequences"), rows, columns);
  return data;
}

static gboolean
allocate_all (Run *run, GError **error)
{
  const gsize rows = run->layout.all.n, features = run->config->n_features;

  return (run->x = allocate (rows, features, error)) && (run->a = allocate (rows, features, error)) && (run->b = allocate (rows, features, error)) && (run->wide = allocate (rows, MAX (3 * features, run->config->n_inner), error)) && (run->workspace = allocate (1, gpt2_attention_workspace (run->layout.longest, run->layout.longest), error));
}

/* ---- what comes out ---- */

/* A value that is not finite: names the weight that it came from, where it is one of this layer's; before it, all was finite. */
static gboolean
fail_not_finite (Run *run, guint layer, Gpt2Site site, GError **error)
{
  if (layer != SONDE_NO_LAYER && gpt2_weights_blame (run->weights, layer, error))
    return FALSE;
  if (layer == SONDE_NO_LAYER && gpt2_weights_blame (run->weights, SONDE_NO_LAYER, error))
    return FALSE;
  if (layer == SONDE_NO_LAYER)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("“%s” is not finite although its weights are: the numbers outgrow float32"), gpt2_site_names[site]);
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("“%s” of layer %u is not finite although the layer's weights are: the numbers outgrow float32"), gpt2_site_names[site], layer);
  return FALSE;
}

static gboolean
hand_over (Run *run,
           guint layer,
           Gpt2Site site,
           float *data,
           gsize columns,
           GError **error)
{
  const gsize rows = run->layout.kept.n;
  g_autoptr (SondeTensor) tensor = sonde_tensor_new_take_f32 (data, rows, columns);

  if (!gpt2_all_finite (data, rows * columns))
    return fail_not_finite (run, layer, site, error);
  return run->func (layer, gpt2_site_names[site], tensor, run->user_data, error);
}

/* Hands the kept rows of @matrix over, where somebody wants them. */
static gboolean
emit (Run *run,
      guint layer,
      Gpt2Site site,
      const float *matrix,
      gsize columns,
      GError **error)
{
  const Gpt2Layout *layout = &run->layout;
  float *data;

  if (!sonde_selection_has (run->selection, layer, gpt2_site_names[site]))
    return TRUE;
  data = allocate (layout->kept.n, columns, error);
  if (!data)
    return FALSE;
  if (run->rows == &layout->kept)
    memcpy (data, matrix, layout->kept.n * columns * sizeof *data);
  else
    for (gsize i = 0; i < layout->kept.n; i++)
      memcpy (data + i * columns, matrix + layout->kept_in_all[i] * columns, columns * sizeof *data);
  return hand_over (run, layer, site, data, columns, error);
}

/* ---- linear maps ---- */

/* out [n_rows, n_out], stride apart, = x [n_rows, n_in] W + b. The bias goes in first and the multiplication adds to it. */
static gboolean
apply_linear (Run *run,
              const Linear *linear,
              const float *x,
              gsize n_rows,
              float *out,
              gsize stride,
              GError **error)
{
  const gsize at_once = MAX ((gsize) MAX_PRODUCTS / (linear->n_in * linear->n_out), 256);

  for (gsize row = 0; row < n_rows; row += at_once)
    {
      const gsize n = MIN (at_once, n_rows - row);

      if (g_cancellable_set_error_if_cancelled (run->cancellable, error))
        return FALSE;
      gpt2_fill_rows (linear->bias, n, linear->n_out, out + row * stride, stride);
      cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint) n, (blasint) linear->n_out, (blasint) linear->n_in, 1,
                   x + row * linear->n_in, (blasint) linear->n_in, linear->weight, (blasint) linear->stride,
                   1, out + row * stride, (blasint) stride);
    }
  return TRUE;
}

static Linear
get_linear (const Gpt2Layer *layer,
            Gpt2LayerParameter weight,
            Gpt2LayerParameter bias,
            gsize n_in,
            gsize n_out)
{
  return (Linear){ .weight = layer->values[weight], .bias = layer->values[bias], .n_in = n_in, .n_out = n_out, .stride = n_out };
}

/* Columns @first to @first + @n_out of a map. */
static Linear
get_columns (const Linear *linear, gsize first, gsize n_out)
{
  return (Linear){ .weight = linear->weight + first, .bias = linear->bias + first, .n_in = linear->n_in, .n_out = n_out, .stride = linear->stride };
}

static void
gather (const float *from,
        gsize columns,
        const gsize *rows,
        gsize n_rows,
        float *to)
{
  /* Rows ascend, so a matrix can be gathered onto its own beginning. */
  for (gsize i = 0; i < n_rows; i++)
    memmove (to + i * columns, from + rows[i] * columns, columns * sizeof *to);
}

/* ---- the model ---- */

/* x = wte[token] + wpe[position]. Single rows are converted, never the whole table. */
static void
embed (Run *run, SondeBatch *batch)
{
  const gsize features = run->config->n_features;
  SondeTensor *tables[] = { gpt2_weights_get (run->weights, GPT2_WTE), gpt2_weights_get (run->weights, GPT2_WPE) };

  memset (run->x, 0, run->layout.all.n * features * sizeof *run->x);
  for (guint sequence = 0; sequence < run->layout.n_sequences; sequence++)
    {
      guint n_ids;
      const gint32 *ids = sonde_batch_get_ids (batch, sequence, &n_ids);

      for (guint position = 0; position < n_ids; position++)
        for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
          {
            g_autoptr (SondeTensor) row = sonde_tensor_slice_rows (tables[i], i == 0 ? (gsize) ids[position] : position, 1);
            g_autoptr (SondeTensor) values = sonde_tensor_to_f32 (row);

            gpt2_add (run->x + (run->layout.all.starts[sequence] + position) * features, sonde_tensor_peek_f32 (values), features);
          }
    }
}

/* Scores are scaled by 1 / sqrt (size of a head), and by 1 / (layer + 1), each where the configuration says so. */
static float
get_attention_scale (const Gpt2Config *config, guint layer)
{
  double scale = 1;

  if (config->scale_by_size)
    scale /= sqrt ((double) config->n_features / config->n_heads);
  if (config->scale_by_layer)
    scale /= layer + 1.0;
  return (float) scale;
}

/* out [rows, features] = what each head of each sequence reads. q [rows, features], q_stride apart; keys and values of all
 * tokens stand in wide. */
static gboolean
attend (Run *run,
        guint layer,
        const float *q,
        gsize q_stride,
        float *out,
        GError **error)
{
  const gsize features = run->config->n_features, size = features / run->config->n_heads;
  const Gpt2Rows *rows = run->rows, *all = &run->layout.all;
  const float scale = get_attention_scale (run->config, layer);

  for (guint sequence = 0; sequence < run->layout.n_sequences; sequence++)
    {
      const gsize first = rows->starts[sequence], first_key = all->starts[sequence];
      const gsize n_queries = rows->starts[sequence + 1] - first, n_keys = all->starts[sequence + 1] - first_key;

      for (gsize head = 0; head < run->config->n_heads; head++)
        {
          const float *k = run->wide + first_key * 3 * features + features + head * size;

          if (head % 16 == 0 && g_cancellable_set_error_if_cancelled (run->cancellable, error))
            return FALSE;
          gpt2_attention (q + first * q_stride + head * size, q_stride, rows->positions + first, n_queries,
                          k, k + features, 3 * features, n_keys, size, scale,
                          out + first * features + head * size, features, run->workspace);
        }
    }
  return TRUE;
}

/* Queries, keys and values of all tokens, in one map; what the heads read lands in a. */
static gboolean
attend_all (Run *run, guint layer, const Linear *c_attn, GError **error)
{
  return apply_linear (run, c_attn, run->a, run->rows->n, run->wide, 3 * (gsize) run->config->n_features, error) && attend (run, layer, run->wide, 3 * (gsize) run->config->n_features, run->a, error);
}

/* The last layer: keys and values of all tokens, queries of the kept ones. From here on the matrices hold kept rows only. */
static gboolean
attend_kept (Run *run,
             guint layer,
             const Linear *c_attn,
             GError **error)
{
  const gsize features = run->config->n_features, n = run->layout.kept.n;
  const Linear queries = get_columns (c_attn, 0, features), keys_and_values = get_columns (c_attn, features, 2 * features);
  float *attended = run->b;

  if (!apply_linear (run, &keys_and_values, run->a, run->rows->n, run->wide + features, 3 * features, error))
    return FALSE;
  gather (run->a, features, run->layout.kept_in_all, n, run->b);
  gather (run->x, features, run->layout.kept_in_all, n, run->x);
  run->rows = &run->layout.kept;
  if (!apply_linear (run, &queries, run->b, n, run->a, features, error) || !attend (run, layer, run->a, features, attended, error))
    return FALSE;
  run->b = run->a;
  run->a = attended;
  return TRUE;
}

/* x += attn (ln_1 (x)) */
static gboolean
run_attention (Run *run,
               guint layer,
               const Gpt2Layer *parameters,
               gboolean kept_only,
               GError **error)
{
  const gsize features = run->config->n_features;
  const Linear c_attn = get_linear (parameters, GPT2_C_ATTN_WEIGHT, GPT2_C_ATTN_BIAS, features, 3 * features);
  const Linear c_proj = get_linear (parameters, GPT2_ATTN_PROJ_WEIGHT, GPT2_ATTN_PROJ_BIAS, features, features);

  gpt2_layer_norm (run->x, run->rows->n, features, parameters->values[GPT2_LN_1_WEIGHT], parameters->values[GPT2_LN_1_BIAS], run->config->epsilon, run->a);
  if (!(kept_only ? attend_kept : attend_all) (run, layer, &c_attn, error) || !apply_linear (run, &c_proj, run->a, run->rows->n, run->b, features, error))
    return FALSE;
  gpt2_add (run->x, run->b, run->rows->n * features);
  return TRUE;
}

static void
activate (const Gpt2Config *config, float *x, gsize n)
{
  switch (config->activation)
    {
    case GPT2_GELU_NEW:
      gpt2_gelu_new (x, n);
      break;
    case GPT2_GELU_ERF:
      gpt2_gelu_erf (x, n);
      break;
    case GPT2_RELU:
      gpt2_relu (x, n);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* x += mlp (ln_2 (x)), or less: up to the site @last. */
static gboolean
run_mlp (Run *run,
         guint layer,
         const Gpt2Layer *parameters,
         Gpt2Site last,
         GError **error)
{
  const gsize features = run->config->n_features, inner = run->config->n_inner, n = run->rows->n;
  const Linear c_fc = get_linear (parameters, GPT2_C_FC_WEIGHT, GPT2_C_FC_BIAS, features, inner);
  const Linear c_proj = get_linear (parameters, GPT2_MLP_PROJ_WEIGHT, GPT2_MLP_PROJ_BIAS, inner, features);

  gpt2_layer_norm (run->x, n, features, parameters->values[GPT2_LN_2_WEIGHT], parameters->values[GPT2_LN_2_BIAS], run->config->epsilon, run->a);
  if (!emit (run, layer, GPT2_SITE_MLP_IN, run->a, features, error))
    return FALSE;
  if (last == GPT2_SITE_MLP_IN)
    return TRUE;
  if (!apply_linear (run, &c_fc, run->a, n, run->wide, inner, error) || !emit (run, layer, GPT2_SITE_MLP_PRE, run->wide, inner, error))
    return FALSE;
  if (last == GPT2_SITE_MLP_PRE)
    return TRUE;
  activate (run->config, run->wide, n * inner);
  if (!emit (run, layer, GPT2_SITE_MLP_POST, run->wide, inner, error))
    return FALSE;
  if (last == GPT2_SITE_MLP_POST)
    return TRUE;
  if (!apply_linear (run, &c_proj, run->wide, n, run->b, features, error) || !emit (run, layer, GPT2_SITE_MLP_OUT, run->b, features, error))
    return FALSE;
  gpt2_add (run->x, run->b, n * features);
  if (!gpt2_all_finite (run->x, n * features))
    return fail_not_finite (run, layer, GPT2_SITE_BLOCK, error);
  return emit (run, layer, GPT2_SITE_BLOCK, run->x, features, error);
}

static gboolean
run_layers (Run *run, GError **error)
{
  for (guint layer = 0; layer < run->plan.n_visited; layer++)
    {
      const gboolean is_last = layer + 1 == run->plan.n_run;
      g_auto (Gpt2Layer) parameters = { 0 };

      if (!emit (run, layer, GPT2_SITE_BLOCK_INPUT, run->x, run->config->n_features, error))
        return FALSE;
      if (layer >= run->plan.n_run)
        continue;
      gpt2_weights_load_layer (run->weights, layer, &parameters);
      if (!run_attention (run, layer, &parameters, is_last, error) || !run_mlp (run, layer, &parameters, is_last ? run->plan.last : GPT2_SITE_BLOCK, error))
        return FALSE;
    }
  return TRUE;
}

/* logits [rows, vocabulary] = a lm_head^T */
static gboolean
run_head (Run *run, GError **error)
{
  SondeTensor *head = gpt2_weights_get (run->weights, GPT2_LM_HEAD);
  const gsize rows = run->rows->n, vocabulary = run->config->n_vocabulary, features = run->config->n_features;
  g_autofree float *logits = allocate (rows, vocabulary, error);

  if (!logits)
    return FALSE;
  for (gsize first = 0; first < vocabulary; first += HEAD_CHUNK)
    {
      const gsize n = MIN (HEAD_CHUNK, vocabulary - first);
      g_autoptr (SondeTensor) part = sonde_tensor_slice_rows (head, first, n);
      g_autoptr (SondeTensor) values = sonde_tensor_to_f32 (part);

      if (g_cancellable_set_error_if_cancelled (run->cancellable, error))
        return FALSE;
      cblas_sgemm (CblasRowMajor, CblasNoTrans, CblasTrans, (blasint) rows, (blasint) n, (blasint) features, 1,
                   run->a, (blasint) features, sonde_tensor_peek_f32 (values), (blasint) features,
                   0, logits + first, (blasint) vocabulary);
    }
  return hand_over (run, SONDE_NO_LAYER, GPT2_SITE_LOGITS, g_steal_pointer (&logits), vocabulary, error);
}

/* The final layer norm, of the kept rows, and the logits. */
static gboolean
run_end (Run *run, GError **error)
{
  const gsize features = run->config->n_features;
  g_autoptr (SondeTensor) gain = NULL;
  g_autoptr (SondeTensor) bias = NULL;

  if (!run->plan.wants_ln_f)
    return TRUE;
  gain = sonde_tensor_to_f32 (gpt2_weights_get (run->weights, GPT2_LN_F_WEIGHT));
  bias = sonde_tensor_to_f32 (gpt2_weights_get (run->weights, GPT2_LN_F_BIAS));
  gpt2_layer_norm (run->x, run->rows->n, features, sonde_tensor_peek_f32 (gain), sonde_tensor_peek_f32 (bias), run->config->epsilon, run->a);
  if (!emit (run, SONDE_NO_LAYER, GPT2_SITE_LN_F, run->a, features, error))
    return FALSE;
  return !sonde_selection_has (run->selection, SONDE_NO_LAYER, gpt2_site_names[GPT2_SITE_LOGITS]) || run_head (run, error);
}

/* Radford et al. 2019. Computes what @selection needs and nothing else, and hands over each site as soon as it is there. */
gboolean
gpt2_forward (const Gpt2Config *config,
              Gpt2Weights *weights,
              SondeBatch *batch,
              SondeSelection *selection,
              SondeSiteFunc func,
              gpointer user_data,
              GCancellable *cancellable,
              GError **error)
{
  g_auto (Run) run = { .config = config, .weights = weights, .selection = selection, .func = func, .user_data = user_data, .cancellable = cancellable };

  gpt2_plan_make (config, selection, &run.plan);
  if (g_cancellable_set_error_if_cancelled (cancellable, error) || !gpt2_layout_make (config, batch, &run.layout, error))
    return FALSE;
  if (sonde_selection_get_n_pairs (selection) == 0)
    return TRUE;
  run.rows = &run.layout.all;
  if (!allocate_all (&run, error))
    return FALSE;
  embed (&run, batch);
  if (!gpt2_all_finite (run.x, run.layout.all.n * config->n_features))
    return fail_not_finite (&run, SONDE_NO_LAYER, GPT2_SITE_EMBEDDING, error);
  return emit (&run, SONDE_NO_LAYER, GPT2_SITE_EMBEDDING, run.x, config->n_features, error) && run_layers (&run, error) && run_end (&run, error);
}
