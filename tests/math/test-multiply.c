#include "sonde-math.h"
#include "support.h"

#include <sonde-math-blas.h>

static double
naive_entry (const float *a, size_t a_stride, const float *b, size_t b_stride, bool transposed, size_t k, size_t i, size_t j)
{
  double sum = 0;
  for (size_t l = 0; l < k; l++)
    sum += (double) a[i * a_stride + l] * (transposed ? b[j * b_stride + l] : b[l * b_stride + j]);
  return sum;
}

static void
check (size_t m, size_t n, size_t k, bool transposed, float alpha, float beta)
{
  size_t a_stride = k + 3, b_rows = transposed ? n : k, b_stride = (transposed ? k : n) + 1, c_stride = n + 2;
  g_autofree float *a = random_matrix (KIND_PLAIN, m * 7 + k, m, a_stride);
  g_autofree float *b = random_matrix (KIND_PLAIN, n * 5 + k, b_rows, b_stride);
  g_autofree float *c = random_matrix (KIND_PLAIN, m + n, m, c_stride);
  g_autofree float *before = g_memdup2 (c, m * c_stride * sizeof *c);

  sonde_math_multiply (m, n, k, alpha, a, a_stride, b, b_stride, transposed, beta, c, c_stride);
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < c_stride; j++)
      {
        double old = before[i * c_stride + j];
        if (j < n)
          assert_near (c[i * c_stride + j], alpha * naive_entry (a, a_stride, b, b_stride, transposed, k, i, j) + beta * old, 1e-5 * sqrt ((double) k));
        else /* what lies between the rows stays */
          g_assert_true (c[i * c_stride + j] == before[i * c_stride + j]);
      }
}

static void
test_against_naive (void)
{
  static const size_t sizes[][3] = { { 1, 1, 1 }, { 1, 50, 7 }, { 10, 10, 64 }, { 33, 17, 5 }, { 64, 100, 129 }, { 200, 3, 300 } };

  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    for (int transposed = 0; transposed <= 1; transposed++)
      {
        check (sizes[s][0], sizes[s][1], sizes[s][2], transposed, 1, 0);
        check (sizes[s][0], sizes[s][1], sizes[s][2], transposed, 1, 1);
        check (sizes[s][0], sizes[s][1], sizes[s][2], transposed, 0.125f, -2);
      }
}

/* The kernels are among the better ones that this processor has: the library's own choice may be twenty years old. */
static void
test_core (void)
{
#if defined(__x86_64__)
  const SondeMathBlas *blas = _sonde_math_blas_open ();

  g_assert_nonnull (blas->handle);
  if (g_getenv ("OPENBLAS_CORETYPE") != NULL)
    g_test_skip ("OPENBLAS_CORETYPE overrules it");
  else if (!__builtin_cpu_supports ("avx2") || !__builtin_cpu_supports ("fma"))
    g_test_skip ("this processor has nothing better");
  else
    g_assert_cmpstr (blas->get_corename (), !=, "Prescott");
#else
  g_test_skip ("other processors are as the library takes them");
#endif
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/math/multiply/against-naive", test_against_naive);
  g_test_add_func ("/math/multiply/core", test_core);
  return g_test_run ();
}
