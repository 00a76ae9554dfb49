#include <glib/gstdio.h>
#include <string.h>

#include "sonde-error.h"
#include "sonde-json-private.h"
#include "sonde-limits-private.h"

/* The text in a buffer of its exact size: a reader that goes on past it meets the sanitizer. */
static JsonNode *
parse (const char *text,
       gssize length,
       GError **error)
{
  const gsize size = length < 0 ? strlen (text) : (gsize) length;
  g_autoptr (GBytes) bytes = g_bytes_new (text, size);

  return _sonde_json_parse_object (bytes, "some.json", error);
}

static void
test_valid (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = parse (" {\"a\": [1, -2.5e3, true, null, {}], \"b\\u00e9\": \"\\ud83d\\ude00\\n[{\\\"\", \"c\": 9223372036854775807}\n", -1, &error);
  JsonObject *object;
  JsonArray *array;

  g_assert_no_error (error);
  object = json_node_get_object (root);
  array = json_object_get_array_member (object, "a");
  g_assert_cmpuint (json_array_get_length (array), ==, 5);
  g_assert_cmpfloat (json_array_get_double_element (array, 1), ==, -2500);
  g_assert_cmpstr (json_object_get_string_member (object, "bé"), ==, "😀\n[{\"");
  g_assert_cmpint (json_object_get_int_member (object, "c"), ==, G_MAXINT64);
}

