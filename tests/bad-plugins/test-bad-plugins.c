#define G_LOG_DOMAIN "sonde"

#include <string.h>

#include <glib/gstdio.h>
#include <sonde-testing.h>

/* Every plugin with a fault, one after the other in one process: the contract says in one sentence what is wrong with it, and the
 * process goes on. Words of sentences that the registry writes are few here. */

typedef struct
{
  const char *name;
  const char *words; /* in the sentence, in this order */
} Bad;

static const Bad manifests[] = {
  { "bad-no-api", "X-Sonde-API" },
  { "bad-other-api", "99" },
  { "bad-unknown-kind", "X-Sonde-Kind" },
  { "bad-unknown-loader", "bad-unknown-loader" },
  { "bad-missing-module", "bad-missing-module" },
  { "bad-no-object", "bad-no-object" },
  { "bad-no-entry", "bad-no-entry" },
  { "bad-undefined-symbol", "bad-undefined-symbol" },
  { "bad-other-interface", "registers no such class" },
  { "bad-no-interface", "bad-no-interface, loads" },
  { "bad-registers-nothing", "registers no such class" },
};

static const Bad analyzers[] = {
  { "bad-analyzer-process-both", "outcomes*process ()*both" },
  { "bad-analyzer-process-neither", "outcomes*process ()*neither" },
  { "bad-analyzer-finish-both", "outcomes*finish ()*both" },
  { "bad-analyzer-finish-neither", "outcomes*finish ()*neither" },
  { "bad-analyzer-no-description", "describe ()*no description" },
  { "bad-analyzer-infinite-number", "infinite number in row 0 of column features of table features" },
  { "bad-analyzer-nan-number", "table features*column features*NaN*undefined" },
  { "bad-analyzer-other-table", "gave a table features that it does not describe" },
  { "bad-analyzer-other-column", "table features with other columns" },
  { "bad-analyzer-other-figure", "gave a figure features that it does not describe" },
  { "bad-analyzer-no-caption", "caption of figure features is missing" },
  { "bad-analyzer-unequal", "the same run twice*table features" },
  { "bad-analyzer-ignores-cancel", "process ()*cancelled" },
  { "bad-analyzer-changes-frame", "changed the numbers of stage 0" },
  { "bad-analyzer-changes-attached", "bad-analyzer-changes-attached*changed when the next" },
  { "bad-analyzer-no-blurb", "blurb of property number is missing" },
  { "bad-analyzer-default-outside", "complain*default" },
  { "bad-analyzer-other-start", "number starts at 6*default is 5" },
  { "bad-analyzer-attaches-nothing", "does not attach*bad-analyzer-attaches-nothing" },
  { "bad-analyzer-attaches-other-shape", "F64 [1, 4]*3 stages*1 x stages" },
  { "bad-analyzer-bad-example", "example*no-such-analyzer" },
  { "bad-analyzer-refuses", "random numbers*wrong with these numbers" },
  { "bad-analyzer-two-lines", "1-row*not in one line" },
  { "bad-analyzer-complains", "complain*G_IS_OBJECT" },
};

static const Bad taps[] = {
  { "bad-tap-both", "dup_stages ()*both" },
  { "bad-tap-neither", "dup_stages ()*neither" },
  { "bad-tap-none", "no stage at all" },
  { "bad-tap-unknown-site", "no.such.site" },
  { "bad-tap-same-id", "two stages with the id in" },
  { "bad-tap-id-with-slash", "slashes" },
  { "bad-tap-no-label", "label" },
  { "bad-tap-silent-refusal", "names none of those" },
  { "bad-tap-unequal", "asked again" },
  { "bad-tap-other-wanted", "wanted: dup_wanted ()*out*dup_stages ()*in" },
};

static const Bad providers[] = {
  { "bad-provider-open-both", "open ()*both" },
  { "bad-provider-open-neither", "open ()*neither" },
  { "bad-provider-not-a-model", "no model" },
  { "bad-provider-no-layers", "no layer" },
  { "bad-provider-no-reason", "reason why probe () gives 0*missing" },
  { "bad-provider-opens-anything", "opens a missing file" },
  { "bad-provider-same-sites", "two sites called in" },
  { "bad-provider-no-formula", "formula of site in is missing" },
  { "bad-provider-missing-file", "/no/such/file" },
  { "bad-provider-wrong-shape", "[14, 4]*[14, 3]" },
  { "bad-provider-twice", "twice" },
  { "bad-provider-unasked", "one-site*nobody had asked" },
  { "bad-provider-nothing", "did not give site" },
  { "bad-provider-goes-on", "refusal*refused one" },
  { "bad-provider-hides-refusal", "refusal*refused one" },
  { "bad-provider-ignores-cancel", "run () went on*cancelled" },
  { "bad-provider-unequal", "other" },
  { "bad-provider-sees-others", "by itself and beside others" },
  { "bad-provider-takes-any-id", "runs the token id -1" },
  { "bad-provider-loses-text", "joined, do not give the text" },
};

