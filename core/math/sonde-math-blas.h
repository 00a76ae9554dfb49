#pragma once

#include <cblas.h>
#include <stdbool.h>
#include <stddef.h>

/* OpenBLAS, opened when something is first multiplied: a program that multiplies nothing starts without it, and where the
 * library does not know the processor, it can be told before it chooses its kernels. */

/* LAPACK's symmetric eigensolver, in OpenBLAS but in none of its headers. Fortran passes the lengths of the two one-letter
 * strings behind the other arguments. */
typedef void (*SondeMathSyevd) (const char *jobz, const char *uplo, const blasint *n, double *a, const blasint *lda, double *w, double *work, const blasint *lwork, blasint *iwork, const blasint *liwork, blasint *info, size_t jobz_length, size_t uplo_length);

typedef struct
{
  void *handle;     /* NULL: it could not be opened; the functions are NULL too */
  char *problem;    /* why not, as the system says it */
  bool takes_turns; /* it cannot run two products at a time */
  char *known_core; /* what the library itself would have taken, where it was told otherwise; else NULL */

  __typeof__ (cblas_sgemm) *sgemm;
  __typeof__ (cblas_dgemm) *dgemm;
  __typeof__ (cblas_dsyrk) *dsyrk;
  SondeMathSyevd dsyevd;
  SondeMathSyevd dsyevd_2stage; /* the same through a band matrix: faster where the matrix is large */
  __typeof__ (openblas_get_config) *get_config;
  __typeof__ (openblas_get_corename) *get_corename;
  __typeof__ (openblas_get_parallel) *get_parallel;
  __typeof__ (openblas_set_num_threads) *set_num_threads;
} SondeMathBlas;

/* Opens the library where that has not been done. Never NULL; look at handle. Safe from any thread. */
const SondeMathBlas *_sonde_math_blas_open (void);

/* For kernels: the same, and ends the process where there is no library, which whoever runs kernels has looked at before. */
const SondeMathBlas *_sonde_math_blas (void);

/* Each thread that multiplies says once that its products are to stay in it: some builds of the library count threads by thread. */
void _sonde_math_blas_enter_thread (void);
