#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

typedef struct _SondeWords SondeWords;

#define SONDE_TYPE_WORDS (sonde_words_get_type ())
GType sonde_words_get_type (void);

SondeWords *sonde_words_new (char *english, char *translated); /* takes both */
SondeWords *sonde_words_new_plain (const char *text);
SondeWords *sonde_words_ref (SondeWords *self);
void sonde_words_unref (SondeWords *self);
const char *sonde_words_get_english (SondeWords *self);
const char *sonde_words_get_translated (SondeWords *self);
const char *sonde_words_get (SondeWords *self); /* in the language that this thread speaks */

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeWords, sonde_words_unref)

/* For SONDE_WORDS () alone. */
void sonde_words_begin (void);
void sonde_words_turn (char *english);
SondeWords *sonde_words_end (char *translated);

/**
 * SONDE_WORDS:
 * @text: an expression that gives a new text, as g_strdup_printf (_ ("%u rows"), n) does. It is evaluated twice, in English and in the
 *   user's language, and must give the same both times but for that
 *
 * Makes words of a text that some read in the user's language, as in a report, and some in English, as in files for programs.
 *
 * Returns: (transfer full): the words
 */
#define SONDE_WORDS(text) (sonde_words_begin (), sonde_words_turn (text), sonde_words_end (text))

G_END_DECLS
