#include "gallery.h"

#include <math.h>

static const char *const stages[] = { "Inpu", "Expa", "GELU", "Proj", NULL };
static const char *const stages_of_layer[] = { "L6 Inpu", "L6 Expa", "L6 GELU", "L6 Proj", NULL };

/* Sum of twelve uniform numbers: nearly normal. */
static double
normal (GRand *rand)
{
  double total = -6;

  for (guint i = 0; i < 12; i++)
    total += g_rand_double (rand);
  return total;
}

static void
add_hump (SondePanel *panel,
          GRand *rand,
          guint series,
          double center,
          double width,
          double area,
          const char *label)
{
  SondeStyle style = SONDE_STYLE_INIT;
  double x[60], y[60];

  for (guint i = 0; i < G_N_ELEMENTS (x); i++)
    {
      const double z = (i / (G_N_ELEMENTS (x) - 1.0) - 0.5) * 6;

      x[i] = center + z * width;
      y[i] = area * exp (-z * z / 2) / (width * sqrt (2 * G_PI)) * (1 + 0.08 * normal (rand));
    }
  style.color = sonde_color_series (series);
  style.line_width = 2;
  sonde_panel_add_line (panel, x, y, G_N_ELEMENTS (x), &style, label);
}

SondeFigure *
gallery_activation_histogram (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (2);
  SondeFigure *figure = sonde_figure_new ("activation-histogram", 1, 2, 864, 288);

  for (guint column = 0; column < 2; column++)
    {
      SondePanel *panel = sonde_figure_add_panel (figure, 0, column);

      add_hump (panel, rand, 0, -0.2, 1.1, 1, "L6 Inpu");
      add_hump (panel, rand, 1, -0.1, 1.3, 1, "L6 Expa");
      add_hump (panel, rand, 2, -0.1, 0.03, 0.8, "L6 GELU");
      add_hump (panel, rand, 3, 0, 0.65, 1, "L6 Proj");
      sonde_panel_set_x_limits (panel, -5, 5);
      sonde_panel_set_y_limits (panel, 0, 4);
      sonde_panel_set_x_label (panel, "Activation value");
      sonde_panel_set_y_label (panel, "Density");
      sonde_panel_set_title (panel, column == 0 ? "A) One-sequence batch" : "B) Many-sequence batch");
      sonde_panel_set_legend (panel, 1);
    }
  return figure;
}

static void
add_matrix (SondePanel *panel,
            GRand *rand,
            gsize n,
            SondeColorMap map,
            double diagonal,
            double level,
            double low,
            double high)
{
  g_autofree double *cells = g_new (double, n *n);

  for (gsize i = 0; i < n; i++)
    for (gsize j = 0; j < n; j++)
      cells[i * n + j] = i == j ? diagonal : level + 0.18 * normal (rand) + 0.1 * sin (i * 0.7) + 0.1 * sin (j * 0.7);
  sonde_panel_add_heat_map (panel, cells, n, n, map, low, high);
  sonde_panel_set_color_bar (panel, SONDE_SIDE_TOP, map, NAN, NAN);
  sonde_panel_set_ticks (panel, FALSE, FALSE);
}

SondeFigure *
gallery_cosine_matrix (gsize n)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  SondeFigure *figure = sonde_figure_new ("cosine-matrix", 2, 4, 864, 432);

  for (guint row = 0; row < 2; row++)
    for (guint column = 0; column < 4; column++)
      {
        SondePanel *panel = sonde_figure_add_panel (figure, row, column);
        g_autofree char *title = g_strdup_printf ("%s: L6 %s", row == 0 ? "One seq" : "Many seqs", stages[column]);

        add_matrix (panel, rand, n, SONDE_COLOR_MAP_MAGMA, 1, row == 0 ? 0.3 : 0.6, NAN, NAN);
        sonde_panel_set_title (panel, title);
        sonde_panel_set_x_label (panel, "Tokens");
        sonde_panel_set_y_label (panel, "Tokens");
      }
  return figure;
}

SondeFigure *
gallery_cosine_histogram (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  SondeFigure *figure = sonde_figure_new ("cosine-histogram", 1, 2, 864, 252);

  for (guint column = 0; column < 2; column++)
    {
      SondePanel *panel = sonde_figure_add_panel (figure, 0, column);
      const double shift = column == 0 ? 0 : 0.35;

      for (guint i = 0; i < 4; i++)
        add_hump (panel, rand, i, 0.3 + shift + 0.05 * i, 0.2 - 0.02 * i, 1, stages_of_layer[i]);
      sonde_panel_set_y_limits (panel, 0, NAN);
      sonde_panel_set_x_label (panel, "Cosine similarity");
      sonde_panel_set_y_label (panel, "Density");
      sonde_panel_set_title (panel, column == 0 ? "A) One sequence" : "B) Many sequences");
      sonde_panel_set_legend (panel, 1);
    }
  return figure;
}

