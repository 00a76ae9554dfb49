#pragma once

#include "sonde-table.h"

G_BEGIN_DECLS

/* Cell after cell, row after row, each of its column's kind: for tables whose columns are not known when the code is written. */
void _sonde_table_append_string (SondeTable *self, const char *string);
void _sonde_table_append_integer (SondeTable *self, gint64 integer);
void _sonde_table_append_number (SondeTable *self, double number);

G_END_DECLS
