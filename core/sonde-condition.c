#define G_LOG_DOMAIN "sonde"

#include "sonde-condition-private.h"

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-language.h"

/**
 * SondeCondition:
 *
 * Which token sequences run, and which positions of each are kept as rows:
 *
 * - `prefix`: the first tokens of the text as one sequence. The first #SondeCondition:drop positions are not kept, since many
 *   models put huge activations there. As many rows as there are windows beside it; without windows, the whole text.
 * - `windows`: for each place of the target the #SondeCondition:window tokens that end in it.
 * - `lines`: each line of the text is a sequence.
 */
enum
{
  PROP_KIND = 1,
  PROP_ROWS,
  PROP_WINDOW,
  PROP_DROP,
  PROP_KEEP,
  PROP_TITLE,
  PROP_ATTRIBUTIVE,
  PROP_SHORT_TITLE,
  PROP_SHORT_ATTRIBUTIVE,
  N_PROPERTIES,
};

static GParamSpec *properties[N_PROPERTIES];

G_DEFINE_FINAL_TYPE (SondeCondition, sonde_condition, G_TYPE_OBJECT)

GType
_sonde_condition_kind_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { SONDE_CONDITION_PREFIX, N_ ("The first tokens of the text, as one sequence"), "prefix" },
    { SONDE_CONDITION_WINDOWS, N_ ("The tokens that end in each place of the target, as sequences of their own"), "windows" },
    { SONDE_CONDITION_LINES, N_ ("Each line of the text, as a sequence of its own"), "lines" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("SondeConditionKind", values));
  return type;
}

GType
_sonde_keep_get_type (void)
{
  static gsize type = 0;
  static const GEnumValue values[] = {
    { SONDE_KEEP_LAST, N_ ("The last position only"), "last" },
    { SONDE_KEEP_ALL, N_ ("Every position, but those that drop leaves out"), "all" },
    { 0, NULL, NULL },
  };

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("SondeKeep", values));
  return type;
}

static void
sequence_free (SondeSequence *sequence)
{
  g_array_unref (sequence->tokens);
  g_array_unref (sequence->kept);
  g_free (sequence);
}

static void
known_token_clear (SondeKnownToken *token)
{
  g_free (token->text);
}

static void
sonde_condition_finalize (GObject *object)
{
  SondeCondition *self = SONDE_CONDITION (object);

  g_free (self->id);
  for (guint i = 0; i < G_N_ELEMENTS (self->labels); i++)
    g_free (self->labels[i]);
  g_clear_object (&self->corpus);
  g_ptr_array_unref (self->sequences);
  g_array_unref (self->known);
  g_array_unref (self->known_rows);
  G_OBJECT_CLASS (sonde_condition_parent_class)->finalize (object);
}

