/* Where things are: nothing is clipped, nothing overlaps, legends stay off the data. */
#include <math.h>
#include <string.h>

#include "gallery.h"
#include "sonde-figure-private.h"

typedef SondeFigure *(*MakeFigure) (void);

static SondeFigure *
matrix_3 (void)
{
  return gallery_cosine_matrix (3);
}
static SondeFigure *
matrix_88 (void)
{
  return gallery_cosine_matrix (88);
}
static SondeFigure *
cross_88 (void)
{
  return gallery_cosine_cross_stage (88);
}
static SondeFigure *
bars_1 (void)
{
  return gallery_similarity_bars (1);
}
static SondeFigure *
bars_6 (void)
{
  return gallery_similarity_bars (6);
}
static SondeFigure *
bars_64 (void)
{
  return gallery_similarity_bars (64);
}
static SondeFigure *
profile_1 (void)
{
  return gallery_profile (1);
}
static SondeFigure *
profile_12 (void)
{
  return gallery_profile (12);
}
static SondeFigure *
profile_48 (void)
{
  return gallery_profile (48);
}
static SondeFigure *
logarithmic_1 (void)
{
  return gallery_logarithmic (1);
}

static SondeFigure *
logarithmic_12 (void)
{
  return gallery_logarithmic (12);
}

static SondeFigure *
violin_4 (void)
{
  return gallery_violin (4);
}
static SondeFigure *
violin_64 (void)
{
  return gallery_violin (64);
}

static SondeFigure *
cells_1 (void)
{
  return gallery_cells (1, 1);
}
static SondeFigure *
cells_12 (void)
{
  return gallery_cells (12, 12);
}
static SondeFigure *
cells_64 (void)
{
  return gallery_cells (64, 200);
}
static SondeFigure *
cells_2016 (void)
{
  return gallery_cells (2016, 3);
}

static const struct
{
  const char *name;
  MakeFigure make;
} figures[] = {
  { "activation-histogram", gallery_activation_histogram },
  { "matrix-3", matrix_3 },
  { "matrix-88", matrix_88 },
  { "cosine-histogram", gallery_cosine_histogram },
  { "cross-stage", cross_88 },
  { "bars-1", bars_1 },
  { "bars-6", bars_6 },
  { "bars-64", bars_64 },
  { "dimensionality", gallery_dimensionality },
  { "profile-1", profile_1 },
  { "profile-12", profile_12 },
  { "profile-48", profile_48 },
  { "violin-4", violin_4 },
  { "violin-64", violin_64 },
  { "cells-1", cells_1 },
  { "cells-12", cells_12 },
  { "cells-64", cells_64 },
  { "cells-2016", cells_2016 },
  { "logarithmic-1", logarithmic_1 },
  { "logarithmic-12", logarithmic_12 },
  { "hostile", gallery_hostile },
};

static double
overlap (double a,
         double a_length,
         double b,
         double b_length)
{
  return MIN (a + a_length, b + b_length) - MAX (a, b);
}

/* What a panel really inks, found by cairo, not by our own sums. */
static SondeRectangle
get_ink (const SondeFigureLayout *layout,
         guint i)
{
  cairo_surface_t *surface = cairo_recording_surface_create (CAIRO_CONTENT_COLOR_ALPHA, NULL);
  cairo_t *cr = cairo_create (surface);
  const SondeFigureCell *cell = &layout->cells[i];
  SondeRectangle ink;

  _sonde_panel_draw (cell->panel, layout->typesetter, &cell->layout, cr, &cell->box, &cell->cell, layout->left[cell->column]);
  cairo_destroy (cr);
  cairo_recording_surface_ink_extents (surface, &ink.x, &ink.y, &ink.width, &ink.height);
  cairo_surface_destroy (surface);
  return ink;
}