SondeFigure *
gallery_cosine_cross_stage (gsize n)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  SondeFigure *figure = sonde_figure_new ("cosine-cross-stage", 1, 3, 720, 252);
  SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);

  add_matrix (panel, rand, n, SONDE_COLOR_MAP_PLASMA, 0, 0, -0.3, 0.3);
  sonde_panel_set_title (panel, "A) Input and projection");
  sonde_panel_set_x_label (panel, "Tokens (MLP input)");
  sonde_panel_set_y_label (panel, "Tokens (MLP projection)");
  panel = sonde_figure_add_panel (figure, 0, 1);
  add_matrix (panel, rand, n, SONDE_COLOR_MAP_PLASMA, 0.87, 0.2, NAN, NAN);
  sonde_panel_set_title (panel, "B) Expansion and GELU");
  sonde_panel_set_x_label (panel, "Tokens (expansion)");
  sonde_panel_set_y_label (panel, "Tokens (post-GELU)");
  panel = sonde_figure_add_panel (figure, 0, 2);
  add_hump (panel, rand, 0, -0.05, 0.14, 150, "Stages 1,4");
  add_hump (panel, rand, 1, 0.25, 0.18, 200, "Stages 2,3");
  sonde_panel_set_y_limits (panel, 0, NAN);
  sonde_panel_set_x_label (panel, "Cosine similarity");
  sonde_panel_set_y_label (panel, "Count");
  sonde_panel_set_title (panel, "C) Distributions");
  sonde_panel_set_legend (panel, 1);
  return figure;
}

static GStrv
pair_names (guint n)
{
  static const char *const pairs[] = { "I.v.E", "I.v.G", "I.v.P", "E.v.G", "E.v.P", "G.v.P" };
  GStrv names = g_new0 (char *, n + 1);

  for (guint i = 0; i < n; i++)
    names[i] = n <= 6 ? g_strdup (pairs[i]) : g_strdup_printf ("stage %u", i);
  return names;
}

SondeFigure *
gallery_similarity_bars (guint n_pairs)
{
  static const double scores[] = { 0.96, 0.91, 0.74, 0.95, 0.745, 0.77 };
  g_auto (GStrv) names = pair_names (n_pairs);
  SondeFigure *figure = sonde_figure_new ("rsa", 1, 2, 720, 216);

  for (guint column = 0; column < 2; column++)
    {
      SondePanel *panel = sonde_figure_add_panel (figure, 0, column);

      for (guint i = 0; i < n_pairs; i++)
        {
          SondeStyle style = SONDE_STYLE_INIT;

          style.color = sonde_color_series (i);
          sonde_panel_add_bar (panel, i, scores[i % 6] + 0.02 * column, 0.8, &style, NULL);
        }
      sonde_panel_set_x_categories (panel, (const char *const *) names);
      sonde_panel_set_y_limits (panel, 0.3, 1);
      sonde_panel_set_x_label (panel, "Pair");
      sonde_panel_set_y_label (panel, "RSA score");
      sonde_panel_set_title (panel, column == 0 ? "A) One-sequence" : "B) Many-sequence");
    }
  return figure;
}

static void
add_stage_bars (SondePanel *panel,
                const double *heights,
                const char *title,
                const char *y_label)
{
  for (guint i = 0; i < 4; i++)
    {
      SondeStyle style = SONDE_STYLE_INIT;

      style.color = sonde_color_series (i);
      sonde_panel_add_bar (panel, i, heights[i], 0.8, &style, NULL);
    }
  sonde_panel_set_x_categories (panel, stages_of_layer);
  sonde_panel_set_title (panel, title);
  sonde_panel_set_y_label (panel, y_label);
}

