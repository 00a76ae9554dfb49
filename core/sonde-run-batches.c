#define G_LOG_DOMAIN "sonde"

#include "sonde-run-private.h"

/* Which conditions run together. Few of them make good use of the weights, each of which is read once a batch; all of them at once
 * would take memory for every token that there is. So many tokens keep every processor busy for seconds a layer. */
#define MOST_TOKENS 2048

static void
batch_free (gpointer data)
{
  SondeRunBatch *batch = data;

  sonde_batch_unref (batch->batch);
  g_free (batch);
}

static SondeRunBatch *
add_batch (GPtrArray *batches,
           guint first)
{
  SondeRunBatch *batch = g_new0 (SondeRunBatch, 1);

  batch->first = first;
  batch->batch = sonde_batch_new ();
  g_ptr_array_add (batches, batch);
  return batch;
}

/* In order, a condition never in parts. @most: tokens. */
static GPtrArray *
divide (SondeRun *self,
        guint most)
{
  GPtrArray *batches = g_ptr_array_new_with_free_func (batch_free);
  SondeRunBatch *last = NULL;

  for (guint i = 0; i < self->conditions->len; i++)
    {
      SondeCondition *condition = g_ptr_array_index (self->conditions, i);
      g_autoptr (SondeBatch) alone = sonde_batch_new ();

      sonde_condition_add_to_batch (condition, alone);
      if (last == NULL || sonde_batch_get_n_tokens (alone) > most || sonde_batch_get_n_tokens (last->batch) > most - sonde_batch_get_n_tokens (alone))
        last = add_batch (batches, i);
      sonde_condition_add_to_batch (condition, last->batch);
      last->n++;
    }
  return batches;
}

/* Sites of each position are as wide as the longest sequence that runs, and a stage has one width. */
static gboolean
agree_on_widths (SondeRun *self,
                 GPtrArray *batches)
{
  for (guint s = 0; s < self->sites->len; s++)
    for (guint b = 1; b < batches->len; b++)
      {
        const SondeSite *site = g_ptr_array_index (self->sites, s);
        const SondeRunBatch *first = g_ptr_array_index (batches, 0);
        const SondeRunBatch *other = g_ptr_array_index (batches, b);

        if (sonde_site_get_width (site, first->batch) != sonde_site_get_width (site, other->batch))
          return FALSE;
      }
  return TRUE;
}

GPtrArray *
_sonde_run_list_batches (SondeRun *self)
{
  g_autoptr (GPtrArray) batches = NULL;

  if (self->own_rows) /* it gives those of all conditions, whatever is asked for */
    return divide (self, G_MAXUINT);
  batches = divide (self, MOST_TOKENS);
  return agree_on_widths (self, batches) ? g_steal_pointer (&batches) : divide (self, G_MAXUINT);
}
