#define G_LOG_DOMAIN "sonde"

#include "sonde-condition-private.h"

#include <inttypes.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-limits-private.h"

/* From what a condition's properties say to the sequences that run and the positions that are kept. */

/* Takes @tokens; keeps positions [first, their number). */
static void
add_sequence (SondeCondition *self,
              GArray *tokens,
              guint first_kept)
{
  SondeSequence *sequence = g_new (SondeSequence, 1);

  sequence->tokens = tokens;
  sequence->kept = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint position = first_kept; position < tokens->len; position++)
    g_array_append_val (sequence->kept, position);
  g_ptr_array_add (self->sequences, sequence);
  self->n_rows += sequence->kept->len;
}

static GArray *
copy_tokens (SondeCorpus *corpus,
             guint first,
             guint n)
{
  GArray *tokens = g_array_sized_new (FALSE, FALSE, sizeof (SondeToken), n);

  g_array_append_vals (tokens, sonde_corpus_get_token (corpus, first), n);
  return tokens;
}

static gboolean
check_length (SondeCondition *self,
              guint length,
              guint max_positions,
              GError **error)
{
  if (max_positions == 0 || length <= max_positions)
    return TRUE;
  if (self->kind == SONDE_CONDITION_LINES)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, _ ("condition %s needs a sequence of %u tokens, but this model has only %u positions: divide that line of the text"),
                   self->id, length, max_positions);
      return FALSE;
    }
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT,
               _ ("condition %s needs a sequence of %u tokens, but this model has only %u positions: use a shorter text or set %s.%s"),
               self->id, length, max_positions, self->id, self->kind == SONDE_CONDITION_WINDOWS ? "window" : "rows");
  return FALSE;
}

/* Sequences hold the text's tokens again, as often as they overlap. */
static gboolean
check_tokens (SondeCondition *self,
              guint64 n_sequences,
              guint64 length,
              GError **error)
{
  if (length == 0 || n_sequences <= SONDE_MAX_TOKENS / length)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT,
               _ ("condition %s has %" PRIu64 " sequences of %" PRIu64 " tokens, and at most %d tokens in all are possible: use a part of the text"),
               self->id, n_sequences, length, SONDE_MAX_TOKENS);
  return FALSE;
}

static gboolean
resolve_prefix (SondeCondition *self,
                guint n_windows,
                guint max_positions,
                GError **error)
{
  guint n_tokens = sonde_corpus_get_n_tokens (self->corpus);
  guint rows = self->rows > 0 ? self->rows : n_windows;
  guint length = rows > 0 ? rows + self->drop : n_tokens;

  if (length > n_tokens || length <= self->drop)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT,
                   _ ("condition %s needs %u tokens, but the text “%s” has %u: use a longer text"),
                   self->id, MAX (length, self->drop + 1), sonde_corpus_get_name (self->corpus), n_tokens);
      return FALSE;
    }
  if (!check_length (self, length, max_positions, error) || !check_tokens (self, 1, length, error))
    return FALSE;
  add_sequence (self, copy_tokens (self->corpus, 0, length), self->drop);
  return TRUE;
}

static gboolean
resolve_windows (SondeCondition *self,
                 guint longest_window,
                 guint max_positions,
                 GError **error)
{
  guint n;
  const guint *positions = sonde_corpus_get_target_positions (self->corpus, &n);

  if (!check_length (self, self->window, max_positions, error) || !check_tokens (self, n, self->window, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (positions[i] + 1 >= longest_window)
      add_sequence (self,
                    copy_tokens (self->corpus, positions[i] + 1 - self->window, self->window),
                    self->keep == SONDE_KEEP_LAST ? self->window - 1 : 0);
  return TRUE;
}

static gboolean
resolve_lines (SondeCondition *self,
               guint max_positions,
               SondeSentences *warnings,
               GError **error)
{
  g_autoptr (GPtrArray) lines = sonde_corpus_tokenize_lines (self->corpus, error);
  guint too_short = 0;
  guint64 n_tokens = 0;

  if (lines == NULL)
    return FALSE;
  for (guint i = 0; i < lines->len; i++)
    {
      GArray *tokens = g_ptr_array_index (lines, i);

      n_tokens += tokens->len;
      if (!check_length (self, tokens->len, max_positions, error) || !check_tokens (self, 1, n_tokens, error))
        return FALSE;
      if (tokens->len <= self->drop)
        too_short++;
      else
        add_sequence (self, g_array_ref (tokens), self->keep == SONDE_KEEP_LAST ? tokens->len - 1 : self->drop);
    }
  if (too_short > 0)
    _sonde_sentences_take (warnings, SONDE_WORDS (g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Condition %s: %u line was left out: it has no token after the first %u.",
                                                                                "Condition %s: %u lines were left out: they have no token after the first %u.", too_short),
                                                                   self->id, too_short, self->drop)));
  return TRUE;
}

