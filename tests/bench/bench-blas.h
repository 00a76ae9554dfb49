#pragma once

#include <cblas.h>
#include <glib.h>

G_BEGIN_DECLS

/* Bare products, in the library and with the kernels that libsonde chose. */

typedef struct
{
  __typeof__ (cblas_sgemm) *sgemm;
  __typeof__ (cblas_dgemm) *dgemm;
} BenchBlas;

const BenchBlas *bench_blas (void); /* opened by the first call; ends the program where there is none */

/* Both divide the rows among all threads. */
/* c [m, n] = a [m, k] b [k, n] */
void bench_sgemm (gsize m, gsize n, gsize k, const float *a, const float *b, float *c);
/* c [m, m] = a [m, k] a^T: what a Gram matrix costs without regard to its symmetry */
void bench_gram (gsize m, gsize k, const double *a, double *c);

G_END_DECLS
