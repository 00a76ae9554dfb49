#define G_LOG_DOMAIN "gpt2"

#include "gpt2-linear.h"

#include <sonde.h>

/* Packed weights are kept to so many at a time: wider maps are computed some columns after the other. */
#define MAX_PACKED ((gsize) 5 << 19)
/* So many rows of them are packed at a time. */
#define PACKED_ROWS ((gsize) 32)
/* Packed, a thread takes so many tiles' rows at a time, fewer where there would be too few parts for all threads to end together,
 * and at most SONDE_MATH_LINEAR_WIDTH columns: what it reads again and again stays in its cache. */
#define MIN_TILES ((gsize) 4)
#define MAX_TILES ((gsize) 9)
#define PARTS_PER_THREAD 8
/* Unpacked, one multiplication of this many products takes some tenths of a second: longer ones are cut, so that a run can be ended. */
#define MAX_PRODUCTS ((guint64) 1 << 34)

/* A matrix in parts of so many rows and columns, fewer at its edges. */
typedef struct
{
  gsize n_rows, n_columns;
  gsize row_step, column_step;
} Grid;

typedef struct
{
  SondeMathLinear map; /* some columns of the whole map: those from @first on */
  gsize first;
  const Gpt2LinearContext *context;
  const float *x;
  float *out;
  gsize stride;
  Grid grid;
  Gpt2PartFunc after;
  gpointer user_data;
} Product;

typedef struct
{
  Grid grid;
  Gpt2PartFunc func;
  gpointer user_data;
} Rows;

static gsize
divide_up (gsize length, gsize step)
{
  return (length + step - 1) / step;
}

static guint
count_parts (const Grid *grid)
{
  return (guint) (divide_up (grid->n_rows, grid->row_step) * divide_up (grid->n_columns, grid->column_step));
}

/* Columns by columns: parts that are computed at the same time read the same weights. */
static SondeMathPart
get_part (const Grid *grid, guint task)
{
  const gsize n_down = divide_up (grid->n_rows, grid->row_step);
  const gsize row = task % n_down * grid->row_step, column = task / n_down * grid->column_step;

  return (SondeMathPart){ row, MIN (row + grid->row_step, grid->n_rows), column, MIN (column + grid->column_step, grid->n_columns) };
}

/* As few equal parts as can be of at most @max, each but the last a multiple of @unit. */
static gsize
choose_step (gsize length, gsize max, gsize unit)
{
  return divide_up (divide_up (length, divide_up (length, max)), unit) * unit;
}

/* Threads need not be equally fast, so that each takes part after part. */
static Grid
choose_packed_grid (gsize n_rows, gsize n_columns)
{
  const gsize column_step = choose_step (n_columns, SONDE_MATH_LINEAR_WIDTH, SONDE_MATH_LINEAR_COLUMNS);
  const gsize n_tiles = divide_up (n_rows, SONDE_MATH_LINEAR_ROWS) * divide_up (n_columns, column_step);
  const gsize tiles = CLAMP (n_tiles / (PARTS_PER_THREAD * sonde_threads_get_n ()), MIN_TILES, MAX_TILES);

  return (Grid){ n_rows, n_columns, tiles * SONDE_MATH_LINEAR_ROWS, column_step };
}

/* One part a thread. Before it multiplies, the library copies the weights of a part's columns, for each part anew, and the rows
 * likewise: so per product the cost of copying is 1 / rows + 1 / columns of a part, and the cut that makes this least is taken. */
