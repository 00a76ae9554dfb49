#include "fuzz-gpt2-encode.h"

#include <string.h>

#include "fuzz.h"

/* A NUL is a character like any other. */
static gboolean
is_text (const char *text,
         gsize length)
{
  const char *at = text, *end = text + length;

  while (!g_utf8_validate_len (at, (gsize) (end - at), &at))
    if (*at++ != '\0')
      return FALSE;
  return TRUE;
}

static void
check_tokens (SondeTokenizer *tokenizer,
              GArray *tokens,
              const char *text,
              gsize length)
{
  gsize end = 0;

  for (guint i = 0; i < tokens->len; i++)
    {
      const SondeToken *token = &g_array_index (tokens, SondeToken, i);
      g_autoptr (GBytes) bytes = sonde_tokenizer_dup_token (tokenizer, token->id);

      fuzz_assert (token->id >= 0 && (guint) token->id < sonde_tokenizer_get_n_tokens (tokenizer) && bytes != NULL);
      fuzz_assert (token->start == end && token->end > token->start && token->end <= length);
      fuzz_assert (g_bytes_get_size (bytes) == token->end - token->start && memcmp (g_bytes_get_data (bytes, NULL), text + token->start, token->end - token->start) == 0);
      end = token->end;
    }
  fuzz_assert (end == length);
}

void
fuzz_gpt2_encode (SondeTokenizer *tokenizer,
                  const char *text,
                  gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) tokens = sonde_tokenizer_encode (tokenizer, text, length, &error);
  g_autoptr (GArray) again = NULL;

  fuzz_check (tokens != NULL, error);
  fuzz_assert ((tokens != NULL) == is_text (text, length));
  if (tokens == NULL)
    {
      fuzz_assert (g_error_matches (error, SONDE_ERROR, SONDE_ERROR_TEXT));
      return;
    }
  check_tokens (tokenizer, tokens, text, length);
  again = sonde_tokenizer_encode (tokenizer, text, length, NULL);
  fuzz_assert (again != NULL && again->len == tokens->len);
  for (guint i = 0; i < tokens->len; i++)
    fuzz_assert (g_array_index (tokens, SondeToken, i).id == g_array_index (again, SondeToken, i).id);
}
