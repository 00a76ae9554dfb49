#define G_LOG_DOMAIN "@name@"

#include <sonde.h>

GType @type@_tap_get_type (void);

/* The stages of the demo model: what files call them, and what they hold. */
static void
test_demo_model (void)
{
  g_autofree char *path = sonde_paths_find_data ("demo-model");
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  g_autoptr (SondeTap) tap = g_object_new (@type@_tap_get_type (), NULL);
  g_autoptr (SondeModel) model = NULL;
  g_autoptr (GPtrArray) stages = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (path);
  model = sonde_registry_open_model (registry, path, NULL, &error);
  g_assert_no_error (error);
  stages = sonde_tap_list_stages (tap, model, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (stages->len, ==, 2);
  g_assert_cmpstr (((SondeStage *) stages->pdata[0])->id, ==, "before");
  g_assert_cmpstr (((SondeStage *) stages->pdata[1])->id, ==, "after");
  for (guint i = 0; i < stages->len; i++)
    g_assert_cmpstr (((SondeStage *) stages->pdata[i])->formula, !=, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/@name@/demo-model", test_demo_model);
  return g_test_run ();
}
