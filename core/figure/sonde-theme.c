#define G_LOG_DOMAIN "sonde"

#include "sonde-theme-private.h"

#include <math.h>

#include "sonde-color-map-private.h"

/* Contrast to dark paper, as the Web Content Accessibility Guidelines 2.1 define it: they ask for 4.5 of text, and for 3 of marks. */
#define LEAST_CONTRAST 4.5
#define WHITE 0.35 /* of the light that is added to a dark colour; without it they are glaring */

static const char *const names[] = { "light", "dark" };
static const SondeColor dark_paper = { 0.086, 0.094, 0.114, 1 }, dark_ink = { 0.93, 0.93, 0.93, 1 };
static const cairo_user_data_key_t key;

/**
 * SondeTheme:
 * @SONDE_THEME_LIGHT: dark ink on white, for paper
 * @SONDE_THEME_DARK: light ink on nearly black, for screens
 *
 * The colours of a figure's paper and ink, and what other colours become on it. Cells of heat maps are the same in both, as their
 * numbers are read from them; lines, bars and points are lighter on dark paper, and so is the scale beside them.
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

SondeTheme
_sonde_theme_get (cairo_t *cr)
{
  return (SondeTheme) GPOINTER_TO_UINT (cairo_get_user_data (cr, &key));
}

SondeTheme
_sonde_theme_begin (cairo_t *cr,
                    SondeTheme theme)
{
  SondeTheme before = _sonde_theme_get (cr);

  cairo_set_user_data (cr, &key, GUINT_TO_POINTER (theme), NULL);
  return before;
}

/* A part of sRGB as an amount of light, and back. */
static double
decode (double part)
{
  return part <= 0.04045 ? part / 12.92 : pow ((part + 0.055) / 1.055, 2.4);
}

static double
encode (double light)
{
  return light <= 0.0031308 ? light * 12.92 : 1.055 * pow (light, 1 / 2.4) - 0.055;
}

static double
get_luminance (const SondeColor *color)
{
  return 0.2126 * decode (color->red) + 0.7152 * decode (color->green) + 0.0722 * decode (color->blue);
}

/* L* of CIE 1976 over 100: equal steps of it look equal, those of luminance do not. */
static double
lightness_of (double luminance)
{
  return luminance <= 216.0 / 24389 ? luminance * 24389 / 2700 : 1.16 * cbrt (luminance) - 0.16;
}

static double
luminance_of (double lightness)
{
  return lightness <= 0.08 ? lightness * 2700 / 24389 : pow ((lightness + 0.16) / 1.16, 3);
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

/* All lightnesses, from 0 to 1, move into what is legible, in the order they had; the square leaves light colours almost as they
 * were. The hue stays: red, green and blue light grow alike, with some white, and with more where one of them has reached 1. */
static SondeColor
lift (const SondeColor *color)
{
  const double luminance = get_luminance (color);
  const double least = lightness_of (LEAST_CONTRAST * (get_luminance (&dark_paper) + 0.05) - 0.05);
  const double wanted = luminance_of (least + (1 - least) * pow (lightness_of (luminance), 2));
  const double full = luminance / decode (MAX (MAX (color->red, color->green), color->blue));
  const double white = MAX (WHITE * (wanted - luminance), (wanted - full) / (1 - full));
  const double growth = (wanted - white) / luminance;

  return (SondeColor){ encode (white + growth * decode (color->red)), encode (white + growth * decode (color->green)), encode (white + growth * decode (color->blue)), color->alpha };
}

SondeColor
_sonde_theme_adapt (SondeTheme theme,
                    const SondeColor *color)
{
  SondeColor found = *color;

  if (theme == SONDE_THEME_LIGHT || _sonde_color_find_dark (color, &found))
    return found;
  if (!is_neutral (color))
    return lift (color);
  found = mix (&dark_ink, &dark_paper, color->red);
  found.alpha = color->alpha;
  return found;
}

void
_sonde_color_set (cairo_t *cr,
                  const SondeColor *color)
{
  const SondeColor found = _sonde_theme_adapt (_sonde_theme_get (cr), color);

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
