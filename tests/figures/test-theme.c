/* Themes: names, paper and ink, what colours become on dark paper, and what stays as it is. */
#include <math.h>

#include "sonde-color-map-private.h"
#include "sonde-figure-private.h"
#include "sonde-theme-private.h"

#define SIZE 200

/* WCAG 2.1, "relative luminance" and "contrast ratio". */
static double
decode (double part)
{
  return part <= 0.04045 ? part / 12.92 : pow ((part + 0.055) / 1.055, 2.4);
}

static double
get_luminance (const SondeColor *color)
{
  return 0.2126 * decode (color->red) + 0.7152 * decode (color->green) + 0.0722 * decode (color->blue);
}

static double
get_contrast (const SondeColor *a,
              const SondeColor *b)
{
  const double light = get_luminance (a), other = get_luminance (b);

  return (MAX (light, other) + 0.05) / (MIN (light, other) + 0.05);
}

static SondeColor
get_neutral (SondeTheme theme,
             double lightness)
{
  const SondeColor color = { lightness, lightness, lightness, 1 };

  return _sonde_theme_adapt (theme, &color);
}

static void
check_names (void)
{
  static const char *const wrong[] = { "", "Dark", "dark ", "sepia" };
  SondeTheme theme;

  for (guint i = SONDE_THEME_LIGHT; i <= SONDE_THEME_DARK; i++)
    {
      g_assert_true (sonde_theme_parse (sonde_theme_get_name (i), &theme));
      g_assert_cmpuint (theme, ==, i);
    }
  g_assert_cmpstr (sonde_theme_get_name (SONDE_THEME_LIGHT), ==, "light");
  g_assert_cmpstr (sonde_theme_get_name (SONDE_THEME_DARK), ==, "dark");
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    g_assert_false (sonde_theme_parse (wrong[i], &theme));
}

/* Text is asked to have 4.5, and 7 where it is to be read with ease. */
static void
check_ink (void)
{
  for (guint theme = SONDE_THEME_LIGHT; theme <= SONDE_THEME_DARK; theme++)
    {
      const SondeColor paper = get_neutral (theme, SONDE_PAPER), ink = get_neutral (theme, SONDE_INK);
      const SondeColor pale = get_neutral (theme, SONDE_INK_PALE), frame = get_neutral (theme, SONDE_INK_FRAME);

      g_assert_cmpfloat (get_contrast (&paper, &ink), >=, 7);
      g_assert_cmpfloat (get_contrast (&paper, &pale), >=, 4.5);
      g_assert_cmpfloat (get_contrast (&paper, &frame), >=, 1.3);
      g_assert_cmpfloat (get_contrast (&paper, &ink), >, get_contrast (&paper, &pale));
      g_assert_cmpfloat (get_contrast (&paper, &pale), >, get_contrast (&paper, &frame));
      g_assert_true ((get_luminance (&paper) == 1) == (theme == SONDE_THEME_LIGHT));
      g_assert_true ((get_luminance (&paper) < 0.02) == (theme == SONDE_THEME_DARK));
    }
}

/* The palettes: of yellow more cannot be asked on white, where it would be brown. */
static void
check_palettes (void)
{
  for (guint theme = SONDE_THEME_LIGHT; theme <= SONDE_THEME_DARK; theme++)
    for (guint i = 0; i < SONDE_MOST_CATEGORIES + SONDE_MOST_SERIES; i++)
      {
        const SondeColor color = i < SONDE_MOST_CATEGORIES ? sonde_color_category (i) : sonde_color_series (i - SONDE_MOST_CATEGORIES);
        const SondeColor paper = get_neutral (theme, SONDE_PAPER), found = _sonde_theme_adapt (theme, &color);

        g_assert_cmpfloat (get_contrast (&paper, &found), >=, theme == SONDE_THEME_DARK ? 4.5 : i == 4 ? 2.2
                                                                                                       : 3);
        g_assert_true (theme == SONDE_THEME_DARK || (found.red == color.red && found.green == color.green && found.blue == color.blue));
      }
}

static guint
get_largest (const SondeColor *color)
{
  return color->red >= color->green && color->red >= color->blue ? 0 : color->green >= color->blue ? 1
                                                                                                   : 2;
}

