#pragma once

#include <gio/gio.h>

#include "sonde-tensor.h"

G_BEGIN_DECLS

/**
 * SondeSimilarityTile:
 * @band: rows are cut into bands; the tiles of one come one after the other, from left to right, in one thread
 * @worker: the thread, from 0 to below sonde_threads_get_n(); no two tiles have the same at the same time
 * @row: the first row
 * @n_rows: how many
 * @column: the first column
 * @n_columns: how many
 * @diagonal: the tile lies on the diagonal of a symmetric matrix: it is square, and what stands below the diagonal repeats what
 *   stands above it
 * @values: for each stage @n_rows x @n_columns numbers, row by row
 *
 * A rectangle of similarities, of all stages: all pairs of @n_rows rows with @n_columns others.
 */
typedef struct
{
  guint band;
  guint worker;
  gsize row;
  gsize n_rows;
  gsize column;
  gsize n_columns;
  gboolean diagonal;
  const double *const *values;
} SondeSimilarityTile;

typedef void (*SondeSimilarityFill) (guint stage, const SondeSimilarityTile *tile, double *out, gpointer user_data);
typedef void (*SondeSimilarityFunc) (const SondeSimilarityTile *tile, gpointer user_data);

/**
 * SondeSimilaritySource:
 * @fill: computes a tile
 * @rest: a pass is over: gives back what @fill allocated
 * @destroy: frees the user data
 *
 * What gives the numbers. Only @fill must be there.
 */
typedef struct
{
  SondeSimilarityFill fill;
  void (*rest) (gpointer user_data);
  GDestroyNotify destroy;
} SondeSimilaritySource;

#define SONDE_TYPE_SIMILARITY (sonde_similarity_get_type ())
G_DECLARE_FINAL_TYPE (SondeSimilarity, sonde_similarity, SONDE, SIMILARITY, GObject)

/**
 * SondeSimilarityShape:
 * @SONDE_SIMILARITY_SYMMETRIC: of rows with each other: only tiles on and above the diagonal are computed and shown
 * @SONDE_SIMILARITY_WHOLE: of the rows of one thing with those of another: all tiles
 *
 * Which tiles there are.
 */
typedef enum
{
  SONDE_SIMILARITY_SYMMETRIC,
  SONDE_SIMILARITY_WHOLE,
} SondeSimilarityShape;

SondeSimilarity *sonde_similarity_new (SondeSimilarityShape shape, gsize n_rows, guint n_stages, gsize n_features, gsize step, const SondeSimilaritySource *source, gpointer user_data);
guint64 sonde_similarity_estimate (gsize n_rows, guint n_stages, gsize n_features, gsize step, gsize *side);
SondeSimilarity *sonde_similarity_new_for_matrices (GPtrArray *matrices);

gsize sonde_similarity_get_n_rows (SondeSimilarity *self);
guint sonde_similarity_get_n_stages (SondeSimilarity *self);
gsize sonde_similarity_get_side (SondeSimilarity *self); /* rows and columns of a tile, but for the last ones: a multiple of step */
guint sonde_similarity_get_n_bands (SondeSimilarity *self);

void sonde_similarity_connect (SondeSimilarity *self, SondeSimilarityFunc func, gpointer user_data);
gboolean sonde_similarity_run (SondeSimilarity *self, GCancellable *cancellable, GError **error);
SondeTensor *sonde_similarity_dup_matrix (SondeSimilarity *self, guint stage, GCancellable *cancellable, GError **error);

/* The first column of row @i of a tile that counts where every pair of different rows counts once. */
static inline gsize
sonde_similarity_tile_first (const SondeSimilarityTile *tile,
                             gsize i)
{
  return tile->diagonal ? i + 1 : 0;
}

/* Where the pair of rows @i < @j stands among all pairs of @n_rows rows, row by row: above the diagonal of a matrix. */
static inline gsize
sonde_similarity_pair_index (gsize n_rows,
                             gsize i,
                             gsize j)
{
  return i * n_rows - i * (i + 1) / 2 + j - i - 1;
}

G_END_DECLS
