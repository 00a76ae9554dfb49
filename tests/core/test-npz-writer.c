#define _GNU_SOURCE /* memmem () */

#include "sonde-npz-private.h"

#include <archive.h>
#include <archive_entry.h>
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
#define SIZES_9 "\x01\0\x10\0" LONG_9 LONG_9
/* 30 + 6 + 20 bytes, so 8 more to the first multiple of 64 */
#define HEADER "PK\x03\x04" SHARED "\x1c\0nine/a" SIZES_9 "\x35\xd9\x04\0\x40\0\0\0" NINE
#define ENTRY "PK\x01\x02\x2d\x03" SHARED "\x1c\0\0\0\0\0\0\0\0\0\xa4\x81\xff\xff\xff\xffnine/a\x01\0\x18\0" LONG_9 LONG_9 "\0\0\0\0\0\0\0\0"
#define END_64 "PK\x06\x06\x2c\0\0\0\0\0\0\0\x2d\x03\x2d\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x50\0\0\0\0\0\0\0\x49\0\0\0\0\0\0\0"
#define LOCATOR "PK\x06\x07\0\0\0\0\x99\0\0\0\0\0\0\0\x01\0\0\0"
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
  const gsize before = 128; /* the member's header takes 30 + 10 + 20 bytes, which leaves no room for padding before 64 */
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

/* A list of strings, each as wide as the longest, in UTF-32. */
static void
test_list (Fixture *fixture,
           gconstpointer data)
{
  const char start[] = "\x93NUMPY\x01\x00\x76\x00{'descr': '<U2', 'fortran_order': False, 'shape': (2,), }";
  const char letters[] = "a\0\0\0b\0\0\0c\0\0\0\0\0\0";
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeNpzWriter) writer = _sonde_npz_writer_open (fixture->path, &error);
  g_autoptr (GBytes) bytes = g_bytes_new_static (letters, sizeof letters);
  g_autofree char *found = NULL;
  gsize length;

  g_assert_true (_sonde_npz_writer_add_list (writer, "text", "<U2", 2, bytes, &error));
  g_assert_true (_sonde_npz_writer_close (writer, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (fixture->path, &found, &length, &error));
  g_assert_cmpmem (found + 64, sizeof start - 1, start, sizeof start - 1);
  g_assert_cmpint (found[64 + 127], ==, '\n');
  g_assert_cmpmem (found + 64 + 128, 16, letters, 16);
}

/* Names of all lengths, so that every amount of padding comes up: libarchive, which knows nothing of this writer, finds all data,
 * and each at a multiple of 64. */
static void
test_alignment (Fixture *fixture,
                gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeNpzWriter) writer = _sonde_npz_writer_open (fixture->path, &error);
  g_autofree char *found = NULL;
  struct archive *archive = archive_read_new ();
  struct archive_entry *entry;
  const char *place;
  gsize length;
  guint n = 0;

  for (guint i = 1; i <= 2 * 64 + 1; i++)
    {
      g_autofree char *name = g_strnfill (i, 'n');
      g_autofree char *text = g_strdup_printf ("data of %u", i);
      g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

      g_assert_true (_sonde_npz_writer_add (writer, name, bytes, &error));
    }
  g_assert_true (_sonde_npz_writer_close (writer, &error));
  g_assert_true (g_file_get_contents (fixture->path, &found, &length, &error));
  place = found;
  archive_read_support_format_zip_seekable (archive);
  g_assert_cmpint (archive_read_open_filename (archive, fixture->path, 4096), ==, ARCHIVE_OK);
  while (archive_read_next_header (archive, &entry) == ARCHIVE_OK)
    {
      g_autofree char *text = g_strdup_printf ("data of %u", ++n);
      char read[32];

      g_assert_cmpuint (strlen (archive_entry_pathname (entry)), ==, n);
      g_assert_cmpint (archive_read_data (archive, read, sizeof read), ==, strlen (text));
      g_assert_cmpmem (read, strlen (text), text, strlen (text));
      place = memmem (place, length - (gsize) (place - found), text, strlen (text));
      g_assert_nonnull (place);
      g_assert_cmpuint ((gsize) (place - found) % 64, ==, 0);
    }
  g_assert_cmpuint (n, ==, 2 * 64 + 1);
  g_assert_null (archive_error_string (archive));
  archive_read_free (archive);
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
  g_test_add ("/npz-writer/list", Fixture, NULL, set_up, test_list, tear_down);
  g_test_add ("/npz-writer/alignment", Fixture, NULL, set_up, test_alignment, tear_down);
  g_test_add ("/npz-writer/refusals", Fixture, NULL, set_up, test_refusals, tear_down);
  return g_test_run ();
}