static void
refuse (const char *text,
        gssize length,
        const char *pattern)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (parse (text, length, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” does not match “%s”", error->message, pattern);
  g_assert_null (strchr (error->message, '\n'));
}

/* “Ez” and “FY” have the same hash in g_str_hash (), and so has whatever is made of as many of them. @e is how the E is written. */
static char *
write_keys (guint n,
            const char *e)
{
  GString *text = g_string_new ("{");

  for (guint i = 0; i < n; i++)
    {
      g_string_append (text, i > 0 ? ",\"" : "\"");
      for (guint bit = 0; bit < 12; bit++)
        if ((i >> bit & 1) != 0)
          g_string_append (text, "FY");
        else
          g_string_append_printf (text, "%sz", e);
      g_string_append (text, "\":0");
    }
  g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}

/* An object of @n keys of different hashes that a table of GLib looks for in the same place: one of 1021. */
static char *
write_crowd (guint n,
             guint factor)
{
  GString *text = g_string_new ("{");
  guint n_found = 0;

  for (guint i = 0; n_found < n; i++)
    {
      char key[16];

      g_snprintf (key, sizeof key, "%u", i);
      if (g_str_hash (key) * factor % 1021 == 5)
        g_string_append_printf (text, "%s\"%s\":0", n_found++ > 0 ? "," : "", key);
    }
  g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}

static void
test_crowds (void)
{
  for (guint factor = 1; factor <= 11; factor += 10)
    {
      g_autofree char *few = write_crowd (SONDE_MAX_JSON_CROWD, factor);
      g_autofree char *many = write_crowd (SONDE_MAX_JSON_CROWD + 1, factor);
      g_autoptr (GError) error = NULL;
      g_autoptr (JsonNode) root = parse (few, -1, &error);

      g_assert_no_error (error);
      g_assert_nonnull (root);
      refuse (many, -1, "some.json, line 1, byte *: this key is one of many that are made to be slow to find*");
    }
}

static void
test_equal_hashes (void)
{
  g_autofree char *few = write_keys (1000, "E");
  g_autofree char *many = write_keys (1002, "E");
  g_autofree char *escaped = write_keys (1002, "\\u0045");
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = parse (few, -1, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (json_object_get_size (json_node_get_object (root)), ==, 1000);
  refuse (many, -1, "some.json, line 1, byte *: this key is one of many that are made to be slow to find: *");
  refuse (escaped, -1, "*slow to find: *");
}

static void
test_refusals (void)
{
  refuse ("", -1, "some.json, line 1, byte 1: *object*expected*");
  refuse ("[1]", -1, "*line 1, byte 1: *object*");
  refuse ("{\n  \"a\": nul\n}", -1, "*line 2, byte 8: *");
  refuse ("{\"a\": \xff}", -1, "*line 1, byte 7: *UTF-8*");
  refuse ("{\"a\": \"\xc3\"}", -1, "*UTF-8*");
  refuse ("{\"a\0\": 1}", 9, "*");
  refuse ("{\"a\": 1", -1, "*ends before*");
  refuse ("{\"a\": 1}}", -1, "*something after*");
  refuse ("{\"a\": 1} {\"b\": 2}", -1, "*something after*");
  refuse ("{\"a\": 1]", -1, "*never opened*");
  refuse ("{\"a\": [}", -1, "*never opened*");
  refuse ("{\"a\" 1}", -1, "some.json*line 1*");
  refuse ("{\"a\": 1,}", -1, "some.json*line 1*");
  refuse ("{\"a\": 1, , \"b\": 2}", -1, "some.json*");
  refuse ("{a: 1}", -1, "*not JSON*");
  refuse ("var x = {}", -1, "*expected*");
  refuse ("{\"a\": 1} // more", -1, "*something after*");
  refuse ("{/* \" */ \"a\": 1}", -1, "*not JSON*");
  refuse ("{\"a\": 'b'}", -1, "*not JSON*");
}

/* What the parser behind takes for something else, or dies from. */
static void
test_strings (void)
{
  refuse ("{\"a\": \"", -1, "*never ends*");
  refuse ("{\"a\": \"\\", -1, "*escape*");
  refuse ("{\"a\": \"\\q\"}", -1, "*escape*");
  refuse ("{\"a\": \"\\u12\"}", -1, "*escape*");
  refuse ("{\"a\": \"\\u12g4\"}", -1, "*escape*");
  refuse ("{\"a\": \"\\u0000\"}", -1, "*escape*");
  refuse ("{\"a\": \"\\ud800\"}", -1, "*escape*");
  refuse ("{\"a\": \"\\ud800\\n\"}", -1, "*escape*");
  refuse ("{\"a\": \"\\ud800\\u0041\"}", -1, "*escape*");
  refuse ("{\"a\": \"\\udc00\"}", -1, "*escape*");
  refuse ("{\"a\": \"\\u", -1, "*escape*");
  refuse ("{\"a\": \"\\ud800\\u", -1, "*escape*");
  refuse ("{\"a\": \"tab\there\"}", -1, "*control*");
}

static void
test_numbers (void)
{
  refuse ("{\"a\": 010}", -1, "*number*");
  refuse ("{\"a\": 0x10}", -1, "*number*");
  refuse ("{\"a\": 1.}", -1, "*number*");
  refuse ("{\"a\": .5}", -1, "*not JSON*");
  refuse ("{\"a\": -}", -1, "*number*");
  refuse ("{\"a\": 1e}", -1, "*number*");
  refuse ("{\"a\": 1e+}", -1, "*number*");
  refuse ("{\"a\": 1.2.3}", -1, "*number*");
  refuse ("{\"a\": +1}", -1, "*not JSON*");
  refuse ("{\"a\": NaN}", -1, "*not JSON*");
  refuse ("{\"a\": 9223372036854775808}", -1, "*too large*");
  refuse ("{\"a\": -18446744073709551615}", -1, "*too large*");
  refuse ("{\"a\": 1e309}", -1, "*too large*");
  refuse ("{\"a\": -1.5E999999999}", -1, "*too large*");
}

static void
test_twice (void)
{
  g_autoptr (JsonNode) root = NULL;

  refuse ("{\"a\": 1, \"a\": 2}", -1, "*twice*2 keys*1*");
  refuse ("{\"a\": 1, \"\\u0061\": 2}", -1, "*twice*");
  root = parse ("{\"a\": {\"x:\": 1}, \"b:\": {\"x:\": \"::\"}}", -1, NULL);
  g_assert_nonnull (root);
}

static char *
nest (guint depth)
{
  GString *text = g_string_new ("{\"a\":");

  for (guint i = 1; i < depth; i++)
    g_string_append_c (text, '[');
  for (guint i = 1; i < depth; i++)
    g_string_append_c (text, ']');
  g_string_append_c (text, '}');
  return g_string_free (text, FALSE);
}

static void
test_depth (void)
{
  g_autofree char *deepest = nest (SONDE_MAX_JSON_DEPTH);
  g_autofree char *deeper = nest (SONDE_MAX_JSON_DEPTH + 1);
  g_autofree char *abyss = nest (1000000);
  g_autoptr (JsonNode) root = parse (deepest, -1, NULL);

  g_assert_nonnull (root);
  refuse (deeper, -1, "*nested*");
  refuse (abyss, -1, "*nested*");
}

static void
test_too_many (void)
{
  g_autoptr (GString) text = g_string_new ("{\"a\":[0");

  for (guint i = 0; i < 2000000; i++)
    g_string_append (text, ",0");
  g_string_append (text, "]}");
  refuse (text->str, -1, "*more values*");
}

static void
test_file (void)
{
  g_autofree char *directory = g_dir_make_tmp ("sonde-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (directory, "x.json", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = NULL;

  g_assert_null (_sonde_json_load_object (path, 100, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);

  g_assert_null (_sonde_json_load_object (directory, 100, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);

  g_file_set_contents (path, "", 0, NULL);
  g_assert_null (_sonde_json_load_object (path, 100, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT);
  g_clear_error (&error);

  g_file_set_contents (path, "{\"a\": 1}", -1, NULL);
  g_assert_null (_sonde_json_load_object (path, 7, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT);
  g_clear_error (&error);
  root = _sonde_json_load_object (path, 8, &error);
  g_assert_no_error (error);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (root), "a"), ==, 1);

  g_remove (path);
  g_rmdir (directory);
}

static JsonArray *
find_array (const char *text)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));

  return _sonde_json_find_array (bytes, "a text", "files");
}

static void
test_array (void)
{
  static const char *const without[] = {
    "",
    "[]",
    "{}",
    "{\"files\": 1}",
    "{\"files\": {\"files\": [1]}}",
    "{\"a\": {\"files\": [1]}}",
    "{\"a\": [\"files\", [1]]}",
    "{\"a\": \"files\"}",
    "{\"file\": [1], \"files2\": [2]}",
    "{\"files\": [1], \"files\": [1]}",
    "{\"files\": [1, ]}",
    "{\"files\": , [1]}",
    "{\"files\": [1]",
    "{\"files\": [1]]}",
    "{\"files\": [1], \"a\": \"\\x\"}",
    "{\"files\":",
    "{\"files\"",
  };
  static const char *const with[] = {
    "{\"files\": [7, \"]}\"]}",
    " {\"a\": {\"files\": [1]}, \"b\": [[\"files\"]], \"files\" : [7,\"]}\"] , \"c\": \"files\"} ",
    "{\"a\": \"\\\"files\\\":[1]\", \"files\"\n:\n[ 7 , \"]}\" ]\n}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (without); i++)
    g_assert_null (find_array (without[i]));
  for (guint i = 0; i < G_N_ELEMENTS (with); i++)
    {
      g_autoptr (JsonArray) array = find_array (with[i]);

      g_assert_nonnull (array);
      g_assert_cmpuint (json_array_get_length (array), ==, 2);
      g_assert_cmpint (json_array_get_int_element (array, 0), ==, 7);
      g_assert_cmpstr (json_array_get_string_element (array, 1), ==, "]}");
    }
}

/* Any byte, anywhere: an object or an error, never both and never an end of the process. */
static void
test_mutations (void)
{
  const char *seed = "{\"a\": [1, -2.5e3, true, null, {}], \"b\\u00e9\": \"\\ud83d\\ude00\\n[{\\\"\", \"c\": {\"d\": []}}";
  const gsize length = strlen (seed);
  static const char bytes[] = "{}[]\",:\\/'u0d8e-.\n \x01\x80\xff*#";

  for (gsize i = 0; i < length; i++)
    for (gsize b = 0; b < sizeof bytes; b++) /* the NUL at its end included */
      {
        g_autofree char *text = g_strdup (seed);
        g_autoptr (GError) error = NULL;
        g_autoptr (JsonNode) root = NULL;

        text[i] = bytes[b];
        root = parse (text, length, &error);
        g_assert_true ((root == NULL) != (error == NULL));
        g_clear_error (&error);
        g_assert_null (parse (text, i, &error)); /* cut off here */
        g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT);
      }
}

/* Every double is written so that it reads back as itself; texts that look like numbers stay what they are. */
static void
test_writing (void)
{
  static const double numbers[] = { 0, 1, -2.5, 1e-8, 2e-16, -1e-8, 1e22, 1e30, 1e300, 5e-324, 0.1, 1.7976931348623157e308 };
  static const char *const strings[] = { "1e-08.0", "a\"1e-08.0\\", "2e+5.0" };

  for (int pretty = 0; pretty <= 1; pretty++)
    {
      g_autoptr (JsonObject) object = json_object_new ();
      g_autoptr (JsonNode) root = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;
      JsonArray *array = json_array_new ();
      JsonArray *texts = json_array_new ();

      for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
        json_array_add_double_element (array, numbers[i]);
      for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
        json_array_add_string_element (texts, strings[i]);
      json_object_set_array_member (object, "numbers", array);
      json_object_set_array_member (object, "texts", texts);
      json_object_set_double_member (object, "last", 1e-8);
      text = _sonde_json_to_text (object, pretty);
      g_assert_null (strstr (text, "e-08.0,"));
      g_assert_null (strstr (text, "e-08.0}"));
      root = parse (text, -1, &error);
      g_assert_no_error (error);
      array = json_object_get_array_member (json_node_get_object (root), "numbers");
      texts = json_object_get_array_member (json_node_get_object (root), "texts");
      for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
        g_assert_cmpfloat (json_array_get_double_element (array, i), ==, numbers[i]);
      for (guint i = 0; i < G_N_ELEMENTS (strings); i++)
        g_assert_cmpstr (json_array_get_string_element (texts, i), ==, strings[i]);
      g_assert_cmpfloat (json_object_get_double_member (json_node_get_object (root), "last"), ==, 1e-8);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/json/valid", test_valid);
  g_test_add_func ("/json/equal-hashes", test_equal_hashes);
  g_test_add_func ("/json/crowds", test_crowds);
  g_test_add_func ("/json/refusals", test_refusals);
  g_test_add_func ("/json/strings", test_strings);
  g_test_add_func ("/json/numbers", test_numbers);
  g_test_add_func ("/json/twice", test_twice);
  g_test_add_func ("/json/depth", test_depth);
  g_test_add_func ("/json/too-many", test_too_many);
  g_test_add_func ("/json/file", test_file);
  g_test_add_func ("/json/array", test_array);
  g_test_add_func ("/json/mutations", test_mutations);
  g_test_add_func ("/json/writing", test_writing);
  return g_test_run ();
}
