#define G_LOG_DOMAIN "gpt2"

#include "gpt2-forward.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <math/sonde-math.h>

#include "gpt2-kernels.h"
#include "gpt2-run.h"

/* Logits are computed for this many tokens of the vocabulary at a time, so that a half-precision table is never converted whole. */
#define HEAD_CHUNK ((gsize) 8192)

static void
run_clear (Gpt2Run *run)
{
  gpt2_layout_clear (&run->layout);
  g_free (run->x);
  g_free (run->a);
  g_free (run->b);
  g_free (run->wide);
  g_free (run->linear.packed);
  g_free (run->linear.workspace);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Gpt2Run, run_clear)

static gsize
get_wide_columns (const Gpt2Config *config)
{
  return MAX (3 * (gsize) config->n_features, config->n_inner);
}

static gboolean
allocate_all (Gpt2Run *run, GError **error)
{
  const gsize rows = run->layout.all.n, features = run->config->n_features, n_packed = gpt2_run_get_packed (run->config);
  Gpt2LinearContext *linear = &run->linear;

  linear->workspace_size = gpt2_run_get_workspace (run->layout.longest);
  if (!(linear->workspace = gpt2_run_allocate (sonde_threads_get_n (), linear->workspace_size, error)) || (n_packed > 0 && !(linear->packed = gpt2_run_allocate (1, n_packed, error))))
    return FALSE;
  return (run->x = gpt2_run_allocate (rows, features, error)) && (run->a = gpt2_run_allocate (rows, features, error)) && (run->b = gpt2_run_allocate (rows, features, error)) && (run->wide = gpt2_run_allocate (rows, get_wide_columns (run->config), error));
}

/* x = wte[token] + wpe[position]. Single rows are converted, never the whole table. */
static void
embed (Gpt2Run *run, SondeBatch *batch)
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

static gboolean
keep_state (Gpt2Run *run, guint layer, GError **error)
{
  g_autoptr (GBytes) state = NULL;

  if (!run->resumption || layer <= run->resumption->layer || layer >= run->plan.n_run)
    return TRUE;
  state = g_bytes_new_static (run->x, run->layout.all.n * run->config->n_features * sizeof *run->x);
  return run->resumption->keep (layer, state, run->user_data, error);
}

static gboolean
run_layers (Gpt2Run *run, GError **error)
{
  for (guint layer = run->resumption ? run->resumption->layer : 0; layer < run->plan.n_visited; layer++)
    {
      const gboolean is_last = layer + 1 == run->plan.n_run;
      const Gpt2Site last = is_last ? run->plan.last : GPT2_SITE_BLOCK;
      g_auto (Gpt2Layer) parameters = { 0 };

      if (!keep_state (run, layer, error) || !gpt2_run_emit (run, layer, GPT2_SITE_BLOCK_INPUT, run->x, run->config->n_features, error))
        return FALSE;
      if (layer >= run->plan.n_run)
        continue;
      gpt2_weights_load_layer (run->weights, layer, &parameters);
      if (!gpt2_run_attention (run, layer, &parameters, is_last, last, error) || (last >= GPT2_SITE_MLP_IN && !gpt2_run_mlp (run, layer, &parameters, last, error)))
        return FALSE;
      gpt2_weights_unload_layer (run->weights, layer, &parameters);
    }
  return TRUE;
}

typedef struct
{
  const Gpt2Run *run;
  SondeTensor *head;      /* [vocabulary, features] */
  Gpt2Emission *emission; /* takes the products in place */
} Head;

static void
multiply_head (guint task,
               guint worker,
               gpointer user_data)
{
  const Head *self = user_data;
  const Gpt2Run *run = self->run;
  const gsize rows = run->rows->n, vocabulary = run->config->n_vocabulary, features = run->config->n_features;
  const gsize first = (gsize) task * HEAD_CHUNK, n = MIN (HEAD_CHUNK, vocabulary - first);
  g_autoptr (SondeTensor) part = sonde_tensor_slice_rows (self->head, first, n);
  g_autoptr (SondeTensor) values = sonde_tensor_to_f32 (part);
  float *logits = self->emission->data + first;

  if (g_cancellable_is_cancelled (run->linear.cancellable))
    return;
  sonde_math_multiply (rows, n, features, 1, run->a, features, sonde_tensor_peek_f32 (values), features, TRUE, 0, logits, vocabulary);
  for (gsize row = 0; row < rows; row++)
    if (!gpt2_all_finite (logits + row * vocabulary, n))
      g_atomic_int_set (&self->emission->spoilt, TRUE);
}

