#define G_LOG_DOMAIN "sonde"

#include <math.h>

#include <sonde-testing.h>

GType rsa_analyzer_get_type (void);

#define N_ROWS 4

/* A symmetric matrix of 4 x 4 whose strict upper triangle is @triangle [6]. */
static SondeTensor *
new_matrix (const double *triangle)
{
  double *matrix = g_new (double, N_ROWS *N_ROWS);
  guint next = 0;

  for (guint i = 0; i < N_ROWS; i++)
    {
      matrix[i * N_ROWS + i] = 1;
      for (guint j = i + 1; j < N_ROWS; j++)
        matrix[i * N_ROWS + j] = matrix[j * N_ROWS + i] = triangle[next++];
    }
  return sonde_tensor_new_take_f64 (matrix, N_ROWS, N_ROWS);
}

static SondeTestingMock *
new_mock (guint n_stages)
{
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = n_stages, .n_conditions = 1, .n_rows = N_ROWS };

  return sonde_testing_mock_new (&spec);
}

/* The result for two stages whose similarities are @x and @y. */
static SondeResult *
compare (const char *method,
         const double *x,
         const double *y,
         SondeTensor **scores)
{
  g_autoptr (SondeTestingMock) mock = new_mock (2);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, 0, 0);
  g_autoptr (SondeTensor) first = new_matrix (x);
  g_autoptr (SondeTensor) second = new_matrix (y);
  g_autoptr (SondeAnalyzer) analyzer = g_object_new (rsa_analyzer_get_type (), NULL);
  g_autoptr (GError) error = NULL;
  SondeResult *result;

  sonde_frame_attach (frame, "cosine", 0, first);
  sonde_frame_attach (frame, "cosine", 1, second);
  sonde_property_set (G_OBJECT (analyzer), "rsa", "method", method, &error);
  g_assert_no_error (error);
  sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (mock), &error);
  g_assert_no_error (error);
  sonde_analyzer_process (analyzer, frame, NULL, &error);
  g_assert_no_error (error);
  result = sonde_analyzer_finish (analyzer, NULL, &error);
  g_assert_no_error (error);
  *scores = sonde_tensor_ref (sonde_frame_get_attached (frame, "rsa", 0));
  return result;
}

static void
assert_score (const char *method,
              const double *x,
              const double *y,
              double expected)
{
  g_autoptr (SondeTensor) scores = NULL;
  g_autoptr (SondeResult) result = compare (method, x, y, &scores);
  SondeTable *table = sonde_testing_find_table (result, "rsa");

  g_assert_cmpuint (sonde_tensor_get_n_elements (scores), ==, 1);
  g_assert_cmpfloat_with_epsilon (sonde_tensor_peek_f64 (scores)[0], expected, 1e-14);
  g_assert_cmpuint (sonde_table_get_n_rows (table), ==, 1);
  g_assert_cmpstr (sonde_table_get_string (table, 0, 2), ==, "stage-0");
  g_assert_cmpstr (sonde_table_get_string (table, 0, 3), ==, "stage-1");
  g_assert_cmpfloat (sonde_table_get_number (table, 0, 4), ==, sonde_tensor_peek_f64 (scores)[0]);
  g_assert_cmpuint (sonde_result_get_warnings (result)->len, ==, 0);
}

static const double rising[] = { .1, .2, .3, .4, .5, .6 };

/* Two neighbours change places: Σd² = 2, so 1 − 12/210 = 33/35; one discordant pair of 15. The values are their ranks. */
static void
test_swapped (void)
{
  const double swapped[] = { .1, .2, .3, .4, .6, .5 };

  assert_score ("pearson", rising, swapped, 33 / 35.);
  assert_score ("spearman", rising, swapped, 33 / 35.);
  assert_score ("rho-a", rising, swapped, 33 / 35.);
  assert_score ("kendall", rising, swapped, 13 / 15.);
}

