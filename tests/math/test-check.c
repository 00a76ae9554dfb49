#include "sonde-math.h"
#include "support.h"

static void
test_finite (void)
{
  size_t row = 77, column = 88;
  g_autofree float *x = random_matrix (KIND_WIDE_RANGE, 20, 13, 37);
  x[5] = 3.402823466e38f;
  x[6] = -1e-45f;
  g_assert_true (sonde_math_all_finite (x, 13, 37, &row, &column));
  g_assert_true (sonde_math_all_finite (x, 0, 37, &row, &column));
  g_assert_true (sonde_math_all_finite (x, 13, 0, NULL, NULL));
  g_assert_cmpuint (row, ==, 77);
  g_assert_cmpuint (column, ==, 88);
}

static void
test_first_place (void)
{
  const float bad[] = { NAN, -NAN, INFINITY, -INFINITY };
  for (size_t place = 0; place < 13 * 37; place++)
    {
      size_t row = 0, column = 0;
      g_autofree float *x = random_matrix (KIND_PLAIN, 21, 13, 37);
      x[13 * 37 - 1] = NAN;
      x[place] = bad[place % G_N_ELEMENTS (bad)];
      g_assert_false (sonde_math_all_finite (x, 13, 37, &row, &column));
      g_assert_cmpuint (row, ==, place / 37);
      g_assert_cmpuint (column, ==, place % 37);
      g_assert_false (sonde_math_all_finite (x, 13, 37, NULL, NULL));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/math/check/finite", test_finite);
  g_test_add_func ("/math/check/first-place", test_first_place);
  return g_test_run ();
}
