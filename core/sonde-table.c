#define G_LOG_DOMAIN "sonde"

#include "sonde-table-private.h"

#include <math.h>
#include <string.h>

#include "sonde-number-private.h"

typedef struct
{
  char *name;
  SondeColumnKind kind;
  char *unit;
  char *blurb;
} Column;

typedef union
{
  const char *string; /* in the table's chunk */
  gint64 integer;
  double number;
} Cell;

G_STATIC_ASSERT (sizeof (Cell) == sizeof (double) && sizeof (Cell) == sizeof (gint64));

/**
 * SondeTable:
 *
 * Rows under named, typed columns with units: what an analyzer computed, for files and for people. A number that is NaN is
 * "undefined": an empty field in CSV, null in JSON.
 */
struct _SondeTable
{
  GObject parent_instance;

  char *name;
  char *blurb;
  GArray *columns;
  GArray *cells;         /* row after row */
  GStringChunk *strings; /* each different string once: conditions and stages repeat in every row */
};

G_DEFINE_FINAL_TYPE (SondeTable, sonde_table, G_TYPE_OBJECT)

static void
column_clear (gpointer data)
{
  Column *column = data;

  g_free (column->name);
  g_free (column->unit);
  g_free (column->blurb);
}

static void
sonde_table_finalize (GObject *object)
{
  SondeTable *self = SONDE_TABLE (object);

  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->blurb, g_free);
  g_clear_pointer (&self->columns, g_array_unref);
  g_clear_pointer (&self->cells, g_array_unref);
  g_clear_pointer (&self->strings, g_string_chunk_free);
  G_OBJECT_CLASS (sonde_table_parent_class)->finalize (object);
}

static void
sonde_table_class_init (SondeTableClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_table_finalize;
}

static void
sonde_table_init (SondeTable *self)
{
  self->columns = g_array_new (FALSE, FALSE, sizeof (Column));
  g_array_set_clear_func (self->columns, column_clear);
  self->cells = g_array_new (FALSE, FALSE, sizeof (Cell));
  self->strings = g_string_chunk_new (1024);
}

/**
 * sonde_table_new:
 * @name: the file's name without its ending: "profile"
 * @blurb: what the rows are, in one sentence
 *
 * Makes a table without columns.
 *
 * Returns: (transfer full): a new table without columns and rows
 */
SondeTable *
sonde_table_new (const char *name,
                 const char *blurb)
{
  SondeTable *self;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (blurb != NULL, NULL);

  self = g_object_new (SONDE_TYPE_TABLE, NULL);
  self->name = g_strdup (name);
  self->blurb = g_strdup (blurb);
  return self;
}

/**
 * sonde_table_get_name:
 * @self: a table
 *
 * Gives the name of the table, and of its file.
 *
 * Returns: (transfer none): the file's name without its ending
 */
const char *
sonde_table_get_name (SondeTable *self)
{
  g_return_val_if_fail (SONDE_IS_TABLE (self), NULL);

  return self->name;
}

/**
 * sonde_table_get_blurb:
 * @self: a table
 *
 * Gives a sentence about the table.
 *
 * Returns: (transfer none): what the rows are
 */
const char *
sonde_table_get_blurb (SondeTable *self)
{
  g_return_val_if_fail (SONDE_IS_TABLE (self), NULL);

  return self->blurb;
}

/* ---- columns ---- */

static const Column *
get_column (SondeTable *self,
            guint column)
{
  g_return_val_if_fail (SONDE_IS_TABLE (self), NULL);
  g_return_val_if_fail (column < self->columns->len, NULL);

  return &g_array_index (self->columns, Column, column);
}

/**
 * sonde_table_add_column:
 * @self: a table without rows
 * @name: its name in files, in snake_case
 * @kind: what its fields hold
 * @unit: (nullable): the unit of its fields, "1" for plain ratios; %NULL where units mean nothing
 * @blurb: what it holds, in one sentence
 *
 * Adds a column to the right. All columns come before the first row.
 */
