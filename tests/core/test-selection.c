#include "sonde.h"

static void
test_pairs (void)
{
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  guint layer;
  const char *site;

  sonde_selection_add (selection, 3, "b");
  sonde_selection_add (selection, 0, "a");
  sonde_selection_add (selection, 3, "a");
  sonde_selection_add (selection, 3, "b");
  g_assert_cmpuint (sonde_selection_get_n_pairs (selection), ==, 3);
  sonde_selection_get_pair (selection, 0, &layer, &site);
  g_assert_cmpuint (layer, ==, 3);
  g_assert_cmpstr (site, ==, "b");
  sonde_selection_get_pair (selection, 1, &layer, NULL);
  g_assert_cmpuint (layer, ==, 0);
  sonde_selection_get_pair (selection, 2, NULL, &site);
  g_assert_cmpstr (site, ==, "a");
  g_assert_true (sonde_selection_has (selection, 3, "a"));
  g_assert_false (sonde_selection_has (selection, 0, "b"));
  g_assert_false (sonde_selection_has (selection, SONDE_NO_LAYER, "a"));
}

static void
test_layers (void)
{
  g_autoptr (SondeSelection) selection = sonde_selection_new ();

  g_assert_false (sonde_selection_has_layer (selection, 0));
  sonde_selection_add (selection, SONDE_NO_LAYER, "logits");
  g_assert_false (sonde_selection_has_layer (selection, 0));
  g_assert_true (sonde_selection_has_layer (selection, SONDE_NO_LAYER));
  sonde_selection_add (selection, 0, "logits");
  g_assert_true (sonde_selection_has_layer (selection, 0));
  g_assert_false (sonde_selection_has_layer (selection, 1));
}

/* Pairs are told apart, whatever their hash. */
static void
test_many (void)
{
  g_autoptr (SondeSelection) selection = sonde_selection_new ();

  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *site = g_strdup_printf ("site.%u", i % 40);

      sonde_selection_add (selection, i / 40, site);
    }
  g_assert_cmpuint (sonde_selection_get_n_pairs (selection), ==, 2000);
  for (guint i = 0; i < 2000; i++)
    {
      guint layer;
      const char *site;
      g_autofree char *expected = g_strdup_printf ("site.%u", i % 40);

      sonde_selection_get_pair (selection, i, &layer, &site);
      g_assert_cmpuint (layer, ==, i / 40);
      g_assert_cmpstr (site, ==, expected);
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/selection/pairs", test_pairs);
  g_test_add_func ("/selection/layers", test_layers);
  g_test_add_func ("/selection/many", test_many);
  return g_test_run ();
}
