#define G_LOG_DOMAIN "@name@"

#include <sonde-testing.h>

/* The share of six numbers above @threshold, as the plugin tells it: of one condition, one layer, one stage of two rows. */
static double
measure (const char *threshold)
{
  static const float values[] = { -1, 0, 0.25, 0.5, 1, 3 };
  const float *const stages[] = { values };
  const guint width = 3;
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new_for_widths (1, &width, 1, 1, 2, SONDE_TESTING_RANDOM);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame_with (mock, 0, 0, stages);
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) analyzer = sonde_registry_create (registry, "@name@", SONDE_PLUGIN_KIND_ANALYZER, &error);
  g_autoptr (SondeResult) result = NULL;

  g_assert_no_error (error);
  g_assert_true (sonde_property_set (analyzer, "@name@", "threshold", threshold, &error));
  g_assert_true (sonde_analyzer_prepare (SONDE_ANALYZER (analyzer), sonde_testing_mock_get_investigation (mock), &error));
  g_assert_true (sonde_analyzer_process (SONDE_ANALYZER (analyzer), frame, NULL, &error));
  result = sonde_analyzer_finish (SONDE_ANALYZER (analyzer), NULL, &error);
  g_assert_no_error (error);
  return sonde_table_get_number (sonde_testing_find_table (result, "@name@"), 0, 3);
}

/* Counted by hand. */
static void
test_share (void)
{
  g_assert_cmpfloat_with_epsilon (measure ("0"), 4. / 6, 1e-12);
  g_assert_cmpfloat_with_epsilon (measure ("0.5"), 2. / 6, 1e-12);
}

/* Your numbers, and then what every analyzer keeps. */
int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/@name@/share", test_share);
  return sonde_testing_main (argc, argv, "@name@", NULL);
}
