#pragma once

#include "sonde.h"

G_BEGIN_DECLS

/* Encodes a text twice: the tokens are the same, and cover it from the first byte to the last, each with the bytes that its id stands
 * for. A text that is no UTF-8 is refused, and no other. */
void fuzz_gpt2_encode (SondeTokenizer *tokenizer, const char *text, gsize length);

G_END_DECLS
