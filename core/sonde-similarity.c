#define G_LOG_DOMAIN "sonde"

#include "sonde-similarity.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-threads.h"

/* A tile this wide is multiplied at nearly full speed, and takes two megabytes a stage. */
#define SIDE 512
/* Up to so many rows there is one tile. */
#define MOST_IN_ONE 256
/* With fewer bands than this the threads would not get even shares. */
#define FEWEST_BANDS 8
/* Most numbers of all stages of a tile, and of the rows of a band, that a thread holds. */
#define MOST_VALUES ((gsize) 1 << 21)
#define MOST_FEATURES ((gsize) 1 << 22)

/**
 * SondeSimilarityFill:
 * @stage: which stage, from 0
 * @tile: which rectangle; its own values are not there yet
 * @out: @tile's n_rows x n_columns numbers, row by row, to be set
 * @user_data: that of the source
 *
 * Computes the numbers of one stage of a tile. Called from several threads at the same time.
 */

/**
 * SondeSimilarityFunc:
 * @tile: a rectangle of similarities, of all stages
 * @user_data: handed to sonde_similarity_connect()
 *
 * Looks at one tile. Called from several threads at the same time.
 */

/**
 * SondeSimilarity:
 *
 * The similarities of every row with every other, for each stage of a frame: a matrix that is never there as a whole. Whoever
 * wants to see it connects; a pass computes it tile by tile, each tile once, and shows it to all who are connected. So the memory
 * is that of a tile a thread, however many rows there are.
 */
struct _SondeSimilarity
{
  GObject parent_instance;

  SondeSimilarityShape shape;
  gsize n_rows;
  guint n_stages;
  gsize side;
  SondeSimilaritySource source;
  gpointer user_data;

  GArray *readers; /* of Reader: those of the next pass */
  double *only;    /* all stages of the only tile, where one pass has made it */
};

typedef struct
{
  SondeSimilarityFunc func;
  gpointer user_data;
} Reader;

/* A pass. */
typedef struct
{
  SondeSimilarity *self;
  GCancellable *cancellable;
  double **values; /* workers: all stages of the tile that it has */
  int failed;      /* atomic: there was no memory */
} Pass;

G_DEFINE_FINAL_TYPE (SondeSimilarity, sonde_similarity, G_TYPE_OBJECT)

static void
sonde_similarity_finalize (GObject *object)
{
  SondeSimilarity *self = SONDE_SIMILARITY (object);

  if (self->source.destroy != NULL)
    self->source.destroy (self->user_data);
  g_array_unref (self->readers);
  g_free (self->only);
  G_OBJECT_CLASS (sonde_similarity_parent_class)->finalize (object);
}

static void
sonde_similarity_class_init (SondeSimilarityClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_similarity_finalize;
}

static void
sonde_similarity_init (SondeSimilarity *self)
{
  self->readers = g_array_new (FALSE, FALSE, sizeof (Reader));
}

static gsize
choose_side (gsize n_rows,
             guint n_stages,
             gsize n_features,
             gsize step)
{
  gsize side = SIDE;

  if (n_rows <= MOST_IN_ONE)
    return MAX (n_rows, 1);
  side = MIN (side, MAX (n_rows / FEWEST_BANDS, 64));
  while (side > 32 && (n_stages * side * side > MOST_VALUES || side * n_features > MOST_FEATURES))
    side /= 2;
  return MAX (side / step, 1) * step;
}

/**
 * sonde_similarity_new: (skip)
 * @shape: which tiles there are
 * @n_rows: rows, and columns
 * @n_stages: how many matrices
 * @n_features: the numbers that @source keeps for a row of a band, of all stages: it decides how large tiles are
 * @step: tiles begin at multiples of this, so that blocks of @step rows and columns are never cut
 * @source: computes the numbers of a tile, from several threads
 * @user_data: handed to the functions of @source
 *
 * Describes similarities that are computed when they are asked for, tile by tile.
 *
 * Returns: (transfer full): new similarities; nothing is computed yet
 */
