/* Round numbers, limits and labels. Expected values are worked out by hand. */
#include <locale.h>
#include <math.h>
#include <string.h>

#include "sonde-ticks-private.h"

static char *
join_ticks (double low,
            double high,
            guint n_most,
            gboolean integer)
{
  GString *out = g_string_new (NULL);
  SondeTicks ticks;

  if (!_sonde_ticks_find (&ticks, low, high, n_most, integer))
    return g_string_free (out, FALSE);
  for (guint i = 0; i < ticks.n; i++)
    {
      g_autofree char *label = _sonde_ticks_format (&ticks, i);

      g_string_append_printf (out, "%s%s", i > 0 ? " " : "", label);
    }
  return g_string_free (out, FALSE);
}

static void
check_known (void)
{
  static const struct
  {
    double low, high;
    guint n_most;
    gboolean integer;
    const char *expected;
  } cases[] = {
    { 0, 1, 6, FALSE, "0.0 0.2 0.4 0.6 0.8 1.0" },
    { 0, 1, 11, FALSE, "0.0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.0" },
    { -5, 5, 5, FALSE, "\u22124 \u22122 0 2 4" },
    { -5, 5, 3, FALSE, "\u22125 0 5" },
    { 5, -5, 3, FALSE, "\u22125 0 5" },
    { 0.1, 1, 5, FALSE, "0.2 0.4 0.6 0.8 1.0" },
    { 0.3, 1, 8, FALSE, "0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.0" },
    { -0.3, 0.3, 3, FALSE, "\u22120.2 0.0 0.2" },
    { -3, -1, 3, FALSE, "\u22123 \u22122 \u22121" },
    { 0, 47, 6, TRUE, "0 10 20 30 40" },
    { 0, 2, 10, TRUE, "0 1 2" },
    { -0.5, 0.5, 10, TRUE, "0" },
    { 0, 9e4, 5, FALSE, "0 20000 40000 60000 80000" },
    { 0, 2e6, 5, FALSE, "0 0.5\u00d710\u2076 1.0\u00d710\u2076 1.5\u00d710\u2076 2.0\u00d710\u2076" },
    { -2e-9, 2e-9, 3, FALSE, "\u22122\u00d710\u207b\u2079 0 2\u00d710\u207b\u2079" },
    { 1e-3, 3e-3, 3, FALSE, "0.001 0.002 0.003" },
    { 1000000.1, 1000000.3, 3, FALSE, "1000000.1 1000000.2 1000000.3" },
    { NAN, 1, 5, FALSE, "" },
    { 0, INFINITY, 5, FALSE, "" },
    { 0, 1, 0, FALSE, "" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = join_ticks (cases[i].low, cases[i].high, cases[i].n_most, cases[i].integer);

      g_assert_cmpstr (found, ==, cases[i].expected);
    }
}

/* Never too many, always inside, ascending, equally spaced: for ranges of every size. */
static void
check_random (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < 20000; i++)
    {
      const double scale = pow (10, g_rand_double_range (rand, -280, 280));
      const double low = g_rand_double_range (rand, -3, 3) * scale, high = low + g_rand_double_range (rand, 1e-3, 3) * scale;
      const guint n_most = g_rand_int_range (rand, 2, 12);
      SondeTicks ticks;

      if (!_sonde_ticks_find (&ticks, low, high, n_most, FALSE))
        {
          /* At the coarsest: none of 1, 2, 5 times a power is inside where fewer than three may be. */
          g_assert_cmpuint (n_most, <=, 3);
          continue;
        }
      g_assert_cmpuint (ticks.n, >=, 1);
      g_assert_cmpuint (ticks.n, <=, n_most);
      g_assert_cmpfloat (_sonde_ticks_get (&ticks, 0), >=, low - 1e-8 * (high - low));
      g_assert_cmpfloat (_sonde_ticks_get (&ticks, ticks.n - 1), <=, high + 1e-8 * (high - low));
      g_assert_true (ticks.mantissa == 1 || ticks.mantissa == 2 || ticks.mantissa == 5);
      for (guint k = 1; k < ticks.n; k++)
        g_assert_cmpfloat_with_epsilon (_sonde_ticks_get (&ticks, k) - _sonde_ticks_get (&ticks, k - 1), ticks.mantissa * pow (10, ticks.exponent), 1e-6 * (high - low));
    }
}