/* Three ties of two: centred average ranks ∓2 0 ±2 against ∓2.5 … 2.5 have product 16 and squares 16 and 17.5. */
static void
test_tied (void)
{
  const double tied[] = { .1, .1, .2, .2, .3, .3 };

  assert_score ("spearman", tied, rising, 16 / sqrt (16 * 17.5));
  assert_score ("rho-a", tied, rising, 12 * 16 / 210.);
  assert_score ("kendall", tied, rising, 12 / 15.);
}

/* A monotone change of one stage moves only what looks at values; turning the order round turns the sign. */
static void
test_monotone (void)
{
  const double squares[] = { .01, .04, .09, .16, .25, .36 };
  const double falling[] = { .6, .5, .4, .3, .2, .1 };

  assert_score ("spearman", rising, squares, 1);
  assert_score ("kendall", rising, squares, 1);
  /* of 1 … 6 and their squares: Σ x̃ ỹ = 122.5, Σ x̃² = 17.5, Σ ỹ² = 2275 − 91²/6 */
  assert_score ("pearson", rising, squares, 122.5 / sqrt (17.5 * (2275 - 91 * 91 / 6.)));
  assert_score ("pearson", rising, falling, -1);
  assert_score ("kendall", rising, falling, -1);
}

static void
test_constant (void)
{
  const double constant[] = { .25, .25, .25, .25, .25, .25 };
  const char *const methods[] = { "pearson", "spearman", "kendall", "rho-a" };

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autoptr (SondeTensor) scores = NULL;
      g_autoptr (SondeResult) result = compare (methods[i], rising, constant, &scores);
      const char *label;

      g_assert_true (isnan (sonde_tensor_peek_f64 (scores)[0]));
      g_assert_true (isnan (sonde_table_get_number (sonde_testing_find_table (result, "rsa"), 0, 4)));
      g_assert_cmpuint (sonde_result_get_warnings (result)->len, ==, 1);
      g_assert_nonnull (strstr (g_ptr_array_index (sonde_result_get_warnings (result), 0), "“stage-1” in layer 0, condition “condition-0”"));
      g_assert_cmpstr (sonde_result_get_key_number (result, 0, &label), ==, "undefined");
      g_assert_cmpstr (label, ==, "RSA stage-0–stage-1, layer 0, condition-0");
    }
}

/* What rounding makes of similarities that are all equal is no arrangement of rows; what lies further apart is. */
static void
test_rounding (void)
{
  const char *const methods[] = { "pearson", "spearman" };
  const double noise[] = { 1, 1 - 3e-12, 1 - 1e-12, 1 - 8e-12, 1, 1 - 5e-12 };
  const double close[] = { 1, 1 - 3e-9, 1 - 1e-9, 1 - 8e-9, 1, 1 - 5e-9 };

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autoptr (SondeTensor) of_noise = NULL;
      g_autoptr (SondeTensor) of_close = NULL;
      g_autoptr (SondeResult) undefined = compare (methods[i], rising, noise, &of_noise);
      g_autoptr (SondeResult) defined = compare (methods[i], rising, close, &of_close);

      g_assert_true (isnan (sonde_tensor_peek_f64 (of_noise)[0]));
      g_assert_cmpuint (sonde_result_get_warnings (undefined)->len, ==, 1);
      g_assert_false (isnan (sonde_tensor_peek_f64 (of_close)[0]));
      g_assert_cmpuint (sonde_result_get_warnings (defined)->len, ==, 0);
    }
}

