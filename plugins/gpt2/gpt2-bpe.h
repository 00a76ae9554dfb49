#pragma once

#include "gpt2-vocabulary.h"

G_BEGIN_DECLS

/* Applies the merges of a vocabulary to words. Remembers short words; for one thread, and no longer than the vocabulary. */
typedef struct _Gpt2Bpe Gpt2Bpe;

/* @length: bytes of the text that is going to come, for as many words as it can have. */
Gpt2Bpe *gpt2_bpe_new (const Gpt2Vocabulary *vocabulary, gsize length);
void gpt2_bpe_free (Gpt2Bpe *self);

/* The ids of @word, at least one byte; they stay in place until the next call. */
const gint32 *gpt2_bpe_split (Gpt2Bpe *self, const char *word, guint32 length, guint *n_ids);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Gpt2Bpe, gpt2_bpe_free)

G_END_DECLS
