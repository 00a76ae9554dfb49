#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-contract-private.h"

#include <string.h>

/* The contract as one call, as single checks, and as a whole test program. */

static void
subject_clear (SondeTestingSubject *subject)
{
  g_clear_object (&subject->registry);
  g_clear_pointer (&subject->name, g_free);
  g_clear_pointer (&subject->properties, g_strfreev);
  g_clear_pointer (&subject->skipped, g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SondeTestingSubject, subject_clear)

static gboolean
subject_init (SondeTestingSubject *subject,
              SondeRegistry *registry,
              const char *plugin,
              const char *source,
              GError **error)
{
  g_auto (GStrv) words = NULL;
  const SondePlugin *found;

  *subject = (SondeTestingSubject){ .registry = g_object_ref (registry), .source = source };
  if (!g_shell_parse_argv (plugin, NULL, &words, error))
    return FALSE;
  subject->name = g_strdup (words[0]);
  subject->properties = g_strdupv (words + 1);
  found = sonde_registry_find (registry, subject->name);
  if (found == NULL)
    return _sonde_testing_fail (error, "there is no plugin %s: set SONDE_PLUGIN_PATH to the folder that holds %s.plugin", subject->name, subject->name);
  if (found->state != SONDE_PLUGIN_STATE_ENABLED)
    return _sonde_testing_fail (error, "%s is %s: %s", subject->name, sonde_plugin_state_get_name (found->state), found->reason != NULL ? found->reason : "enable it to test it");
  subject->kind = found->kind;
  return TRUE;
}

static GArray *
list_checks (SondePluginKind kind)
{
  GArray *checks = g_array_new (FALSE, FALSE, sizeof (SondeTestingCheck));

  _sonde_testing_add_common_checks (checks);
  if (kind == SONDE_PLUGIN_KIND_ANALYZER)
    {
      _sonde_testing_add_analyzer_checks (checks);
      _sonde_testing_add_odd_checks (checks);
    }
  else if (kind == SONDE_PLUGIN_KIND_TAP)
    {
      _sonde_testing_add_tap_checks (checks);
    }
  else
    {
      _sonde_testing_add_provider_checks (checks);
      _sonde_testing_add_run_checks (checks);
      _sonde_testing_add_garble_checks (checks);
    }
  return checks;
}

/* ---- messages that libraries print when something is used wrongly ---- */

typedef struct
{
  char *message; /* the first one */
  GLogFunc usual;
  GLogLevelFlags fatal;
} Listener;

static Listener *listening; /* one check at a time */

static void
note_message (const char *domain,
              GLogLevelFlags level,
              const char *message)
{
  if (listening->message == NULL)
    listening->message = g_strdup_printf ("%s%s%s", domain != NULL ? domain : "", domain != NULL ? ": " : "", message);
}

static void
listen_to_log (const char *domain,
               GLogLevelFlags level,
               const char *message,
               gpointer user_data)
{
  if (listening != NULL && (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) != 0)
    note_message (domain, level, message);
  else
    g_log_default_handler (domain, level, message, user_data);
}

/* What is logged with fields goes past the other one. */
static GLogWriterOutput
listen_to_writer (GLogLevelFlags level,
                  const GLogField *fields,
                  gsize n_fields,
                  gpointer user_data)
{
  const char *domain = NULL, *message = NULL;

  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "GLIB_DOMAIN"))
      domain = fields[i].value;
    else if (g_str_equal (fields[i].key, "MESSAGE"))
      message = fields[i].value;
  if (listening == NULL || message == NULL || (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) == 0)
    return g_log_writer_default (level, fields, n_fields, user_data);
  note_message (domain, level, message);
  return G_LOG_WRITER_HANDLED;
}

static void
start_listening (Listener *listener)
{
  listener->message = NULL;
  listener->usual = g_log_set_default_handler (listen_to_log, NULL);
  listener->fatal = g_log_set_always_fatal (G_LOG_LEVEL_ERROR);
  listening = listener;
}

/* (transfer full) (nullable) */
static char *
stop_listening (Listener *listener)
{
  listening = NULL;
  g_log_set_always_fatal (listener->fatal);
  g_log_set_default_handler (listener->usual, NULL);
  return listener->message;
}

/* ---- one check ---- */

