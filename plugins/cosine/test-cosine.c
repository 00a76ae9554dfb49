#define G_LOG_DOMAIN "sonde"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <sonde-testing.h>

GType cosine_analyzer_get_type (void);

#define HALF_ROOT 0.70710678118654752440

/* Rows (1 0), (0 3), (2 2): similarities 0, 1/√2, 1/√2. */
static const float corner[] = { 1, 0, 0, 3, 2, 2 };
/* The same rows turned by a quarter: (0 1), (−3 0), (−2 2). */
static const float turned[] = { 0, 1, -3, 0, -2, 2 };
static const guint two_widths[] = { 2, 2 };

static SondeResult *
run_values (SondeTestingMock *mock,
            SondeFrame *frame,
            const char *property,
            const char *text)
{
  g_autoptr (SondeAnalyzer) analyzer = g_object_new (cosine_analyzer_get_type (), NULL);
  g_autoptr (GError) error = NULL;
  SondeResult *result;

  if (property != NULL)
    g_object_set (analyzer, property, text, NULL);
  sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (mock), &error);
  g_assert_no_error (error);
  sonde_analyzer_process (analyzer, frame, NULL, &error);
  g_assert_no_error (error);
  sonde_frame_finish (frame, NULL, &error);
  g_assert_no_error (error);
  result = sonde_analyzer_finish (analyzer, NULL, &error);
  g_assert_no_error (error);
  return result;
}

static void
assert_f64 (SondeTensor *tensor,
            const double *expected)
{
  const double *values = sonde_tensor_peek_f64 (tensor);

  g_assert_nonnull (values);
  for (gsize i = 0; i < sonde_tensor_get_n_elements (tensor); i++)
    g_assert_cmpfloat_with_epsilon (values[i], expected[i], 1e-15);
}

static void
assert_f32 (SondeResult *result,
            guint index,
            const char *expected_name,
            const double *expected)
{
  const char *name;
  SondeTensor *tensor = sonde_result_get_tensor (result, index, &name);
  const float *values = sonde_tensor_peek_f32 (tensor);

  g_assert_cmpstr (name, ==, expected_name);
  g_assert_nonnull (values);
  for (gsize i = 0; i < sonde_tensor_get_n_elements (tensor); i++)
    g_assert_cmpfloat_with_epsilon (values[i], expected[i], 1e-7);
}

static void
test_corner (void)
{
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = 2, .n_conditions = 1, .n_rows = 3, .widths = two_widths };
  const float *const values[] = { corner, turned };
  const double own[] = { 1, 0, HALF_ROOT, 0, 1, HALF_ROOT, HALF_ROOT, HALF_ROOT, 1 };
  const double cross[] = { 0, -1, -HALF_ROOT, 1, 0, HALF_ROOT, HALF_ROOT, -HALF_ROOT, 0 };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame_with (mock, 0, 0, values);
  g_autoptr (SondeResult) result = run_values (mock, frame, NULL, NULL);
  SondeTable *table = sonde_testing_find_table (result, "cosine-cross-stage");
  gint64 n_counted = 0;

  assert_f64 (sonde_frame_get_attached (frame, "cosine", 0), own);
  assert_f64 (sonde_frame_get_attached (frame, "cosine", 1), own);
  g_assert_cmpuint (sonde_result_get_n_tensors (result), ==, 3);
  assert_f32 (result, 0, "cosine/condition-0/L0/stage-0", own);
  assert_f32 (result, 2, "cosine/condition-0/L0/stage-0-stage-1", cross);
  for (guint i = 0; i < sonde_table_get_n_rows (table); i++)
    n_counted += sonde_table_get_integer (table, i, 6);
  g_assert_cmpint (n_counted, ==, 9);
  g_assert_cmpuint (sonde_figure_get_n_panels (sonde_testing_find_figure (result, "cosine-matrix")), ==, 2);
  g_assert_cmpuint (sonde_figure_get_n_panels (sonde_testing_find_figure (result, "cosine-histogram")), ==, 1);
  g_assert_cmpuint (sonde_figure_get_n_panels (sonde_testing_find_figure (result, "cosine-cross-stage")), ==, 2);
}

