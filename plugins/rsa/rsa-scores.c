#define G_LOG_DOMAIN "sonde"

#include "rsa-scores.h"

#include <math.h>
#include <string.h>

/* Rows that equal each other on paper differ by SONDE_MATH_ROUNDING of their length at most, so that their cosines lie the square of
 * that below 1 at most. Similarities that spread less than that, against the largest, are all equal: what is left would compare one
 * processor's rounding with itself. */
static gboolean
is_constant (const SondeMathMoments *moments,
             guint stage)
{
  return sonde_math_moments_is_constant (moments, stage) || sonde_math_moments_spread (moments, stage) <= SONDE_MATH_ROUNDING * SONDE_MATH_ROUNDING;
}

/* ---- moments ---- */

typedef struct
{
  guint n_stages;
  guint n_bands;
  SondeMathMoments **bands; /* each added to in one thread, from left to right */
  int failed;               /* atomic: there was no memory */
} Moments;

/* The strict upper triangle of a tile on the diagonal, a vector a stage. */
static void
add_triangle (const SondeSimilarityTile *tile,
              guint n_stages,
              SondeMathMoments *moments)
{
  const gsize n = tile->n_rows, n_values = n * (n - 1) / 2;
  g_autofree double *packed = g_new (double, n_stages *n_values);
  g_autofree const double **x = g_new (const double *, n_stages);

  for (guint i = 0; i < n_stages; i++)
    {
      x[i] = packed + i * n_values;
      sonde_math_upper_triangle (tile->values[i], n, packed + i * n_values);
    }
  sonde_math_moments_add (moments, x, n_values);
}

static void
add_tile (const SondeSimilarityTile *tile,
          gpointer user_data)
{
  Moments *self = user_data;
  SondeMathMoments **moments = &self->bands[tile->band];

  if (*moments == NULL)
    *moments = sonde_math_moments_new (self->n_stages);
  if (*moments == NULL)
    g_atomic_int_set (&self->failed, TRUE);
  else if (tile->diagonal)
    add_triangle (tile, self->n_stages, *moments);
  else
    sonde_math_moments_add (*moments, tile->values, tile->n_rows * tile->n_columns);
}

/* In the order of the bands, whatever thread had them. */
static void
correlate (Moments *self,
           double *scores,
           gboolean *constant)
{
  SondeMathMoments *whole = self->bands[0];

  for (guint i = 1; i < self->n_bands; i++)
    sonde_math_moments_merge (whole, self->bands[i]);
  for (guint i = 0; i < self->n_stages; i++)
    constant[i] = is_constant (whole, i);
  for (guint i = 0; i < sonde_stage_pair_count (self->n_stages); i++)
    {
      guint a;
      guint b;

      sonde_stage_pair_get (self->n_stages, i, &a, &b);
      if (constant[a] || constant[b] || sonde_math_moments_pearson (whole, a, b, &scores[i]) != SONDE_MATH_OK)
        scores[i] = NAN;
    }
}

gboolean
rsa_score_moments (SondeSimilarity *similarity,
                   double *scores,
                   gboolean *constant,
                   GCancellable *cancellable,
                   GError **error)
{
  Moments self = { sonde_similarity_get_n_stages (similarity), sonde_similarity_get_n_bands (similarity), NULL, FALSE };
  gboolean succeeded;

  self.bands = g_new0 (SondeMathMoments *, self.n_bands);
  sonde_similarity_connect (similarity, add_tile, &self);
  succeeded = sonde_similarity_run (similarity, cancellable, error) && !self.failed;
  if (succeeded)
    correlate (&self, scores, constant);
  for (guint i = 0; i < self.n_bands; i++)
    sonde_math_moments_free (self.bands[i]);
  g_free (self.bands);
  return succeeded;
}

/* ---- triangles ---- */

typedef struct
{
  guint n_stages;
  gsize n_rows;
  gsize n_values;
  double *values; /* stages x n_values */
  RsaComparison comparison;
  double *scores;
  gboolean *constant;
  int failed; /* atomic: there was no memory */
} Triangles;

static void
keep_tile (const SondeSimilarityTile *tile,
           gpointer user_data)
{
  Triangles *self = user_data;

  for (gsize i = 0; i < tile->n_rows; i++)
    {
      const gsize first = sonde_similarity_tile_first (tile, i);
      const gsize row = tile->row + i;
      const gsize place = sonde_similarity_pair_index (self->n_rows, row, tile->column + first);

      for (guint s = 0; s < self->n_stages && first < tile->n_columns; s++)
        memcpy (self->values + s * self->n_values + place, tile->values[s] + i * tile->n_columns + first, (tile->n_columns - first) * sizeof (double));
    }
}

static void
judge_stage (guint stage,
             guint worker,
             gpointer user_data)
{
  Triangles *self = user_data;
  const double *triangle = self->values + stage * self->n_values;
  SondeMathMoments *moments = sonde_math_moments_new (1);

  if (moments == NULL)
    {
      g_atomic_int_set (&self->failed, TRUE);
      return;
    }
  sonde_math_moments_add (moments, &triangle, self->n_values);
  self->constant[stage] = is_constant (moments, 0);
  sonde_math_moments_free (moments);
}

static void
compare_pair (guint pair,
              guint worker,
              gpointer user_data)
{
  Triangles *self = user_data;
  SondeMathStatus status = SONDE_MATH_UNDEFINED;
  guint a;
  guint b;

  sonde_stage_pair_get (self->n_stages, pair, &a, &b);
  if (!self->constant[a] && !self->constant[b])
    status = self->comparison (self->values + a * self->n_values, self->values + b * self->n_values, self->n_values, &self->scores[pair]);
  if (status != SONDE_MATH_OK)
    self->scores[pair] = NAN;
  if (status != SONDE_MATH_OK && status != SONDE_MATH_UNDEFINED)
    g_atomic_int_set (&self->failed, TRUE);
}

gboolean
rsa_score_triangles (SondeSimilarity *similarity,
                     RsaComparison comparison,
                     double *scores,
                     gboolean *constant,
                     GCancellable *cancellable,
                     GError **error)
{
  const gsize n_rows = sonde_similarity_get_n_rows (similarity);
  Triangles self = { .n_stages = sonde_similarity_get_n_stages (similarity), .n_rows = n_rows, .n_values = n_rows * (n_rows - 1) / 2, .comparison = comparison, .scores = scores, .constant = constant };
  g_autofree double *values = g_try_malloc_n (self.n_stages, self.n_values * sizeof *values);

  if (values == NULL)
    return FALSE;
  self.values = values;
  sonde_similarity_connect (similarity, keep_tile, &self);
  if (!sonde_similarity_run (similarity, cancellable, error))
    return FALSE;
  sonde_threads_run (self.n_stages, judge_stage, &self);
  sonde_threads_run (sonde_stage_pair_count (self.n_stages), compare_pair, &self);
  return !self.failed;
}