/* One line of it: of a trace of Python's the last, which says what happened. */
static char *
dup_line (const char *message)
{
  g_auto (GStrv) lines = g_strsplit (message, "\n", -1);
  g_autoptr (GString) line = g_string_new (NULL);
  gboolean traced = strstr (message, "Traceback") != NULL;
  const char *file = NULL;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_strstrip (lines[i]);
      if (traced && g_str_has_prefix (lines[i], "File \""))
        file = lines[i];
      if (lines[i][0] != '\0' && traced)
        g_string_assign (line, lines[i]);
      else if (lines[i][0] != '\0')
        g_string_append_printf (line, "%s%s", line->len > 0 ? " " : "", lines[i]);
    }
  if (file != NULL)
    g_string_append_printf (line, " (%s)", file);
  return g_strdup (line->str);
}

/* One line, and what was logged: a module that does not load has its reason there. */
static void
set_sentence (GError **error,
              SondeTestingSubject *subject,
              const char *check,
              const char *logged)
{
  g_autofree char *text = error != NULL ? g_utf8_make_valid ((*error)->message, -1) : NULL;

  if (text == NULL)
    return;
  g_clear_error (error);
  g_strdelimit (text, "\n", ' ');
  if (logged != NULL && strstr (text, logged) == NULL)
    _sonde_testing_fail (error, "%s, %s: %s (a library says: %s)", subject->name, check, text, logged);
  else
    _sonde_testing_fail (error, "%s, %s: %s", subject->name, check, text);
}

static gboolean
run_check (SondeTestingSubject *subject,
           const SondeTestingCheck *check,
           GError **error)
{
  Listener listener;
  g_autofree char *message = NULL;
  g_autofree char *line = NULL;
  gboolean kept;

  g_clear_pointer (&subject->skipped, g_free);
  start_listening (&listener);
  kept = check->func (subject, check->data, error);
  message = stop_listening (&listener);
  line = message != NULL ? dup_line (message) : NULL;
  if (kept && line != NULL)
    kept = _sonde_testing_fail (error, "it makes a library complain: %s", line);
  if (!kept)
    set_sentence (error, subject, check->name, line);
  return kept;
}

/**
 * sonde_testing_list_checks:
 * @registry: where the plugin is found
 * @plugin: its name, with PROPERTY=VALUE words behind it where it needs some
 * @error: return location for an error
 *
 * Returns: (transfer full) (array zero-terminated=1): what plugins of its kind are checked for, in order; or %NULL with a sentence
 *   where there is no such plugin or it cannot be used
 */
char **
sonde_testing_list_checks (SondeRegistry *registry,
                           const char *plugin,
                           GError **error)
{
  g_auto (SondeTestingSubject) subject = { 0 };
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();
  g_autoptr (GArray) checks = NULL;

  g_return_val_if_fail (SONDE_IS_REGISTRY (registry) && plugin != NULL, NULL);

  if (!subject_init (&subject, registry, plugin, NULL, error))
    return NULL;
  checks = list_checks (subject.kind);
  for (guint i = 0; i < checks->len; i++)
    g_strv_builder_add (names, g_array_index (checks, SondeTestingCheck, i).name);
  return g_strv_builder_end (names);
}

/**
 * sonde_testing_run_check:
 * @registry: where the plugin is found
 * @plugin: its name, with PROPERTY=VALUE words behind it where it needs some
 * @source: (nullable): what a model provider opens, or the model that a tap looks at; %NULL: the demo model
 * @check: one of sonde_testing_list_checks()
 * @skipped: (out) (optional) (nullable) (transfer full): why the check does not apply to this plugin; %NULL where it does
 * @error: return location for an error
 *
 * Runs one check. It takes at most some seconds of a sane plugin. Warnings and criticals that libraries log meanwhile count as
 * defects, whatever G_DEBUG says. One check runs at a time in a process.
 *
 * Returns: %TRUE where the plugin keeps it; %FALSE with %SONDE_ERROR_PLUGIN and a sentence that says what is broken
 */
gboolean
sonde_testing_run_check (SondeRegistry *registry,
                         const char *plugin,
                         const char *source,
                         const char *check,
                         char **skipped,
                         GError **error)
{
  g_auto (SondeTestingSubject) subject = { 0 };
  g_autoptr (GArray) checks = NULL;

  g_return_val_if_fail (SONDE_IS_REGISTRY (registry) && plugin != NULL && check != NULL, FALSE);

  if (skipped != NULL)
    *skipped = NULL;
  if (!subject_init (&subject, registry, plugin, source, error))
    return FALSE;
  checks = list_checks (subject.kind);
  for (guint i = 0; i < checks->len; i++)
    {
      const SondeTestingCheck *found = &g_array_index (checks, SondeTestingCheck, i);
      gboolean kept;

      if (!g_str_equal (found->name, check))
        continue;
      kept = run_check (&subject, found, error);
      if (skipped != NULL)
        *skipped = g_steal_pointer (&subject.skipped);
      return kept;
    }
  return _sonde_testing_fail (error, "there is no check “%s” for plugins of kind %s", check, sonde_plugin_kind_get_name (subject.kind));
}

