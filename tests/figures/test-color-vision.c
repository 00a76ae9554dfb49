/* Colours and markers stay apart for every eye, in both themes. Distances are CIEDE2000, of which about 1 is what can just be noticed
 * between two large patches that touch; thin lines, small markers and a legend at the other end of the panel need many times as much. */
#include <math.h>

#include "sonde-color-map-private.h"
#include "sonde-marks-private.h"
#include "sonde-theme-private.h"

#define N_VISIONS 4

/* Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency", IEEE Transactions on
 * Visualization and Computer Graphics 15 (6), 2009: severity 1, for linear red, green and blue. */
static const struct
{
  const char *name;
  double rows[3][3];
} visions[N_VISIONS] = {
  { "normal", { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } } },
  { "protanopia", { { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 } } },
  { "deuteranopia", { { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 } } },
  { "tritanopia", { { 1.255528, -0.076749, -0.178779 }, { -0.078411, 0.930809, 0.147602 }, { 0.004733, 0.691367, 0.303900 } } },
};

typedef struct
{
  double l, a, b;
} Lab;

static double
decode (double part)
{
  return part <= 0.04045 ? part / 12.92 : pow ((part + 0.055) / 1.055, 2.4);
}

static double
bend (double share)
{
  return share > 216.0 / 24389 ? cbrt (share) : (share * 24389 / 27 + 16) / 116;
}

/* As CIELAB of D65, from sRGB as IEC 61966-2-1 defines it. */
static Lab
see (const SondeColor *color,
     guint vision)
{
  static const double xyz[3][3] = { { 0.4124564, 0.3575761, 0.1804375 }, { 0.2126729, 0.7151522, 0.0721750 }, { 0.0193339, 0.1191920, 0.9503041 } };
  const double light[] = { decode (color->red), decode (color->green), decode (color->blue) };
  double seen[3], bent[3];

  for (guint i = 0; i < 3; i++)
    {
      const double *row = visions[vision].rows[i];

      seen[i] = CLAMP (row[0] * light[0] + row[1] * light[1] + row[2] * light[2], 0, 1);
    }
  for (guint i = 0; i < 3; i++)
    bent[i] = bend ((xyz[i][0] * seen[0] + xyz[i][1] * seen[1] + xyz[i][2] * seen[2]) / (xyz[i][0] + xyz[i][1] + xyz[i][2]));
  return (Lab){ 116 * bent[1] - 16, 500 * (bent[0] - bent[1]), 200 * (bent[1] - bent[2]) };
}

static double
radians (double degrees)
{
  return degrees * G_PI / 180;
}

static double
hue_of (double a,
        double b)
{
  const double degrees = atan2 (b, a) * 180 / G_PI;

  return degrees < 0 ? degrees + 360 : degrees;
}

/* What grows with the seventh power of chroma, from 0 to 1. */
static double
chroma_share (double chroma)
{
  return sqrt (pow (chroma, 7) / (pow (chroma, 7) + pow (25, 7)));
}

/* Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula: implementation notes, supplementary test data, and mathematical
 * observations", Color Research and Application 30 (1), 2005: equations 2 to 22. */
static double
get_distance (const Lab *p,
              const Lab *q)
{
  const double stretch = 1.5 - 0.5 * chroma_share ((hypot (p->a, p->b) + hypot (q->a, q->b)) / 2);
  const double c1 = hypot (stretch * p->a, p->b), c2 = hypot (stretch * q->a, q->b);
  const double h1 = hue_of (stretch * p->a, p->b), h2 = hue_of (stretch * q->a, q->b);
  const gboolean grey = c1 * c2 == 0, around = fabs (h1 - h2) > 180;
  const double turn = grey ? 0 : around ? h2 - h1 + (h2 > h1 ? -360 : 360)
                                        : h2 - h1;
  const double hue = grey ? h1 + h2 : around ? (h1 + h2 + (h1 + h2 < 360 ? 360 : -360)) / 2
                                             : (h1 + h2) / 2;
  const double l = (p->l + q->l) / 2, c = (c1 + c2) / 2;
  const double t = 1 - 0.17 * cos (radians (hue - 30)) + 0.24 * cos (radians (2 * hue)) + 0.32 * cos (radians (3 * hue + 6)) - 0.2 * cos (radians (4 * hue - 63));
  const double dl = (q->l - p->l) / (1 + 0.015 * pow (l - 50, 2) / sqrt (20 + pow (l - 50, 2)));
  const double dc = (c2 - c1) / (1 + 0.045 * c);
  const double dh = 2 * sqrt (c1 * c2) * sin (radians (turn / 2)) / (1 + 0.015 * c * t);
  const double rotation = -2 * chroma_share (c) * sin (radians (60 * exp (-pow ((hue - 275) / 25, 2))));

  return sqrt (dl * dl + dc * dc + dh * dh + rotation * dc * dh);
}

