#define G_LOG_DOMAIN "gpt2"

#include "gpt2-run.h"

#include <math.h>
#include <string.h>

#include "gpt2-kernels.h"

/* Heads are dealt to the threads in so many bundles each: those of long sequences take longer. */
#define BUNDLES 32

/* out [rows, features] = what each head of each sequence reads. q [rows, features], q_stride apart; keys and values of all
 * tokens stand in wide. */
typedef struct
{
  const Gpt2Run *run;
  float scale;
  const float *q;
  gsize q_stride;
  float *out;
  guint n_bundles;
} Reading;

/* Scores are scaled by 1 / sqrt (size of a head), and by 1 / (layer + 1), each where the configuration says so. */
static float
get_scale (const Gpt2Config *config, guint layer)
{
  double scale = 1;

  if (config->scale_by_size)
    scale /= sqrt ((double) config->n_features / config->n_heads);
  if (config->scale_by_layer)
    scale /= layer + 1.0;
  return (float) scale;
}

static void
read_head (const Reading *self,
           guint sequence,
           guint head,
           float *workspace)
{
  const Gpt2Run *run = self->run;
  const gsize features = run->config->n_features, size = features / run->config->n_heads;
  const Gpt2Rows *rows = run->rows, *all = &run->layout.all;
  const gsize first = rows->starts[sequence], first_key = all->starts[sequence];
  const float *k = run->wide + first_key * 3 * features + features + head * size;

  gpt2_attention (self->q + first * self->q_stride + head * size, self->q_stride, rows->positions + first, rows->starts[sequence + 1] - first,
                  k, k + features, 3 * features, all->starts[sequence + 1] - first_key, size, self->scale,
                  self->out + first * features + head * size, features, workspace);
}

static void
read_bundle (guint task,
             guint worker,
             gpointer user_data)
{
  const Reading *self = user_data;
  const Gpt2Run *run = self->run;
  const guint n_heads = run->config->n_heads;
  const guint64 n = (guint64) run->layout.n_sequences * n_heads;
  float *workspace = run->linear.workspace + worker * run->linear.workspace_size;

  for (guint64 i = n * task / self->n_bundles; i < n * (task + 1) / self->n_bundles && !g_cancellable_is_cancelled (run->linear.cancellable); i++)
    read_head (self, (guint) (i / n_heads), (guint) (i % n_heads), workspace);
}

static gboolean
attend (Gpt2Run *run,
        guint layer,
        const float *q,
        gsize q_stride,
        float *out,
        GError **error)
{
  const guint64 n = (guint64) run->layout.n_sequences * run->config->n_heads;
  Reading reading = { run, get_scale (run->config, layer), q, q_stride, out, (guint) MIN (n, BUNDLES * sonde_threads_get_n ()) };

  sonde_threads_run (reading.n_bundles, read_bundle, &reading);
  return !g_cancellable_set_error_if_cancelled (run->linear.cancellable, error);
}

/* Queries, keys and values of all tokens, in one map; what the heads read lands in a. */
static gboolean
attend_all (Gpt2Run *run, guint layer, const SondeMathLinear *c_attn, GError **error)
{
  return gpt2_linear_apply (c_attn, &run->linear, run->a, run->rows->n, run->wide, c_attn->n, NULL, NULL, error) && attend (run, layer, run->wide, c_attn->n, run->a, error);
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

/* The last layer: keys and values of all tokens, queries of the kept ones. From here on the matrices hold kept rows only. */
static gboolean
attend_kept (Gpt2Run *run,
             guint layer,
             const SondeMathLinear *c_attn,
             GError **error)
{
  const gsize features = run->config->n_features, n = run->layout.kept.n;
  const SondeMathLinear queries = gpt2_linear_get_columns (c_attn, 0, features), keys_and_values = gpt2_linear_get_columns (c_attn, features, 2 * features);
  float *attended = run->b;

  if (!gpt2_linear_apply (&keys_and_values, &run->linear, run->a, run->rows->n, run->wide + features, 3 * features, NULL, NULL, error))
    return FALSE;
  gather (run->a, features, run->layout.kept_in_all, n, run->b);
  gather (run->x, features, run->layout.kept_in_all, n, run->x);
  run->rows = &run->layout.kept;
  if (!gpt2_linear_apply (&queries, &run->linear, run->b, n, run->a, features, NULL, NULL, error) || !attend (run, layer, run->a, features, attended, error))
    return FALSE;
  run->b = run->a;
  run->a = attended;
  return TRUE;
}

static void
after_projection (const SondeMathPart *part, gpointer user_data)
{
  Gpt2Run *run = user_data;
  const gsize features = run->config->n_features;

  for (gsize row = part->row; row < part->row_end; row++)
    gpt2_add (run->x + row * features + part->column, run->b + row * features + part->column, part->column_end - part->column);
}

gboolean
gpt2_run_attention (Gpt2Run *run,
                    guint layer,
                    const Gpt2Layer *parameters,
                    gboolean kept_only,
                    GError **error)
{
  const gsize features = run->config->n_features;
  const SondeMathLinear c_attn = gpt2_run_get_linear (parameters, GPT2_C_ATTN_WEIGHT, GPT2_C_ATTN_BIAS, features, 3 * features);
  const SondeMathLinear c_proj = gpt2_run_get_linear (parameters, GPT2_ATTN_PROJ_WEIGHT, GPT2_ATTN_PROJ_BIAS, features, features);

  gpt2_run_norm (run, parameters->values[GPT2_LN_1_WEIGHT], parameters->values[GPT2_LN_1_BIAS], NULL);
  if (!(kept_only ? attend_kept : attend_all) (run, layer, &c_attn, error))
    return FALSE;
  return gpt2_linear_apply (&c_proj, &run->linear, run->a, run->rows->n, run->b, features, after_projection, run, error);
}