/* Rows of zeros are similar to nothing, themselves included, and the first five are named. */
static void
test_zero_rows (void)
{
  const guint widths[] = { 1 };
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = 1, .n_conditions = 1, .n_rows = 8, .widths = widths };
  const float zeros[] = { 0, 0, 0, 0, 0, 0, 0, 2 };
  const float *const values[] = { zeros };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame_with (mock, 0, 0, values);
  g_autoptr (SondeResult) result = run_values (mock, frame, NULL, NULL);
  double expected[64] = { 0 };
  const char *warning;

  expected[63] = 1;
  assert_f64 (sonde_frame_get_attached (frame, "cosine", 0), expected);
  g_assert_cmpuint (sonde_result_get_warnings (result)->len, ==, 1);
  warning = g_ptr_array_index (sonde_result_get_warnings (result), 0);
  g_assert_nonnull (strstr (warning, "“stage-0” in layer 0, condition “condition-0”"));
  g_assert_nonnull (strstr (warning, "and 2 more"));
}

/* No two stages of one width: no figure of their comparison, and an empty table. */
static void
test_no_pairs (void)
{
  const guint widths[] = { 2, 3 };
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = 2, .n_conditions = 1, .n_rows = 6, .widths = widths };
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, 0, 0);
  g_autoptr (SondeResult) result = run_values (mock, frame, NULL, NULL);

  g_assert_null (sonde_testing_find_figure (result, "cosine-cross-stage"));
  g_assert_cmpuint (sonde_table_get_n_rows (sonde_testing_find_table (result, "cosine-cross-stage")), ==, 0);
  g_assert_cmpuint (sonde_result_get_n_tensors (result), ==, 2);
}

