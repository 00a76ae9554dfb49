#define G_LOG_DOMAIN "sonde"

#include "sonde-result-private.h"

typedef struct
{
  char *name;
  SondeTensor *tensor;
} NamedTensor;

typedef struct
{
  SondeWords *label;
  SondeWords *text;
} KeyNumber;

/**
 * SondeResult:
 *
 * What an analyzer gives after the last frame: tables, figures, the matrices that were drawn, numbers for the title page,
 * and warnings. Everything keeps the order of adding.
 */
struct _SondeResult
{
  GObject parent_instance;

  GPtrArray *tables;
  GPtrArray *figures;
  SondeSentences *warnings;
  GArray *tensors;
  GArray *key_numbers;
};

G_DEFINE_FINAL_TYPE (SondeResult, sonde_result, G_TYPE_OBJECT)

static void
named_tensor_clear (gpointer data)
{
  NamedTensor *named = data;

  g_free (named->name);
  sonde_tensor_unref (named->tensor);
}

static void
key_number_clear (gpointer data)
{
  KeyNumber *number = data;

  sonde_words_unref (number->label);
  sonde_words_unref (number->text);
}

static void
sonde_result_finalize (GObject *object)
{
  SondeResult *self = SONDE_RESULT (object);

  g_clear_pointer (&self->tables, g_ptr_array_unref);
  g_clear_pointer (&self->figures, g_ptr_array_unref);
  g_clear_pointer (&self->warnings, _sonde_sentences_free);
  g_clear_pointer (&self->tensors, g_array_unref);
  g_clear_pointer (&self->key_numbers, g_array_unref);
  G_OBJECT_CLASS (sonde_result_parent_class)->finalize (object);
}

static void
sonde_result_class_init (SondeResultClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_result_finalize;
}

static void
sonde_result_init (SondeResult *self)
{
  self->tables = g_ptr_array_new_with_free_func (g_object_unref);
  self->figures = g_ptr_array_new_with_free_func (g_object_unref);
  self->warnings = _sonde_sentences_new ();
  self->tensors = g_array_new (FALSE, FALSE, sizeof (NamedTensor));
  g_array_set_clear_func (self->tensors, named_tensor_clear);
  self->key_numbers = g_array_new (FALSE, FALSE, sizeof (KeyNumber));
  g_array_set_clear_func (self->key_numbers, key_number_clear);
}

/**
 * sonde_result_new:
 *
 * Makes an empty result.
 *
 * Returns: (transfer full): a new result without anything in it
 */
SondeResult *
sonde_result_new (void)
{
  return g_object_new (SONDE_TYPE_RESULT, NULL);
}

/**
 * sonde_result_add_table:
 * @self: a result
 * @table: (transfer none): a table, complete: it is not changed any more
 *
 * Adds a table; its name is the file's.
 */
void
sonde_result_add_table (SondeResult *self,
                        SondeTable *table)
{
  g_return_if_fail (SONDE_IS_RESULT (self));
  g_return_if_fail (SONDE_IS_TABLE (table));

  g_ptr_array_add (self->tables, g_object_ref (table));
}

/**
 * sonde_result_add_figure:
 * @self: a result
 * @figure: (transfer none): a figure, complete: it is not changed any more
 *
 * Adds a figure; its name is the file's.
 */
void
sonde_result_add_figure (SondeResult *self,
                         SondeFigure *figure)
{
  g_return_if_fail (SONDE_IS_RESULT (self));
  g_return_if_fail (SONDE_IS_FIGURE (figure));

  g_ptr_array_add (self->figures, g_object_ref (figure));
}

/**
 * sonde_result_add_tensor:
 * @self: a result
 * @name: its name in the tensor file, such as "NAME/CONDITION/L6/STAGE"; one tensor a name
 * @tensor: (transfer none): the tensor
 *
 * Adds a matrix that a figure shows, so that whoever reads the figure can have its numbers.
 */
