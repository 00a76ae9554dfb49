#define G_LOG_DOMAIN "gpt2"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <string.h>

#include "gpt2-tokenizer.h"
#include "test-gpt2-common.h"

/* GPT-2's own vocabulary, rebuilt from its merges; made once, shared by the tests. */
static char *real_directory;
static GPtrArray *real_merges; /* the lines "A B", in order */
static SondeTokenizer *real;

static SondeTokenizer *
open_tokenizer (const char *directory)
{
  g_autofree char *vocabulary = g_build_filename (directory, "vocab.json", NULL);
  g_autofree char *merges = g_build_filename (directory, "merges.txt", NULL);
  g_autoptr (GError) error = NULL;
  Gpt2Tokenizer *tokenizer = gpt2_tokenizer_new (vocabulary, merges, &error);

  g_assert_no_error (error);
  return SONDE_TOKENIZER (tokenizer);
}

static char *
unpack (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) packed = g_file_read (file, NULL, &error);
  g_autoptr (GZlibDecompressor) decompressor = g_zlib_decompressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP);
  g_autoptr (GInputStream) stream = NULL;
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();

  g_assert_no_error (error);
  stream = g_converter_input_stream_new (G_INPUT_STREAM (packed), G_CONVERTER (decompressor));
  g_output_stream_splice (memory, stream, G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_write_all (memory, "", 1, NULL, NULL, &error);
  g_output_stream_close (memory, NULL, &error);
  g_assert_no_error (error);
  return g_memory_output_stream_steal_data (G_MEMORY_OUTPUT_STREAM (memory));
}

/* Appends as Python's json module writes: ASCII, the rest as \uXXXX. */
static void
append_token (GString *json, const char *token, guint id)
{
  g_string_append (json, id > 0 ? ", \"" : "\"");
  for (const char *at = token; *at; at = g_utf8_next_char (at))
    if (*at == '"' || *at == '\\')
      g_string_append_printf (json, "\\%c", *at);
    else if ((guchar) *at < 0x80)
      g_string_append_c (json, *at);
    else
      g_string_append_printf (json, "\\u%04x", g_utf8_get_char (at));
  g_string_append_printf (json, "\": %u", id);
}

static void
make_real_vocabulary (void)
{
  g_autofree char *packed = g_test_build_filename (G_TEST_DIST, "gpt2-tokenizer", "merges.txt.gz", NULL);
  g_autofree char *merges = unpack (packed);
  g_auto (GStrv) lines = g_strsplit (merges, "\n", -1);
  g_autoptr (GString) json = g_string_new ("{");
  guint id = 0;

  real_merges = g_ptr_array_new_with_free_func (g_free);
  /* GPT-2's order: the bytes that are visible in Latin-1 first. */
  for (guint pass = 0; pass < 2; pass++)
    for (guint byte = 0; byte < 256; byte++)
      {
        g_autofree char *symbol = test_symbol ((guint8) byte);

        if ((g_utf8_get_char (symbol) >= 256) == (pass == 1))
          append_token (json, symbol, id++);
      }
  for (guint i = 1; lines[i] && *lines[i]; i++)
    {
      const char *space = strchr (lines[i], ' ');
      g_autofree char *merged = g_strdup_printf ("%.*s%s", (int) (space - lines[i]), lines[i], space + 1);

      append_token (json, merged, id++);
      g_ptr_array_add (real_merges, g_strdup (lines[i]));
    }
  append_token (json, "<|endoftext|>", id++);
  g_string_append (json, "}");
  test_write (real_directory, "vocab.json", json->str);
  test_write (real_directory, "merges.txt", merges);
}

static void
assert_sha256 (const char *name, const char *expected)
{
  g_autofree char *path = g_build_filename (real_directory, name, NULL);
  g_autofree char *data = NULL;
  g_autofree char *sum = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, (const guchar *) data, length);
  g_assert_cmpstr (sum, ==, expected);
}

