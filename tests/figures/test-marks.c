/* What marks draw: read back from pixels, and from the counts of what cairo was asked for. */
#include <math.h>
#include <string.h>

#include "sonde-figure-private.h"
#include "sonde-figure-writer.h"

#define SIZE 200

/* The box that a figure of one panel gives its data, and the pixels of the whole. */
typedef struct
{
  cairo_surface_t *surface;
  SondeRectangle box;
} Picture;

static void
picture_init (Picture *self,
              SondeFigure *figure)
{
  g_autoptr (SondeFigureLayout) layout = _sonde_figure_layout_new (figure, SIZE, SIZE);
  cairo_t *cr;

  self->box = layout->cells[0].box;
  self->surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, SIZE * 4, SIZE * 4);
  cr = cairo_create (self->surface);
  sonde_figure_draw (figure, cr, SIZE * 4, SIZE * 4);
  g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
  cairo_destroy (cr);
  cairo_surface_flush (self->surface);
}

static void
picture_clear (Picture *self)
{
  cairo_surface_destroy (self->surface);
}

/* The colour at a place of the figure, in points. */
static guint
picture_get (const Picture *self,
             double x,
             double y)
{
  const guchar *pixels = cairo_image_surface_get_data (self->surface);

  return *(const guint32 *) (const void *) (pixels + (gsize) (y * 4) * cairo_image_surface_get_stride (self->surface) + (gsize) (x * 4) * 4) & 0xffffff;
}

static guint
picture_get_share (const Picture *self,
                   double x,
                   double y)
{
  return picture_get (self, self->box.x + x * self->box.width, self->box.y + y * self->box.height);
}

static guint
count_color (const Picture *self,
             guint color)
{
  guint n = 0;

  for (guint y = 0; y < SIZE * 4; y++)
    for (guint x = 0; x < SIZE * 4; x++)
      n += picture_get (self, x / 4.0, y / 4.0) == color;
  return n;
}

static guint
map_color (SondeColorMap map,
           double position)
{
  const SondeColor c = sonde_color_map_get (map, position);

  return (guint) lround (c.red * 255) << 16 | (guint) lround (c.green * 255) << 8 | (guint) lround (c.blue * 255);
}

/* Few cells and many: each cell's middle has its own colour, the first row is on top. */
static void
check_heat_map (void)
{
  static const gsize sizes[][2] = { { 1, 1 }, { 2, 2 }, { 3, 5 }, { 32, 32 }, { 40, 40 }, { 60, 30 } };

  for (guint s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      const gsize rows = sizes[s][0], columns = sizes[s][1];
      g_autoptr (SondeFigure) figure = sonde_figure_new ("cells", 1, 1, SIZE, SIZE);
      SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
      g_autofree double *values = g_new (double, rows *columns);
      Picture picture;

      for (gsize i = 0; i < rows * columns; i++)
        values[i] = i % 7 == 3 ? NAN : (i * 37 % 101) / 100.0;
      sonde_panel_add_heat_map (panel, values, rows, columns, SONDE_COLOR_MAP_MAGMA, 0, 1);
      sonde_panel_set_ticks (panel, FALSE, FALSE);
      picture_init (&picture, figure);
      for (gsize r = 0; r < rows; r++)
        for (gsize c = 0; c < columns; c++)
          g_assert_cmphex (picture_get_share (&picture, (c + 0.5) / columns, (r + 0.5) / rows), ==, map_color (SONDE_COLOR_MAP_MAGMA, values[r * columns + c]));
      picture_clear (&picture);
    }
}

/* Above 2,000 rows cells are averaged: half 0, half 1 stay two halves; undefined cells do not spoil their block. */
static void
check_large_heat_map (void)
{
  const gsize n = 2500;
  g_autoptr (SondeFigure) figure = sonde_figure_new ("cells", 1, 1, SIZE, SIZE);
  SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
  g_autofree double *values = g_new (double, n *n);
  Picture picture;

  for (gsize i = 0; i < n * n; i++)
    values[i] = i % 2 == 0 && (i / n) % 2 == 0 ? NAN : i % n >= n / 2;
  sonde_panel_add_heat_map (panel, values, n, n, SONDE_COLOR_MAP_VIRIDIS, NAN, NAN);
  sonde_panel_set_ticks (panel, FALSE, FALSE);
  picture_init (&picture, figure);
  g_assert_cmphex (picture_get_share (&picture, 0.25, 0.5), ==, map_color (SONDE_COLOR_MAP_VIRIDIS, 0));
  g_assert_cmphex (picture_get_share (&picture, 0.75, 0.5), ==, map_color (SONDE_COLOR_MAP_VIRIDIS, 1));
  picture_clear (&picture);
}

