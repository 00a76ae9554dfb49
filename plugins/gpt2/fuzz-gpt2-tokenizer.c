#include "fuzz.h"

#include "fuzz-gpt2-encode.h"
#include "gpt2-tokenizer.h"

/* Any text, with the vocabulary of the demo model. */

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  static Gpt2Tokenizer *tokenizer; /* it keeps nothing of a text */

  if (tokenizer == NULL)
    tokenizer = gpt2_tokenizer_new (FUZZ_DATA "/demo-model/vocab.json", FUZZ_DATA "/demo-model/merges.txt", NULL);
  fuzz_assert (tokenizer != NULL);
  fuzz_gpt2_encode (SONDE_TOKENIZER (tokenizer), (const char *) data, size);
  return 0;
}
