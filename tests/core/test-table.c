#include <math.h>

#include "sonde.h"

static SondeTable *
table_new (void)
{
  SondeTable *table = sonde_table_new ("rsa", "One row a pair");

  sonde_table_add_column (table, "stage", SONDE_COLUMN_STRING, NULL, "The stage");
  sonde_table_add_column (table, "layer", SONDE_COLUMN_INTEGER, NULL, "The layer");
  sonde_table_add_column (table, "score", SONDE_COLUMN_NUMBER, "1", "The score");
  return table;
}

static void
test_columns (void)
{
  g_autoptr (SondeTable) table = table_new ();

  g_assert_cmpstr (sonde_table_get_name (table), ==, "rsa");
  g_assert_cmpstr (sonde_table_get_blurb (table), ==, "One row a pair");
  g_assert_cmpuint (sonde_table_get_n_columns (table), ==, 3);
  g_assert_cmpstr (sonde_table_get_column_name (table, 2), ==, "score");
  g_assert_cmpint (sonde_table_get_column_kind (table, 1), ==, SONDE_COLUMN_INTEGER);
  g_assert_cmpstr (sonde_table_get_column_unit (table, 2), ==, "1");
  g_assert_null (sonde_table_get_column_unit (table, 0));
  g_assert_cmpstr (sonde_table_get_column_blurb (table, 0), ==, "The stage");
  g_assert_cmpuint (sonde_table_get_n_rows (table), ==, 0);
}

static void
test_rows (void)
{
  g_autoptr (SondeTable) table = table_new ();
  char text[] = "input";

  sonde_table_add_row (table, text, (gint64) G_MININT64, 0.5);
  text[0] = 'X'; /* the table has its own copy */
  sonde_table_add_row_variant (table, g_variant_new ("(sxd)", "gelu", (gint64) 7, -1.25));
  g_assert_cmpuint (sonde_table_get_n_rows (table), ==, 2);
  g_assert_cmpstr (sonde_table_get_string (table, 0, 0), ==, "input");
  g_assert_cmpint (sonde_table_get_integer (table, 0, 1), ==, G_MININT64);
  g_assert_cmpfloat (sonde_table_get_number (table, 0, 2), ==, 0.5);
  g_assert_cmpstr (sonde_table_get_string (table, 1, 0), ==, "gelu");
  g_assert_cmpint (sonde_table_get_integer (table, 1, 1), ==, 7);
  g_assert_cmpfloat (sonde_table_get_number (table, 1, 2), ==, -1.25);
}

static void
test_csv (void)
{
  g_autoptr (SondeTable) table = table_new ();
  g_autofree char *csv = NULL;

  sonde_table_add_row (table, "plain", (gint64) -3, 0.1);
  sonde_table_add_row (table, " coffee", (gint64) 0, NAN);
  sonde_table_add_row (table, "a,b", (gint64) 0, INFINITY);
  sonde_table_add_row (table, "say \"no\"", (gint64) 0, -INFINITY);
  sonde_table_add_row (table, "\n", (gint64) 0, -0.0);
  sonde_table_add_row (table, "\r", (gint64) 0, 92.0);
  sonde_table_add_row (table, "", (gint64) 0, 8.967632185274773);
  sonde_table_add_row (table, "café “x”", (gint64) G_MAXINT64, 1e-7);
  csv = sonde_table_to_csv (table);
  g_assert_cmpstr (csv, ==,
                   "stage,layer,score\r\n"
                   "plain,-3,0.1\r\n"
                   " coffee,0,\r\n"
                   "\"a,b\",0,inf\r\n"
                   "\"say \"\"no\"\"\",0,-inf\r\n"
                   "\"\n\",0,-0\r\n"
                   "\"\r\",0,92\r\n"
                   ",0,8.967632185274773\r\n"
                   "café “x”,9223372036854775807,1e-07\r\n");
}

/* A record that is one empty field must not become an empty line. */
static void
test_csv_one_column (void)
{
  g_autoptr (SondeTable) table = sonde_table_new ("one", "One column");
  g_autofree char *empty = NULL;
  g_autofree char *csv = NULL;

  sonde_table_add_column (table, "x", SONDE_COLUMN_NUMBER, NULL, "Some number");
  empty = sonde_table_to_csv (table);
  g_assert_cmpstr (empty, ==, "x\r\n");
  sonde_table_add_row (table, NAN);
  sonde_table_add_row (table, 1.0);
  csv = sonde_table_to_csv (table);
  g_assert_cmpstr (csv, ==, "x\r\n\"\"\r\n1\r\n");
}

static void
test_many_rows (void)
{
  g_autoptr (SondeTable) table = table_new ();
  g_autoptr (GRand) random = g_rand_new_with_seed (11);
  g_autofree double *values = g_new (double, 5000);
  g_autofree char *csv = NULL;
  g_auto (GStrv) lines = NULL;

  for (guint i = 0; i < 5000; i++)
    {
      values[i] = g_rand_double (random);
      sonde_table_add_row (table, i % 2 ? "a" : "b", (gint64) i, values[i]);
    }
  csv = sonde_table_to_csv (table);
  lines = g_strsplit (csv, "\r\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 5002);
  for (guint i = 0; i < 5000; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i + 1], ",", -1);

      g_assert_cmpstr (fields[0], ==, i % 2 ? "a" : "b");
      g_assert_cmpuint (g_ascii_strtoull (fields[1], NULL, 10), ==, i);
      g_assert_cmpfloat (g_ascii_strtod (fields[2], NULL), ==, values[i]);
    }
}

static void
test_mistakes (void)
{
  g_autoptr (SondeTable) table = table_new ();

  sonde_table_add_row (table, "x", (gint64) 1, 2.0);
  g_test_expect_message ("sonde", G_LOG_LEVEL_CRITICAL, "*cells->len == 0*");
  sonde_table_add_column (table, "late", SONDE_COLUMN_STRING, NULL, "Too late");
  g_test_expect_message ("sonde", G_LOG_LEVEL_CRITICAL, "*kind == kind*");
  sonde_table_get_integer (table, 0, 0);
  g_test_expect_message ("sonde", G_LOG_LEVEL_CRITICAL, "*n_rows*");
  g_assert_true (isnan (sonde_table_get_number (table, 1, 2)));
  g_test_assert_expected_messages ();
  g_assert_cmpuint (sonde_table_get_n_columns (table), ==, 3);
}

static void
test_wrong_variant (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (SondeTable) table = table_new ();

      sonde_table_add_row_variant (table, g_variant_new ("(sid)", "x", 1, 2.0));
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*table *rsa* is of type (sid)*(sxd)*");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/table/columns", test_columns);
  g_test_add_func ("/table/rows", test_rows);
  g_test_add_func ("/table/csv", test_csv);
  g_test_add_func ("/table/csv-one-column", test_csv_one_column);
  g_test_add_func ("/table/many-rows", test_many_rows);
  g_test_add_func ("/table/mistakes", test_mistakes);
  g_test_add_func ("/table/wrong-variant", test_wrong_variant);
  return g_test_run ();
}