SondeSimilarity *
sonde_similarity_new (SondeSimilarityShape shape,
                      gsize n_rows,
                      guint n_stages,
                      gsize n_features,
                      gsize step,
                      const SondeSimilaritySource *source,
                      gpointer user_data)
{
  SondeSimilarity *self;

  g_return_val_if_fail (n_stages > 0 && step > 0 && source != NULL && source->fill != NULL, NULL);

  self = g_object_new (SONDE_TYPE_SIMILARITY, NULL);
  self->shape = shape;
  self->n_rows = n_rows;
  self->n_stages = n_stages;
  self->side = choose_side (n_rows, n_stages, n_features, step);
  self->source = *source;
  self->user_data = user_data;
  return self;
}

/**
 * sonde_similarity_estimate: (skip)
 * @n_rows: how many rows there are
 * @n_stages: how many stages
 * @n_features: features of the widest stage
 * @step: as in sonde_similarity_new()
 * @side: (out) (optional): rows and columns of a tile of such similarities
 *
 * For sonde_similarity_new() with the same arguments, of either shape.
 *
 * Returns: the bytes of the tiles that a pass holds
 */
guint64
sonde_similarity_estimate (gsize n_rows,
                           guint n_stages,
                           gsize n_features,
                           gsize step,
                           gsize *side)
{
  const guint64 length = choose_side (n_rows, n_stages, n_features, step);
  const guint64 n_tiles = MIN ((n_rows + length - 1) / length, sonde_threads_get_n ());

  if (side != NULL)
    *side = length;
  return n_tiles * n_stages * length * length * sizeof (double);
}

static void
copy_from_matrix (guint stage,
                  const SondeSimilarityTile *tile,
                  double *out,
                  gpointer user_data)
{
  SondeTensor *matrix = g_ptr_array_index ((GPtrArray *) user_data, stage);
  const double *values = sonde_tensor_peek_f64 (matrix);
  const gsize n_columns = sonde_tensor_get_n_columns (matrix);

  for (gsize i = 0; i < tile->n_rows; i++)
    memcpy (out + i * tile->n_columns, values + (tile->row + i) * n_columns + tile->column, tile->n_columns * sizeof *out);
}

/**
 * sonde_similarity_new_for_matrices:
 * @matrices: (element-type SondeTensor): one a stage, all of the same size, square and symmetric
 *
 * Shows matrices that are there already as similarities.
 *
 * Returns: (transfer full): similarities that are there already
 */
SondeSimilarity *
sonde_similarity_new_for_matrices (GPtrArray *matrices)
{
  const SondeSimilaritySource source = { .fill = copy_from_matrix, .destroy = (GDestroyNotify) g_ptr_array_unref };
  GPtrArray *converted;

  g_return_val_if_fail (matrices != NULL && matrices->len > 0, NULL);

  converted = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);
  for (guint i = 0; i < matrices->len; i++)
    g_ptr_array_add (converted, sonde_tensor_to_f64 (g_ptr_array_index (matrices, i)));
  return sonde_similarity_new (SONDE_SIMILARITY_SYMMETRIC, sonde_tensor_get_n_rows (g_ptr_array_index (matrices, 0)), matrices->len, 0, 1,
                               &source, converted);
}

/**
 * sonde_similarity_get_n_rows:
 *
 * Counts the rows.
 *
 * Returns: how many
 */
gsize
sonde_similarity_get_n_rows (SondeSimilarity *self)
{
  g_return_val_if_fail (SONDE_IS_SIMILARITY (self), 0);
  return self->n_rows;
}

/**
 * sonde_similarity_get_n_stages:
 *
 * Counts the stages.
 *
 * Returns: how many numbers there are for each pair of rows
 */
guint
sonde_similarity_get_n_stages (SondeSimilarity *self)
{
  g_return_val_if_fail (SONDE_IS_SIMILARITY (self), 0);
  return self->n_stages;
}

