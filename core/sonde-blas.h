#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The library behind every matrix product: what it is can change a number's last digits. */
const char *sonde_blas_get_name (void);    /* "OpenBLAS" */
char *sonde_blas_dup_version (void);       /* "0.3.21" */
const char *sonde_blas_get_core (void);    /* the kernels it picked for this processor: "Cooperlake" */
const char *sonde_blas_get_flavour (void); /* "pthread", "openmp" or "serial" */
guint sonde_blas_get_n_threads (void);
void sonde_blas_set_n_threads (guint n_threads); /* 0: as many as there are cores */

G_END_DECLS