/**
 * sonde_testing_check_plugin:
 * @registry: where the plugin is found
 * @plugin: its name, with PROPERTY=VALUE words behind it where it needs some
 * @source: (nullable): what a model provider opens, or the model that a tap looks at; %NULL: the demo model
 * @error: return location for an error
 *
 * Holds a plugin to the contract that all keep: every check of sonde_testing_list_checks(), in order, up to the first that fails.
 *
 * Returns: %TRUE where the plugin keeps all; %FALSE with a sentence “NAME, CHECK: what is broken”
 */
gboolean
sonde_testing_check_plugin (SondeRegistry *registry,
                            const char *plugin,
                            const char *source,
                            GError **error)
{
  g_auto (SondeTestingSubject) subject = { 0 };
  g_autoptr (GArray) checks = NULL;

  g_return_val_if_fail (SONDE_IS_REGISTRY (registry) && plugin != NULL, FALSE);

  if (!subject_init (&subject, registry, plugin, source, error))
    return FALSE;
  checks = list_checks (subject.kind);
  for (guint i = 0; i < checks->len; i++)
    if (!run_check (&subject, &g_array_index (checks, SondeTestingCheck, i), error))
      return FALSE;
  return TRUE;
}

/* ---- a whole test program ---- */

/* GLib would end the program here, and say nothing of the checks that follow. */
static void
fail (const char *sentence)
{
  g_test_set_nonfatal_assertions ();
  g_test_fail_printf ("%s", sentence);
}

typedef struct
{
  SondeRegistry *registry;
  char *plugin, *source, *check;
} Test;

static void
test_free (Test *test)
{
  g_object_unref (test->registry);
  g_free (test->plugin);
  g_free (test->source);
  g_free (test->check);
  g_free (test);
}

static void
run_test (gconstpointer data)
{
  const Test *test = data;
  g_autofree char *skipped = NULL;
  g_autoptr (GError) error = NULL;

  if (!sonde_testing_run_check (test->registry, test->plugin, test->source, test->check, &skipped, &error))
    fail (error->message);
  else if (skipped != NULL)
    g_test_skip (skipped);
}

static void
fail_with_data (gconstpointer sentence)
{
  fail (sentence);
}

static void
add_tests (const char *plugin,
           const char *source)
{
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  g_autofree char *folder = g_strdup_printf ("/contract/%.*s", (int) strcspn (plugin, " "), plugin);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) checks = sonde_testing_list_checks (registry, plugin, &error);

  if (checks == NULL)
    {
      g_autofree char *path = g_strconcat (folder, "/found", NULL);

      g_test_add_data_func_full (path, g_strdup (error->message), fail_with_data, g_free);
    }
  for (guint i = 0; checks != NULL && checks[i] != NULL; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s", folder, checks[i]);
      Test *test = g_new (Test, 1);

      *test = (Test){ g_object_ref (registry), g_strdup (plugin), g_strdup (source), g_strdup (checks[i]) };
      g_test_add_data_func_full (path, test, run_test, (GDestroyNotify) test_free);
    }
}

/**
 * sonde_testing_main:
 * @argc: the length of @argv
 * @argv: (array length=argc): the words of the command line, the program's name first, as g_test_init() knows them
 * @plugin: the plugin's name, with PROPERTY=VALUE words behind it where it needs some
 * @source: (nullable): what a model provider opens, or the model that a tap looks at; %NULL: the demo model
 *
 * A test program of its own: finds the plugin as the program does, through SONDE_PLUGIN_PATH, and gives one line of TAP for every
 * check of the contract. Tests that were added with g_test_add_func() before run with them, once g_test_init() was called. Warnings
 * of the plugin that are logged with fields are seen here and nowhere else, as this takes the log writer of the process.
 *
 * Returns: the exit status: 0 where the plugin keeps the contract
 */
int
sonde_testing_main (int argc,
                    char **argv,
                    const char *plugin,
                    const char *source)
{
  static gsize writer_set;

  g_return_val_if_fail (argv != NULL && plugin != NULL, 2);

  if (!g_test_initialized ())
    (g_test_init) (&argc, &argv, NULL);
  if (g_once_init_enter (&writer_set))
    {
      g_log_set_writer_func (listen_to_writer, NULL, NULL);
      g_once_init_leave (&writer_set, 1);
    }
  add_tests (plugin, source);
  return g_test_run ();
}
