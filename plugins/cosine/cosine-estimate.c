#define G_LOG_DOMAIN "sonde"

#include "cosine-private.h"

/* Memory of a pass over similarities, and of what is collected in it. */

static guint64
get_width (const CosineView *view,
           guint stage)
{
  return sonde_investigation_get_n_features (view->investigation, stage);
}

/* Scaled rows: of the band that each thread is in, of all stages, and of the columns that it compares them with. */
static guint64
estimate_pass (SondeSimilarityShape shape,
               guint64 n_rows,
               guint n_stages,
               guint64 n_features,
               guint64 widest)
{
  gsize side;
  const guint64 tiles = sonde_similarity_estimate (n_rows, n_stages, n_features, cosine_collector_get_step (n_rows), &side);
  const guint64 n_bands = (n_rows + side - 1) / side;
  const guint64 n_workers = MIN (n_bands, sonde_threads_get_n ());
  const gboolean needs_columns = n_bands > 1 || shape == SONDE_SIMILARITY_WHOLE;

  return tiles + n_workers * side * (n_features + (needs_columns ? widest : 0)) * sizeof (double);
}

static guint64
estimate_own (const CosineView *view,
              guint64 n_rows)
{
  const guint n_stages = sonde_investigation_get_n_stages (view->investigation);
  guint64 n_features = 0, widest = 0;

  for (guint i = 0; i < n_stages; i++)
    {
      n_features += get_width (view, i);
      widest = MAX (widest, get_width (view, i));
    }
  return estimate_pass (SONDE_SIMILARITY_SYMMETRIC, n_rows, n_stages, n_features, widest);
}

static guint64
estimate_crossed (const CosineView *view,
                  guint64 n_rows)
{
  guint64 most = 0;

  for (guint i = 0; i < view->pairs->len; i++)
    {
      const guint64 width = get_width (view, g_array_index (view->pairs, CosinePair, i).a);

      most = MAX (most, estimate_pass (SONDE_SIMILARITY_WHOLE, n_rows, 1, width, width));
    }
  return most;
}

void
cosine_view_estimate (const CosineView *view,
                      const gboolean *crosses,
                      SondeEstimate *estimate)
{
  for (guint i = 0; i < view->conditions->len; i++)
    {
      const guint64 n_rows = sonde_condition_get_n_rows (sonde_investigation_get_condition (view->investigation, i));
      const guint n_stages = sonde_investigation_get_n_stages (view->investigation);

      estimate->working = MAX (estimate->working, estimate_own (view, n_rows));
      for (guint j = 0; j < n_stages; j++)
        cosine_collector_estimate (n_rows, SONDE_SIMILARITY_SYMMETRIC, TRUE, estimate);
      if (!crosses[i])
        continue;
      estimate->working = MAX (estimate->working, estimate_crossed (view, n_rows));
      for (guint j = 0; j < view->pairs->len; j++)
        cosine_collector_estimate (n_rows, SONDE_SIMILARITY_WHOLE, g_array_index (view->pairs, CosinePair, j).drawn, estimate);
    }
}
