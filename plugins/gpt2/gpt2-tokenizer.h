#pragma once

#include "sonde.h"

G_BEGIN_DECLS

#define GPT2_TYPE_TOKENIZER (gpt2_tokenizer_get_type ())
G_DECLARE_FINAL_TYPE (Gpt2Tokenizer, gpt2_tokenizer, GPT2, TOKENIZER, GObject)

Gpt2Tokenizer *gpt2_tokenizer_new (const char *vocabulary_path, const char *merges_path, GError **error);

G_END_DECLS