/* logits [kept rows, vocabulary] = a lm_head^T */
static gboolean
run_head (Gpt2Run *run, GError **error)
{
  const gsize vocabulary = run->config->n_vocabulary;
  g_auto (Gpt2Emission) emission = { 0 };
  Head head = { run, gpt2_weights_get (run->weights, GPT2_LM_HEAD), &emission };

  if (!gpt2_run_begin (run, SONDE_NO_LAYER, GPT2_SITE_LOGITS, vocabulary, &emission, error))
    return FALSE;
  if (emission.data)
    sonde_threads_run ((guint) ((vocabulary + HEAD_CHUNK - 1) / HEAD_CHUNK), multiply_head, &head);
  return !g_cancellable_set_error_if_cancelled (run->linear.cancellable, error) && gpt2_run_hand_over (run, SONDE_NO_LAYER, GPT2_SITE_LOGITS, &emission, error);
}

/* The final layer norm, of the kept rows, and the logits. */
static gboolean
run_end (Gpt2Run *run, GError **error)
{
  const gsize features = run->config->n_features;
  g_autoptr (SondeTensor) gain = NULL;
  g_autoptr (SondeTensor) bias = NULL;

  if (!run->plan.wants_ln_f)
    return TRUE;
  gain = sonde_tensor_to_f32 (gpt2_weights_get (run->weights, GPT2_LN_F_WEIGHT));
  bias = sonde_tensor_to_f32 (gpt2_weights_get (run->weights, GPT2_LN_F_BIAS));
  gpt2_layer_norm (run->x, run->rows->n, features, sonde_tensor_peek_f32 (gain), sonde_tensor_peek_f32 (bias), run->config->epsilon, run->a);
  if (!gpt2_run_emit (run, SONDE_NO_LAYER, GPT2_SITE_LN_F, run->a, features, error))
    return FALSE;
  return run_head (run, error);
}

/* What the first layer begins with. */
static gboolean
begin (Gpt2Run *run, SondeBatch *batch, GError **error)
{
  if (run->resumption && run->resumption->state)
    memcpy (run->x, g_bytes_get_data (run->resumption->state, NULL), run->layout.all.n * run->config->n_features * sizeof *run->x);
  else
    embed (run, batch);
  if (!gpt2_all_finite (run->x, run->layout.all.n * run->config->n_features))
    return gpt2_run_fail_not_finite (run, SONDE_NO_LAYER, GPT2_SITE_EMBEDDING, error);
  return gpt2_run_emit (run, SONDE_NO_LAYER, GPT2_SITE_EMBEDDING, run->x, run->config->n_features, error);
}

/* Radford et al. 2019. Computes what @selection needs and nothing else, and hands over each site as soon as it is there. */
gboolean
gpt2_forward (const Gpt2Config *config,
              Gpt2Weights *weights,
              SondeBatch *batch,
              SondeSelection *selection,
              const Gpt2Resumption *resumption,
              SondeSiteFunc func,
              gpointer user_data,
              GCancellable *cancellable,
              GError **error)
{
  g_auto (Gpt2Run) run = { .config = config, .weights = weights, .selection = selection, .resumption = resumption, .func = func, .user_data = user_data, .linear.cancellable = cancellable };

  gpt2_plan_make (config, selection, &run.plan);
  if (g_cancellable_set_error_if_cancelled (cancellable, error) || !gpt2_layout_make (config, batch, &run.layout, error))
    return FALSE;
  if (sonde_selection_get_n_pairs (selection) == 0)
    return TRUE;
  run.rows = &run.layout.all;
  if (!allocate_all (&run, error))
    return FALSE;
  return begin (&run, batch, error) && run_layers (&run, error) && run_end (&run, error);
}

guint64
gpt2_forward_measure_state (const Gpt2Config *config, SondeBatch *batch)
{
  return (guint64) sonde_batch_get_n_tokens (batch) * config->n_features * sizeof (float);
}

guint64
gpt2_forward_estimate (const Gpt2Config *config,
                       Gpt2Weights *weights,
                       SondeBatch *batch)
{
  const guint64 rows = sonde_batch_get_n_tokens (batch), features = config->n_features;

  return sizeof (float) * (rows * (3 * features + get_wide_columns (config)) + gpt2_run_get_packed (config) + sonde_threads_get_n () * gpt2_run_get_workspace (sonde_batch_get_longest (batch))) + gpt2_weights_get_converted_bytes (weights);
}