SondeFigure *
gallery_dimensionality (void)
{
  static const double ratios[2][4] = { { 12.8, 12.4, 16.6, 12.6 }, { 8.1, 7.97, 8.85, 8.3 } };
  static const double dimensions[2][4] = { { 25, 23, 41, 24 }, { 20, 19, 27, 19 } };
  static const char *const titles[2][3] = {
    { "A) Participation ratio", "B) Effective dim.", "C) Comparison" },
    { "D) Participation ratio", "E) Effective dim.", "F) Comparison" },
  };
  SondeFigure *figure = sonde_figure_new ("dimensionality", 2, 3, 864, 360);

  for (guint row = 0; row < 2; row++)
    {
      SondeStyle style = { { 0.75, 0.75, 0, 1 }, 0, SONDE_MARKER_HEXAGON, 12, { 0, 0, 0, 1 }, 1 };
      SondePanel *panel;

      add_stage_bars (sonde_figure_add_panel (figure, row, 0), ratios[row], titles[row][0], "PR");
      add_stage_bars (sonde_figure_add_panel (figure, row, 1), dimensions[row], titles[row][1], "Eff. dim.");
      panel = sonde_figure_add_panel (figure, row, 2);
      sonde_panel_add_points (panel, ratios[row], dimensions[row], 4, NULL, &style, NULL);
      sonde_panel_set_title (panel, titles[row][2]);
      sonde_panel_set_x_label (panel, "Participation ratio");
      sonde_panel_set_y_label (panel, "Effective dim.");
    }
  sonde_figure_set_title (figure, "Dimensionality results from layer 6");
  return figure;
}

static void
add_profiles (SondePanel *panel,
              GRand *rand,
              const char *const *names,
              guint n_names,
              guint n_layers,
              double low,
              double high,
              double *values)
{
  g_autofree double *layers = g_new (double, n_layers);

  for (guint i = 0; i < n_names; i++)
    {
      SondeStyle style = { sonde_color_category (i), 0.5, sonde_marker_category (i), 8, { 0, 0, 0, 1 }, 0.5 };
      const double level = low + (high - low) * (0.2 + 0.6 * g_rand_double (rand));

      style.color.alpha = 0.7;
      for (guint l = 0; l < n_layers; l++)
        {
          layers[l] = l;
          values[i * n_layers + l] = CLAMP (level + (high - low) * (0.15 * sin (l * 0.5 + i) + 0.05 * normal (rand)), low, high);
        }
      sonde_panel_add_line (panel, layers, values + i * n_layers, n_layers, &style, names[i]);
    }
  sonde_panel_set_x_integer (panel, TRUE);
  sonde_panel_set_legend (panel, 2);
}

static void
add_scatter (SondePanel *panel,
             const double *x,
             const double *y,
             guint n_groups,
             guint n_layers)
{
  g_autofree SondeColor *faces = g_new (SondeColor, n_layers);

  for (guint l = 0; l < n_layers; l++)
    {
      faces[l] = sonde_color_map_get (SONDE_COLOR_MAP_PLASMA, l / (double) n_layers);
      faces[l].alpha = 0.7;
    }
  for (guint i = 0; i < n_groups; i++)
    {
      SondeStyle style = { { 0, 0, 0, 1 }, 0, sonde_marker_category (i), 10, { 0, 0, 0, 0.8 }, 1 };

      sonde_panel_add_points (panel, x + i * n_layers, y + i * n_layers, n_layers, faces, &style, NULL);
    }
  sonde_panel_set_color_bar (panel, SONDE_SIDE_RIGHT, SONDE_COLOR_MAP_PLASMA, 0, n_layers);
}

SondeFigure *
gallery_profile (guint n_layers)
{
  static const char *const titles[3][3] = {
    { "A) One sequence (part.rat)", "B) One sequence (effect.dim)", "C) One sequence (RSA)" },
    { "D) Many sequence (part.rat)", "E) Many sequence (effect.dim)", "F) Many sequence (RSA)" },
    { "G) One-seq comparison (r=0.72)", "H) Many-seq comparison (r=0.76)", "I) RSA comparison" },
  };
  static const char *const labels[] = { "Participation ratio", "Effective dim.", "RSA score" };
  static const double lows[] = { 5, 14, 0.3 }, highs[] = { 18, 50, 1 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);
  g_auto (GStrv) pairs = pair_names (6);
  SondeFigure *figure = sonde_figure_new ("laminar-profile", 3, 3, 864, 576);
  double *values[2][3];

  for (guint row = 0; row < 2; row++)
    for (guint column = 0; column < 3; column++)
      {
        SondePanel *panel = sonde_figure_add_panel (figure, row, column);

        values[row][column] = g_new0 (double, 6 * n_layers);
        add_profiles (panel, rand, column < 2 ? stages : (const char *const *) pairs, column < 2 ? 4 : 6, n_layers, lows[column], highs[column], values[row][column]);
        sonde_panel_set_title (panel, titles[row][column]);
        sonde_panel_set_y_label (panel, labels[column]);
        if (column == 2)
          sonde_panel_set_y_limits (panel, 0.1, 1);
      }
  for (guint column = 0; column < 3; column++)
    {
      SondePanel *panel = sonde_figure_add_panel (figure, 2, column);

      if (column < 2)
        add_scatter (panel, values[column][0], values[column][1], 4, n_layers);
      else
        add_scatter (panel, values[0][2], values[1][2], 6, n_layers);
      sonde_panel_set_title (panel, titles[2][column]);
      sonde_panel_set_x_label (panel, column < 2 ? labels[0] : "One-seq");
      sonde_panel_set_y_label (panel, column < 2 ? labels[1] : "Many-seq");
      if (column == 2)
        {
          sonde_panel_set_x_limits (panel, 0.1, 1);
          sonde_panel_set_y_limits (panel, 0.1, 1);
        }
    }
  for (guint i = 0; i < 6; i++)
    g_free (values[i / 3][i % 3]);
  return figure;
}