#ifdef PYTHON
static const Bad scripts[] = {
  { "bad-python-syntax", "SyntaxError" },
  { "bad-python-import", "ModuleNotFoundError: No module named 'no_such_module_anywhere'" },
  { "bad-python-no-class", "registers no such class" },
  { "bad-python-init", "bad-python-init" },
  { "bad-python-describe", "describe" },
  { "bad-python-prepare", "prepare" },
  { "bad-python-process", "process" },
  { "bad-python-finish", "finish" },
  { "bad-python-wrong-description", "description" },
  { "bad-python-wrong-process", "process" },
  { "bad-python-wrong-finish", "finish" },
};
#endif

static SondeRegistry *registry;
static char *folder; /* of the examples that providers open */

static void
check_sentence (const Bad *bad,
                const GError *error)
{
  g_autofree char *pattern = g_strdup_printf ("*%s*", bad->words);

  g_assert_nonnull (error);
  if (error == NULL)
    return;
  g_test_message ("%s", error->message);
  g_assert_true (error->domain == SONDE_ERROR);
  g_assert_null (strchr (error->message, '\n'));
  if (!g_pattern_match_simple (pattern, error->message))
    g_test_fail_printf ("“%s” does not match “%s”", error->message, pattern);
}

static void
check_good (void)
{
  g_autoptr (GError) error = NULL;

  sonde_testing_check_plugin (registry, "distribution", NULL, &error);
  g_assert_no_error (error);
}

static char *
write_example (const char *name)
{
  g_autofree char *file = g_strconcat ("example.", name, NULL);
  char *path = g_build_filename (folder, file, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, "model", -1, &error);
  g_assert_no_error (error);
  return path;
}

static void
test_bad (gconstpointer data)
{
  const Bad *bad = data;
  g_autofree char *source = g_str_has_prefix (bad->name, "bad-provider") ? write_example (bad->name) : NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (sonde_testing_check_plugin (registry, bad->name, source, &error));
  check_sentence (bad, error);
  if (source != NULL)
    g_unlink (source);
}

#ifdef PYTHON
/* Those need a Python that reaches libsonde. */
static void
test_script (gconstpointer data)
{
  int status = 1;

  if (!g_spawn_command_line_sync (PYTHON " -c \"import gi; gi.require_version ('Sonde', '1')\"", NULL, NULL, &status, NULL) || status != 0)
    g_test_skip ("python3 has no PyGObject");
  else
    test_bad (data);
}
#endif

/* Of two plugins with a class of the same name the first may be used, the second may not. */
static void
test_twins (void)
{
  static const Bad second = { "bad-twin-two", "bad-twin-two" };
  g_autoptr (GObject) first = NULL;
  g_autoptr (GError) error = NULL;

  first = sonde_registry_create (registry, "bad-twin-one", SONDE_PLUGIN_KIND_ANALYZER, &error);
  g_assert_no_error (error);
  g_assert_nonnull (first);
  g_assert_false (sonde_testing_check_plugin (registry, "bad-twin-two", NULL, &error));
  check_sentence (&second, error);
}

static void
add_tests (const Bad *bad,
           guint n,
           GTestDataFunc func)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("/bad-plugins/%s", bad[i].name);

      g_test_add_data_func (path, &bad[i], func);
    }
}

int
main (int argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_set_nonfatal_assertions ();
  g_log_set_always_fatal (G_LOG_LEVEL_ERROR); /* libpeas warns of what it cannot load */
  registry = sonde_registry_new ();
  folder = g_dir_make_tmp (NULL, NULL);
  g_assert_nonnull (folder);
  g_test_add_func ("/bad-plugins/good-before", check_good);
  add_tests (manifests, G_N_ELEMENTS (manifests), test_bad);
  g_test_add_func ("/bad-plugins/twins", test_twins);
  add_tests (analyzers, G_N_ELEMENTS (analyzers), test_bad);
  add_tests (taps, G_N_ELEMENTS (taps), test_bad);
  add_tests (providers, G_N_ELEMENTS (providers), test_bad);
#ifdef PYTHON
  add_tests (scripts, G_N_ELEMENTS (scripts), test_script);
#endif
  g_test_add_func ("/bad-plugins/good-after", check_good);
  status = g_test_run ();
  g_clear_object (&registry);
  g_rmdir (folder);
  g_free (folder);
  return status;
}
