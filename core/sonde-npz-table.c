#define G_LOG_DOMAIN "sonde"

#include "sonde-npz-private.h"

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-limits-private.h"

/* Tables as arrays, one for each column. Numpy knows no strings of different lengths: each takes as much as the longest of its
 * column, four bytes a character, so that one long text among many rows could fill a memory. */

static GBytes *
integers_of (SondeTable *table,
             guint column)
{
  const guint n = sonde_table_get_n_rows (table);
  gint64 *values = g_new (gint64, n);

  for (guint row = 0; row < n; row++)
    values[row] = sonde_table_get_integer (table, row, column);
  return g_bytes_new_take (values, n * sizeof *values);
}

static GBytes *
numbers_of (SondeTable *table,
            guint column)
{
  const guint n = sonde_table_get_n_rows (table);
  double *values = g_new (double, n);

  for (guint row = 0; row < n; row++)
    values[row] = sonde_table_get_number (table, row, column);
  return g_bytes_new_take (values, n * sizeof *values);
}

/* Characters of the longest; at least 1, as numpy has it, whose readers stumble over elements of no bytes. */
static gboolean
measure_texts (SondeTable *table,
               guint column,
               gsize *longest,
               GError **error)
{
  const guint n = sonde_table_get_n_rows (table);

  *longest = 1;
  for (guint row = 0; row < n; row++)
    {
      const char *text = sonde_table_get_string (table, row, column);

      if (!g_utf8_validate (text, -1, NULL))
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("tables/%s.npz cannot be written: row %u of column “%s” is not UTF-8: this is a defect of the plugin: tell its authors"),
                       sonde_table_get_name (table), row, sonde_table_get_column_name (table, column));
          return FALSE;
        }
      *longest = MAX (*longest, (gsize) g_utf8_strlen (text, -1));
    }
  if (*longest <= SONDE_MAX_COLUMN_BYTES / sizeof (gunichar) / MAX (n, 1))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("tables/%s.npz cannot be written: column “%s” takes more than 1 GiB where every text is as wide as the longest; leave npz out of --format"),
               sonde_table_get_name (table), sonde_table_get_column_name (table, column));
  return FALSE;
}

/* UTF-32, filled up with zeros. */
static GBytes *
texts_of (SondeTable *table,
          guint column,
          char **type,
          GError **error)
{
  const guint n = sonde_table_get_n_rows (table);
  gsize longest;
  gunichar *letters;

  if (!measure_texts (table, column, &longest, error))
    return NULL;
  letters = g_new0 (gunichar, n * longest);
  for (guint row = 0; row < n; row++)
    {
      gunichar *letter = letters + row * longest;

      for (const char *p = sonde_table_get_string (table, row, column); *p != '\0'; p = g_utf8_next_char (p))
        *letter++ = g_utf8_get_char (p);
    }
  *type = g_strdup_printf ("<U%" G_GSIZE_FORMAT, longest);
  return g_bytes_new_take (letters, n * longest * sizeof *letters);
}

static GBytes *
values_of (SondeTable *table,
           guint column,
           char **type,
           GError **error)
{
  switch (sonde_table_get_column_kind (table, column))
    {
    case SONDE_COLUMN_STRING:
      return texts_of (table, column, type, error);
    case SONDE_COLUMN_INTEGER:
      *type = g_strdup ("<i8");
      return integers_of (table, column);
    case SONDE_COLUMN_NUMBER:
    default:
      *type = g_strdup ("<f8");
      return numbers_of (table, column);
    }
}

static gboolean
add_column (SondeNpzWriter *writer,
            SondeTable *table,
            guint column,
            GError **error)
{
  g_autofree char *type = NULL;
  g_autoptr (GBytes) values = values_of (table, column, &type, error);

  return values != NULL && _sonde_npz_writer_add_list (writer, sonde_table_get_column_name (table, column), type, sonde_table_get_n_rows (table), values, error);
}

gboolean
_sonde_table_write_npz (SondeTable *table,
                        const char *path,
                        GError **error)
{
  g_autoptr (SondeNpzWriter) writer = _sonde_npz_writer_open (path, error);

  if (writer == NULL)
    return FALSE;
  for (guint i = 0; i < sonde_table_get_n_columns (table); i++)
    if (!add_column (writer, table, i, error))
      return FALSE;
  return _sonde_npz_writer_close (writer, error);
}