/* Pairs that the paper publishes. */
static void
check_distance (void)
{
  static const struct
  {
    Lab p, q;
    double distance;
  } pairs[] = {
    { { 50, 2.6772, -79.7751 }, { 50, 0, -82.7485 }, 2.0425 },
    { { 50, 0, 0 }, { 50, -1, 2 }, 2.3669 },
    { { 50, 2.49, -0.001 }, { 50, -2.49, 0.0009 }, 7.1792 },
    { { 50, 2.49, -0.001 }, { 50, -2.49, 0.0011 }, 7.2195 },
    { { 50, 2.5, 0 }, { 73, 25, -18 }, 27.1492 },
    { { 50, 2.5, 0 }, { 56, -27, -3 }, 31.9030 },
    { { 60.2574, -34.0099, 36.2677 }, { 60.4626, -34.1751, 39.4387 }, 1.2644 },
    { { 22.7233, 20.0904, -46.6940 }, { 23.0331, 14.9730, -42.5619 }, 2.0373 },
    { { 2.0776, 0.0795, -1.1350 }, { 0.9033, -0.0636, -0.5514 }, 0.9082 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++)
    {
      g_assert_cmpfloat_with_epsilon (get_distance (&pairs[i].p, &pairs[i].q), pairs[i].distance, 5e-5);
      g_assert_cmpfloat_with_epsilon (get_distance (&pairs[i].q, &pairs[i].p), pairs[i].distance, 5e-5);
    }
}

/* Whoever sees fewer hues sees the same greys. */
static void
check_visions (void)
{
  for (guint vision = 0; vision < N_VISIONS; vision++)
    for (guint i = 0; i <= 16; i++)
      {
        const SondeColor grey = { i / 16.0, i / 16.0, i / 16.0, 1 };
        const Lab seen = see (&grey, vision), right = see (&grey, 0);

        g_assert_cmpfloat (get_distance (&seen, &right), <, 0.01);
        g_assert_cmpfloat (hypot (seen.a, seen.b), <, 0.01);
      }
}

/* Of the first four, of the first six, and of all. */
static double
get_least_distance (guint i)
{
  return i < 4 ? 15 : i < 6 ? 13.5
                            : 10.5;
}

static void
check_palette (const char *name,
               SondeColor (*get) (guint),
               guint n)
{
  for (guint theme = SONDE_THEME_LIGHT; theme <= SONDE_THEME_DARK; theme++)
    for (guint vision = 0; vision < N_VISIONS; vision++)
      for (guint i = 0; i < n; i++)
        for (guint j = 0; j < i; j++)
          {
            const SondeColor colors[] = { get (i), get (j) };
            const SondeColor drawn[] = { _sonde_theme_adapt (theme, &colors[0]), _sonde_theme_adapt (theme, &colors[1]) };
            const Lab p = see (&drawn[0], vision), q = see (&drawn[1], vision);
            const double distance = get_distance (&p, &q);

            if (distance < get_least_distance (i))
              {
                g_test_message ("%s %u and %u, %s, %s: %.2f, not %.1f", name, j, i, sonde_theme_get_name (theme), visions[vision].name, distance, get_least_distance (i));
                g_test_fail ();
              }
          }
}

static void
check_palettes (void)
{
  check_palette ("series", sonde_color_series, SONDE_MOST_SERIES);
  check_palette ("category", sonde_color_category, SONDE_MOST_CATEGORIES);
}

/* Numbers are read from lightness, which only rises, but for the rounding of tables to bytes: that takes back 0.11 at most, a third of a step. */
static void
check_maps (void)
{
  for (guint map = SONDE_COLOR_MAP_MAGMA; map <= SONDE_COLOR_MAP_GRAY; map++)
    for (guint vision = 0; vision < N_VISIONS; vision++)
      {
        const SondeColor undefined = sonde_color_map_get (map, NAN);
        const Lab none = see (&undefined, vision);
        double highest = 0;

        for (guint i = 0; i < 256; i++)
          {
            const SondeColor color = sonde_color_map_get (map, (i + 0.5) / 256);
            const Lab seen = see (&color, vision);

            g_assert_cmpfloat (seen.l, >, highest - 0.15);
            g_assert_cmpfloat (get_distance (&seen, &none), >=, 10);
            highest = MAX (highest, seen.l);
          }
        g_assert_cmpfloat (highest, >, 85);
      }
}

#define SIDE 32

static void
draw_marker (SondeMarker marker,
             gboolean *covered)
{
  static const SondeColor black = { 0, 0, 0, 1 };
  SondeStyle style = SONDE_STYLE_INIT;
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, SIDE, SIDE);
  cairo_t *cr = cairo_create (surface);
  const guchar *pixels;

  style.edge_width = 0;
  _sonde_marker_draw (cr, SIDE / 2, SIDE / 2, marker, SIDE * 0.75, &black, &style);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  pixels = cairo_image_surface_get_data (surface);
  for (guint y = 0; y < SIDE; y++)
    for (guint x = 0; x < SIDE; x++)
      covered[y * SIDE + x] = pixels[y * cairo_image_surface_get_stride (surface) + x] > 127;
  cairo_surface_destroy (surface);
}

/* Where one of two shapes has ink and the other has none is more than an eighth of where either has some. */
static void
check_markers (void)
{
  gboolean covered[SONDE_MOST_CATEGORIES][SIDE * SIDE];

  for (guint i = 0; i < SONDE_MOST_CATEGORIES; i++)
    {
      draw_marker (sonde_marker_category (i), covered[i]);
      for (guint j = 0; j < i; j++)
        {
          guint either = 0, one = 0;

          for (guint k = 0; k < SIDE * SIDE; k++)
            {
              either += covered[i][k] || covered[j][k];
              one += covered[i][k] != covered[j][k];
            }
          g_assert_cmpuint (either, >, SIDE * SIDE / 8);
          g_assert_cmpuint (8 * one, >, either);
        }
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figures/color-vision/distance", check_distance);
  g_test_add_func ("/figures/color-vision/visions", check_visions);
  g_test_add_func ("/figures/color-vision/palettes", check_palettes);
  g_test_add_func ("/figures/color-vision/maps", check_maps);
  g_test_add_func ("/figures/color-vision/markers", check_markers);
  return g_test_run ();
}
