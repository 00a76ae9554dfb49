#define G_LOG_DOMAIN "sonde"

#include <math.h>
#include <string.h>

#include <glib/gstdio.h>
#include <sonde-testing.h>

/* What authors of plugins are given for their tests is held to what it says. */

static void
assert_sentence (const GError *error,
                 const char *pattern)
{
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_true (g_pattern_match_simple (pattern, error->message));
}

/* In this order: what is called sets the error. */
#define assert_refused(call, pattern) \
  G_STMT_START                        \
  {                                   \
    g_assert_false (call);            \
    assert_sentence (error, pattern); \
    g_clear_error (&error);           \
  }                                   \
  G_STMT_END

/* ---- mocks ---- */

static const float *
peek (SondeTestingMock *mock,
      SondeTensor **tensor)
{
  *tensor = sonde_testing_mock_new_tensor (mock, 0, 0, 0);
  return sonde_tensor_peek_f32 (*tensor);
}

/* The first numbers, worked out by hand from the generator's formula in arithmetic of whole numbers. */
static void
test_numbers (void)
{
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new_for_widths (1, (const guint[]){ 1 }, 1, 1, 2, SONDE_TESTING_CONSTANT_ROWS);
  g_autoptr (SondeTensor) tensor = NULL;
  const float *x = peek (mock, &tensor);
  guint64 state = 1;
  guint64 sum = 0;

  for (guint i = 0; i < 4; i++)
    {
      state = state * G_GUINT64_CONSTANT (6364136223846793005) + G_GUINT64_CONSTANT (1442695040888963407);
      sum += state >> 40;
    }
  g_assert_cmpfloat (x[0], ==, (float) ((double) sum / 16777216 - 2));
  g_assert_cmpfloat (x[0], ==, x[1]);
}

static gboolean
rows_are_equal (const float *x,
                guint a,
                guint b,
                guint width)
{
  return memcmp (x + a * width, x + b * width, width * sizeof *x) == 0;
}

static void
test_pathologies (void)
{
  enum
  {
    ROWS = 6,
    WIDTH = 4
  };

  for (SondeTestingPathology pathology = SONDE_TESTING_RANDOM; pathology <= SONDE_TESTING_INFINITE; pathology++)
    {
      g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new_for_widths (1, (const guint[]){ WIDTH }, 1, 1, ROWS, pathology);
      g_autoptr (SondeTensor) tensor = NULL;
      const float *x = peek (mock, &tensor);
      guint n_finite = 0;
      double largest = 0;

      for (guint i = 0; i < ROWS * WIDTH; i++)
        {
          n_finite += isfinite (x[i]) ? 1 : 0;
          largest = isfinite (x[i]) ? fmax (largest, fabs (x[i])) : largest;
        }
      g_assert_cmpuint (n_finite, ==, ROWS * WIDTH - (pathology == SONDE_TESTING_NAN || pathology == SONDE_TESTING_INFINITE));
      g_assert_true (isnan (x[WIDTH]) == (pathology == SONDE_TESTING_NAN));
      g_assert_true (isinf (x[WIDTH]) == (pathology == SONDE_TESTING_INFINITE));
      g_assert_true ((largest > 1e37) == (pathology == SONDE_TESTING_HUGE));
      g_assert_true ((largest < 1e-38) == (pathology == SONDE_TESTING_TINY));
      g_assert_true (rows_are_equal (x, 4, 5, WIDTH) == (pathology == SONDE_TESTING_CONSTANT_ROWS || pathology == SONDE_TESTING_DUPLICATE_ROWS));
      g_assert_true ((x[0] == x[1] && x[1] == x[2]) == (pathology == SONDE_TESTING_ZERO_ROWS || pathology == SONDE_TESTING_FLAT_ROWS));
      if (pathology == SONDE_TESTING_RANK_ONE)
        g_assert_cmpfloat_with_epsilon (x[WIDTH] * x[1], x[0] * x[WIDTH + 1], 1e-5);
      if (pathology == SONDE_TESTING_RANK_DEFICIENT) /* rows 3 and 4 have factors 1 and 2 of row 0 beside row 1 */
        g_assert_cmpfloat_with_epsilon (x[4 * WIDTH + 2] - x[3 * WIDTH + 2], x[2], 1e-5);
    }
}

