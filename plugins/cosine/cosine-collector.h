#pragma once

#include <sonde.h>

G_BEGIN_DECLS

/* More rows than this are drawn as means of so many that as many cells are left: a page can show no more. */
#define COSINE_MOST_CELLS 1000

/* What is kept of one matrix of similarities while a pass shows it tile by tile: the distribution of its values, their mean, and
 * the matrix as it is drawn. Memory grows with the threads, not with the rows. */
typedef struct _CosineCollector CosineCollector;

/* So many rows and columns become one cell. */
gsize cosine_collector_get_step (gsize n_rows);

/* Connects to stage @stage of @similarity. Of a symmetric one each pair of different rows counts once; of others all values. NULL
 * with @error set where there is no memory. */
CosineCollector *cosine_collector_new (SondeSimilarity *similarity, SondeSimilarityShape shape, guint stage, gboolean draws, GError **error);
void cosine_collector_free (CosineCollector *self);
void cosine_collector_estimate (gsize n_rows, SondeSimilarityShape shape, gboolean draws, SondeEstimate *estimate); /* adds to it */

/* After the pass. */
SondeHistogram *cosine_collector_dup_histogram (CosineCollector *self, guint max_bins);
double cosine_collector_get_mean (CosineCollector *self);
SondeTensor *cosine_collector_dup_cells (CosineCollector *self); /* float64; NULL where nothing is drawn */

G_END_DECLS
