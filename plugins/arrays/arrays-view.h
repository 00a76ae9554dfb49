#pragma once

#include "sonde.h"

G_BEGIN_DECLS

/* An array as its file has it. C order, Fortran order, either byte order and axes in any order are one thing: element (i, j, …) of
 * @dtype lies i x strides[0] + j x strides[1] + … bytes from the first. */
typedef struct
{
  SondeDtype dtype;
  gboolean swapped; /* big-endian */
  guint n_dims;
  gsize shape[SONDE_TENSOR_MAX_DIMS];
  gsize strides[SONDE_TENSOR_MAX_DIMS];
} ArraysView;

/* FALSE where the elements are more than this machine can address. @n_bytes: of all of them. */
gboolean arrays_view_init (ArraysView *view, SondeDtype dtype, gboolean swapped, gboolean fortran, const gsize *shape, guint n_dims, gsize *n_bytes);

/* The same as rows x features: @view has the axes that make the rows first, then those that make the features. */
typedef struct
{
  ArraysView view; /* of one layer */
  guint n_row_dims;
  guint n_rows;
  guint n_features;
  guint n_layers;     /* of an array that has an axis of layers; 1 of others */
  gsize layer_stride; /* bytes from layer to layer */
  gboolean has_layers;
  guint n_sequences; /* 0: it does not say of which sequences and positions its rows are */
  guint n_positions;
} ArraysMatrix;

/* Whether its bytes are what a tensor of F32, rows x features, has: then nothing needs to be copied. */
gboolean arrays_matrix_is_plain (const ArraysMatrix *matrix);
/* @data: of one layer. @target: n_rows x n_features, C order. */
void arrays_matrix_gather (const ArraysMatrix *matrix, const guchar *data, float *target);

G_END_DECLS