/**
 * sonde_similarity_get_side:
 *
 * Gives the size of a tile.
 *
 * Returns: rows and columns of a tile; those at the end may have fewer
 */
gsize
sonde_similarity_get_side (SondeSimilarity *self)
{
  g_return_val_if_fail (SONDE_IS_SIMILARITY (self), 1);
  return self->side;
}

/**
 * sonde_similarity_get_n_bands:
 *
 * Counts the bands into which the rows are cut.
 *
 * Returns: how many; a tile's band is below
 */
guint
sonde_similarity_get_n_bands (SondeSimilarity *self)
{
  g_return_val_if_fail (SONDE_IS_SIMILARITY (self), 0);
  return (guint) ((self->n_rows + self->side - 1) / self->side);
}

/**
 * sonde_similarity_connect: (skip)
 * @func: is shown every tile of the next pass
 * @user_data: handed to @func
 *
 * Asks to see the similarities. They come when somebody runs a pass, or when the frame has been down the chain.
 */
void
sonde_similarity_connect (SondeSimilarity *self,
                          SondeSimilarityFunc func,
                          gpointer user_data)
{
  Reader reader = { func, user_data };

  g_return_if_fail (SONDE_IS_SIMILARITY (self) && func != NULL);
  g_array_append_val (self->readers, reader);
}

/* ---- a pass ---- */

static void
show (Pass *pass,
      SondeSimilarityTile *tile,
      double *values)
{
  SondeSimilarity *self = pass->self;
  g_autofree const double **stages = g_new (const double *, self->n_stages);

  for (guint i = 0; i < self->n_stages; i++)
    stages[i] = values + i * tile->n_rows * tile->n_columns;
  tile->values = stages;
  for (guint i = 0; i < self->readers->len; i++)
    {
      const Reader *reader = &g_array_index (self->readers, Reader, i);

      reader->func (tile, reader->user_data);
    }
}

static SondeSimilarityTile
get_tile (SondeSimilarity *self,
          guint band,
          gsize column,
          guint worker)
{
  const gsize row = band * self->side;

  return (SondeSimilarityTile){
    .band = band,
    .worker = worker,
    .row = row,
    .n_rows = MIN (self->side, self->n_rows - row),
    .column = column,
    .n_columns = MIN (self->side, self->n_rows - column),
    .diagonal = self->shape == SONDE_SIMILARITY_SYMMETRIC && row == column,
  };
}

static double *
allocate_values (SondeSimilarity *self)
{
  return g_try_new (double, self->n_stages * self->side * self->side);
}

static void
run_band (guint band,
          guint worker,
          gpointer user_data)
{
  Pass *pass = user_data;
  SondeSimilarity *self = pass->self;
  gsize column = self->shape == SONDE_SIMILARITY_SYMMETRIC ? band * self->side : 0;

  if (pass->values[worker] == NULL)
    pass->values[worker] = allocate_values (self);
  if (pass->values[worker] == NULL)
    g_atomic_int_set (&pass->failed, TRUE);
  for (; column < self->n_rows && !g_atomic_int_get (&pass->failed) && !g_cancellable_is_cancelled (pass->cancellable); column += self->side)
    {
      SondeSimilarityTile tile = get_tile (self, band, column, worker);

      for (guint i = 0; i < self->n_stages; i++)
        self->source.fill (i, &tile, pass->values[worker] + i * tile.n_rows * tile.n_columns, self->user_data);
      show (pass, &tile, pass->values[worker]);
    }
}

static void
fill_stage (guint stage,
            guint worker,
            gpointer user_data)
{
  SondeSimilarity *self = user_data;
  SondeSimilarityTile tile = get_tile (self, 0, 0, worker);

  self->source.fill (stage, &tile, self->only + stage * self->n_rows * self->n_rows, self->user_data);
}

/* One tile: its stages are what the threads share, and it stays, so that a second pass costs nothing. */
static void
run_only_tile (Pass *pass)
{
  SondeSimilarity *self = pass->self;
  SondeSimilarityTile tile = get_tile (self, 0, 0, 0);

  if (self->only == NULL && (self->only = allocate_values (self)) != NULL)
    sonde_threads_run (self->n_stages, fill_stage, self);
  if (self->only == NULL)
    pass->failed = TRUE;
  else
    show (pass, &tile, self->only);
}

