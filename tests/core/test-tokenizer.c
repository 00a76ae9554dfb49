#include <string.h>

#include "sonde.h"

/* One token a byte, and on request one of the ways to break the contract. */
typedef enum
{
  WELL_BEHAVED,
  SILENT_FAILURE,
  HONEST_FAILURE,
  RESULT_AND_ERROR,
  NEGATIVE_ID,
  LARGE_ID,
  PAST_END,
  BACKWARDS,
  UNORDERED,
} Fault;

#define BYTE_TYPE_TOKENIZER (byte_tokenizer_get_type ())
G_DECLARE_FINAL_TYPE (ByteTokenizer, byte_tokenizer, BYTE, TOKENIZER, GObject)

struct _ByteTokenizer
{
  GObject parent_instance;

  Fault fault;
};

static gboolean
encode (SondeTokenizer *tokenizer,
        const char *text,
        gsize length,
        SondeTokenList *tokens,
        GError **error)
{
  const Fault fault = BYTE_TOKENIZER (tokenizer)->fault;

  for (gsize i = 0; i < length; i++)
    {
      SondeToken token = { (guchar) text[i], i, i + 1 };

      if (fault == NEGATIVE_ID)
        token.id = -1;
      if (fault == LARGE_ID)
        token.id = 256;
      if (fault == PAST_END)
        token.end = length + 1;
      if (fault == BACKWARDS)
        token.end = token.start - 1;
      if (fault == UNORDERED)
        token.start = 0, token.end = length - i;
      if (fault == UNORDERED && i == 0)
        token.start = 1;
      sonde_token_list_add (tokens, token.id, token.start, token.end);
    }
  if (fault == HONEST_FAILURE || fault == RESULT_AND_ERROR)
    g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_TEXT, "no such letter");
  g_assert_cmpuint (sonde_token_list_get_length (tokens), ==, length);
  return fault != HONEST_FAILURE && fault != SILENT_FAILURE;
}

static GBytes *
dup_token (SondeTokenizer *tokenizer,
           gint32 id)
{
  const guint8 byte = id;

  return id >= 0 && id < 256 ? g_bytes_new (&byte, 1) : NULL;
}

static guint
get_n_tokens (SondeTokenizer *tokenizer)
{
  return 256;
}

static void
tokenizer_init (SondeTokenizerInterface *iface)
{
  iface->encode = encode;
  iface->dup_token = dup_token;
  iface->get_n_tokens = get_n_tokens;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (ByteTokenizer, byte_tokenizer, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_TOKENIZER, tokenizer_init))

static void
byte_tokenizer_class_init (ByteTokenizerClass *klass)
{
}

static void
byte_tokenizer_init (ByteTokenizer *self)
{
}

static SondeTokenizer *
tokenizer_new (Fault fault)
{
  ByteTokenizer *self = g_object_new (BYTE_TYPE_TOKENIZER, NULL);

  self->fault = fault;
  return SONDE_TOKENIZER (self);
}

static void
test_encode (void)
{
  g_autoptr (SondeTokenizer) tokenizer = tokenizer_new (WELL_BEHAVED);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) tokens = sonde_tokenizer_encode (tokenizer, "a\0é", 4, &error);
  g_autoptr (GArray) none = sonde_tokenizer_encode (tokenizer, NULL, 0, &error);
  g_autoptr (GBytes) token = sonde_tokenizer_dup_token (tokenizer, 65);

  g_assert_no_error (error);
  g_assert_cmpuint (tokens->len, ==, 4);
  g_assert_cmpint (g_array_index (tokens, SondeToken, 2).id, ==, 0xc3);
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_cmpmem (g_bytes_get_data (token, NULL), 1, "A", 1);
  g_assert_null (sonde_tokenizer_dup_token (tokenizer, 256));
  g_assert_cmpuint (sonde_tokenizer_get_n_tokens (tokenizer), ==, 256);
}

static void
refuse_text (const char *text,
             gsize length,
             const char *pattern)
{
  g_autoptr (SondeTokenizer) tokenizer = tokenizer_new (WELL_BEHAVED);
  g_autoptr (GError) error = NULL;

  g_assert_null (sonde_tokenizer_encode (tokenizer, text, length, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_TEXT);
  g_assert_true (g_pattern_match_simple (pattern, error->message));
}

static void
test_utf8 (void)
{
  refuse_text ("abc\xff", 4, "*byte 3 is 0xff*");
  refuse_text ("\0\0\xc3", 3, "*byte 2 is 0xc3*");
  refuse_text ("é\0\xed\xa0\x80", 6, "*byte 3 is 0xed*"); /* half a surrogate pair */
  refuse_text ("\xc0\x80", 2, "*byte 0 is 0xc0*");        /* a NUL made too long */
}

static void
check_fault (Fault fault,
             int code,
             const char *pattern)
{
  g_autoptr (SondeTokenizer) tokenizer = tokenizer_new (fault);
  g_autoptr (GError) error = NULL;

  g_assert_null (sonde_tokenizer_encode (tokenizer, "abc", 3, &error));
  g_assert_error (error, SONDE_ERROR, code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” does not match “%s”", error->message, pattern);
}

static void
test_faults (void)
{
  check_fault (SILENT_FAILURE, SONDE_ERROR_PLUGIN, "*ByteTokenizer*without saying why*");
  check_fault (HONEST_FAILURE, SONDE_ERROR_TEXT, "no such letter");
  check_fault (RESULT_AND_ERROR, SONDE_ERROR_TEXT, "no such letter");
  check_fault (NEGATIVE_ID, SONDE_ERROR_PLUGIN, "*id -1*0 to 255*");
  check_fault (LARGE_ID, SONDE_ERROR_PLUGIN, "*id 256*0 to 255*");
  check_fault (PAST_END, SONDE_ERROR_PLUGIN, "*0 to 4*at 3*");
  check_fault (BACKWARDS, SONDE_ERROR_PLUGIN, "*ByteTokenizer*");
  check_fault (UNORDERED, SONDE_ERROR_PLUGIN, "*byte 1 and*");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tokenizer/encode", test_encode);
  g_test_add_func ("/tokenizer/utf8", test_utf8);
  g_test_add_func ("/tokenizer/faults", test_faults);
  return g_test_run ();
}
