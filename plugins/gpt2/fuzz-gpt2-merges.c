#include "fuzz.h"

#include <string.h>

#include "fuzz-gpt2-encode.h"
#include "gpt2-tokenizer.h"

/* merges.txt, for a vocabulary of all bytes and all words of two to four of the letters a, b and c. */

/* As GPT-2 writes a byte: what is visible as itself, the rest from U+0100 on. */
static void
add_bytes (GString *json)
{
  gunichar next = 256;

  for (guint byte = 0; byte < 256; byte++)
    {
      const gboolean visible = (byte >= '!' && byte <= '~') || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;

      g_string_append_printf (json, "%c\"\\u%04x\":%u", byte > 0 ? ',' : '{', visible ? byte : next++, byte);
    }
}

static char *
write_vocabulary (void)
{
  g_autoptr (GString) json = g_string_new (NULL);
  guint id = 256;

  add_bytes (json);
  for (guint length = 2, n = 9; length <= 4; length++, n *= 3)
    for (guint word = 0; word < n; word++)
      {
        g_string_append (json, ",\"");
        for (guint i = 0, rest = word; i < length; i++, rest /= 3)
          g_string_append_c (json, (char) ('a' + rest % 3));
        g_string_append_printf (json, "\":%u", id++);
      }
  g_string_append_c (json, '}');
  return fuzz_write ("vocab.json", json->str, json->len);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  static const char text[] = "aaaaaaa abcabcabc cabbac <|endoftext|>  bbbb\n";
  static char *vocabulary;
  g_autofree char *path = fuzz_write ("merges.txt", data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (Gpt2Tokenizer) tokenizer = NULL;

  if (vocabulary == NULL)
    vocabulary = write_vocabulary ();
  tokenizer = gpt2_tokenizer_new (vocabulary, path, &error);
  fuzz_check_inner (tokenizer != NULL, error);
  if (tokenizer != NULL)
    fuzz_gpt2_encode (SONDE_TOKENIZER (tokenizer), text, strlen (text));
  return 0;
}
