#define G_LOG_DOMAIN "sonde"

#include "sonde-words-private.h"

#include "sonde-english-private.h"

/**
 * SondeWords:
 *
 * A text in two languages: English, for files that programs read and that are the same everywhere, and the user's, for people.
 * SONDE_WORDS() makes both of one expression.
 */
struct _SondeWords
{
  char *english, *translated; /* NULL: it is the same */
};

G_DEFINE_BOXED_TYPE (SondeWords, sonde_words, sonde_words_ref, sonde_words_unref)

/**
 * sonde_words_new:
 * @english: (transfer full): a text
 * @translated: (transfer full): the same in the user's language
 *
 * Makes words of both.
 *
 * Returns: (transfer full): the words
 */
SondeWords *
sonde_words_new (char *english,
                 char *translated)
{
  SondeWords *self;

  g_return_val_if_fail (english != NULL && translated != NULL, NULL);

  self = g_atomic_rc_box_new0 (SondeWords);
  self->english = english;
  if (g_str_equal (english, translated))
    g_free (translated);
  else
    self->translated = translated;
  return self;
}

/**
 * sonde_words_new_plain:
 * @text: what is the same in every language
 *
 * Makes words of one text.
 *
 * Returns: (transfer full): the words
 */
SondeWords *
sonde_words_new_plain (const char *text)
{
  SondeWords *self;

  g_return_val_if_fail (text != NULL, NULL);

  self = g_atomic_rc_box_new0 (SondeWords);
  self->english = g_strdup (text);
  return self;
}

/**
 * sonde_words_ref:
 *
 * Takes a reference.
 *
 * Returns: (transfer full): the words
 */
SondeWords *
sonde_words_ref (SondeWords *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return g_atomic_rc_box_acquire (self);
}

static void
clear (SondeWords *self)
{
  g_free (self->english);
  g_free (self->translated);
}

/**
 * sonde_words_unref:
 * @self: (transfer full): words
 *
 * Gives a reference back.
 */
void
sonde_words_unref (SondeWords *self)
{
  g_return_if_fail (self != NULL);
  g_atomic_rc_box_release_full (self, (GDestroyNotify) clear);
}

/**
 * sonde_words_get_english:
 *
 * Gives what programs read.
 *
 * Returns: (transfer none): the text in English
 */
const char *
sonde_words_get_english (SondeWords *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->english;
}

/**
 * sonde_words_get_translated:
 *
 * Gives what people read.
 *
 * Returns: (transfer none): the text in the user's language
 */
const char *
sonde_words_get_translated (SondeWords *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->translated != NULL ? self->translated : self->english;
}

/**
 * sonde_words_get:
 *
 * Gives what gettext would: a model is asked for its warnings in both languages.
 *
 * Returns: (transfer none): the text in the language that the calling thread speaks
 */
const char *
sonde_words_get (SondeWords *self)
{
  return _sonde_english_is_spoken () ? sonde_words_get_english (self) : sonde_words_get_translated (self);
}

/* ---- sentences ---- */

SondeSentences *
_sonde_sentences_new (void)
{
  SondeSentences *self = g_new0 (SondeSentences, 1);

  self->words = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_words_unref);
  self->translated = g_ptr_array_new ();
  return self;
}

void
_sonde_sentences_free (SondeSentences *self)
{
  g_ptr_array_unref (self->translated);
  g_ptr_array_unref (self->words);
  g_free (self);
}

void
_sonde_sentences_take (SondeSentences *self,
                       SondeWords *words)
{
  for (guint i = 0; i < self->words->len; i++)
    if (g_str_equal (sonde_words_get_english (g_ptr_array_index (self->words, i)), sonde_words_get_english (words)))
      {
        sonde_words_unref (words);
        return;
      }
  g_ptr_array_add (self->words, words);
  g_ptr_array_add (self->translated, (char *) sonde_words_get_translated (words));
}

void
_sonde_sentences_append (SondeSentences *self,
                         const SondeSentences *others)
{
  for (guint i = 0; i < others->words->len; i++)
    _sonde_sentences_take (self, sonde_words_ref (g_ptr_array_index (others->words, i)));
}

/* ---- one expression, twice ---- */

/* One that is being made; an expression may make others. */
typedef struct Pair Pair;
struct Pair
{
  SondeEnglish before;
  char *english;
  Pair *outer;
};

static _Thread_local Pair *pair;

/**
 * sonde_words_begin: (skip)
 *
 * From now on this thread speaks English. SONDE_WORDS() is for everybody who needs it.
 */
void
sonde_words_begin (void)
{
  Pair *inner = g_new0 (Pair, 1);

  inner->outer = pair;
  inner->before = _sonde_english_begin ();
  pair = inner;
}

/**
 * sonde_words_turn: (skip)
 * @english: (transfer full): what was said since sonde_words_begin()
 *
 * From now on this thread speaks the user's language, even where an expression around this one is just said in English.
 */
void
sonde_words_turn (char *english)
{
  _sonde_english_pause ();
  pair->english = english;
}

/**
 * sonde_words_end: (skip)
 * @translated: (transfer full): what was said since sonde_words_turn()
 *
 * Makes words of both, and lets this thread speak as it did before sonde_words_begin().
 *
 * Returns: (transfer full): the words
 */
SondeWords *
sonde_words_end (char *translated)
{
  g_autofree Pair *inner = pair;

  _sonde_english_end (inner->before);
  pair = inner->outer;
  return sonde_words_new (inner->english, translated);
}
