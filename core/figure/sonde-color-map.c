#define G_LOG_DOMAIN "sonde"

#include "sonde-color-map-private.h"

#include <math.h>

enum
{
  RED,
  BLUE,
  MAGENTA,
  BLACK,
  YELLOW,
  CYAN,
  ORANGE,
  GREEN,
  BROWN,
  GREY,
  PINK,
  OLIVE,
  PURPLE,
};

/* What lines, bars and points are drawn in on light paper and on dark: one set of colours for both palettes.
 *
 * They come from a search for the largest distance between the two nearest colours of a palette, among colours that have their
 * name's hue. Distances are CIEDE2000 (Sharma, Wu and Dalal 2005), and a pair's is the least of four: as seen with normal vision and
 * as protanopes, deuteranopes and tritanopes see it (Machado, Oliveira and Fernandes 2009). The contrast to light paper is 3 or more,
 * of yellow 2.2, as yellow that is darker is brown; to dark paper 4.5. Most figures have four or six colours, so the first ones
 * of either palette are further apart than the rest. tests/figures/test-color-vision.c has the formulas, and the least distances. */
static const struct
{
  guint32 light, dark;
} paints[] = {
  [RED] = { 0xb41f04, 0xdd5232 },
  [BLUE] = { 0x2068e2, 0x75a3ff },
  [MAGENTA] = { 0x952c75, 0xb366a4 },
  [BLACK] = { 0x000000, 0xededed },
  [YELLOW] = { 0xd0ab00, 0xfee861 },
  [CYAN] = { 0x05a2c7, 0x5ce2ff },
  [ORANGE] = { 0xd26a1d, 0xfe9c1e },
  [GREEN] = { 0x266455, 0xaadab0 },
  [BROWN] = { 0x4c3225, 0xaf8f7a },
  [GREY] = { 0x777777, 0x898a8c },
  [PINK] = { 0xb96c9e, 0xe5abc6 },
  [OLIVE] = { 0x7f955c, 0xb6b675 },
  [PURPLE] = { 0x473e83, 0x8f75ae },
};

static const guint8 series[] = { BLUE, ORANGE, GREEN, RED, PURPLE, BROWN, PINK, GREY, OLIVE, CYAN };

/* The first six are the letters r b m k y c of the plotting world; then hues that differ from them and from each other. */
static const guint8 categories[] = { RED, BLUE, MAGENTA, BLACK, YELLOW, CYAN, ORANGE, GREEN, BROWN, GREY, PINK, OLIVE };

G_STATIC_ASSERT (G_N_ELEMENTS (series) == SONDE_MOST_SERIES);
G_STATIC_ASSERT (G_N_ELEMENTS (categories) == SONDE_MOST_CATEGORIES);

static SondeColor
color_from_rgb (guint32 rgb)
{
  return (SondeColor){ ((rgb >> 16) & 0xff) / 255.0, ((rgb >> 8) & 0xff) / 255.0, (rgb & 0xff) / 255.0, 1 };
}

static gboolean
is_rgb (const SondeColor *color,
        guint32 rgb)
{
  const SondeColor other = color_from_rgb (rgb);
  const double half = 0.5 / 255;

  return fabs (color->red - other.red) < half && fabs (color->green - other.green) < half && fabs (color->blue - other.blue) < half;
}

gboolean
_sonde_color_find_dark (const SondeColor *color,
                        SondeColor *dark)
{
  for (guint i = 0; i < G_N_ELEMENTS (paints); i++)
    if (is_rgb (color, paints[i].light))
      {
        *dark = color_from_rgb (paints[i].dark);
        dark->alpha = color->alpha;
        return TRUE;
      }
  return FALSE;
}

/* Undefined is a grey that none of the coloured maps contains, whatever the eye, and a pale blue where the map itself is grey. */
static guint32
undefined_rgb (SondeColorMap map)
{
  return map == SONDE_COLOR_MAP_GRAY ? 0xa9c4e8 : 0xb4b4b4;
}

guint32
_sonde_color_map_rgb (SondeColorMap map,
                      guint index)
{
  if (index >= SONDE_COLOR_UNDEFINED)
    return undefined_rgb (map);

  switch (map)
    {
    case SONDE_COLOR_MAP_MAGMA:
      return _sonde_color_table_magma[index];
    case SONDE_COLOR_MAP_PLASMA:
      return _sonde_color_table_plasma[index];
    case SONDE_COLOR_MAP_VIRIDIS:
      return _sonde_color_table_viridis[index];
    case SONDE_COLOR_MAP_GRAY:
    default:
      return index << 16 | index << 8 | index;
    }
}

void
_sonde_color_map_get_palette (SondeColorMap map,
                              guint32 *palette)
{
  for (guint i = 0; i <= SONDE_COLOR_UNDEFINED; i++)
    palette[i] = _sonde_color_map_rgb (map, i);
}