void
sonde_result_add_tensor (SondeResult *self,
                         const char *name,
                         SondeTensor *tensor)
{
  NamedTensor named;

  g_return_if_fail (SONDE_IS_RESULT (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (tensor != NULL);

  named.name = g_strdup (name);
  named.tensor = sonde_tensor_ref (tensor);
  g_array_append_val (self->tensors, named);
}

/**
 * sonde_result_add_key_number:
 * @self: a result
 * @label: what the number is, for people
 * @text: the number as it should be printed, with its unit
 *
 * Adds a line to the title page of the report, the same in every language.
 */
void
sonde_result_add_key_number (SondeResult *self,
                             const char *label,
                             const char *text)
{
  g_return_if_fail (SONDE_IS_RESULT (self));
  g_return_if_fail (label != NULL);
  g_return_if_fail (text != NULL);

  sonde_result_take_key_number (self, sonde_words_new_plain (label), sonde_words_new_plain (text));
}

/**
 * sonde_result_take_key_number:
 * @self: a result
 * @label: (transfer full): what the number is, from SONDE_WORDS()
 * @text: (transfer full): the number as it should be printed, with its unit
 *
 * Adds a line to the title page of the report, and in English to results.json.
 */
void
sonde_result_take_key_number (SondeResult *self,
                              SondeWords *label,
                              SondeWords *text)
{
  const KeyNumber number = { label, text };

  g_return_if_fail (SONDE_IS_RESULT (self));
  g_return_if_fail (label != NULL && text != NULL);

  g_array_append_val (self->key_numbers, number);
}

/**
 * sonde_result_add_warning:
 * @self: a result
 * @sentence: what the reader of the numbers must know, in one sentence
 *
 * Adds a warning, the same in every language. It goes to the report and to the user's terminal. Adding the same sentence again changes
 * nothing.
 */
void
sonde_result_add_warning (SondeResult *self,
                          const char *sentence)
{
  g_return_if_fail (SONDE_IS_RESULT (self));
  g_return_if_fail (sentence != NULL);

  _sonde_sentences_take (self->warnings, sonde_words_new_plain (sentence));
}

/**
 * sonde_result_take_warning:
 * @self: a result
 * @sentence: (transfer full): what the reader of the numbers must know, in one sentence, from SONDE_WORDS()
 *
 * Adds a warning as sonde_result_add_warning() does; files for programs have it in English.
 */
void
sonde_result_take_warning (SondeResult *self,
                           SondeWords *sentence)
{
  g_return_if_fail (SONDE_IS_RESULT (self));
  g_return_if_fail (sentence != NULL);

  _sonde_sentences_take (self->warnings, sentence);
}

/**
 * sonde_result_get_tables:
 * @self: a result
 *
 * Lists the tables.
 *
 * Returns: (transfer none) (element-type SondeTable): all tables
 */
GPtrArray *
sonde_result_get_tables (SondeResult *self)
{
  g_return_val_if_fail (SONDE_IS_RESULT (self), NULL);

  return self->tables;
}

/**
 * sonde_result_get_figures:
 * @self: a result
 *
 * Lists the figures, in the order of the report.
 *
 * Returns: (transfer none) (element-type SondeFigure): all figures
 */
GPtrArray *
sonde_result_get_figures (SondeResult *self)
{
  g_return_val_if_fail (SONDE_IS_RESULT (self), NULL);

  return self->figures;
}

/**
 * sonde_result_get_warnings:
 * @self: a result
 *
 * Lists the sentences that a reader of the results must know.
 *
 * Returns: (transfer none) (element-type utf8): all warnings, in the user's language
 */
GPtrArray *
sonde_result_get_warnings (SondeResult *self)
{
  g_return_val_if_fail (SONDE_IS_RESULT (self), NULL);

  return self->warnings->translated;
}

SondeSentences *
_sonde_result_get_sentences (SondeResult *self)
{
  return self->warnings;
}

/**
 * sonde_result_get_n_tensors:
 * @self: a result
 *
 * Counts the tensors for tensors.safetensors.
 *
 * Returns: how many tensors were added
 */
guint
sonde_result_get_n_tensors (SondeResult *self)
{
  g_return_val_if_fail (SONDE_IS_RESULT (self), 0);

  return self->tensors->len;
}

/**
 * sonde_result_get_tensor:
 * @self: a result
 * @index: which tensor, from 0
 * @name: (out) (optional) (transfer none): its name
 *
 * Gives a tensor and its name.
 *
 * Returns: (transfer none): the tensor
 */
SondeTensor *
sonde_result_get_tensor (SondeResult *self,
                         guint index,
                         const char **name)
{
  const NamedTensor *named;

  g_return_val_if_fail (SONDE_IS_RESULT (self), NULL);
  g_return_val_if_fail (index < self->tensors->len, NULL);

  named = &g_array_index (self->tensors, NamedTensor, index);
  if (name != NULL)
    *name = named->name;
  return named->tensor;
}

/**
 * sonde_result_get_n_key_numbers:
 * @self: a result
 *
 * Counts the lines for the title page.
 *
 * Returns: how many key numbers were added
 */
guint
sonde_result_get_n_key_numbers (SondeResult *self)
{
  g_return_val_if_fail (SONDE_IS_RESULT (self), 0);

  return self->key_numbers->len;
}

/**
 * sonde_result_get_key_number:
 * @self: a result
 * @index: which key number, from 0
 * @label: (out) (optional) (transfer none): what it is
 *
 * Gives a line of the title page.
 *
 * Returns: (transfer none): the number as text
 */
const char *
sonde_result_get_key_number (SondeResult *self,
                             guint index,
                             const char **label)
{
  SondeWords *words;
  SondeWords *text;

  g_return_val_if_fail (SONDE_IS_RESULT (self), NULL);
  g_return_val_if_fail (index < self->key_numbers->len, NULL);

  text = _sonde_result_get_key_words (self, index, &words);
  if (label != NULL)
    *label = sonde_words_get_translated (words);
  return sonde_words_get_translated (text);
}

SondeWords *
_sonde_result_get_key_words (SondeResult *self,
                             guint index,
                             SondeWords **label)
{
  const KeyNumber *number = &g_array_index (self->key_numbers, KeyNumber, index);

  *label = number->label;
  return number->text;
}