static void
check_bars (void)
{
  g_autoptr (SondeFigure) figure = sonde_figure_new ("bars", 1, 1, SIZE, SIZE);
  SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
  SondeStyle style = SONDE_STYLE_INIT;
  Picture picture;

  style.color = (SondeColor){ 1, 0, 0, 1 };
  sonde_panel_add_bar (panel, 1, 0.5, 1, &style, NULL);
  sonde_panel_add_bar (panel, 3, -0.5, 1, &style, NULL);
  sonde_panel_set_x_limits (panel, 0, 4);
  sonde_panel_set_y_limits (panel, -1, 1);
  picture_init (&picture, figure);
  g_assert_cmphex (picture_get_share (&picture, 0.25, 0.30), ==, 0xff0000);
  g_assert_cmphex (picture_get_share (&picture, 0.25, 0.20), ==, 0xffffff);
  g_assert_cmphex (picture_get_share (&picture, 0.25, 0.55), ==, 0xffffff);
  g_assert_cmphex (picture_get_share (&picture, 0.75, 0.70), ==, 0xff0000);
  g_assert_cmphex (picture_get_share (&picture, 0.75, 0.45), ==, 0xffffff);
  picture_clear (&picture);
}

/* Bars that cannot be seen are said. */
static void
check_hidden_bars (void)
{
  static const double heights[] = { NAN, 0.1 };

  for (guint i = 0; i < G_N_ELEMENTS (heights); i++)
    {
      g_autoptr (SondeFigure) figure = sonde_figure_new ("bars", 1, 1, SIZE, SIZE);
      SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
      Picture picture;

      sonde_panel_add_bar (panel, 0, heights[i], 1, NULL, NULL);
      sonde_panel_set_x_limits (panel, -1, 1);
      sonde_panel_set_y_limits (panel, 0.3, 1);
      sonde_panel_set_ticks (panel, FALSE, FALSE);
      picture_init (&picture, figure);
      /* The note is grey, of letters drawn in this one colour. */
      g_assert_cmpuint (count_color (&picture, 0x595959), >, 50);
      picture_clear (&picture);
    }
}

/* A line beyond the limits does not leave the box; one on the limit keeps its whole width. */
static void
check_clip (void)
{
  g_autoptr (SondeFigure) figure = sonde_figure_new ("line", 1, 1, SIZE, SIZE);
  SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
  const double x[] = { -1e18, 1e18, NAN, 0.5, 0.5, NAN, 0, 1 }, y[] = { 0.5, 0.5, NAN, -1e300, 1e300, NAN, 1, 1 };
  SondeStyle style = SONDE_STYLE_INIT;
  Picture picture;
  guint inside = 0, all;

  style.color = (SondeColor){ 0, 0, 1, 1 };
  style.line_width = 4;
  sonde_panel_add_line (panel, x, y, 8, &style, NULL);
  sonde_panel_set_x_limits (panel, 0, 1);
  sonde_panel_set_y_limits (panel, 0, 1);
  sonde_panel_set_ticks (panel, FALSE, FALSE);
  picture_init (&picture, figure);
  g_assert_cmphex (picture_get_share (&picture, 0.25, 0.5), ==, 0x0000ff);
  g_assert_cmphex (picture_get_share (&picture, 0.5, 0.25), ==, 0x0000ff);
  g_assert_cmphex (picture_get (&picture, picture.box.x + picture.box.width * 0.25, picture.box.y - 1.2), ==, 0x0000ff);
  all = count_color (&picture, 0x0000ff);
  for (guint py = 0; py < SIZE * 4; py++)
    for (guint px = 0; px < SIZE * 4; px++)
      {
        const double at_x = px / 4.0, at_y = py / 4.0;

        if (at_x >= picture.box.x - 2.3 && at_x <= picture.box.x + picture.box.width + 2.3 && at_y >= picture.box.y - 2.3 && at_y <= picture.box.y + picture.box.height + 2.3)
          inside += picture_get (&picture, at_x, at_y) == 0x0000ff;
      }
  g_assert_cmpuint (inside, ==, all);
  picture_clear (&picture);
}

/* Cairo would take gigabytes for the corners of the ends of a line that is much wider than any page. */
static void
check_strokes (void)
{
  static const double widths[] = { 1e12, 1e13, 1e300, INFINITY, NAN, -1e12 };

  for (guint i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      g_autoptr (SondeFigure) figure = sonde_figure_new ("line", 1, 1, SIZE, SIZE);
      SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
      const double x[] = { 0, 1 };
      SondeStyle style = { { 0, 1, 0, 1 }, widths[i], SONDE_MARKER_CIRCLE, widths[i], { 0, 0, 0, 1 }, widths[i] };
      g_autoptr (GBytes) drawing = NULL;
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;

      sonde_panel_add_line (panel, x, x, 2, &style, NULL);
      sonde_panel_add_bar (panel, 0, 1, 1, &style, NULL);
      drawing = sonde_figure_to_svg (figure, NULL, &error);
      g_assert_no_error (error);
      text = g_strndup (g_bytes_get_data (drawing, NULL), g_bytes_get_size (drawing));
      g_assert_true (g_regex_match_simple ("stroke-width[:=]\"?1000\\b", text, 0, 0) == (widths[i] > 0));
      g_assert_false (g_regex_match_simple ("stroke-width[:=]\"?([0-9]{5}|inf|nan|-)", text, 0, 0));
    }
}

