/* The matrix products of a forward pass by themselves, and the whole forward pass beside them. It grows in rows, in layers and in
 * width: the ratio must not. */

#include <stdio.h>
#include <string.h>

#include "bench-blas.h"
#include "bench-model.h"
#include "bench.h"

/* As many as the embedded text has of its target; the wider model gets half of them, to be done in the same time. */
#define N_WINDOWS 103
/* A product that suits the library: square, and as large as two caches. */
#define SQUARE 1024

/* The products of one forward pass: weights [layers, 12 features^2] of all linear maps, each layer's in a place of its own. */
typedef struct
{
  gsize n_layers, n_features;
  gsize n_tokens, n_kept;
  float *weights;
  float *in, *out; /* [tokens, 4 features] */
} Products;

static void
multiply (const Products *products,
          gsize rows,
          gsize n_in,
          gsize n_out,
          const float **weights)
{
  bench_sgemm (rows, n_out, n_in, products->in, *weights, products->out);
  *weights += n_in * n_out;
}

/* All rows go through all maps; in the last layer only keys and values need them all. */
static void
run_products (gpointer data)
{
  const Products *p = data;
  const gsize d = p->n_features;
  const float *weights = p->weights;

  for (gsize layer = 0; layer < p->n_layers; layer++)
    {
      const gboolean last = layer + 1 == p->n_layers;
      const gsize rows = last ? p->n_kept : p->n_tokens;

      if (last)
        multiply (p, rows, d, d, &weights);
      multiply (p, p->n_tokens, d, last ? 2 * d : 3 * d, &weights);
      multiply (p, rows, d, d, &weights);
      multiply (p, rows, d, 4 * d, &weights);
      multiply (p, rows, 4 * d, d, &weights);
    }
}

/* Multiplications and additions, in units of 10^9. */
static double
count_operations (const Products *p)
{
  const double square = (double) p->n_features * (double) p->n_features;
  const double all = (double) p->n_tokens, kept = (double) p->n_kept;

  return 2e-9 * square * ((double) (p->n_layers - 1) * all * 12 + all * 2 + kept * 10);
}

static void
init_products (Products *p,
               const BenchShape *shape,
               guint n_layers,
               guint n_windows)
{
  const gsize d = shape->n_features, n_weights = n_layers * 12 * d * d, some = MIN (n_weights, 1000003);
  g_autofree float *numbers = bench_new_floats (some);

  *p = (Products){ n_layers, d, 11 * n_windows + 1, 2 * n_windows, g_new (float, n_weights), NULL, NULL };
  for (gsize i = 0; i < n_weights; i += some)
    memcpy (p->weights + i, numbers, MIN (some, n_weights - i) * sizeof *numbers);
  p->in = bench_new_floats (p->n_tokens * 4 * d);
  p->out = g_new0 (float, p->n_tokens * 4 * d);
}

static void
clear_products (Products *p)
{
  g_free (p->weights);
  g_free (p->in);
  g_free (p->out);
}

/* ---- a square product of as many operations ---- */

typedef struct
{
  guint n;
  float *a, *b, *c;
} Square;

static void
run_square (gpointer data)
{
  const Square *square = data;

  for (guint i = 0; i < square->n; i++)
    bench_sgemm (SQUARE, SQUARE, SQUARE, square->a, square->b, square->c);
}

static void
bench_products (const BenchShape *shape,
                guint n_windows)
{
  g_autofree char *name = g_strconcat ("sgemm-", shape->name, NULL);
  g_autofree float *a = bench_new_floats (SQUARE * SQUARE);
  g_autofree float *b = bench_new_floats (SQUARE * SQUARE);
  g_autofree float *c = g_new (float, SQUARE *SQUARE);
  const double one_square = 2e-9 * SQUARE * SQUARE * SQUARE;
  Products products;
  Square square;

  if (!bench_wants (name))
    return;
  init_products (&products, shape, shape->n_layers, n_windows);
  square = (Square){ (guint) (count_operations (&products) / one_square + 0.5), a, b, c };
  bench_run (&(BenchCase){ name, { run_products, &products }, "square sgemm", { run_square, &square }, BENCH_CPU, count_operations (&products), "Gflop" });
  clear_products (&products);
}

/* ---- the forward pass ---- */

typedef struct
{
  SondeModel *model;
  SondeBatch *batch;
  SondeSelection *selection;
} Forward;

static gboolean
discard (guint layer,
         const char *site,
         SondeTensor *tensor,
         gpointer user_data,
         GError **error)
{
  return TRUE;
}

