#pragma once

#include "sonde-model.h"

G_BEGIN_DECLS

#define SONDE_TYPE_CORPUS (sonde_corpus_get_type ())
/* A text as the model sees it: its tokens, and where the target word stands among them. */
G_DECLARE_FINAL_TYPE (SondeCorpus, sonde_corpus, SONDE, CORPUS, GObject)

SondeCorpus *sonde_corpus_new (SondeTokenizer *tokenizer, const char *name, GBytes *text, GError **error);

const char *sonde_corpus_get_name (SondeCorpus *self);
GBytes *sonde_corpus_get_text (SondeCorpus *self);
SondeTokenizer *sonde_corpus_get_tokenizer (SondeCorpus *self); /* (nullable) */
guint sonde_corpus_get_n_tokens (SondeCorpus *self);
const SondeToken *sonde_corpus_get_token (SondeCorpus *self, guint index);
/* (transfer full) (element-type SondeToken): the tokens of each line by itself, offsets into the whole text. */
GPtrArray *sonde_corpus_tokenize_lines (SondeCorpus *self, GError **error);

/* Finds @word, which must be one token; refuses with its tokens and near alternatives otherwise. */
gboolean sonde_corpus_set_target (SondeCorpus *self, const char *word, GError **error);
const char *sonde_corpus_get_target (SondeCorpus *self); /* (nullable) */
gint32 sonde_corpus_get_target_id (SondeCorpus *self);
const guint *sonde_corpus_get_target_positions (SondeCorpus *self, guint *n_positions);

/* Bytes as valid UTF-8 that loses nothing: what is no character of its own becomes \xNN. (transfer full) */
char *sonde_token_text (const char *bytes, gsize length);

G_END_DECLS
