#include "bench-blas.h"

#include <dlfcn.h>
#include <string.h>

#include "bench.h"
#include "sonde.h"

#ifndef SONDE_OPENBLAS_SONAME
#define SONDE_OPENBLAS_SONAME "libopenblas.so.0"
#endif

static void
find (void *handle,
      const char *name,
      void *place)
{
  void *symbol = dlsym (handle, name);

  if (symbol == NULL)
    bench_fail ("OpenBLAS has no %s", name);
  memcpy (place, &symbol, sizeof symbol);
}

const BenchBlas *
bench_blas (void)
{
  static BenchBlas blas;
  g_autoptr (GError) error = NULL;
  void *handle;

  if (blas.sgemm != NULL)
    return &blas;
  sonde_blas_open (&error);
  bench_check (error);
  /* the one that is there already, with the kernels that were chosen */
  handle = dlopen (SONDE_OPENBLAS_SONAME, RTLD_LAZY | RTLD_LOCAL);
  if (handle == NULL)
    bench_fail ("%s", dlerror ());
  find (handle, "cblas_dgemm", &blas.dgemm);
  find (handle, "cblas_sgemm", &blas.sgemm);
  find (handle, "openblas_set_num_threads", &blas.set_num_threads);
  return &blas;
}

/* ---- rows among threads ---- */

typedef struct
{
  gsize m, n, k;
  const void *a, *b;
  void *c;
} Product;

static gsize
first_row (const Product *product,
           guint task)
{
  return product->m * task / sonde_threads_get_n ();
}

static void
multiply_single (guint task,
                 guint worker,
                 gpointer data)
{
  const Product *p = data;
  const gsize first = first_row (p, task), rows = first_row (p, task + 1) - first;

  if (rows > 0)
    bench_blas ()->sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint) rows, (blasint) p->n, (blasint) p->k, 1, (const float *) p->a + first * p->k, (blasint) p->k,
                          p->b, (blasint) p->n, 0, (float *) p->c + first * p->n, (blasint) p->n);
}

static void
multiply_double (guint task,
                 guint worker,
                 gpointer data)
{
  const Product *p = data;
  const gsize first = first_row (p, task), rows = first_row (p, task + 1) - first;

  if (rows > 0)
    bench_blas ()->dgemm (CblasRowMajor, CblasNoTrans, CblasTrans, (blasint) rows, (blasint) p->n, (blasint) p->k, 1, (const double *) p->a + first * p->k, (blasint) p->k,
                          p->b, (blasint) p->k, 0, (double *) p->c + first * p->n, (blasint) p->n);
}

void
bench_sgemm (gsize m,
             gsize n,
             gsize k,
             const float *a,
             const float *b,
             float *c)
{
  Product product = { m, n, k, a, b, c };

  sonde_threads_run (sonde_threads_get_n (), multiply_single, &product);
}

void
bench_sgemm_call (gsize m,
                  gsize n,
                  gsize k,
                  const float *a,
                  const float *b,
                  float *c)
{
  bench_blas ()->set_num_threads ((int) sonde_threads_get_n ());
  bench_blas ()->sgemm (CblasRowMajor, CblasNoTrans, CblasNoTrans, (blasint) m, (blasint) n, (blasint) k, 1, a, (blasint) k, b, (blasint) n, 0, c, (blasint) n);
}

void
bench_gram (gsize m,
            gsize k,
            const double *a,
            double *c)
{
  Product product = { m, m, k, a, a, c };

  sonde_threads_run (sonde_threads_get_n (), multiply_double, &product);
}
