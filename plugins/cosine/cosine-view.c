#define G_LOG_DOMAIN "sonde"

#include "cosine-private.h"

#include <math.h>

#include <glib/gi18n-lib.h>

guint
cosine_view_get_n_drawn_pairs (const CosineView *view)
{
  guint n = 0;

  for (guint i = 0; i < view->pairs->len; i++)
    n += g_array_index (view->pairs, CosinePair, i).drawn;
  return n;
}

guint
cosine_view_get_n_drawn_stages (const CosineView *view)
{
  const guint room = CLAMP (COSINE_MOST_MATRICES / view->conditions->len, 4, COSINE_MOST_STAGES);

  return MIN (sonde_investigation_get_n_stages (view->investigation), room);
}

/* The @index-th of @n_chosen of @n, evenly from the first to the last. */
static guint
choose (guint index,
        guint n_chosen,
        guint n)
{
  return n_chosen > 1 ? index * (n - 1) / (n_chosen - 1) : 0;
}

guint
cosine_view_get_drawn_stage (const CosineView *view,
                             guint index)
{
  return choose (index, cosine_view_get_n_drawn_stages (view), sonde_investigation_get_n_stages (view->investigation));
}

typedef gboolean (*HistogramTest) (SondeHistogram *histogram);

static gboolean
any_of (GPtrArray *histograms,
        HistogramTest test)
{
  for (guint i = 0; i < histograms->len; i++)
    if (test (g_ptr_array_index (histograms, i)))
      return TRUE;
  return FALSE;
}

static gboolean
any_histogram (const CosineView *view,
               HistogramTest test)
{
  for (guint i = 0; i < view->conditions->len; i++)
    {
      CosineShown *shown = g_ptr_array_index (view->conditions, i);

      if (any_of (shown->histograms, test) || any_of (shown->cross_histograms, test))
        return TRUE;
    }
  return FALSE;
}

gboolean
cosine_view_is_capped (const CosineView *view)
{
  return any_histogram (view, sonde_histogram_is_capped);
}

static gboolean
is_counted (SondeHistogram *histogram)
{
  return !sonde_histogram_is_exact (histogram);
}

gboolean
cosine_view_is_counted (const CosineView *view)
{
  return any_histogram (view, is_counted);
}

gsize
cosine_view_get_most_rows (const CosineView *view)
{
  gsize most = 1;

  for (guint i = 0; i < view->conditions->len; i++)
    most = MAX (most, cosine_collector_get_step (sonde_condition_get_n_rows (sonde_investigation_get_condition (view->investigation, i))));
  return most;
}

CosineShown *
cosine_shown_new (void)
{
  CosineShown *shown = g_new0 (CosineShown, 1);

  shown->collectors = g_ptr_array_new_with_free_func ((GDestroyNotify) cosine_collector_free);
  shown->cross_collectors = g_ptr_array_new_with_free_func ((GDestroyNotify) cosine_collector_free);
  shown->matrices = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);
  shown->histograms = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_histogram_unref);
  shown->means = g_array_new (FALSE, FALSE, sizeof (double));
  shown->cross_matrices = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);
  shown->cross_means = g_array_new (FALSE, FALSE, sizeof (double));
  shown->cross_histograms = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_histogram_unref);
  return shown;
}

void
cosine_shown_free (CosineShown *shown)
{
  if (shown == NULL)
    return;
  g_ptr_array_unref (shown->collectors);
  g_ptr_array_unref (shown->cross_collectors);
  g_ptr_array_unref (shown->matrices);
  g_ptr_array_unref (shown->histograms);
  g_array_unref (shown->means);
  g_ptr_array_unref (shown->cross_matrices);
  g_ptr_array_unref (shown->cross_histograms);
  g_array_unref (shown->cross_means);
  g_free (shown);
}

