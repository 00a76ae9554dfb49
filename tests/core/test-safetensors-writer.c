#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "sonde.h"

typedef struct
{
  char *directory;
  char *path;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("sonde-XXXXXX", NULL);
  g_assert_nonnull (fixture->directory);
  fixture->path = g_build_filename (fixture->directory, "out.safetensors", NULL);
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  g_remove (fixture->path);
  g_rmdir (fixture->directory);
  g_free (fixture->path);
  g_free (fixture->directory);
}

static SondeTensor *
tensor_new (SondeDtype dtype,
            gsize rows,
            gsize columns,
            guint8 first)
{
  const gsize shape[] = { rows, columns };
  const gsize size = rows * columns * sonde_dtype_get_size (dtype);
  guint8 *data = g_malloc (size);
  g_autoptr (GBytes) bytes = NULL;

  for (gsize i = 0; i < size; i++)
    data[i] = (guint8) (first + i);
  bytes = g_bytes_new_take (data, size);
  return sonde_tensor_new (dtype, shape, 2, bytes, NULL);
}

static gboolean
declare (SondeSafetensorsWriter *writer,
         const char *name,
         SondeTensor *tensor,
         GError **error)
{
  guint n_dims;
  const gsize *shape = sonde_tensor_get_shape (tensor, &n_dims);

  return sonde_safetensors_writer_declare (writer, name, sonde_tensor_get_dtype (tensor), shape, n_dims, error);
}

/* The bytes as the format's description says, put together by hand. */
static void
test_bytes (Fixture *fixture,
            gconstpointer data)
{
  const char header[] = "{\"__metadata__\":{\"a\":\"x\\\"\\\\\\u000a\",\"b\":\"é\"},"
                        "\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                        "\"a/b\":{\"dtype\":\"U8\",\"shape\":[3,1],\"data_offsets\":[8,11]}}";
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  g_autoptr (SondeTensor) bytes = tensor_new (SONDE_DTYPE_U8, 3, 1, 100);
  g_autoptr (SondeTensor) floats = tensor_new (SONDE_DTYPE_F32, 1, 2, 0);
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  const gsize padded = (strlen (header) + 7) / 8 * 8;
  gsize length;

  sonde_safetensors_writer_set_metadata (writer, "b", "é");
  sonde_safetensors_writer_set_metadata (writer, "a", "overwritten");
  sonde_safetensors_writer_set_metadata (writer, "a", "x\"\\\n");
  g_assert_true (declare (writer, "a/b", bytes, &error));
  g_assert_true (declare (writer, "w", floats, &error));
  g_assert_true (sonde_safetensors_writer_open (writer, fixture->path, &error));
  g_assert_true (sonde_safetensors_writer_write (writer, "a/b", bytes, &error));
  g_assert_true (sonde_safetensors_writer_write (writer, "w", floats, &error));
  g_assert_true (sonde_safetensors_writer_close (writer, &error));
  g_assert_no_error (error);

  g_assert_true (g_file_get_contents (fixture->path, &found, &length, NULL));
  g_assert_cmpuint (length, ==, 8 + padded + 11);
  g_assert_cmpuint ((guchar) found[0] + 256 * (guchar) found[1], ==, padded);
  g_assert_cmpmem (found + 2, 6, "\0\0\0\0\0\0", 6);
  g_assert_cmpmem (found + 8, strlen (header), header, strlen (header));
  for (gsize i = strlen (header); i < padded; i++)
    g_assert_cmpint (found[8 + i], ==, ' ');
  g_assert_cmpmem (found + 8 + padded, 11, "\0\1\2\3\4\5\6\7def", 11);
}

