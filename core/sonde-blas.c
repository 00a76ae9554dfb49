#define G_LOG_DOMAIN "sonde"

#include "sonde-blas.h"

#include <string.h>

#include <cblas.h>

const char *
sonde_blas_get_name (void)
{
  return "OpenBLAS";
}

/**
 * sonde_blas_dup_version:
 *
 * Returns: (transfer full): the version of the library that is loaded, which need not be the one that was compiled against
 */
char *
sonde_blas_dup_version (void)
{
  g_auto (GStrv) words = g_strsplit (openblas_get_config (), " ", 3);

  /* "OpenBLAS 0.3.21 NO_LAPACKE …" */
  if (words[0] != NULL && words[1] != NULL)
    return g_strdup (words[1]);
  return g_strdup ("unknown");
}

const char *
sonde_blas_get_core (void)
{
  return openblas_get_corename ();
}

const char *
sonde_blas_get_flavour (void)
{
  static const char *const names[] = { "serial", "pthread", "openmp" };
  int parallel = openblas_get_parallel ();

  return parallel >= 0 && parallel < (int) G_N_ELEMENTS (names) ? names[parallel] : "unknown";
}

guint
sonde_blas_get_n_threads (void)
{
  return (guint) MAX (openblas_get_num_threads (), 1);
}

/**
 * sonde_blas_set_n_threads:
 * @n_threads: how many threads a matrix product may use; 0: as many as there are cores
 */
void
sonde_blas_set_n_threads (guint n_threads)
{
  guint n_cores = g_get_num_processors ();

  openblas_set_num_threads ((int) (n_threads > 0 ? MIN (n_threads, 1024) : n_cores));
}
