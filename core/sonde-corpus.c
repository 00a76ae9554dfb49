#define G_LOG_DOMAIN "sonde"

#include "sonde-corpus.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"

/**
 * SondeCorpus:
 *
 * A text as the model sees it. A model without a tokenizer reads token ids instead: whole numbers separated by white space.
 */
struct _SondeCorpus
{
  GObject parent_instance;

  SondeTokenizer *tokenizer;
  char *name;
  GBytes *text;
  GArray *tokens; /* of SondeToken */
  char *target;
  gint32 target_id;
  GArray *positions; /* of guint */
};

G_DEFINE_FINAL_TYPE (SondeCorpus, sonde_corpus, G_TYPE_OBJECT)

static void
sonde_corpus_finalize (GObject *object)
{
  SondeCorpus *self = SONDE_CORPUS (object);

  g_clear_object (&self->tokenizer);
  g_free (self->name);
  g_clear_pointer (&self->text, g_bytes_unref);
  g_clear_pointer (&self->tokens, g_array_unref);
  g_free (self->target);
  g_clear_pointer (&self->positions, g_array_unref);
  G_OBJECT_CLASS (sonde_corpus_parent_class)->finalize (object);
}

static void
sonde_corpus_class_init (SondeCorpusClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_corpus_finalize;
}

static void
sonde_corpus_init (SondeCorpus *self)
{
  self->target_id = -1;
  self->positions = g_array_new (FALSE, FALSE, sizeof (guint));
}

/* Token ids written as numbers, for models that come without a vocabulary. */
static GArray *
parse_ids (const char *text,
           gsize length,
           GError **error)
{
  g_autoptr (GArray) tokens = g_array_new (FALSE, FALSE, sizeof (SondeToken));
  gsize at = 0;

  for (;;)
    {
      SondeToken token = { 0 };
      guint64 id;
      g_autofree char *word = NULL;

      while (at < length && g_ascii_isspace (text[at]))
        at++;
      if (at == length)
        return g_steal_pointer (&tokens);
      token.start = at;
      while (at < length && !g_ascii_isspace (text[at]))
        at++;
      token.end = at;
      word = sonde_token_text (text + token.start, MIN (at - token.start, 40));
      if (!g_ascii_string_to_unsigned (word, 10, 0, G_MAXINT32, &id, NULL))
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT,
                       _ ("this model has no tokenizer, so its text must be token ids separated by spaces, but byte %zu begins “%s”: correct it"),
                       token.start, word);
          return NULL;
        }
      token.id = (gint32) id;
      g_array_append_val (tokens, token);
    }
}

static GArray *
tokenize (SondeTokenizer *tokenizer,
          const char *text,
          gsize length,
          GError **error)
{
  return tokenizer != NULL ? sonde_tokenizer_encode (tokenizer, text, length, error) : parse_ids (text, length, error);
}

/**
 * sonde_corpus_new:
 * @tokenizer: (nullable): the model's tokenizer; %NULL: the text is token ids
 * @name: what to call the text in messages: a file's name
 * @text: the text, UTF-8
 *
 * Cuts a text into tokens. Fails as sonde_tokenizer_encode() does.
 *
 * Returns: (transfer full): the tokens of @text; or %NULL with %SONDE_ERROR_TEXT where it is empty or not UTF-8
 */
