#define G_LOG_DOMAIN "sonde"

#include "sonde-histogram.h"

#include <float.h>
#include <math.h>

#include "math/sonde-math.h"
#include "sonde-threads.h"

/**
 * SondeHistogram:
 *
 * Counts of values in equal bins from the least to the largest, as wide as Freedman and Diaconis's rule has them. Immutable.
 */

struct _SondeHistogram
{
  SondeBins bins;
  guint max_bins;
  gsize n_values;
  gboolean exact;
  gsize *counts; /* bins.n_bins */
};

G_DEFINE_BOXED_TYPE (SondeHistogram, sonde_histogram, sonde_histogram_ref, sonde_histogram_unref)

/* Similarities that are equal on paper differ by rounding in the order in which they were added. Such values are one
 * value: a histogram of them would show how the machine rounds. */
static SondeBins
join_equal (SondeBins bins)
{
  double rounding = 8 * DBL_EPSILON * fmax (fabs (bins.low), fabs (bins.high));
  double middle = bins.low + (bins.high - bins.low) / 2;

  if (bins.high - bins.low <= rounding)
    return (SondeBins){ middle - fmax (.5, rounding), middle + fmax (.5, rounding), 1, 1 };
  return bins;
}

static SondeHistogram *
new_with_bins (SondeBins bins,
               gsize n_values,
               guint max_bins)
{
  SondeHistogram *self = g_atomic_rc_box_new0 (SondeHistogram);

  self->bins = join_equal (bins);
  self->n_values = n_values;
  self->max_bins = max_bins;
  self->exact = TRUE;
  self->counts = g_new0 (gsize, self->bins.n_bins);
  return self;
}

/**
 * sonde_histogram_new:
 * @values: (array length=n_values): finite values
 * @n_values: how many, at least one
 * @max_bins: the most bins; the rule may ask for a terabyte of them where a few values lie far out
 *
 * Bins are 2 · IQR · n^(−1/3) wide (Freedman and Diaconis 1981), with percentiles by linear interpolation. Where the
 * interquartile range is 0 there is one bin; where all values are v it reaches from v − ½ to v + ½.
 *
 * Returns: (transfer full): a new histogram
 */
SondeHistogram *
sonde_histogram_new (const double *values,
                     gsize n_values,
                     guint max_bins)
{
  g_autofree double *workspace = NULL;
  SondeHistogram *self;

  g_return_val_if_fail (values != NULL && n_values > 0 && max_bins > 0, NULL);

  workspace = g_new (double, n_values);
  self = new_with_bins (sonde_math_bins_freedman_diaconis (values, n_values, max_bins, workspace), n_values, max_bins);
  sonde_math_histogram (values, n_values, &self->bins, self->counts);
  return self;
}

/**
 * sonde_histogram_new_f32:
 * @values: (array length=n_values): finite values
 * @n_values: how many, at least one
 * @max_bins: the most bins
 *
 * The histogram of the values as doubles, by sonde_threads_run() and without a copy of them.
 *
 * Returns: (transfer full): a new histogram
 */
SondeHistogram *
sonde_histogram_new_f32 (const float *values,
                         gsize n_values,
                         guint max_bins)
{
  SondeHistogram *self;

  g_return_val_if_fail (values != NULL && n_values > 0 && max_bins > 0, NULL);

  self = new_with_bins (sonde_math_bins_freedman_diaconis_f32 (values, n_values, max_bins, sonde_threads_run), n_values, max_bins);
  sonde_math_histogram_f32 (values, n_values, &self->bins, self->counts, sonde_threads_run);
  return self;
}

/**
 * sonde_histogram_new_from_grid: (skip)
 * @grid: counts of at least one value
 * @max_bins: the most bins
 *
 * The least and the largest value are exact, and so is the number of values. The quartiles, from which the width of the bins comes,
 * are off by less than a cell of the grid, of which there are between 2¹⁷ and 2¹⁸ from the least to the largest value; an edge
 * inside a cell gives each side that share of the cell's values which it has of its width, so that counts are those of edges
 * moved by less than a cell.
 *
 * Returns: (transfer full): a new histogram
 */
SondeHistogram *
sonde_histogram_new_from_grid (const struct SondeMathGrid *grid,
                               guint max_bins)
{
  SondeHistogram *self;

  g_return_val_if_fail (grid != NULL && sonde_math_grid_total (grid) > 0 && max_bins > 0, NULL);

  self = new_with_bins (sonde_math_grid_bins (grid, max_bins), sonde_math_grid_total (grid), max_bins);
  self->exact = FALSE;
  sonde_math_grid_counts (grid, &self->bins, self->counts);
  return self;
}

