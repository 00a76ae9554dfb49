#pragma once

#include "figure/sonde-figure.h"

G_BEGIN_DECLS

#define SONDE_TYPE_HISTOGRAM (sonde_histogram_get_type ())

/* Counts of values in equal bins from the least to the largest, as wide as Freedman and Diaconis's rule has them. Immutable. */
typedef struct _SondeHistogram SondeHistogram;
struct SondeMathGrid; /* math/sonde-math.h */

GType sonde_histogram_get_type (void);
SondeHistogram *sonde_histogram_new (const double *values, gsize n_values, guint max_bins);
SondeHistogram *sonde_histogram_new_f32 (const float *values, gsize n_values, guint max_bins);    /* copies nothing */
SondeHistogram *sonde_histogram_new_from_grid (const struct SondeMathGrid *grid, guint max_bins); /* of values that nobody keeps */
SondeHistogram *sonde_histogram_ref (SondeHistogram *self);
void sonde_histogram_unref (SondeHistogram *self); /* NULL is fine */

guint sonde_histogram_get_n_bins (SondeHistogram *self);
gboolean sonde_histogram_is_capped (SondeHistogram *self);          /* the rule asked for more bins than it was allowed */
gboolean sonde_histogram_is_exact (SondeHistogram *self);           /* FALSE: from a grid, whose cells edges may divide */
double sonde_histogram_get_edge (SondeHistogram *self, guint edge); /* 0 to n_bins: edge i is the left one of bin i */
guint64 sonde_histogram_get_count (SondeHistogram *self, guint bin);
double sonde_histogram_get_density (SondeHistogram *self, guint bin); /* count / width of the bin / number of values */

/**
 * SondeHistogramScale:
 * @SONDE_HISTOGRAM_DENSITY: count / width of the bin / number of values
 * @SONDE_HISTOGRAM_COUNT: how many values
 *
 * What the height of a histogram's line means.
 */
typedef enum
{
  SONDE_HISTOGRAM_DENSITY,
  SONDE_HISTOGRAM_COUNT,
} SondeHistogramScale;

/* A line through the bins' left edges, in the colour of series @series of @n_series. */
void sonde_histogram_draw (SondeHistogram *self, SondePanel *panel, SondeHistogramScale scale, guint series, guint n_series, const char *label);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeHistogram, sonde_histogram_unref)

G_END_DECLS
