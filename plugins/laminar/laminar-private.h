#pragma once

#include <sonde.h>

G_BEGIN_DECLS

#define LAMINAR_ALPHA .7

typedef enum
{
  LAMINAR_RATIO,     /* "participation-ratio", a value a stage */
  LAMINAR_DIMENSION, /* "effective-dimension", a value a stage; drawn less one, as the index of the last component */
  LAMINAR_SCORE,     /* "rsa", a value a pair of stages */
  LAMINAR_N_MEASURES,
} LaminarMeasure;

typedef struct
{
  SondeInvestigation *investigation;
  double rsa_low;
  gboolean present[LAMINAR_N_MEASURES];
  GPtrArray *values[LAMINAR_N_MEASURES]; /* covered layers x conditions, of SondeTensor: 1 x series, float64 */
} LaminarView;

guint laminar_view_get_n_series (const LaminarView *view, LaminarMeasure measure);
SondeTensor **laminar_view_get_place (const LaminarView *view, LaminarMeasure measure, guint layer_index, guint condition);
/* What is drawn; NaN where undefined. */
double laminar_view_get_value (const LaminarView *view, LaminarMeasure measure, guint layer_index, guint condition, guint series);
/* "r=0.72" of participation ratio and effective dimension over all layers and stages, or "r undefined". */
char *laminar_view_dup_correlation (const LaminarView *view, guint condition);

/* More series than lines and markers tell apart. */
gboolean laminar_view_has_many (const LaminarView *view, LaminarMeasure measure);
guint laminar_view_count_measures (const LaminarView *view);
const char *laminar_view_get_axis_label (LaminarMeasure measure);
const char *laminar_view_get_label (const LaminarView *view, guint condition, SondeLabelForm form);
char **laminar_view_dup_series (const LaminarView *view, LaminarMeasure measure);
double *laminar_view_dup_values (const LaminarView *view, LaminarMeasure measure, guint condition, guint series, guint *n_layers);
double laminar_view_find_low (const LaminarView *view); /* of axes of scores */

SondeFigure *laminar_figure_new_profile (const LaminarView *view);
SondeFigure *laminar_figure_new_violin (const LaminarView *view);

G_END_DECLS
