#pragma once

#include <sonde.h>

G_BEGIN_DECLS

/* The rows of a stage, and their Euclidean lengths. */
typedef struct _CosineRows CosineRows;

/* @products (nullable): their dot products, where they are there. */
CosineRows *cosine_rows_new (SondeTensor *activations, SondeTensor *products);
CosineRows *cosine_rows_ref (CosineRows *rows);
void cosine_rows_unref (CosineRows *rows);
gsize cosine_rows_get_n_zero (CosineRows *rows);
gboolean cosine_rows_is_zero (CosineRows *rows, gsize row);

/* Cosine similarities of the rows of each of @stages (of CosineRows) with each other, to be computed tile by tile. */
SondeSimilarity *cosine_similarity_new (GPtrArray *stages, gsize step);
/* Of the rows of @a with those of @b. */
SondeSimilarity *cosine_similarity_new_crossed (CosineRows *a, CosineRows *b, gsize step);

G_END_DECLS
