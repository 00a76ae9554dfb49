#define G_LOG_DOMAIN "sonde"

#include <math.h>

#include <figure/sonde-figure-writer.h>

#include <sonde-testing.h>

GType laminar_analyzer_get_type (void);

typedef struct
{
  gboolean ratio;
  gboolean dimension;
  gboolean score;
} Upstream;

static void
attach (SondeFrame *frame,
        const char *name,
        const double *values,
        guint n)
{
  g_autoptr (SondeTensor) tensor = sonde_tensor_new_take_f64 (g_memdup2 (values, n * sizeof (double)), 1, n);

  sonde_frame_attach (frame, name, 0, tensor);
}

/* Lets frames with made-up attachments pass: ratios 1 + 2 · layer + stage, dimensions twice that, scores from .2 up. */
static SondeResult *
run_upstream (const SondeTestingSpec *spec,
              Upstream upstream,
              GError **error)
{
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (spec);
  g_autoptr (SondeAnalyzer) analyzer = g_object_new (laminar_analyzer_get_type (), NULL);
  guint n_pairs = sonde_stage_pair_count (spec->n_stages);
  double ratios[64];
  double dimensions[64];
  double scores[64 * 63 / 2];

  g_assert_true (sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (mock), NULL));
  for (guint layer = 0; layer < spec->n_layers; layer++)
    for (guint condition = 0; condition < spec->n_conditions; condition++)
      {
        g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, condition, layer);

        for (guint i = 0; i < spec->n_stages; i++)
          {
            ratios[i] = 1 + 2 * layer + i;
            dimensions[i] = condition == 1 ? NAN : 2 * ratios[i];
          }
        for (guint i = 0; i < n_pairs; i++)
          scores[i] = .2 + .6 * i / n_pairs + .1 * condition;
        if (upstream.ratio)
          attach (frame, "participation-ratio", ratios, spec->n_stages);
        if (upstream.dimension)
          attach (frame, "effective-dimension", dimensions, spec->n_stages);
        if (upstream.score)
          attach (frame, "rsa", scores, n_pairs);
        if (!sonde_analyzer_process (analyzer, frame, NULL, error))
          return NULL;
      }
  return sonde_analyzer_finish (analyzer, NULL, error);
}

static void
assert_panels (SondeResult *result,
               const char *name,
               guint n_panels,
               double inches_wide,
               double inches_high)
{
  SondeFigure *figure = sonde_testing_find_figure (result, name);
  g_autoptr (GBytes) svg = NULL;

  g_assert_nonnull (figure);
  g_assert_cmpuint (sonde_figure_get_n_panels (figure), ==, n_panels);
  g_assert_cmpfloat_with_epsilon (sonde_figure_get_width (figure), 72 * inches_wide, 1e-6);
  g_assert_cmpfloat_with_epsilon (sonde_figure_get_height (figure), 72 * inches_high, 1e-6);
  svg = sonde_figure_to_svg (figure, NULL, NULL);
  g_assert_nonnull (svg);
}

static const SondeTestingSpec usual = { .n_layers = 3, .n_stages = 4, .n_conditions = 2, .n_rows = 5 };

/* With everything and two conditions: the three by three of the notebook, and its four violins. */
static void
test_everything (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeResult) result = run_upstream (&usual, (Upstream){ TRUE, TRUE, TRUE }, &error);
  const char *label;

  g_assert_no_error (error);
  assert_panels (result, "laminar-profile", 9, 12, 8);
  assert_panels (result, "laminar-violin", 4, 12, 3);
  /* dimensions are twice the ratios in the first condition, and undefined in the second */
  g_assert_cmpuint (sonde_result_get_n_key_numbers (result), ==, 2);
  g_assert_cmpstr (sonde_result_get_key_number (result, 0, &label), ==, "r=1.00");
  g_assert_cmpstr (sonde_result_get_key_number (result, 1, &label), ==, "r undefined");
}

