#define G_LOG_DOMAIN "@name@"

#include <math.h>

#include <sonde.h>

GType @type@_provider_get_type (void);

static SondeModel *
open_example (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "example.@name@", NULL);
  g_autoptr (SondeModelProvider) provider = g_object_new (@type@_provider_get_type (), NULL);
  g_autoptr (GError) error = NULL;
  SondeModel *model;

  g_assert_cmpuint (sonde_model_provider_probe (provider, path, NULL), ==, 100);
  model = sonde_model_provider_open (provider, path, NULL, &error);
  g_assert_no_error (error);
  return model;
}

static void
test_probe (void)
{
  g_autoptr (SondeModelProvider) provider = g_object_new (@type@_provider_get_type (), NULL);
  g_autofree char *reason = NULL;

  g_assert_cmpuint (sonde_model_provider_probe (provider, "/some/model.other", &reason), ==, 0);
  g_assert_cmpstr (reason, ==, "“/some/model.other” does not end in .@name@");
}

/* The output of layer 1, two kept rows of one sequence, against sums by hand. */
static gboolean
check_rows (guint layer, const char *site, SondeTensor *tensor, gpointer user_data, GError **error)
{
  const float *rows = sonde_tensor_peek_f32 (tensor);

  g_assert_cmpuint (layer, ==, 1);
  g_assert_cmpstr (site, ==, "block");
  g_assert_cmpuint (sonde_tensor_get_n_rows (tensor), ==, 2);
  g_assert_cmpfloat_with_epsilon (rows[0], sin (3. * 5), 1e-6);
  g_assert_cmpfloat_with_epsilon (rows[8 + 1], sin (2 * 3. * (5 + 6 + 7)), 1e-6);
  *(gboolean *) user_data = TRUE;
  return TRUE;
}

static void
test_run (void)
{
  const gint32 ids[] = { 5, 6, 7 };
  const guint kept[] = { 0, 2 };
  g_autoptr (SondeModel) model = open_example ();
  g_autoptr (SondeBatch) batch = sonde_batch_new ();
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  g_autoptr (GError) error = NULL;
  gboolean came = FALSE;

  sonde_batch_add (batch, ids, 3, kept, 2);
  sonde_selection_add (selection, 1, "block");
  sonde_model_run (model, batch, selection, check_rows, &came, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (came);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/@name@/probe", test_probe);
  g_test_add_func ("/@name@/run", test_run);
  return g_test_run ();
}
