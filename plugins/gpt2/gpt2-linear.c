#define G_LOG_DOMAIN "gpt2"

#include "gpt2-linear.h"

#include <math/sonde-math.h>
#include <sonde.h>

/* One multiplication of this many products takes some tenths of a second: longer ones are cut, so that a run can be ended. */
#define MAX_PRODUCTS (G_GINT64_CONSTANT (1) << 34)

/* A matrix in n_down x n_across parts of about the same size. */
typedef struct
{
  gsize n_rows, n_columns;
  guint n_down, n_across;
} Grid;

typedef struct
{
  const Gpt2Linear *linear;
  const float *x;
  float *out;
  gsize stride;
  Grid grid;
  float *workspace;
  Gpt2PartFunc after;
  gpointer user_data;
  GCancellable *cancellable;
} Product;

typedef struct
{
  Grid grid;
  Gpt2PartFunc func;
  gpointer user_data;
} Rows;

/* One part a thread. The weights of a part's columns are copied before they are multiplied, for each part anew, and the rows
 * likewise: so per product the cost of copying is 1 / rows + 1 / columns of a part, and the cut that makes this least is taken. */
static Grid
choose_grid (gsize n_rows, gsize n_columns, guint n_threads)
{
  Grid best = { n_rows, n_columns, 1, 1 };
  double least = G_MAXDOUBLE;

  for (guint n_down = 1; n_down <= n_threads; n_down++)
    {
      const guint n_across = n_threads / n_down;
      const double cost = (double) n_down / n_rows + (double) n_across / n_columns;

      if (n_down * n_across != n_threads || n_down > n_rows || n_across > n_columns || cost >= least)
        continue;
      least = cost;
      best.n_down = n_down;
      best.n_across = n_across;
    }
  return best;
}

/* Cuts fall on multiples of sixteen floats: vectors and cache lines stay whole. */
static gsize
cut (gsize length, guint i, guint n)
{
  const gsize at = length * i / n;

  return i == n ? length : at - at % 16;
}

static Gpt2Part
get_part (const Grid *grid, guint task)
{
  const guint down = task / grid->n_across, across = task % grid->n_across;

  return (Gpt2Part){ .row = grid->n_rows * down / grid->n_down,
                     .row_end = grid->n_rows * (down + 1) / grid->n_down,
                     .column = cut (grid->n_columns, across, grid->n_across),
                     .column_end = cut (grid->n_columns, across + 1, grid->n_across) };
}

/* A piece of a product, and where it begins. */
typedef struct
{
  const Product *product;
  gsize row, column;
} Piece;

static void
finish_part (size_t row,
             size_t row_end,
             size_t column,
             size_t column_end,
             void *data)
{
  const Piece *piece = data;
  const Gpt2Part part = { piece->row + row, piece->row + row_end, piece->column + column, piece->column + column_end };

  piece->product->after (&part, piece->product->user_data);
}

static void
multiply (const Product *product, const Gpt2Part *part, guint worker)
{
  const Gpt2Linear *linear = product->linear;
  const gsize n_columns = part->column_end - part->column;
  const gsize at_once = MAX ((gsize) MAX_PRODUCTS / (linear->n_in * n_columns), 256);

  for (gsize row = part->row; row < part->row_end && !g_cancellable_is_cancelled (product->cancellable); row += at_once)
    {
      const gsize n = MIN (at_once, part->row_end - row);
      Piece piece = { product, row, part->column };

      sonde_math_linear (n, n_columns, linear->n_in, product->x + row * linear->n_in, linear->n_in,
                         linear->weight + part->column, linear->stride, linear->bias + part->column,
                         product->out + row * product->stride + part->column, product->stride,
                         product->workspace + worker * sonde_math_linear_workspace (), product->after ? finish_part : NULL, &piece);
    }
}

static void
multiply_part (guint task,
               guint worker,
               gpointer user_data)
{
  const Product *product = user_data;
  const Gpt2Part part = get_part (&product->grid, task);

  if (part.row == part.row_end || part.column == part.column_end || g_cancellable_is_cancelled (product->cancellable))
    return;
  multiply (product, &part, worker);
}

gboolean
gpt2_linear_apply (const Gpt2Linear *self,
                   const float *x,
                   gsize n_rows,
                   float *out,
                   gsize stride,
                   float *workspace,
                   Gpt2PartFunc after,
                   gpointer user_data,
                   GCancellable *cancellable,
                   GError **error)
{
  Product product = { self, x, out, stride, choose_grid (n_rows, self->n_out, sonde_threads_get_n ()), workspace, after, user_data, cancellable };

  sonde_threads_run (product.grid.n_down * product.grid.n_across, multiply_part, &product);
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

Gpt2Linear
gpt2_linear_get_columns (const Gpt2Linear *self, gsize first, gsize n_out)
{
  return (Gpt2Linear){ .weight = self->weight + first, .bias = self->bias + first, .n_in = self->n_in, .n_out = n_out, .stride = self->stride };
}

static void
run_rows (guint task,
          guint worker,
          gpointer user_data)
{
  const Rows *rows = user_data;
  const Gpt2Part part = get_part (&rows->grid, task);

  if (part.row < part.row_end)
    rows->func (&part, rows->user_data);
}

void
gpt2_rows_foreach (gsize n_rows,
                   gsize n_columns,
                   Gpt2PartFunc func,
                   gpointer user_data)
{
  Rows rows = { { n_rows, n_columns, (guint) MIN (n_rows, sonde_threads_get_n ()), 1 }, func, user_data };

  sonde_threads_run (rows.grid.n_down, run_rows, &rows);
}