static void
test_vocabulary (void)
{
  g_autoptr (GBytes) coffee = sonde_tokenizer_dup_token (real, 6891);
  g_autoptr (GBytes) end = sonde_tokenizer_dup_token (real, 50256);
  g_autoptr (GBytes) byte = sonde_tokenizer_dup_token (real, 188);

  assert_sha256 ("merges.txt", "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5");
  assert_sha256 ("vocab.json", "196139668be63f3b5d6574427317ae82f612a97c5d1cdaf36ed2256dbf636783");
  g_assert_cmpuint (sonde_tokenizer_get_n_tokens (real), ==, 50257);
  g_assert_cmpmem (g_bytes_get_data (coffee, NULL), g_bytes_get_size (coffee), " coffee", 7);
  g_assert_cmpmem (g_bytes_get_data (end, NULL), g_bytes_get_size (end), "<|endoftext|>", 13);
  g_assert_cmpmem (g_bytes_get_data (byte, NULL), g_bytes_get_size (byte), "\0", 1);
  g_assert_null (sonde_tokenizer_dup_token (real, 50257));
  g_assert_null (sonde_tokenizer_dup_token (real, -1));
}

static GArray *
encode (SondeTokenizer *tokenizer, const char *text, gsize length)
{
  g_autoptr (GError) error = NULL;
  GArray *tokens = sonde_tokenizer_encode (tokenizer, text, length, &error);

  g_assert_no_error (error);
  return tokens;
}

static char *
ids_to_string (GArray *tokens)
{
  GString *string = g_string_new (NULL);

  for (guint i = 0; i < tokens->len; i++)
    g_string_append_printf (string, "%s%d", i > 0 ? " " : "", g_array_index (tokens, SondeToken, i).id);
  return g_string_free (string, FALSE);
}

/* The spans lie end to end over the text, and hold what their tokens stand for. */
static void
check_spans (SondeTokenizer *tokenizer,
             GArray *tokens,
             const char *text,
             gsize length)
{
  gsize at = 0;

  for (guint i = 0; i < tokens->len; i++)
    {
      const SondeToken *token = &g_array_index (tokens, SondeToken, i);
      g_autoptr (GBytes) bytes = sonde_tokenizer_dup_token (tokenizer, token->id);

      g_assert_cmpuint (token->start, ==, at);
      g_assert_cmpmem (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), text + at, token->end - at);
      at = token->end;
    }
  g_assert_cmpuint (at, ==, length);
}

static void
check_ids (SondeTokenizer *tokenizer,
           const char *text,
           gsize length,
           const char *expected)
{
  g_autoptr (GArray) tokens = encode (tokenizer, text, length);
  g_autofree char *ids = ids_to_string (tokens);

  g_assert_cmpstr (ids, ==, expected);
  check_spans (tokenizer, tokens, text, length);
}

static void
test_vectors (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "gpt2-tokenizer", "vectors.txt", NULL);
  g_autofree char *content = NULL;
  g_auto (GStrv) lines = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  lines = g_strsplit (content, "\n", -1);
  for (guint i = 0; lines[i]; i++)
    if (*lines[i] && *lines[i] != '#')
      {
        g_auto (GStrv) fields = g_strsplit (lines[i], "\t", 3);
        g_autoptr (GBytes) text = g_uri_unescape_bytes (fields[1], -1, NULL, NULL);

        check_ids (real, g_bytes_get_data (text, NULL), g_bytes_get_size (text), fields[2]);
        n++;
      }
  g_assert_cmpuint (n, ==, 301);
}

/* Ids that transformers' tokenizer gave for the demo model's own vocabulary. */
static void
test_demo (void)
{
  g_autofree char *directory = g_test_build_filename (G_TEST_DIST, "..", "..", "data", "demo-model", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "demo-model-tokens.json", NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (SondeTokenizer) tokenizer = NULL;
  JsonArray *cases;

  if (!json_parser_load_from_file (parser, path, NULL))
    {
      g_test_skip ("the demo model's tokens are not there");
      return;
    }
  tokenizer = open_tokenizer (directory);
  cases = json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "cases");
  g_assert_cmpuint (json_array_get_length (cases), >, 10);
  for (guint i = 0; i < json_array_get_length (cases); i++)
    {
      JsonObject *object = json_array_get_object_element (cases, i);
      const char *text = json_object_get_string_member (object, "text");
      JsonArray *ids = json_object_get_array_member (object, "ids");
      g_autoptr (GString) expected = g_string_new (NULL);

      for (guint j = 0; j < json_array_get_length (ids); j++)
        g_string_append_printf (expected, "%s%d", j > 0 ? " " : "", (int) json_array_get_int_element (ids, j));
      check_ids (tokenizer, text, strlen (text), expected->str);
    }
}

