#define G_LOG_DOMAIN "sonde"

#include "sonde-color-map-private.h"

#include <math.h>

static const guint32 series[] = {
  0x1f77b4,
  0xff7f0e,
  0x2ca02c,
  0xd62728,
  0x9467bd,
  0x8c564b,
  0xe377c2,
  0x7f7f7f,
  0xbcbd22,
  0x17becf,
};

/* The first six are the letters r b m k y c of the plotting world; then hues that differ from them and from each other. */
static const guint32 categories[] = {
  0xff0000,
  0x0000ff,
  0xbf00bf,
  0x000000,
  0xbfbf00,
  0x00bfbf,
  0xff7f0e,
  0x2ca02c,
  0x8c564b,
  0x7f7f7f,
  0xff69b4,
  0x6b8e23,
};

static SondeColor
color_from_rgb (guint32 rgb)
{
  return (SondeColor){ ((rgb >> 16) & 0xff) / 255.0, ((rgb >> 8) & 0xff) / 255.0, (rgb & 0xff) / 255.0, 1 };
}

/* Undefined is a grey that none of the coloured maps contains, and a pale blue where the map itself is grey. */
static guint32
undefined_rgb (SondeColorMap map)
{
  return map == SONDE_COLOR_MAP_GRAY ? 0xa9c4e8 : 0xa6a6a6;
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
 * Gives a colour of lines and bars.
 *
 * Returns: the colour of that member of a series; ten colours, then from the start again
 */
SondeColor
sonde_color_series (guint index)
{
  return color_from_rgb (series[index % G_N_ELEMENTS (series)]);
}

/**
 * sonde_color_category: (skip)
 * @index: number of a category, from 0
 *
 * Gives a colour of profiles.
 *
 * Returns: red, blue, magenta, black, yellow, cyan, then six further ones; after twelve from the start again
 */
SondeColor
sonde_color_category (guint index)
{
  return color_from_rgb (categories[index % G_N_ELEMENTS (categories)]);
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