static gboolean
same_ids (const SondeSequence *a,
          const SondeSequence *b)
{
  if (a->tokens->len != b->tokens->len)
    return FALSE;
  for (guint i = 0; i < a->tokens->len; i++)
    if (g_array_index (a->tokens, SondeToken, i).id != g_array_index (b->tokens, SondeToken, i).id)
      return FALSE;
  return TRUE;
}

/* Begins at random, and mixes: a text could have lines that are made to be alike for a plain sum. */
static guint
hash_ids (const SondeSequence *sequence)
{
  static gsize start = 0;
  guint64 hash;

  if (g_once_init_enter (&start))
    g_once_init_leave (&start, (gsize) g_random_int () << 1 | 1);
  hash = start;
  for (guint i = 0; i < sequence->tokens->len; i++)
    {
      hash = (hash ^ (guint) g_array_index (sequence->tokens, SondeToken, i).id) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
      hash = (hash ^ hash >> 32) * G_GUINT64_CONSTANT (0x6a09e667f3bcc909);
      hash ^= hash >> 29;
    }
  return (guint) (hash ^ hash >> 32);
}

/* Equal sequences give equal rows: similarity 1 whatever the model does. They stay, and are told. */
static void
warn_identical (SondeCondition *self,
                SondeSentences *warnings)
{
  g_autoptr (GHashTable) seen = g_hash_table_new ((GHashFunc) hash_ids, (GEqualFunc) same_ids);
  guint repeated = 0;

  for (guint i = 0; i < self->sequences->len; i++)
    repeated += !g_hash_table_add (seen, g_ptr_array_index (self->sequences, i));
  if (repeated > 0)
    _sonde_sentences_take (warnings, SONDE_WORDS (g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Condition %s: %u of %u sequences is identical to an earlier one; their rows are equal.", "Condition %s: %u of %u sequences are identical to an earlier one; their rows are equal.", repeated),
                                                                   self->id, repeated, self->sequences->len)));
}

gboolean
_sonde_condition_check_rows (SondeCondition *self,
                             SondeSentences *warnings,
                             GError **error)
{
  if (self->n_rows > SONDE_MAX_ROWS)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("condition %s has %u rows, and at most %d are possible: divide them among several files"),
                   self->id, self->n_rows, SONDE_MAX_ROWS);
      return FALSE;
    }
  if (self->n_rows < 3 && self->corpus == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, g_dngettext (GETTEXT_PACKAGE, "condition %s has %u row, and nothing can be compared with fewer than 3: capture more of them", "condition %s has %u rows, and nothing can be compared with fewer than 3: capture more of them", self->n_rows),
                   self->id, self->n_rows);
      return FALSE;
    }
  if (self->n_rows < 3)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT,
                   g_dngettext (GETTEXT_PACKAGE, "condition %s has %u row, and nothing can be compared with fewer than 3: use a longer text or another target", "condition %s has %u rows, and nothing can be compared with fewer than 3: use a longer text or another target", self->n_rows),
                   self->id, self->n_rows);
      return FALSE;
    }
  if (self->n_rows < 10)
    _sonde_sentences_take (warnings, SONDE_WORDS (g_strdup_printf (_ ("Condition %s has only %u rows: numbers from fewer than 10 mean little."),
                                                                   self->id, self->n_rows)));
  return TRUE;
}

