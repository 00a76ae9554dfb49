#define G_LOG_DOMAIN "@name@"

#include <math.h>

#include <sonde-testing.h>

/* The output of layer 1, two kept rows of one sequence, against sums by hand. */
static gboolean
check_rows (guint layer, const char *site, SondeTensor *tensor, gpointer user_data, GError **error)
{
  const float *rows = sonde_tensor_peek_f32 (tensor);

  g_assert_cmpuint (sonde_tensor_get_n_rows (tensor), ==, 2);
  g_assert_cmpfloat_with_epsilon (rows[0], sin (3. * 5), 1e-6);
  g_assert_cmpfloat_with_epsilon (rows[8 + 1], sin (2 * 3. * (5 + 6 + 7)), 1e-6);
  return TRUE;
}

static void
test_run (gconstpointer example)
{
  const gint32 ids[] = { 5, 6, 7 };
  const guint kept[] = { 0, 2 };
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeModel) model = sonde_registry_open_model (registry, example, NULL, &error);
  g_autoptr (SondeBatch) batch = sonde_batch_new ();
  g_autoptr (SondeSelection) selection = sonde_selection_new ();

  g_assert_no_error (error);
  sonde_batch_add (batch, ids, 3, kept, 2);
  sonde_selection_add (selection, 1, "block");
  g_assert_true (sonde_model_run (model, batch, selection, check_rows, NULL, NULL, &error));
  g_assert_no_error (error);
}

/* Your numbers, and then what every model provider keeps. */
int
main (int argc, char **argv)
{
  g_autofree char *example = NULL;

  g_test_init (&argc, &argv, NULL);
  example = g_test_build_filename (G_TEST_DIST, "example.@name@", NULL);
  g_test_add_data_func ("/@name@/run", example, test_run);
  return sonde_testing_main (argc, argv, "@name@", example);
}
