/* A figure as data: what comes back gives the same bytes of every file, and data that are spoilt are refused or drawn, never followed. */
#include <math.h>
#include <string.h>

#include "gallery.h"
#include "sonde-error.h"
#include "sonde-figure-variant.h"

#define N_FIGURES 16
#define N_SPOILT 90

static SondeFigure *
make_figure (guint index)
{
  switch (index)
    {
    case 0:
      return gallery_activation_histogram ();
    case 1:
      return gallery_cosine_matrix (20);
    case 2:
      return gallery_cosine_matrix (88);
    case 3:
      return gallery_cosine_histogram ();
    case 4:
      return gallery_cosine_cross_stage (88);
    case 5:
      return gallery_similarity_bars (6);
    case 6:
      return gallery_similarity_bars (64);
    case 7:
      return gallery_dimensionality ();
    case 8:
      return gallery_profile (1);
    case 9:
      return gallery_profile (12);
    case 10:
      return gallery_violin (4);
    case 11:
      return gallery_violin (16);
    case 12:
      return gallery_cells (12, 12);
    case 13:
      return gallery_cells (64, 200);
    case 14:
      return gallery_logarithmic (12);
    default:
      return gallery_hostile ();
    }
}

static GBytes *
write_figure (SondeFigure *figure,
              guint format)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = NULL;

  if (format == 0)
    bytes = sonde_figure_to_svg (figure, "metadata", &error);
  else if (format == 1)
    bytes = sonde_figure_to_pdf (figure, "metadata", 1600000000, &error);
  else
    bytes = sonde_figure_to_png (figure, "metadata", 100, &error);
  g_assert_no_error (error);
  return bytes;
}

/* As a figure travels: bytes, at another address. */
static GVariant *
copy (GVariant *variant)
{
  g_autoptr (GBytes) bytes = g_bytes_new (g_variant_get_data (variant), g_variant_get_size (variant));

  return g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE_VARDICT, bytes, FALSE));
}

static void
check_same_files (void)
{
  for (guint i = 0; i < N_FIGURES; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SondeFigure) figure = make_figure (i);
      g_autoptr (GVariant) variant = sonde_figure_to_variant (figure);
      g_autoptr (GVariant) copied = copy (variant);
      g_autoptr (SondeFigure) again = sonde_figure_new_from_variant (copied, &error);
      g_autoptr (GVariant) variant_again = NULL;

      g_assert_no_error (error);
      g_assert_true (g_variant_is_normal_form (copied));
      variant_again = sonde_figure_to_variant (again);
      g_assert_cmpmem (g_variant_get_data (variant), g_variant_get_size (variant), g_variant_get_data (variant_again), g_variant_get_size (variant_again));
      g_assert_cmpstr (sonde_figure_get_caption (again), ==, sonde_figure_get_caption (figure));
      for (guint format = 0; format < 3; format++)
        {
          g_autoptr (GBytes) expected = write_figure (figure, format);
          g_autoptr (GBytes) found = write_figure (again, format);

          g_assert_true (g_bytes_equal (expected, found));
        }
    }
}

/* What is not in a picture comes back too. */
static void
check_unset_and_undefined (void)
{
  const double x[] = { 0, NAN, INFINITY, -0.0 };
  const char *const words[] = { "", "two", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeFigure) figure = sonde_figure_new ("bare", 2, 3, 200, 100);
  SondePanel *panel = sonde_figure_add_panel (figure, 1, 2);
  g_autoptr (GVariant) variant = NULL;
  g_autoptr (GVariant) again = NULL;
  g_autoptr (SondeFigure) copied = NULL;

  sonde_panel_set_y_categories (panel, words);
  sonde_panel_add_line (panel, x, x, G_N_ELEMENTS (x), NULL, "\xff");
  sonde_panel_add_line (panel, NULL, NULL, 0, NULL, NULL);
  sonde_panel_add_heat_map (panel, x + 1, 1, 1, SONDE_COLOR_MAP_GRAY, NAN, 1);
  variant = sonde_figure_to_variant (figure);
  copied = sonde_figure_new_from_variant (variant, &error);
  g_assert_no_error (error);
  again = sonde_figure_to_variant (copied);
  g_assert_cmpmem (g_variant_get_data (variant), g_variant_get_size (variant), g_variant_get_data (again), g_variant_get_size (again));
  g_assert_null (sonde_figure_get_caption (copied));
  g_assert_cmpuint (sonde_figure_get_n_panels (copied), ==, 1);
}

