#define G_LOG_DOMAIN "sonde"

/* What holds for every analyzer, whatever it computes and whoever wrote it. Nothing here names one: the program runs the
 * same tests on each that it finds in SONDE_PLUGIN_PATH. */

#include <figure/sonde-figure-writer.h>
#include <sonde.h>

#include "contract-checks.h"
#include <sonde-testing.h>

static SondeRegistry *registry;

static const SondeTestingSpec usual = { .n_layers = 3, .n_stages = 4, .n_conditions = 2, .n_rows = 24 };

/* ---- building a chain that ends in the analyzer under test ---- */

static SondeAnalyzer *
create (const char *name)
{
  g_autoptr (GError) error = NULL;
  GObject *object = sonde_registry_create (registry, name, SONDE_PLUGIN_KIND_ANALYZER, &error);

  g_assert_no_error (error);
  g_assert_true (SONDE_IS_ANALYZER (object));
  return SONDE_ANALYZER (object);
}

static GPtrArray *
list_analyzers (void)
{
  GPtrArray *plugins = sonde_registry_list (registry);
  GPtrArray *names = g_ptr_array_new ();

  for (guint i = 0; i < plugins->len; i++)
    {
      const SondePlugin *plugin = g_ptr_array_index (plugins, i);

      if (plugin->kind == SONDE_PLUGIN_KIND_ANALYZER && plugin->state == SONDE_PLUGIN_STATE_ENABLED)
        g_ptr_array_add (names, (gpointer) plugin->name);
    }
  return names;
}

static gboolean
attaches (SondeDescription *description,
          const char *attachment)
{
  GPtrArray *infos = sonde_description_get_attaches (description);

  for (guint i = 0; i < infos->len; i++)
    if (g_str_equal (((SondeAttachmentInfo *) g_ptr_array_index (infos, i))->name, attachment))
      return TRUE;
  return FALSE;
}

static void add_with_upstream (GPtrArray *chain, GPtrArray *names, const char *name);

/* Puts those in front that attach what is read; @required: one must. */
static void
add_attachers (GPtrArray *chain,
               GPtrArray *names,
               GPtrArray *attachments,
               gboolean required)
{
  g_autoptr (GPtrArray) candidates = list_analyzers ();

  for (guint i = 0; i < attachments->len; i++)
    {
      gboolean found = FALSE;

      for (guint j = 0; j < candidates->len; j++)
        {
          g_autoptr (SondeAnalyzer) candidate = create (g_ptr_array_index (candidates, j));
          g_autoptr (SondeDescription) description = sonde_analyzer_describe (candidate);

          if (!attaches (description, g_ptr_array_index (attachments, i)))
            continue;
          add_with_upstream (chain, names, g_ptr_array_index (candidates, j));
          found = TRUE;
        }
      g_assert_true (found || !required);
    }
}

static void
add_with_upstream (GPtrArray *chain,
                   GPtrArray *names,
                   const char *name)
{
  g_autoptr (SondeAnalyzer) analyzer = NULL;
  g_autoptr (SondeDescription) description = NULL;

  if (g_ptr_array_find_with_equal_func (names, name, g_str_equal, NULL))
    return;
  analyzer = create (name);
  description = sonde_analyzer_describe (analyzer);
  add_attachers (chain, names, sonde_description_get_reads (description), TRUE);
  add_attachers (chain, names, sonde_description_get_uses (description), FALSE);
  g_ptr_array_add (names, (gpointer) name);
  g_ptr_array_add (chain, g_steal_pointer (&analyzer));
}

static GPtrArray *
make_chain (const char *name)
{
  GPtrArray *chain = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  add_with_upstream (chain, names, name);
  return chain;
}

static SondeResult *
run (const char *name,
     const SondeTestingSpec *spec,
     GError **error)
{
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (spec);
  g_autoptr (GPtrArray) chain = make_chain (name);

  return sonde_testing_mock_run (mock, chain, NULL, error);
}

static SondeResult *
run_usual (const char *name)
{
  g_autoptr (GError) error = NULL;
  SondeResult *result = run (name, &usual, &error);

  g_assert_no_error (error);
  g_assert_true (SONDE_IS_RESULT (result));
  return result;
}