/* Pairs of the usual four widths are 0 with 3, then 1 with 2. */
static void
test_pairs_and_conditions (void)
{
  const SondeTestingSpec spec = { .n_layers = 3, .n_stages = 4, .n_conditions = 3, .n_rows = 6 };
  const struct
  {
    const char *choice;
    guint n_crossed;
    const char *first;
  } cases[] = { { "first", 1, "condition-0" }, { "all", 3, "condition-0" }, { "condition-2", 1, "condition-2" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
      g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func (g_object_unref);
      g_autoptr (GError) error = NULL;
      g_autoptr (SondeResult) result = NULL;
      SondeTable *table;
      guint last;

      g_ptr_array_add (chain, g_object_new (cosine_analyzer_get_type (), "cross-condition", cases[i].choice, "cross-limits", "-0.3:0.3, auto", NULL));
      result = sonde_testing_mock_run (mock, chain, NULL, &error);
      g_assert_no_error (error);
      table = sonde_testing_find_table (result, "cosine-cross-stage");
      last = sonde_table_get_n_rows (table) - 1;
      g_assert_cmpstr (sonde_table_get_string (table, 0, 0), ==, cases[i].first);
      g_assert_cmpint (sonde_table_get_integer (table, 0, 1), ==, 1);
      g_assert_cmpstr (sonde_table_get_string (table, 0, 2), ==, "stage-0");
      g_assert_cmpstr (sonde_table_get_string (table, 0, 3), ==, "stage-3");
      g_assert_cmpstr (sonde_table_get_string (table, last, 2), ==, "stage-1");
      g_assert_cmpstr (sonde_table_get_string (table, last, 3), ==, "stage-2");
      g_assert_cmpuint (sonde_result_get_n_tensors (result), ==, 3 * 4 + cases[i].n_crossed * 2);
      g_assert_cmpuint (sonde_figure_get_n_panels (sonde_testing_find_figure (result, "cosine-cross-stage")), ==, cases[i].n_crossed * 3);
    }
}

/* Of 20 equally wide stages 16 matrices are drawn and all are tensors; of their 190 pairs 15 are drawn, each with the next, and all counted. */
static void
test_selection (void)
{
  guint widths[20];
  const SondeTestingSpec spec = { .n_layers = 1, .n_stages = 20, .n_conditions = 1, .n_rows = 3, .widths = widths };
  g_autoptr (SondeTestingMock) mock = NULL;
  g_autoptr (SondeFrame) frame = NULL;
  g_autoptr (SondeResult) result = NULL;
  g_autoptr (GHashTable) pairs = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  SondeTable *table;

  for (guint i = 0; i < 20; i++)
    widths[i] = 4;
  mock = sonde_testing_mock_new (&spec);
  frame = sonde_testing_mock_new_frame (mock, 0, 0);
  result = run_values (mock, frame, NULL, NULL);
  table = sonde_testing_find_table (result, "cosine-cross-stage");
  for (guint i = 0; i < sonde_table_get_n_rows (table); i++)
    g_hash_table_add (pairs, g_strconcat (sonde_table_get_string (table, i, 2), " ", sonde_table_get_string (table, i, 3), NULL));
  g_assert_cmpuint (g_hash_table_size (pairs), ==, 190);
  g_assert_cmpuint (sonde_figure_get_n_panels (sonde_testing_find_figure (result, "cosine-matrix")), ==, 16);
  g_assert_nonnull (strstr (sonde_figure_get_caption (sonde_testing_find_figure (result, "cosine-matrix")), "Of 20 stages 16 are drawn"));
  g_assert_cmpuint (sonde_figure_get_n_panels (sonde_testing_find_figure (result, "cosine-cross-stage")), ==, 1 + 15 + 1);
  g_assert_nonnull (strstr (sonde_figure_get_caption (sonde_testing_find_figure (result, "cosine-cross-stage")), "Of 190 pairs 15 are drawn"));
  g_assert_cmpuint (sonde_result_get_n_tensors (result), ==, 20 + 15);
  for (guint i = 20; i < 35; i++)
    {
      const char *name;
      guint a;
      guint b;

      sonde_result_get_tensor (result, i, &name);
      g_assert_cmpint (sscanf (name, "cosine/condition-0/L0/stage-%u-stage-%u", &a, &b), ==, 2);
      g_assert_cmpuint (b, ==, a + 1);
      g_assert_true (i > 20 || a == 0);
      g_assert_true (i < 34 || b == 19);
    }
}

static void
test_refusals (void)
{
  const SondeTestingSpec spec = { .n_layers = 3, .n_stages = 4, .n_conditions = 1, .n_rows = 6 };
  const char *const bad[][3] = {
    { "cross-limits", "wide", "auto or LOW:HIGH" },
    { "cross-limits", "-0.3:0.3,", "auto or LOW:HIGH" },
    { "cross-limits", "auto,1:0", "“1:0”" },
    { "cross-limits", "0:1x", "“0:1x”" },
    { "cross-limits", "0:inf", "“0:inf”" },
    { "cross-limits", "0:nan", "“0:nan”" },
    { "cross-limits", "auto,auto,auto,x", "“x”" },
    { "cross-limits", "", "auto or LOW:HIGH" },
    { "cross-condition", "second", "condition-0" },
    { "layer", "3", "0 to 2" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
      g_autoptr (SondeAnalyzer) analyzer = g_object_new (cosine_analyzer_get_type (), bad[i][0], bad[i][1], NULL);
      g_autoptr (GError) error = NULL;

      g_assert_false (sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (mock), &error));
      g_assert_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, bad[i][2]));
    }
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cosine/corner", test_corner);
  g_test_add_func ("/cosine/zero-rows", test_zero_rows);
  g_test_add_func ("/cosine/no-pairs", test_no_pairs);
  g_test_add_func ("/cosine/pairs-and-conditions", test_pairs_and_conditions);
  g_test_add_func ("/cosine/selection", test_selection);
  g_test_add_func ("/cosine/refusals", test_refusals);
  return g_test_run ();
}
