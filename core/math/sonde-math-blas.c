#include "sonde-math-blas.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#ifndef SONDE_OPENBLAS_SONAME
#define SONDE_OPENBLAS_SONAME "libopenblas.so.0"
#endif

#define CORE_VARIABLE "OPENBLAS_CORETYPE"

#ifndef __has_feature /* how clang tells of sanitizers */
#define __has_feature(feature) 0
#endif

/* Thousands of its names are found in the library itself, instead of after a search through all that the program has loaded: it
 * opens in a third of the time. Sanitizers put their own malloc before the C library's, which this would pass by, and refuse it. */
#if defined(RTLD_DEEPBIND) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
#define ITS_OWN_FIRST RTLD_DEEPBIND
#else
#define ITS_OWN_FIRST 0
#endif

static SondeMathBlas blas;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Threads of the library's own would wait for work by spinning, and their number would change the order of sums: products run in
 * the thread that asks for them, and whoever has threads divides the work. Told before the library makes its threads. */
static const char *const single[][2] = { { "OPENBLAS_NUM_THREADS", "1" }, { "OMP_NUM_THREADS", "1" } };

/* A variable of the environment as it was, for putting it back. */
typedef struct
{
  const char *name;
  char *value; /* NULL: it was not set */
} Saved;

static Saved
set_variable (const char *name, const char *value)
{
  const char *old = getenv (name);
  Saved saved = { name, old ? strdup (old) : NULL };

  setenv (name, value, 1);
  return saved;
}

static void
restore_variable (Saved *saved)
{
  if (saved->value)
    setenv (saved->name, saved->value, 1);
  else
    unsetenv (saved->name);
  free (saved->value);
}

static bool
find_symbols (void *handle)
{
  const struct
  {
    const char *name;
    void *place;
  } symbols[] = {
    { "cblas_sgemm", &blas.sgemm },
    { "cblas_dgemm", &blas.dgemm },
    { "cblas_dsyrk", &blas.dsyrk },
    { "dsyevd_", &blas.dsyevd },
    { "dsyevd_2stage_", &blas.dsyevd_2stage },
    { "openblas_get_config", &blas.get_config },
    { "openblas_get_corename", &blas.get_corename },
    { "openblas_get_parallel", &blas.get_parallel },
    { "openblas_set_num_threads", &blas.set_num_threads },
  };

  for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
    {
      void *symbol = dlsym (handle, symbols[i].name);

      if (!symbol)
        return false;
      memcpy (symbols[i].place, &symbol, sizeof symbol);
    }
  return true;
}

/* Kernels that this processor can run, where the library took far slower ones because it is older than the processor; NULL
 * where its choice is a good one. It takes what it calls Prescott, of 2004, for whatever it does not know. */
static const char *
better_core (const char *core)
{
#if defined(__x86_64__) && defined(__GNUC__)
  static const char *const modern[] = { "Haswell", "Zen", "SkylakeX", "Cooperlake", "Sapphirerapids" };

  for (size_t i = 0; i < sizeof modern / sizeof *modern; i++)
    if (strcmp (core, modern[i]) == 0)
      return NULL;
  if (__builtin_cpu_supports ("avx512f") && __builtin_cpu_supports ("avx512bw") && __builtin_cpu_supports ("avx512dq") && __builtin_cpu_supports ("avx512vl"))
    return "SkylakeX";
  if (__builtin_cpu_supports ("avx2") && __builtin_cpu_supports ("fma"))
    return "Haswell";
#endif
  return NULL;
}

static void *
open_library (void)
{
  void *handle = dlopen (SONDE_OPENBLAS_SONAME, RTLD_LAZY | RTLD_LOCAL | ITS_OWN_FIRST);
  const char *problem = NULL;

  if (!handle)
    problem = dlerror ();
  else if (!find_symbols (handle))
    {
      problem = dlerror ();
      dlclose (handle);
      handle = NULL;
    }
  if (!handle)
    blas.problem = strdup (problem ? problem : "unknown");
  return handle;
}

/* The library chooses when it is loaded and never again. Where somebody else holds it too it stays loaded, and the choice as it
 * was: slow, but right. */
static void *
open_again (void *handle, const char *core)
{
  Saved saved = set_variable (CORE_VARIABLE, core);

  blas.known_core = strdup (blas.get_corename ());
  dlclose (handle);
  handle = open_library ();
  restore_variable (&saved);
  if (handle && strcmp (blas.known_core, blas.get_corename ()) == 0)
    {
      free (blas.known_core);
      blas.known_core = NULL;
    }
  return handle;
}

