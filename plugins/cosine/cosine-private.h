#pragma once

#include <sonde.h>

#include "cosine-collector.h"

G_BEGIN_DECLS

/* More than so many pairs of stages make no figure that anybody reads: the rest is in the table only. */
#define COSINE_MAX_DRAWN_PAIRS 63

/* Two stages of equal width, whose rows can be compared with each other. */
typedef struct
{
  guint a;
  guint b;
  double low; /* colour limits; NaN: range of the matrix */
  double high;
} CosinePair;

/* What the shown layer of one condition left: collectors while its similarities are computed, and afterwards what they hold. */
typedef struct
{
  GPtrArray *collectors;       /* of CosineCollector, a stage each */
  GPtrArray *cross_collectors; /* of CosineCollector, a pair each; none where not crossed */

  GPtrArray *matrices;         /* of SondeTensor, a stage each: rows x rows, or means of blocks of rows, float64 */
  GPtrArray *histograms;       /* of SondeHistogram, a stage each: strict upper triangles */
  GArray *means;               /* of double, a stage each: of the strict upper triangle */
  GPtrArray *cross_matrices;   /* of SondeTensor, a drawn pair each: rows of a x rows of b, float64; none where not crossed */
  GPtrArray *cross_histograms; /* of SondeHistogram, a pair each: whole matrices */
} CosineShown;

typedef struct
{
  SondeInvestigation *investigation;
  guint layer;
  guint max_bins;
  GArray *pairs;         /* of CosinePair */
  GPtrArray *conditions; /* of CosineShown; NULL until the shown layer's frame came */
} CosineView;

CosineShown *cosine_shown_new (void);
void cosine_shown_free (CosineShown *shown);                     /* NULL is fine */
void cosine_shown_complete (CosineShown *shown, guint max_bins); /* when the passes are over */

void cosine_view_find_pairs (CosineView *view);
gboolean cosine_view_set_limits (CosineView *view, const char *limits, GError **error);
guint cosine_view_get_n_drawn_pairs (const CosineView *view);
gboolean cosine_view_is_capped (const CosineView *view);  /* any histogram */
gboolean cosine_view_is_counted (const CosineView *view); /* any histogram, in the cells of a grid */
gsize cosine_view_get_most_rows (const CosineView *view); /* of a cell of a matrix, in any condition */

void cosine_view_estimate (const CosineView *view, const gboolean *crosses, SondeEstimate *estimate);

SondeTable *cosine_table_new_histogram (void);
SondeTable *cosine_table_new_cross_stage (void);
void cosine_view_add_rows (const CosineView *view, SondeResult *result, SondeTable *table, SondeTable *cross_table, guint condition);

SondeFigure *cosine_figure_new_matrix (const CosineView *view);
SondeFigure *cosine_figure_new_histogram (const CosineView *view);
SondeFigure *cosine_figure_new_cross_stage (const CosineView *view); /* NULL where no two stages are equally wide */

G_END_DECLS
