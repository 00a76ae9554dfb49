#define G_LOG_DOMAIN "sonde"

#include "sonde-tokenizer.h"

#include <glib/gi18n-lib.h>

#include "sonde-checks-private.h"
#include "sonde-fault.h"

struct _SondeTokenList
{
  GArray *tokens; /* of SondeToken; those behind length are room for more */
  guint length;
};

/**
 * SondeTokenList:
 *
 * The tokens that a tokenizer finds in a text, in order.
 */
G_DEFINE_BOXED_TYPE (SondeTokenList, sonde_token_list, sonde_token_list_ref, sonde_token_list_unref)

/**
 * sonde_token_list_new:
 *
 * Begins a list.
 *
 * Returns: (transfer full): a new list without tokens
 */
SondeTokenList *
sonde_token_list_new (void)
{
  SondeTokenList *self = g_atomic_rc_box_new0 (SondeTokenList);

  self->tokens = g_array_new (FALSE, FALSE, sizeof (SondeToken));
  return self;
}

/**
 * sonde_token_list_ref:
 * @self: a list of tokens
 *
 * Keeps a list.
 *
 * Returns: (transfer full): @self with one more reference
 */
SondeTokenList *
sonde_token_list_ref (SondeTokenList *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
token_list_clear (gpointer data)
{
  SondeTokenList *self = data;

  g_array_unref (self->tokens);
}

/**
 * sonde_token_list_unref:
 * @self: (transfer full): a list of tokens
 *
 * Gives one reference back; the last one frees the list.
 */
void
sonde_token_list_unref (SondeTokenList *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, token_list_clear);
}

/**
 * sonde_token_list_add:
 * @self: a list of tokens
 * @id: the token's id
 * @start: the first byte of the text that it covers
 * @end: the byte after the last
 *
 * Adds the next token.
 */
void
sonde_token_list_add (SondeTokenList *self,
                      gint32 id,
                      gsize start,
                      gsize end)
{
  g_return_if_fail (self != NULL);

  if (self->length == self->tokens->len)
    g_array_set_size (self->tokens, MAX (4, 2 * self->length));
  g_array_index (self->tokens, SondeToken, self->length++) = (SondeToken){ id, start, end };
}

/**
 * sonde_token_list_get_length:
 * @self: a list of tokens
 *
 * Counts the tokens.
 *
 * Returns: how many there are
 */
guint
sonde_token_list_get_length (SondeTokenList *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->length;
}

/**
 * SondeToken:
 * @id: the model's number for it
 * @start: the first byte of the text that it covers
 * @end: the byte behind the last one
 *
 * One token of a text, and the bytes that it covers.
 */

/**
 * SondeTokenizerInterface:
 * @parent_iface: the parent
 * @encode: cuts UTF-8 into tokens that cover it from the first byte to the last, without special ones
 * @dup_token: the bytes of a token; %NULL for an id that does not exist
 * @get_n_tokens: how many ids there are
 *
 * What a tokenizer implements. It may be called from several threads.
 */

/**
 * SondeTokenizer:
 *
 * Cuts text into the tokens of a model.
 */
G_DEFINE_INTERFACE (SondeTokenizer, sonde_tokenizer, G_TYPE_OBJECT)

static void
sonde_tokenizer_default_init (SondeTokenizerInterface *iface)
{
}

/* g_utf8_validate_len() takes a NUL for the end of the text; a text may hold some. */
static gboolean
check_utf8 (const char *text,
            gsize length,
            GError **error)
{
  const char *end = text + length;
  const char *p = text;

  while (!g_utf8_validate_len (p, end - p, &p))
    {
      if (*p == '\0')
        {
          p++;
          continue;
        }
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, _ ("The text is not UTF-8: byte %zu is 0x%02x: convert it to UTF-8"),
                   (gsize) (p - text), (guint) (guchar) *p);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_tokens (SondeTokenizer *self,
              GArray *tokens,
              gsize length,
              GError **error)
{
  const guint n_tokens = sonde_tokenizer_get_n_tokens (self);
  gsize position = 0;

  if (!sonde_fault_check (G_OBJECT (self), error))
    return FALSE;
  for (guint i = 0; i < tokens->len; i++)
    {
      const SondeToken *token = &g_array_index (tokens, SondeToken, i);

      if (token->id < 0 || (guint) token->id >= n_tokens)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s gave the token id %d, but its ids go from 0 to %u"),
                       G_OBJECT_TYPE_NAME (self), token->id, n_tokens - 1);
          return FALSE;
        }
      if (token->start < position || token->end < token->start || token->end > length)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN,
                       _ ("%s gave a token of the bytes %zu to %zu, which is not between byte %zu and the text's end at %zu: this is a defect of the tokenizer: tell its authors"),
                       G_OBJECT_TYPE_NAME (self), token->start, token->end, position, length);
          return FALSE;
        }
      position = token->start;
    }
  return TRUE;
}

