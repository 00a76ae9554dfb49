#include "gpt2-kernels.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* Every kernel against a naive twin in float64, over random shapes. */

static float *
random_floats (gsize n, double spread)
{
  float *x = g_new (float, n);

  for (gsize i = 0; i < n; i++)
    x[i] = (float) g_test_rand_double_range (-spread, spread);
  return x;
}

static double
gelu_new (double x)
{
  return 0.5 * x * (1 + tanh (sqrt (2 / G_PI) * (x + 0.044715 * x * x * x)));
}

static void
test_gelu_new (void)
{
  static const double golden[][2] = {
    { -3, -0.0036373920817729943 },
    { -1, -0.15880800939172324 },
    { -0.5, -0.15428599017485606 },
    { 0.5, 0.34571400982514394 },
    { 1, 0.8411919906082768 },
    { 2, 1.954597694087775 },
    { 3, 2.996362607918227 },
  };
  enum
  {
    N = 400001
  };
  g_autofree float *x = g_new (float, N);
  double largest = 0;

  for (guint i = 0; i < G_N_ELEMENTS (golden); i++)
    {
      float value = (float) golden[i][0];

      gpt2_gelu_new (&value, 1);
      g_assert_cmpfloat_with_epsilon (value, golden[i][1], 3e-7);
    }
  for (gsize i = 0; i < N; i++)
    x[i] = ((float) i - 200000) / 10000;
  gpt2_gelu_new (x, N);
  for (gsize i = 0; i < N; i++)
    largest = MAX (largest, fabs (x[i] - gelu_new (((float) i - 200000) / 10000)));
  g_test_message ("largest difference from libm in float64: %g", largest);
  g_assert_cmpfloat (largest, <=, 1e-6);
}

/* Far out it is 0 or x itself, and never NaN. (The lowest floats are divided by 1.7e38 and no more.) */
static void
test_gelu_new_far (void)
{
  float x[] = { 0, -0.0f, 30, 1e10f, 1e30f, 3e38f, -30, -1e10f, -1e30f, -3e38f };

  gpt2_gelu_new (x, G_N_ELEMENTS (x));
  for (guint i = 0; i < 2; i++)
    g_assert_cmpfloat (x[i], ==, 0);
  g_assert_cmpfloat (x[2], ==, 30);
  g_assert_cmpfloat (x[3], ==, 1e10f);
  g_assert_cmpfloat (x[4], ==, 1e30f);
  g_assert_cmpfloat (x[5], ==, 3e38f);
  for (guint i = 6; i < 10; i++)
    g_assert_cmpfloat (fabsf (x[i]), <, 4);
  for (guint i = 6; i < 9; i++)
    g_assert_cmpfloat (fabsf (x[i]), <, 1e-6);
}

static void
test_gelu_erf_and_relu (void)
{
  enum
  {
    N = 100003
  };
  g_autofree float *x = random_floats (N, 12);
  g_autofree float *y = g_memdup2 (x, N * sizeof *x);
  g_autofree float *z = g_memdup2 (x, N * sizeof *x);

  gpt2_gelu_erf (y, N);
  gpt2_relu (z, N);
  for (gsize i = 0; i < N; i++)
    {
      g_assert_cmpfloat_with_epsilon (y[i], 0.5 * x[i] * (1 + erf (x[i] / sqrt (2.0))), 1e-6);
      g_assert_cmpfloat (z[i], ==, fmaxf (x[i], 0));
    }
}

static void
check_layer_norm (gsize rows,
                  gsize features,
                  double spread,
                  double offset,
                  float epsilon)
{
  g_autofree float *x = random_floats (rows * features, spread);
  g_autofree float *gain = random_floats (features, 2);
  g_autofree float *bias = random_floats (features, 2);
  g_autofree float *out = g_new (float, rows *features);

  for (gsize i = 0; i < rows * features; i++)
    x[i] += (float) offset;
  gpt2_layer_norm (x, rows, features, gain, bias, epsilon, out);
  for (gsize row = 0; row < rows; row++)
    {
      const float *in = x + row * features;
      double mean = 0, variance = 0;

      for (gsize i = 0; i < features; i++)
        mean += in[i] / (double) features;
      for (gsize i = 0; i < features; i++)
        variance += (in[i] - mean) * (in[i] - mean) / (double) features;
      for (gsize i = 0; i < features; i++)
        {
          double expected = (in[i] - mean) / sqrt (variance + epsilon) * gain[i] + bias[i];

          g_assert_cmpfloat_with_epsilon (out[row * features + i], expected, 1e-6 * MAX (1, fabs (expected)));
        }
    }
}