static void
refuse (const char *text,
        const char *word)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) variant = g_variant_parse (NULL, text, NULL, NULL, &error);

  g_assert_no_error (error);
  g_assert_null (sonde_figure_new_from_variant (variant, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT);
  g_assert_nonnull (strstr (error->message, word));
}

#define FIGURE "{'name': <b'a'>, 'rows': <uint32 1>, 'columns': <uint32 2>, 'width': <100.0>, 'height': <50.0>, 'panels': "
#define MARK(members) FIGURE "<[(uint32 0, uint32 1, {'marks': <[" members "]>})]>}"
#define STYLE "'style': <((0.0, 0.0, 0.0, 1.0), 1.0, uint32 0, 1.0, (0.0, 0.0, 0.0, 1.0), 1.0)>"

static void
check_refusals (void)
{
  refuse ("'text'", "type s, where a{sv}");
  refuse ("{'name': <b'a'>}", "rows");
  refuse (FIGURE "<1>}", "panels");
  refuse (FIGURE "<[(uint32 1, uint32 0, {'marks': <@aa{sv} []>})]>}", "panels");
  refuse (FIGURE "<[(uint32 0, uint32 0, {'marks': <@aa{sv} []>}), (0, 0, {'marks': <@aa{sv} []>})]>}", "panels");
  refuse (FIGURE "<[(uint32 0, uint32 0, {'bar': <(uint32 0, uint32 9, 0.0, 1.0)>})]>}", "bar");
  refuse (FIGURE "<[(uint32 0, uint32 0, {'title': <b'no marks'>})]>}", "marks");
  refuse (MARK ("{'kind': <'pie'>}"), "kind");
  refuse (MARK ("{'kind': <'line'>, " STYLE ", 'x': <[0.0, 1.0]>, 'y': <[0.0]>}"), "y");
  refuse (MARK ("{'kind': <'points'>, " STYLE ", 'x': <[0.0]>, 'y': <[0.0]>, 'faces': <@a(dddd) []>}"), "faces");
  refuse (MARK ("{'kind': <'bar'>}"), "style");
  refuse (MARK ("{'kind': <'violin'>, " STYLE ", 'x': <[0.0]>}"), "y");
  refuse (MARK ("{'kind': <'heat-map'>, 'map': <uint32 0>, 'rows': <uint64 4294967296>, 'columns': <uint64 4294967296>}"), "y");
  refuse (MARK ("{'kind': <'heat-map'>, 'map': <uint32 4>, 'rows': <uint64 1>, 'columns': <uint64 1>, 'y': <[0.0]>}"), "map");
}

/* Bytes changed at random: refused, or a figure that can be drawn. */
static void
check_spoilt (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  guint n_refused = 0;

  for (guint i = 0; i < N_SPOILT; i++)
    {
      static const guint small[] = { 1, 5, 8, 10, 12, 14 };
      g_autoptr (GError) error = NULL;
      g_autoptr (SondeFigure) figure = make_figure (small[i % G_N_ELEMENTS (small)]);
      g_autoptr (GVariant) variant = sonde_figure_to_variant (figure);
      const gsize size = g_variant_get_size (variant);
      guint8 *bytes = g_memdup2 (g_variant_get_data (variant), size);
      g_autoptr (GVariant) spoilt = NULL;
      g_autoptr (SondeFigure) again = NULL;

      for (guint j = 0; j < 8; j++)
        bytes[g_rand_int_range (random, 0, (gint32) size)] = (guint8) g_rand_int (random);
      spoilt = g_variant_ref_sink (g_variant_new_from_data (G_VARIANT_TYPE_VARDICT, bytes, size, FALSE, g_free, bytes));
      again = sonde_figure_new_from_variant (spoilt, &error);
      g_assert_true ((again == NULL) == (error != NULL));
      n_refused += again == NULL;
      if (again != NULL && sonde_figure_get_width (again) * sonde_figure_get_height (again) < 1e6)
        {
          g_autoptr (GBytes) drawn = sonde_figure_to_svg (again, NULL, NULL);

          g_assert_nonnull (drawn);
        }
    }
  g_test_message ("%u of %u were refused", n_refused, N_SPOILT);
  g_assert_cmpuint (n_refused, >, 0);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figures/variant/same-files", check_same_files);
  g_test_add_func ("/figures/variant/unset-and-undefined", check_unset_and_undefined);
  g_test_add_func ("/figures/variant/refusals", check_refusals);
  g_test_add_func ("/figures/variant/spoilt", check_spoilt);
  return g_test_run ();
}