static void
check_overlaps (SondeFigure *figure,
                double width,
                double height)
{
  g_autoptr (SondeFigureLayout) layout = _sonde_figure_layout_new (figure, width, height);
  g_autofree SondeRectangle *inks = g_new (SondeRectangle, layout->n_cells);
  double title_width, title_height = 0;

  if (layout->title != NULL)
    _sonde_layout_get_size (layout->title, &title_width, &title_height);
  for (guint i = 0; i < layout->n_cells; i++)
    {
      const SondeRectangle reach = _sonde_figure_layout_get_extents (layout, i);

      inks[i] = get_ink (layout, i);
      g_assert_cmpfloat (layout->cells[i].box.width, >, 5);
      g_assert_cmpfloat (layout->cells[i].box.height, >, 5);
      g_assert_cmpfloat (inks[i].x, >=, 0);
      g_assert_cmpfloat (inks[i].y, >=, title_height);
      g_assert_cmpfloat (inks[i].x + inks[i].width, <=, width);
      g_assert_cmpfloat (inks[i].y + inks[i].height, <=, height);
      /* The room that was reckoned with holds what is drawn; halves of markers may stand out. */
      g_assert_cmpfloat (inks[i].y, >=, reach.y - 6);
      g_assert_cmpfloat (inks[i].y + inks[i].height, <=, reach.y + reach.height + 6);
      for (guint j = 0; j < i; j++)
        g_assert_true (overlap (inks[i].x, inks[i].width, inks[j].x, inks[j].width) <= 0 || overlap (inks[i].y, inks[i].height, inks[j].y, inks[j].height) <= 0);
    }
}

static void
check_panels (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (SondeFigure) figure = figures[i].make ();
  const double width = sonde_figure_get_width (figure), height = sonde_figure_get_height (figure);

  check_overlaps (figure, width, height);
  /* The same words on half the paper, and on a page of another shape. */
  check_overlaps (figure, width / 2, height / 2);
  check_overlaps (figure, width * 0.8, height * 1.5);
}

/* Tick labels of one axis: the last ends before the next begins. */
static void
check_axis (const SondeAxis *axis)
{
  for (guint i = 1; i < axis->n_ticks; i++)
    {
      const double distance = fabs (_sonde_axis_map (axis, axis->values[i]) - _sonde_axis_map (axis, axis->values[i - 1]));
      double w0, h0, w1, h1;

      _sonde_layout_get_size (axis->labels[i - 1], &w0, &h0);
      _sonde_layout_get_size (axis->labels[i], &w1, &h1);
      if (axis->edge == SONDE_EDGE_LEFT || axis->edge == SONDE_EDGE_RIGHT)
        g_assert_cmpfloat ((h0 + h1) / 2, <=, distance);
      else if (axis->angle == 0)
        g_assert_cmpfloat ((w0 + w1) / 2, <, distance);
      else
        g_assert_cmpfloat ((h0 + h1) / 2, <=, distance * sin (fabs (axis->angle)) * 1.001);
    }
}

static void
check_labels (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (SondeFigure) figure = figures[i].make ();

  for (double scale = 0.4; scale < 2.1; scale += 0.4)
    {
      g_autoptr (SondeFigureLayout) layout = _sonde_figure_layout_new (figure, sonde_figure_get_width (figure) * scale, sonde_figure_get_height (figure) * scale);

      for (guint k = 0; k < layout->n_cells; k++)
        {
          check_axis (&layout->cells[k].layout.x);
          check_axis (&layout->cells[k].layout.y);
          check_axis (&layout->cells[k].layout.bar.axis);
        }
    }
}

