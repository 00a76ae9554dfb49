#define G_LOG_DOMAIN "sonde"

/* Every analyzer gives in a process of its own what it gives in this one, whatever the frames are. This program serves nobody, so that
 * the processes are those of the program sonde. */

#include <sonde-testing.h>

static const SondeTestingSpec specs[] = {
  { .n_layers = 3, .n_stages = 4, .n_conditions = 2, .n_rows = 24 },
  { .n_layers = 2, .n_stages = 1, .n_conditions = 1, .n_rows = 3 },
  { .n_layers = 1, .n_stages = 9, .n_conditions = 3, .n_rows = 70 },
  { .n_layers = 3, .n_stages = 4, .n_conditions = 2, .n_rows = 24, .pathology = SONDE_TESTING_CONSTANT_ROWS },
  { .n_layers = 3, .n_stages = 4, .n_conditions = 2, .n_rows = 24, .pathology = SONDE_TESTING_ZERO_ROWS },
  { .n_layers = 3, .n_stages = 4, .n_conditions = 2, .n_rows = 24, .pathology = SONDE_TESTING_RANK_ONE },
};

/* Both made from the same words; the result is the last analyzer's. */
static SondeResult *
run (SondeRegistry *registry,
     const char *words,
     const SondeTestingSpec *spec)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeChain) chain = sonde_chain_parse (registry, words, &error);
  g_autoptr (GPtrArray) analyzers = g_ptr_array_new ();
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (spec);
  SondeResult *result;

  g_assert_no_error (error);
  g_assert_true (sonde_chain_check (chain, registry, &error));
  for (guint i = 0; i < sonde_chain_get_n_analyzers (chain); i++)
    g_ptr_array_add (analyzers, sonde_chain_get_analyzer (chain, i, NULL));
  result = sonde_testing_mock_run (mock, analyzers, NULL, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < sonde_chain_get_n_analyzers (chain); i++)
    g_assert_cmpstr (sonde_chain_get_failure (chain, i, NULL, NULL), ==, NULL);
  return result;
}

static void
assert_same_tables (SondeResult *a,
                    SondeResult *b)
{
  GPtrArray *first = sonde_result_get_tables (a), *second = sonde_result_get_tables (b);

  g_assert_cmpuint (second->len, ==, first->len);
  for (guint i = 0; i < first->len; i++)
    {
      g_autofree char *expected = sonde_table_to_csv (g_ptr_array_index (first, i));
      g_autofree char *found = sonde_table_to_csv (g_ptr_array_index (second, i));

      g_assert_cmpstr (sonde_table_get_name (g_ptr_array_index (second, i)), ==, sonde_table_get_name (g_ptr_array_index (first, i)));
      g_assert_cmpstr (found, ==, expected);
    }
}

static void
assert_same_figures (SondeResult *a,
                     SondeResult *b)
{
  GPtrArray *first = sonde_result_get_figures (a), *second = sonde_result_get_figures (b);

  g_assert_cmpuint (second->len, ==, first->len);
  for (guint i = 0; i < first->len; i++)
    {
      g_autoptr (GVariant) expected = sonde_figure_to_variant (g_ptr_array_index (first, i));
      g_autoptr (GVariant) found = sonde_figure_to_variant (g_ptr_array_index (second, i));

      g_assert_cmpmem (g_variant_get_data (found), g_variant_get_size (found), g_variant_get_data (expected), g_variant_get_size (expected));
    }
}

static void
assert_same (SondeResult *a,
             SondeResult *b)
{
  assert_same_tables (a, b);
  assert_same_figures (a, b);
  g_assert_cmpuint (sonde_result_get_warnings (b)->len, ==, sonde_result_get_warnings (a)->len);
  for (guint i = 0; i < sonde_result_get_warnings (a)->len; i++)
    g_assert_cmpstr (g_ptr_array_index (sonde_result_get_warnings (b), i), ==, g_ptr_array_index (sonde_result_get_warnings (a), i));
  g_assert_cmpuint (sonde_result_get_n_tensors (b), ==, sonde_result_get_n_tensors (a));
  for (guint i = 0; i < sonde_result_get_n_tensors (a); i++)
    g_assert_true (g_bytes_equal (sonde_tensor_get_bytes (sonde_result_get_tensor (a, i, NULL)), sonde_tensor_get_bytes (sonde_result_get_tensor (b, i, NULL))));
  g_assert_cmpuint (sonde_result_get_n_key_numbers (b), ==, sonde_result_get_n_key_numbers (a));
  for (guint i = 0; i < sonde_result_get_n_key_numbers (a); i++)
    g_assert_cmpstr (sonde_result_get_key_number (b, i, NULL), ==, sonde_result_get_key_number (a, i, NULL));
}

static char *
dup_example (const char *name)
{
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  g_autoptr (GObject) analyzer = sonde_registry_create (registry, name, SONDE_PLUGIN_KIND_ANALYZER, NULL);
  g_autoptr (SondeDescription) description = sonde_analyzer_describe (SONDE_ANALYZER (analyzer));
  const char *example = sonde_description_get_example (description);

  return g_strdup (example != NULL ? example : name);
}

static void
test_same (gconstpointer name)
{
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  g_autoptr (SondeIsolation) isolation = sonde_isolation_new (PROGRAM, 0, 0, NULL);
  g_autofree char *words = dup_example (name);

  for (guint i = 0; i < G_N_ELEMENTS (specs); i++)
    {
      g_autoptr (SondeResult) here = NULL;
      g_autoptr (SondeResult) there = NULL;

      sonde_registry_set_isolation (registry, NULL);
      here = run (registry, words, &specs[i]);
      sonde_registry_set_isolation (registry, isolation);
      there = run (registry, words, &specs[i]);
      assert_same (here, there);
    }
}

/* A program that is none, and one that serves nobody. */
static void
test_other_programs (void)
{
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  g_autoptr (SondeIsolation) missing = sonde_isolation_new ("/nonexistent/sonde", 0, 0, NULL);
  g_autoptr (SondeIsolation) other = sonde_isolation_new ("/bin/true", 0, 0, NULL);
  g_autoptr (SondeChain) chain = NULL;
  g_autoptr (GError) error = NULL;

  sonde_registry_set_isolation (registry, missing);
  g_assert_null (sonde_chain_parse (registry, "first", &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FAILED);
  g_clear_error (&error);
  sonde_registry_set_isolation (registry, other);
  chain = sonde_chain_parse (registry, "first", &error);
  g_assert_no_error (error);
  g_assert_nonnull (sonde_chain_get_failure (chain, 0, NULL, NULL));
}

int
main (int argc,
      char **argv)
{
  g_autoptr (SondeRegistry) registry = NULL;
  GPtrArray *plugins;

  g_test_init (&argc, &argv, NULL);
  registry = sonde_registry_new ();
  plugins = sonde_registry_list (registry);
  for (guint i = 0; i < plugins->len; i++)
    {
      const SondePlugin *plugin = g_ptr_array_index (plugins, i);
      g_autofree char *path = g_strdup_printf ("/isolation/%s", plugin->name);

      if (plugin->kind == SONDE_PLUGIN_KIND_ANALYZER && plugin->state == SONDE_PLUGIN_STATE_ENABLED)
        g_test_add_data_func (path, plugin->name, test_same);
    }
  g_test_add_func ("/isolation/other-programs", test_other_programs);
  return g_test_run ();
}