static void
check_numbers (void)
{
  g_autofree char *negative = _sonde_tick_format (-1.25, 2), *nothing = _sonde_tick_format (-0.0004, 2), *plain = _sonde_tick_format (12, 0);

  g_assert_cmpstr (negative, ==, "\u22121.25");
  g_assert_cmpstr (nothing, ==, "0.00");
  g_assert_cmpstr (plain, ==, "12");
}

/* A comma in the user's language does not reach the figure. */
static void
check_locale (void)
{
  static const char *const names[] = { "de_DE.UTF-8", "fr_FR.UTF-8", "da_DK.UTF-8" };
  g_autofree char *found = NULL;
  guint i = 0;

  while (i < G_N_ELEMENTS (names) && setlocale (LC_ALL, names[i]) == NULL)
    i++;
  if (i == G_N_ELEMENTS (names))
    {
      g_test_skip ("no locale with a decimal comma is installed");
      return;
    }
  found = join_ticks (0, 1, 3, FALSE);
  setlocale (LC_ALL, "C");
  g_assert_cmpstr (found, ==, "0.0 0.5 1.0");
}

static char *
join_decades (double low,
              double high,
              guint n_most,
              gboolean minor)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (double));
  GString *out = g_string_new (NULL);

  if (minor)
    _sonde_decades_list_minor (low, high, values);
  else
    _sonde_decades_find (low, high, n_most, values);
  for (guint i = 0; i < values->len; i++)
    {
      g_autofree char *label = _sonde_decade_format (g_array_index (values, double, i));

      g_string_append_printf (out, "%s%s", i > 0 ? " " : "", label);
    }
  return g_string_free (out, FALSE);
}