SondeFigure *
gallery_logarithmic (guint n_layers)
{
  static const char *const titles[] = { "A) Some are 0", "B) None is", "C) All are 0", "D) One decade" };
  static const double lowest[] = { -9, -7, NAN, -4.9 }, range[] = { 7, 1.5, 0, 0.3 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  g_autofree double *x = g_new (double, n_layers), *y = g_new (double, n_layers);
  SondeFigure *figure = sonde_figure_new ("logarithmic", 1, 4, 1080, 240);

  for (guint column = 0; column < 4; column++)
    {
      SondePanel *panel = sonde_figure_add_panel (figure, 0, column);

      for (guint i = 0; i < 4; i++)
        {
          SondeStyle style = SONDE_STYLE_INIT;

          for (guint l = 0; l < n_layers; l++)
            {
              x[l] = l;
              y[l] = column == 2 || (column == 0 && l < 2 + i) ? 0 : pow (10, lowest[column] + range[column] * g_rand_double (rand));
            }
          style.color = sonde_color_category (i);
          style.color.alpha = 0.7;
          style.line_width = 0.5;
          style.marker = sonde_marker_category (i);
          sonde_panel_add_line (panel, x, y, n_layers, &style, stages[i]);
        }
      sonde_panel_set_title (panel, titles[column]);
      sonde_panel_set_x_integer (panel, TRUE);
      sonde_panel_set_x_label (panel, "Layer");
      sonde_panel_set_y_label (panel, "Largest difference");
      sonde_panel_set_y_log (panel, TRUE);
      if (column == 1)
        sonde_panel_set_legend (panel, 1);
    }
  return figure;
}

SondeFigure *
gallery_violin (guint n_stages)
{
  static const char *const titles[] = { "A) One-seq part.rat", "B) One-seq eff.dim", "C) Many-seq part.rat", "D) Many-seq eff.dim" };
  g_auto (GStrv) names = g_new0 (char *, n_stages + 1);
  SondeFigure *figure = sonde_figure_new ("laminar-violin", 1, 4, 864, 216);

  for (guint i = 0; i < n_stages; i++)
    names[i] = g_strdup (stages[i % 4]);
  for (guint column = 0; column < 4; column++)
    {
      SondePanel *panel = sonde_figure_add_panel (figure, 0, column);

      for (guint i = 0; i < n_stages; i++)
        {
          SondeStyle style = SONDE_STYLE_INIT;
          double values[100], density[100];
          const double low = (column % 2 == 0 ? 6 : 15) + i % 4 * 1.3, range = 2.0 + i % 3 * 2;

          for (guint k = 0; k < 100; k++)
            {
              values[k] = low + range * k / 99;
              density[k] = exp (-pow (k / 99.0 - 0.3 - 0.1 * (i % 4), 2) * 3);
            }
          style.color = sonde_color_category (i);
          style.color.alpha = 0.7;
          style.edge_width = 1.5;
          sonde_panel_add_violin (panel, i, values, density, 100, 0.5, &style);
        }
      sonde_panel_set_x_categories (panel, (const char *const *) names);
      sonde_panel_set_title (panel, titles[column]);
      sonde_panel_set_y_label (panel, column % 2 == 0 ? "Participation ratio" : "Effective dim.");
    }
  return figure;
}

static void
add_cells (SondePanel *panel,
           guint n_rows,
           guint n_columns,
           gboolean stretched)
{
  g_autofree double *values = g_new (double, n_rows *n_columns);
  g_auto (GStrv) rows = g_new0 (char *, n_rows + 1);

  for (guint i = 0; i < n_rows * n_columns; i++)
    values[i] = i % 13 == 5 ? NAN : sin (i * 0.1);
  for (guint i = 0; i < n_rows; i++)
    rows[i] = i % 9 == 4 ? g_strdup ("") : g_strdup_printf ("stage.%u of the model", i);
  sonde_panel_add_heat_map (panel, values, n_rows, n_columns, SONDE_COLOR_MAP_VIRIDIS, NAN, NAN);
  sonde_panel_set_stretched (panel, stretched);
  sonde_panel_set_color_bar (panel, SONDE_SIDE_RIGHT, SONDE_COLOR_MAP_VIRIDIS, NAN, NAN);
  sonde_panel_set_color_label (panel, "Participation ratio");
  sonde_panel_set_y_categories (panel, (const char *const *) rows);
  if (n_rows == n_columns)
    sonde_panel_set_x_categories (panel, (const char *const *) rows);
  sonde_panel_set_title (panel, "A) Cells");
  sonde_panel_set_x_label (panel, "Layer");
  sonde_panel_set_y_label (panel, "Stage");
}

SondeFigure *
gallery_cells (guint n_rows,
               guint n_columns)
{
  SondeFigure *figure = sonde_figure_new_wrapped ("cells", 3, 3, 288, 320);
  const double x[] = { 0, 1 }, y[] = { 0, 1 };
  SondePanel *lines;

  add_cells (sonde_figure_append_panel (figure), n_rows, n_columns, FALSE);
  add_cells (sonde_figure_append_panel (figure), n_rows, n_columns, TRUE);
  lines = sonde_figure_append_panel (figure);
  for (guint i = 0; i < n_rows; i++)
    sonde_panel_add_line (lines, x, y, 2, NULL, "a line");
  sonde_panel_set_series_key (lines, n_rows, 1, "Stage");
  return figure;
}

/* Everything at once that a layout may choke on. */
SondeFigure *
gallery_hostile (void)
{
  static const double tiny_x[] = { 0, 1, 2, NAN, 4 }, tiny_y[] = { 1e-9, 3e-9, INFINITY, 2e-9, 5e-9 };
  static const double huge_x[] = { -2e8, 3e8 }, huge_y[] = { 1e300, -1e300 };
  static const char *const words[] = { " coffee", "\n", "a very long token that nobody expects", "\xe2\x80\xae"
                                                                                                 "abc",
                                       "東京", "\xff\xfe", NULL };
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);
  SondeFigure *figure = sonde_figure_new ("hostile", 2, 3, 864, 432);
  SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);

  sonde_panel_add_line (panel, tiny_x, tiny_y, 5, NULL, "gap");
  sonde_panel_set_legend (panel, 1);
  sonde_panel_set_title (panel, "A title that is far too long for its panel and still has to be read by somebody who prints this page");
  sonde_panel_set_y_label (panel, "A label of the vertical axis that is longer than the axis itself, with a unit (nats per token)");
  panel = sonde_figure_add_panel (figure, 0, 1);
  sonde_panel_add_line (panel, huge_x, huge_y, 2, NULL, NULL);
  sonde_panel_set_title (panel, "Huge");
  panel = sonde_figure_add_panel (figure, 0, 2);
  for (guint i = 0; i < 6; i++)
    {
      SondeStyle style = SONDE_STYLE_INIT;

      style.color = sonde_color_series (i);
      sonde_panel_add_bar (panel, i, i == 2 ? NAN : i == 4 ? 0.1
                                                           : 0.5 + 0.1 * i,
                           0.8, &style, NULL);
    }
  sonde_panel_set_x_categories (panel, words);
  sonde_panel_set_y_limits (panel, 0.3, 1);
  sonde_panel_set_title (panel, "Words & <undefined>");
  panel = sonde_figure_add_panel (figure, 1, 0);
  sonde_panel_set_title (panel, "Nothing");
  panel = sonde_figure_add_panel (figure, 1, 1);
  for (guint i = 0; i < 64; i++)
    {
      g_autofree char *label = g_strdup_printf ("entry %u", i);

      add_hump (panel, rand, i, i * 0.1, 0.5, 1, label);
    }
  sonde_panel_set_legend (panel, 2);
  sonde_panel_set_title (panel, "64 entries");
  panel = sonde_figure_add_panel (figure, 1, 2);
  {
    double cells[12] = { 0, 1, 2, NAN, 4, 5, 6, 7, 8, NAN, 10, 11 };

    sonde_panel_add_heat_map (panel, cells, 3, 4, SONDE_COLOR_MAP_VIRIDIS, NAN, NAN);
    sonde_panel_set_color_bar (panel, SONDE_SIDE_RIGHT, SONDE_COLOR_MAP_VIRIDIS, NAN, NAN);
    sonde_panel_set_title (panel, "Few cells");
  }
  sonde_figure_set_title (figure, "Hostile");
  return figure;
}