static void
write_shuffled (const char *path,
                gboolean reversed)
{
  static const SondeDtype dtypes[] = { SONDE_DTYPE_U8, SONDE_DTYPE_F64, SONDE_DTYPE_BF16, SONDE_DTYPE_F32, SONDE_DTYPE_I8, SONDE_DTYPE_I64 };
  const guint n = G_N_ELEMENTS (dtypes);
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  g_autoptr (GError) error = NULL;

  for (guint pass = 0; pass < 2; pass++)
    {
      for (guint k = 0; k < n; k++)
        {
          const guint i = reversed != (pass == 1) ? n - 1 - k : k;
          g_autofree char *name = g_strdup_printf ("t%u", i);
          g_autoptr (SondeTensor) tensor = tensor_new (dtypes[i], 3, i, (guint8) (i * 10)); /* the first is empty */

          if (pass == 0)
            declare (writer, name, tensor, &error);
          else
            sonde_safetensors_writer_write (writer, name, tensor, &error);
          g_assert_no_error (error);
        }
      if (pass == 0)
        sonde_safetensors_writer_open (writer, path, &error);
      g_assert_no_error (error);
    }
  sonde_safetensors_writer_close (writer, &error);
  g_assert_no_error (error);
}

/* Neither the order of declaring nor that of writing shows. */
static void
test_deterministic (Fixture *fixture,
                    gconstpointer data)
{
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;
  gsize n_first, n_second;

  write_shuffled (fixture->path, FALSE);
  g_file_get_contents (fixture->path, &first, &n_first, NULL);
  write_shuffled (fixture->path, TRUE);
  g_file_get_contents (fixture->path, &second, &n_second, NULL);
  g_assert_cmpmem (first, n_first, second, n_second);
}

/* What the writer writes, the reader reads, and in place. */
static void
test_round_trip (Fixture *fixture,
                 gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeSafetensors) file = NULL;
  g_autoptr (SondeTensor) wide = NULL;
  g_autoptr (SondeTensor) single = NULL;
  g_autoptr (SondeTensor) bytes = NULL;
  g_auto (GStrv) names = NULL;

  write_shuffled (fixture->path, FALSE);
  file = sonde_safetensors_open (fixture->path, &error);
  g_assert_no_error (error);
  names = sonde_safetensors_dup_names (file);
  g_assert_cmpuint (g_strv_length (names), ==, 6);
  wide = sonde_safetensors_ref_tensor (file, "t1", NULL);
  single = sonde_safetensors_ref_tensor (file, "t3", NULL);
  bytes = sonde_safetensors_ref_tensor (file, "t4", NULL);
  g_assert_nonnull (sonde_tensor_peek_f64 (wide));
  g_assert_nonnull (sonde_tensor_peek_f32 (single));
  for (guint i = 0; i < 36; i++)
    g_assert_cmpint (((const guint8 *) g_bytes_get_data (sonde_tensor_get_bytes (single), NULL))[i], ==, 30 + i);
  g_assert_cmpuint (sonde_tensor_get_n_columns (bytes), ==, 4);
}

static void
test_empty (Fixture *fixture,
            gconstpointer data)
{
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  g_autoptr (SondeSafetensors) file = NULL;
  g_auto (GStrv) names = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (sonde_safetensors_writer_open (writer, fixture->path, &error));
  g_assert_true (sonde_safetensors_writer_close (writer, &error));
  file = sonde_safetensors_open (fixture->path, &error);
  g_assert_no_error (error);
  names = sonde_safetensors_dup_names (file);
  g_assert_cmpuint (g_strv_length (names), ==, 0);
}