void
sonde_table_add_column (SondeTable *self,
                        const char *name,
                        SondeColumnKind kind,
                        const char *unit,
                        const char *blurb)
{
  Column column;

  g_return_if_fail (SONDE_IS_TABLE (self));
  g_return_if_fail (name != NULL);
  g_return_if_fail (blurb != NULL);
  g_return_if_fail (kind == SONDE_COLUMN_STRING || kind == SONDE_COLUMN_INTEGER || kind == SONDE_COLUMN_NUMBER);
  g_return_if_fail (self->cells->len == 0);

  column.name = g_strdup (name);
  column.kind = kind;
  column.unit = g_strdup (unit);
  column.blurb = g_strdup (blurb);
  g_array_append_val (self->columns, column);
}

/**
 * sonde_table_get_n_columns:
 * @self: a table
 *
 * Counts the columns.
 *
 * Returns: how many columns it has
 */
guint
sonde_table_get_n_columns (SondeTable *self)
{
  g_return_val_if_fail (SONDE_IS_TABLE (self), 0);

  return self->columns->len;
}

/**
 * sonde_table_get_column_name:
 * @self: a table
 * @column: which column, from 0
 *
 * Gives the name of a column, in snake_case.
 *
 * Returns: (transfer none): its name in files
 */
const char *
sonde_table_get_column_name (SondeTable *self,
                             guint column)
{
  const Column *found = get_column (self, column);

  return found != NULL ? found->name : NULL;
}

/**
 * sonde_table_get_column_kind:
 * @self: a table
 * @column: which column, from 0
 *
 * Says of which kind a column's values are.
 *
 * Returns: what its fields hold
 */
SondeColumnKind
sonde_table_get_column_kind (SondeTable *self,
                             guint column)
{
  const Column *found = get_column (self, column);

  return found != NULL ? found->kind : SONDE_COLUMN_STRING;
}

/**
 * sonde_table_get_column_unit:
 * @self: a table
 * @column: which column, from 0
 *
 * Gives the unit of a column.
 *
 * Returns: (transfer none) (nullable): the unit of its fields
 */
const char *
sonde_table_get_column_unit (SondeTable *self,
                             guint column)
{
  const Column *found = get_column (self, column);

  return found != NULL ? found->unit : NULL;
}

/**
 * sonde_table_get_column_blurb:
 * @self: a table
 * @column: which column, from 0
 *
 * Gives a sentence about a column.
 *
 * Returns: (transfer none): what it holds
 */
const char *
sonde_table_get_column_blurb (SondeTable *self,
                              guint column)
{
  const Column *found = get_column (self, column);

  return found != NULL ? found->blurb : NULL;
}

/* ---- rows ---- */

/* One string a row may be long and unique, as in a list of tokens: the chunk still holds it once. */
static void
append_cell (SondeTable *self,
             Cell cell)
{
  g_array_append_val (self->cells, cell);
}

void
_sonde_table_append_string (SondeTable *self,
                            const char *string)
{
  append_cell (self, (Cell){ .string = g_string_chunk_insert_const (self->strings, string) });
}

void
_sonde_table_append_integer (SondeTable *self,
                             gint64 integer)
{
  append_cell (self, (Cell){ .integer = integer });
}

void
_sonde_table_append_number (SondeTable *self,
                            double number)
{
  append_cell (self, (Cell){ .number = number });
}

/**
 * sonde_table_add_row: (skip)
 * @self: a table with all its columns
 * @...: one argument a column, in order: UTF-8 strings (copied), #gint64 for integers, double for numbers
 *
 * Adds a row. C passes a plain int differently from a #gint64: cast integers.
 */
void
sonde_table_add_row (SondeTable *self,
                     ...)
{
  va_list arguments;

  g_return_if_fail (SONDE_IS_TABLE (self));
  g_return_if_fail (self->columns->len > 0);

  va_start (arguments, self);
  for (guint i = 0; i < self->columns->len; i++)
    switch (g_array_index (self->columns, Column, i).kind)
      {
      case SONDE_COLUMN_STRING:
        {
          const char *string = va_arg (arguments, const char *);

          if (string == NULL)
            g_critical ("The text for column “%s” of table “%s” is NULL", g_array_index (self->columns, Column, i).name, self->name);
          _sonde_table_append_string (self, string != NULL ? string : "");
        }
        break;
      case SONDE_COLUMN_INTEGER:
        _sonde_table_append_integer (self, va_arg (arguments, gint64));
        break;
      case SONDE_COLUMN_NUMBER:
        _sonde_table_append_number (self, va_arg (arguments, double));
        break;
      }
  va_end (arguments);
}

