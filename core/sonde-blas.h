#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The library behind every matrix product: what it is can change a number's last digits. It is opened when it is first needed. */
gboolean sonde_blas_open (GError **error);
const char *sonde_blas_get_name (void);       /* "OpenBLAS" */
char *sonde_blas_dup_version (void);          /* "0.3.21" */
const char *sonde_blas_get_core (void);       /* the kernels in use on this processor: "Cooperlake" */
const char *sonde_blas_get_known_core (void); /* (nullable): those that it would have taken by itself, where it was told better ones */
const char *sonde_blas_get_flavour (void);    /* "pthread", "openmp" or "serial" */
const char *sonde_blas_get_linear_kernel (void); /* (nullable): "AVX-512", where linear maps are multiplied by kernels of sonde */
gboolean sonde_blas_takes_turns (void);       /* it cannot run two products at a time, so that threads wait for each other */

G_END_DECLS
