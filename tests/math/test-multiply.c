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

/* Sizes around those of tiles, blocks and stretches, each with rows and columns left over. */
static const size_t linear_sizes[][3] = {
  { 1, 1, 1 }, { 2, 15, 3 }, { 13, 16, 7 }, { 14, 17, 384 }, { 15, 31, 385 }, { 29, 33, 100 }, { 57, 64, 769 }, { 3, 513, 40 }, { 17, 1100, 12 }, { 200, 70, 900 }
};

static void
test_linear_against_naive (void)
{
  g_autofree float *workspace = g_new (float, sonde_math_linear_workspace ());

  for (size_t s = 0; s < G_N_ELEMENTS (linear_sizes); s++)
    {
      const size_t m = linear_sizes[s][0], n = linear_sizes[s][1], k = linear_sizes[s][2], x_stride = k + 3, weight_stride = n + 1, out_stride = n + 2;
      g_autofree float *x = random_matrix (KIND_PLAIN, m * 7 + k, m, x_stride);
      g_autofree float *weight = random_matrix (KIND_PLAIN, n * 5 + k, k, weight_stride);
      g_autofree float *bias = random_matrix (KIND_PLAIN, n, 1, n);
      g_autofree float *out = random_matrix (KIND_PLAIN, m + n, m, out_stride);
      g_autofree float *before = g_memdup2 (out, m * out_stride * sizeof *out);

      sonde_math_linear (m, n, k, x, x_stride, weight, weight_stride, bias, out, out_stride, workspace, NULL, NULL);
      for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < out_stride; j++)
          if (j < n)
            assert_near (out[i * out_stride + j], naive_entry (x, x_stride, weight, weight_stride, false, k, i, j) + bias[j], 5e-6 * sqrt ((double) k));
          else /* what lies between the rows stays */
            g_assert_true (out[i * out_stride + j] == before[i * out_stride + j]);
    }
}

/* Arrays that end where the numbers do: a read past one is seen by the sanitizers, and a value that is not finite stays in its row. */
static void
test_linear_stays_inside (void)
{
  g_autofree float *workspace = g_new (float, sonde_math_linear_workspace ());
  const size_t m = 15, n = 45, k = 70;
  g_autofree float *x = random_matrix (KIND_PLAIN, 1, m, k);
  g_autofree float *weight = random_matrix (KIND_PLAIN, 2, k, n);
  g_autofree float *bias = random_matrix (KIND_PLAIN, 3, 1, n);
  g_autofree float *out = g_new (float, m *n);

  for (size_t i = 0; i < sonde_math_linear_workspace (); i++)
    workspace[i] = NAN;
  x[7 * k + 69] = INFINITY;
  sonde_math_linear (m, n, k, x, k, weight, n, bias, out, n, workspace, NULL, NULL);
  for (size_t i = 0; i < m * n; i++)
    g_assert_true ((i / n == 7) != isfinite (out[i]));
  sonde_math_linear (m, n, 0, x, k, weight, n, bias, out, n, workspace, NULL, NULL);
  for (size_t i = 0; i < m * n; i++)
    g_assert_true (out[i] == bias[i % n]);
  sonde_math_linear (0, n, k, x, k, weight, n, bias, NULL, n, workspace, NULL, NULL);
  sonde_math_linear (m, 0, k, x, k, weight, n, NULL, out, n, workspace, NULL, NULL);
}

typedef struct
{
  size_t m, n;
  const float *out;
  float *seen;
} Seen;

static void
see_part (size_t row, size_t row_end, size_t column, size_t column_end, void *data)
{
  const Seen *seen = data;

  g_assert_true (row < row_end && row_end <= seen->m && column < column_end && column_end <= seen->n);
  for (size_t i = row; i < row_end; i++)
    for (size_t j = column; j < column_end; j++)
      {
        g_assert_true (isnan (seen->seen[i * seen->n + j]));
        seen->seen[i * seen->n + j] = seen->out[i * seen->n + j];
      }
}

/* Every part is shown once, and as it will stay. */
static void
test_linear_after (void)
{
  g_autofree float *workspace = g_new (float, sonde_math_linear_workspace ());

  for (size_t s = 0; s < G_N_ELEMENTS (linear_sizes); s++)
    {
      const size_t m = linear_sizes[s][0], n = linear_sizes[s][1], k = linear_sizes[s][2];
      g_autofree float *x = random_matrix (KIND_PLAIN, 1, m, k);
      g_autofree float *weight = random_matrix (KIND_PLAIN, 2, k, n);
      g_autofree float *bias = random_matrix (KIND_PLAIN, 3, 1, n);
      g_autofree float *out = g_new (float, m *n);
      g_autofree float *copy = g_new (float, m *n);
      Seen seen = { m, n, out, copy };

      for (size_t i = 0; i < m * n; i++)
        copy[i] = NAN;
      sonde_math_linear (m, n, k, x, k, weight, n, bias, out, n, workspace, see_part, &seen);
      g_assert_cmpmem (out, m * n * sizeof *out, copy, m * n * sizeof *copy);
    }
}

/* However the work is divided, and whatever lies beside a part: the same bytes. */
static void
test_linear_parts (void)
{
  static const char *const cores[] = { "SkylakeX", "Cooperlake", "Sapphirerapids", NULL };
  g_autofree float *workspace = g_new (float, sonde_math_linear_workspace ());
  const size_t m = 45, n = 600, k = 800;
  g_autofree float *x = random_matrix (KIND_PLAIN, 1, m, k);
  g_autofree float *weight = random_matrix (KIND_PLAIN, 2, k, n);
  g_autofree float *bias = random_matrix (KIND_PLAIN, 3, 1, n);
  g_autofree float *whole = g_new (float, m *n);
  g_autofree float *parts = g_new (float, m *n);

  if (!g_strv_contains (cores, _sonde_math_blas ()->get_corename ()))
    {
      g_test_skip ("the library multiplies here");
      return;
    }
  sonde_math_linear (m, n, k, x, k, weight, n, bias, whole, n, workspace, NULL, NULL);
  for (size_t down = 1; down <= m; down += 11)
    for (size_t across = 1; across <= n; across += 197)
      {
        for (size_t row = 0; row < m; row += down)
          for (size_t column = 0; column < n; column += across)
            sonde_math_linear (MIN (down, m - row), MIN (across, n - column), k, x + row * k, k, weight + column, n, bias + column, parts + row * n + column, n, workspace, NULL, NULL);
        g_assert_cmpmem (whole, m * n * sizeof *whole, parts, m * n * sizeof *parts);
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
  g_test_add_func ("/math/linear/against-naive", test_linear_against_naive);
  g_test_add_func ("/math/linear/stays-inside", test_linear_stays_inside);
  g_test_add_func ("/math/linear/after", test_linear_after);
  g_test_add_func ("/math/linear/parts", test_linear_parts);
  g_test_add_func ("/math/multiply/core", test_core);
  return g_test_run ();
}
