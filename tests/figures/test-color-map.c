/* Colours: published end points, order, and what stands for undefined values. */
#include <math.h>

#include "sonde-color-map-private.h"

static guint
to_rgb (SondeColor color)
{
  return (guint) lround (color.red * 255) << 16 | (guint) lround (color.green * 255) << 8 | (guint) lround (color.blue * 255);
}

/* The ends and the middle as the maps' authors publish them. */
static void
check_published (void)
{
  static const struct
  {
    SondeColorMap map;
    guint first, last;
  } maps[] = {
    { SONDE_COLOR_MAP_MAGMA, 0x000004, 0xfcfdbf },
    { SONDE_COLOR_MAP_PLASMA, 0x0d0887, 0xf0f921 },
    { SONDE_COLOR_MAP_VIRIDIS, 0x440154, 0xfde725 },
    { SONDE_COLOR_MAP_GRAY, 0x000000, 0xffffff },
  };

  for (guint i = 0; i < G_N_ELEMENTS (maps); i++)
    {
      g_assert_cmphex (to_rgb (sonde_color_map_get (maps[i].map, 0)), ==, maps[i].first);
      g_assert_cmphex (to_rgb (sonde_color_map_get (maps[i].map, 1)), ==, maps[i].last);
      g_assert_cmphex (to_rgb (sonde_color_map_get (maps[i].map, -3)), ==, maps[i].first);
      g_assert_cmphex (to_rgb (sonde_color_map_get (maps[i].map, INFINITY)), ==, maps[i].last);
    }
}

/* The maps were made so that lightness only rises; a damaged table would not. */
static void
check_lightness (void)
{
  for (guint map = SONDE_COLOR_MAP_MAGMA; map <= SONDE_COLOR_MAP_GRAY; map++)
    {
      double before = -1;

      for (guint i = 0; i < 256; i++)
        {
          const SondeColor color = sonde_color_map_get (map, (i + 0.5) / 256);
          const double luminance = 0.2126 * pow (color.red, 2.2) + 0.7152 * pow (color.green, 2.2) + 0.0722 * pow (color.blue, 2.2);

          g_assert_cmpfloat (luminance, >, before - 1e-3);
          g_assert_cmpfloat (color.alpha, ==, 1);
          before = luminance;
        }
    }
}

static void
check_undefined (void)
{
  for (guint map = SONDE_COLOR_MAP_MAGMA; map <= SONDE_COLOR_MAP_GRAY; map++)
    {
      const SondeColor none = sonde_color_map_get (map, NAN);

      for (guint i = 0; i < 256; i++)
        {
          const SondeColor color = sonde_color_map_get (map, (i + 0.5) / 256);

          g_assert_cmpfloat (fabs (color.red - none.red) + fabs (color.green - none.green) + fabs (color.blue - none.blue), >, 0.1);
        }
    }
}

static void
check_index (void)
{
  g_assert_cmpuint (_sonde_color_map_index (0, 0, 1), ==, 0);
  g_assert_cmpuint (_sonde_color_map_index (1, 0, 1), ==, 255);
  g_assert_cmpuint (_sonde_color_map_index (0.5, 0, 1), ==, 128);
  g_assert_cmpuint (_sonde_color_map_index (7, 7, 7), ==, 128);
  g_assert_cmpuint (_sonde_color_map_index (-INFINITY, 0, 1), ==, 0);
  g_assert_cmpuint (_sonde_color_map_index (0, -1.7e308, 1.7e308), ==, 128);
  g_assert_cmpuint (_sonde_color_map_index (NAN, 0, 1), ==, SONDE_COLOR_UNDEFINED);
}

/* Within 30 degrees; below 0: black. */
static void
assert_hue (SondeColor color,
            double hue)
{
  const double found = atan2 (sqrt (3) * (color.green - color.blue), 2 * color.red - color.green - color.blue) * 180 / G_PI;

  if (hue < 0)
    g_assert_cmphex (to_rgb (color), ==, 0x000000);
  else
    g_assert_cmpfloat (fabs (remainder (found - hue, 360)), <, 30);
}

static void
check_cycles (void)
{
  /* the hues that they are named by, of a circle of 360 degrees: red, blue, magenta, black, yellow, cyan; blue, orange, green, red */
  static const double categories[] = { 0, 240, 320, -1, 55, 190 }, series[] = { 240, 30, 150, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (categories); i++)
    {
      assert_hue (sonde_color_category (i), categories[i]);
      for (guint j = 0; j < i; j++)
        g_assert_cmpint (sonde_marker_category (i), !=, sonde_marker_category (j));
    }
  for (guint i = 0; i < G_N_ELEMENTS (series); i++)
    assert_hue (sonde_color_series (i), series[i]);
  g_assert_cmphex (to_rgb (sonde_color_series (10)), ==, to_rgb (sonde_color_series (0)));
  g_assert_cmphex (to_rgb (sonde_color_category (12)), ==, to_rgb (sonde_color_category (0)));
  g_assert_cmphex (to_rgb (sonde_color_category (6)), !=, to_rgb (sonde_color_category (0)));
}

/* Up to as many as the cycles tell apart they are used; more have a colour each, all different. */
static void
check_orders (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  g_assert_cmphex (to_rgb (sonde_color_series_of (9, 10)), ==, to_rgb (sonde_color_series (9)));
  g_assert_cmphex (to_rgb (sonde_color_category_of (11, 12)), ==, to_rgb (sonde_color_category (11)));
  for (guint i = 0; i < 64; i++)
    {
      g_assert_true (g_hash_table_add (seen, GUINT_TO_POINTER (to_rgb (sonde_color_series_of (i, 64)))));
      g_assert_cmphex (to_rgb (sonde_color_category_of (i, 64)), ==, to_rgb (sonde_color_series_of (i, 64)));
    }
  /* the published ends of viridis */
  g_assert_cmphex (to_rgb (sonde_color_series_of (0, 11)), ==, 0x440154);
  g_assert_cmphex (to_rgb (sonde_color_series_of (10, 11)), ==, 0xfde725);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figures/color-map/published", check_published);
  g_test_add_func ("/figures/color-map/lightness", check_lightness);
  g_test_add_func ("/figures/color-map/undefined", check_undefined);
  g_test_add_func ("/figures/color-map/index", check_index);
  g_test_add_func ("/figures/color-map/cycles", check_cycles);
  g_test_add_func ("/figures/color-map/orders", check_orders);
  return g_test_run ();
}