static SondeDescription *
describe (const char *name)
{
  g_autoptr (SondeAnalyzer) analyzer = create (name);

  return sonde_analyzer_describe (analyzer);
}

/* ---- tests ---- */

static void
test_description (gconstpointer name)
{
  g_autoptr (SondeDescription) description = describe (name);
  GPtrArray *attached = sonde_description_get_attaches (description);
  GPtrArray *tables = sonde_description_get_tables (description);
  GPtrArray *figures = sonde_description_get_figures (description);

  g_assert_cmpuint (attached->len + tables->len + figures->len, >, 0);
  for (guint i = 0; i < attached->len; i++)
    {
      const SondeAttachmentInfo *info = g_ptr_array_index (attached, i);

      contract_assert_words (info->name);
      contract_assert_words (info->shape);
      contract_assert_words (info->unit);
      contract_assert_words (info->blurb);
    }
  for (guint i = 0; i < tables->len; i++)
    {
      contract_assert_columns (g_ptr_array_index (tables, i));
      g_assert_cmpuint (sonde_table_get_n_rows (g_ptr_array_index (tables, i)), ==, 0);
    }
  for (guint i = 0; i < figures->len; i++)
    contract_assert_words (((SondeAttachmentInfo *) g_ptr_array_index (figures, i))->blurb);
}

/* The example is a chain that fits together and holds the analyzer that it is an example of. */
static void
test_example (gconstpointer name)
{
  g_autoptr (SondeDescription) description = describe (name);
  const char *example = sonde_description_get_example (description);
  g_autoptr (SondeChain) chain = NULL;
  g_autoptr (GError) error = NULL;

  if (example == NULL)
    {
      g_test_skip ("it gives no example");
      return;
    }
  chain = sonde_chain_parse (registry, example, &error);
  g_assert_no_error (error);
  sonde_chain_check (chain, registry, &error);
  g_assert_no_error (error);
  g_assert_nonnull (sonde_chain_find_analyzer (chain, name));
}

/* Each option can be read and written, explains itself, and starts at its default. */
static void
test_properties (gconstpointer name)
{
  g_autoptr (SondeAnalyzer) analyzer = create (name);
  guint n_properties;
  g_autofree GParamSpec **properties = g_object_class_list_properties (G_OBJECT_GET_CLASS (analyzer), &n_properties);

  for (guint i = 0; i < n_properties; i++)
    {
      g_auto (GValue) value = G_VALUE_INIT;

      g_assert_cmpuint (properties[i]->flags & G_PARAM_READWRITE, ==, G_PARAM_READWRITE);
      contract_assert_words (g_param_spec_get_nick (properties[i]));
      contract_assert_words (g_param_spec_get_blurb (properties[i]));
      g_value_init (&value, properties[i]->value_type);
      g_object_get_property (G_OBJECT (analyzer), properties[i]->name, &value);
      g_assert_true (g_param_value_defaults (properties[i], &value));
      g_object_set_property (G_OBJECT (analyzer), properties[i]->name, &value);
    }
}

static void
test_result (gconstpointer name)
{
  g_autoptr (SondeResult) result = run_usual (name);
  g_autoptr (SondeDescription) description = describe (name);

  contract_assert_tables (result, description);
  contract_assert_figures (result, description);
  contract_assert_warnings (result);
  g_assert_cmpuint (sonde_result_get_figures (result)->len, ==, sonde_description_get_figures (description)->len);
}

static void
test_attachments (gconstpointer name)
{
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&usual);
  g_autoptr (GPtrArray) chain = make_chain (name);
  g_autoptr (SondeDescription) description = describe (name);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, 1, 0);
  g_autoptr (GError) error = NULL;
  GPtrArray *infos = sonde_description_get_attaches (description);

  for (guint i = 0; i < chain->len; i++)
    g_assert_true (sonde_analyzer_prepare (g_ptr_array_index (chain, i), sonde_testing_mock_get_investigation (mock), &error));
  for (guint i = 0; i < chain->len; i++)
    g_assert_true (sonde_analyzer_process (g_ptr_array_index (chain, i), frame, NULL, &error));
  for (guint i = 0; i < infos->len; i++)
    g_assert_nonnull (sonde_frame_get_attached (frame, ((SondeAttachmentInfo *) g_ptr_array_index (infos, i))->name, 0));
}

