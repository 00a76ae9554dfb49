#pragma once

#include "sonde-tensor.h"

G_BEGIN_DECLS

/**
 * SondeColumnKind:
 * @SONDE_COLUMN_STRING: text
 * @SONDE_COLUMN_INTEGER: whole numbers of 64 bits
 * @SONDE_COLUMN_NUMBER: numbers of float64; NaN is "undefined"
 *
 * What the values of a column are.
 */
typedef enum
{
  SONDE_COLUMN_STRING,
  SONDE_COLUMN_INTEGER,
  SONDE_COLUMN_NUMBER,
} SondeColumnKind;

#define SONDE_TYPE_TABLE (sonde_table_get_type ())
/* Rows under named, typed columns with units. NaN is "undefined": an empty field in CSV, null in JSON. */
G_DECLARE_FINAL_TYPE (SondeTable, sonde_table, SONDE, TABLE, GObject)

SondeTable *sonde_table_new (const char *name, const char *blurb);
const char *sonde_table_get_name (SondeTable *self);
const char *sonde_table_get_blurb (SondeTable *self);

/* All columns before the first row. @unit may be NULL. */
void sonde_table_add_column (SondeTable *self, const char *name, SondeColumnKind kind, const char *unit, const char *blurb);
guint sonde_table_get_n_columns (SondeTable *self);
const char *sonde_table_get_column_name (SondeTable *self, guint column);
SondeColumnKind sonde_table_get_column_kind (SondeTable *self, guint column);
const char *sonde_table_get_column_unit (SondeTable *self, guint column); /* nullable */
const char *sonde_table_get_column_blurb (SondeTable *self, guint column);

/* One argument a column, in order: const char * for strings, gint64 for integers (cast!), double for numbers. */
void sonde_table_add_row (SondeTable *self, ...);
/* The same from a tuple GVariant such as (sxd). */
void sonde_table_add_row_variant (SondeTable *self, GVariant *row);
guint sonde_table_get_n_rows (SondeTable *self);
const char *sonde_table_get_string (SondeTable *self, guint row, guint column);
gint64 sonde_table_get_integer (SondeTable *self, guint row, guint column);
double sonde_table_get_number (SondeTable *self, guint row, guint column);

/* All fields of a column at once, I64 or F64; NULL for strings. */
SondeTensor *sonde_table_dup_column (SondeTable *self, guint column);

char *sonde_table_to_csv (SondeTable *self); /* RFC 4180, header first, '.' decimals, shortest digits that read back the same */

G_END_DECLS