/* ---- the model ---- */

static SondeTestingModel *
new_model (SondeTestingPathology pathology)
{
  SondeTestingModel *model = sonde_testing_model_new (3);

  sonde_testing_model_add_site (model, "start", NULL, 4, FALSE);
  sonde_site_add_alias (sonde_testing_model_add_site (model, "block", NULL, 5, TRUE), "Elsewhere", "h.{layer}");
  sonde_testing_model_set_pathology (model, pathology);
  return model;
}

static gboolean
count_frames (SondeFrame *frame,
              gpointer user_data,
              GError **error)
{
  g_assert_cmpuint (sonde_frame_get_n_rows (frame), ==, 4);
  g_assert_cmpuint (sonde_tensor_get_n_columns (sonde_frame_get_tensor (frame, 0)), ==, 5);
  (*(guint *) user_data)++;
  return TRUE;
}

static gboolean
run_model (SondeTestingModel *model,
           guint *n_frames,
           GError **error)
{
  const guint layers[] = { 0, 2 };
  g_autoptr (GPtrArray) stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  g_autoptr (GPtrArray) conditions = g_ptr_array_new_with_free_func (g_object_unref);
  SondeCondition *condition = sonde_condition_new_plain ("letters", 4);
  g_autoptr (SondeRun) run = NULL;

  for (guint i = 0; i < 4; i++)
    g_assert_true (sonde_condition_add_token (condition, 0, i, 'a' + (gint32) i, "", TRUE));
  g_ptr_array_add (conditions, condition);
  g_ptr_array_add (stages, sonde_stage_new ("block", "B", "Block", "block", "h.0", "x"));
  run = sonde_run_new_for_sequences (SONDE_MODEL (model), stages, conditions, layers, 2, error);
  if (run == NULL)
    return FALSE;
  sonde_run_set_frame_func (run, count_frames, n_frames);
  return sonde_run_execute (run, NULL, error);
}