/* Just the columns of what is attached. */
static void
test_parts (void)
{
  const struct
  {
    Upstream upstream;
    guint n_conditions;
    guint n_profiles; /* panels */
    double columns;
    double rows;
    guint n_violins;
  } cases[] = {
    { { FALSE, FALSE, TRUE }, 2, 3, 1, 3, 2 },
    { { TRUE, TRUE, FALSE }, 2, 6, 2, 3, 4 },
    { { TRUE, FALSE, FALSE }, 2, 2, 1, 2, 2 },
    { { TRUE, TRUE, TRUE }, 1, 4, 3, 2, 2 },
    { { FALSE, FALSE, TRUE }, 1, 1, 1, 1, 1 },
    { { TRUE, TRUE, TRUE }, 3, 13, 3, 5, 6 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      SondeTestingSpec spec = usual;
      g_autoptr (GError) error = NULL;
      g_autoptr (SondeResult) result = NULL;

      spec.n_conditions = cases[i].n_conditions;
      result = run_upstream (&spec, cases[i].upstream, &error);
      g_assert_no_error (error);
      assert_panels (result, "laminar-profile", cases[i].n_profiles, 4 * cases[i].columns, 8 / 3. * cases[i].rows);
      g_assert_cmpuint (sonde_figure_get_n_panels (sonde_testing_find_figure (result, "laminar-violin")), ==, cases[i].n_violins);
    }
}

/* A line of one layer, violins of one value, and more series than there are legends for. */
static void
test_one_layer (void)
{
  SondeTestingSpec spec = usual;
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeResult) result = NULL;

  spec.n_layers = 1;
  spec.n_stages = 9;
  result = run_upstream (&spec, (Upstream){ TRUE, TRUE, TRUE }, &error);
  g_assert_no_error (error);
  assert_panels (result, "laminar-profile", 9, 12, 8);
}

/* Cells for what lines cannot tell apart, higher where their names need it; the same panels. Few points of many series stay what they are. */
static void
test_many_stages (void)
{
  const struct
  {
    guint n_stages;
    guint n_layers;
    double row_height; /* inches */
    const char *said;
    const char *unsaid;
  } cases[] = {
    { 5, 3, 8 / 3., "Comparisons", "more than" },                 /* ten pairs are lines */
    { 6, 3, 8 / 3., "Values of more than 12 series", "nothing" }, /* fifteen are cells */
    { 64, 4, 420 / 72., "Values of more than 12 series", "nothing" },
    { 4, 65, 8 / 3., "64 layers", "Values of more than" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      SondeTestingSpec spec = usual;
      g_autoptr (GError) error = NULL;
      g_autoptr (SondeResult) result = NULL;
      const char *caption;

      spec.n_stages = cases[i].n_stages;
      spec.n_layers = cases[i].n_layers;
      result = run_upstream (&spec, (Upstream){ TRUE, TRUE, TRUE }, &error);
      g_assert_no_error (error);
      assert_panels (result, "laminar-profile", 9, 12, 3 * cases[i].row_height);
      caption = sonde_figure_get_caption (sonde_testing_find_figure (result, "laminar-profile"));
      g_assert_nonnull (strstr (caption, cases[i].said));
      g_assert_null (strstr (caption, cases[i].unsaid));
    }
}

/* Scores by themselves: 2016 pairs are 64 violins, each of a stage's pairs, over the whole width. */
static void
test_many_pairs (void)
{
  SondeTestingSpec spec = usual;
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeResult) result = NULL;

  spec.n_stages = 64;
  result = run_upstream (&spec, (Upstream){ FALSE, FALSE, TRUE }, &error);
  g_assert_no_error (error);
  assert_panels (result, "laminar-violin", 2, 12, 6);
  g_assert_nonnull (strstr (sonde_figure_get_caption (sonde_testing_find_figure (result, "laminar-violin")), "all pairs that it is in"));
}

static void
test_refusals (void)
{
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&usual);
  g_autoptr (SondeAnalyzer) analyzer = g_object_new (laminar_analyzer_get_type (), NULL);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, 0, 0);
  g_autoptr (GError) error = NULL;
  const double three[] = { 1, 2, 3 };

  g_assert_null (run_upstream (&usual, (Upstream){ FALSE, FALSE, FALSE }, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_CHAIN);
  g_assert_nonnull (strstr (error->message, "effective-dimension"));
  g_clear_error (&error);

  attach (frame, "rsa", three, 3);
  g_assert_true (sonde_analyzer_prepare (analyzer, sonde_testing_mock_get_investigation (mock), NULL));
  g_assert_false (sonde_analyzer_process (analyzer, frame, NULL, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE);
  g_assert_nonnull (strstr (error->message, "expected 6 values"));
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/laminar/everything", test_everything);
  g_test_add_func ("/laminar/parts", test_parts);
  g_test_add_func ("/laminar/one-layer", test_one_layer);
  g_test_add_func ("/laminar/many-stages", test_many_stages);
  g_test_add_func ("/laminar/many-pairs", test_many_pairs);
  g_test_add_func ("/laminar/refusals", test_refusals);
  return g_test_run ();
}