/* Anybody's own colours: legible, in the order of their lightness, of the hue they had, as transparent as they were. */
static void
check_others (void)
{
  const SondeColor paper = get_neutral (SONDE_THEME_DARK, SONDE_PAPER);

  for (guint i = 0; i < 13 * 13 * 13; i++)
    {
      const SondeColor color = { i / 169 / 12.0, i / 13 % 13 / 12.0, i % 13 / 12.0, 0.25 };
      const SondeColor found = _sonde_theme_adapt (SONDE_THEME_DARK, &color), light = _sonde_theme_adapt (SONDE_THEME_LIGHT, &color);
      const SondeColor brighter = { color.red + (1 - color.red) / 8, color.green + (1 - color.green) / 8, color.blue + (1 - color.blue) / 8, 1 };
      const SondeColor next = _sonde_theme_adapt (SONDE_THEME_DARK, &brighter);

      g_assert_cmpmem (&light, sizeof light, &color, sizeof color);
      g_assert_cmpfloat (found.alpha, ==, 0.25);
      if (color.red == color.green && color.green == color.blue)
        continue;
      g_assert_cmpfloat (get_contrast (&paper, &found), >=, 4.5 - 1e-6);
      g_assert_cmpfloat (get_luminance (&next), >, get_luminance (&found));
      g_assert_cmpfloat (MAX (MAX (found.red, found.green), found.blue), <=, 1 + 1e-9);
      g_assert_cmpuint (get_largest (&found), ==, get_largest (&color));
    }
}

/* The colour of the scale beside the panel, in the middle of its range. */
static guint
get_bar_middle (gboolean cells,
                SondeTheme theme)
{
  static const double values[] = { 0, 1 };
  g_autoptr (SondeFigure) figure = sonde_figure_new ("scale", 1, 1, SIZE, SIZE);
  SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
  g_autoptr (SondeFigureLayout) layout = NULL;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, SIZE, SIZE);
  cairo_t *cr = cairo_create (surface);
  const SondeRectangle *box;
  const guchar *row;
  guint color;

  if (cells)
    sonde_panel_add_heat_map (panel, values, 1, 2, SONDE_COLOR_MAP_PLASMA, 0, 1);
  else
    sonde_panel_add_points (panel, values, values, 2, NULL, NULL, NULL);
  sonde_panel_set_color_bar (panel, SONDE_SIDE_RIGHT, SONDE_COLOR_MAP_PLASMA, 0, 1);
  sonde_figure_set_theme (figure, theme);
  layout = _sonde_figure_layout_new (figure, SIZE, SIZE);
  sonde_figure_draw (figure, cr, SIZE, SIZE);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  box = &layout->cells[0].box;
  row = cairo_image_surface_get_data (surface) + (gsize) (box->y + box->height / 2) * cairo_image_surface_get_stride (surface);
  color = ((const guint32 *) (const void *) row)[(gsize) (box->x + box->width + SONDE_COLOR_BAR_GAP + SONDE_COLOR_BAR_THICKNESS / 2.0)] & 0xffffff;
  cairo_surface_destroy (surface);
  return color;
}

static void
assert_near (guint rgb,
             const SondeColor *color)
{
  g_assert_cmpfloat (fabs ((rgb >> 16) / 255.0 - color->red), <, 0.02);
  g_assert_cmpfloat (fabs ((rgb >> 8 & 0xff) / 255.0 - color->green), <, 0.02);
  g_assert_cmpfloat (fabs ((rgb & 0xff) / 255.0 - color->blue), <, 0.02);
}

/* Cells have the map's colours in every theme; marks do not, and the scale beside them has theirs. */
static void
check_scale (void)
{
  const SondeColor middle = sonde_color_map_get (SONDE_COLOR_MAP_PLASMA, 0.5), lifted = _sonde_theme_adapt (SONDE_THEME_DARK, &middle);

  g_assert_cmpfloat (fabs (lifted.green - middle.green), >, 0.1);
  assert_near (get_bar_middle (TRUE, SONDE_THEME_LIGHT), &middle);
  assert_near (get_bar_middle (TRUE, SONDE_THEME_DARK), &middle);
  assert_near (get_bar_middle (FALSE, SONDE_THEME_LIGHT), &middle);
  assert_near (get_bar_middle (FALSE, SONDE_THEME_DARK), &lifted);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figures/theme/names", check_names);
  g_test_add_func ("/figures/theme/ink", check_ink);
  g_test_add_func ("/figures/theme/palettes", check_palettes);
  g_test_add_func ("/figures/theme/others", check_others);
  g_test_add_func ("/figures/theme/scale", check_scale);
  return g_test_run ();
}
