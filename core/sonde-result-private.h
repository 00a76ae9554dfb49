#pragma once

#include "sonde-result.h"
#include "sonde-words-private.h"

G_BEGIN_DECLS

SondeSentences *_sonde_result_get_sentences (SondeResult *self);                              /* its warnings */
SondeWords *_sonde_result_get_key_words (SondeResult *self, guint index, SondeWords **label); /* (transfer none) */

G_END_DECLS