/* Nothing touches the border of the picture: the outermost pixels are white. */
static void
check_border (gconstpointer data)
{
  const guint i = GPOINTER_TO_UINT (data);
  g_autoptr (SondeFigure) figure = figures[i].make ();
  const int width = (int) sonde_figure_get_width (figure), height = (int) sonde_figure_get_height (figure);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, width, height);
  cairo_t *cr = cairo_create (surface);
  const guchar *pixels;
  gsize stride, n_dark = 0;

  sonde_figure_draw (figure, cr, width, height);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  pixels = cairo_image_surface_get_data (surface);
  stride = cairo_image_surface_get_stride (surface);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++)
      {
        const guint32 pixel = ((const guint32 *) (pixels + y * stride))[x] & 0xffffff;

        if (x == 0 || y == 0 || x == width - 1 || y == height - 1)
          g_assert_cmphex (pixel, ==, 0xffffff);
        n_dark += pixel != 0xffffff;
      }
  g_assert_cmpuint (n_dark, >, 1000);
  cairo_surface_destroy (surface);
}

/* One line with all its points in a corner: the legend goes elsewhere. */
static void
check_legend (void)
{
  for (guint corner = 0; corner < 4; corner++)
    {
      g_autoptr (SondeFigure) figure = sonde_figure_new ("legend", 1, 1, 400, 300);
      SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
      g_autoptr (SondeFigureLayout) layout = NULL;
      double x[50], y[50];

      for (guint i = 0; i < 50; i++)
        {
          x[i] = (corner % 2 == 0 ? 0.05 : 0.7) + 0.25 * i / 49;
          y[i] = (corner / 2 == 0 ? 0.05 : 0.7) + 0.25 * (i % 7) / 6;
        }
      sonde_panel_add_line (panel, x, y, 50, NULL, "a line");
      sonde_panel_set_x_limits (panel, 0, 1);
      sonde_panel_set_y_limits (panel, 0, 1);
      sonde_panel_set_legend (panel, 1);
      layout = _sonde_figure_layout_new (figure, 400, 300);
      g_assert_cmpuint (layout->cells[0].layout.legend.n_entries, ==, 1);
      g_assert_false (layout->cells[0].layout.legend.outside);
      for (guint i = 0; i < 50; i++)
        {
          const SondeRectangle *box = &layout->cells[0].box, *place = &layout->cells[0].layout.legend_place;
          const double paper_x = x[i] * box->width, paper_y = (1 - y[i]) * box->height;

          g_assert_true (paper_x < place->x || paper_x > place->x + place->width || paper_y < place->y || paper_y > place->y + place->height);
        }
      g_assert_cmpfloat (layout->cells[0].layout.legend_place.x, >=, 0);
      g_assert_cmpfloat (layout->cells[0].layout.legend_place.x + layout->cells[0].layout.legend_place.width, <=, layout->cells[0].box.width);
    }
}

/* A legend that would fill the panel stands beside it, with every entry where the page has room for them. */
static void
check_long_legend (void)
{
  g_autoptr (SondeFigure) figure = sonde_figure_new ("legend", 1, 1, 864, 288);
  SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
  const double x[] = { 0, 1 }, y[] = { 0, 1 };
  g_autoptr (SondeFigureLayout) layout = NULL;

  for (guint i = 0; i < 64; i++)
    {
      g_autofree char *label = g_strdup_printf ("entry %u", i);

      sonde_panel_add_line (panel, x, y, 2, NULL, label);
    }
  sonde_panel_set_legend (panel, 1);
  layout = _sonde_figure_layout_new (figure, 864, 288);
  g_assert_true (layout->cells[0].layout.legend.outside);
  g_assert_cmpuint (layout->cells[0].layout.legend.n_entries, ==, 64);
  check_overlaps (figure, 864, 288);
}

