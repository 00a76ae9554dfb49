#pragma once

#include "sonde-words.h"

G_BEGIN_DECLS

/* Sentences that people and programs read, each that is another in English once. */
typedef struct
{
  GPtrArray *words;      /* of SondeWords */
  GPtrArray *translated; /* of utf8, theirs */
} SondeSentences;

SondeSentences *_sonde_sentences_new (void);
void _sonde_sentences_free (SondeSentences *self);
void _sonde_sentences_take (SondeSentences *self, SondeWords *words);
void _sonde_sentences_append (SondeSentences *self, const SondeSentences *others);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeSentences, _sonde_sentences_free)

G_END_DECLS
