#include "sonde-math.h"
#include "support.h"

#include <sonde-math-blas.h>
#include <stdlib.h>
#include <string.h>

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

/* Sizes around those of tiles and stretches, each with rows and columns left over. */
static const size_t linear_sizes[][3] = {
  { 1, 1, 1 }, { 2, 15, 3 }, { 13, 16, 7 }, { 14, 17, 192 }, { 15, 31, 193 }, { 29, 33, 100 }, { 57, 64, 385 }, { 3, 513, 40 }, { 17, 1100, 12 }, { 200, 70, 900 }
};

/* A map with weights of its own, packed where @packs and where this processor can. Rows are some floats apart. */
typedef struct
{
  SondeMathLinear map;
  float *weight, *bias;
  float *workspace;
} Linear;

G_GNUC_NO_INLINE static void
linear_init (Linear *self, size_t n, size_t k, size_t stride, bool packs)
{
  const size_t n_packed = packs ? sonde_math_linear_get_packed (k, n) : 0;

  self->weight = random_matrix (KIND_PLAIN, n * 5 + k, k, stride);
  self->bias = random_matrix (KIND_PLAIN, n, 1, n);
  self->workspace = aligned_alloc (SONDE_MATH_LINE, SONDE_MATH_LINEAR_WORKSPACE * sizeof (float));
  self->map = (SondeMathLinear){ k, n, self->weight, stride, self->bias, NULL };
  if (n_packed > 0)
    self->map.packed = aligned_alloc (SONDE_MATH_LINE, (n_packed * sizeof (float) + SONDE_MATH_LINE - 1) / SONDE_MATH_LINE * SONDE_MATH_LINE);
  /* what nobody wrote is no number */
  for (size_t i = 0; i < SONDE_MATH_LINEAR_WORKSPACE; i++)
    self->workspace[i] = NAN;
  for (size_t i = 0; i < n_packed; i++)
    self->map.packed[i] = NAN;
  sonde_math_linear_pack (&self->map, 0, k);
}

static void
linear_clear (Linear *self)
{
  g_free (self->weight);
  g_free (self->bias);
  free (self->workspace);
  free (self->map.packed);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Linear, linear_clear)

static void
check_linear (size_t m, size_t n, size_t k, bool packs)
{
  const size_t x_stride = k + 3, weight_stride = n + 1, out_stride = n + 2;
  const SondeMathPart all = { 0, m, 0, n };
  g_autofree float *x = random_matrix (KIND_PLAIN, m * 7 + k, m, x_stride);
  g_autofree float *out = random_matrix (KIND_PLAIN, m + n, m, out_stride);
  g_autofree float *before = g_memdup2 (out, m * out_stride * sizeof *out);
  g_auto (Linear) linear = { 0 };

  linear_init (&linear, n, k, weight_stride, packs);
  sonde_math_linear_apply (&linear.map, &all, x, x_stride, out, out_stride, linear.workspace);
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < out_stride; j++)
      if (j < n)
        assert_near (out[i * out_stride + j], naive_entry (x, x_stride, linear.weight, weight_stride, false, k, i, j) + linear.bias[j], 5e-6 * sqrt ((double) k));
      else /* what lies between the rows stays */
        g_assert_true (out[i * out_stride + j] == before[i * out_stride + j]);
}

static void
test_linear_against_naive (void)
{
  for (size_t s = 0; s < G_N_ELEMENTS (linear_sizes); s++)
    for (int packs = 0; packs <= 1; packs++)
      check_linear (linear_sizes[s][0], linear_sizes[s][1], linear_sizes[s][2], packs);
}

/* Arrays end where the numbers do, so that sanitizers see a read past them; and a value that is not finite stays in its row. */
static void
test_linear_stays_inside (void)
{
  const size_t m = 15, n = 45, k = 70;
  const SondeMathPart all = { 0, m, 0, n };

  for (int packs = 0; packs <= 1; packs++)
    {
      g_autofree float *x = random_matrix (KIND_PLAIN, 1, m, k);
      g_autofree float *out = g_new (float, m *n);
      g_auto (Linear) linear = { 0 };
      SondeMathLinear flat;

      linear_init (&linear, n, k, n, packs);
      x[7 * k + 69] = INFINITY;
      sonde_math_linear_apply (&linear.map, &all, x, k, out, n, linear.workspace);
      for (size_t i = 0; i < m * n; i++)
        g_assert_true ((i / n == 7) != isfinite (out[i]));
      flat = (SondeMathLinear){ 0, n, NULL, n, linear.bias, linear.map.packed };
      sonde_math_linear_apply (&flat, &all, x, 0, out, n, linear.workspace);
      for (size_t i = 0; i < m * n; i++)
        g_assert_true (out[i] == linear.bias[i % n]);
      sonde_math_linear_apply (&linear.map, &(SondeMathPart){ 3, 3, 0, n }, x, k, NULL, n, linear.workspace);
      sonde_math_linear_apply (&linear.map, &(SondeMathPart){ 0, m, 32, 32 }, x, k, NULL, n, linear.workspace);
    }
}

/* However the work is divided, and in whatever pieces the weights are packed: the same bytes, and nothing beside a part. */
static void
test_linear_parts (void)
{
  const size_t m = 45, n = 600, k = 800, n_packed = sonde_math_linear_get_packed (k, n);
  g_autofree float *x = random_matrix (KIND_PLAIN, 1, m, k);
  g_autofree float *whole = g_new (float, m *n);
  g_autofree float *parts = g_new (float, m *n);
  g_autofree float *packed = NULL;
  g_auto (Linear) linear = { 0 };

  if (n_packed == 0)
    {
      g_test_skip ("the library multiplies here");
      return;
    }
  linear_init (&linear, n, k, n, true);
  sonde_math_linear_apply (&linear.map, &(SondeMathPart){ 0, m, 0, n }, x, k, whole, n, linear.workspace);
  packed = g_memdup2 (linear.map.packed, n_packed * sizeof *packed);
  memset (linear.map.packed, 0xff, n_packed * sizeof *packed);
  for (size_t row = 0; row < k; row += 7)
    sonde_math_linear_pack (&linear.map, row, MIN (row + 7, k));
  g_assert_cmpmem (packed, n_packed * sizeof *packed, linear.map.packed, n_packed * sizeof *packed);
  for (size_t down = 1; down <= m; down += 11)
    for (size_t across = SONDE_MATH_LINEAR_COLUMNS; across <= n; across += 6 * SONDE_MATH_LINEAR_COLUMNS)
      {
        memset (parts, 0xff, m * n * sizeof *parts);
        for (size_t row = 0; row < m; row += down)
          for (size_t column = 0; column < n; column += across)
            sonde_math_linear_apply (&linear.map, &(SondeMathPart){ row, MIN (row + down, m), column, MIN (column + across, n) }, x, k, parts, n, linear.workspace);
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
  g_test_add_func ("/math/linear/parts", test_linear_parts);
  g_test_add_func ("/math/multiply/core", test_core);
  return g_test_run ();
}