static gboolean
count_windows (GPtrArray *conditions,
               SondeCorpus *corpus,
               guint *longest,
               guint *n_usable,
               SondeSentences *warnings,
               GError **error)
{
  guint n;
  const guint *positions = sonde_corpus_get_target_positions (corpus, &n);

  *longest = 0;
  *n_usable = 0;
  for (guint i = 0; i < conditions->len; i++)
    if (sonde_condition_needs_target (g_ptr_array_index (conditions, i)))
      *longest = MAX (*longest, ((SondeCondition *) g_ptr_array_index (conditions, i))->window);
  if (*longest == 0)
    return TRUE;
  if (sonde_corpus_get_n_tokens (corpus) < *longest)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT,
                   g_dngettext (GETTEXT_PACKAGE, "the text “%s” has %u token, fewer than one window of %u: use a longer text", "the text “%s” has %u tokens, fewer than one window of %u: use a longer text", sonde_corpus_get_n_tokens (corpus)),
                   sonde_corpus_get_name (corpus), sonde_corpus_get_n_tokens (corpus), *longest);
      return FALSE;
    }
  for (guint i = 0; i < n; i++)
    *n_usable += positions[i] + 1 >= *longest;
  if (*n_usable < 3)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT,
                   g_dngettext (GETTEXT_PACKAGE, "the target “%s” gives %u usable window of %u tokens in “%s”, and at least 3 are needed: use a longer text or another target", "the target “%s” gives %u usable windows of %u tokens in “%s”, and at least 3 are needed: use a longer text or another target", *n_usable),
                   sonde_corpus_get_target (corpus), *n_usable, *longest, sonde_corpus_get_name (corpus));
      return FALSE;
    }
  if (*n_usable < n)
    _sonde_sentences_take (warnings, SONDE_WORDS (g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u window was skipped: “%s” stands within the first %u tokens there.",
                                                                                "%u windows were skipped: “%s” stands within the first %u tokens there.", n - *n_usable),
                                                                   n - *n_usable, sonde_corpus_get_target (corpus), *longest - 1)));
  return TRUE;
}

static gboolean
resolve_one (SondeCondition *self,
             guint longest,
             guint n_windows,
             guint max_positions,
             SondeSentences *warnings,
             GError **error)
{
  switch (self->kind)
    {
    case SONDE_CONDITION_PREFIX:
      return resolve_prefix (self, n_windows, max_positions, error);
    case SONDE_CONDITION_WINDOWS:
      return resolve_windows (self, longest, max_positions, error);
    case SONDE_CONDITION_LINES:
      return resolve_lines (self, max_positions, warnings, error);
    default:
      g_return_val_if_reached (FALSE);
    }
}

/* Labels are set into figures; nobody reads a longer one, and fitting it would take long. */
static gboolean
check_labels (SondeCondition *self,
              GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->labels); i++)
    if (self->labels[i] != NULL && strlen (self->labels[i]) > SONDE_MAX_LABEL)
      {
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("a title of condition %s has %zu bytes, where at most %d are possible"),
                     self->id, strlen (self->labels[i]), SONDE_MAX_LABEL);
        return FALSE;
      }
  return TRUE;
}

gboolean
_sonde_conditions_resolve (GPtrArray *conditions,
                           SondeCorpus *corpus,
                           guint max_positions,
                           SondeSentences *warnings,
                           GError **error)
{
  guint longest;
  guint n_windows;

  if (!count_windows (conditions, corpus, &longest, &n_windows, warnings, error))
    return FALSE;
  for (guint i = 0; i < conditions->len; i++)
    {
      SondeCondition *self = g_ptr_array_index (conditions, i);

      g_set_object (&self->corpus, corpus);
      if (!check_labels (self, error) || !resolve_one (self, longest, n_windows, max_positions, warnings, error) || !_sonde_condition_check_rows (self, warnings, error))
        return FALSE;
      warn_identical (self, warnings);
    }
  return TRUE;
}

/* One sequence whose every position is kept: nothing is known of it but its rows. */
static void
add_rows_to_batch (SondeCondition *self,
                   SondeBatch *batch)
{
  g_autofree gint32 *no_ids = g_new0 (gint32, self->n_rows);
  g_autofree guint *every = g_new (guint, self->n_rows);

  for (guint row = 0; row < self->n_rows; row++)
    every[row] = row;
  sonde_batch_add (batch, no_ids, self->n_rows, every, self->n_rows);
}

