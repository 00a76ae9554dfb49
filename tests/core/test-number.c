#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sonde-number-private.h"

static void
test_known (void)
{
  const struct
  {
    double value;
    const char *text;
  } known[] = {
    { 0, "0" },
    { -0.0, "-0" },
    { 1, "1" },
    { -2.5, "-2.5" },
    { 100, "100" },
    { 0.1, "0.1" },
    { 0.1 + 0.2, "0.30000000000000004" },
    { 2.0 / 3, "0.6666666666666666" },
    { 1e-4, "0.0001" },
    { 1e-5, "1e-05" },
    { 1.5e-5, "1.5e-05" },
    { 123456789012345, "123456789012345" },
    { 0x1p-31, "4.656612873077393e-10" }, /* a power of two: its neighbours are not equally far */
    { 9007199254740993.0, "9007199254740992" },
    { 1e22, "1e+22" },
    { 1.7976931348623157e308, "1.7976931348623157e+308" },
    { 2.2250738585072014e-308, "2.2250738585072014e-308" },
    { INFINITY, "inf" },
    { -INFINITY, "-inf" },
    { NAN, "nan" },
    { -NAN, "nan" },
  };
  char buffer[_SONDE_NUMBER_SIZE];

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    g_assert_cmpstr (_sonde_number_format (known[i].value, buffer), ==, known[i].text);
}

static guint
count_significant (const char *text)
{
  guint n = 0, zeros = 0;

  for (const char *p = text; *p != '\0' && *p != 'e'; p++)
    if (g_ascii_isdigit (*p) && (n > 0 || *p != '0'))
      {
        n++;
        zeros = *p == '0' ? zeros + 1 : 0;
      }
  return n - zeros;
}

static double
draw (GRand *random,
      guint kind)
{
  guint64 bits;
  double value;

  switch (kind)
    {
    case 0: /* any double at all */
      bits = (guint64) g_rand_int (random) << 32 | g_rand_int (random);
      memcpy (&value, &bits, sizeof value);
      return isfinite (value) ? value : 1;
    case 1:
      return g_rand_double_range (random, -1, 1);
    case 2:
      return (float) g_rand_double_range (random, -1e3, 1e3);
    case 3:
      return exp (g_rand_double_range (random, -30, 40));
    case 4:
      return g_rand_int_range (random, -1000000, 1000000) / 1000.0;
    default: /* powers of two and their neighbours */
      return ldexp (1 + g_rand_int_range (random, -2, 3) * 0x1p-52, g_rand_int_range (random, -60, 60));
    }
}

/* Reads back bit by bit, and printf cannot do it with fewer digits. */
static void
test_random (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  char buffer[_SONDE_NUMBER_SIZE];
  char trial[40];

  for (guint i = 0; i < 120000; i++)
    {
      const double value = draw (random, i % 6);
      const double back = g_ascii_strtod (_sonde_number_format (value, buffer), NULL);

      g_assert_cmpmem (&back, sizeof back, &value, sizeof value);
      for (int digits = 15; digits <= 17; digits++)
        {
          snprintf (trial, sizeof trial, "%.*g", digits, value);
          if (g_ascii_strtod (trial, NULL) == value)
            break;
        }
      g_assert_cmpuint (count_significant (buffer), ==, count_significant (trial));
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/number/known", test_known);
  g_test_add_func ("/number/random", test_random);
  return g_test_run ();
}