/* The definition, word by word: take the pair of the lowest rank, join it wherever it stands, start again. */
static GPtrArray *
merge_naively (GHashTable *ranks, const char *word, gsize length)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; i < length; i++)
    g_ptr_array_add (parts, test_symbol ((guint8) word[i]));
  for (;;)
    {
      g_autofree char *best = NULL;
      guint least = G_MAXUINT;

      for (guint i = 0; i + 1 < parts->len; i++)
        {
          g_autofree char *pair = g_strdup_printf ("%s %s", (char *) parts->pdata[i], (char *) parts->pdata[i + 1]);
          gpointer rank;

          if (g_hash_table_lookup_extended (ranks, pair, NULL, &rank) && GPOINTER_TO_UINT (rank) < least)
            {
              least = GPOINTER_TO_UINT (rank);
              g_free (best);
              best = g_steal_pointer (&pair);
            }
        }
      if (!best)
        return parts;
      for (guint i = 0; i + 1 < parts->len; i++)
        {
          g_autofree char *pair = g_strdup_printf ("%s %s", (char *) parts->pdata[i], (char *) parts->pdata[i + 1]);

          if (g_str_equal (pair, best))
            {
              char *joined = g_strconcat (parts->pdata[i], parts->pdata[i + 1], NULL);

              g_free (parts->pdata[i]);
              parts->pdata[i] = joined;
              g_ptr_array_remove_index (parts, i + 1);
            }
        }
    }
}

static void
test_against_naive (void)
{
  static const char alphabet[] = "aaabceeinorstuhd";
  g_autoptr (GHashTable) ranks = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < real_merges->len; i++)
    g_hash_table_insert (ranks, real_merges->pdata[i], GUINT_TO_POINTER (i));
  for (guint round = 0; round < 60; round++)
    {
      char word[200];
      gsize length = (gsize) g_test_rand_int_range (1, round % 2 ? 12 : 200), span = (gsize) g_test_rand_int_range (1, 17);
      g_autoptr (GPtrArray) expected = NULL;
      g_autoptr (GArray) tokens = NULL;
      gsize at = 0;

      for (gsize i = 0; i < length; i++)
        word[i] = alphabet[g_test_rand_int_range (0, (gint32) span)];
      expected = merge_naively (ranks, word, length);
      tokens = encode (real, word, length);
      g_assert_cmpuint (tokens->len, ==, expected->len);
      for (guint i = 0; i < tokens->len; i++)
        {
          at += strlen (expected->pdata[i]); /* letters stand for themselves */
          g_assert_cmpuint (g_array_index (tokens, SondeToken, i).end, ==, at);
        }
    }
}

static void
test_odd_text (void)
{
  check_ids (real, "", 0, "");
  check_ids (real, "\0", 1, "188");
  check_ids (real, "a\0b", 3, "64 188 65");
  check_ids (real, "<|endoftext|>", 13, "50256");
  check_ids (real, "<|endoftext|", 12, "27 91 437 1659 5239 91");
}

