#include "sonde-npz-private.h"

#include <glib/gstdio.h>
#include <string.h>

#include "sonde-error.h"

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
  fixture->path = g_build_filename (fixture->directory, "out.npz", NULL);
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

/* "123456789" and its check value, from the catalogues of checksums; the rest as the format's description says, by hand. */
#define NINE "123456789"
#define CHECKSUM "\x26\x39\xf4\xcb"
#define SHARED "\x2d\0\0\x08\0\0\0\0\x21\0" CHECKSUM "\xff\xff\xff\xff\xff\xff\xff\xff\x06\0"
#define LONG_9 "\x09\0\0\0\0\0\0\0"
#define HEADER "PK\x03\x04" SHARED "\x14\0nine/a\x01\0\x10\0" LONG_9 LONG_9 NINE
#define ENTRY "PK\x01\x02\x2d\x03" SHARED "\x1c\0\0\0\0\0\0\0\0\0\xa4\x81\xff\xff\xff\xffnine/a\x01\0\x18\0" LONG_9 LONG_9 "\0\0\0\0\0\0\0\0"
#define END_64 "PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\x03\x2d\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x50\0\0\0\0\0\0\0\x41\0\0\0\0\0\0\0"
#define LOCATOR "PK\x06\x07\0\0\0\0\x91\0\0\0\0\0\0\0\x01\0\0\0"
#define END "PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0"

static void
test_bytes (Fixture *fixture,
            gconstpointer data)
{
  const char expected[] = HEADER ENTRY END_64 LOCATOR END;
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeNpzWriter) writer = _sonde_npz_writer_open (fixture->path, &error);
  g_autoptr (GBytes) bytes = g_bytes_new_static (NINE, strlen (NINE));
  g_autofree char *found = NULL;
  gsize length;

  g_assert_no_error (error);
  g_assert_true (_sonde_npz_writer_add (writer, "nine/a", bytes, &error));
  g_assert_true (_sonde_npz_writer_close (writer, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (fixture->path, &found, &length, &error));
  g_assert_cmpmem (found, length, expected, sizeof expected - 1);
}

/* An array's member is a version 1.0 .npy file whose data begin at a multiple of 64. */
static void
test_array (Fixture *fixture,
            gconstpointer data)
{
  const char start[] = "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
  const float values[] = { 1, 2, 3, -4, 5.5f, 0 };
  const gsize shape[] = { 2, 3 };
  const gsize before = 30 + strlen ("c/L0/s.npy") + 20; /* the member's header */
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeNpzWriter) writer = _sonde_npz_writer_open (fixture->path, &error);
  g_autoptr (GBytes) bytes = g_bytes_new_static (values, sizeof values);
  g_autoptr (SondeTensor) tensor = sonde_tensor_new (SONDE_DTYPE_F32, shape, 2, bytes, NULL);
  g_autofree char *found = NULL;
  gsize length;

  g_assert_true (_sonde_npz_writer_add_array (writer, "c/L0/s", tensor, &error));
  g_assert_true (_sonde_npz_writer_close (writer, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (fixture->path, &found, &length, &error));
  g_assert_cmpmem (found + 30, 10, "c/L0/s.npy", 10);
  g_assert_cmpmem (found + before, sizeof start - 1, start, sizeof start - 1);
  g_assert_cmpint (found[before + 127], ==, '\n');
  g_assert_cmpmem (found + before + 128, sizeof values, values, sizeof values);
}

/* What is there stays, and a name that the format has no room for is refused. */
static void
test_refusals (Fixture *fixture,
               gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeNpzWriter) writer = _sonde_npz_writer_open (fixture->path, &error);
  g_autoptr (GBytes) bytes = g_bytes_new_static (NINE, strlen (NINE));
  g_autofree char *name = g_strnfill (65536, 'n');

  g_assert_no_error (error);
  g_assert_null (_sonde_npz_writer_open (fixture->path, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT);
  g_assert_nonnull (strstr (error->message, fixture->path));
  g_clear_error (&error);
  g_assert_false (_sonde_npz_writer_add (writer, name, bytes, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT);
  g_clear_error (&error);
  g_assert_true (_sonde_npz_writer_add (writer, name + 1, bytes, &error));
  g_assert_no_error (error);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/npz-writer/bytes", Fixture, NULL, set_up, test_bytes, tear_down);
  g_test_add ("/npz-writer/array", Fixture, NULL, set_up, test_array, tear_down);
  g_test_add ("/npz-writer/refusals", Fixture, NULL, set_up, test_refusals, tear_down);
  return g_test_run ();
}
