#define G_LOG_DOMAIN "sonde"

#include "sonde-blas.h"

#include <sys/mman.h>

#include <glib/gi18n-lib.h>

#include "math/sonde-math-blas.h"
#include "math/sonde-math.h"
#include "sonde-error.h"
#include "sonde-threads.h"

/* The library takes addresses for a buffer in each thread that multiplies, 128 MiB of which little is touched. Where a limit leaves
 * no room for it, it asks again for ever: so it is asked for here first. */
static gboolean
has_room (void)
{
  const gsize length = (gsize) sonde_threads_get_n () << 27;
  void *room = mmap (NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  if (room == MAP_FAILED)
    return FALSE;
  munmap (room, length);
  return TRUE;
}

/**
 * sonde_blas_open:
 *
 * Opens the library, with one thread: sonde_threads_run() divides the work. Where the library is older than the processor and
 * would take kernels that are many times slower than they need be, it is told which to take; OPENBLAS_CORETYPE overrules that.
 * To be called before anything is computed; a module that is linked with the library itself, where it comes first, opens it as it is.
 *
 * Returns: %FALSE with %SONDE_ERROR_FAILED where there is no such library
 */
gboolean
sonde_blas_open (GError **error)
{
  const SondeMathBlas *blas = _sonde_math_blas_open ();

  if (blas->handle != NULL && has_room ())
    return TRUE;
  if (blas->handle != NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("OpenBLAS needs 128 MiB of addresses for each of %u threads, and there is no room for them: raise the limit (ulimit -v) or use fewer --threads"),
                 sonde_threads_get_n ());
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("OpenBLAS, with which everything is multiplied, cannot be opened: %s: install it anew"), blas->problem);
  return FALSE;
}

/**
 * sonde_blas_get_name:
 *
 * Names the library behind every matrix product.
 *
 * Returns: (transfer none): "OpenBLAS"
 */
const char *
sonde_blas_get_name (void)
{
  return "OpenBLAS";
}

/**
 * sonde_blas_dup_version:
 *
 * Asks the library for its version, opening it where that was not done yet.
 *
 * Returns: (transfer full): the version of the library that is loaded, which need not be the one that was compiled against
 */
char *
sonde_blas_dup_version (void)
{
  const SondeMathBlas *blas = _sonde_math_blas_open ();
  g_auto (GStrv) words = g_strsplit (blas->handle != NULL ? blas->get_config () : "", " ", 3);

  /* "OpenBLAS 0.3.21 NO_LAPACKE …" */
  if (words[0] != NULL && words[1] != NULL)
    return g_strdup (words[1]);
  return g_strdup ("unknown");
}

/**
 * sonde_blas_get_core:
 *
 * Names the kernels that the library uses on this processor, which decide about last digits.
 *
 * Returns: (transfer none): as the library calls them: "Cooperlake"
 */
const char *
sonde_blas_get_core (void)
{
  const SondeMathBlas *blas = _sonde_math_blas_open ();

  return blas->handle != NULL ? blas->get_corename () : "unknown";
}

/**
 * sonde_blas_get_known_core:
 *
 * Names the kernels that the library would have taken by itself. It is told better ones where it is older than the processor.
 *
 * Returns: (nullable): the kernels that the library would have taken by itself, where it does not know the processor and was told
 *   better ones; %NULL where its own choice stands
 */
const char *
sonde_blas_get_known_core (void)
{
  return _sonde_math_blas_open ()->known_core;
}

/**
 * sonde_blas_get_flavour:
 *
 * Says how the library was built to share its work.
 *
 * Returns: (transfer none): "pthread", "openmp" or "serial"
 */
const char *
sonde_blas_get_flavour (void)
{
  static const char *const names[] = { "serial", "pthread", "openmp" };
  const SondeMathBlas *blas = _sonde_math_blas_open ();
  int parallel = blas->handle != NULL ? blas->get_parallel () : -1;

  return parallel >= 0 && parallel < (int) G_N_ELEMENTS (names) ? names[parallel] : "unknown";
}

/**
 * sonde_blas_get_linear_kernel:
 *
 * Linear maps of models need not be multiplied by the library.
 *
 * Returns: (nullable): the instructions of the kernels that multiply them instead; %NULL where the library does
 */
const char *
sonde_blas_get_linear_kernel (void)
{
  return _sonde_math_blas_open ()->handle != NULL ? sonde_math_linear_get_kernel () : NULL;
}

/**
 * sonde_blas_takes_turns:
 *
 * Builds without threads can lack locks too. They give right numbers all the same, as fast as one thread multiplies.
 *
 * Returns: whether products run one at a time
 */
gboolean
sonde_blas_takes_turns (void)
{
  return _sonde_math_blas_open ()->takes_turns;
}
