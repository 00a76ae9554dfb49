#define G_LOG_DOMAIN "sonde"

#include "sonde-report-private.h"

#include <math.h>

#include "sonde-number-private.h"

/* Tables as JSON. They are most of results.json, tens of thousands of cells that are equal in form: written as text, they take
 * a tenth of the time and of the memory that a tree of nodes takes, and look like the rest of the file. */

typedef struct
{
  GString *text;
  guint depth;     /* objects and arrays that are open */
  gboolean filled; /* the innermost one has something in it */
} Writer;

static void
append_string (GString *text,
               const char *string)
{
  static const char letters[] = "btn\0fr"; /* from 8 to 13 */
  const char *copied = string;

  g_string_append_c (text, '"');
  for (const char *p = string; *p != '\0'; p++)
    {
      const guchar c = (guchar) *p;

      if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
        continue;
      g_string_append_len (text, copied, p - copied);
      copied = p + 1;
      if (c == '"' || c == '\\')
        g_string_append_printf (text, "\\%c", c);
      else if (c >= 8 && c <= 13 && c != 11)
        g_string_append_printf (text, "\\%c", letters[c - 8]);
      else
        g_string_append_printf (text, "\\u%04x", c);
    }
  g_string_append (text, copied);
  g_string_append_c (text, '"');
}

static void
new_line (Writer *self)
{
  g_string_append_c (self->text, '\n');
  for (guint i = 0; i < self->depth; i++)
    g_string_append (self->text, "  ");
}

static void
begin_member (Writer *self,
              const char *key)
{
  if (self->filled)
    g_string_append_c (self->text, ',');
  new_line (self);
  self->filled = TRUE;
  if (key == NULL)
    return;
  append_string (self->text, key);
  g_string_append (self->text, " : ");
}

static void
open_bracket (Writer *self,
              char bracket)
{
  g_string_append_c (self->text, bracket);
  self->depth++;
  self->filled = FALSE;
}

static void
close_bracket (Writer *self,
               char bracket)
{
  self->depth--;
  if (self->filled)
    new_line (self);
  g_string_append_c (self->text, bracket);
  self->filled = TRUE;
}

static void
write_string (Writer *self,
              const char *key,
              const char *string)
{
  begin_member (self, key);
  append_string (self->text, string);
}

static void
write_columns (Writer *self,
               SondeTable *table)
{
  begin_member (self, "columns");
  open_bracket (self, '[');
  for (guint i = 0; i < sonde_table_get_n_columns (table); i++)
    {
      const char *unit = sonde_table_get_column_unit (table, i);

      begin_member (self, NULL);
      open_bracket (self, '{');
      write_string (self, "name", sonde_table_get_column_name (table, i));
      if (unit != NULL)
        write_string (self, "unit", unit);
      write_string (self, "description", sonde_table_get_column_blurb (table, i));
      close_bracket (self, '}');
    }
  close_bracket (self, ']');
}

static void
append_integer (GString *text,
                gint64 integer)
{
  char digits[24];
  char *p = digits + sizeof digits;
  guint64 rest = integer < 0 ? -(guint64) integer : (guint64) integer;

  do
    *--p = '0' + (char) (rest % 10);
  while ((rest /= 10) > 0);
  if (integer < 0)
    *--p = '-';
  g_string_append_len (text, p, digits + sizeof digits - p);
}

/* JSON has no word for what is undefined or infinite but null. */
static void
append_cell (GString *text,
             SondeTable *table,
             guint row,
             guint column)
{
  char digits[_SONDE_NUMBER_SIZE];
  double number;

  switch (sonde_table_get_column_kind (table, column))
    {
    case SONDE_COLUMN_STRING:
      append_string (text, sonde_table_get_string (table, row, column));
      return;
    case SONDE_COLUMN_INTEGER:
      append_integer (text, sonde_table_get_integer (table, row, column));
      return;
    case SONDE_COLUMN_NUMBER:
    default:
      number = sonde_table_get_number (table, row, column);
      g_string_append (text, isfinite (number) ? _sonde_number_format (number, digits) : "null");
    }
}

static void
write_rows (Writer *self,
            SondeTable *table)
{
  const guint n_columns = sonde_table_get_n_columns (table);
  g_auto (GStrv) keys = g_new0 (char *, n_columns + 1);

  for (guint i = 0; i < n_columns; i++)
    {
      g_autoptr (GString) key = g_string_new (NULL);

      append_string (key, sonde_table_get_column_name (table, i));
      g_string_append (key, " : ");
      keys[i] = g_string_free (g_steal_pointer (&key), FALSE);
    }
  begin_member (self, "rows");
  open_bracket (self, '[');
  for (guint row = 0; row < sonde_table_get_n_rows (table); row++)
    {
      begin_member (self, NULL);
      open_bracket (self, '{');
      for (guint i = 0; i < n_columns; i++)
        {
          begin_member (self, NULL);
          g_string_append (self->text, keys[i]);
          append_cell (self->text, table, row, i);
        }
      close_bracket (self, '}');
    }
  close_bracket (self, ']');
}

void
_sonde_tables_append_json (GString *text,
                           GPtrArray *tables,
                           guint depth)
{
  Writer writer = { text, depth, FALSE };

  open_bracket (&writer, '{');
  for (guint i = 0; i < tables->len; i++)
    {
      SondeTable *table = g_ptr_array_index (tables, i);

      begin_member (&writer, sonde_table_get_name (table));
      open_bracket (&writer, '{');
      write_string (&writer, "description", sonde_table_get_blurb (table));
      write_columns (&writer, table);
      write_rows (&writer, table);
      close_bracket (&writer, '}');
    }
  close_bracket (&writer, '}');
}
