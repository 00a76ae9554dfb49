#define G_LOG_DOMAIN "sonde"

#include "sonde-batch.h"

typedef struct
{
  gint32 *ids;
  guint n_ids;
  guint *kept;
  guint n_kept;
} Sequence;

struct _SondeBatch
{
  GArray *sequences;
  guint n_tokens;
  guint longest;
  guint n_rows;
};

/**
 * SondeBatch:
 *
 * Token sequences that run together, and the positions of each whose rows are kept. Sequences never see each other, and
 * there is no padding between them: a batch gives the same rows as its sequences one by one.
 */
G_DEFINE_BOXED_TYPE (SondeBatch, sonde_batch, sonde_batch_ref, sonde_batch_unref)

static void
sequence_clear (gpointer data)
{
  Sequence *sequence = data;

  g_free (sequence->ids);
  g_free (sequence->kept);
}

/**
 * sonde_batch_new:
 *
 * Makes room for sequences that are going to run together.
 *
 * Returns: (transfer full): a new batch without sequences
 */
SondeBatch *
sonde_batch_new (void)
{
  SondeBatch *self = g_atomic_rc_box_new0 (SondeBatch);

  self->sequences = g_array_new (FALSE, FALSE, sizeof (Sequence));
  g_array_set_clear_func (self->sequences, sequence_clear);
  return self;
}

/**
 * sonde_batch_ref:
 * @self: a batch
 *
 * Adds a reference. A batch that others hold is not to be added to.
 *
 * Returns: (transfer full): @self with one more reference
 */
SondeBatch *
sonde_batch_ref (SondeBatch *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
batch_clear (gpointer data)
{
  SondeBatch *self = data;

  g_array_unref (self->sequences);
}

/**
 * sonde_batch_unref:
 * @self: (transfer full): a batch
 *
 * Gives one reference back; the last one frees the batch.
 */
void
sonde_batch_unref (SondeBatch *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, batch_clear);
}

static gboolean
ascends_below (const guint *positions,
               guint n_positions,
               guint limit)
{
  for (guint i = 0; i < n_positions; i++)
    if (positions[i] >= limit || (i > 0 && positions[i] <= positions[i - 1]))
      return FALSE;
  return TRUE;
}

/**
 * sonde_batch_add:
 * @self: a batch
 * @ids: (array length=n_ids): the token ids of one sequence, at least one; copied
 * @n_ids: how many
 * @kept: (array length=n_kept) (nullable): the positions to keep as rows, ascending, each below @n_ids; copied
 * @n_kept: how many; may be 0
 *
 * Adds a sequence. The rows of a batch come out in the order of the sequences, and in each in the order of @kept.
 */
void
sonde_batch_add (SondeBatch *self,
                 const gint32 *ids,
                 guint n_ids,
                 const guint *kept,
                 guint n_kept)
{
  Sequence sequence;

  g_return_if_fail (self != NULL);
  g_return_if_fail (ids != NULL && n_ids > 0);
  g_return_if_fail (kept != NULL || n_kept == 0);
  g_return_if_fail (n_ids <= G_MAXUINT - self->n_tokens);
  g_return_if_fail (ascends_below (kept, n_kept, n_ids));

  sequence.ids = g_memdup2 (ids, n_ids * sizeof *ids);
  sequence.n_ids = n_ids;
  sequence.kept = g_memdup2 (kept, n_kept * sizeof *kept);
  sequence.n_kept = n_kept;
  g_array_append_val (self->sequences, sequence);
  self->n_tokens += n_ids;
  self->longest = MAX (self->longest, n_ids);
  self->n_rows += n_kept;
}

/**
 * sonde_batch_get_n_sequences:
 * @self: a batch
 *
 * Counts the sequences that were added.
 *
 * Returns: how many sequences were added
 */
guint
sonde_batch_get_n_sequences (SondeBatch *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->sequences->len;
}

/**
 * sonde_batch_get_n_tokens:
 * @self: a batch
 *
 * Counts the tokens, kept or not: what a model has to compute.
 *
 * Returns: the tokens of all sequences together
 */
guint
sonde_batch_get_n_tokens (SondeBatch *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_tokens;
}

/**
 * sonde_batch_get_longest:
 * @self: a batch
 *
 * Finds how many positions a model must have, and how wide rows of attention are.
 *
 * Returns: the tokens of the longest sequence; 0 without sequences
 */
guint
sonde_batch_get_longest (SondeBatch *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->longest;
}

/**
 * sonde_batch_get_n_rows:
 * @self: a batch
 *
 * Counts the rows that every tensor of a run of this batch has.
 *
 * Returns: the kept positions of all sequences together
 */
guint
sonde_batch_get_n_rows (SondeBatch *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->n_rows;
}

/**
 * sonde_batch_get_ids:
 * @self: a batch
 * @sequence: which sequence, from 0
 * @n_ids: (out): its length
 *
 * Gives the tokens of one sequence, from its first position on.
 *
 * Returns: (array length=n_ids) (transfer none): its token ids
 */
const gint32 *
sonde_batch_get_ids (SondeBatch *self,
                     guint sequence,
                     guint *n_ids)
{
  const Sequence *found;

  g_return_val_if_fail (self != NULL && sequence < self->sequences->len, NULL);
  g_return_val_if_fail (n_ids != NULL, NULL);

  found = &g_array_index (self->sequences, Sequence, sequence);
  *n_ids = found->n_ids;
  return found->ids;
}

/**
 * sonde_batch_get_kept:
 * @self: a batch
 * @sequence: which sequence, from 0
 * @n_kept: (out): how many of its positions are kept
 *
 * Gives the positions of one sequence whose rows are kept.
 *
 * Returns: (array length=n_kept) (transfer none) (nullable): the kept positions, ascending; %NULL where none is
 */
const guint *
sonde_batch_get_kept (SondeBatch *self,
                      guint sequence,
                      guint *n_kept)
{
  const Sequence *found;

  g_return_val_if_fail (self != NULL && sequence < self->sequences->len, NULL);
  g_return_val_if_fail (n_kept != NULL, NULL);

  found = &g_array_index (self->sequences, Sequence, sequence);
  *n_kept = found->n_kept;
  return found->kept;
}