static void
test_layer_norm (void)
{
  check_layer_norm (1, 1, 1, 0, 1e-5f);
  check_layer_norm (3, 7, 0, 5, 1e-5f); /* constant rows: zero over the root of epsilon */
  check_layer_norm (2, 768, 1, 3000, 1e-5f);
  check_layer_norm (2, 768, 1e-4, 0, 1e-5f);
  for (guint i = 0; i < 20; i++)
    check_layer_norm ((gsize) g_test_rand_int_range (1, 9), (gsize) g_test_rand_int_range (2, 200), 10, 1, 1e-12f);
}

/* One number of head output, from the definition: query at @position, all keys up to it. */
static double
attend (const float *q,
        const float *k,
        const float *v,
        gsize stride,
        gsize position,
        gsize size,
        double scale,
        gsize column)
{
  double sum = 0, weighted = 0, largest = -INFINITY;
  g_autofree double *scores = g_new0 (double, position + 1);

  for (gsize key = 0; key <= position; key++)
    {
      for (gsize i = 0; i < size; i++)
        scores[key] += scale * q[i] * k[key * stride + i];
      largest = MAX (largest, scores[key]);
    }
  for (gsize key = 0; key <= position; key++)
    {
      sum += exp (scores[key] - largest);
      weighted += exp (scores[key] - largest) * v[key * stride + column];
    }
  return weighted / sum;
}

/* The weights of some of the queries, with the sum and without it. A weight is what is read of values that are 1 for its key and 0
 * for the others. */
static void
check_pattern (const float *q,
               const gsize *positions,
               gsize n,
               const float *k,
               gsize stride,
               gsize n_keys,
               gsize size,
               float scale,
               float *workspace)
{
  const gsize width = n_keys + 4, pattern_stride = width + 3;
  g_autofree float *rows = g_new0 (float, n *pattern_stride);
  g_autofree float *again = g_new0 (float, n *pattern_stride);
  g_autofree float *out = g_new (float, n *size);
  g_autofree float *one = g_new0 (float, n_keys *stride);
  g_autofree gsize *wanted = g_new (gsize, n);
  Gpt2Pattern pattern = { .positions = wanted, .rows = rows, .stride = pattern_stride, .width = width };

  for (gsize i = 0; i < n; i += 1 + i % 2)
    wanted[pattern.n++] = positions[i];
  gpt2_attention (q, size, positions, n, k, k, stride, n_keys, size, scale, out, size, &pattern, workspace);
  pattern.rows = again;
  gpt2_attention (q, size, positions, n, k, NULL, stride, n_keys, size, scale, NULL, size, &pattern, workspace);
  g_assert_cmpmem (rows, n * pattern_stride * sizeof *rows, again, n * pattern_stride * sizeof *rows);
  for (gsize i = 0, row = 0; row < pattern.n; i += 1 + i % 2, row++)
    for (gsize key = 0; key < pattern_stride; key++)
      {
        const float found = rows[row * pattern_stride + key];

        if (key > positions[i])
          g_assert_cmpfloat (found, ==, 0);
        else if ((row + key) % 7 == 0) /* some of them: each costs as much as a row */
          {
            one[key * stride] = 1;
            g_assert_cmpfloat_with_epsilon (found, attend (q + i * size, k, one, stride, positions[i], size, scale, 0), 2e-5);
            one[key * stride] = 0;
          }
      }
}

static void
check_attention (gsize n_keys, gsize size, double spread, gboolean all)
{
  const gsize stride = 3 * size + 5, out_stride = size + 3;
  const float scale = 1 / sqrtf ((float) size);
  g_autofree float *qkv = random_floats (n_keys * stride, spread);
  g_autofree gsize *positions = g_new (gsize, n_keys);
  g_autofree float *q = g_new (float, n_keys *size);
  g_autofree float *out = g_new0 (float, n_keys *out_stride);
  g_autofree float *workspace = NULL;
  /* A score is a float of about sqrt (size) spread^2; its rounding becomes an error of the weights, and those weigh values. */
  const double tolerance = spread * (2e-6 + 1e-7 * sqrt ((double) size) * spread * spread);
  gsize n = 0;

  for (gsize i = 0; i < n_keys; i++)
    if (all || i + 1 == n_keys || g_test_rand_bit ())
      {
        memcpy (q + n * size, qkv + i * stride, size * sizeof *q);
        positions[n++] = i;
      }
  workspace = g_new (float, gpt2_attention_workspace (n, n_keys));
  gpt2_attention (q, size, positions, n, qkv + size, qkv + 2 * size, stride, n_keys, size, scale, out, out_stride, NULL, workspace);
  for (gsize row = 0; row < n; row++)
    {
      for (gsize i = 0; i < size; i++)
        g_assert_cmpfloat_with_epsilon (out[row * out_stride + i], attend (q + row * size, qkv + size, qkv + 2 * size, stride, positions[row], size, scale, i), tolerance);
      for (gsize i = size; i < out_stride; i++) /* what lies between the rows is not touched */
        g_assert_cmpfloat (out[row * out_stride + i], ==, 0);
    }
  if (spread <= 2) /* larger scores are too coarse for the tolerance */
    check_pattern (q, positions, n, qkv + size, stride, n_keys, size, scale, workspace);
}