static void
add_known_to_batch (SondeCondition *self,
                    SondeBatch *batch)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (gint32));
  g_autoptr (GArray) kept = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < self->known->len; i++)
    {
      const SondeKnownToken *token = &g_array_index (self->known, SondeKnownToken, i);

      g_array_append_val (ids, token->id);
      if (token->kept)
        g_array_append_val (kept, token->position);
      if (i + 1 < self->known->len && token[1].sequence == token->sequence)
        continue;
      sonde_batch_add (batch, (const gint32 *) ids->data, ids->len, (const guint *) kept->data, kept->len);
      g_array_set_size (ids, 0);
      g_array_set_size (kept, 0);
    }
}

/**
 * sonde_condition_add_to_batch:
 * @self: a condition, resolved or plain
 * @batch: gets its sequences, whose kept rows are the condition's
 *
 * A plain condition whose tokens are not known becomes one sequence without ids whose every position is kept.
 */
void
sonde_condition_add_to_batch (SondeCondition *self,
                              SondeBatch *batch)
{
  if (self->corpus == NULL && sonde_condition_knows_sequences (self))
    add_known_to_batch (self, batch);
  else if (self->corpus == NULL && self->n_rows > 0)
    add_rows_to_batch (self, batch);
  for (guint i = 0; i < self->sequences->len; i++)
    {
      SondeSequence *sequence = g_ptr_array_index (self->sequences, i);
      g_autofree gint32 *ids = g_new (gint32, sequence->tokens->len);

      for (guint j = 0; j < sequence->tokens->len; j++)
        ids[j] = g_array_index (sequence->tokens, SondeToken, j).id;
      sonde_batch_add (batch, ids, sequence->tokens->len, (const guint *) sequence->kept->data, sequence->kept->len);
    }
}

typedef struct
{
  SondeTable *table;
  const char *condition;
} Listing;

static void
list_token (const SondeKnownToken *token,
            gpointer user_data)
{
  const Listing *listing = user_data;

  sonde_table_add_row (listing->table, listing->condition, (gint64) token->sequence, (gint64) token->position, (gint64) token->id, token->text, (gint64) token->kept);
}

SondeTable *
_sonde_conditions_tokens_table (GPtrArray *conditions)
{
  SondeTable *table = sonde_table_new ("tokens", N_ ("Every token that ran"));

  sonde_table_add_column (table, "condition", SONDE_COLUMN_STRING, NULL, N_ ("the condition"));
  sonde_table_add_column (table, "sequence", SONDE_COLUMN_INTEGER, NULL, N_ ("which sequence of the condition, from 0"));
  sonde_table_add_column (table, "position", SONDE_COLUMN_INTEGER, NULL, N_ ("place in the sequence, from 0"));
  sonde_table_add_column (table, "token_id", SONDE_COLUMN_INTEGER, NULL, N_ ("the token's number in the vocabulary; -1 where it is not known"));
  sonde_table_add_column (table, "text", SONDE_COLUMN_STRING, NULL, N_ ("the text under the token; bytes that are no whole character are written \\xNN"));
  sonde_table_add_column (table, "kept", SONDE_COLUMN_INTEGER, NULL, N_ ("1 where its activations are a row, else 0"));
  for (guint i = 0; i < conditions->len; i++)
    {
      SondeCondition *condition = g_ptr_array_index (conditions, i);

      _sonde_condition_foreach_token (condition, list_token, &(Listing){ table, condition->id });
    }
  return table;
}

/**
 * sonde_condition_dup_summary:
 *
 * Counts what a condition runs and keeps, in words.
 *
 * Returns: (transfer full): "92 sequences, 920 tokens, 92 rows kept"
 */
char *
sonde_condition_dup_summary (SondeCondition *self)
{
  guint n = self->sequences->len;

  if (self->corpus == NULL)
    return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u row", "%u rows", self->n_rows), self->n_rows);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u sequence, %u tokens, %u rows kept", "%u sequences, %u tokens, %u rows kept", n),
                          n, _sonde_condition_get_n_tokens (self), self->n_rows);
}