/**
 * SondeTokenizerInterface::encode:
 * @self: a tokenizer
 * @text: (array length=length) (element-type guint8): UTF-8
 * @length: its bytes
 * @tokens: what is found goes here, with sonde_token_list_add()
 * @error: return location for an error
 *
 * Cuts a text, which is valid UTF-8, into tokens that cover it from its beginning to its end. Adds no special token.
 *
 * Returns: %FALSE with @error set where @text cannot be cut
 */

/**
 * sonde_tokenizer_encode:
 * @self: a tokenizer
 * @text: (array length=length) (element-type guint8): UTF-8
 * @length: its bytes
 * @error: return location for an error
 *
 * Cuts @text into tokens. No special token is added. Fails with %SONDE_ERROR_TEXT where @text is not UTF-8, naming the byte.
 *
 * Returns: (transfer full) (element-type SondeToken): the tokens in order, none for an empty text; or %NULL
 */
GArray *
sonde_tokenizer_encode (SondeTokenizer *self,
                        const char *text,
                        gsize length,
                        GError **error)
{
  SondeTokenizerInterface *iface;
  g_autoptr (SondeTokenList) list = NULL;
  GArray *tokens;
  gboolean encoded;
  GError *local = NULL;

  g_return_val_if_fail (SONDE_IS_TOKENIZER (self), NULL);
  g_return_val_if_fail (text != NULL || length == 0, NULL);

  if (text == NULL)
    text = "";
  if (!check_utf8 (text, length, error))
    return NULL;

  iface = SONDE_TOKENIZER_GET_IFACE (self);
  list = sonde_token_list_new ();
  encoded = iface->encode != NULL && iface->encode (self, text, length, list, &local);
  g_array_set_size (list->tokens, list->length);
  if (!_sonde_check_outcome (self, "encode", encoded, local, error) || !check_tokens (self, list->tokens, length, error))
    return NULL;
  tokens = list->tokens; /* a plugin may hold the list, but no longer what was given */
  list->tokens = g_array_new (FALSE, FALSE, sizeof (SondeToken));
  list->length = 0;
  return tokens;
}

/**
 * sonde_tokenizer_dup_token:
 * @self: a tokenizer
 * @id: a token id
 *
 * Gives the bytes of a token. All tokens of a text together are its bytes.
 *
 * Returns: (transfer full) (nullable): the bytes that the token stands for, by themselves not always UTF-8; %NULL for an id
 *   that does not exist
 */
GBytes *
sonde_tokenizer_dup_token (SondeTokenizer *self,
                           gint32 id)
{
  SondeTokenizerInterface *iface;

  g_return_val_if_fail (SONDE_IS_TOKENIZER (self), NULL);

  iface = SONDE_TOKENIZER_GET_IFACE (self);
  return iface->dup_token != NULL ? iface->dup_token (self, id) : NULL;
}

/**
 * sonde_tokenizer_get_n_tokens:
 * @self: a tokenizer
 *
 * Counts the tokens of the vocabulary.
 *
 * Returns: how many ids there are; each is below
 */
guint
sonde_tokenizer_get_n_tokens (SondeTokenizer *self)
{
  SondeTokenizerInterface *iface;

  g_return_val_if_fail (SONDE_IS_TOKENIZER (self), 0);

  iface = SONDE_TOKENIZER_GET_IFACE (self);
  return iface->get_n_tokens != NULL ? iface->get_n_tokens (self) : 0;
}
