#include <sonde.h>

/* A similarity whose numbers are known: rows i and j of stage s have s + 1 + i * 1000 + j, i <= j. */
static double
expect (guint stage,
        gsize i,
        gsize j)
{
  return stage + 1 + (double) MIN (i, j) * 1000 + (double) MAX (i, j);
}

static int n_filled;

static void
fill (guint stage,
      const SondeSimilarityTile *tile,
      double *out,
      gpointer user_data)
{
  for (gsize i = 0; i < tile->n_rows; i++)
    for (gsize j = 0; j < tile->n_columns; j++)
      {
        const gsize row = tile->row + i, column = tile->column + j;

        out[i * tile->n_columns + j] = user_data != NULL ? (double) (row * 7 + column) : expect (stage, row, column);
      }
  g_atomic_int_add (&n_filled, (int) (tile->n_rows * tile->n_columns));
}

static const SondeSimilaritySource source = { .fill = fill };

typedef struct
{
  gsize n_rows;
  guint n_stages;
  int *seen;    /* n_rows x n_rows */
  int last[64]; /* bands: the last column */
  int n_tiles;
} Reader;

static void
look (const SondeSimilarityTile *tile,
      gpointer user_data)
{
  Reader *reader = user_data;

  g_assert_cmpuint (tile->worker, <, sonde_threads_get_n ());
  g_assert_cmpint ((int) tile->column, >, reader->last[tile->band]);
  reader->last[tile->band] = (int) tile->column;
  g_atomic_int_inc (&reader->n_tiles);
  for (gsize i = 0; i < tile->n_rows; i++)
    for (gsize j = sonde_similarity_tile_first (tile, i); j < tile->n_columns; j++)
      {
        reader->seen[(tile->row + i) * reader->n_rows + tile->column + j]++;
        for (guint s = 0; s < reader->n_stages; s++)
          g_assert_cmpfloat (tile->values[s][i * tile->n_columns + j], ==, expect (s, tile->row + i, tile->column + j));
      }
}

static void
reader_init (Reader *reader,
             gsize n_rows,
             guint n_stages)
{
  *reader = (Reader){ .n_rows = n_rows, .n_stages = n_stages, .seen = g_new0 (int, n_rows *n_rows) };
  for (guint i = 0; i < G_N_ELEMENTS (reader->last); i++)
    reader->last[i] = -1;
}

/* Every pair of different rows once, whatever the number of rows and threads, each number computed once and shown to all. */
static void
test_each_pair_once (void)
{
  static const gsize counts[] = { 2, 3, 255, 256, 257, 300, 600, 1111 };

  for (guint n = 0; n < G_N_ELEMENTS (counts); n++)
    for (guint n_threads = 1; n_threads <= 3; n_threads++)
      {
        const gsize n_rows = counts[n];
        g_autoptr (SondeSimilarity) similarity = sonde_similarity_new (SONDE_SIMILARITY_SYMMETRIC, n_rows, 3, 10, 1, &source, NULL);
        g_autoptr (GError) error = NULL;
        Reader readers[2];
        gsize n_pairs = 0;

        sonde_threads_set_n (n_threads);
        for (guint r = 0; r < 2; r++)
          {
            reader_init (&readers[r], n_rows, 3);
            sonde_similarity_connect (similarity, look, &readers[r]);
          }
        g_atomic_int_set (&n_filled, 0);
        g_assert_true (sonde_similarity_run (similarity, NULL, &error));
        g_assert_no_error (error);
        g_assert_cmpint (n_filled, <=, (int) (3 * (n_rows * (n_rows + 1) / 2 + n_rows * sonde_similarity_get_side (similarity) / 2)));
        for (guint r = 0; r < 2; r++)
          {
            for (gsize i = 0; i < n_rows; i++)
              for (gsize j = 0; j < n_rows; j++)
                g_assert_cmpint (readers[r].seen[i * n_rows + j], ==, j > i ? 1 : 0);
            for (gsize i = 0; i < n_rows * n_rows; i++)
              n_pairs += (gsize) readers[r].seen[i];
            g_free (readers[r].seen);
          }
        g_assert_cmpuint (n_pairs, ==, n_rows * (n_rows - 1));
        /* nobody is connected any more */
        g_atomic_int_set (&n_filled, 0);
        g_assert_true (sonde_similarity_run (similarity, NULL, &error));
        g_assert_cmpint (n_filled, ==, 0);
      }
}

/* Tiles begin at multiples of the step, and the same tiles come whatever the threads. */
static void
test_step (void)
{
  static const gsize steps[] = { 1, 3, 20, 100, 700 };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      g_autoptr (SondeSimilarity) one = sonde_similarity_new (SONDE_SIMILARITY_SYMMETRIC, 5000, 4, 7680, steps[i], &source, NULL);

      g_assert_cmpuint (sonde_similarity_get_side (one) % steps[i], ==, 0);
      g_assert_cmpuint (sonde_similarity_get_side (one), <=, MAX (512, steps[i]));
      g_assert_cmpuint (sonde_similarity_get_n_bands (one) * sonde_similarity_get_side (one), >=, 5000);
    }
}

static void
test_matrices (void)
{
  for (gsize n_rows = 1; n_rows < 700; n_rows = n_rows * 3 + 1)
    {
      g_autoptr (SondeSimilarity) similarity = sonde_similarity_new (SONDE_SIMILARITY_SYMMETRIC, n_rows, 2, 10, 1, &source, NULL);
      g_autoptr (SondeSimilarity) whole = sonde_similarity_new (SONDE_SIMILARITY_WHOLE, n_rows, 1, 10, 1, &source, &n_filled);
      g_autoptr (GPtrArray) matrices = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);
      g_autoptr (SondeSimilarity) again = NULL;
      g_autoptr (SondeTensor) crossed = sonde_similarity_dup_matrix (whole, 0, NULL, NULL);
      g_autoptr (SondeTensor) copy = NULL;

      for (guint s = 0; s < 2; s++)
        g_ptr_array_add (matrices, sonde_similarity_dup_matrix (similarity, s, NULL, NULL));
      again = sonde_similarity_new_for_matrices (matrices);
      copy = sonde_similarity_dup_matrix (again, 1, NULL, NULL);
      for (gsize i = 0; i < n_rows; i++)
        for (gsize j = 0; j < n_rows; j++)
          {
            g_assert_cmpfloat (sonde_tensor_peek_f64 (g_ptr_array_index (matrices, 1))[i * n_rows + j], ==, expect (1, i, j));
            g_assert_cmpfloat (sonde_tensor_peek_f64 (copy)[i * n_rows + j], ==, expect (1, i, j));
            g_assert_cmpfloat (sonde_tensor_peek_f64 (crossed)[i * n_rows + j], ==, (double) (i * 7 + j));
          }
    }
}

static void
cancel (const SondeSimilarityTile *tile,
        gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

static void
test_cancel (void)
{
  g_autoptr (SondeSimilarity) similarity = sonde_similarity_new (SONDE_SIMILARITY_SYMMETRIC, 3000, 1, 10, 1, &source, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  sonde_threads_set_n (2);
  g_atomic_int_set (&n_filled, 0);
  sonde_similarity_connect (similarity, cancel, cancellable);
  g_assert_false (sonde_similarity_run (similarity, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (n_filled, <, 3000 * 3000 / 4);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/similarity/each-pair-once", test_each_pair_once);
  g_test_add_func ("/similarity/step", test_step);
  g_test_add_func ("/similarity/matrices", test_matrices);
  g_test_add_func ("/similarity/cancel", test_cancel);
  return g_test_run ();
}
