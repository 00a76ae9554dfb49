#define G_LOG_DOMAIN "sonde"

#include "cosine-collector.h"

#include <string.h>

#include <glib/gi18n-lib.h>
#include <math/sonde-math.h>

/* Up to so many values are kept, and their histogram is exact; more are counted in the cells of a grid. */
#define MOST_KEPT ((gsize) 1 << 20)
/* What a grid's cells take where most of them are counted in, and some of those that were put together. */
#define GRID_BYTES ((guint64) 3 << 20)

struct _CosineCollector
{
  guint stage;
  gboolean symmetric;
  gsize n_rows;
  gsize n_values;

  double *values;        /* [n_values]; NULL: they are counted */
  SondeMathGrid **grids; /* workers */
  guint n_workers;
  double *sums; /* bands: of what counts */
  guint n_bands;

  gsize step;
  gsize n_cells; /* along a side */
  double *cells; /* [n_cells, n_cells]; NULL: nothing is drawn */
};

gsize
cosine_collector_get_step (gsize n_rows)
{
  return MAX ((n_rows + COSINE_MOST_CELLS - 1) / COSINE_MOST_CELLS, 1);
}

/* Where the value of row @i and column @j stands among those that are kept. */
static gsize
get_place (const CosineCollector *self,
           gsize i,
           gsize j)
{
  return self->symmetric ? sonde_similarity_pair_index (self->n_rows, i, j) : i * self->n_rows + j;
}

/* Values [n] from row @i of the tile on; where they are kept, those of one row. */
static void
count (CosineCollector *self,
       const SondeSimilarityTile *tile,
       gsize i,
       const double *values,
       gsize n)
{
  double sum = 0;

  if (self->values != NULL)
    memcpy (self->values + get_place (self, tile->row + i, tile->column + sonde_similarity_tile_first (tile, i)), values, n * sizeof *values);
  else
    sonde_math_grid_add (self->grids[tile->worker], values, n);
  for (gsize j = 0; j < n; j++)
    sum += values[j];
  self->sums[tile->band] += sum;
}

/* A cell lies in one tile: tiles begin at multiples of the step. */
static void
add_to_cells (CosineCollector *self,
              const SondeSimilarityTile *tile,
              const double *values)
{
  for (gsize i = 0; i < tile->n_rows; i++)
    {
      double *cells = self->cells + (tile->row + i) / self->step * self->n_cells + tile->column / self->step;

      if (self->step == 1)
        memcpy (cells, values + i * tile->n_columns, tile->n_columns * sizeof *cells);
      else
        for (gsize j = 0; j < tile->n_columns; j++)
          cells[j / self->step] += values[i * tile->n_columns + j];
    }
}

static void
take (const SondeSimilarityTile *tile,
      gpointer user_data)
{
  CosineCollector *self = user_data;
  const double *values = tile->values[self->stage];

  if (self->values == NULL && !tile->diagonal)
    count (self, tile, 0, values, tile->n_rows * tile->n_columns);
  else
    for (gsize i = 0; i < tile->n_rows; i++)
      {
        const gsize first = sonde_similarity_tile_first (tile, i);

        if (first < tile->n_columns)
          count (self, tile, i, values + i * tile->n_columns + first, tile->n_columns - first);
      }
  if (self->cells != NULL)
    add_to_cells (self, tile, values);
}

static gboolean
allocate (CosineCollector *self,
          gboolean draws)
{
  gboolean complete = TRUE;

  if (self->n_values <= MOST_KEPT)
    complete = (self->values = g_try_new (double, self->n_values)) != NULL || self->n_values == 0;
  else
    self->grids = g_new0 (SondeMathGrid *, self->n_workers);
  for (guint i = 0; self->grids != NULL && i < self->n_workers; i++)
    complete &= (self->grids[i] = sonde_math_grid_new ()) != NULL;
  if (draws)
    complete &= (self->cells = g_try_new0 (double, self->n_cells * self->n_cells)) != NULL;
  return complete;
}

