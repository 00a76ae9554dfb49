#include <glib/gstdio.h>
#include <string.h>

#include "sonde.h"

typedef struct
{
  char *directory;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("sonde-XXXXXX", NULL);
  g_assert_nonnull (fixture->directory);
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->directory, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->directory, name, NULL);

      g_remove (path);
    }
  g_rmdir (fixture->directory);
  g_free (fixture->directory);
}

static char *
put (Fixture *fixture,
     const char *name,
     const char *text)
{
  char *path = g_build_filename (fixture->directory, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

/* A file with one tensor of three floats: @first, @first + 1, @first + 2; @padding spaces move the data. */
static char *
put_shard (Fixture *fixture,
           const char *name,
           const char *tensor,
           float first,
           guint padding)
{
  const float values[] = { first, first + 1, first + 2 };
  g_autofree char *spaces = g_strnfill (padding, ' ');
  g_autofree char *header = g_strdup_printf ("{\"__metadata__\":{\"who\":\"%s\"},\"%s\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}%s", name, tensor, spaces);
  g_autoptr (GByteArray) file = g_byte_array_new ();
  const guint64 length = strlen (header);
  char *path = g_build_filename (fixture->directory, name, NULL);

  g_byte_array_append (file, (const guint8 *) &length, 8);
  g_byte_array_append (file, (const guint8 *) header, length);
  g_byte_array_append (file, (const guint8 *) values, sizeof values);
  g_assert_true (g_file_set_contents (path, (const char *) file->data, file->len, NULL));
  return path;
}

static void
test_file (Fixture *fixture,
           gconstpointer data)
{
  g_autofree char *path = put_shard (fixture, "w.safetensors", "w", 5, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeSafetensors) file = sonde_safetensors_open (path, &error);
  g_autoptr (SondeTensor) tensor = NULL;
  g_autoptr (SondeTensor) numbers = NULL;
  g_auto (GStrv) names = NULL;

  g_assert_no_error (error);
  names = sonde_safetensors_dup_names (file);
  g_assert_cmpuint (g_strv_length (names), ==, 1);
  g_assert_cmpstr (names[0], ==, "w");
  g_assert_cmpstr (sonde_safetensors_get_metadata (file, "who"), ==, "w.safetensors");
  g_assert_null (sonde_safetensors_get_metadata (file, "when"));
  g_assert_cmpstr (sonde_safetensors_get_files (file)[0], ==, path);
  g_assert_null (sonde_safetensors_get_files (file)[1]);
  g_assert_true (sonde_safetensors_has (file, "w"));
  g_assert_false (sonde_safetensors_has (file, "__metadata__"));

  g_assert_null (sonde_safetensors_ref_tensor (file, "v", &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE);
  g_assert_nonnull (strstr (error->message, "“v”"));
  g_assert_nonnull (strstr (error->message, path));

  tensor = sonde_safetensors_ref_tensor (file, "w", NULL);
  g_clear_object (&file); /* the tensor keeps the mapping */
  g_remove (path);
  numbers = sonde_tensor_to_f32 (tensor);
  g_assert_cmpfloat (sonde_tensor_peek_f32 (numbers)[2], ==, 7);
}

/* The header's length decides where the data begin: an odd one must not stop anybody from reading them. */
static void
test_alignment (Fixture *fixture,
                gconstpointer data)
{
  guint n_in_place = 0;

  for (guint padding = 0; padding < 4; padding++)
    {
      g_autofree char *path = put_shard (fixture, "w.safetensors", "w", 5, padding);
      g_autoptr (SondeSafetensors) file = sonde_safetensors_open (path, NULL);
      g_autoptr (SondeTensor) tensor = sonde_safetensors_ref_tensor (file, "w", NULL);
      g_autoptr (SondeTensor) numbers = sonde_tensor_to_f32 (tensor);

      n_in_place += sonde_tensor_peek_f32 (tensor) != NULL;
      g_assert_true ((numbers == tensor) == (sonde_tensor_peek_f32 (tensor) != NULL));
      g_assert_cmpfloat (sonde_tensor_peek_f32 (numbers)[0], ==, 5);
    }
  g_assert_cmpuint (n_in_place, ==, 1);
}

static void
test_index (Fixture *fixture,
            gconstpointer data)
{
  g_autofree char *first = put_shard (fixture, "m-00001-of-00002.safetensors", "a", 1, 0);
  g_autofree char *second = put_shard (fixture, "m-00002-of-00002.safetensors", "b", 10, 0);
  g_autofree char *path = put (fixture, "m.safetensors.index.json",
                               "{\"metadata\": {\"total_size\": 24}, \"weight_map\": {"
                               "\"b\": \"m-00002-of-00002.safetensors\", \"a\": \"m-00001-of-00002.safetensors\"}}");
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeSafetensors) file = sonde_safetensors_open (path, &error);
  g_autoptr (SondeTensor) tensor = NULL;
  g_autoptr (SondeTensor) numbers = NULL;
  g_auto (GStrv) names = NULL;

  g_assert_no_error (error);
  names = sonde_safetensors_dup_names (file);
  g_assert_cmpuint (g_strv_length (names), ==, 2);
  g_assert_cmpstr (names[0], ==, "a");
  g_assert_cmpstr (names[1], ==, "b");
  g_assert_cmpuint (g_strv_length ((char **) sonde_safetensors_get_files (file)), ==, 2);
  g_assert_true (g_strv_contains (sonde_safetensors_get_files (file), first));
  g_assert_true (g_strv_contains (sonde_safetensors_get_files (file), second));
  tensor = sonde_safetensors_ref_tensor (file, "b", &error);
  g_assert_no_error (error);
  numbers = sonde_tensor_to_f32 (tensor);
  g_assert_cmpfloat (sonde_tensor_peek_f32 (numbers)[1], ==, 11);
}

static void
refuse_index (Fixture *fixture,
              const char *json,
              const char *pattern)
{
  g_autofree char *path = put (fixture, "m.safetensors.index.json", json);
  g_autoptr (GError) error = NULL;

  g_assert_null (sonde_safetensors_open (path, &error));
  g_assert_nonnull (error);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” does not match “%s”", error->message, pattern);
}

static void
test_bad_index (Fixture *fixture,
                gconstpointer data)
{
  g_autofree char *shard = put_shard (fixture, "s.safetensors", "a", 1, 0);
  g_autofree char *broken = put (fixture, "broken.safetensors", "abc");

  refuse_index (fixture, "{}", "*weight_map*");
  refuse_index (fixture, "{\"weight_map\": []}", "*weight_map*");
  refuse_index (fixture, "{\"weight_map\": {}}", "*weight_map*");
  refuse_index (fixture, "{\"weight_map\": {\"a\": 1}}", "*“a”*same folder*");
  refuse_index (fixture, "{\"weight_map\": {\"a\": null}}", "*same folder*");
  refuse_index (fixture, "{\"weight_map\": {\"a\": \"\"}}", "*same folder*");
  refuse_index (fixture, "{\"weight_map\": {\"a\": \"..\"}}", "*“..”*same folder*");
  refuse_index (fixture, "{\"weight_map\": {\"a\": \"../s.safetensors\"}}", "*same folder*");
  refuse_index (fixture, "{\"weight_map\": {\"a\": \"/etc/passwd\"}}", "*same folder*");
  refuse_index (fixture, "{\"weight_map\": {\"a\": \"x\\\\s.safetensors\"}}", "*same folder*");
  refuse_index (fixture, "{\"weight_map\": {\"b\": \"s.safetensors\"}}", "*“b”*s.safetensors*does not hold*");
  refuse_index (fixture, "{\"weight_map\": {\"a\": \"s.safetensors\", \"b\": \"gone.safetensors\"}}", "*index.json needs the file gone.safetensors*");
  refuse_index (fixture, "{\"weight_map\": {\"a\": \"broken.safetensors\"}}", "*broken.safetensors*truncated*3 bytes*");
}

static void
test_no_file (Fixture *fixture,
              gconstpointer data)
{
  g_autofree char *path = g_build_filename (fixture->directory, "none.safetensors", NULL);
  g_autofree char *empty = put (fixture, "empty.safetensors", "");
  g_autoptr (GError) error = NULL;

  g_assert_null (sonde_safetensors_open (path, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, path));
  g_clear_error (&error);
  g_assert_null (sonde_safetensors_open (empty, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT);
  g_clear_error (&error);
  g_assert_null (sonde_safetensors_open (fixture->directory, &error));
  g_assert_nonnull (error);
}

/* Advice changes no byte: neither of the tensor nor of its neighbours, with which it shares pages. */
static void
test_advice (Fixture *fixture,
             gconstpointer data)
{
  const gsize n = 20011;
  const char *const names[] = { "a", "b", "c" };
  g_autofree char *path = g_build_filename (fixture->directory, "advice.safetensors", NULL);
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  g_autoptr (SondeSafetensors) file = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (sonde_safetensors_writer_declare (writer, names[i], SONDE_DTYPE_F32, (const gsize[]){ 1, n }, 2, NULL));
  g_assert_true (sonde_safetensors_writer_open (writer, path, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      float *values = g_new (float, n);
      g_autoptr (SondeTensor) tensor = sonde_tensor_new_take_f32 (values, 1, n);

      for (gsize j = 0; j < n; j++)
        values[j] = (float) (i * 100000 + j);
      g_assert_true (sonde_safetensors_writer_write (writer, names[i], tensor, NULL));
    }
  g_assert_true (sonde_safetensors_writer_close (writer, NULL));

  file = sonde_safetensors_open (path, NULL);
  sonde_safetensors_advise (file, "none", SONDE_SAFETENSORS_DONE);
  for (guint round = 0; round < 2; round++)
    for (guint i = 0; i < G_N_ELEMENTS (names); i++)
      {
        g_autoptr (SondeTensor) tensor = sonde_safetensors_ref_tensor (file, names[i], NULL);
        g_autoptr (SondeTensor) numbers = sonde_tensor_to_f32 (tensor);

        sonde_safetensors_advise (file, names[(i + 1) % 3], SONDE_SAFETENSORS_SOON);
        for (gsize j = 0; j < n; j++)
          g_assert_cmpfloat (sonde_tensor_peek_f32 (numbers)[j], ==, (float) (i * 100000 + j));
        sonde_safetensors_advise (file, names[i], SONDE_SAFETENSORS_DONE);
        g_assert_cmpfloat (sonde_tensor_peek_f32 (numbers)[n / 2], ==, (float) (i * 100000 + n / 2));
      }
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/safetensors/file", test_file);
  ADD ("/safetensors/alignment", test_alignment);
  ADD ("/safetensors/index", test_index);
  ADD ("/safetensors/bad-index", test_bad_index);
  ADD ("/safetensors/no-file", test_no_file);
  ADD ("/safetensors/advice", test_advice);
  return g_test_run ();
}
