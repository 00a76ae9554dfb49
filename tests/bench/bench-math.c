/* Each kernel of core/math, beside a copy of the same bytes, a product of the same operations, or the C library's own sort or exp. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench-blas.h"
#include "bench.h"
#include "math/sonde-math.h"
#include "sonde.h"

/* Rows of the main job and the wider of GPT-2 small's widths; their pairs. */
#define ROWS 103
#define FEATURES 3072
#define N_PAIRS (ROWS * (ROWS - 1) / 2)
#define N_VALUES (ROWS * FEATURES)
#define N_GRID 200
#define N_VARIABLES 4
#define MAX_BINS 1000

static struct
{
  float *x, *y;            /* [rows, features] */
  double *values, *scaled; /* [rows, features] */
  double *workspace;       /* [2 rows features] */
  double *cosine;          /* [rows, rows] */
  double *gram, *spare;    /* [rows, rows] */
  double *pairs, *others;  /* [pairs] */
  double *ranks;           /* [pairs] */
  gsize *order;            /* [pairs] */
  double lambda[ROWS];
  double lengths[ROWS];
  double grid[N_GRID], density[N_GRID];
  gsize counts[MAX_BINS];
  SondeBins bins, grid_bins;
  SondeMathGrid *counted;
} data;

static void
init_data (void)
{
  data.x = bench_new_floats (N_VALUES);
  data.y = g_memdup2 (data.x, N_VALUES * sizeof (float));
  data.values = bench_new_doubles (N_VALUES);
  data.scaled = g_new0 (double, N_VALUES);
  data.workspace = g_new0 (double, 2 * N_VALUES);
  data.cosine = g_new0 (double, ROWS *ROWS);
  data.gram = g_new0 (double, ROWS *ROWS);
  data.spare = g_new0 (double, ROWS *ROWS);
  data.pairs = bench_new_doubles (N_PAIRS);
  data.others = g_memdup2 (data.values + 7, N_PAIRS * sizeof (double));
  data.ranks = g_new0 (double, N_PAIRS);
  data.order = g_new0 (gsize, N_PAIRS);
  for (guint i = 0; i < N_GRID; i++)
    data.grid[i] = -2 + 4.0 * i / (N_GRID - 1);
  sonde_math_row_lengths (data.x, ROWS, FEATURES, data.lengths);
  sonde_math_scale_rows (data.x, ROWS, FEATURES, data.lengths, data.scaled);
  sonde_math_centered_gram (data.x, ROWS, FEATURES, data.workspace, data.gram);
  memcpy (data.spare, data.gram, sizeof (double) * ROWS * ROWS);
  sonde_math_eigenvalues (data.spare, ROWS, data.lambda);
  data.bins = sonde_math_bins_freedman_diaconis (data.values, N_VALUES, MAX_BINS, data.workspace);
  data.counted = sonde_math_grid_new ();
  if (data.counted == NULL)
    bench_fail ("there is no memory");
  sonde_math_grid_add (data.counted, data.values, N_VALUES);
  data.grid_bins = sonde_math_grid_bins (data.counted, MAX_BINS);
}

static void
clear_data (void)
{
  void *all[] = { data.x, data.y, data.values, data.scaled, data.workspace, data.cosine, data.gram, data.spare, data.pairs, data.others, data.ranks, data.order };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    g_free (all[i]);
  sonde_math_grid_free (data.counted);
}

static void
expect (SondeMathStatus status)
{
  if (status != SONDE_MATH_OK)
    bench_fail ("a kernel gave status %d", status);
}

/* ---- bounds ---- */

static void
copy_floats (gpointer unused)
{
  memcpy (data.y, data.x, N_VALUES * sizeof (float));
}

static void
copy_doubles (gpointer unused)
{
  memcpy (data.workspace, data.values, N_VALUES * sizeof (double));
}

static void
copy_matrix (gpointer unused)
{
  memcpy (data.spare, data.cosine, sizeof (double) * ROWS * ROWS);
}