SondeCorpus *
sonde_corpus_new (SondeTokenizer *tokenizer,
                  const char *name,
                  GBytes *text,
                  GError **error)
{
  g_autoptr (SondeCorpus) self = NULL;
  gsize length;
  const char *data;

  g_return_val_if_fail (text != NULL && name != NULL, NULL);

  data = g_bytes_get_data (text, &length);
  if (length == 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, _ ("the text “%s” is empty: use one with words in it"), name);
      return NULL;
    }
  self = g_object_new (SONDE_TYPE_CORPUS, NULL);
  self->tokenizer = tokenizer != NULL ? g_object_ref (tokenizer) : NULL;
  self->name = g_strdup (name);
  self->text = g_bytes_ref (text);
  self->tokens = tokenize (tokenizer, data, length, error);
  if (self->tokens == NULL)
    {
      g_prefix_error (error, _ ("the text “%s”: "), name);
      return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * sonde_corpus_get_name:
 *
 * Gives the name of the text, for people.
 *
 * Returns: (transfer none): the name that it was made with
 */
const char *
sonde_corpus_get_name (SondeCorpus *self)
{
  g_return_val_if_fail (SONDE_IS_CORPUS (self), NULL);
  return self->name;
}

/**
 * sonde_corpus_get_text:
 *
 * Gives the text as it was read.
 *
 * Returns: (transfer none): the text's bytes
 */
GBytes *
sonde_corpus_get_text (SondeCorpus *self)
{
  g_return_val_if_fail (SONDE_IS_CORPUS (self), NULL);
  return self->text;
}

/**
 * sonde_corpus_get_tokenizer:
 *
 * Gives what cut the text into tokens.
 *
 * Returns: (transfer none) (nullable): what made the tokens
 */
SondeTokenizer *
sonde_corpus_get_tokenizer (SondeCorpus *self)
{
  g_return_val_if_fail (SONDE_IS_CORPUS (self), NULL);
  return self->tokenizer;
}

/**
 * sonde_corpus_get_n_tokens:
 *
 * Counts the tokens of the whole text.
 *
 * Returns: how many
 */
guint
sonde_corpus_get_n_tokens (SondeCorpus *self)
{
  g_return_val_if_fail (SONDE_IS_CORPUS (self), 0);
  return self->tokens->len;
}

/**
 * sonde_corpus_get_token:
 * @index: which token, from 0
 *
 * Gives a token and the bytes of the text that it covers.
 *
 * Returns: (transfer none): the token at that place
 */
const SondeToken *
sonde_corpus_get_token (SondeCorpus *self,
                        guint index)
{
  g_return_val_if_fail (SONDE_IS_CORPUS (self), NULL);
  g_return_val_if_fail (index < self->tokens->len, NULL);
  return &g_array_index (self->tokens, SondeToken, index);
}

/**
 * sonde_corpus_tokenize_lines: (skip)
 *
 * Each line is tokenized by itself, without its line end; empty lines are left out.
 *
 * Returns: (transfer container) (element-type GArray): one array of #SondeToken a line, offsets into the whole text
 */
GPtrArray *
sonde_corpus_tokenize_lines (SondeCorpus *self,
                             GError **error)
{
  g_autoptr (GPtrArray) lines = NULL;
  gsize length;
  const char *data;

  g_return_val_if_fail (SONDE_IS_CORPUS (self), NULL);

  lines = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  data = g_bytes_get_data (self->text, &length);
  for (gsize start = 0; start < length;)
    {
      const char *newline = memchr (data + start, '\n', length - start);
      gsize next = newline != NULL ? (gsize) (newline - data) + 1 : length;
      gsize end = newline != NULL ? next - 1 : length;

      if (end > start && data[end - 1] == '\r')
        end--;
      if (end > start)
        {
          GArray *tokens = tokenize (self->tokenizer, data + start, end - start, error);

          if (tokens == NULL)
            return NULL;
          for (guint i = 0; i < tokens->len; i++)
            {
              g_array_index (tokens, SondeToken, i).start += start;
              g_array_index (tokens, SondeToken, i).end += start;
            }
          g_ptr_array_add (lines, tokens);
        }
      start = next;
    }
  return g_steal_pointer (&lines);
}

/**
 * sonde_token_text:
 * @bytes: (array length=length) (element-type guint8): part of a text, perhaps half a character
 * @length: how many bytes
 *
 * Makes text of bytes that loses nothing: what is no character of its own becomes \xNN.
 *
 * Returns: (transfer full): valid UTF-8; a byte that belongs to no whole character is written \xNN
 */
char *
sonde_token_text (const char *bytes,
                  gsize length)
{
  GString *text = g_string_sized_new (length + 1);

  while (length > 0)
    {
      gunichar character = g_utf8_get_char_validated (bytes, (gssize) length);
      gsize step = 1;

      if (*bytes == '\0')
        g_string_append (text, "\\x00"); /* a C string cannot hold it */
      else if (character == (gunichar) -1 || character == (gunichar) -2)
        g_string_append_printf (text, "\\x%02X", (guchar) *bytes);
      else
        {
          step = (gsize) (g_utf8_next_char (bytes) - bytes);
          g_string_append_len (text, bytes, (gssize) step);
        }
      bytes += step;
      length -= step;
    }
  return g_string_free (text, FALSE);
}

/* ---- the target word ---- */

/* The one token of @word, or -1. */
static gint32
single_token (SondeCorpus *self,
              const char *word)
{
  g_autoptr (GArray) tokens = *word != '\0' ? tokenize (self->tokenizer, word, strlen (word), NULL) : NULL;

  return tokens != NULL && tokens->len == 1 ? g_array_index (tokens, SondeToken, 0).id : -1;
}

static guint
count_token (SondeCorpus *self,
             gint32 id)
{
  guint count = 0;

  for (guint i = 0; i < self->tokens->len; i++)
    count += g_array_index (self->tokens, SondeToken, i).id == id;
  return count;
}

static char *
capitalise (const char *word)
{
  gunichar first = g_utf8_get_char (word);
  g_autofree char *rest = g_utf8_strdown (g_utf8_next_char (word), -1);
  char initial[7] = { 0 };

  g_unichar_to_utf8 (g_unichar_totitle (first), initial);
  return g_strconcat (initial, rest, NULL);
}

static void
append_alternative (SondeCorpus *self,
                    GString *list,
                    const char *word,
                    const char *variant)
{
  gint32 id = g_str_equal (word, variant) ? -1 : single_token (self, variant);

  if (id >= 0 && count_token (self, id) > 0)
    g_string_append_printf (list, "%s“%s” (%u×)", list->len > 0 ? ", " : "", variant, count_token (self, id));
}

/* Near spellings that are one token: with and without the leading space, capitalised or not; and how often each stands in the text. */
static char *
near_alternatives (SondeCorpus *self,
                   const char *word)
{
  GString *list = g_string_new (NULL);
  const char *bare = word + strspn (word, " ");
  g_autofree char *lower = g_utf8_strdown (bare, -1);
  g_autofree char *title = *bare != '\0' ? capitalise (bare) : g_strdup ("");
  g_autofree char *spaced = g_strconcat (" ", bare, NULL);
  g_autofree char *spaced_lower = g_strconcat (" ", lower, NULL);
  g_autofree char *spaced_title = g_strconcat (" ", title, NULL);

  append_alternative (self, list, word, spaced);
  append_alternative (self, list, word, bare);
  if (!g_str_equal (spaced_lower, spaced))
    append_alternative (self, list, word, spaced_lower);
  if (!g_str_equal (spaced_title, spaced))
    append_alternative (self, list, word, spaced_title);
  if (!g_str_equal (lower, bare))
    append_alternative (self, list, word, lower);
  if (!g_str_equal (title, bare))
    append_alternative (self, list, word, title);
  return g_string_free (list, FALSE);
}

static void
refuse_target (SondeCorpus *self,
               const char *word,
               const char *problem,
               GError **error)
{
  g_autofree char *near = near_alternatives (self, word);

  if (*near == '\0')
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, _ ("the target “%s” %s: choose another word with --target"), word, problem);
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, _ ("the target “%s” %s: near it are %s"), word, problem, near);
}