/* Equal factors are equal steps; 0 stands at the start of the axis, under a tick that says so, and everything else above it. */
static void
check_logarithm (void)
{
  g_autoptr (SondeFigure) figure = sonde_figure_new ("logarithm", 1, 1, 400, 300);
  SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
  const double x[] = { 0, 1, 2, 3 }, y[] = { 0, 1e-6, 1e-4, 1e-2 };
  g_autoptr (SondeFigureLayout) layout = NULL;
  const SondeAxis *axis;

  sonde_panel_add_line (panel, x, y, 4, NULL, NULL);
  sonde_panel_set_y_log (panel, TRUE);
  layout = _sonde_figure_layout_new (figure, 400, 300);
  axis = &layout->cells[0].layout.y;
  g_assert_cmpfloat (_sonde_axis_map (axis, 0), ==, 0);
  g_assert_cmpfloat (_sonde_axis_map (axis, -1), ==, 0);
  g_assert_true (isnan (_sonde_axis_map (axis, NAN)));
  g_assert_cmpfloat (_sonde_axis_map (axis, 1e-6), >, 10);
  g_assert_cmpfloat (_sonde_axis_map (axis, 1e-2), <, axis->length);
  g_assert_cmpfloat_with_epsilon (_sonde_axis_map (axis, 1e-2) - _sonde_axis_map (axis, 1e-4), _sonde_axis_map (axis, 1e-4) - _sonde_axis_map (axis, 1e-6), 1e-9);
  g_assert_cmpfloat (axis->values[0], ==, 0);
  g_assert_cmpstr (pango_layout_get_text (axis->labels[0]), ==, "0");
  g_assert_cmpfloat (axis->values[1], ==, 1e-6);
  g_assert_cmpstr (pango_layout_get_text (axis->labels[1]), ==, "10\u207b\u2076");
}

/* Limits that the caller sets are limits; those that have no logarithm come from the data. */
static void
check_logarithmic_limits (void)
{
  static const struct
  {
    double low, high, expected_low, expected_high;
  } cases[] = { { 1e-8, 1, -8, 0 }, { 0, 1e3, NAN, 3 }, { -1, INFINITY, NAN, NAN }, { NAN, 1e-9, NAN, -9 } };
  const double x[] = { 0, 1 }, y[] = { 1e-6, 1e-3 };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SondeFigure) figure = sonde_figure_new ("logarithm", 1, 1, 400, 300);
      SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
      g_autoptr (SondeFigureLayout) layout = NULL;
      const SondeAxis *axis;

      sonde_panel_add_line (panel, x, y, 2, NULL, NULL);
      sonde_panel_set_y_log (panel, TRUE);
      sonde_panel_set_y_limits (panel, cases[i].low, cases[i].high);
      layout = _sonde_figure_layout_new (figure, 400, 300);
      axis = &layout->cells[0].layout.y;
      g_assert_cmpfloat (axis->low, <, axis->high);
      if (!isnan (cases[i].expected_low))
        g_assert_cmpfloat (axis->low, ==, cases[i].expected_low);
      else if (cases[i].high != 1e-9)
        g_assert_true (axis->low <= -6 && axis->low > -7);
      if (!isnan (cases[i].expected_high))
        g_assert_cmpfloat (axis->high, ==, cases[i].expected_high);
    }
}

static void
check_aspect (void)
{
  g_autoptr (SondeFigure) figure = matrix_88 ();
  g_autoptr (SondeFigureLayout) layout = _sonde_figure_layout_new (figure, 864, 432);

  for (guint i = 0; i < layout->n_cells; i++)
    g_assert_cmpfloat_with_epsilon (layout->cells[i].box.width, layout->cells[i].box.height, 1e-6);
}

/* Cells are square, or fill their panel where they were told to. */
static void
check_stretched (void)
{
  g_autoptr (SondeFigure) figure = cells_64 ();
  g_autoptr (SondeFigureLayout) layout = _sonde_figure_layout_new (figure, 864, 320);
  const SondeRectangle *square = &layout->cells[0].box, *stretched = &layout->cells[1].box;

  g_assert_cmpfloat_with_epsilon (square->height * 200, square->width * 200 / 3, 1e-6 * square->height * 200); /* no ribbon: a third at least */
  g_assert_cmpfloat (stretched->height, >, square->height * 1.5);
  g_assert_cmpfloat_with_epsilon (stretched->height, layout->box_height[0], 1e-6);
}