static void
copy_pairs (gpointer unused)
{
  memcpy (data.ranks, data.pairs, N_PAIRS * sizeof (double));
}

static void
copy_lambda (gpointer unused)
{
  memcpy (data.workspace, data.lambda, sizeof data.lambda);
}

/* In this thread, as the kernels. */
static void
multiply_rows (gpointer unused)
{
  bench_blas ()->dgemm (CblasRowMajor, CblasNoTrans, CblasTrans, ROWS, ROWS, FEATURES, 1, data.values, FEATURES, data.values, FEATURES, 0, data.cosine, ROWS);
}

static void
multiply_square (gpointer unused)
{
  bench_blas ()->dgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, ROWS, ROWS, ROWS, 1, data.gram, ROWS, data.gram, ROWS, 0, data.cosine, ROWS);
}

static void
sort_pairs (gpointer unused)
{
  memcpy (data.ranks, data.pairs, N_PAIRS * sizeof (double));
  qsort (data.ranks, N_PAIRS, sizeof (double), bench_compare_doubles);
}

static void
take_exponentials (gpointer unused)
{
  double sum = 0;

  for (guint i = 0; i < N_GRID; i++)
    for (guint j = 0; j < ROWS; j++)
      sum += exp (-data.values[i * ROWS + j] * data.values[i * ROWS + j]);
  data.density[0] = sum;
}

/* ---- kernels ---- */

static void
run_all_finite (gpointer unused)
{
  if (!sonde_math_all_finite (data.x, ROWS, FEATURES, NULL, NULL))
    bench_fail ("a number is not finite");
}

static void
run_row_lengths (gpointer unused)
{
  sonde_math_row_lengths (data.x, ROWS, FEATURES, data.lengths);
}

static void
run_scale_rows (gpointer unused)
{
  sonde_math_scale_rows (data.x, ROWS, FEATURES, data.lengths, data.workspace);
}

static void
run_cosine_self (gpointer unused)
{
  sonde_math_cosine_self (data.scaled, ROWS, FEATURES, data.cosine);
}

static void
run_cosine_cross (gpointer unused)
{
  sonde_math_cosine_cross (data.scaled, ROWS, data.values, ROWS, FEATURES, data.cosine);
}

static void
run_upper_triangle (gpointer unused)
{
  sonde_math_upper_triangle (data.cosine, ROWS, data.ranks);
}

static void
run_pearson (gpointer unused)
{
  double r;

  expect (sonde_math_pearson (data.pairs, data.others, N_PAIRS, &r));
}

static void
run_average_ranks (gpointer unused)
{
  sonde_math_average_ranks (data.pairs, N_PAIRS, data.order, data.ranks);
}

static void
run_spearman (gpointer unused)
{
  double r;

  expect (sonde_math_spearman (data.pairs, data.others, N_PAIRS, &r));
}

static void
run_rho_a (gpointer unused)
{
  double r;

  expect (sonde_math_rho_a (data.pairs, data.others, N_PAIRS, &r));
}

static void
run_kendall (gpointer unused)
{
  double tau;

  expect (sonde_math_kendall_tau_a (data.pairs, data.others, N_PAIRS, &tau));
}

static void
run_difference (gpointer unused)
{
  SondeMathDifference difference;

  sonde_math_difference (data.x, data.y, N_VALUES, 1e-4, 0, &difference);
}

static void
run_centered_gram (gpointer unused)
{
  sonde_math_centered_gram (data.x, ROWS, FEATURES, data.workspace, data.gram);
}

static void
run_participation_ratio (gpointer unused)
{
  double ratio;

  expect (sonde_math_participation_ratio (data.gram, ROWS, &ratio));
}

static void
restore_gram (gpointer unused)
{
  memcpy (data.spare, data.gram, sizeof (double) * ROWS * ROWS);
}