static Grid
choose_grid (gsize n_rows, gsize n_columns, gsize n_in)
{
  const guint n_threads = sonde_threads_get_n ();
  Grid best = { n_rows, n_columns, n_rows, n_columns };
  double least = G_MAXDOUBLE;

  for (guint n_down = 1; n_down <= n_threads; n_down++)
    {
      const guint n_across = n_threads / n_down;
      const double cost = (double) n_down / n_rows + (double) n_across / n_columns;

      if (n_down * n_across != n_threads || n_down > n_rows || n_across > n_columns || cost >= least)
        continue;
      least = cost;
      best.row_step = divide_up (n_rows, n_down);
      best.column_step = choose_step (n_columns, divide_up (n_columns, n_across), SONDE_MATH_LINEAR_COLUMNS);
    }
  /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): one grid at least is of use, and its steps are no 0 */
  best.row_step = MIN (best.row_step, (gsize) MAX (MAX_PRODUCTS / ((guint64) n_in * best.column_step), 256));
  return best;
}

static void
pack_part (guint task,
           guint worker,
           gpointer user_data)
{
  const Product *product = user_data;
  const gsize row = task * PACKED_ROWS;

  sonde_math_linear_pack (&product->map, row, MIN (row + PACKED_ROWS, product->map.k));
}

static void
multiply_part (guint task,
               guint worker,
               gpointer user_data)
{
  const Product *product = user_data;
  const Gpt2LinearContext *context = product->context;
  SondeMathPart part = get_part (&product->grid, task);

  if (g_cancellable_is_cancelled (context->cancellable))
    return;
  sonde_math_linear_apply (&product->map, &part, product->x, product->map.k, product->out, product->stride, context->workspace + worker * context->workspace_size);
  part.column += product->first;
  part.column_end += product->first;
  if (product->after)
    product->after (&part, product->user_data);
}

static gsize
get_packed_columns (gsize n_in, gsize n_out)
{
  return choose_step (n_out, MAX (MAX_PACKED / n_in, SONDE_MATH_LINEAR_COLUMNS), SONDE_MATH_LINEAR_COLUMNS);
}

gsize
gpt2_linear_get_packed (gsize n_in, gsize n_out)
{
  return sonde_math_linear_get_packed (n_in, get_packed_columns (n_in, n_out));
}

gboolean
gpt2_linear_apply (const SondeMathLinear *self,
                   const Gpt2LinearContext *context,
                   const float *x,
                   gsize n_rows,
                   float *out,
                   gsize stride,
                   Gpt2PartFunc after,
                   gpointer user_data,
                   GError **error)
{
  const gsize at_once = context->packed ? get_packed_columns (self->k, self->n) : self->n;

  for (gsize first = 0; first < self->n && n_rows > 0 && !g_cancellable_is_cancelled (context->cancellable); first += at_once)
    {
      const gsize n = MIN (at_once, self->n - first);
      const Grid grid = context->packed ? choose_packed_grid (n_rows, n) : choose_grid (n_rows, n, self->k);
      Product product = { gpt2_linear_get_columns (self, first, n), first, context, x, out + first, stride, grid, after, user_data };

      product.map.packed = context->packed;
      if (context->packed)
        sonde_threads_run ((guint) divide_up (self->k, PACKED_ROWS), pack_part, &product);
      sonde_threads_run (count_parts (&grid), multiply_part, &product);
    }
  return !g_cancellable_set_error_if_cancelled (context->cancellable, error);
}

SondeMathLinear
gpt2_linear_get_columns (const SondeMathLinear *self, gsize first, gsize n)
{
  return (SondeMathLinear){ .k = self->k, .n = n, .weight = self->weight + first, .weight_stride = self->weight_stride, .bias = self->bias + first };
}

static void
run_rows (guint task,
          guint worker,
          gpointer user_data)
{
  const Rows *rows = user_data;
  const SondeMathPart part = get_part (&rows->grid, task);

  rows->func (&part, rows->user_data);
}

void
gpt2_rows_foreach (gsize n_rows,
                   gsize n_columns,
                   Gpt2PartFunc func,
                   gpointer user_data)
{
  Rows rows = { { n_rows, n_columns, MAX (divide_up (n_rows, PARTS_PER_THREAD * sonde_threads_get_n ()), 1), n_columns }, func, user_data };

  sonde_threads_run (count_parts (&rows.grid), run_rows, &rows);
}