static void
test_twice_the_same (gconstpointer name)
{
  g_autoptr (SondeResult) first = run_usual (name);
  g_autoptr (SondeResult) second = run_usual (name);

  for (guint i = 0; i < sonde_result_get_tables (first)->len; i++)
    {
      g_autofree char *a = sonde_table_to_csv (g_ptr_array_index (sonde_result_get_tables (first), i));
      g_autofree char *b = sonde_table_to_csv (g_ptr_array_index (sonde_result_get_tables (second), i));

      g_assert_cmpstr (a, ==, b);
    }
  for (guint i = 0; i < sonde_result_get_figures (first)->len; i++)
    {
      g_autoptr (GBytes) a = sonde_figure_to_svg (g_ptr_array_index (sonde_result_get_figures (first), i), NULL, NULL);
      g_autoptr (GBytes) b = sonde_figure_to_svg (g_ptr_array_index (sonde_result_get_figures (second), i), NULL, NULL);

      g_assert_true (g_bytes_equal (a, b));
    }
  g_assert_cmpuint (sonde_result_get_n_tensors (first), ==, sonde_result_get_n_tensors (second));
  for (guint i = 0; i < sonde_result_get_n_tensors (first); i++)
    {
      const char *a_name;
      const char *b_name;
      SondeTensor *a = sonde_result_get_tensor (first, i, &a_name);
      SondeTensor *b = sonde_result_get_tensor (second, i, &b_name);

      g_assert_cmpstr (a_name, ==, b_name);
      g_assert_true (g_bytes_equal (sonde_tensor_get_bytes (a), sonde_tensor_get_bytes (b)));
    }
}

static void
cancel (SondeAnalyzer *analyzer,
        SondeFrame *frame)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  SondeAnalyzerInterface *iface = SONDE_ANALYZER_GET_IFACE (analyzer);

  g_cancellable_cancel (cancellable);
  g_assert_false (sonde_analyzer_process (analyzer, frame, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  /* its own method must look too, not only the function in front of it */
  g_assert_false (iface->process (analyzer, frame, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_cancel (gconstpointer name)
{
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&usual);
  g_autoptr (GPtrArray) chain = make_chain (name);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, 0, usual.n_layers / 2);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < chain->len; i++)
    g_assert_true (sonde_analyzer_prepare (g_ptr_array_index (chain, i), sonde_testing_mock_get_investigation (mock), &error));
  for (guint i = 0; i + 1 < chain->len; i++)
    g_assert_true (sonde_analyzer_process (g_ptr_array_index (chain, i), frame, NULL, &error));
  cancel (g_ptr_array_index (chain, chain->len - 1), frame);
}

static void
test_empty (gconstpointer name)
{
  SondeTestingSpec spec = usual;
  g_autoptr (SondeResult) result = NULL;
  g_autoptr (GError) error = NULL;

  spec.n_rows = 0;
  result = run (name, &spec, &error);
  if (result == NULL)
    contract_assert_sentence (error);
  else
    g_assert_no_error (error);
}

static void
test_threads (gconstpointer name)
{
  SondeTestingSpec spec = usual;
  guint n_threads = sonde_threads_get_n ();
  g_autoptr (SondeResult) one = NULL;
  g_autoptr (SondeResult) two = NULL;

  spec.n_rows = 120;
  sonde_threads_set_n (1);
  one = run (name, &spec, NULL);
  sonde_threads_set_n (2);
  two = run (name, &spec, NULL);
  sonde_threads_set_n (n_threads);
  g_assert_nonnull (one);
  g_assert_nonnull (two);
  for (guint i = 0; i < sonde_result_get_tables (one)->len; i++)
    contract_assert_close (g_ptr_array_index (sonde_result_get_tables (one), i), g_ptr_array_index (sonde_result_get_tables (two), i));
}

static void
test_draws (gconstpointer name)
{
  g_autoptr (SondeResult) result = run_usual (name);
  GPtrArray *figures = sonde_result_get_figures (result);

  for (guint i = 0; i < figures->len; i++)
    {
      g_autoptr (GBytes) svg = sonde_figure_to_svg (g_ptr_array_index (figures, i), "contract", NULL);
      g_autoptr (GBytes) pdf = sonde_figure_to_pdf (g_ptr_array_index (figures, i), "contract", 0, NULL);
      g_autoptr (GBytes) png = sonde_figure_to_png (g_ptr_array_index (figures, i), "contract", 72, NULL);

      g_assert_nonnull (g_strstr_len (g_bytes_get_data (svg, NULL), 500, "<svg"));
      g_assert_true (memcmp (g_bytes_get_data (pdf, NULL), "%PDF-", 5) == 0);
      g_assert_true (memcmp (g_bytes_get_data (png, NULL), "\x89PNG", 4) == 0);
    }
}

/* Shapes and numbers that are legal, if odd: a result with words on what is undefined, or one sentence why not. */
static void
check_odd (const char *name,
           const SondeTestingSpec *spec,
           gboolean must_work)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeResult) result = run (name, spec, &error);
  g_autoptr (SondeDescription) description = describe (name);

  if (result == NULL)
    {
      contract_assert_sentence (error);
      g_assert_false (must_work);
      g_test_message ("refused: %s", error->message);
      return;
    }
  g_assert_no_error (error);
  contract_assert_tables (result, description);
  contract_assert_figures (result, description);
  contract_assert_warnings (result);
}

