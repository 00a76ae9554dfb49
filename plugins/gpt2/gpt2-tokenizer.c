#define G_LOG_DOMAIN "gpt2"
#define _GNU_SOURCE /* memmem () */

#include "gpt2-tokenizer.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "gpt2-bpe.h"
#include "gpt2-limits.h"
#include "gpt2-pretokenizer.h"
#include "gpt2-vocabulary.h"

/* Never cut up and never merged: where it stands in a text, it is one token. */
#define END_OF_TEXT "<|endoftext|>"

struct _Gpt2Tokenizer
{
  GObject parent_instance;

  Gpt2Vocabulary *vocabulary;
  gint32 end_of_text; /* -1: the vocabulary has none, and the string is ordinary text */
};

static void
append_words (Gpt2Tokenizer *self,
              Gpt2Bpe *bpe,
              const char *text,
              gsize start,
              gsize end,
              SondeTokenList *tokens)
{
  for (gsize at = start, stop; at < end; at = stop)
    {
      const gint32 *ids;
      guint n_ids;
      gsize token_start = at;

      /* Seen from inside a piece, the text ends with it. */
      stop = gpt2_find_word_end (text, at, end);
      ids = gpt2_bpe_split (bpe, text + at, (guint32) (stop - at), &n_ids);
      for (guint i = 0; i < n_ids; i++)
        {
          gsize length = 0;

          gpt2_vocabulary_peek_token (self->vocabulary, ids[i], &length);
          sonde_token_list_add (tokens, ids[i], token_start, token_start + length);
          token_start += length;
        }
    }
}

/* sonde_tokenizer_encode () has seen to it that the text is UTF-8. */
static gboolean
gpt2_tokenizer_encode (SondeTokenizer *tokenizer,
                       const char *text,
                       gsize length,
                       SondeTokenList *tokens,
                       GError **error)
{
  Gpt2Tokenizer *self = GPT2_TOKENIZER (tokenizer);
  g_autoptr (Gpt2Bpe) bpe = NULL;

  if (length > GPT2_MAX_TEXT_BYTES)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, _ ("The text has %zu bytes, at most %d are expected: cut it into parts"), length, GPT2_MAX_TEXT_BYTES);
      return FALSE;
    }
  bpe = gpt2_bpe_new (self->vocabulary, length);
  for (gsize at = 0; at < length;)
    {
      const char *special = self->end_of_text >= 0 ? memmem (text + at, length - at, END_OF_TEXT, strlen (END_OF_TEXT)) : NULL;
      gsize stop = special ? (gsize) (special - text) : length;

      append_words (self, bpe, text, at, stop, tokens);
      at = stop;
      if (special)
        {
          at = stop + strlen (END_OF_TEXT);
          sonde_token_list_add (tokens, self->end_of_text, stop, at);
        }
    }
  return TRUE;
}

static GBytes *
gpt2_tokenizer_dup_token (SondeTokenizer *tokenizer, gint32 id)
{
  Gpt2Tokenizer *self = GPT2_TOKENIZER (tokenizer);
  gsize length;
  const char *bytes = gpt2_vocabulary_peek_token (self->vocabulary, id, &length);

  return bytes ? g_bytes_new (bytes, length) : NULL;
}

static guint
gpt2_tokenizer_get_n_tokens (SondeTokenizer *tokenizer)
{
  return gpt2_vocabulary_get_n_tokens (GPT2_TOKENIZER (tokenizer)->vocabulary);
}

static void
gpt2_tokenizer_iface_init (SondeTokenizerInterface *iface)
{
  iface->encode = gpt2_tokenizer_encode;
  iface->dup_token = gpt2_tokenizer_dup_token;
  iface->get_n_tokens = gpt2_tokenizer_get_n_tokens;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (Gpt2Tokenizer, gpt2_tokenizer, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_TOKENIZER, gpt2_tokenizer_iface_init))

static void
gpt2_tokenizer_finalize (GObject *object)
{
  Gpt2Tokenizer *self = GPT2_TOKENIZER (object);

  g_clear_pointer (&self->vocabulary, gpt2_vocabulary_free);
  G_OBJECT_CLASS (gpt2_tokenizer_parent_class)->finalize (object);
}

static void
gpt2_tokenizer_init (Gpt2Tokenizer *self)
{
}

static void
gpt2_tokenizer_class_init (Gpt2TokenizerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gpt2_tokenizer_finalize;
}

/* Reads the vocabulary at once, so that what is wrong with it is said when the model is opened. */
Gpt2Tokenizer *
gpt2_tokenizer_new (const char *vocabulary_path,
                    const char *merges_path,
                    GError **error)
{
  g_autoptr (Gpt2Vocabulary) vocabulary = gpt2_vocabulary_load (vocabulary_path, merges_path, error);
  Gpt2Tokenizer *self;

  if (!vocabulary)
    return NULL;
  self = g_object_new (GPT2_TYPE_TOKENIZER, NULL);
  self->end_of_text = gpt2_vocabulary_find (vocabulary, END_OF_TEXT, strlen (END_OF_TEXT));
  self->vocabulary = g_steal_pointer (&vocabulary);
  return self;
}
