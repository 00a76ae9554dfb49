#define G_LOG_DOMAIN "sonde"

#include "cosine-source.h"

#include <math.h>

#include <math/sonde-math.h>

struct _CosineRows
{
  SondeTensor *activations; /* float32 */
  SondeTensor *products;    /* rows x rows, float64; NULL: there are too many rows */
  gsize n_rows;
  gsize n_features;
  double *lengths;
  gsize n_zero;
};

/* Rows are scaled to length 1 when a tile needs them: scaled rows of all would be twice as large as the activations. */
typedef struct
{
  gsize row;
  gboolean made;
  double *values; /* [rows of the band, features] */
} Band;

/* What computes tiles. */
typedef struct
{
  SondeSimilarity *similarity; /* (unowned) */
  GPtrArray *rows;             /* of CosineRows, a stage each */
  GPtrArray *columns;          /* of CosineRows, a stage each; the same array where rows are compared with each other */
  guint n_workers;
  Band *bands;     /* workers x stages: the rows of the band that a thread is in */
  double **scaled; /* workers: rows that stand for the columns of a tile */
  gsize most_features;
} Source;

/* The roots of the products of the rows with themselves. */
static gsize
take_lengths (CosineRows *rows)
{
  const double *products = sonde_tensor_peek_f64 (rows->products);
  gsize n_zero = 0;

  for (gsize i = 0; i < rows->n_rows; i++)
    {
      rows->lengths[i] = sqrt (products[i * rows->n_rows + i]);
      n_zero += rows->lengths[i] == 0;
    }
  return n_zero;
}

CosineRows *
cosine_rows_new (SondeTensor *activations,
                 SondeTensor *products)
{
  CosineRows *rows = g_atomic_rc_box_new0 (CosineRows);

  rows->activations = sonde_tensor_to_f32 (activations);
  rows->n_rows = sonde_tensor_get_n_rows (activations);
  rows->n_features = sonde_tensor_get_n_columns (activations);
  rows->lengths = g_new (double, rows->n_rows);
  rows->products = products != NULL ? sonde_tensor_ref (products) : NULL;
  if (products != NULL)
    rows->n_zero = take_lengths (rows);
  else
    rows->n_zero = sonde_math_row_lengths (sonde_tensor_peek_f32 (rows->activations), rows->n_rows, rows->n_features, rows->lengths);
  return rows;
}

CosineRows *
cosine_rows_ref (CosineRows *rows)
{
  return g_atomic_rc_box_acquire (rows);
}

static void
rows_clear (gpointer data)
{
  CosineRows *rows = data;

  sonde_tensor_unref (rows->activations);
  g_clear_pointer (&rows->products, sonde_tensor_unref);
  g_free (rows->lengths);
}

void
cosine_rows_unref (CosineRows *rows)
{
  g_atomic_rc_box_release_full (rows, rows_clear);
}

gsize
cosine_rows_get_n_zero (CosineRows *rows)
{
  return rows->n_zero;
}

gboolean
cosine_rows_is_zero (CosineRows *rows,
                     gsize row)
{
  return rows->lengths[row] == 0;
}

static void
scale (const CosineRows *rows,
       gsize first,
       gsize n,
       double *out)
{
  sonde_math_scale_rows (sonde_tensor_peek_f32 (rows->activations) + first * rows->n_features, n, rows->n_features, rows->lengths + first, out);
}

static const double *
get_band (Source *self,
          guint stage,
          const SondeSimilarityTile *tile)
{
  const CosineRows *rows = g_ptr_array_index (self->rows, stage);
  Band *band = &self->bands[tile->worker * self->rows->len + stage];

  if (band->values == NULL)
    band->values = g_new (double, sonde_similarity_get_side (self->similarity) * rows->n_features);
  if (!band->made || band->row != tile->row)
    scale (rows, tile->row, tile->n_rows, band->values);
  band->row = tile->row;
  band->made = TRUE;
  return band->values;
}

static const double *
scale_columns (Source *self,
               guint stage,
               const SondeSimilarityTile *tile)
{
  const CosineRows *columns = g_ptr_array_index (self->columns, stage);

  if (self->scaled[tile->worker] == NULL)
    self->scaled[tile->worker] = g_new (double, sonde_similarity_get_side (self->similarity) * self->most_features);
  scale (columns, tile->column, tile->n_columns, self->scaled[tile->worker]);
  return self->scaled[tile->worker];
}

static void
fill (guint stage,
      const SondeSimilarityTile *tile,
      double *out,
      gpointer user_data)
{
  Source *self = user_data;
  const CosineRows *rows = g_ptr_array_index (self->rows, stage);

  if (tile->diagonal && rows->products != NULL && tile->n_rows == rows->n_rows)
    sonde_math_cosine_from_products (sonde_tensor_peek_f64 (rows->products), rows->n_rows, rows->lengths, out);
  else if (tile->diagonal)
    sonde_math_cosine_self (get_band (self, stage, tile), tile->n_rows, rows->n_features, out);
  else
    sonde_math_cosine_cross (get_band (self, stage, tile), tile->n_rows, scale_columns (self, stage, tile), tile->n_columns, rows->n_features, out);
}

static void
rest (gpointer user_data)
{
  Source *self = user_data;

  for (guint i = 0; i < self->n_workers * self->rows->len; i++)
    {
      g_clear_pointer (&self->bands[i].values, g_free);
      self->bands[i].made = FALSE;
    }
  for (guint i = 0; i < self->n_workers; i++)
    g_clear_pointer (&self->scaled[i], g_free);
}

static void
source_free (gpointer data)
{
  Source *self = data;

  rest (self);
  g_free (self->bands);
  g_free (self->scaled);
  g_ptr_array_unref (self->rows);
  g_ptr_array_unref (self->columns);
  g_free (self);
}

static SondeSimilarity *
new_similarity (SondeSimilarityShape shape,
                GPtrArray *rows,
                GPtrArray *columns,
                gsize step)
{
  static const SondeSimilaritySource functions = { fill, rest, source_free };
  const CosineRows *first = g_ptr_array_index (rows, 0);
  Source *self = g_new0 (Source, 1);
  gsize n_features = 0;

  self->rows = g_ptr_array_ref (rows);
  self->columns = g_ptr_array_ref (columns);
  self->n_workers = sonde_threads_get_n ();
  self->bands = g_new0 (Band, self->n_workers * rows->len);
  self->scaled = g_new0 (double *, self->n_workers);
  for (guint i = 0; i < rows->len; i++)
    {
      const CosineRows *stage = g_ptr_array_index (rows, i);

      n_features += stage->n_features;
      self->most_features = MAX (self->most_features, stage->n_features);
    }
  self->similarity = sonde_similarity_new (shape, first->n_rows, rows->len, n_features, step, &functions, self);
  return self->similarity;
}

SondeSimilarity *
cosine_similarity_new (GPtrArray *stages,
                       gsize step)
{
  return new_similarity (SONDE_SIMILARITY_SYMMETRIC, stages, stages, step);
}

SondeSimilarity *
cosine_similarity_new_crossed (CosineRows *a,
                               CosineRows *b,
                               gsize step)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) cosine_rows_unref);
  g_autoptr (GPtrArray) columns = g_ptr_array_new_with_free_func ((GDestroyNotify) cosine_rows_unref);

  g_ptr_array_add (rows, cosine_rows_ref (a));
  g_ptr_array_add (columns, cosine_rows_ref (b));
  return new_similarity (SONDE_SIMILARITY_WHOLE, rows, columns, step);
}