typedef struct
{
  const char *name;
  SondeTestingSpec spec;
  gboolean must_work;
} OddCase;

static const guint one_width[] = { 5 };
static const guint unequal_widths[] = { 3, 4, 5 };
static const guint equal_widths[] = { 6, 6, 6, 6, 6 };
static const guint width_of_one[] = { 1, 1 };
static const guint some_layers[] = { 0, 3 };

/* 2 to 48 features, some widths several times */
static const guint many_widths[64] = {
  7, 2, 48, 5, 5, 12, 3, 2, 31, 7, 48, 6, 9, 2, 17, 4, 8, 16, 2, 3, 5, 7, 11, 13, 2, 48, 48, 5, 6, 7, 8, 9,
  3, 3, 3, 20, 21, 22, 4, 4, 4, 40, 30, 20, 10, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 48
};
static const guint many_equal_widths[64] = {
  4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4
};

static const OddCase odd_cases[] = {
  { "one-stage", { .n_layers = 3, .n_stages = 1, .n_conditions = 2, .n_rows = 12, .widths = one_width }, TRUE },
  { "nine-stages", { .n_layers = 2, .n_stages = 9, .n_conditions = 2, .n_rows = 12 }, TRUE },
  { "twenty-stages", { .n_layers = 1, .n_stages = 20, .n_conditions = 1, .n_rows = 6 }, TRUE },
  { "64-stages", { .n_layers = 3, .n_stages = 64, .n_conditions = 2, .n_rows = 4, .widths = many_widths }, TRUE },
  { "64-equal-stages", { .n_layers = 1, .n_stages = 64, .n_conditions = 1, .n_rows = 3, .widths = many_equal_widths }, TRUE },
  { "200-layers", { .n_layers = 200, .n_stages = 3, .n_conditions = 1, .n_rows = 4, .widths = unequal_widths }, TRUE },
  { "14-stages-of-200-layers", { .n_layers = 200, .n_stages = 14, .n_conditions = 2, .n_rows = 3, .widths = many_widths }, TRUE },
  { "unequal-widths", { .n_layers = 2, .n_stages = 3, .n_conditions = 2, .n_rows = 12, .widths = unequal_widths }, TRUE },
  { "equal-widths", { .n_layers = 2, .n_stages = 5, .n_conditions = 2, .n_rows = 12, .widths = equal_widths }, TRUE },
  { "one-feature", { .n_layers = 2, .n_stages = 2, .n_conditions = 2, .n_rows = 12, .widths = width_of_one }, FALSE },
  { "one-layer", { .n_layers = 1, .n_stages = 4, .n_conditions = 2, .n_rows = 12 }, TRUE },
  { "48-layers", { .n_layers = 48, .n_stages = 4, .n_conditions = 2, .n_rows = 12 }, TRUE },
  { "some-layers", { .n_layers = 6, .n_stages = 4, .n_conditions = 2, .n_rows = 12, .layers = some_layers, .n_covered = 2 }, TRUE },
  { "1-row", { .n_layers = 2, .n_stages = 4, .n_conditions = 2, .n_rows = 1 }, FALSE },
  { "2-rows", { .n_layers = 2, .n_stages = 4, .n_conditions = 2, .n_rows = 2 }, FALSE },
  { "3-rows", { .n_layers = 2, .n_stages = 4, .n_conditions = 2, .n_rows = 3 }, FALSE },
  { "300-rows", { .n_layers = 1, .n_stages = 4, .n_conditions = 2, .n_rows = 300 }, TRUE },
  { "one-condition", { .n_layers = 3, .n_stages = 4, .n_conditions = 1, .n_rows = 12 }, TRUE },
  { "three-conditions", { .n_layers = 3, .n_stages = 4, .n_conditions = 3, .n_rows = 12 }, TRUE },
  { "constant-rows", { .n_layers = 3, .n_stages = 4, .n_conditions = 2, .n_rows = 12, .pathology = SONDE_TESTING_CONSTANT_ROWS }, FALSE },
  { "zero-rows", { .n_layers = 3, .n_stages = 4, .n_conditions = 2, .n_rows = 12, .pathology = SONDE_TESTING_ZERO_ROWS }, FALSE },
  { "rank-one", { .n_layers = 3, .n_stages = 4, .n_conditions = 2, .n_rows = 12, .pathology = SONDE_TESTING_RANK_ONE }, FALSE },
};

