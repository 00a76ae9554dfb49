#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* One token of a text: its id, and the bytes [start, end) of the text that it covers. */
typedef struct
{
  gint32 id;
  gsize start;
  gsize end;
} SondeToken;

#define SONDE_TYPE_TOKEN_LIST (sonde_token_list_get_type ())

/* Tokens in order, as a tokenizer finds them. */
typedef struct _SondeTokenList SondeTokenList;

GType sonde_token_list_get_type (void);
SondeTokenList *sonde_token_list_new (void);
SondeTokenList *sonde_token_list_ref (SondeTokenList *self);
void sonde_token_list_unref (SondeTokenList *self);

void sonde_token_list_add (SondeTokenList *self, gint32 id, gsize start, gsize end);
guint sonde_token_list_get_length (SondeTokenList *self);

#define SONDE_TYPE_TOKENIZER (sonde_tokenizer_get_type ())
G_DECLARE_INTERFACE (SondeTokenizer, sonde_tokenizer, SONDE, TOKENIZER, GObject)

struct _SondeTokenizerInterface
{
  GTypeInterface parent_iface;

  gboolean (*encode) (SondeTokenizer *self, const char *text, gsize length, SondeTokenList *tokens, GError **error); /* adds to @tokens */
  GBytes *(*dup_token) (SondeTokenizer *self, gint32 id);                                                            /* raw bytes; NULL: no such id */
  guint (*get_n_tokens) (SondeTokenizer *self);
};

/* Of SondeToken. Text that is not UTF-8 is refused with the byte offset (%SONDE_ERROR_TEXT). No special token is added. */
GArray *sonde_tokenizer_encode (SondeTokenizer *self, const char *text, gsize length, GError **error);
GBytes *sonde_tokenizer_dup_token (SondeTokenizer *self, gint32 id);
guint sonde_tokenizer_get_n_tokens (SondeTokenizer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeTokenList, sonde_token_list_unref)

G_END_DECLS