/* ---- a library that has no threads may have no locks either: two products at a time would share one buffer ---- */

static SondeMathBlas unlocked;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

#define IN_TURN(CALL)         \
  pthread_mutex_lock (&turn); \
  CALL;                       \
  pthread_mutex_unlock (&turn)

static void
sgemm_in_turn (const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE a_as, const enum CBLAS_TRANSPOSE b_as, const blasint m, const blasint n, const blasint k, const float alpha, const float *a, const blasint a_stride, const float *b, const blasint b_stride, const float beta, float *c, const blasint c_stride)
{
  IN_TURN (unlocked.sgemm (order, a_as, b_as, m, n, k, alpha, a, a_stride, b, b_stride, beta, c, c_stride));
}

static void
dgemm_in_turn (const enum CBLAS_ORDER order, const enum CBLAS_TRANSPOSE a_as, const enum CBLAS_TRANSPOSE b_as, const blasint m, const blasint n, const blasint k, const double alpha, const double *a, const blasint a_stride, const double *b, const blasint b_stride, const double beta, double *c, const blasint c_stride)
{
  IN_TURN (unlocked.dgemm (order, a_as, b_as, m, n, k, alpha, a, a_stride, b, b_stride, beta, c, c_stride));
}

static void
dsyrk_in_turn (const enum CBLAS_ORDER order, const enum CBLAS_UPLO triangle, const enum CBLAS_TRANSPOSE a_as, const blasint n, const blasint k, const double alpha, const double *a, const blasint a_stride, const double beta, double *c, const blasint c_stride)
{
  IN_TURN (unlocked.dsyrk (order, triangle, a_as, n, k, alpha, a, a_stride, beta, c, c_stride));
}

static void
dsyevd_in_turn (const char *jobz, const char *uplo, const blasint *n, double *a, const blasint *lda, double *w, double *work, const blasint *lwork, blasint *iwork, const blasint *liwork, blasint *info, size_t jobz_length, size_t uplo_length)
{
  IN_TURN (unlocked.dsyevd (jobz, uplo, n, a, lda, w, work, lwork, iwork, liwork, info, jobz_length, uplo_length));
}

static void
dsyevd_2stage_in_turn (const char *jobz, const char *uplo, const blasint *n, double *a, const blasint *lda, double *w, double *work, const blasint *lwork, blasint *iwork, const blasint *liwork, blasint *info, size_t jobz_length, size_t uplo_length)
{
  IN_TURN (unlocked.dsyevd_2stage (jobz, uplo, n, a, lda, w, work, lwork, iwork, liwork, info, jobz_length, uplo_length));
}

static void
take_turns (void)
{
  unlocked = blas;
  blas.sgemm = sgemm_in_turn;
  blas.dgemm = dgemm_in_turn;
  blas.dsyrk = dsyrk_in_turn;
  blas.dsyevd = dsyevd_in_turn;
  blas.dsyevd_2stage = dsyevd_2stage_in_turn;
  blas.takes_turns = true;
}

static void
open_once (void)
{
  Saved saved[] = { set_variable (single[0][0], single[0][1]), set_variable (single[1][0], single[1][1]) };
  const char *wish = getenv (CORE_VARIABLE), *core;

  blas.handle = open_library ();
  if (blas.handle && !(wish && *wish) && (core = better_core (blas.get_corename ())))
    blas.handle = open_again (blas.handle, core);
  for (size_t i = 0; i < sizeof saved / sizeof *saved; i++)
    restore_variable (&saved[i]);
  if (!blas.handle)
    return;
  blas.set_num_threads (1);
  if (blas.get_parallel () == 0 && !strstr (blas.get_config (), "USE_LOCKING"))
    take_turns ();
}

const SondeMathBlas *
_sonde_math_blas_open (void)
{
  pthread_once (&once, open_once);
  return &blas;
}

const SondeMathBlas *
_sonde_math_blas (void)
{
  if (!_sonde_math_blas_open ()->handle)
    abort ();
  return &blas;
}

void
_sonde_math_blas_enter_thread (void)
{
  if (_sonde_math_blas_open ()->handle)
    blas.set_num_threads (1);
}