/* Every kind of malformed UTF-8 is refused at the byte where it begins. */
static void
test_not_utf8 (void)
{
  static const struct
  {
    const char *text;
    gsize length, offset;
  } cases[] = {
    { "\xff", 1, 0 },
    { "ab\x80", 3, 2 },
    { "a\0\xc3", 3, 2 },
    { "caf\xe9 noir", 9, 3 },
    { "\xc0\x80", 2, 0 },
    { "x\xed\xa0\x80", 4, 1 },
    { "\xf4\x90\x80\x80", 4, 0 },
    { "\xe2\x82", 2, 0 },
    { "\0\0\xe2\x82", 4, 2 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *place = g_strdup_printf ("byte %" G_GSIZE_FORMAT " is 0x", cases[i].offset);

      g_assert_null (sonde_tokenizer_encode (real, cases[i].text, cases[i].length, &error));
      g_assert_error (error, SONDE_ERROR, SONDE_ERROR_TEXT);
      g_assert_nonnull (strstr (error->message, place));
    }
}

/* A megabyte of one character: at the square of its length this would take hours. */
static void
test_long (void)
{
  static const char *const units[] = { "a", " ", "\n", "\xc3\xa9", "'", "7", "ab", " <|endoftext|>" };

  for (guint i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      g_autoptr (GArray) tokens = NULL;
      gint64 start;

      while (text->len < 1000000)
        g_string_append (text, units[i]);
      start = g_get_monotonic_time ();
      tokens = encode (real, text->str, text->len);
      g_test_message ("“%s”: %u tokens in %.3f s", units[i], tokens->len, (double) (g_get_monotonic_time () - start) / 1e6);
      check_spans (real, tokens, text->str, text->len);
    }
}

static void
test_speed (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "..", "..", "data", "demo-text.txt", NULL);
  g_autofree char *sample = NULL;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GArray) tokens = NULL;
  g_autoptr (SondeTokenizer) tokenizer = NULL;
  gint64 start = g_get_monotonic_time ();

  if (!g_file_get_contents (path, &sample, NULL, NULL))
    {
      g_test_skip ("the demo text is not there");
      return;
    }
  tokenizer = open_tokenizer (real_directory);
  g_test_message ("loaded in %.1f ms", (double) (g_get_monotonic_time () - start) / 1e3);
  while (text->len < 10000000)
    g_string_append (text, sample);
  start = g_get_monotonic_time ();
  tokens = encode (tokenizer, text->str, text->len);
  g_test_message ("10 MB of English, %u tokens, in %.2f s", tokens->len, (double) (g_get_monotonic_time () - start) / 1e6);
  /* 0.5 s where this was written; much more than the limit of 3 s, since other programs and checkers run beside the tests. */
  g_assert_cmpint (g_get_monotonic_time () - start, <, 60 * G_USEC_PER_SEC);
}

/* ---- vocabularies that are refused ---- */