static void
test_attention (void)
{
  check_attention (1, 1, 1, TRUE);
  check_attention (1, 64, 1, TRUE);
  check_attention (64, 8, 2, TRUE);
  check_attention (65, 8, 2, TRUE);
  check_attention (200, 16, 2, FALSE);
  check_attention (40, 16, 20, TRUE); /* scores of hundreds: one key takes all */
  for (guint i = 0; i < 20; i++)
    check_attention ((gsize) g_test_rand_int_range (1, 150), (gsize) g_test_rand_int_range (1, 40), 2, g_test_rand_bit ());
}

static void
assert_carries (void (*function) (float *, gsize), float value)
{
  for (gsize n = 1; n <= 40; n += 13)
    for (gsize at = 0; at < n; at += 6)
      {
        g_autofree float *x = random_floats (n, 1);

        x[at] = value;
        function (x, n);
        g_assert_cmpuint (gpt2_find_not_finite (x, n), ==, at);
      }
}

static void
test_nan_carries (void)
{
  float out[40], gain[40] = { 0 }, workspace[4];
  const float q[4] = { 1, 1, 1, 1 }, k[4] = { 0, NAN, 0, 0 };
  const gsize positions[4] = { 0, 1, 2, 3 };

  assert_carries (gpt2_gelu_new, NAN);
  assert_carries (gpt2_gelu_new, INFINITY);
  assert_carries (gpt2_gelu_new, -INFINITY);
  assert_carries (gpt2_gelu_erf, NAN);
  assert_carries (gpt2_gelu_erf, -INFINITY);
  assert_carries (gpt2_relu, NAN);
  assert_carries (gpt2_relu, INFINITY);
  for (gsize at = 0; at < 40; at++)
    {
      g_autofree float *x = random_floats (40, 1);

      x[at] = NAN;
      gpt2_layer_norm (x, 1, 40, gain, gain, 1e-5f, out);
      g_assert_cmpuint (gpt2_find_not_finite (out, 40), ==, 0);
      gpt2_add (gain, x, 40);
      g_assert_true (isnan (gain[at]));
      memset (gain, 0, sizeof gain);
    }
  /* A bad key spoils what sees it, and nothing before it. */
  for (gsize i = 0; i < 4; i++)
    {
      gpt2_attention (q + i, 1, positions + i, 1, k, q, 1, 4, 1, 1, out + i, 1, NULL, workspace);
      g_assert_cmpint (isnan (out[i]), ==, i >= 1);
    }
}

static void
test_finite (void)
{
  for (gsize n = 1; n < 70; n++)
    {
      g_autofree float *x = random_floats (n, 3e38);
      gsize at = (gsize) g_test_rand_int_range (0, (gint32) n);

      g_assert_true (gpt2_all_finite (x, n));
      g_assert_cmpuint (gpt2_find_not_finite (x, n), ==, n);
      x[at] = n % 3 == 0 ? NAN : n % 3 == 1 ? INFINITY
                                            : -INFINITY;
      g_assert_false (gpt2_all_finite (x, n));
      g_assert_cmpuint (gpt2_find_not_finite (x, n), ==, at);
    }
  g_assert_true (gpt2_all_finite (NULL, 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gpt2/kernels/gelu-new", test_gelu_new);
  g_test_add_func ("/gpt2/kernels/gelu-new-far", test_gelu_new_far);
  g_test_add_func ("/gpt2/kernels/gelu-erf-and-relu", test_gelu_erf_and_relu);
  g_test_add_func ("/gpt2/kernels/layer-norm", test_layer_norm);
  g_test_add_func ("/gpt2/kernels/attention", test_attention);
  g_test_add_func ("/gpt2/kernels/nan-carries", test_nan_carries);
  g_test_add_func ("/gpt2/kernels/finite", test_finite);
  return g_test_run ();
}
