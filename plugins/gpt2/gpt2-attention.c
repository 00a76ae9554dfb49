#define G_LOG_DOMAIN "gpt2"

#include "gpt2-run.h"

#include <math.h>
#include <string.h>

#include "gpt2-kernels.h"

/* Heads are dealt to the threads in so many bundles each: those of long sequences take longer. */
#define BUNDLES 32

/* The attention of one layer. Queries, keys and values stand in wide, side by side: keys and values of all tokens, queries of those
 * that attend. */
typedef struct
{
  Gpt2Run *run;
  guint layer;
  SondeMathLinear c_attn;
  gsize column;           /* the first column of wide that is being made */
  Gpt2Emission thirds[3]; /* of wide */
  Gpt2Emission in, pattern, out, middle;
  float scale;
  float *heads; /* [rows, features]: what each head of each sequence reads; NULL: nobody wants more than the weights */
  guint n_bundles;
} Attention;

static const Gpt2Site thirds[] = { GPT2_SITE_ATTN_Q, GPT2_SITE_ATTN_K, GPT2_SITE_ATTN_V };

static void
attention_clear (Attention *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (thirds); i++)
    gpt2_emission_clear (&self->thirds[i]);
  gpt2_emission_clear (&self->in);
  gpt2_emission_clear (&self->pattern);
  gpt2_emission_clear (&self->out);
  gpt2_emission_clear (&self->middle);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Attention, attention_clear)

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

/* ---- queries, keys, values ---- */

static void
after_map (const SondeMathPart *part, gpointer user_data)
{
  Attention *self = user_data;
  const SondeMathPart of_wide = { part->row, part->row_end, self->column + part->column, self->column + part->column_end };

  for (guint i = 0; i < G_N_ELEMENTS (thirds); i++)
    gpt2_emission_take (&self->thirds[i], self->run->wide, &of_wide);
}

/* Thirds @first to @first + @n of the map, of the rows that are there. */
static gboolean
map (Attention *self,
     guint first,
     guint n,
     GError **error)
{
  Gpt2Run *run = self->run;
  const gsize features = run->config->n_features;
  const SondeMathLinear columns = gpt2_linear_get_columns (&self->c_attn, first * features, n * features);

  for (guint i = first; i < first + n; i++)
    {
      if (!gpt2_run_begin (run, self->layer, thirds[i], features, &self->thirds[i], error))
        return FALSE;
      self->thirds[i].stride = 3 * features;
      self->thirds[i].first = i * features;
    }
  self->column = first * features;
  return gpt2_linear_apply (&columns, &run->linear, run->a, run->rows->n, run->wide + self->column, 3 * features, after_map, self, error);
}

static void
gather (float *matrix,
        gsize columns,
        const gsize *rows,
        gsize n_rows)
{
  /* Rows ascend, so a matrix can be gathered onto its own beginning. */
  for (gsize i = 0; i < n_rows; i++)
    memmove (matrix + i * columns, matrix + rows[i] * columns, columns * sizeof *matrix);
}

/* From here on the matrices hold kept rows only, but for the keys and values that stand in wide. */
static void
keep (Gpt2Run *run, float *matrix)
{
  gather (matrix, run->config->n_features, run->layout.kept_in_all, run->layout.kept.n);
}

/* The last layer: what is attended to of all tokens, the rest of the kept ones, and nothing that nobody reads. */
static gboolean
map_last (Attention *self, Gpt2Site last, GError **error)
{
  Gpt2Run *run = self->run;
  const guint n_attended = (last >= GPT2_SITE_ATTN_PATTERN) + (last >= GPT2_SITE_ATTN_HEADS); /* keys; and values */

  if (n_attended > 0 && !map (self, 1, n_attended, error))
    return FALSE;
  if (run->rows == &run->layout.all)
    {
      keep (run, run->a);
      keep (run, run->x);
      run->rows = &run->layout.kept;
    }
  for (guint i = 0; i < G_N_ELEMENTS (thirds); i++)
    {
      const gboolean is_done = i > 0 && i <= n_attended, is_needed = i == 0 && n_attended > 0;

      if (!is_done && (is_needed || sonde_selection_has (run->selection, self->layer, gpt2_site_get_name (thirds[i]))) && !map (self, i, 1, error))
        return FALSE;
    }
  return TRUE;
}

/* ---- what the heads read ---- */

/* Where the weights of one head in one sequence go. */
static Gpt2Pattern
get_pattern (Attention *self, guint sequence, guint head)
{
  const Gpt2Rows *kept = &self->run->layout.kept;
  const gsize first = kept->starts[sequence], longest = self->run->layout.longest, columns = self->pattern.columns;

  return (Gpt2Pattern){ kept->positions + first, kept->starts[sequence + 1] - first, self->pattern.data + first * columns + head * longest, columns, longest };
}

static void
check_pattern (Attention *self, const Gpt2Pattern *pattern)
{
  for (gsize i = 0; i < pattern->n; i++)
    if (!gpt2_all_finite (pattern->rows + i * pattern->stride, pattern->width))
      g_atomic_int_set (&self->pattern.spoilt, TRUE);
}

