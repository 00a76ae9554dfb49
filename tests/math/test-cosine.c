#include "sonde-math.h"
#include "goldens.h"
#include "naive.h"
#include "support.h"

#include <sonde-math-blas.h>
#include <string.h>

static double *
cosine_self (const float *x, size_t rows, size_t columns)
{
  g_autofree double *unit = g_new (double, rows *columns);
  double *out = g_new (double, rows *rows);
  memset (out, 0xff, rows * rows * sizeof *out); /* NaN: what was there must not shine through */
  normalize (x, rows, columns, unit);
  sonde_math_cosine_self (unit, rows, columns, out);
  return out;
}

static double *
cosine_cross (const float *x, size_t n, const float *y, size_t m, size_t columns)
{
  g_autofree double *of_x = g_new (double, n *columns);
  g_autofree double *of_y = g_new (double, m *columns);
  double *out = g_new (double, n *m);
  memset (out, 0xff, n * m * sizeof *out);
  normalize (x, n, columns, of_x);
  normalize (y, m, columns, of_y);
  sonde_math_cosine_cross (of_x, n, of_y, m, columns, out);
  return out;
}

static void
test_self_against_naive (void)
{
  for (Kind kind = 0; kind < N_KINDS; kind++)
    for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++)
      {
        size_t n = shapes[s][0], columns = shapes[s][1];
        g_autofree float *x = random_matrix (kind, 30 + s, n, columns);
        g_autofree double *out = cosine_self (x, n, columns);
        g_autofree double *expected = g_new (double, n *n);
        naive_cosine (x, n, x, n, columns, expected);
        for (size_t i = 0; i < n; i++)
          for (size_t j = 0; j < n; j++)
            {
              assert_near (out[i * n + j], expected[i * n + j], naive_tolerance (2e-14));
              g_assert_true (out[i * n + j] == out[j * n + i]);
              g_assert_cmpfloat (fabs (out[i * n + j]), <=, 1);
              if (i == j)
                g_assert_true (out[i * n + j] == (kind == KIND_ZERO_ROWS && i % 3 == 0 ? 0 : 1));
            }
      }
}

static void
test_cross_against_naive (void)
{
  for (Kind kind = 0; kind < N_KINDS; kind++)
    for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++)
      {
        size_t n = shapes[s][0], columns = shapes[s][1], m = n + 4;
        g_autofree float *x = random_matrix (kind, 50 + s, n, columns);
        g_autofree float *y = random_matrix (KIND_PLAIN, 70 + s, m, columns);
        g_autofree double *out = cosine_cross (x, n, y, m, columns);
        g_autofree double *expected = g_new (double, n *m);
        naive_cosine (x, n, y, m, columns, expected);
        for (size_t i = 0; i < n * m; i++)
          {
            assert_near (out[i], expected[i], naive_tolerance (2e-14));
            g_assert_cmpfloat (fabs (out[i]), <=, 1);
          }
      }
}

static void
test_normalize (void)
{
  const float x[] = { 3, 4, 0, 0, -1e-44f, 0, 3e38f, 3e38f };
  double unit[8];
  g_assert_cmpuint (normalize (x, 4, 2, unit), ==, 1);
  assert_close (unit[0], 0.6, 1e-15);
  assert_close (unit[1], 0.8, 1e-15);
  g_assert_true (unit[2] == 0 && unit[3] == 0);
  g_assert_true (unit[4] == -1 && unit[5] == 0);
  assert_close (unit[6], sqrt (0.5), 1e-15);
}

/* Rows that point the same way have cosine 1, never more, whatever rounding does. */
static void
test_parallel_rows (void)
{
  g_autofree float *x = random_matrix (KIND_PLAIN, 90, 40, 3072);
  for (size_t i = 1; i < 40; i++)
    for (size_t j = 0; j < 3072; j++)
      x[i * 3072 + j] = (i % 2 ? -2.f : 4.f) * x[j];
  g_autofree double *out = cosine_self (x, 40, 3072);
  g_autofree double *cross = cosine_cross (x, 40, x, 40, 3072);
  for (size_t i = 0; i < 40; i++)
    for (size_t j = 0; j < 40; j++)
      {
        double expected = (i % 2) == (j % 2) ? 1 : -1;
        assert_near (out[i * 40 + j], expected, 1e-14);
        assert_near (cross[i * 40 + j], expected, 1e-14);
        g_assert_cmpfloat (fabs (out[i * 40 + j]), <=, 1);
        g_assert_cmpfloat (fabs (cross[i * 40 + j]), <=, 1);
      }
}

static void
test_goldens (void)
{
  g_autofree float *x = random_matrix (KIND_PLAIN, 1, 6, 50);
  g_autofree float *y = random_matrix (KIND_PLAIN, 2, 4, 50);
  g_autofree double *self = cosine_self (x, 6, 50);
  g_autofree double *cross = cosine_cross (x, 6, y, 4, 50);
  for (size_t i = 0; i < 36; i++)
    assert_near (self[i], golden_cosine_self[i], 2e-15);
  for (size_t i = 0; i < 24; i++)
    assert_near (cross[i], golden_cosine_cross[i], 2e-15);
}

static void
test_upper_triangle (void)
{
  const double matrix[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 };
  const double expected[] = { 1, 2, 3, 6, 7, 11 };
  double out[7] = { [6] = -1 };
  sonde_math_upper_triangle (matrix, 4, out);
  g_assert_cmpmem (out, 6 * sizeof *out, expected, sizeof expected);
  g_assert_true (out[6] == -1);
  sonde_math_upper_triangle (matrix, 1, out + 6);
  sonde_math_upper_triangle (matrix, 0, out + 6);
  g_assert_true (out[6] == -1);
}

static void
test_same_bytes (void)
{
  g_autofree float *x = random_matrix (KIND_PLAIN, 91, 100, 3072);
  for (int n = 1; n <= 2; n++)
    {
      _sonde_math_blas ()->set_num_threads (n);
      g_autofree double *once = cosine_self (x, 100, 3072);
      g_autofree double *twice = cosine_self (x, 100, 3072);
      g_assert_cmpmem (once, 100 * 100 * sizeof *once, twice, 100 * 100 * sizeof *twice);
      _sonde_math_blas ()->set_num_threads (3 - n);
      g_autofree double *other = cosine_self (x, 100, 3072);
      for (size_t i = 0; i < 100 * 100; i++)
        assert_near (other[i], once[i], 1e-14);
    }
  _sonde_math_blas ()->set_num_threads (1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/math/cosine/normalize", test_normalize);
  g_test_add_func ("/math/cosine/self-against-naive", test_self_against_naive);
  g_test_add_func ("/math/cosine/cross-against-naive", test_cross_against_naive);
  g_test_add_func ("/math/cosine/parallel-rows", test_parallel_rows);
  g_test_add_func ("/math/cosine/goldens", test_goldens);
  g_test_add_func ("/math/cosine/upper-triangle", test_upper_triangle);
  g_test_add_func ("/math/cosine/same-bytes", test_same_bytes);
  return g_test_run ();
}
