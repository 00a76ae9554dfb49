#pragma once

#include <sonde.h>

#include "cosine-collector.h"

G_BEGIN_DECLS

/* More pairs of stages, or matrices of a figure, than a page can show: a selection of them is drawn, and all are in the tables. */
#define COSINE_MOST_PAIRS 15
#define COSINE_MOST_STAGES 16
#define COSINE_MOST_MATRICES 64
#define COSINE_MOST_COLUMNS 4

/* Two stages of equal width, whose rows can be compared with each other. */
typedef struct
{
  guint a;
  guint b;
  double low; /* colour limits; NaN: range of the matrix */
  double high;
  gboolean drawn;
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
  GArray *cross_means;         /* of double, a pair each */
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
guint cosine_view_get_n_drawn_stages (const CosineView *view);
guint cosine_view_get_drawn_stage (const CosineView *view, guint index); /* evenly from the first to the last */
gboolean cosine_view_is_capped (const CosineView *view);                 /* any histogram */
gboolean cosine_view_is_counted (const CosineView *view);                /* any histogram, in the cells of a grid */
gsize cosine_view_get_most_rows (const CosineView *view);                /* of a cell of a matrix, in any condition */

SondeCondition *cosine_view_get_condition (const CosineView *view, guint condition);
const SondeStage *cosine_view_get_stage (const CosineView *view, guint stage);
gboolean cosine_view_has_tokens (const CosineView *view, guint condition); /* rows that come from no text are none */

void cosine_view_estimate (const CosineView *view, const gboolean *crosses, SondeEstimate *estimate);

SondeTable *cosine_table_new_histogram (void);
SondeTable *cosine_table_new_cross_stage (void);
void cosine_view_add_rows (const CosineView *view, SondeResult *result, SondeTable *table, SondeTable *cross_table, guint condition);

/* What figures share: sentences of captions, and matrices. */
const char *cosine_view_get_bin_sentence (const CosineView *view);
char *cosine_view_dup_cell_sentence (const CosineView *view);
void cosine_figure_take_caption (const CosineView *view, SondeFigure *figure, const char *heading, char *caption);
void cosine_figure_draw_matrix (SondePanel *panel, const double *values, gsize rows, gsize columns, SondeColorMap map, double low, double high);

SondeFigure *cosine_figure_new_matrix (const CosineView *view);
SondeFigure *cosine_figure_new_histogram (const CosineView *view);
SondeFigure *cosine_figure_new_cross_stage (const CosineView *view); /* NULL where no two stages are equally wide */

G_END_DECLS