/* Infinite values have the end's colour; where all are equal they have the middle one. */
guint
_sonde_color_map_index (double value,
                        double low,
                        double high)
{
  double position;

  if (isnan (value))
    return SONDE_COLOR_UNDEFINED;
  if (isinf (value))
    return value > 0 ? 255 : 0;
  /* Halves, as the range may be larger than the largest double. */
  position = high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5;
  /* 256 equal parts of the interval; 1 belongs to the last. */
  return (guint) CLAMP (position * 256, 0, 255);
}

/**
 * sonde_color_map_get: (skip)
 * @map: a colour map
 * @position: 0 (lowest) to 1 (highest); outside values are clamped
 *
 * Looks a position up in a map of 256 colours.
 *
 * Returns: the colour, opaque; for NaN the one that stands for undefined values, which the map itself does not contain
 */
SondeColor
sonde_color_map_get (SondeColorMap map,
                     double position)
{
  return color_from_rgb (_sonde_color_map_rgb (map, _sonde_color_map_index (position, 0, 1)));
}

/**
 * sonde_color_series: (skip)
 * @index: number of a line or bar, from 0
 *
 * Gives a colour of lines and bars, as light paper has it; dark paper has one of the same name that is lighter. All of them stay apart for
 * people with protanopia, deuteranopia or tritanopia.
 *
 * Returns: blue, orange, green, red, purple, brown, pink, grey, olive, cyan; after ten from the start again
 */
SondeColor
sonde_color_series (guint index)
{
  return color_from_rgb (paints[series[index % G_N_ELEMENTS (series)]].light);
}

/**
 * sonde_color_category: (skip)
 * @index: number of a category, from 0
 *
 * Gives a colour of profiles, as light paper has it; dark paper has one of the same name that is lighter, and for black its ink. All of
 * them stay apart for people with protanopia, deuteranopia or tritanopia, and sonde_marker_category() needs no colour at all.
 *
 * Returns: red, blue, magenta, black, yellow, cyan, orange, green, brown, grey, pink, olive; after twelve from the start again
 */
SondeColor
sonde_color_category (guint index)
{
  return color_from_rgb (paints[categories[index % G_N_ELEMENTS (categories)]].light);
}

/**
 * sonde_color_get_map:
 * @map: a colour map
 * @position: 0 (lowest) to 1 (highest); outside values are clamped
 * @color: (out caller-allocates): as sonde_color_map_get() gives it
 *
 * For languages that take no structures from functions.
 */
void
sonde_color_get_map (SondeColorMap map,
                     double position,
                     SondeColor *color)
{
  *color = sonde_color_map_get (map, position);
}

/**
 * sonde_color_get_series:
 * @index: number of a line or bar, from 0
 * @color: (out caller-allocates): as sonde_color_series() gives it
 *
 * For languages that take no structures from functions.
 */
void
sonde_color_get_series (guint index,
                        SondeColor *color)
{
  *color = sonde_color_series (index);
}

/**
 * sonde_color_get_category:
 * @index: number of a category, from 0
 * @color: (out caller-allocates): as sonde_color_category() gives it
 *
 * For languages that take no structures from functions.
 */
void
sonde_color_get_category (guint index,
                          SondeColor *color)
{
  *color = sonde_color_category (index);
}

/* Neighbours look alike, and that is what they are. */
static SondeColor
color_in_order (guint index,
                guint n)
{
  return sonde_color_map_get (SONDE_COLOR_MAP_VIRIDIS, n > 1 ? index / (n - 1.0) : 0);
}

/**
 * SONDE_MOST_SERIES:
 *
 * More series than this are coloured by their place in the order: the cycle of colours would repeat.
 */

/**
 * sonde_color_series_of: (skip)
 * @index: number of a line or bar, from 0
 * @n: how many there are
 *
 * Gives a colour of lines and bars that differs from those of all the others.
 *
 * Returns: sonde_color_series(); of more than %SONDE_MOST_SERIES, which that cannot tell apart, a colour by the place in their order
 */
SondeColor
sonde_color_series_of (guint index,
                       guint n)
{
  return n <= SONDE_MOST_SERIES ? sonde_color_series (index) : color_in_order (index, n);
}

/**
 * SONDE_MOST_CATEGORIES:
 *
 * More categories than this are coloured by their place in the order.
 */

/**
 * sonde_color_category_of: (skip)
 * @index: number of a category, from 0
 * @n: how many there are
 *
 * Gives a colour of profiles that differs from those of all the others.
 *
 * Returns: sonde_color_category(); of more than %SONDE_MOST_CATEGORIES a colour by the place in their order
 */
SondeColor
sonde_color_category_of (guint index,
                         guint n)
{
  return n <= SONDE_MOST_CATEGORIES ? sonde_color_category (index) : color_in_order (index, n);
}