static char *
dup_row_signature (SondeTable *self)
{
  static const char letters[] = { [SONDE_COLUMN_STRING] = 's', [SONDE_COLUMN_INTEGER] = 'x', [SONDE_COLUMN_NUMBER] = 'd' };
  GString *signature = g_string_new ("(");

  for (guint i = 0; i < self->columns->len; i++)
    g_string_append_c (signature, letters[g_array_index (self->columns, Column, i).kind]);
  g_string_append_c (signature, ')');
  return g_string_free (signature, FALSE);
}

/**
 * sonde_table_add_row_variant: (rename-to sonde_table_add_row)
 * @self: a table with all its columns
 * @row: a tuple with one member a column, in order: `s` for strings, `x` for integers, `d` for numbers
 *
 * Adds a row, for languages that cannot call functions with variable arguments. A floating @row is consumed.
 */
void
sonde_table_add_row_variant (SondeTable *self,
                             GVariant *row)
{
  g_autoptr (GVariant) owned = NULL;
  g_autofree char *signature = NULL;

  g_return_if_fail (SONDE_IS_TABLE (self));
  g_return_if_fail (row != NULL);

  owned = g_variant_ref_sink (row);
  signature = dup_row_signature (self);
  if (!g_variant_is_of_type (owned, G_VARIANT_TYPE (signature)))
    {
      g_critical ("A row of table “%s” is of type %s; its columns demand %s", self->name, g_variant_get_type_string (owned), signature);
      return;
    }
  for (guint i = 0; i < self->columns->len; i++)
    {
      g_autoptr (GVariant) value = g_variant_get_child_value (owned, i);

      switch (g_array_index (self->columns, Column, i).kind)
        {
        case SONDE_COLUMN_STRING:
          _sonde_table_append_string (self, g_variant_get_string (value, NULL));
          break;
        case SONDE_COLUMN_INTEGER:
          _sonde_table_append_integer (self, g_variant_get_int64 (value));
          break;
        case SONDE_COLUMN_NUMBER:
          _sonde_table_append_number (self, g_variant_get_double (value));
          break;
        }
    }
}

/**
 * sonde_table_get_n_rows:
 * @self: a table
 *
 * Counts the rows.
 *
 * Returns: how many rows were added
 */
guint
sonde_table_get_n_rows (SondeTable *self)
{
  g_return_val_if_fail (SONDE_IS_TABLE (self), 0);

  return self->columns->len == 0 ? 0 : self->cells->len / self->columns->len;
}

static const Cell *
get_cell (SondeTable *self,
          guint row,
          guint column,
          SondeColumnKind kind)
{
  g_return_val_if_fail (SONDE_IS_TABLE (self), NULL);
  g_return_val_if_fail (column < self->columns->len, NULL);
  g_return_val_if_fail (row < sonde_table_get_n_rows (self), NULL);
  g_return_val_if_fail (g_array_index (self->columns, Column, column).kind == kind, NULL);

  return &g_array_index (self->cells, Cell, (gsize) row * self->columns->len + column);
}

/**
 * sonde_table_get_string:
 * @self: a table
 * @row: which row, from 0
 * @column: which column, from 0; one of strings
 *
 * Gives a value of a column of strings.
 *
 * Returns: (transfer none): the field
 */
const char *
sonde_table_get_string (SondeTable *self,
                        guint row,
                        guint column)
{
  const Cell *cell = get_cell (self, row, column, SONDE_COLUMN_STRING);

  return cell != NULL ? cell->string : NULL;
}

/**
 * sonde_table_get_integer:
 * @self: a table
 * @row: which row, from 0
 * @column: which column, from 0; one of integers
 *
 * Gives a value of a column of integers.
 *
 * Returns: the field
 */
gint64
sonde_table_get_integer (SondeTable *self,
                         guint row,
                         guint column)
{
  const Cell *cell = get_cell (self, row, column, SONDE_COLUMN_INTEGER);

  return cell != NULL ? cell->integer : 0;
}

/**
 * sonde_table_get_number:
 * @self: a table
 * @row: which row, from 0
 * @column: which column, from 0; one of numbers
 *
 * Gives a value of a column of numbers.
 *
 * Returns: the field; NaN where it is undefined
 */
double
sonde_table_get_number (SondeTable *self,
                        guint row,
                        guint column)
{
  const Cell *cell = get_cell (self, row, column, SONDE_COLUMN_NUMBER);

  return cell != NULL ? cell->number : NAN;
}

