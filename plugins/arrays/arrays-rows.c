#define G_LOG_DOMAIN "arrays"

#include "arrays-rows.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "arrays-limits.h"

typedef enum
{
  COLUMN_CONDITION,
  COLUMN_ROW,
  COLUMN_SEQUENCE,
  COLUMN_POSITION,
  COLUMN_TOKEN_ID,
  COLUMN_TEXT,
  COLUMN_KEPT,
  N_COLUMNS,
} Column;

static const struct
{
  const char *name;
  Column column;
} columns[] = {
  { "condition", COLUMN_CONDITION },
  { "row", COLUMN_ROW },
  { "sequence", COLUMN_SEQUENCE },
  { "position", COLUMN_POSITION },
  { "token_id", COLUMN_TOKEN_ID },
  { "text", COLUMN_TEXT },
  { "label", COLUMN_TEXT },
  { "kept", COLUMN_KEPT },
};

typedef struct
{
  const char *name;
  const char *at;
  const char *end;
  guint line; /* in which the record begins */
  guint next_line;
  GPtrArray *fields; /* of GString: those of the record that was read last */
  guint n_fields;
  int places[N_COLUMNS];  /* of each column in a record; -1: it has none */
  GHashTable *conditions; /* every name of one */
} Reader;

void
arrays_rows_free (ArraysRows *rows)
{
  g_free (rows->path);
  g_free (rows->name);
  g_array_unref (rows->rows);
  g_string_chunk_free (rows->texts);
  g_free (rows);
}

static gboolean
fail (const Reader *reader,
      const char *problem,
      GError **error)
{
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: %s: correct it"), reader->name, reader->line, problem);
  return FALSE;
}

/* @unit: what there is too much of. */
static gboolean
fail_limit (const Reader *reader,
            const char *unit,
            int limit,
            GError **error)
{
  g_autofree char *problem = g_strdup_printf (_ ("there are more %s than the %d that are possible: divide the table, or leave some out"), unit, limit);

  return fail (reader, problem, error);
}

/* ---- records ---- */

static void
field_free (GString *field)
{
  g_string_free (field, TRUE);
}

static GString *
next_field (Reader *reader)
{
  GString *field;

  if (reader->n_fields == reader->fields->len)
    g_ptr_array_add (reader->fields, g_string_new (NULL));
  field = g_ptr_array_index (reader->fields, reader->n_fields++);
  g_string_truncate (field, 0);
  return field;
}

/* What stands between quotes; two of them are one. */
static gboolean
read_quoted (Reader *reader,
             GString *field,
             GError **error)
{
  reader->at++;
  while (TRUE)
    {
      const char *quote = memchr (reader->at, '"', (gsize) (reader->end - reader->at));

      if (quote == NULL)
        return fail (reader, _ ("a quoted field does not end"), error);
      g_string_append_len (field, reader->at, quote - reader->at);
      reader->at = quote + 1;
      if (reader->at == reader->end || *reader->at != '"')
        return TRUE;
      g_string_append_c (field, '"');
      reader->at++;
    }
}

static void
read_bare (Reader *reader,
           GString *field)
{
  const char *start = reader->at;

  while (reader->at < reader->end && strchr (",\r\n", *reader->at) == NULL)
    reader->at++;
  g_string_append_len (field, start, reader->at - start);
}

/* Whether a record follows another field; its end is passed. */
static gboolean
end_field (Reader *reader,
           gboolean *more,
           GError **error)
{
  *more = FALSE;
  if (reader->at == reader->end)
    return TRUE;
  *more = *reader->at == ',';
  if (*reader->at == '\r' && reader->at + 1 < reader->end && reader->at[1] == '\n')
    reader->at++;
  if (!*more && *reader->at != '\n')
    return fail (reader, _ ("a comma or the end of the line is expected after a field"), error);
  reader->at++;
  return TRUE;
}

static gboolean
read_record (Reader *reader,
             GError **error)
{
  gboolean more = TRUE;
  const char *start = reader->at;

  reader->n_fields = 0;
  reader->line = reader->next_line;
  while (more)
    {
      GString *field = next_field (reader);

      if (reader->n_fields > ARRAYS_MAX_TABLE_FIELDS)
        return fail_limit (reader, _ ("fields in a line"), ARRAYS_MAX_TABLE_FIELDS, error);
      if (reader->at < reader->end && *reader->at == '"')
        {
          if (!read_quoted (reader, field, error))
            return FALSE;
        }
      else
        read_bare (reader, field);
      if (field->len > ARRAYS_MAX_FIELD_BYTES)
        return fail_limit (reader, _ ("bytes in a field"), ARRAYS_MAX_FIELD_BYTES, error);
      if (!end_field (reader, &more, error))
        return FALSE;
    }
  for (const char *p = start; p < reader->at; p++) /* quoted fields may have lines of their own */
    reader->next_line += *p == '\n';
  return TRUE;
}

/* ---- columns ---- */

static gboolean
read_header (Reader *reader,
             ArraysRows *rows,
             GError **error)
{
  gboolean any = FALSE;

  for (guint i = 0; i < N_COLUMNS; i++)
    reader->places[i] = -1;
  if (!read_record (reader, error))
    return FALSE;
  for (guint i = 0; i < reader->n_fields; i++)
    for (guint j = 0; j < G_N_ELEMENTS (columns); j++)
      if (g_str_equal (((GString *) g_ptr_array_index (reader->fields, i))->str, columns[j].name) && reader->places[columns[j].column] < 0)
        {
          reader->places[columns[j].column] = (int) i;
          any = TRUE;
        }
  rows->has_condition = reader->places[COLUMN_CONDITION] >= 0;
  rows->has_row = reader->places[COLUMN_ROW] >= 0;
  rows->has_sequence = reader->places[COLUMN_SEQUENCE] >= 0;
  rows->has_position = reader->places[COLUMN_POSITION] >= 0;
  if (any)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: its first line names none of the columns condition, row, sequence, position, token_id, text, label and kept: name those that it has"), reader->name);
  return FALSE;
}