static void
run_forward (gpointer data)
{
  Forward *forward = data;
  g_autoptr (GError) error = NULL;

  sonde_model_run (forward->model, forward->batch, forward->selection, discard, NULL, NULL, &error);
  bench_check (error);
}

/* The four stages of the MLP in each of the first layers. */
static SondeSelection *
select_stages (guint n_layers)
{
  static const char *const sites[] = { "mlp.in", "mlp.pre", "mlp.post", "mlp.out" };
  SondeSelection *selection = sonde_selection_new ();

  for (guint layer = 0; layer < n_layers; layer++)
    for (guint i = 0; i < G_N_ELEMENTS (sites); i++)
      sonde_selection_add (selection, layer, sites[i]);
  return selection;
}

/* The first @n_layers of a model of that shape, on so many windows, beside its bare products. */
static void
bench_forward (const BenchShape *shape,
               guint n_layers,
               guint n_windows,
               BenchClock clock,
               const char *more)
{
  g_autofree char *name = g_strconcat ("forward-", shape->name, more, NULL);
  g_autoptr (SondeModel) model = NULL;
  g_autoptr (SondeBatch) batch = NULL;
  g_autoptr (SondeSelection) selection = NULL;
  Products products;
  Forward forward;

  if (!bench_wants (name))
    return;
  model = bench_model_open (shape);
  batch = bench_batch_new (n_windows);
  selection = select_stages (n_layers);
  forward = (Forward){ model, batch, selection };
  init_products (&products, shape, n_layers, n_windows);
  bench_run (&(BenchCase){ name, { run_forward, &forward }, "its products by sgemm", { run_products, &products }, clock, count_operations (&products), "Gflop" });
  clear_products (&products);
}

/* The 48 linear maps as who calls the library would have them: a call for each map and each of the two conditions, for all rows, in
 * the library's own threads. */
static void
run_calls (const Products *p)
{
  const gsize d = p->n_features, windows = p->n_tokens / 11 * 10, rows[] = { windows, p->n_tokens - windows };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const float *weights = p->weights;

      for (gsize layer = 0; layer < p->n_layers; layer++)
        {
          const gsize sizes[][2] = { { d, 3 * d }, { d, d }, { d, 4 * d }, { 4 * d, d } };

          for (guint map = 0; map < G_N_ELEMENTS (sizes); map++)
            {
              bench_sgemm_call (rows[i], sizes[map][1], sizes[map][0], p->in, weights, p->out);
              weights += sizes[map][0] * sizes[map][1];
            }
        }
    }
}

/* For other benchmarks: the seconds that the linear maps of the main job on 124M take, of all threads and on the wall. The middle of
 * three: whoever puts them beside one run of something cannot choose that run either. */
static int
print_bare (void)
{
  Products products;
  double cpu[3], wall[3];

  init_products (&products, &bench_small, bench_small.n_layers, N_WINDOWS);
  run_calls (&products);
  for (guint i = 0; i < G_N_ELEMENTS (cpu); i++)
    {
      double start = bench_now (BENCH_CPU), wall_start = bench_now (BENCH_WALL);

      run_calls (&products);
      cpu[i] = bench_now (BENCH_CPU) - start;
      wall[i] = bench_now (BENCH_WALL) - wall_start;
    }
  printf ("%.6f %.6f\n", bench_median (cpu, G_N_ELEMENTS (cpu)), bench_median (wall, G_N_ELEMENTS (wall)));
  clear_products (&products);
  return 0;
}

int
main (int argc,
      char **argv)
{
  if (argc == 2 && g_str_equal (argv[1], "--bare"))
    return print_bare ();
  bench_begin ("products", argc, argv);
  bench_products (&bench_small, N_WINDOWS);
  bench_forward (&bench_small, 12, N_WINDOWS, BENCH_CPU, "");
  bench_forward (&bench_small, 12, N_WINDOWS, BENCH_WALL, "-wall");
  bench_forward (&bench_small, 12, N_WINDOWS / 4, BENCH_CPU, "-quarter-rows");
  bench_forward (&bench_small, 12, N_WINDOWS * 2, BENCH_CPU, "-double-rows");
  bench_forward (&bench_small, 6, N_WINDOWS, BENCH_CPU, "-half-layers");
  bench_products (&bench_medium, N_WINDOWS / 2);
  bench_forward (&bench_medium, 24, N_WINDOWS / 2, BENCH_CPU, "");
  bench_forward (&bench_medium, 12, N_WINDOWS / 2, BENCH_CPU, "-half-layers");
  return bench_end ();
}
