#define G_LOG_DOMAIN "@name@"

#include <sonde-testing.h>

/* The stages of a mock model that has its sites, whatever others it has. */
static void
test_stages (void)
{
  g_autoptr (SondeTestingModel) model = sonde_testing_model_new (2);
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) tap = sonde_registry_create (registry, "@name@", SONDE_PLUGIN_KIND_TAP, &error);
  g_autoptr (GPtrArray) stages = NULL;

  g_assert_no_error (error);
  sonde_testing_model_add_site (model, "block", NULL, 4, TRUE);
  sonde_testing_model_add_site (model, "logits", NULL, 9, FALSE);
  sonde_testing_model_add_site (model, "block.input", NULL, 4, TRUE);
  stages = sonde_tap_list_stages (SONDE_TAP (tap), SONDE_MODEL (model), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (stages->len, ==, 2);
  g_assert_cmpstr (((SondeStage *) stages->pdata[0])->id, ==, "before");
  g_assert_cmpstr (((SondeStage *) stages->pdata[0])->formula, ==, "formula of block.input");
  g_assert_cmpstr (((SondeStage *) stages->pdata[1])->id, ==, "after");
}

/* Your stages, and then what every tap keeps; it looks at the demo model, or at yours where its path stands in the place of NULL. */
int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/@name@/stages", test_stages);
  return sonde_testing_main (argc, argv, "@name@", NULL);
}