static void
test_declarations (Fixture *fixture,
                   gconstpointer data)
{
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  g_autofree char *long_name = g_strnfill (1025, 'x');
  const gsize huge[] = { G_MAXSIZE / 2, 3 };
  const gsize large[] = { G_MAXSSIZE / 2 };
  const gsize one[] = { 1 };
  g_autoptr (GError) error = NULL;

  g_assert_true (sonde_safetensors_writer_declare (writer, "w", SONDE_DTYPE_U8, one, 1, &error));
  g_assert_false (sonde_safetensors_writer_declare (writer, "w", SONDE_DTYPE_U8, one, 1, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT);
  g_clear_error (&error);
  g_assert_false (sonde_safetensors_writer_declare (writer, "__metadata__", SONDE_DTYPE_U8, one, 1, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT);
  g_clear_error (&error);
  g_assert_false (sonde_safetensors_writer_declare (writer, "\xff", SONDE_DTYPE_U8, one, 1, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT);
  g_clear_error (&error);
  g_assert_false (sonde_safetensors_writer_declare (writer, long_name, SONDE_DTYPE_U8, one, 1, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT);
  g_clear_error (&error);
  g_assert_false (sonde_safetensors_writer_declare (writer, "h", SONDE_DTYPE_U8, huge, 2, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE);
  g_clear_error (&error);

  for (guint i = 0; i < 3; i++) /* each could be, all together cannot */
    g_assert_true (sonde_safetensors_writer_declare (writer, (const char *[]){ "x", "y", "z" }[i], SONDE_DTYPE_U8, large, 1, NULL));
  g_assert_false (sonde_safetensors_writer_open (writer, fixture->path, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

static void
test_writes (Fixture *fixture,
             gconstpointer data)
{
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  g_autoptr (SondeTensor) tensor = tensor_new (SONDE_DTYPE_F32, 2, 3, 0);
  g_autoptr (SondeTensor) turned = tensor_new (SONDE_DTYPE_F32, 3, 2, 0);
  g_autoptr (SondeTensor) integers = tensor_new (SONDE_DTYPE_I32, 2, 3, 0);
  g_autoptr (GError) error = NULL;

  declare (writer, "b", tensor, NULL);
  declare (writer, "a", tensor, NULL);
  g_assert_true (sonde_safetensors_writer_open (writer, fixture->path, &error));
  g_assert_false (sonde_safetensors_writer_write (writer, "c", tensor, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT);
  g_clear_error (&error);
  g_assert_false (sonde_safetensors_writer_write (writer, "a", turned, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE);
  g_assert_true (g_pattern_match_simple ("*“a”*F32 [3, 2]*F32 [2, 3]: *", error->message));
  g_clear_error (&error);
  g_assert_false (sonde_safetensors_writer_write (writer, "a", integers, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE);
  g_clear_error (&error);
  g_assert_true (sonde_safetensors_writer_write (writer, "a", tensor, &error));
  g_assert_false (sonde_safetensors_writer_write (writer, "a", tensor, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT);
  g_clear_error (&error);
  g_assert_false (sonde_safetensors_writer_close (writer, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT);
  g_assert_nonnull (strstr (error->message, "“b”"));
}

static void
test_bad_place (Fixture *fixture,
                gconstpointer data)
{
  g_autofree char *nowhere = g_build_filename (fixture->directory, "missing", "x.safetensors", NULL);
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (sonde_safetensors_writer_open (writer, nowhere, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, nowhere));
}

static void
test_full_disk (Fixture *fixture,
                gconstpointer data)
{
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  g_autoptr (GError) error = NULL;

  if (!g_file_test ("/dev/full", G_FILE_TEST_EXISTS))
    {
      g_test_skip ("this system has no /dev/full");
      return;
    }
  g_assert_false (sonde_safetensors_writer_open (writer, "/dev/full", &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOSPC);
  g_assert_nonnull (strstr (error->message, "/dev/full"));
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("/safetensors-writer/bytes", test_bytes);
  ADD ("/safetensors-writer/deterministic", test_deterministic);
  ADD ("/safetensors-writer/round-trip", test_round_trip);
  ADD ("/safetensors-writer/empty", test_empty);
  ADD ("/safetensors-writer/declarations", test_declarations);
  ADD ("/safetensors-writer/writes", test_writes);
  ADD ("/safetensors-writer/bad-place", test_bad_place);
  ADD ("/safetensors-writer/full-disk", test_full_disk);
  return g_test_run ();
}
