#define G_LOG_DOMAIN "gpt2"

#include "gpt2-plan.h"

#include <glib/gi18n-lib.h>

/* Takes one wanted site into the plan. Sites in data flow order compare as numbers; a block.input is what the layer before
 * ends with. */
static void
extend (Gpt2Plan *plan,
        const Gpt2Config *config,
        guint layer,
        Gpt2Site site)
{
  guint n_run = 0;
  Gpt2Site last = GPT2_SITE_BLOCK;

  plan->wants_ln_f |= site == GPT2_SITE_LN_F || site == GPT2_SITE_LOGITS;
  if (site == GPT2_SITE_LN_F || site == GPT2_SITE_LOGITS)
    n_run = config->n_layers;
  else if (site == GPT2_SITE_BLOCK_INPUT)
    n_run = layer;
  else if (site != GPT2_SITE_EMBEDDING)
    {
      n_run = layer + 1;
      last = site;
    }
  if (n_run > plan->n_run)
    {
      plan->n_run = n_run;
      plan->last = last;
    }
  else if (n_run == plan->n_run)
    plan->last = MAX (plan->last, last);
  if (gpt2_site_is_per_layer (site))
    plan->n_visited = MAX (plan->n_visited, layer + 1);
}

void
gpt2_plan_make (const Gpt2Config *config,
                SondeSelection *selection,
                Gpt2Plan *plan)
{
  *plan = (Gpt2Plan){ 0 };
  for (guint i = 0; i < sonde_selection_get_n_pairs (selection); i++)
    {
      guint layer;
      const char *name;

      sonde_selection_get_pair (selection, i, &layer, &name);
      extend (plan, config, layer, gpt2_site_find (name)); /* sonde_model_run () lets no other names pass than those that the model lists */
    }
  plan->n_visited = MAX (plan->n_visited, plan->n_run);
}

static void
rows_init (Gpt2Rows *rows, guint n_sequences, gsize n)
{
  rows->n = 0;
  rows->starts = g_new0 (gsize, (gsize) n_sequences + 1);
  rows->positions = g_new (gsize, n);
}

static gboolean
check_sequence (const Gpt2Config *config,
                guint sequence,
                const gint32 *ids,
                guint n_ids,
                GError **error)
{
  g_return_val_if_fail (n_ids <= config->n_positions, FALSE); /* sonde_model_run () has said so in a sentence */

  for (guint i = 0; i < n_ids; i++)
    if (ids[i] < 0 || (guint) ids[i] >= config->n_vocabulary)
      {
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("Sequence %u has the token id %d at position %u, 0 to %u expected"), sequence, ids[i], i, config->n_vocabulary - 1);
        return FALSE;
      }
  return TRUE;
}

static void
add_sequence (Gpt2Layout *layout,
              guint sequence,
              guint n_ids,
              const guint *kept,
              guint n_kept)
{
  Gpt2Rows *all = &layout->all, *chosen = &layout->kept;

  layout->longest = MAX (layout->longest, n_ids);
  for (guint i = 0; i < n_kept; i++)
    {
      layout->kept_in_all[chosen->n] = all->n + kept[i];
      chosen->positions[chosen->n++] = kept[i];
    }
  for (guint i = 0; i < n_ids; i++)
    all->positions[all->n++] = i;
  all->starts[sequence + 1] = all->n;
  chosen->starts[sequence + 1] = chosen->n;
}

gboolean
gpt2_layout_make (const Gpt2Config *config,
                  SondeBatch *batch,
                  Gpt2Layout *layout,
                  GError **error)
{
  const gsize n_rows = sonde_batch_get_n_rows (batch);

  *layout = (Gpt2Layout){ .n_sequences = sonde_batch_get_n_sequences (batch) };
  rows_init (&layout->all, layout->n_sequences, sonde_batch_get_n_tokens (batch));
  rows_init (&layout->kept, layout->n_sequences, n_rows);
  layout->kept_in_all = g_new (gsize, n_rows);
  for (guint sequence = 0; sequence < layout->n_sequences; sequence++)
    {
      guint n_ids, n_kept;
      const gint32 *ids = sonde_batch_get_ids (batch, sequence, &n_ids);
      const guint *kept = sonde_batch_get_kept (batch, sequence, &n_kept);

      if (!check_sequence (config, sequence, ids, n_ids, error))
        return FALSE;
      add_sequence (layout, sequence, n_ids, kept, n_kept);
    }
  return TRUE;
}

void
gpt2_layout_clear (Gpt2Layout *layout)
{
  g_clear_pointer (&layout->all.starts, g_free);
  g_clear_pointer (&layout->all.positions, g_free);
  g_clear_pointer (&layout->kept.starts, g_free);
  g_clear_pointer (&layout->kept.positions, g_free);
  g_clear_pointer (&layout->kept_in_all, g_free);
}
