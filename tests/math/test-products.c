#include "sonde-math.h"
#include "naive.h"
#include "support.h"

#include <string.h>

static double *
products_of (const float *x, size_t rows, size_t columns)
{
  g_autofree double *workspace = g_new (double, sonde_math_row_products_workspace (rows, columns));
  double *products = g_new (double, rows *rows);

  memset (products, 0xff, rows * rows * sizeof *products); /* NaN: what was there must not shine through */
  sonde_math_row_products (x, rows, columns, workspace, products);
  return products;
}

static void
test_products (void)
{
  for (Kind kind = 0; kind < N_KINDS; kind++)
    for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++)
      {
        size_t rows = shapes[s][0], columns = shapes[s][1];
        g_autofree float *x = random_matrix (kind, 300 + s, rows, columns);
        g_autofree double *products = products_of (x, rows, columns);
        for (size_t i = 0; i < rows; i++)
          for (size_t j = 0; j < rows; j++)
            {
              long double sum = 0, size = 0;
              for (size_t k = 0; k < columns; k++)
                {
                  sum += (long double) x[i * columns + k] * x[j * columns + k];
                  size += fabsl ((long double) x[i * columns + k] * x[j * columns + k]);
                }
              g_assert_true (fabsl (products[i * rows + j] - sum) <= naive_tolerance (2e-14) * size);
              g_assert_true (products[i * rows + j] == products[j * rows + i]);
            }
      }
}

/* The same cosines as of rows that are scaled first, diagonal, zeros and all. */
static void
test_cosines (void)
{
  for (Kind kind = 0; kind < N_KINDS; kind++)
    for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++)
      {
        size_t n = shapes[s][0], columns = shapes[s][1];
        g_autofree float *x = random_matrix (kind, 340 + s, n, columns);
        g_autofree double *products = products_of (x, n, columns);
        g_autofree double *lengths = g_new (double, n);
        g_autofree double *out = g_new (double, n *n);
        g_autofree double *expected = g_new (double, n *n);
        for (size_t i = 0; i < n; i++)
          lengths[i] = sqrt (products[i * n + i]);
        sonde_math_cosine_from_products (products, n, lengths, out);
        naive_cosine (x, n, x, n, columns, expected);
        for (size_t i = 0; i < n; i++)
          for (size_t j = 0; j < n; j++)
            {
              assert_near (out[i * n + j], expected[i * n + j], naive_tolerance (2e-14));
              g_assert_true (out[i * n + j] == out[j * n + i]);
              g_assert_cmpfloat (fabs (out[i * n + j]), <=, 1);
            }
        for (size_t i = 0; i < n; i++)
          g_assert_true (out[i * n + i] == (lengths[i] == 0 ? 0 : 1));
      }
}

/* Centred afterwards is as good as centred first, or it is said that it is not: with means far from zero. */
static void
test_centring (void)
{
  size_t n_refused = 0, n_taken = 0;

  for (Kind kind = 0; kind < N_KINDS; kind++)
    for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++)
      {
        size_t n = shapes[s][0], columns = shapes[s][1];
        if (n > columns)
          continue;
        g_autofree float *x = random_matrix (kind, 380 + s, n, columns);
        g_autofree double *products = products_of (x, n, columns);
        g_autofree double *means = g_new (double, n);
        g_autofree double *workspace = g_new (double, sonde_math_centered_gram_workspace (n, columns));
        g_autofree double *expected = g_new (double, n *n);
        double trace = 0;
        if (!sonde_math_center_products (products, n, means))
          {
            n_refused++;
            continue;
          }
        n_taken++;
        sonde_math_centered_gram (x, n, columns, workspace, expected);
        for (size_t i = 0; i < n; i++)
          trace += expected[i * n + i];
        for (size_t i = 0; i < n * n; i++)
          assert_near (products[i], expected[i], 1e-9 * trace);
      }
  g_assert_cmpuint (n_refused, >, 0);
  g_assert_cmpuint (n_taken, >, 10);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/math/products/naive", test_products);
  g_test_add_func ("/math/products/cosines", test_cosines);
  g_test_add_func ("/math/products/centring", test_centring);
  return g_test_run ();
}