static void
test_model (void)
{
  g_autoptr (SondeTestingModel) model = new_model (SONDE_TESTING_RANDOM);
  g_autoptr (SondeTestingModel) broken = new_model (SONDE_TESTING_NAN);
  g_autoptr (GError) error = NULL;
  guint n_frames = 0;

  g_assert_true (run_model (model, &n_frames, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_frames, ==, 2);
  /* no analyzer ever sees a NaN */
  assert_refused (run_model (broken, &n_frames, &error), "*layer 0, stage block, condition letters*position 1*feature 0 is not finite*");
  g_assert_cmpuint (n_frames, ==, 2);
}

static void
test_model_limits (void)
{
  g_autoptr (SondeTestingModel) model = new_model (SONDE_TESTING_RANDOM);
  g_autoptr (GError) error = NULL;
  guint n_frames = 0;

  sonde_testing_model_set_name (model, "Short one");
  sonde_testing_model_set_max_positions (model, 3);
  assert_refused (run_model (model, &n_frames, &error), "*Short one takes at most 3*");
}

/* What comes out of the run are the mock's own numbers. */
static gboolean
check_frame (SondeFrame *frame,
             gpointer mock,
             GError **error)
{
  for (guint i = 0; i < sonde_frame_get_n_stages (frame); i++)
    {
      g_autoptr (SondeTensor) expected = sonde_testing_mock_new_tensor (mock, sonde_frame_get_condition_index (frame), sonde_frame_get_layer (frame), i);

      g_assert_true (sonde_frame_get_layer (frame) == 1 || sonde_frame_get_layer (frame) == 4);
      g_assert_true (g_bytes_equal (sonde_tensor_get_bytes (expected), sonde_tensor_get_bytes (sonde_frame_get_tensor (frame, i))));
    }
  return TRUE;
}

static void
test_model_of_rows (void)
{
  static const guint widths[] = { 3, 7 };
  static const guint layers[] = { 1, 4 };
  const SondeTestingSpec spec = { .n_layers = 5, .n_stages = 2, .n_conditions = 2, .n_rows = 4, .widths = widths, .layers = layers, .n_covered = 2 };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (SondeTestingModel) model = sonde_testing_model_new_for_rows (mock);
  g_autoptr (SondeRun) run = NULL;
  g_autoptr (GError) error = NULL;

  run = sonde_run_new_for_rows (SONDE_MODEL (model), NULL, "all", &error);
  g_assert_no_error (error);
  sonde_run_set_frame_func (run, check_frame, mock);
  g_assert_true (sonde_run_execute (run, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (sonde_run_get_conditions (run)->len, ==, 2);
}

/* ---- figures ---- */

static SondeFigure *
new_figure (const char *title,
            double last,
            double size)
{
  SondeFigure *figure = sonde_figure_new ("rates", 1, 2, 400, 200);
  SondeStyle style = SONDE_STYLE_INIT;
  SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);

  style.marker = SONDE_MARKER_CIRCLE;
  style.marker_size = size;
  sonde_panel_set_title (panel, title);
  sonde_panel_add_line (panel, (const double[]){ 0, 1, 2 }, (const double[]){ 1, 3, last }, 3, &style, "one");
  sonde_panel_set_y_limits (panel, 0, NAN);
  sonde_panel_add_bar (sonde_figure_add_panel (figure, 0, 1), 0, 2, 0.5, &style, NULL);
  return figure;
}

static void
test_structure (void)
{
  g_autoptr (SondeFigure) figure = new_figure ("Rates", 2, 8);
  g_autoptr (SondeFigure) same = new_figure ("Rates", 2, 8);
  g_autoptr (SondeFigure) nearly = new_figure ("Rates", 2 + 1e-10, 8);
  g_autoptr (SondeFigure) titled = new_figure ("Ratios", 2, 8);
  g_autoptr (SondeFigure) other = new_figure ("Rates", 2.5, 8);
  g_autoptr (GError) error = NULL;

  g_assert_true (sonde_testing_compare_figures (figure, same, 0, &error));
  g_assert_true (sonde_testing_compare_figures (figure, nearly, 1e-9, &error));
  g_assert_no_error (error);
  assert_refused (sonde_testing_compare_figures (figure, nearly, 0, &error), "figure rates: panels*marks[0].y[2]*where*expected");
  assert_refused (sonde_testing_compare_figures (titled, figure, 1e-9, &error), "figure rates: panels*title is *Ratios*Rates*");
  assert_refused (sonde_testing_compare_figures (figure, other, 1e-9, &error), "figure rates: panels*y[2] is 2, where 2.5 is expected");
  sonde_figure_set_title (same, "Both");
  assert_refused (sonde_testing_compare_figures (same, figure, 1e-9, &error), "figure rates: title is set, and is not expected to be");
  assert_refused (sonde_testing_compare_figures (figure, same, 1e-9, &error), "figure rates: title is not set");
}

static void
test_raster (void)
{
  g_autoptr (SondeFigure) figure = new_figure ("Rates", 2, 8);
  g_autoptr (SondeFigure) same = new_figure ("Rates", 2, 8);
  g_autoptr (SondeFigure) other = new_figure ("Rates", 2, 20);
  g_autoptr (GError) error = NULL;
  guint n = 0;
  double left, top, right, bottom;

  g_assert_true (sonde_testing_compare_rasters (figure, same, 100, 0, &error));
  g_assert_true (sonde_testing_compare_rasters (figure, other, 100, 0.2, &error));
  g_assert_no_error (error);
  g_assert_false (sonde_testing_compare_rasters (figure, other, 100, 0.001, &error));
  assert_sentence (error, "figure rates: *pixels differ*upper left corner*");
  /* the bar of the right panel has no marker, so that all lies in the left half */
  g_assert_cmpint (sscanf (error->message, "figure rates: %u of %*u pixels differ by more than 32 of 255, all between (%lf, %lf) and (%lf, %lf)", &n, &left, &top, &right, &bottom), ==, 5);
  g_assert_cmpuint (n, >, 100);
  g_assert_cmpfloat (right, <, 215);
  g_assert_cmpfloat (left, <, right);
  g_assert_cmpfloat (top, <, bottom);
}

static void
check_file (const char *folder,
            const char *name,
            double tolerance,
            const char *difference)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (SondeFigure) figure = new_figure ("Rates", 2, 8);
  g_autoptr (SondeFigure) other = new_figure ("Rates", 2, 20);
  g_autoptr (GError) error = NULL;

  assert_refused (sonde_testing_check_figure_file (figure, path, tolerance, &error), "*figure rates has no reference*");
  g_setenv (SONDE_TESTING_WRITE, "1", TRUE);
  g_assert_true (sonde_testing_check_figure_file (figure, path, tolerance, &error));
  g_assert_no_error (error);
  g_unsetenv (SONDE_TESTING_WRITE);
  g_assert_true (sonde_testing_check_figure_file (figure, path, tolerance, &error));
  g_assert_no_error (error);
  assert_refused (sonde_testing_check_figure_file (other, path, tolerance, &error), difference);
  g_assert_true (g_file_set_contents (path, "nothing", -1, NULL));
  g_assert_false (sonde_testing_check_figure_file (figure, path, tolerance, &error));
  g_assert_nonnull (error);
  g_unlink (path);
}

static void
test_files (void)
{
  g_autofree char *folder = g_dir_make_tmp (NULL, NULL);
  g_autoptr (SondeFigure) figure = new_figure ("Rates", 2, 8);
  g_autoptr (GError) error = NULL;

  check_file (folder, "rates.figure", 1e-9, "figure rates: *expected*");
  check_file (folder, "rates.svg", 1e-6, "figure rates: *expected*");
  check_file (folder, "rates.png", 0.001, "*pixels differ*");
  g_setenv (SONDE_TESTING_WRITE, "1", TRUE);
  assert_refused (sonde_testing_check_figure_file (figure, "rates.bmp", 0, &error), "*.figure, .svg or .png*");
  g_unsetenv (SONDE_TESTING_WRITE);
  g_rmdir (folder);
}

/* ---- the contract ---- */

static void
test_contract (void)
{
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  g_auto (GStrv) checks = NULL;
  g_autofree char *skipped = NULL;
  g_autoptr (GError) error = NULL;

  checks = sonde_testing_list_checks (registry, "residual", &error);
  g_assert_no_error (error);
  g_assert_true (g_strv_contains ((const char *const *) checks, "stages"));
  g_assert_true (sonde_testing_run_check (registry, "residual", NULL, "stages", &skipped, &error));
  g_assert_no_error (error);
  g_assert_null (skipped);
  assert_refused (sonde_testing_run_check (registry, "residual", NULL, "colour", NULL, &error), "*no check “colour”*");
  assert_refused (sonde_testing_check_plugin (registry, "no-such-plugin", NULL, &error), "*no plugin no-such-plugin*SONDE_PLUGIN_PATH*");
  assert_refused (sonde_testing_check_plugin (registry, "distribution max-bins=0", NULL, &error), "distribution, loads: *max-bins*");
  assert_refused (sonde_testing_check_plugin (registry, "residual", "/no/such/model", &error), "residual, outcome: *no such file*");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/testing/numbers", test_numbers);
  g_test_add_func ("/testing/pathologies", test_pathologies);
  g_test_add_func ("/testing/model", test_model);
  g_test_add_func ("/testing/model-limits", test_model_limits);
  g_test_add_func ("/testing/model-of-rows", test_model_of_rows);
  g_test_add_func ("/testing/structure", test_structure);
  g_test_add_func ("/testing/raster", test_raster);
  g_test_add_func ("/testing/files", test_files);
  g_test_add_func ("/testing/contract", test_contract);
  return g_test_run ();
}