/* One stage is compared with nothing: no score, no figure, and a sentence. */
static void
test_one_stage (void)
{
  g_autoptr (SondeTestingMock) mock = new_mock (1);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, 0, 0);
  g_autoptr (SondeAnalyzer) analyzer = g_object_new (rsa_analyzer_get_type (), NULL);
  g_autoptr (SondeResult) result = NULL;
  g_autoptr (GError) error = NULL;

  sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (mock), &error);
  g_assert_no_error (error);
  sonde_analyzer_process (analyzer, frame, NULL, &error);
  g_assert_no_error (error);
  result = sonde_analyzer_finish (analyzer, NULL, &error);
  g_assert_no_error (error);
  g_assert_null (sonde_frame_get_attached (frame, "rsa", 0));
  g_assert_cmpuint (sonde_table_get_n_rows (sonde_testing_find_table (result, "rsa")), ==, 0);
  g_assert_null (sonde_testing_find_figure (result, "rsa"));
  g_assert_cmpuint (sonde_result_get_warnings (result)->len, ==, 1);
  g_assert_nonnull (strstr (g_ptr_array_index (sonde_result_get_warnings (result), 0), "stage-0"));
}

/* Seven stages are 21 bars; eight are a matrix, which says so and is square. */
static void
test_forms (void)
{
  for (guint n_stages = 7; n_stages <= 8; n_stages++)
    {
      g_autoptr (SondeTestingMock) mock = new_mock (n_stages);
      g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, 0, 0);
      g_autoptr (SondeAnalyzer) analyzer = g_object_new (rsa_analyzer_get_type (), NULL);
      g_autoptr (SondeResult) result = NULL;
      SondeFigure *figure;

      for (guint i = 0; i < n_stages; i++)
        {
          const double triangle[] = { .1 * (i % 3), .2, .3 * (i % 2), .4, .5, .1 * i };
          g_autoptr (SondeTensor) matrix = new_matrix (triangle);

          sonde_frame_attach (frame, "cosine", i, matrix);
        }
      g_assert_true (sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (mock), NULL));
      g_assert_true (sonde_analyzer_process (analyzer, frame, NULL, NULL));
      result = sonde_analyzer_finish (analyzer, NULL, NULL);
      figure = sonde_testing_find_figure (result, "rsa");
      g_assert_cmpuint (sonde_table_get_n_rows (sonde_testing_find_table (result, "rsa")), ==, n_stages * (n_stages - 1) / 2);
      g_assert_true ((strstr (sonde_figure_get_caption (figure), "Each cell") != NULL) == (n_stages == 8));
      g_assert_true ((sonde_figure_get_height (figure) >= 4 * 72) == (n_stages == 8));
    }
}

static void
test_refusals (void)
{
  const SondeTestingSpec two_rows = { .n_layers = 1, .n_stages = 2, .n_conditions = 1, .n_rows = 2 };
  g_autoptr (SondeTestingMock) few = sonde_testing_mock_new (&two_rows);
  g_autoptr (SondeTestingMock) bare = new_mock (2);
  g_autoptr (SondeFrame) few_frame = sonde_testing_mock_new_frame (few, 0, 0);
  g_autoptr (SondeFrame) bare_frame = sonde_testing_mock_new_frame (bare, 0, 0);
  g_autoptr (SondeAnalyzer) analyzer = g_object_new (rsa_analyzer_get_type (), NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (few), NULL));
  g_assert_false (sonde_analyzer_process (analyzer, few_frame, NULL, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "has 2 rows: RSA needs at least 3"));
  g_clear_error (&error);

  g_assert_true (sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (bare), NULL));
  g_assert_false (sonde_analyzer_process (analyzer, bare_frame, NULL, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE);
  g_clear_error (&error);

  g_assert_false (sonde_property_set (G_OBJECT (analyzer), "rsa", "method", "cosine", &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY);
  g_assert_nonnull (strstr (error->message, "rho-a"));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rsa/swapped", test_swapped);
  g_test_add_func ("/rsa/tied", test_tied);
  g_test_add_func ("/rsa/monotone", test_monotone);
  g_test_add_func ("/rsa/constant", test_constant);
  g_test_add_func ("/rsa/rounding", test_rounding);
  g_test_add_func ("/rsa/one-stage", test_one_stage);
  g_test_add_func ("/rsa/forms", test_forms);
  g_test_add_func ("/rsa/refusals", test_refusals);
  return g_test_run ();
}
