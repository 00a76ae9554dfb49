#define G_LOG_DOMAIN "gpt2"

#include "gpt2-linear.h"

#include <math/sonde-math.h>
#include <sonde.h>

#include "gpt2-kernels.h"

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

/* One part a thread. Before it multiplies, the library copies the weights of a part's columns, for each part anew, and the rows
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

/* The bias goes in first and the multiplication adds to it. */
static void
multiply (const Product *product, const Gpt2Part *part)
{
  const Gpt2Linear *linear = product->linear;
  const gsize n_columns = part->column_end - part->column;
  const gsize at_once = MAX ((gsize) MAX_PRODUCTS / (linear->n_in * n_columns), 256);

  for (gsize row = part->row; row < part->row_end && !g_cancellable_is_cancelled (product->cancellable); row += at_once)
    {
      const gsize n = MIN (at_once, part->row_end - row);
      float *out = product->out + row * product->stride + part->column;

      gpt2_fill_rows (linear->bias + part->column, n, n_columns, out, product->stride);
      sonde_math_multiply (n, n_columns, linear->n_in, 1, product->x + row * linear->n_in, linear->n_in,
                           linear->weight + part->column, linear->stride, FALSE, 1, out, product->stride);
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
  multiply (product, &part);
  if (product->after)
    product->after (&part, product->user_data);
}

gboolean
gpt2_linear_apply (const Gpt2Linear *self,
                   const float *x,
                   gsize n_rows,
                   float *out,
                   gsize stride,
                   Gpt2PartFunc after,
                   gpointer user_data,
                   GCancellable *cancellable,
                   GError **error)
{
  Product product = { self, x, out, stride, choose_grid (n_rows, self->n_out, sonde_threads_get_n ()), after, user_data, cancellable };

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
