#define G_LOG_DOMAIN "sonde"

#include "sonde-isolation-private.h"

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-table-private.h"

/* Columns travel one by one: numbers as they stand in memory, texts as bytestrings, since a table takes any. */

#define COLUMN_TYPE "(ayymayayv)" /* name, kind, unit, blurb, cells */

static const char *const cell_types[] = { [SONDE_COLUMN_STRING] = "aay", [SONDE_COLUMN_INTEGER] = "ax", [SONDE_COLUMN_NUMBER] = "ad" };

/* ---- to data ---- */

static GVariant *
strings_to_variant (SondeTable *table,
                    guint column)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aay"));
  for (guint row = 0; row < sonde_table_get_n_rows (table); row++)
    g_variant_builder_add_value (&builder, g_variant_new_bytestring (sonde_table_get_string (table, row, column)));
  return g_variant_builder_end (&builder);
}

/* As they stand in memory. */
static GVariant *
numbers_to_variant (SondeTable *table,
                    guint column)
{
  g_autoptr (SondeTensor) numbers = sonde_table_dup_column (table, column);

  return g_variant_new_from_bytes (G_VARIANT_TYPE (cell_types[sonde_table_get_column_kind (table, column)]), sonde_tensor_get_bytes (numbers), TRUE);
}

static GVariant *
column_to_variant (SondeTable *table,
                   guint column)
{
  const SondeColumnKind kind = sonde_table_get_column_kind (table, column);
  const char *unit = sonde_table_get_column_unit (table, column);
  GVariant *cells = kind == SONDE_COLUMN_STRING ? strings_to_variant (table, column) : numbers_to_variant (table, column);

  return g_variant_new ("(^ayy@may^ayv)", sonde_table_get_column_name (table, column), (guchar) kind,
                        g_variant_new_maybe (G_VARIANT_TYPE_BYTESTRING, unit != NULL ? g_variant_new_bytestring (unit) : NULL),
                        sonde_table_get_column_blurb (table, column), cells);
}

GVariant *
_sonde_table_to_variant (SondeTable *self)
{
  GVariantBuilder columns;

  g_variant_builder_init (&columns, G_VARIANT_TYPE ("a" COLUMN_TYPE));
  for (guint i = 0; i < sonde_table_get_n_columns (self); i++)
    g_variant_builder_add_value (&columns, column_to_variant (self, i));
  return g_variant_new ("(^ay^ay@a" COLUMN_TYPE ")", sonde_table_get_name (self), sonde_table_get_blurb (self), g_variant_builder_end (&columns));
}

/* ---- from data ---- */

/* Adds the column to @table, and its cells, where they are as many as those of the others, to @cells. */
static gboolean
add_column (SondeTable *table,
            GVariant *column,
            GPtrArray *cells)
{
  const char *name, *blurb;
  guchar kind;
  g_autoptr (GVariant) unit = NULL;
  g_autoptr (GVariant) values = NULL;

  g_variant_get (column, "(^&ayy@may^&ayv)", &name, &kind, &unit, &blurb, &values);
  if (kind >= G_N_ELEMENTS (cell_types) || !g_variant_is_of_type (values, G_VARIANT_TYPE (cell_types[kind])))
    return FALSE;
  if (cells->len > 0 && g_variant_n_children (values) != g_variant_n_children (g_ptr_array_index (cells, 0)))
    return FALSE;
  g_ptr_array_add (cells, g_variant_ref (values));
  {
    g_autoptr (GVariant) text = g_variant_get_maybe (unit);

    sonde_table_add_column (table, name, kind, text != NULL ? g_variant_get_bytestring (text) : NULL, blurb);
  }
  return TRUE;
}

static void
add_cell (SondeTable *table,
          SondeColumnKind kind,
          GVariant *cells,
          gsize row)
{
  g_autoptr (GVariant) cell = g_variant_get_child_value (cells, row);

  if (kind == SONDE_COLUMN_STRING)
    _sonde_table_append_string (table, g_variant_get_bytestring (cell));
  else if (kind == SONDE_COLUMN_INTEGER)
    _sonde_table_append_integer (table, g_variant_get_int64 (cell));
  else
    _sonde_table_append_number (table, g_variant_get_double (cell));
}

SondeTable *
_sonde_table_new_from_variant (GVariant *variant,
                               GError **error)
{
  g_autoptr (SondeTable) table = NULL;
  g_autoptr (GPtrArray) cells = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  g_autoptr (GVariantIter) columns = NULL;
  const char *name, *blurb;
  GVariant *column;

  g_variant_get (variant, "(^&ay^&aya" COLUMN_TYPE ")", &name, &blurb, &columns);
  table = sonde_table_new (name, blurb);
  while ((column = g_variant_iter_next_value (columns)) != NULL)
    {
      g_autoptr (GVariant) owned = column;

      if (!add_column (table, owned, cells))
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("the columns of its table “%s” do not fit each other: give each equally many values"), name);
          return NULL;
        }
    }
  for (gsize row = 0; cells->len > 0 && row < g_variant_n_children (g_ptr_array_index (cells, 0)); row++)
    for (guint i = 0; i < cells->len; i++)
      add_cell (table, sonde_table_get_column_kind (table, i), g_ptr_array_index (cells, i), row);
  return g_steal_pointer (&table);
}