static void
assert_refused (const char *directory, const char *part)
{
  g_autofree char *vocabulary = g_build_filename (directory, "vocab.json", NULL);
  g_autofree char *merges = g_build_filename (directory, "merges.txt", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (gpt2_tokenizer_new (vocabulary, merges, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, part));
}

static void
test_bad_files (void)
{
  static const struct
  {
    const char *extra, *merges, *message;
  } cases[] = {
    { ", \"ab\": 256", "#version: 0.2\na b\nb a\n", "merges.txt, line 3: what the merge “b a” makes is not in the vocabulary" },
    { ", \"ab\": 256", "a b\na b\n", "merges.txt, line 2: the merge “a b” found a second time" },
    { ", \"ab\": 256", "a b c\n", "merges.txt, line 1: “a b c” found, two tokens with one space between them expected" },
    { ", \"ab\": 256", "ab\n", "line 1: “ab” found, two tokens" },
    { ", \"ab\": 256", " ab\n", "two tokens" },
    { ", \"ab\": 256", "a b\r\n", "“b\r” is not in the vocabulary" },
    { ", \"ab\": 256", "ab cd\n", "line 1: “cd” is not in the vocabulary" },
    { ", \"ab\": 256", "a \xff\n", "is not UTF-8 at byte 2" },
    { ",\n\"ab\": 258", "", "vocab.json, line 257: token id 258 found, from 0 to 256 expected for 257 tokens" },
    { ",\n\"ab\": -1", "", "token id -1 found, from 0 to 256" },
    { ", \"ab\": 99999999999999999999", "", "found, from 0 to 256" },
    { ", \"ab\": 7", "", "id 7 found for a second token" },
    { ", \"ab\": 256, \"ab\": 257", "", "the token with id 257 found a second time, first with id 256" },
    { ", \"\": 256", "", "the token with id 256 is empty" },
    { ", \"a b\": 256", "", "the token “a b” holds U+0020" },
    { ", \"\u2581\": 256", "", "holds U+2581" },
    { ", \"ab\": 256.5", "", "a number with a fraction found as the id of “ab”, a whole number expected" },
    { ", \"ab\": \"256\"", "", "a string found as the id" },
    { ", \"ab\": [[[256]]]", "", "an array found as the id" },
    { ", \"ab\" 256", "", "“2” found where a colon is expected" },
    { ", \"ab\": 256,", "", "“}” found where a name in double quotes is expected" },
    { ", \"ab: 256", "", "byte 0x0a found where the closing quote of a string is expected" },
    { ", \"\\ud800\": 256", "", "where a \\u escape that stands for a character is expected" },
    { ", \"\\u0000\": 256", "", "where a \\u escape that stands for a character is expected" },
    { ", \"\\x\": 256", "", "“x” found where an escape that JSON knows is expected" },
    { ", \"ab\": 0256", "", "where a number is expected" },
    { "} x", "", "“x” found where the end of the file is expected" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char *directory = test_make_directory ();

      test_write_vocabulary (directory, cases[i].extra, cases[i].merges);
      assert_refused (directory, cases[i].message);
      test_remove_directory (directory);
    }
}

static void
test_worse_files (void)
{
  char *directory = test_make_directory ();
  g_autoptr (GString) deep = g_string_new ("{\"a\": ");

  test_write (directory, "merges.txt", "");
  assert_refused (directory, "vocab.json");
  test_write (directory, "vocab.json", "");
  assert_refused (directory, "the end of the file found where the opening brace of an object is expected");
  test_write (directory, "vocab.json", "{}");
  assert_refused (directory, "has no token for the single byte 0x00");
  test_write (directory, "vocab.json", "{\"\u0100\": 0");
  assert_refused (directory, "the end of the file found where a comma or the closing brace is expected");
  test_write (directory, "vocab.json", "{\"\xff\": 0}");
  assert_refused (directory, "bytes that are not UTF-8");
  for (guint i = 0; i < 1000000; i++)
    g_string_append_c (deep, '[');
  test_write (directory, "vocab.json", deep->str);
  assert_refused (directory, "more than 64 arrays and objects stand in each other");
  test_remove_directory (directory);
}

/* Without <|endoftext|> in the vocabulary the string is text. Lines may end the file without a newline. */
static void
test_small_vocabulary (void)
{
  char *directory = test_make_directory ();
  g_autoptr (SondeTokenizer) tokenizer = NULL;

  test_write_vocabulary (directory, ", \"aa\": 256, \"b\xc4\xa0\": 257, \"aab\xc4\xa0\": 258 ", "aa b\xc4\xa0\na a\nb \xc4\xa0");
  tokenizer = open_tokenizer (directory);
  check_ids (tokenizer, "<|", 2, "60 124");
  check_ids (tokenizer, "aaa", 3, "256 97");
  check_ids (tokenizer, "aaaab", 5, "256 256 98");
  test_remove_directory (directory);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  real_directory = test_make_directory ();
  make_real_vocabulary ();
  real = open_tokenizer (real_directory);
  g_test_add_func ("/gpt2/tokenizer/vocabulary", test_vocabulary);
  g_test_add_func ("/gpt2/tokenizer/vectors", test_vectors);
  g_test_add_func ("/gpt2/tokenizer/demo", test_demo);
  g_test_add_func ("/gpt2/tokenizer/against-naive", test_against_naive);
  g_test_add_func ("/gpt2/tokenizer/odd-text", test_odd_text);
  g_test_add_func ("/gpt2/tokenizer/not-utf8", test_not_utf8);
  g_test_add_func ("/gpt2/tokenizer/long", test_long);
  g_test_add_func ("/gpt2/tokenizer/speed", test_speed);
  g_test_add_func ("/gpt2/tokenizer/bad-files", test_bad_files);
  g_test_add_func ("/gpt2/tokenizer/worse-files", test_worse_files);
  g_test_add_func ("/gpt2/tokenizer/small-vocabulary", test_small_vocabulary);
  status = g_test_run ();
  g_object_unref (real);
  g_ptr_array_unref (real_merges);
  test_remove_directory (real_directory);
  return status;
}
