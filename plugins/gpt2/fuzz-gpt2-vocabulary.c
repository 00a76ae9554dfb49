#include "fuzz.h"

#include <string.h>

#include "fuzz-gpt2-encode.h"
#include "gpt2-tokenizer.h"
#include "gpt2-vocabulary.h"

/* vocab.json, without merges: every token of it is found by its bytes, and texts come back whole. */

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  static const char text[] = "Hello, h\xc3\xa9llo <|endoftext|>  \xf0\x9f\x90\x88\n";
  g_autofree char *path = fuzz_write ("vocab.json", data, size);
  g_autofree char *merges = fuzz_write ("merges.txt", "", 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (Gpt2Vocabulary) vocabulary = gpt2_vocabulary_load (path, merges, &error);
  g_autoptr (Gpt2Tokenizer) tokenizer = NULL;
  gsize length;

  fuzz_check_inner (vocabulary != NULL, error);
  if (vocabulary == NULL)
    return 0;
  fuzz_assert (gpt2_vocabulary_get_n_tokens (vocabulary) >= 256 && gpt2_vocabulary_peek_token (vocabulary, -1, &length) == NULL);
  for (guint id = 0; id < gpt2_vocabulary_get_n_tokens (vocabulary); id++)
    {
      const char *token = gpt2_vocabulary_peek_token (vocabulary, (gint32) id, &length);

      fuzz_assert (token != NULL && length > 0 && gpt2_vocabulary_find (vocabulary, token, length) == (gint32) id);
    }
  tokenizer = gpt2_tokenizer_new (path, merges, &error);
  fuzz_check_inner (tokenizer != NULL, error);
  fuzz_gpt2_encode (SONDE_TOKENIZER (tokenizer), text, strlen (text));
  return 0;
}
