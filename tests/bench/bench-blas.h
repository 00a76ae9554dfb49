#pragma once

#include <cblas.h>
#include <glib.h>

G_BEGIN_DECLS

/* Bare products, in the library and with the kernels that libsonde chose. */

typedef struct
{
  __typeof__ (cblas_sgemm) *sgemm;
  __typeof__ (cblas_dgemm) *dgemm;
  __typeof__ (openblas_set_num_threads) *set_num_threads;
} BenchBlas;

const BenchBlas *bench_blas (void); /* opened by the first call; ends the program where there is none */

/* c [m, n] = a [m, k] b [k, n], the rows divided among all threads */
void bench_sgemm (gsize m, gsize n, gsize k, const float *a, const float *b, float *c);
/* The same by one call of the library, in threads of its own. */
void bench_sgemm_call (gsize m, gsize n, gsize k, const float *a, const float *b, float *c);
/* c [m, m] = a [m, k] a^T, divided likewise: what a Gram matrix costs without regard to its symmetry */
void bench_gram (gsize m, gsize k, const double *a, double *c);

G_END_DECLS