/* Words beside cells: in order, the first of all, none that is empty, and all where there is room. */
static void
check_stacked_words (void)
{
  g_autoptr (SondeFigure) few = cells_12 ();
  g_autoptr (SondeFigure) many = cells_2016 ();
  g_autoptr (SondeFigureLayout) roomy = _sonde_figure_layout_new (few, 864, 320);
  g_autoptr (SondeFigureLayout) crowded = _sonde_figure_layout_new (many, 864, 320);
  const SondeAxis *axis = &crowded->cells[1].layout.y;

  g_assert_cmpuint (roomy->cells[1].layout.y.n_ticks, ==, 11); /* one of the twelve is empty */
  g_assert_cmpuint (axis->n_ticks, >, 5);
  g_assert_cmpuint (axis->n_ticks, <, 100);
  g_assert_cmpfloat (axis->values[0], ==, 0);
  for (guint i = 0; i < axis->n_ticks; i++)
    {
      g_assert_true (i == 0 || axis->values[i] > axis->values[i - 1]);
      g_assert_cmpuint ((guint) axis->values[i] % 9, !=, 4);
      g_assert_cmpuint (strlen (pango_layout_get_text (axis->labels[i])), >, 0);
    }
}

/* A legend of ten series; of more a scale, with a word. */
static void
check_series_key (void)
{
  for (guint n = 10; n <= 11; n++)
    {
      g_autoptr (SondeFigure) figure = gallery_cells (n, 1);
      g_autoptr (SondeFigureLayout) layout = _sonde_figure_layout_new (figure, 864, 320);
      const SondePanelLayout *panel = &layout->cells[2].layout;

      g_assert_cmpuint (panel->legend.n_entries, ==, n == 10 ? 10 : 0);
      g_assert_true ((panel->bar_label != NULL) == (n == 11));
      g_assert_true (n == 10 || (panel->bar.axis.low == 1 && panel->bar.axis.high == 11));
    }
}

/* Rows of even length, filled in reading order. */
static void
check_wrapped (void)
{
  static const guint cases[][4] = { { 1, 4, 1, 1 }, { 4, 4, 1, 4 }, { 5, 4, 2, 3 }, { 7, 3, 3, 3 }, { 64, 8, 8, 8 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SondeFigure) figure = sonde_figure_new_wrapped ("wrapped", cases[i][0], cases[i][1], 100, 50);
      guint row, column;

      g_assert_cmpfloat (sonde_figure_get_height (figure), ==, 50 * cases[i][2]);
      g_assert_cmpfloat (sonde_figure_get_width (figure), ==, 100 * cases[i][3]);
      for (guint j = 0; j < cases[i][0]; j++)
        g_assert_true (sonde_figure_append_panel (figure) == _sonde_figure_get_panel (figure, j, &row, &column));
      g_assert_cmpuint (row * cases[i][3] + column, ==, cases[i][0] - 1);
    }
}

/* Boxes of a row begin and end at the same heights, those of a column at the same left side. */
static void
check_alignment (void)
{
  g_autoptr (SondeFigure) figure = profile_12 ();
  g_autoptr (SondeFigureLayout) layout = _sonde_figure_layout_new (figure, 864, 576);

  g_assert_cmpuint (layout->n_cells, ==, 9);
  for (guint i = 0; i < 9; i++)
    {
      g_assert_cmpfloat_with_epsilon (layout->cells[i].box.y, layout->cells[i / 3 * 3].box.y, 1e-6);
      g_assert_cmpfloat_with_epsilon (layout->cells[i].box.height, layout->cells[i / 3 * 3].box.height, 1e-6);
      g_assert_cmpfloat_with_epsilon (layout->cells[i].box.x, layout->cells[i % 3].box.x, 1e-6);
    }
}

