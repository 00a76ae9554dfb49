#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The tokens of a byte-level BPE, as bytes, and the merges between them. Immutable once loaded. */
typedef struct _Gpt2Vocabulary Gpt2Vocabulary;

Gpt2Vocabulary *gpt2_vocabulary_load (const char *vocabulary_path, const char *merges_path, GError **error);
void gpt2_vocabulary_free (Gpt2Vocabulary *self);

guint gpt2_vocabulary_get_n_tokens (const Gpt2Vocabulary *self);
const char *gpt2_vocabulary_peek_token (const Gpt2Vocabulary *self, gint32 id, gsize *length); /* NULL: no such id */
gint32 gpt2_vocabulary_find (const Gpt2Vocabulary *self, const char *bytes, gsize length);     /* -1: no such token */
gint32 gpt2_vocabulary_get_byte (const Gpt2Vocabulary *self, guint8 byte);
gboolean gpt2_vocabulary_find_merge (const Gpt2Vocabulary *self, gint32 left, gint32 right, guint32 *rank, gint32 *merged);

/* The same for the same bytes, and different for each vocabulary: whoever writes a vocabulary or a text cannot know which are alike. */
guint64 gpt2_vocabulary_hash (const Gpt2Vocabulary *self, const char *bytes, gsize length);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Gpt2Vocabulary, gpt2_vocabulary_free)

G_END_DECLS