static void
empty (GPtrArray *collectors,
       guint max_bins,
       GPtrArray *histograms,
       GPtrArray *matrices,
       GArray *means)
{
  for (guint i = 0; i < collectors->len; i++)
    {
      CosineCollector *collector = g_ptr_array_index (collectors, i);
      SondeTensor *cells = cosine_collector_dup_cells (collector);
      const double mean = cosine_collector_get_mean (collector);

      g_ptr_array_add (histograms, cosine_collector_dup_histogram (collector, max_bins));
      if (cells != NULL)
        g_ptr_array_add (matrices, cells);
      g_array_append_val (means, mean);
    }
  g_ptr_array_set_size (collectors, 0);
}

void
cosine_shown_complete (CosineShown *shown,
                       guint max_bins)
{
  empty (shown->collectors, max_bins, shown->histograms, shown->matrices, shown->means);
  empty (shown->cross_collectors, max_bins, shown->cross_histograms, shown->cross_matrices, shown->cross_means);
}

/* "auto" or LOW:HIGH */
static gboolean
parse_limits (const char *text,
              double *low,
              double *high)
{
  char *end = NULL;

  *low = *high = NAN;
  if (g_str_equal (text, "auto"))
    return TRUE;
  *low = g_ascii_strtod (text, &end);
  if (end == text || *end != ':')
    return FALSE;
  text = end + 1;
  *high = g_ascii_strtod (text, &end);
  return end != text && *end == '\0' && isfinite (*low) && isfinite (*high) && *low < *high;
}

/* Entries beyond the pairs that a model has are checked, too, but limit nothing; pairs beyond the entries are "auto". */
gboolean
cosine_view_set_limits (CosineView *view,
                        const char *limits,
                        GError **error)
{
  g_auto (GStrv) parts = g_strsplit (limits, ",", -1);

  for (guint i = 0; parts[i] != NULL || i == 0; i++)
    {
      const char *part = parts[i] != NULL ? g_strstrip (parts[i]) : "";
      double low;
      double high;

      if (!parse_limits (part, &low, &high))
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY,
                       _ ("cross-limits has “%s”: write auto or LOW:HIGH with LOW below HIGH for each pair of stages, separated by commas, as in -0.3:0.3,auto"),
                       part);
          return FALSE;
        }
      if (i < view->pairs->len)
        {
          g_array_index (view->pairs, CosinePair, i).low = low;
          g_array_index (view->pairs, CosinePair, i).high = high;
        }
    }
  return TRUE;
}

/* Of many pairs those of each stage and the next that is equally wide, or an even selection of these. */
static void
choose_pairs (CosineView *view)
{
  g_autoptr (GArray) neighbours = g_array_new (FALSE, FALSE, sizeof (guint));
  guint n_chosen;

  for (guint i = 0; i < view->pairs->len; i++)
    {
      CosinePair *pair = &g_array_index (view->pairs, CosinePair, i);

      pair->drawn = view->pairs->len <= COSINE_MOST_PAIRS;
      /* pairs are in the order of their first stage, then of their second */
      if (i == 0 || pair->a != g_array_index (view->pairs, CosinePair, i - 1).a)
        g_array_append_val (neighbours, i);
    }
  n_chosen = view->pairs->len > COSINE_MOST_PAIRS ? MIN (neighbours->len, COSINE_MOST_PAIRS) : 0;
  for (guint i = 0; i < n_chosen; i++)
    g_array_index (view->pairs, CosinePair, g_array_index (neighbours, guint, choose (i, n_chosen, neighbours->len))).drawn = TRUE;
}

void
cosine_view_find_pairs (CosineView *view)
{
  SondeInvestigation *investigation = view->investigation;
  guint n_stages = sonde_investigation_get_n_stages (investigation);

  g_array_set_size (view->pairs, 0);
  for (guint i = 0; i < sonde_stage_pair_count (n_stages); i++)
    {
      CosinePair pair = { .low = NAN, .high = NAN };

      sonde_stage_pair_get (n_stages, i, &pair.a, &pair.b);
      if (sonde_investigation_get_n_features (investigation, pair.a) == sonde_investigation_get_n_features (investigation, pair.b))
        g_array_append_val (view->pairs, pair);
    }
  choose_pairs (view);
}