static void
sonde_condition_get_property (GObject *object,
                              guint property_id,
                              GValue *value,
                              GParamSpec *pspec)
{
  SondeCondition *self = SONDE_CONDITION (object);

  if (property_id == PROP_KIND)
    g_value_set_enum (value, self->kind);
  else if (property_id == PROP_KEEP)
    g_value_set_enum (value, self->keep);
  else if (property_id == PROP_ROWS)
    g_value_set_uint (value, self->rows);
  else if (property_id == PROP_WINDOW)
    g_value_set_uint (value, self->window);
  else if (property_id == PROP_DROP)
    g_value_set_uint (value, self->drop);
  else if (property_id >= PROP_TITLE && property_id < N_PROPERTIES)
    g_value_set_string (value, self->labels[property_id - PROP_TITLE]);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
sonde_condition_set_property (GObject *object,
                              guint property_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  SondeCondition *self = SONDE_CONDITION (object);

  if (property_id == PROP_KIND)
    self->kind = g_value_get_enum (value);
  else if (property_id == PROP_KEEP)
    self->keep = g_value_get_enum (value);
  else if (property_id == PROP_ROWS)
    self->rows = g_value_get_uint (value);
  else if (property_id == PROP_WINDOW)
    self->window = g_value_get_uint (value);
  else if (property_id == PROP_DROP)
    self->drop = g_value_get_uint (value);
  else if (property_id >= PROP_TITLE && property_id < N_PROPERTIES)
    {
      g_free (self->labels[property_id - PROP_TITLE]);
      self->labels[property_id - PROP_TITLE] = g_value_dup_string (value);
    }
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
sonde_condition_class_init (SondeConditionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->finalize = sonde_condition_finalize;
  object_class->get_property = sonde_condition_get_property;
  object_class->set_property = sonde_condition_set_property;

  /**
   * SondeCondition:kind:
   *
   * Where the token sequences come from.
   */
  properties[PROP_KIND] = g_param_spec_enum ("kind", "Kind", "Where its token sequences come from",
                                             _sonde_condition_kind_get_type (), SONDE_CONDITION_PREFIX, flags);
  /**
   * SondeCondition:rows:
   *
   * How many rows a prefix gives; 0: as many as there are windows, or the whole text.
   */
  properties[PROP_ROWS] = g_param_spec_uint ("rows", "Rows", "Rows of a prefix; 0: as many as there are windows, or the whole text",
                                             0, 1000000, 0, flags);
  /**
   * SondeCondition:window:
   *
   * How many tokens there are in each window, the target included.
   */
  properties[PROP_WINDOW] = g_param_spec_uint ("window", "Window", "Tokens in each window, the target included",
                                               1, 100000, 10, flags);
  /**
   * SondeCondition:drop:
   *
   * How many positions at the start of a prefix or line are not kept.
   */
  properties[PROP_DROP] = g_param_spec_uint ("drop", "Drop", "Positions at the start of a prefix or line that are not kept",
                                             0, 100000, 1, flags);
  /**
   * SondeCondition:keep:
   *
   * Which positions of a window or line are kept.
   */
  properties[PROP_KEEP] = g_param_spec_enum ("keep", "Keep", "Which positions of a window or line are kept",
                                             _sonde_keep_get_type (), SONDE_KEEP_LAST, flags);
  /**
   * SondeCondition:title:
   *
   * The name in figures, as in “Many sequences”.
   */
  properties[PROP_TITLE] = g_param_spec_string ("title", "Title", "Its name in figures, as in “Many sequences”", NULL, flags);
  /**
   * SondeCondition:attributive:
   *
   * The name before a noun, as in “Many-sequence”.
   */
  properties[PROP_ATTRIBUTIVE] = g_param_spec_string ("attributive", "Attributive", "Its name before a noun, as in “Many-sequence”", NULL, flags);
  /**
   * SondeCondition:short-title:
   *
   * The name where space is short, as in “Many seqs”.
   */
  properties[PROP_SHORT_TITLE] = g_param_spec_string ("short-title", "Short title", "Its name where space is short, as in “Many seqs”", NULL, flags);
  /**
   * SondeCondition:short-attributive:
   *
   * The name before a noun where space is short, as in “Many-seq”.
   */
  properties[PROP_SHORT_ATTRIBUTIVE] = g_param_spec_string ("short-attributive", "Short attributive", "Its name before a noun where space is short, as in “Many-seq”", NULL, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);
}

static void
sonde_condition_init (SondeCondition *self)
{
  self->window = 10;
  self->drop = 1;
  self->sequences = g_ptr_array_new_with_free_func ((GDestroyNotify) sequence_free);
  self->known = g_array_new (FALSE, FALSE, sizeof (SondeKnownToken));
  g_array_set_clear_func (self->known, (GDestroyNotify) known_token_clear);
  self->known_rows = g_array_new (FALSE, FALSE, sizeof (guint));
}

SondeCondition *
_sonde_condition_new (const char *id)
{
  SondeCondition *self = g_object_new (SONDE_TYPE_CONDITION, NULL);

  self->id = g_strdup (id);
  return self;
}

SondeCondition *
_sonde_condition_copy (SondeCondition *self)
{
  SondeCondition *copy = _sonde_condition_new (self->id);

  copy->kind = self->kind;
  copy->rows = self->rows;
  copy->window = self->window;
  copy->drop = self->drop;
  copy->keep = self->keep;
  for (guint i = 0; i < G_N_ELEMENTS (self->labels); i++)
    copy->labels[i] = g_strdup (self->labels[i]);
  return copy;
}

/**
 * sonde_condition_new_plain:
 * @id: its name in files, options and labels
 * @n_rows: how many rows it has
 *
 * Makes a condition of rows without a text behind them, as arrays and tests have. Its labels all say @id.
 *
 * Returns: (transfer full): a condition without a text behind it, as arrays and tests have
 */
SondeCondition *
sonde_condition_new_plain (const char *id,
                           guint n_rows)
{
  SondeCondition *self;

  g_return_val_if_fail (id != NULL, NULL);

  self = _sonde_condition_new (id);
  self->n_rows = n_rows;
  return self;
}

/**
 * sonde_condition_get_id:
 *
 * Gives the name that files, tables and options have for it.
 *
 * Returns: (transfer none): "many-sequences"
 */
const char *
sonde_condition_get_id (SondeCondition *self)
{
  g_return_val_if_fail (SONDE_IS_CONDITION (self), NULL);
  return self->id;
}

/**
 * sonde_condition_get_label:
 * @form: how the name is used
 *
 * Gives the name that people read: in their language where it is one of those that come with sonde.
 *
 * Returns: the name of this condition in that form; another form, at last its id, where it has none
 */
const char *
sonde_condition_get_label (SondeCondition *self,
                           SondeLabelForm form)
{
  static const SondeLabelForm fallbacks[4][4] = {
    { SONDE_LABEL_TITLE, SONDE_LABEL_SHORT, SONDE_LABEL_ATTRIBUTIVE, SONDE_LABEL_SHORT_ATTRIBUTIVE },
    { SONDE_LABEL_ATTRIBUTIVE, SONDE_LABEL_TITLE, SONDE_LABEL_SHORT_ATTRIBUTIVE, SONDE_LABEL_SHORT },
    { SONDE_LABEL_SHORT, SONDE_LABEL_TITLE, SONDE_LABEL_SHORT_ATTRIBUTIVE, SONDE_LABEL_ATTRIBUTIVE },
    { SONDE_LABEL_SHORT_ATTRIBUTIVE, SONDE_LABEL_ATTRIBUTIVE, SONDE_LABEL_SHORT, SONDE_LABEL_TITLE },
  };

  g_return_val_if_fail (SONDE_IS_CONDITION (self), NULL);
  g_return_val_if_fail (form <= SONDE_LABEL_SHORT_ATTRIBUTIVE, NULL);

  for (guint i = 0; i < 4; i++)
    if (self->labels[fallbacks[form][i]] != NULL)
      return sonde_language_translate_in ("recipe", self->labels[fallbacks[form][i]]);
  return self->id;
}

/**
 * sonde_condition_get_n_rows:
 *
 * Counts the rows of each of its frames.
 *
 * Returns: how many; 0 before an investigation resolved it
 */
guint
sonde_condition_get_n_rows (SondeCondition *self)
{
  g_return_val_if_fail (SONDE_IS_CONDITION (self), 0);
  return self->n_rows;
}

/**
 * sonde_condition_needs_target:
 *
 * Asks whether it cannot be resolved without a target word.
 *
 * Returns: %TRUE where its sequences end in a target word
 */
gboolean
sonde_condition_needs_target (SondeCondition *self)
{
  return self->kind == SONDE_CONDITION_WINDOWS;
}

guint
_sonde_condition_get_n_tokens (SondeCondition *self)
{
  guint n = 0;

  for (guint i = 0; i < self->sequences->len; i++)
    n += ((SondeSequence *) g_ptr_array_index (self->sequences, i))->tokens->len;
  return n;
}

/* ---- tokens ---- */

/* The text's own bytes under a token, as something that can be shown. */
static char *
dup_token_text (SondeCondition *self,
                const SondeToken *token)
{
  const char *text = g_bytes_get_data (sonde_corpus_get_text (self->corpus), NULL);

  return sonde_token_text (text + token->start, token->end - token->start);
}

/**
 * sonde_condition_add_token:
 * @self: a plain condition
 * @sequence: the sequence that the token belongs to, from 0
 * @position: its place there, from 0
 * @token_id: its number in the vocabulary; -1 where that is not known
 * @text: the text under it, as sonde_token_text() gives it, or a row's label
 * @kept: whether its activations are a row: the next one
 *
 * Says where rows come from, for messages, captures, the table of tokens, and models that are to run the same again.
 *
 * Returns: %FALSE where the token does not come after those before it, or is a row too many
 */
gboolean
sonde_condition_add_token (SondeCondition *self,
                           guint sequence,
                           guint position,
                           gint32 token_id,
                           const char *text,
                           gboolean kept)
{
  const SondeKnownToken *last;
  SondeKnownToken token = { sequence, position, token_id, NULL, kept };

  g_return_val_if_fail (SONDE_IS_CONDITION (self) && self->corpus == NULL && text != NULL, FALSE);

  last = self->known->len > 0 ? &g_array_index (self->known, SondeKnownToken, self->known->len - 1) : NULL;
  if (last != NULL && (sequence < last->sequence || (sequence == last->sequence && position <= last->position)))
    return FALSE;
  if (kept && self->known_rows->len == self->n_rows)
    return FALSE;
  if (kept)
    g_array_append_val (self->known_rows, self->known->len);
  token.text = g_strdup (text);
  g_array_append_val (self->known, token);
  return TRUE;
}

static void
foreach_in_sequence (SondeCondition *self,
                     guint index,
                     SondeKnownTokenFunc func,
                     gpointer user_data)
{
  SondeSequence *sequence = g_ptr_array_index (self->sequences, index);
  guint next_kept = 0;

  for (guint j = 0; j < sequence->tokens->len; j++)
    {
      const SondeToken *token = &g_array_index (sequence->tokens, SondeToken, j);
      g_autofree char *text = dup_token_text (self, token);
      gboolean kept = next_kept < sequence->kept->len && g_array_index (sequence->kept, guint, next_kept) == j;

      next_kept += kept;
      func (&(SondeKnownToken){ index, j, token->id, text, kept }, user_data);
    }
}

void
_sonde_condition_foreach_token (SondeCondition *self,
                                SondeKnownTokenFunc func,
                                gpointer user_data)
{
  for (guint i = 0; i < self->sequences->len; i++)
    foreach_in_sequence (self, i, func, user_data);
  for (guint i = 0; i < self->known->len; i++)
    func (&g_array_index (self->known, SondeKnownToken, i), user_data);
}

/**
 * sonde_condition_knows_sequences:
 * @self: a condition
 *
 * Asks whether a model could run its sequences again.
 *
 * Returns: whether every token of every sequence is known, with its id: the last thing that a model needs to run them
 */
gboolean
sonde_condition_knows_sequences (SondeCondition *self)
{
  g_return_val_if_fail (SONDE_IS_CONDITION (self), FALSE);

  for (guint i = 0; i < self->known->len; i++)
    {
      const SondeKnownToken *token = &g_array_index (self->known, SondeKnownToken, i);
      const SondeKnownToken *before = i > 0 ? token - 1 : NULL;
      gboolean begins = before == NULL || before->sequence != token->sequence;

      if (token->id < 0 || token->position != (begins ? 0 : before->position + 1))
        return FALSE;
    }
  return self->corpus != NULL || (self->known->len > 0 && self->known_rows->len == self->n_rows);
}

/* The sequence and the place in it of a row that has a text behind it. */
static gboolean
find_row (SondeCondition *self,
          guint row,
          guint *sequence,
          guint *position)
{
  guint before = 0;

  for (guint i = 0; i < self->sequences->len; i++)
    {
      GArray *kept = ((SondeSequence *) g_ptr_array_index (self->sequences, i))->kept;

      if (row < before + kept->len)
        {
          *sequence = i;
          *position = g_array_index (kept, guint, row - before);
          return TRUE;
        }
      before += kept->len;
    }
  return FALSE;
}

/**
 * sonde_condition_get_row_origin:
 * @self: a condition
 * @row: one of its rows, from 0
 * @sequence: (out): the sequence that it comes from
 * @position: (out): its place there
 * @token_id: (out): the token at that place
 * @text: (out) (transfer full): the text under the token
 *
 * Says where a row comes from.
 *
 * Returns: whether the row's origin is known
 */
gboolean
sonde_condition_get_row_origin (SondeCondition *self,
                                guint row,
                                guint *sequence,
                                guint *position,
                                gint32 *token_id,
                                char **text)
{
  const SondeKnownToken *known;

  g_return_val_if_fail (SONDE_IS_CONDITION (self), FALSE);
  g_return_val_if_fail (sequence != NULL && position != NULL && token_id != NULL && text != NULL, FALSE);

  if (find_row (self, row, sequence, position))
    {
      SondeToken *token = &g_array_index (((SondeSequence *) g_ptr_array_index (self->sequences, *sequence))->tokens, SondeToken, *position);

      *token_id = token->id;
      *text = dup_token_text (self, token);
      return TRUE;
    }
  if (row >= self->known_rows->len)
    return FALSE;
  known = &g_array_index (self->known, SondeKnownToken, g_array_index (self->known_rows, guint, row));
  *sequence = known->sequence;
  *position = known->position;
  *token_id = known->id;
  *text = g_strdup (known->text);
  return TRUE;
}

/**
 * sonde_condition_dup_row_label:
 * @row: a row, from 0
 *
 * Names a row in a sentence: by its sequence, its position and its token, as far as they are known.
 *
 * Returns: (transfer full): where that row comes from: its sequence, position and token
 */
char *
sonde_condition_dup_row_label (SondeCondition *self,
                               guint row)
{
  guint sequence;
  guint position;
  gint32 id;
  g_autofree char *text = NULL;

  g_return_val_if_fail (SONDE_IS_CONDITION (self), NULL);

  if (sonde_condition_get_row_origin (self, row, &sequence, &position, &id, &text))
    return g_strdup_printf (_ ("row %u (sequence %u, position %u, “%s”)"), row, sequence, position, text);
  return g_strdup_printf (_ ("row %u"), row);
}