/* Layers get ticks that are layers. */
static void
check_layer_ticks (void)
{
  static const guint counts[] = { 1, 2, 3, 12, 24, 48 };

  for (guint k = 0; k < G_N_ELEMENTS (counts); k++)
    {
      g_autoptr (SondeFigure) figure = gallery_profile (counts[k]);
      g_autoptr (SondeFigureLayout) layout = _sonde_figure_layout_new (figure, 864, 576);
      const SondeAxis *axis = &layout->cells[0].layout.x;

      g_assert_cmpuint (axis->n_ticks, >, 0);
      for (guint i = 0; i < axis->n_ticks; i++)
        {
          g_assert_cmpfloat (axis->values[i], ==, floor (axis->values[i]));
          g_assert_cmpfloat (axis->values[i], >=, 0);
          g_assert_cmpfloat (axis->values[i], <, counts[k]);
        }
    }
}

/* All decimals alike. */
static void
check_decimals (void)
{
  g_autoptr (SondeFigure) figure = bars_6 ();
  g_autoptr (SondeFigureLayout) layout = _sonde_figure_layout_new (figure, 720, 216);
  const SondeAxis *axis = &layout->cells[0].layout.y;

  g_assert_cmpuint (axis->n_ticks, >, 2);
  for (guint i = 0; i < axis->n_ticks; i++)
    g_assert_cmpuint (strlen (pango_layout_get_text (axis->labels[i])), ==, 3);
  g_assert_cmpstr (pango_layout_get_text (axis->labels[axis->n_ticks - 1]), ==, "1.0");
}

static void
check_escapes (void)
{
  g_autofree char *controls = _sonde_text_escape ("a\nb\tc\x1b"
                                                  "d",
                                                  FALSE);
  g_autofree char *lines = _sonde_text_escape ("a\nb\r", TRUE);
  g_autofree char *turned = _sonde_text_escape ("\u202e"
                                                "abc\u2066\u00ad"
                                                "\xc2\x85",
                                                FALSE);
  g_autofree char *broken = _sonde_text_escape ("a\xff"
                                                "b",
                                                FALSE);
  g_autofree char *foreign = _sonde_text_escape ("東京 \u0645 é 🙂", FALSE);

  g_assert_cmpstr (controls, ==, "a\\nb\\tc\\x1bd");
  g_assert_cmpstr (lines, ==, "a\nb\\r");
  g_assert_cmpstr (turned, ==, "\\u202eabc\\u2066\u00ad\\x85");
  g_assert_cmpstr (broken, ==, "a\ufffdb");
  g_assert_cmpstr (foreign, ==, "東京 \u0645 é 🙂");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    {
      g_autofree char *panels = g_strconcat ("/figures/layout/panels/", figures[i].name, NULL);
      g_autofree char *labels = g_strconcat ("/figures/layout/labels/", figures[i].name, NULL);
      g_autofree char *border = g_strconcat ("/figures/layout/border/", figures[i].name, NULL);

      g_test_add_data_func (panels, GUINT_TO_POINTER (i), check_panels);
      g_test_add_data_func (labels, GUINT_TO_POINTER (i), check_labels);
      g_test_add_data_func (border, GUINT_TO_POINTER (i), check_border);
    }
  g_test_add_func ("/figures/layout/legend", check_legend);
  g_test_add_func ("/figures/layout/long-legend", check_long_legend);
  g_test_add_func ("/figures/layout/logarithm", check_logarithm);
  g_test_add_func ("/figures/layout/logarithmic-limits", check_logarithmic_limits);
  g_test_add_func ("/figures/layout/aspect", check_aspect);
  g_test_add_func ("/figures/layout/stretched", check_stretched);
  g_test_add_func ("/figures/layout/stacked-words", check_stacked_words);
  g_test_add_func ("/figures/layout/series-key", check_series_key);
  g_test_add_func ("/figures/layout/wrapped", check_wrapped);
  g_test_add_func ("/figures/layout/alignment", check_alignment);
  g_test_add_func ("/figures/layout/layer-ticks", check_layer_ticks);
  g_test_add_func ("/figures/layout/decimals", check_decimals);
  g_test_add_func ("/figures/layout/escapes", check_escapes);
  return g_test_run ();
}