/**
 * sonde_table_dup_column:
 * @self: a table
 * @column: which column, from 0
 *
 * Copies a column as a tensor.
 *
 * Returns: (transfer full) (nullable): all fields of a column of integers as I64, of numbers as F64, one dimension; %NULL for one of
 *   strings
 */
SondeTensor *
sonde_table_dup_column (SondeTable *self,
                        guint column)
{
  g_autoptr (GBytes) bytes = NULL;
  SondeColumnKind kind;
  gsize n_rows;
  Cell *fields;

  g_return_val_if_fail (SONDE_IS_TABLE (self), NULL);
  g_return_val_if_fail (column < self->columns->len, NULL);

  kind = g_array_index (self->columns, Column, column).kind;
  if (kind == SONDE_COLUMN_STRING)
    return NULL;
  n_rows = sonde_table_get_n_rows (self);
  fields = g_new (Cell, n_rows); /* as large as the number in each */
  for (gsize i = 0; i < n_rows; i++)
    fields[i] = g_array_index (self->cells, Cell, i * self->columns->len + column);
  bytes = g_bytes_new_take (fields, n_rows * sizeof *fields);
  return sonde_tensor_new (kind == SONDE_COLUMN_INTEGER ? SONDE_DTYPE_I64 : SONDE_DTYPE_F64, &n_rows, 1, bytes, NULL);
}

/* ---- CSV ---- */

static void
append_csv_text (GString *csv,
                 const char *text)
{
  const char *rest = text;
  const char *quote;

  if (strpbrk (text, ",\"\r\n") == NULL)
    {
      g_string_append (csv, text);
      return;
    }
  g_string_append_c (csv, '"');
  while ((quote = strchr (rest, '"')) != NULL)
    {
      g_string_append_len (csv, rest, quote - rest);
      g_string_append (csv, "\"\"");
      rest = quote + 1;
    }
  g_string_append (csv, rest);
  g_string_append_c (csv, '"');
}

static void
append_csv_cell (GString *csv,
                 SondeColumnKind kind,
                 const Cell *cell)
{
  char digits[_SONDE_NUMBER_SIZE];

  switch (kind)
    {
    case SONDE_COLUMN_STRING:
      append_csv_text (csv, cell->string);
      break;
    case SONDE_COLUMN_INTEGER:
      g_string_append_printf (csv, "%" G_GINT64_FORMAT, cell->integer);
      break;
    case SONDE_COLUMN_NUMBER:
      if (!isnan (cell->number))
        g_string_append (csv, _sonde_number_format (cell->number, digits));
      break;
    }
}

/* A record of one empty field would be an empty line, which readers skip: it is written as "". */
static void
end_record (GString *csv,
            gsize start)
{
  if (csv->len == start)
    g_string_append (csv, "\"\"");
  g_string_append (csv, "\r\n");
}

/**
 * sonde_table_to_csv:
 * @self: a table
 *
 * Writes the table as RFC 4180 says: a header record, lines that end in CR LF, fields quoted where they hold a comma, a quote
 * or a line end. Numbers have '.' decimals whatever the locale and the fewest digits that read back as the same number;
 * infinity is "inf", and what is undefined (NaN) an empty field.
 *
 * Returns: (transfer full): the CSV, UTF-8
 */
char *
sonde_table_to_csv (SondeTable *self)
{
  GString *csv;
  const guint n_rows = sonde_table_get_n_rows (self);

  g_return_val_if_fail (SONDE_IS_TABLE (self), NULL);

  csv = g_string_sized_new (64 + (gsize) self->cells->len * 12);
  for (guint i = 0; i < self->columns->len; i++)
    {
      if (i > 0)
        g_string_append_c (csv, ',');
      append_csv_text (csv, g_array_index (self->columns, Column, i).name);
    }
  end_record (csv, 0);

  for (guint row = 0; row < n_rows; row++)
    {
      const gsize start = csv->len;

      for (guint i = 0; i < self->columns->len; i++)
        {
          if (i > 0)
            g_string_append_c (csv, ',');
          append_csv_cell (csv, g_array_index (self->columns, Column, i).kind,
                           &g_array_index (self->cells, Cell, (gsize) row * self->columns->len + i));
        }
      end_record (csv, start);
    }
  return g_string_free (csv, FALSE);
}