/**
 * sonde_similarity_run:
 * @cancellable: (nullable): ends the pass
 *
 * Shows all similarities to those who are connected, who are not connected any more afterwards. Does nothing where there are none.
 *
 * Returns: %FALSE with %SONDE_ERROR_FAILED where there is no memory, or with %G_IO_ERROR_CANCELLED
 */
gboolean
sonde_similarity_run (SondeSimilarity *self,
                      GCancellable *cancellable,
                      GError **error)
{
  const guint n_workers = sonde_threads_get_n ();
  Pass pass = { self, cancellable, NULL, FALSE };

  g_return_val_if_fail (SONDE_IS_SIMILARITY (self), FALSE);

  if (self->readers->len == 0 || self->n_rows == 0)
    return TRUE;
  pass.values = g_new0 (double *, n_workers);
  if (sonde_similarity_get_n_bands (self) == 1)
    run_only_tile (&pass);
  else
    sonde_threads_run (sonde_similarity_get_n_bands (self), run_band, &pass);
  for (guint i = 0; i < n_workers; i++)
    g_free (pass.values[i]);
  g_free (pass.values);
  g_array_set_size (self->readers, 0);
  if (self->source.rest != NULL)
    self->source.rest (self->user_data);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (pass.failed)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("there is no memory for %u tiles of %zu x %zu similarities: use fewer rows, or free some memory"),
                 self->n_stages, self->side, self->side);
  return !pass.failed;
}

/* ---- a matrix as a whole ---- */

typedef struct
{
  SondeSimilarity *self;
  guint stage;
  double *matrix;
} Whole;

static void
copy_tile (const SondeSimilarityTile *tile,
           gpointer user_data)
{
  const Whole *whole = user_data;
  const gsize n = whole->self->n_rows;
  const double *values = tile->values[whole->stage];

  for (gsize i = 0; i < tile->n_rows; i++)
    for (gsize j = 0; j < tile->n_columns; j++)
      {
        whole->matrix[(tile->row + i) * n + tile->column + j] = values[i * tile->n_columns + j];
        if (whole->self->shape == SONDE_SIMILARITY_SYMMETRIC)
          whole->matrix[(tile->column + j) * n + tile->row + i] = values[i * tile->n_columns + j];
      }
}

/**
 * sonde_similarity_dup_matrix:
 * @stage: which stage
 * @cancellable: (nullable): ends it with %G_IO_ERROR_CANCELLED
 *
 * For what cannot do without: takes eight bytes for every pair of rows, 80 kB for 100 rows and 3.2 GB for 20,000. Others who are
 * connected are shown the same pass.
 *
 * Returns: (transfer full) (nullable): rows x rows, float64; or %NULL with @error set
 */
SondeTensor *
sonde_similarity_dup_matrix (SondeSimilarity *self,
                             guint stage,
                             GCancellable *cancellable,
                             GError **error)
{
  Whole whole = { self, stage, NULL };
  gsize n_bytes;

  g_return_val_if_fail (SONDE_IS_SIMILARITY (self) && stage < self->n_stages, NULL);

  if (g_size_checked_mul (&n_bytes, self->n_rows * sizeof (double), self->n_rows))
    whole.matrix = g_try_malloc (n_bytes);
  if (whole.matrix == NULL && n_bytes > 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("there is no memory for a matrix of %zu x %zu similarities: use fewer rows, or free some memory"),
                   self->n_rows, self->n_rows);
      return NULL;
    }
  sonde_similarity_connect (self, copy_tile, &whole);
  if (!sonde_similarity_run (self, cancellable, error))
    {
      g_free (whole.matrix);
      return NULL;
    }
  return sonde_tensor_new_take_f64 (whole.matrix, self->n_rows, self->n_rows);
}
