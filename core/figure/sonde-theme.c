#define G_LOG_DOMAIN "sonde"

#include "sonde-theme-private.h"

#include <math.h>

/* Contrast, as the Web Content Accessibility Guidelines 2.1 define it: of text 4.5 is asked for, of marks 3. */
#define LEAST_CONTRAST 4.5
#define STEPS 32 /* on the way to white */

static const char *const names[] = { "light", "dark" };
static const SondeColor dark_paper = { 0.086, 0.094, 0.114, 1 }, dark_ink = { 0.93, 0.93, 0.93, 1 };
static const cairo_user_data_key_t key;

/**
 * SondeTheme:
 * @SONDE_THEME_LIGHT: dark ink on white, for paper
 * @SONDE_THEME_DARK: light ink on nearly black, for screens
 *
 * The colours of a figure's paper and ink. Colour maps are the same in both, as their numbers are read from them.
 */

/**
 * sonde_theme_get_name:
 * @theme: a theme
 *
 * Names a theme as settings and the command line do.
 *
 * Returns: (transfer none): "light" or "dark"
 */
const char *
sonde_theme_get_name (SondeTheme theme)
{
  g_return_val_if_fail (theme < G_N_ELEMENTS (names), NULL);
  return names[theme];
}

/**
 * sonde_theme_parse:
 * @name: "light" or "dark"
 * @theme: (out): the theme of this name
 *
 * Finds a theme by its name.
 *
 * Returns: %FALSE where there is none
 */
gboolean
sonde_theme_parse (const char *name,
                   SondeTheme *theme)
{
  g_return_val_if_fail (name != NULL && theme != NULL, FALSE);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (names[i], name))
      {
        *theme = (SondeTheme) i;
        return TRUE;
      }
  return FALSE;
}

static SondeTheme
get_theme (cairo_t *cr)
{
  return (SondeTheme) GPOINTER_TO_UINT (cairo_get_user_data (cr, &key));
}

SondeTheme
_sonde_theme_begin (cairo_t *cr,
                    SondeTheme theme)
{
  SondeTheme before = get_theme (cr);

  cairo_set_user_data (cr, &key, GUINT_TO_POINTER (theme), NULL);
  return before;
}

static double
linear (double part)
{
  return part <= 0.04045 ? part / 12.92 : pow ((part + 0.055) / 1.055, 2.4);
}

static double
luminance (const SondeColor *color)
{
  return 0.2126 * linear (color->red) + 0.7152 * linear (color->green) + 0.0722 * linear (color->blue);
}

static SondeColor
mix (const SondeColor *from,
     const SondeColor *to,
     double share)
{
  return (SondeColor){ from->red + share * (to->red - from->red), from->green + share * (to->green - from->green), from->blue + share * (to->blue - from->blue), from->alpha };
}

static gboolean
is_neutral (const SondeColor *color)
{
  return fabs (color->red - color->green) < 0.01 && fabs (color->green - color->blue) < 0.01;
}

SondeColor
_sonde_theme_adapt (SondeTheme theme,
                    const SondeColor *color)
{
  static const SondeColor white = { 1, 1, 1, 1 };
  SondeColor found = *color;

  if (theme == SONDE_THEME_LIGHT)
    return found;
  if (is_neutral (color))
    {
      found = mix (&dark_ink, &dark_paper, color->red);
      found.alpha = color->alpha;
      return found;
    }
  for (guint i = 1; i <= STEPS && (luminance (&found) + 0.05) / (luminance (&dark_paper) + 0.05) < LEAST_CONTRAST; i++)
    found = mix (color, &white, i / (double) STEPS);
  return found;
}

void
_sonde_color_set (cairo_t *cr,
                  const SondeColor *color)
{
  const SondeColor found = _sonde_theme_adapt (get_theme (cr), color);

  cairo_set_source_rgba (cr, found.red, found.green, found.blue, found.alpha);
}

void
_sonde_ink_set (cairo_t *cr,
                double lightness,
                double alpha)
{
  const SondeColor color = { lightness, lightness, lightness, alpha };

  _sonde_color_set (cr, &color);
}