/* Limits are exponents of ten. */
static void
check_decades (void)
{
  static const struct
  {
    double low, high;
    guint n_most;
    gboolean minor;
    const char *expected;
  } cases[] = {
    { -3, 0, 6, FALSE, "10\u207b\u00b3 10\u207b\u00b2 10\u207b\u00b9 10\u2070" },
    { -2.9, 1.2, 6, FALSE, "10\u207b\u00b2 10\u207b\u00b9 10\u2070 10\u00b9" },
    { -9, 0, 5, FALSE, "10\u207b\u2078 10\u207b\u2076 10\u207b\u2074 10\u207b\u00b2 10\u2070" },
    { -16, 4, 5, FALSE, "10\u207b\u00b9\u2075 10\u207b\u00b9\u2070 10\u207b\u2075 10\u2070" },
    { -300, 300, 4, FALSE, "10\u207b\u00b2\u2070\u2070 10\u2070 10\u00b2\u2070\u2070" },
    /* one decade, and less: 0.9 to 3.3 and 5.9 hold 1, 2 and 5 of it */
    { -0.05, 0.52, 5, FALSE, "10\u2070 2\u00d710\u2070" },
    { 0.2, 1.1, 5, FALSE, "2\u00d710\u2070 5\u00d710\u2070 10\u00b9" },
    { 0.32, 0.4, 5, FALSE, "" },
    { -1, 0, 5, TRUE, "2\u00d710\u207b\u00b9 3\u00d710\u207b\u00b9 4\u00d710\u207b\u00b9 5\u00d710\u207b\u00b9 6\u00d710\u207b\u00b9 7\u00d710\u207b\u00b9 8\u00d710\u207b\u00b9 9\u00d710\u207b\u00b9" },
    { -0.05, 0.52, 5, TRUE, "9\u00d710\u207b\u00b9 2\u00d710\u2070 3\u00d710\u2070" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *found = join_decades (cases[i].low, cases[i].high, cases[i].n_most, cases[i].minor);

      g_assert_cmpstr (found, ==, cases[i].expected);
    }
}

static void
check_wide_decades (void)
{
  static const double cases[][4] = {
    { -4.9, -4.6, -5, -4 }, /* within one decade: the whole of it */
    { -5, -4, -5, -4 },     /* two powers are there already */
    { -4.9, -2.1, -4.9, -2.1 },
    { -4.9, -3.1, -5, -3 }, /* one power inside */
    { 2, 2, 2, 3 },
    { 2.5, 2.5, 2, 3 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double low = cases[i][0], high = cases[i][1];

      _sonde_decades_widen (&low, &high);
      g_assert_cmpfloat (low, ==, cases[i][2]);
      g_assert_cmpfloat (high, ==, cases[i][3]);
    }
}

static void
check_limits (void)
{
  const SondeLimits data = { .set_low = NAN, .set_high = NAN, .data_low = 10, .data_high = 20, .margin = 0.05 };
  SondeLimits limits = data;
  double low, high;

  _sonde_limits_resolve (&limits, &low, &high);
  g_assert_cmpfloat_with_epsilon (low, 9.5, 1e-12);
  g_assert_cmpfloat_with_epsilon (high, 20.5, 1e-12);

  limits.stick_low = TRUE;
  _sonde_limits_resolve (&limits, &low, &high);
  g_assert_cmpfloat (low, ==, 10);

  /* A tenth of the axis on both sides: 10 units are four fifths of it, less the margins. */
  limits = data;
  limits.margin = 0;
  limits.pad = 0.1;
  _sonde_limits_resolve (&limits, &low, &high);
  g_assert_cmpfloat_with_epsilon (high - low, 12.5, 1e-12);

  limits = data;
  limits.set_low = 0;
  _sonde_limits_resolve (&limits, &low, &high);
  g_assert_cmpfloat (low, ==, 0);
  g_assert_cmpfloat_with_epsilon (high, 20.5, 1e-12);

  /* All data beyond the one limit that was set. */
  limits.set_low = 100;
  _sonde_limits_resolve (&limits, &low, &high);
  g_assert_cmpfloat (low, ==, 100);
  g_assert_cmpfloat (high, >, low);

  /* Both set, in reversed order: kept. */
  limits.set_low = 5;
  limits.set_high = -5;
  _sonde_limits_resolve (&limits, &low, &high);
  g_assert_cmpfloat (low, ==, 5);
  g_assert_cmpfloat (high, ==, -5);
}

static void
check_degenerate_limits (void)
{
  static const double values[] = { 16, -16, 0, 1e-300, 1e300, -5e-5 };
  const SondeLimits nothing = { .set_low = NAN, .set_high = NAN, .data_low = NAN, .data_high = NAN };
  double low, high;

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      SondeLimits limits = { .set_low = NAN, .set_high = NAN, .data_low = values[i], .data_high = values[i], .margin = 0.05 };
      SondeTicks ticks;

      _sonde_limits_resolve (&limits, &low, &high);
      g_assert_cmpfloat (low, <, values[i]);
      g_assert_cmpfloat (high, >, values[i]);
      g_assert_cmpfloat_with_epsilon (values[i] / 2 - low / 2, high / 2 - values[i] / 2, 1e-9 * fabs (high - low));
      g_assert_true (_sonde_ticks_find (&ticks, low, high, 5, FALSE));
    }
  _sonde_limits_resolve (&nothing, &low, &high);
  g_assert_cmpfloat (low, ==, 0);
  g_assert_cmpfloat (high, ==, 1);

  low = high = 16;
  _sonde_limits_widen (&low, &high);
  g_assert_cmpfloat_with_epsilon (low, 15.2, 1e-12);
  g_assert_cmpfloat_with_epsilon (high, 16.8, 1e-12);
}

static void
check_whole_range (void)
{
  SondeLimits limits = { .set_low = NAN, .set_high = NAN, .data_low = -1.7e308, .data_high = 1.7e308, .margin = 0.05 };
  double low, high;
  SondeTicks ticks;

  _sonde_limits_resolve (&limits, &low, &high);
  g_assert_true (isfinite (low) && isfinite (high) && low < high);
  g_assert_true (_sonde_ticks_find (&ticks, low, high, 5, FALSE));
  /* A coarser step gives no more ticks than the finer one. */
  _sonde_ticks_coarsen (&ticks, -1e308, 1e308);
  g_assert_cmpuint (ticks.n, <=, 5);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figures/ticks/known", check_known);
  g_test_add_func ("/figures/ticks/random", check_random);
  g_test_add_func ("/figures/ticks/numbers", check_numbers);
  g_test_add_func ("/figures/ticks/locale", check_locale);
  g_test_add_func ("/figures/ticks/decades", check_decades);
  g_test_add_func ("/figures/ticks/wide-decades", check_wide_decades);
  g_test_add_func ("/figures/ticks/limits", check_limits);
  g_test_add_func ("/figures/ticks/degenerate-limits", check_degenerate_limits);
  g_test_add_func ("/figures/ticks/whole-range", check_whole_range);
  return g_test_run ();
}
