#pragma once

#include "sonde.h"

G_BEGIN_DECLS

/* One line of a table of rows; what its table does not say is -1, and "" for the text. */
typedef struct
{
  const char *condition; /* (nullable) */
  const char *text;
  gint64 row; /* of the array */
  gint64 sequence;
  gint64 position;
  gint32 token_id;
  gboolean kept; /* whether it is a row at all */
  guint line;    /* of the file, from 1 */
} ArraysRow;

typedef struct
{
  char *path;
  char *name;           /* for sentences */
  GArray *rows;         /* of ArraysRow */
  GStringChunk *texts;
  gboolean has_condition;
  gboolean has_row;
  gboolean has_sequence;
  gboolean has_position;
} ArraysRows;

/* A CSV file as RFC 4180 and UTF-8 have it, whose first line names columns: any of condition, row, sequence, position, token_id, text
 * or label, and kept. Others are passed over. */
ArraysRows *arrays_rows_load (const char *path, GError **error);
void arrays_rows_free (ArraysRows *rows);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArraysRows, arrays_rows_free)

G_END_DECLS