static char *
describe_tokens (GArray *tokens,
                 const char *word)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < tokens->len && i < 12; i++)
    {
      SondeToken token = g_array_index (tokens, SondeToken, i);
      g_autofree char *piece = sonde_token_text (word + token.start, token.end - token.start);

      g_string_append_printf (text, "%s“%s” (%d)", i == 0 ? "" : " ", piece, token.id);
    }
  if (tokens->len > 12)
    g_string_append (text, " …");
  return g_string_free (text, FALSE);
}

static gboolean
collect_positions (SondeCorpus *self,
                   const char *word,
                   gint32 id,
                   GError **error)
{
  if (count_token (self, id) == 0)
    {
      g_autofree char *problem = g_strdup_printf (_ ("(token %d) does not occur in “%s”"), id, self->name);

      refuse_target (self, word, problem, error);
      return FALSE;
    }
  g_array_set_size (self->positions, 0);
  for (guint i = 0; i < self->tokens->len; i++)
    if (g_array_index (self->tokens, SondeToken, i).id == id)
      g_array_append_val (self->positions, i);
  self->target_id = id;
  g_free (self->target);
  self->target = g_strdup (word);
  return TRUE;
}

/**
 * sonde_corpus_set_target:
 * @word: the target, with its leading space where the text has one
 *
 * Finds every place of @word, which must be a single token that occurs in the text.
 *
 * Returns: %FALSE with %SONDE_ERROR_TEXT: the sentence shows the tokens of @word, and near alternatives that are one token
 */
gboolean
sonde_corpus_set_target (SondeCorpus *self,
                         const char *word,
                         GError **error)
{
  g_autoptr (GArray) tokens = NULL;

  g_return_val_if_fail (SONDE_IS_CORPUS (self) && word != NULL, FALSE);

  if (*word == '\0')
    {
      g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_TEXT, _ ("the target is empty: name a word with --target, as in --target ' word'"));
      return FALSE;
    }
  tokens = tokenize (self->tokenizer, word, strlen (word), error);
  if (tokens == NULL)
    {
      g_prefix_error (error, "%s", _ ("the target: "));
      return FALSE;
    }
  if (tokens->len != 1)
    {
      g_autofree char *pieces = describe_tokens (tokens, word);
      g_autofree char *problem = g_strdup_printf (_ ("must be one token of this model, but is %u: %s"), tokens->len, pieces);

      refuse_target (self, word, problem, error);
      return FALSE;
    }
  return collect_positions (self, word, g_array_index (tokens, SondeToken, 0).id, error);
}

/**
 * sonde_corpus_get_target:
 *
 * Gives the target word.
 *
 * Returns: (transfer none) (nullable): the word; %NULL before sonde_corpus_set_target()
 */
const char *
sonde_corpus_get_target (SondeCorpus *self)
{
  g_return_val_if_fail (SONDE_IS_CORPUS (self), NULL);
  return self->target;
}

/**
 * sonde_corpus_get_target_id:
 *
 * Gives the token that the target word is.
 *
 * Returns: the id; -1 before sonde_corpus_set_target()
 */
gint32
sonde_corpus_get_target_id (SondeCorpus *self)
{
  g_return_val_if_fail (SONDE_IS_CORPUS (self), -1);
  return self->target_id;
}

/**
 * sonde_corpus_get_target_positions:
 * @n_positions: (out): how many
 *
 * Gives the places of the target word among the tokens of the text.
 *
 * Returns: (array length=n_positions) (transfer none): where the target stands among the tokens, ascending
 */
const guint *
sonde_corpus_get_target_positions (SondeCorpus *self,
                                   guint *n_positions)
{
  g_return_val_if_fail (SONDE_IS_CORPUS (self), NULL);
  *n_positions = self->positions->len;
  return (const guint *) self->positions->data;
}