/**
 * sonde_histogram_ref:
 *
 * Adds a reference.
 *
 * Returns: (transfer full): @self
 */
SondeHistogram *
sonde_histogram_ref (SondeHistogram *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
histogram_clear (gpointer data)
{
  g_free (((SondeHistogram *) data)->counts);
}

/**
 * sonde_histogram_unref:
 *
 * Gives a reference back. %NULL is fine.
 */
void
sonde_histogram_unref (SondeHistogram *self)
{
  if (self != NULL)
    g_atomic_rc_box_release_full (self, histogram_clear);
}

/**
 * sonde_histogram_get_n_bins:
 *
 * Counts the bins.
 *
 * Returns: how many, at least 1
 */
guint
sonde_histogram_get_n_bins (SondeHistogram *self)
{
  g_return_val_if_fail (self != NULL, 0);
  return (guint) self->bins.n_bins;
}

/**
 * sonde_histogram_is_capped:
 *
 * Asks whether the rule of Freedman and Diaconis wanted more bins.
 *
 * Returns: whether the rule asked for more bins than @max_bins, so that they are wider than it says
 */
gboolean
sonde_histogram_is_capped (SondeHistogram *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return self->bins.wanted > self->bins.n_bins && self->bins.n_bins == self->max_bins;
}

/**
 * sonde_histogram_is_exact:
 *
 * Asks whether every value is in its own bin.
 *
 * Returns: whether each value was compared with the edges, which it was not where only a grid's counts of them are left
 */
gboolean
sonde_histogram_is_exact (SondeHistogram *self)
{
  g_return_val_if_fail (self != NULL, FALSE);
  return self->exact;
}

/**
 * sonde_histogram_get_edge:
 * @edge: 0 to the number of bins
 *
 * Gives an edge. Edge i is the left one of bin i.
 *
 * Returns: the left edge of that bin, or the right edge of the last one
 */
double
sonde_histogram_get_edge (SondeHistogram *self,
                          guint edge)
{
  g_return_val_if_fail (self != NULL && edge <= self->bins.n_bins, 0);
  return sonde_math_bin_edge (&self->bins, edge);
}

/**
 * sonde_histogram_get_count:
 * @bin: which one, from 0
 *
 * Counts the values in a bin. One that lies on an edge is in the bin to its right; the last bin has both its edges.
 *
 * Returns: how many
 */
guint64
sonde_histogram_get_count (SondeHistogram *self,
                           guint bin)
{
  g_return_val_if_fail (self != NULL && bin < self->bins.n_bins, 0);
  return self->counts[bin];
}

/**
 * sonde_histogram_get_density:
 * @bin: which bin
 *
 * Gives the share of the values in a bin, divided by its width.
 *
 * Returns: count / width of the bin / number of values: the densities times the widths add up to 1
 */
double
sonde_histogram_get_density (SondeHistogram *self,
                             guint bin)
{
  double width;

  g_return_val_if_fail (self != NULL && bin < self->bins.n_bins, 0);

  width = sonde_math_bin_edge (&self->bins, bin + 1) - sonde_math_bin_edge (&self->bins, bin);
  return (double) self->counts[bin] / width / (double) self->n_values;
}

/**
 * sonde_histogram_draw:
 * @panel: where to
 * @scale: what the height means
 * @series: which of @n_series
 * @n_series: how many are drawn into @panel
 * @label: (nullable): its word in the legend
 *
 * Adds a line through the left edges of the bins to a panel.
 */
void
sonde_histogram_draw (SondeHistogram *self,
                      SondePanel *panel,
                      SondeHistogramScale scale,
                      guint series,
                      guint n_series,
                      const char *label)
{
  g_autofree double *x = NULL;
  g_autofree double *y = NULL;
  SondeStyle style = SONDE_STYLE_INIT;
  guint n_bins;
  guint n_points;

  g_return_if_fail (self != NULL && SONDE_IS_PANEL (panel));

  n_bins = (guint) self->bins.n_bins;
  n_points = n_bins > 1 ? n_bins : 2; /* a single bin is drawn from edge to edge: a point is no line */
  x = g_new (double, n_points);
  y = g_new (double, n_points);
  for (guint i = 0; i < n_points; i++)
    {
      guint bin = MIN (i, n_bins - 1);

      x[i] = sonde_histogram_get_edge (self, i);
      y[i] = scale == SONDE_HISTOGRAM_COUNT ? (double) self->counts[bin] : sonde_histogram_get_density (self, bin);
    }
  style.color = sonde_color_series_of (series, n_series);
  style.line_width = n_series > SONDE_MOST_SERIES ? 1.2 : 2;
  sonde_panel_add_line (panel, x, y, n_points, &style, label);
}
