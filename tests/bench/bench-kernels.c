/* Each kernel of the GPT-2 plugin, beside a copy of the bytes that it works on, or the bare products within it. */

#include <dlfcn.h>
#include <string.h>

#include "bench-blas.h"
#include "bench-gpt2-kernels.h"
#include "bench.h"
#include "sonde.h"

/* Tokens of the main job on GPT-2 small, and its widths. */
#define ROWS 1134
#define FEATURES 768
#define INNER 3072
#define HEAD 64

static const BenchGpt2Kernels *kernels;

/* Enough for the widest matrix; each kernel takes as much as it needs. */
static struct
{
  float *source, *x, *y;
  float gain[FEATURES], bias[INNER];
} data;

static void
init_data (void)
{
  const gsize n = (gsize) ROWS * INNER;

  data.source = bench_new_floats (n);
  data.x = g_memdup2 (data.source, n * sizeof (float));
  data.y = g_memdup2 (data.source, n * sizeof (float));
  memcpy (data.gain, data.source, sizeof data.gain);
  memcpy (data.bias, data.source, sizeof data.bias);
}

static void
clear_data (void)
{
  g_free (data.source);
  g_free (data.x);
  g_free (data.y);
}

/* ---- copies ---- */

static void
copy_narrow (gpointer unused)
{
  memcpy (data.y, data.source, (gsize) ROWS * FEATURES * sizeof (float));
}

static void
copy_wide (gpointer unused)
{
  memcpy (data.y, data.source, (gsize) ROWS * INNER * sizeof (float));
}

/* An activation overwrites its input, and its own output is another input. */
static void
restore (gpointer unused)
{
  memcpy (data.x, data.source, (gsize) ROWS * INNER * sizeof (float));
}

/* ---- kernels ---- */

static void
run_layer_norm (gpointer unused)
{
  kernels->layer_norm (data.x, ROWS, FEATURES, data.gain, data.bias, 1e-5f, data.y);
}

static void
run_gelu_new (gpointer unused)
{
  kernels->gelu_new (data.x, (gsize) ROWS * INNER);
}

static void
run_gelu_erf (gpointer unused)
{
  kernels->gelu_erf (data.x, (gsize) ROWS * INNER);
}

static void
run_relu (gpointer unused)
{
  kernels->relu (data.x, (gsize) ROWS * INNER);
}

static void
run_add (gpointer unused)
{
  kernels->add (data.x, data.source, (gsize) ROWS * FEATURES);
}

static void
run_all_finite (gpointer unused)
{
  if (!kernels->all_finite (data.source, (gsize) ROWS * INNER))
    bench_fail ("a number is not finite");
}

static void
run_find_not_finite (gpointer unused)
{
  if (kernels->find_not_finite (data.source, (gsize) ROWS * INNER) != (gsize) ROWS * INNER)
    bench_fail ("a number is not finite");
}

static void
bench_maps (void)
{
  const double narrow = 1e-6 * ROWS * FEATURES * sizeof (float), wide = 1e-6 * ROWS * INNER * sizeof (float);

  bench_run (&(BenchCase){ "layer-norm", { run_layer_norm }, "memcpy", { copy_narrow }, BENCH_CPU, narrow, "MB" });
  bench_run (&(BenchCase){ "gelu-new", { run_gelu_new, NULL, restore }, "memcpy", { copy_wide }, BENCH_CPU, wide, "MB" });
  bench_run (&(BenchCase){ "gelu-erf", { run_gelu_erf, NULL, restore }, "memcpy", { copy_wide }, BENCH_CPU, wide, "MB" });
  bench_run (&(BenchCase){ "relu", { run_relu, NULL, restore }, "memcpy", { copy_wide }, BENCH_CPU, wide, "MB" });
  bench_run (&(BenchCase){ "add", { run_add, NULL, restore }, "memcpy", { copy_narrow }, BENCH_CPU, narrow, "MB" });
  bench_run (&(BenchCase){ "all-finite", { run_all_finite }, "memcpy", { copy_wide }, BENCH_CPU, wide, "MB" });
  bench_run (&(BenchCase){ "find-not-finite", { run_find_not_finite }, "memcpy", { copy_wide }, BENCH_CPU, wide, "MB" });
}

/* ---- attention ---- */

/* One head over one sequence of which every position asks. */
typedef struct
{
  gsize n;
  gsize *positions;
  float *q, *k, *v, *out, *workspace;
} Attention;

static void
run_attention (gpointer user_data)
{
  const Attention *a = user_data;

  kernels->attention (a->q, HEAD, a->positions, a->n, a->k, a->v, HEAD, a->n, HEAD, 0.125f, a->out, HEAD, NULL, a->workspace);
}

/* The two products of each block of queries. */
static void
run_attention_products (gpointer user_data)
{
  const Attention *a = user_data;
  const BenchBlas *blas = bench_blas ();

  for (gsize first = 0; first < a->n; first += GPT2_ATTENTION_BLOCK)
    {
      const blasint rows = (blasint) MIN (GPT2_ATTENTION_BLOCK, a->n - first), width = (blasint) first + rows;

      blas->sgemm (CblasRowMajor, CblasNoTrans, CblasTrans, rows, width, HEAD, 0.125f, a->q + first * HEAD, HEAD, a->k, HEAD, 0, a->workspace, width);
      blas->sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, HEAD, width, 1, a->workspace, width, a->v, HEAD, 0, a->out + first * HEAD, HEAD);
    }
}

static void
bench_attention (const char *name,
                 gsize n)
{
  g_autofree gsize *positions = g_new (gsize, n);
  g_autofree float *q = bench_new_floats (n * HEAD);
  g_autofree float *k = bench_new_floats (n * HEAD);
  g_autofree float *v = bench_new_floats (n * HEAD);
  g_autofree float *out = g_new0 (float, n *HEAD);
  g_autofree float *workspace = g_new0 (float, kernels->attention_workspace (n, n));
  Attention attention = { n, positions, q, k, v, out, workspace };

  for (gsize i = 0; i < n; i++)
    positions[i] = i;
  bench_run (&(BenchCase){ name, { run_attention, &attention }, "its products by sgemm", { run_attention_products, &attention }, BENCH_CPU });
}

static void
load_kernels (const char *path)
{
  void *module = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  void *symbol = module != NULL ? dlsym (module, "bench_gpt2_kernels") : NULL;
  __typeof__ (bench_gpt2_kernels) *get;

  if (symbol == NULL)
    bench_fail ("%s", dlerror ());
  memcpy (&get, &symbol, sizeof get);
  kernels = get ();
}

/* bench-kernels MODULE [WORD]… */
int
main (int argc,
      char **argv)
{
  if (argc < 2)
    bench_fail ("the module with the kernels is not named");
  bench_begin ("kernels", argc - 1, argv + 1);
  bench_blas ();
  load_kernels (argv[1]);
  init_data ();
  bench_maps ();
  bench_attention ("attention-10", 10);
  bench_attention ("attention-104", 104);
  bench_attention ("attention-1024", 1024);
  clear_data ();
  return bench_end ();
}