/* A marker whose centre is on the limit is whole; one beyond is not there. */
static void
check_markers (void)
{
  static const double at[] = { 1, 1.001 };
  guint counts[2];

  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (SondeFigure) figure = sonde_figure_new ("points", 1, 1, SIZE, SIZE);
      SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
      SondeStyle style = { { 0, 1, 0, 1 }, 0, SONDE_MARKER_SQUARE, 10, { 0, 0, 0, 1 }, 0 };
      const double x = 0.5;
      Picture picture;

      sonde_panel_add_points (panel, &x, &at[i], 1, NULL, &style, NULL);
      sonde_panel_set_x_limits (panel, 0, 1);
      sonde_panel_set_y_limits (panel, 0, 1);
      sonde_panel_set_ticks (panel, FALSE, FALSE);
      picture_init (&picture, figure);
      counts[i] = count_color (&picture, 0x00ff00);
      picture_clear (&picture);
    }
  /* A side of 9.2 points at four pixels each, less the border pixels. */
  g_assert_cmpuint (counts[0], >=, 34 * 34);
  g_assert_cmpuint (counts[0], <=, 38 * 38);
  g_assert_cmpuint (counts[1], ==, 0);
}

/* Every mark takes no data, one datum, and data without a finite number. */
static void
check_odd_data (void)
{
  static const double nan[] = { NAN, NAN }, one[] = { 16, 16 }, infinite[] = { INFINITY, -INFINITY };
  static const double *const data[] = { nan, one, infinite };

  for (guint i = 0; i < 3 * 3; i++)
    {
      g_autoptr (SondeFigure) figure = sonde_figure_new ("odd", 2, 2, SIZE, SIZE);
      SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
      const gsize n = i % 3;
      Picture picture;

      sonde_panel_add_line (panel, data[i / 3], data[i / 3], n, NULL, "line");
      sonde_panel_set_legend (panel, 3);
      panel = sonde_figure_add_panel (figure, 0, 1);
      sonde_panel_add_points (panel, data[i / 3], data[i / 3], n, NULL, NULL, NULL);
      sonde_panel_add_bar (panel, data[i / 3][0], data[i / 3][0], 1, NULL, NULL);
      panel = sonde_figure_add_panel (figure, 1, 0);
      sonde_panel_add_violin (panel, 0, data[i / 3], one, n, 0.5, NULL);
      sonde_panel_set_x_limits (panel, 3, 3);
      panel = sonde_figure_add_panel (figure, 1, 1);
      sonde_panel_add_heat_map (panel, data[i / 3], n, 1, SONDE_COLOR_MAP_GRAY, NAN, NAN);
      sonde_panel_set_color_bar (panel, SONDE_SIDE_TOP, SONDE_COLOR_MAP_GRAY, NAN, NAN);
      picture_init (&picture, figure);
      g_assert_cmpuint (count_color (&picture, 0), >, 10);
      picture_clear (&picture);
    }
}

/* The segment's part inside, against a search along the segment. */
static void
check_segments (void)
{
  const SondeRectangle box = { -1, -2, 3, 4 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint i = 0; i < 5000; i++)
    {
      const double x0 = g_rand_double_range (rand, -5, 5), y0 = g_rand_double_range (rand, -5, 5), x1 = g_rand_double_range (rand, -5, 5), y1 = i % 5 == 0 ? y0 : g_rand_double_range (rand, -5, 5);
      double a = x0, b = y0, c = x1, d = y1, inside = 0;
      const gboolean hit = _sonde_segment_clip (&box, &a, &b, &c, &d);

      for (guint k = 0; k < 1000; k++)
        {
          const double t = (k + 0.5) / 1000, x = x0 + t * (x1 - x0), y = y0 + t * (y1 - y0);

          inside += x >= -1 && x <= 2 && y >= -2 && y <= 2;
        }
      g_assert_cmpfloat_with_epsilon (hit ? hypot (c - a, d - b) : 0, inside / 1000 * hypot (x1 - x0, y1 - y0), 0.03);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figures/marks/heat-map", check_heat_map);
  g_test_add_func ("/figures/marks/large-heat-map", check_large_heat_map);
  g_test_add_func ("/figures/marks/bars", check_bars);
  g_test_add_func ("/figures/marks/hidden-bars", check_hidden_bars);
  g_test_add_func ("/figures/marks/clip", check_clip);
  g_test_add_func ("/figures/marks/markers", check_markers);
  g_test_add_func ("/figures/marks/strokes", check_strokes);
  g_test_add_func ("/figures/marks/odd-data", check_odd_data);
  g_test_add_func ("/figures/marks/segments", check_segments);
  return g_test_run ();
}