CosineCollector *
cosine_collector_new (SondeSimilarity *similarity,
                      SondeSimilarityShape shape,
                      guint stage,
                      gboolean draws,
                      GError **error)
{
  CosineCollector *self = g_new0 (CosineCollector, 1);
  const gsize n_rows = sonde_similarity_get_n_rows (similarity);

  self->stage = stage;
  self->symmetric = shape == SONDE_SIMILARITY_SYMMETRIC;
  self->n_rows = n_rows;
  self->n_values = self->symmetric ? n_rows * (n_rows - 1) / 2 : n_rows * n_rows;
  self->n_workers = sonde_threads_get_n ();
  self->n_bands = sonde_similarity_get_n_bands (similarity);
  self->sums = g_new0 (double, self->n_bands);
  self->step = cosine_collector_get_step (n_rows);
  self->n_cells = (n_rows + self->step - 1) / self->step;
  if (allocate (self, draws))
    {
      sonde_similarity_connect (similarity, take, self);
      return self;
    }
  cosine_collector_free (self);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("there is no memory to count the similarities of %zu rows: free some, or use fewer rows"), n_rows);
  return NULL;
}

void
cosine_collector_estimate (gsize n_rows,
                           SondeSimilarityShape shape,
                           gboolean draws,
                           SondeEstimate *estimate)
{
  const guint64 n = n_rows, n_values = shape == SONDE_SIMILARITY_SYMMETRIC ? n * (n - 1) / 2 : n * n;
  const guint64 step = cosine_collector_get_step (n_rows), length = (n + step - 1) / step, n_cells = draws ? length * length : 0;

  estimate->kept += (n_values <= MOST_KEPT ? n_values * sizeof (double) : sonde_threads_get_n () * GRID_BYTES) + n_cells * sizeof (double);
  /* the matrix, its copy in the figure, as it is stored, and as a picture */
  estimate->result += n_cells * (2 * sizeof (double) + sizeof (float) + sizeof (guint32));
}

void
cosine_collector_free (CosineCollector *self)
{
  for (guint i = 0; self->grids != NULL && i < self->n_workers; i++)
    sonde_math_grid_free (self->grids[i]);
  g_free (self->grids);
  g_free (self->values);
  g_free (self->sums);
  g_free (self->cells);
  g_free (self);
}

/* All counts in the first grid. */
static SondeMathGrid *
merge_grids (CosineCollector *self)
{
  for (guint i = 1; i < self->n_workers; i++)
    if (self->grids[i] != NULL)
      {
        sonde_math_grid_merge (self->grids[0], self->grids[i]);
        g_clear_pointer (&self->grids[i], sonde_math_grid_free);
      }
  return self->grids[0];
}

SondeHistogram *
cosine_collector_dup_histogram (CosineCollector *self,
                                guint max_bins)
{
  if (self->values != NULL)
    return sonde_histogram_new (self->values, self->n_values, max_bins);
  return sonde_histogram_new_from_grid (merge_grids (self), max_bins);
}

/* Sums in the order of the bands: the threads have no say in it. */
double
cosine_collector_get_mean (CosineCollector *self)
{
  double sum = 0;

  for (guint i = 0; i < self->n_bands; i++)
    sum += self->sums[i];
  return sum / (double) self->n_values;
}

static gsize
get_cell_rows (const CosineCollector *self,
               gsize cell)
{
  return MIN (self->step, self->n_rows - cell * self->step);
}

SondeTensor *
cosine_collector_dup_cells (CosineCollector *self)
{
  double *cells;

  if (self->cells == NULL)
    return NULL;
  cells = g_new (double, self->n_cells * self->n_cells);
  for (gsize i = 0; i < self->n_cells; i++)
    for (gsize j = 0; j < self->n_cells; j++)
      {
        const gsize from = self->symmetric && j < i ? j * self->n_cells + i : i * self->n_cells + j;

        cells[i * self->n_cells + j] = self->cells[from] / (double) (get_cell_rows (self, i) * get_cell_rows (self, j));
      }
  return sonde_tensor_new_take_f64 (cells, self->n_cells, self->n_cells);
}