static const char *
get_field (Reader *reader,
           Column column)
{
  return reader->places[column] >= 0 ? ((GString *) g_ptr_array_index (reader->fields, (guint) reader->places[column]))->str : NULL;
}

/* -1 where there is none. */
static gboolean
get_number (Reader *reader,
            Column column,
            gint64 *number,
            GError **error)
{
  const char *text = get_field (reader, column);

  *number = -1;
  if (text == NULL || *text == '\0' || g_ascii_string_to_signed (text, 10, -1, G_MAXINT, number, NULL))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: “%.40s” is found where a number from 0 to %d is expected"), reader->name, reader->line, text, G_MAXINT);
  return FALSE;
}

/* Equal names are one text. %NULL where there are too many. */
static const char *
keep_condition (Reader *reader,
                ArraysRows *rows,
                const char *name)
{
  const char *kept = g_hash_table_lookup (reader->conditions, name);

  if (kept != NULL || g_hash_table_size (reader->conditions) == ARRAYS_MAX_TABLE_CONDITIONS)
    return kept;
  kept = g_string_chunk_insert (rows->texts, name);
  g_hash_table_add (reader->conditions, (gpointer) kept);
  return kept;
}

static gboolean
add_row (Reader *reader,
         ArraysRows *rows,
         GError **error)
{
  ArraysRow row = { .line = reader->line };
  const char *condition = get_field (reader, COLUMN_CONDITION);
  const char *text = get_field (reader, COLUMN_TEXT);
  gint64 token_id, kept;

  if (!get_number (reader, COLUMN_ROW, &row.row, error) || !get_number (reader, COLUMN_SEQUENCE, &row.sequence, error) || !get_number (reader, COLUMN_POSITION, &row.position, error) || !get_number (reader, COLUMN_TOKEN_ID, &token_id, error) || !get_number (reader, COLUMN_KEPT, &kept, error))
    return FALSE;
  row.token_id = (gint32) token_id;
  row.kept = kept != 0;
  row.condition = condition != NULL ? keep_condition (reader, rows, condition) : NULL;
  row.text = text != NULL && *text != '\0' ? g_string_chunk_insert (rows->texts, text) : "";
  if (condition != NULL && row.condition == NULL)
    return fail_limit (reader, _ ("conditions"), ARRAYS_MAX_TABLE_CONDITIONS, error);
  if (row.kept && rows->has_row && row.row < 0)
    return fail (reader, _ ("there is no number of a row"), error);
  if ((rows->has_sequence && row.sequence < 0) || (rows->has_position && row.position < 0))
    return fail (reader, _ ("there is no number of a sequence or position"), error);
  if (rows->rows->len == ARRAYS_MAX_TABLE_ROWS)
    return fail_limit (reader, _ ("rows"), ARRAYS_MAX_TABLE_ROWS, error);
  g_array_append_val (rows->rows, row);
  return TRUE;
}

static gboolean
read_rows (ArraysRows *rows,
           const char *text,
           gsize size,
           GError **error)
{
  g_autoptr (GPtrArray) fields = g_ptr_array_new_with_free_func ((GDestroyNotify) field_free);
  g_autoptr (GHashTable) conditions = g_hash_table_new (g_str_hash, g_str_equal);
  Reader reader = { .name = rows->name, .at = text, .end = text + size, .next_line = 1, .fields = fields, .conditions = conditions };
  guint n_columns;

  if (g_str_has_prefix (text, "\xef\xbb\xbf"))
    reader.at += 3;
  if (!read_header (&reader, rows, error))
    return FALSE;
  n_columns = reader.n_fields;
  while (reader.at < reader.end)
    {
      if (!read_record (&reader, error))
        return FALSE;
      if (reader.n_fields != n_columns)
        return fail (&reader, _ ("it has another number of fields than the first line"), error);
      if (!add_row (&reader, rows, error))
        return FALSE;
    }
  return TRUE;
}

ArraysRows *
arrays_rows_load (const char *path,
                  GError **error)
{
  g_autoptr (ArraysRows) rows = g_new0 (ArraysRows, 1);
  g_autofree char *text = NULL;
  const char *invalid;
  gsize size;
  GStatBuf info;

  rows->path = g_strdup (path);
  rows->name = g_filename_display_basename (path);
  rows->rows = g_array_new (FALSE, FALSE, sizeof (ArraysRow));
  rows->texts = g_string_chunk_new (4096);
  if (g_stat (path, &info) == 0 && (!S_ISREG (info.st_mode) || info.st_size > ARRAYS_MAX_TABLE_BYTES))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s is no table of rows: a file of at most 256 MiB is expected"), rows->name);
      return NULL;
    }
  if (!g_file_get_contents (path, &text, &size, error))
    return NULL;
  if (!g_utf8_validate_len (text, size, &invalid))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, _ ("%s is not UTF-8: see its byte %zu"), rows->name, (gsize) (invalid - text));
      return NULL;
    }
  return read_rows (rows, text, size, error) ? g_steal_pointer (&rows) : NULL;
}
