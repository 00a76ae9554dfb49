#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* y = x W + b */
typedef struct
{
  const float *weight; /* [n_in, n_out], stride apart */
  const float *bias;   /* [n_out] */
  gsize n_in;
  gsize n_out;
  gsize stride;
} Gpt2Linear;

/* A rectangle of a matrix: rows @row to below @row_end of columns @column to below @column_end. */
typedef struct
{
  gsize row, row_end;
  gsize column, column_end;
} Gpt2Part;

/* Called for parts of a result, some rows each, as soon as they are there, in the thread that computed them and while they are in
 * its cache; for several parts at the same time. */
typedef void (*Gpt2PartFunc) (const Gpt2Part *part, gpointer user_data);

/* Columns @first to @first + @n_out of a map. */
Gpt2Linear gpt2_linear_get_columns (const Gpt2Linear *self, gsize first, gsize n_out);

/* out [n_rows, n_out], stride apart, = x [n_rows, n_in] W + b, divided among all threads, each of which has
 * sonde_math_linear_workspace () floats of workspace. False with the cancellable's error. */
gboolean gpt2_linear_apply (const Gpt2Linear *self, const float *x, gsize n_rows, float *out, gsize stride, float *workspace, Gpt2PartFunc after, gpointer user_data, GCancellable *cancellable, GError **error);

/* Calls @func for parts that make up a matrix of @n_rows and @n_columns, whole rows each, divided among all threads. */
void gpt2_rows_foreach (gsize n_rows, gsize n_columns, Gpt2PartFunc func, gpointer user_data);

G_END_DECLS
