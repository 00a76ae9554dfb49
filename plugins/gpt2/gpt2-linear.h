#pragma once

#include <gio/gio.h>
#include <math/sonde-math.h>

G_BEGIN_DECLS

/* What a linear map needs beside its matrices: one for a run, of which one map at a time is computed. */
typedef struct
{
  float *packed;    /* gpt2_linear_get_packed () floats, or NULL where that is 0 */
  float *workspace; /* of each thread, workspace_size apart; both as sonde_math_linear_apply () wants them */
  gsize workspace_size;
  GCancellable *cancellable;
} Gpt2LinearContext;

/* Called for parts of a result as soon as they are there, in the thread that computed them and while they are in its cache; for
 * several parts at the same time. */
typedef void (*Gpt2PartFunc) (const SondeMathPart *part, gpointer user_data);

/* The floats that packed weights of a map take at a time. */
gsize gpt2_linear_get_packed (gsize n_in, gsize n_out);

/* Columns @first to @first + @n of a map. */
SondeMathLinear gpt2_linear_get_columns (const SondeMathLinear *self, gsize first, gsize n);

/* out [n_rows, n], stride apart, = x [n_rows, k] W + b, divided among all threads. False with the cancellable's error. */
gboolean gpt2_linear_apply (const SondeMathLinear *self, const Gpt2LinearContext *context, const float *x, gsize n_rows, float *out, gsize stride, Gpt2PartFunc after, gpointer user_data, GError **error);

/* Calls @func for parts that make up a matrix of @n_rows and @n_columns, whole rows each, divided among all threads. */
void gpt2_rows_foreach (gsize n_rows, gsize n_columns, Gpt2PartFunc func, gpointer user_data);

G_END_DECLS