static void
run_eigenvalues (gpointer unused)
{
  expect (sonde_math_eigenvalues (data.spare, ROWS, data.lambda));
}

static void
run_effective_dimension (gpointer unused)
{
  gsize dimension;
  double margin;

  expect (sonde_math_effective_dimension (data.lambda, ROWS, 95, &dimension, &margin));
}

static void
run_bins (gpointer unused)
{
  sonde_math_bins_freedman_diaconis (data.values, N_VALUES, MAX_BINS, data.workspace);
}

static void
run_histogram (gpointer unused)
{
  sonde_math_histogram (data.values, N_VALUES, &data.bins, data.counts);
}

/* A grid of its own: what it takes to count depends on what it has counted. */
static void
run_grid_add (gpointer unused)
{
  SondeMathGrid *grid = sonde_math_grid_new ();

  if (grid == NULL)
    bench_fail ("there is no memory");
  sonde_math_grid_add (grid, data.values, N_VALUES);
  sonde_math_grid_free (grid);
}

static void
run_grid_counts (gpointer unused)
{
  sonde_math_grid_counts (data.counted, &data.grid_bins, data.counts);
}

static void
run_moments (gpointer unused)
{
  const gsize n = N_VALUES / N_VARIABLES;
  const double *variables[N_VARIABLES];
  SondeMathMoments *moments = sonde_math_moments_new (N_VARIABLES);

  if (moments == NULL)
    bench_fail ("there is no memory");
  for (guint i = 0; i < N_VARIABLES; i++)
    variables[i] = data.values + i * n;
  sonde_math_moments_add (moments, variables, n);
  sonde_math_moments_free (moments);
}

static void
run_kde (gpointer unused)
{
  expect (sonde_math_kde (data.values, ROWS, data.grid, N_GRID, data.density));
}

int
main (int argc,
      char **argv)
{
  static const BenchCase cases[] = {
    { "all-finite", { run_all_finite }, "memcpy", { copy_floats } },
    { "row-lengths", { run_row_lengths }, "memcpy", { copy_floats } },
    { "scale-rows", { run_scale_rows }, "memcpy of the result", { copy_doubles } },
    { "cosine-self", { run_cosine_self }, "dgemm", { multiply_rows } },
    { "cosine-cross", { run_cosine_cross }, "dgemm", { multiply_rows } },
    { "upper-triangle", { run_upper_triangle }, "memcpy", { copy_pairs } },
    { "pearson", { run_pearson }, "memcpy", { copy_pairs } },
    { "average-ranks", { run_average_ranks }, "qsort", { sort_pairs } },
    { "spearman", { run_spearman }, "qsort", { sort_pairs } },
    { "rho-a", { run_rho_a }, "qsort", { sort_pairs } },
    { "kendall-tau-a", { run_kendall }, "qsort", { sort_pairs } },
    { "moments-add", { run_moments }, "memcpy", { copy_doubles } },
    { "difference", { run_difference }, "memcpy", { copy_floats } },
    { "centered-gram", { run_centered_gram }, "dgemm", { multiply_rows } },
    { "participation-ratio", { run_participation_ratio }, "memcpy", { copy_matrix } },
    { "eigenvalues", { run_eigenvalues, NULL, restore_gram }, "dgemm of that order", { multiply_square } },
    { "effective-dimension", { run_effective_dimension }, "memcpy", { copy_lambda } },
    { "freedman-diaconis", { run_bins }, "memcpy", { copy_doubles } },
    { "histogram", { run_histogram }, "memcpy", { copy_doubles } },
    { "grid-add", { run_grid_add }, "memcpy", { copy_doubles } },
    { "grid-counts", { run_grid_counts }, "memcpy", { copy_doubles } },
    { "kernel-density", { run_kde }, "exp of as many terms", { take_exponentials } },
  };

  bench_begin ("math", argc, argv);
  bench_blas ();
  init_data ();
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    bench_run (&cases[i]);
  clear_data ();
  return bench_end ();
}
