#define _GNU_SOURCE /* memmem () */

#include "sonde-npz-private.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "sonde-error.h"

typedef struct
{
  char *directory;
  char *path;
  SondeTable *table;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer data)
{
  fixture->directory = g_dir_make_tmp ("sonde-XXXXXX", NULL);
  g_assert_nonnull (fixture->directory);
  fixture->path = g_build_filename (fixture->directory, "table.npz", NULL);
  fixture->table = sonde_table_new ("things", "Things");
  sonde_table_add_column (fixture->table, "word", SONDE_COLUMN_STRING, NULL, "a word");
  sonde_table_add_column (fixture->table, "whole", SONDE_COLUMN_INTEGER, NULL, "a whole number");
  sonde_table_add_column (fixture->table, "number", SONDE_COLUMN_NUMBER, "1", "a number");
}

static void
tear_down (Fixture *fixture,
           gconstpointer data)
{
  g_object_unref (fixture->table);
  g_remove (fixture->path);
  g_rmdir (fixture->directory);
  g_free (fixture->path);
  g_free (fixture->directory);
}

/* The bytes that follow a header of numpy's with this type and shape. */
static const char *
find_array (const char *file,
            gsize length,
            const char *type,
            const char *shape)
{
  g_autofree char *header = g_strdup_printf ("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, shape);
  const char *place = memmem (file, length, header, strlen (header));

  g_assert_nonnull (place);
  g_assert_cmpuint ((gsize) (place - file) % 64, ==, 10);
  return place - 10 + 128;
}

static void
test_columns (Fixture *fixture,
              gconstpointer data)
{
  const gunichar words[] = { 0x61, 0x2615, 0x1f600, 0, 0, 0 }; /* as the code charts number them, two for each row */
  const gint64 wholes[] = { G_MININT64, 0, G_MAXINT64 };
  const double numbers[] = { 0.1, -INFINITY };
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  const char *array;
  double undefined;
  gsize length;

  sonde_table_add_row (fixture->table, "a\u2615", wholes[0], numbers[0]);
  sonde_table_add_row (fixture->table, "\U0001f600", wholes[1], numbers[1]);
  sonde_table_add_row (fixture->table, "", wholes[2], NAN);
  g_assert_true (_sonde_table_write_npz (fixture->table, fixture->path, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (fixture->path, &found, &length, &error));
  array = find_array (found, length, "<U2", "3,");
  g_assert_cmpmem (array, sizeof words, words, sizeof words);
  g_assert_cmpmem (find_array (found, length, "<i8", "3,"), 24, wholes, 24);
  array = find_array (found, length, "<f8", "3,");
  g_assert_cmpmem (array, 16, numbers, 16);
  memcpy (&undefined, array + 16, 8);
  g_assert_true (isnan (undefined));
}

static void
test_no_rows (Fixture *fixture,
              gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *found = NULL;
  gsize length;

  g_assert_true (_sonde_table_write_npz (fixture->table, fixture->path, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (fixture->path, &found, &length, &error));
  find_array (found, length, "<U1", "0,");
  find_array (found, length, "<i8", "0,");
  find_array (found, length, "<f8", "0,");
}

/* One text of 2^20 characters beside 255 others fills 2^20 * 4 * 256 bytes, which is 1 GiB; one row more is too much. */
static void
test_long_text (Fixture *fixture,
                gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *longest = g_strnfill (1 << 20, 'x');

  for (guint i = 0; i < 256; i++)
    sonde_table_add_row (fixture->table, "x", (gint64) i, 0.0);
  sonde_table_add_row (fixture->table, longest, (gint64) 256, 0.0);
  g_assert_false (_sonde_table_write_npz (fixture->table, fixture->path, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT);
  g_assert_nonnull (strstr (error->message, "tables/things.npz"));
  g_assert_nonnull (strstr (error->message, "“word”"));
}

/* The last byte of a text announces more, so that whoever trusts it reads past the end. */
static void
test_no_utf8 (Fixture *fixture,
              gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  sonde_table_add_row (fixture->table, "caf\xc3", (gint64) 0, 0.0);
  g_assert_false (_sonde_table_write_npz (fixture->table, fixture->path, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT);
  g_assert_nonnull (strstr (error->message, "row 0"));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/npz-table/columns", Fixture, NULL, set_up, test_columns, tear_down);
  g_test_add ("/npz-table/no-rows", Fixture, NULL, set_up, test_no_rows, tear_down);
  g_test_add ("/npz-table/long-text", Fixture, NULL, set_up, test_long_text, tear_down);
  g_test_add ("/npz-table/no-utf8", Fixture, NULL, set_up, test_no_utf8, tear_down);
  return g_test_run ();
}