static void
read_head (Attention *self,
           guint sequence,
           guint head,
           float *workspace)
{
  Gpt2Run *run = self->run;
  const gsize features = run->config->n_features, size = features / run->config->n_heads, stride = 3 * features;
  const Gpt2Rows *rows = run->rows, *all = &run->layout.all;
  const gsize first = rows->starts[sequence], first_key = all->starts[sequence];
  const float *q = run->wide + first * stride + head * size, *k = run->wide + first_key * stride + features + head * size;
  const gboolean wants_pattern = self->pattern.data != NULL;
  const Gpt2Pattern pattern = wants_pattern ? get_pattern (self, sequence, head) : (Gpt2Pattern){ 0 };

  gpt2_attention (q, stride, rows->positions + first, rows->starts[sequence + 1] - first,
                  k, k + features, stride, all->starts[sequence + 1] - first_key, size, self->scale,
                  self->heads ? self->heads + first * features + head * size : NULL, features, wants_pattern ? &pattern : NULL, workspace);
  if (wants_pattern)
    check_pattern (self, &pattern);
}

static void
read_bundle (guint task,
             guint worker,
             gpointer user_data)
{
  Attention *self = user_data;
  const Gpt2Run *run = self->run;
  const guint n_heads = run->config->n_heads;
  const guint64 n = (guint64) run->layout.n_sequences * n_heads;
  float *workspace = run->linear.workspace + worker * run->linear.workspace_size;

  for (guint64 i = n * task / self->n_bundles; i < n * (task + 1) / self->n_bundles && !g_cancellable_is_cancelled (run->linear.cancellable); i++)
    read_head (self, (guint) (i / n_heads), (guint) (i % n_heads), workspace);
}

/* What the heads read lands in a, whose rows nobody needs any more. */
static gboolean
attend (Attention *self, Gpt2Site last, GError **error)
{
  Gpt2Run *run = self->run;
  const gsize n_heads = run->config->n_heads;

  if (!gpt2_run_begin (run, self->layer, GPT2_SITE_ATTN_PATTERN, n_heads * run->layout.longest, &self->pattern, error))
    return FALSE;
  self->scale = get_scale (run->config, self->layer);
  self->heads = last >= GPT2_SITE_ATTN_HEADS ? run->a : NULL;
  self->n_bundles = (guint) MIN ((guint64) run->layout.n_sequences * n_heads, BUNDLES * sonde_threads_get_n ());
  sonde_threads_run (self->n_bundles, read_bundle, self);
  if (g_cancellable_set_error_if_cancelled (run->linear.cancellable, error) || !gpt2_run_hand_over (run, self->layer, GPT2_SITE_ATTN_PATTERN, &self->pattern, error))
    return FALSE;
  return !self->heads || gpt2_run_emit (run, self->layer, GPT2_SITE_ATTN_HEADS, run->a, run->config->n_features, error);
}

/* ---- the projection ---- */

static void
after_projection (const SondeMathPart *part, gpointer user_data)
{
  Attention *self = user_data;
  Gpt2Run *run = self->run;
  const gsize features = run->config->n_features;

  gpt2_emission_take (&self->out, run->b, part);
  for (gsize row = part->row; row < part->row_end; row++)
    gpt2_add (run->x + row * features + part->column, run->b + row * features + part->column, part->column_end - part->column);
  gpt2_emission_take (&self->middle, run->x, part);
}

static gboolean
project (Attention *self, const Gpt2Layer *parameters, GError **error)
{
  Gpt2Run *run = self->run;
  const gsize features = run->config->n_features;
  const SondeMathLinear c_proj = gpt2_run_get_linear (parameters, GPT2_ATTN_PROJ_WEIGHT, GPT2_ATTN_PROJ_BIAS, features, features);

  if (!gpt2_run_begin (run, self->layer, GPT2_SITE_ATTN_OUT, features, &self->out, error) || !gpt2_run_begin (run, self->layer, GPT2_SITE_BLOCK_MIDDLE, features, &self->middle, error))
    return FALSE;
  if (!gpt2_linear_apply (&c_proj, &run->linear, run->a, run->rows->n, run->b, features, after_projection, self, error))
    return FALSE;
  return gpt2_run_hand_over (run, self->layer, GPT2_SITE_ATTN_OUT, &self->out, error) && gpt2_run_hand_over (run, self->layer, GPT2_SITE_BLOCK_MIDDLE, &self->middle, error);
}

static gboolean
hand_over_thirds (Attention *self, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (thirds); i++)
    if (!gpt2_run_hand_over (self->run, self->layer, thirds[i], &self->thirds[i], error))
      return FALSE;
  return TRUE;
}

gboolean
gpt2_run_attention (Gpt2Run *run,
                    guint layer,
                    const Gpt2Layer *parameters,
                    gboolean kept_only,
                    Gpt2Site last,
                    GError **error)
{
  const gsize features = run->config->n_features;
  g_auto (Attention) self = { .run = run, .layer = layer, .c_attn = gpt2_run_get_linear (parameters, GPT2_C_ATTN_WEIGHT, GPT2_C_ATTN_BIAS, features, 3 * features) };

  if (kept_only && last < GPT2_SITE_ATTN_PATTERN) /* no row needs another one */
    {
      keep (run, run->x);
      run->rows = &run->layout.kept;
    }
  if (!gpt2_run_begin (run, layer, GPT2_SITE_ATTN_IN, features, &self.in, error))
    return FALSE;
  gpt2_run_norm (run, parameters->values[GPT2_LN_1_WEIGHT], parameters->values[GPT2_LN_1_BIAS], &self.in);
  if (!gpt2_run_hand_over (run, layer, GPT2_SITE_ATTN_IN, &self.in, error))
    return FALSE;
  if (!(kept_only ? map_last (&self, last, error) : map (&self, 0, G_N_ELEMENTS (thirds), error)) || !hand_over_thirds (&self, error))
    return FALSE;
  if (last >= GPT2_SITE_ATTN_PATTERN && !attend (&self, last, error))
    return FALSE;
  return last < GPT2_SITE_ATTN_OUT || project (&self, parameters, error);
}