typedef struct
{
  const char *name;
  const OddCase *odd;
} OddTest;

static void
test_odd (gconstpointer data)
{
  const OddTest *test = data;

  check_odd (test->name, &test->odd->spec, test->odd->must_work);
}

/* GType names are one name space for all plugins: the class of module two-nn is called TwoNn…, which no other can be. */
static void
test_type_name (gconstpointer name)
{
  g_autoptr (SondeAnalyzer) analyzer = create (name);
  g_auto (GStrv) words = g_strsplit_set (name, "-_", -1);
  g_autofree char *prefix = NULL;

  for (guint i = 0; words[i] != NULL; i++)
    words[i][0] = g_ascii_toupper (words[i][0]);
  prefix = g_strjoinv ("", words);
  if (strchr (G_OBJECT_TYPE_NAME (analyzer), '+') != NULL)
    g_test_skip ("a scripting language names its own types");
  else
    g_assert_true (g_str_has_prefix (G_OBJECT_TYPE_NAME (analyzer), prefix));
}

static void
add_test (const char *name,
          const char *test_name,
          gconstpointer data,
          GTestDataFunc func)
{
  g_autofree char *path = g_strdup_printf ("/contract/%s/%s", name, test_name);

  g_test_add_data_func (path, data, func);
}

static void
add_tests (const char *name)
{
  static const struct
  {
    const char *name;
    GTestDataFunc func;
  } tests[] = {
    { "description", test_description },
    { "example", test_example },
    { "type-name", test_type_name },
    { "properties", test_properties },
    { "result", test_result },
    { "attachments", test_attachments },
    { "twice-the-same", test_twice_the_same },
    { "cancel", test_cancel },
    { "empty", test_empty },
    { "threads", test_threads },
    { "draws", test_draws },
  };

  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    add_test (name, tests[i].name, name, tests[i].func);
  for (guint i = 0; i < G_N_ELEMENTS (odd_cases); i++)
    {
      OddTest *test = g_new (OddTest, 1);
      g_autofree char *path = g_strdup_printf ("/contract/%s/%s", name, odd_cases[i].name);

      *test = (OddTest){ name, &odd_cases[i] };
      g_test_add_data_func_full (path, test, test_odd, g_free);
    }
}

/* A test program that finds nothing to test must not pass. */
static void
test_found (void)
{
  g_autoptr (GPtrArray) names = list_analyzers ();

  g_assert_cmpuint (names->len, >, 0);
}

int
main (int argc,
      char **argv)
{
  g_autoptr (GPtrArray) names = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  registry = sonde_registry_new ();
  names = list_analyzers ();
  g_test_add_func ("/contract/found", test_found);
  for (guint i = 0; i < names->len; i++)
    add_tests (g_ptr_array_index (names, i));
  status = g_test_run ();
  g_clear_object (&registry);
  return status;
}
