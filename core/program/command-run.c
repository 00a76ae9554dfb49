#include "job.h"

#include <stdio.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#define MOST_SECONDS 1000000 /* that --isolate-time takes */

typedef struct
{
  char *output;
  gboolean force;
  char *format;
  char *theme;
  char *locale; /* chosen before the others are looked at */
  gboolean save_capture;
  gboolean sha256;
  gboolean json;
} RunSettings;

static void
run_settings_clear (RunSettings *settings)
{
  g_free (settings->output);
  g_free (settings->format);
  g_free (settings->theme);
  g_free (settings->locale);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RunSettings, run_settings_clear)

/* In the report's folder it would be in the report's way. */
static gboolean
check_checkpoint (const Settings *settings,
                  const char *output,
                  GError **error)
{
  g_autofree char *report = g_canonicalize_filename (output, NULL);
  g_autofree char *folder = settings->checkpoint != NULL ? g_canonicalize_filename (settings->checkpoint, NULL) : NULL;
  const gsize n = strlen (report);

  if (folder == NULL || !g_str_has_prefix (folder, report) || (folder[n] != '\0' && folder[n] != '/'))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("--checkpoint %s lies in the report’s folder: name one beside it"), settings->checkpoint);
  return FALSE;
}

static gboolean
check_looks (const RunSettings *more,
             GError **error)
{
  SondeFormats formats;
  SondeTheme theme;

  if (more->theme != NULL && !sonde_theme_parse (more->theme, &theme))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("“%s” is no theme: --theme takes light or dark"), more->theme);
      return FALSE;
    }
  return more->format == NULL || sonde_formats_parse (more->format, &formats, error);
}

/* As the command line has it, else as the user's settings do. */
static char *
choose (Job *job,
        const char *chosen,
        const char *key,
        GError **error)
{
  g_autoptr (GVariant) value = chosen == NULL ? sonde_settings_dup_value (sonde_registry_get_settings (job->registry), key, error) : NULL;

  if (chosen != NULL)
    return g_strdup (chosen);
  return value != NULL ? g_variant_dup_string (value, NULL) : NULL;
}

static gboolean
set_looks (Job *job,
           SondeReport *report,
           const RunSettings *more,
           GError **error)
{
  g_autofree char *format = choose (job, more->format, "format", error);
  g_autofree char *theme_name = format != NULL ? choose (job, more->theme, "theme", error) : NULL;
  SondeFormats formats;
  SondeTheme theme;

  if (theme_name == NULL || !sonde_formats_parse (format, &formats, error) || !sonde_theme_parse (theme_name, &theme))
    return FALSE;
  sonde_report_set_formats (report, formats);
  sonde_report_set_theme (report, theme);
  return TRUE;
}

static gboolean
check_settings (const Settings *settings,
                RunSettings *more,
                GError **error)
{
  if (more->output == NULL)
    more->output = g_strdup ("sonde-report");
  if (!settings->isolate && (settings->isolate_time != NO_SECONDS || settings->isolate_memory != NULL))
    {
      g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("--isolate-time and --isolate-memory are limits of --isolate, which is not there: add it, or leave them out"));
      return FALSE;
    }
  if (settings->isolate_time != NO_SECONDS && !(settings->isolate_time > 0 && settings->isolate_time <= MOST_SECONDS))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("--isolate-time %g: a number of seconds above 0 and up to %d is expected"), settings->isolate_time, MOST_SECONDS);
      return FALSE;
    }
  if (*more->output == '\0')
    {
      g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("--output is empty: name a folder"));
      return FALSE;
    }
  if (!check_checkpoint (settings, more->output, error))
    return FALSE;
  return settings_check (settings, error) && check_looks (more, error);
}

static SondeReport *
open_report (Job *job,
             const Settings *settings,
             const RunSettings *more,
             const char *const *arguments,
             GError **error)
{
  g_autoptr (SondeReport) report = NULL;
  g_autofree char *command = settings_dup_command (settings, "run");

  report = sonde_report_new (more->output, more->force, error);
  if (report == NULL || !set_looks (job, report, more, error))
    return NULL;
  sonde_report_set_recipe (report, sonde_recipe_get_name (job->recipe), sonde_recipe_get_title (job->recipe));
  sonde_report_set_command (report, command, arguments);
  sonde_report_set_seed (report, (guint64) settings->seed);
  sonde_report_set_checksum_weights (report, more->sha256);
  sonde_report_add_phase (report, "load", job->seconds_loading);
  return g_steal_pointer (&report);
}

static gboolean
execute (Job *job,
         SondeReport *report,
         const RunSettings *more,
         gboolean quiet,
         GCancellable *cancellable,
         GError **error)
{
  gint64 start = g_get_monotonic_time ();

  if (more->save_capture && !sonde_report_attach_capture (report, job->run, error))
    return FALSE;
  if (!sonde_run_execute (job->run, cancellable, error))
    return FALSE;
  sonde_report_add_phase (report, "run", (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
  if (!quiet)
    show_progress (_ ("writing the report"));
  if (!sonde_report_write (report, job->run, job->model, job->corpus, job->chain, cancellable, error))
    return FALSE;
  clear_progress ();
  return TRUE;
}

static void
tell (Job *job,
      SondeReport *report,
      const Settings *settings,
      const RunSettings *more)
{
  GPtrArray *warnings = sonde_run_get_warnings (job->run);
  g_autofree char *output = dup_printable (more->output);
  GPtrArray *highlights = sonde_report_get_highlights (report);

  for (guint i = 0; i < warnings->len; i++)
    warn_with (g_ptr_array_index (warnings, i));
  warn_of_fonts ();
  job_tell_checkpoint (job, settings, settings->quiet || more->json);
  if (more->json)
    {
      print_json_text (sonde_report_get_json (report));
      putchar ('\n');
    }
  if (settings->quiet || more->json)
    return;
  printf (_ ("The report is in %s (open %s/report.pdf)\n"), output, output);
  for (guint i = 0; i < highlights->len; i++)
    {
      g_autofree char *line = dup_printable (g_ptr_array_index (highlights, i));

      printf ("  %s\n", line);
    }
}

/* The status with which a run ends that went on without analyzers that failed. */
static int
judge_failures (Job *job,
                const char *output)
{
  const guint n = sonde_chain_get_n_analyzers (job->chain), n_failed = job_count_failures (job);
  g_autofree char *sentence = NULL;

  if (n_failed == 0)
    return EXIT_DONE;
  if (output != NULL)
    sentence = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u analyzer of %u failed; the report in %s has everything else", "%u analyzers of %u failed; the report in %s has everything else", n_failed), n_failed, n, output);
  else
    sentence = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u analyzer of %u failed, and a run would go on without it", "%u analyzers of %u failed, and a run would go on without them", n_failed), n_failed, n);
  return fail_with (g_error_new_literal (SONDE_ERROR, SONDE_ERROR_PLUGIN, sentence));
}

static int
run (const Settings *settings,
     const RunSettings *more,
     const char *const *arguments)
{
  g_autoptr (GCancellable) cancellable = watch_interrupts ();
  g_auto (Job) job = { 0 };
  g_autoptr (SondeReport) report = NULL;
  GError *error = NULL;

  if (!job_prepare (&job, settings, TRUE, cancellable, &error) || (more->force && !job_check_output (&job, more->output, TRUE, &error)))
    return fail_with (error);
  if (settings->dry_run)
    {
      job_print_plan (&job);
      return finish_output (judge_failures (&job, NULL));
    }
  report = open_report (&job, settings, more, arguments, &error);
  if (report == NULL)
    return fail_with (error);
  sonde_report_begin (report, job.model);
  if (!settings->quiet)
    job_show_progress (&job);
  if (!execute (&job, report, more, settings->quiet, cancellable, &error))
    {
      g_clear_object (&job.run); /* closes what it writes before the folder goes */
      g_clear_object (&report);
      return job_fail (settings, error);
    }
  tell (&job, report, settings, more);
  return finish_output (judge_failures (&job, more->output));
}

/* Help and whatever is said of other options is in that language, too, so it is looked for before they are. */
static gboolean
choose_locale (char **words,
               GError **error)
{
  g_autofree char *locale = NULL;
  const GOptionEntry entries[] = {
    { "locale", 0, 0, G_OPTION_ARG_STRING, &locale, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_auto (GStrv) copy = g_strdupv (words);

  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_ignore_unknown_options (context, TRUE);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_parse_strv (context, &copy, NULL); /* the others' faults are told when they are parsed */
  return locale == NULL || sonde_language_choose (locale, error);
}

int
command_run (int argc,
             char **argv)
{
  g_auto (Settings) settings = SETTINGS_INIT;
  g_auto (RunSettings) more = { 0 };
  const GOptionEntry own[] = {
    { "capture", 0, 0, G_OPTION_ARG_FILENAME, &settings.capture, N_ ("Analyse an earlier capture, or arrays of any tool, instead of running a model (.safetensors, .npz, .npy, or a folder of these)"), N_ ("FILE") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &more.output, N_ ("Folder of the report (default: sonde-report); must not exist or must be empty"), N_ ("DIR") },
    { "force", 0, 0, G_OPTION_ARG_NONE, &more.force, N_ ("Replace the report in an output folder that is not empty; other files in it stay"), NULL },
    { "format", 0, 0, G_OPTION_ARG_STRING, &more.format, N_ ("Formats: svg,pdf,png of the figures; npz of the tables, with an array a column, beside their CSV (default: svg,pdf)"), N_ ("LIST") },
    { "theme", 0, 0, G_OPTION_ARG_STRING, &more.theme, N_ ("Colours of figures and pages (default: light)"), "light|dark" },
    { "locale", 0, 0, G_OPTION_ARG_STRING, &more.locale, N_ ("Language of the report and of whatever this run says (default: that of the system)"), SONDE_LANGUAGE_CHOICES },
    { "save-capture", 0, 0, G_OPTION_ARG_NONE, &more.save_capture, N_ ("Keep the activations too, as capture.safetensors"), NULL },
    { "isolate", 0, 0, G_OPTION_ARG_NONE, &settings.isolate, N_ ("Run each analyzer in a process of its own: one that crashes, hangs or eats memory costs only what it would have given"), NULL },
    { "isolate-time", 0, 0, G_OPTION_ARG_DOUBLE, &settings.isolate_time, N_ ("With --isolate: seconds that one call of an analyzer may take (default: 300)"), N_ ("SECONDS") },
    { "isolate-memory", 0, 0, G_OPTION_ARG_FILENAME, &settings.isolate_memory, N_ ("With --isolate: memory that each process may have for itself, as 500M or 2G (default: half of the machine's)"), N_ ("SIZE") },
    { "sha256", 0, 0, G_OPTION_ARG_NONE, &more.sha256, N_ ("Add the weights' sha256 to the provenance"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &more.json, N_ ("Print results.json on stdout"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autofree GOptionEntry *entries = settings_list_entries (&settings, own);
  g_auto (GStrv) arguments = g_strdupv (argv);
  GError *error = NULL;
  int status;

  if (!choose_locale (arguments, &error))
    return fail_usage_with (error);
  status = parse_options_and_help (&argc, &argv, entries, _ ("RECIPE|CHAIN [OPTION…]"),
                                   _ ("Runs a model as a recipe says, analyses what is inside it, and writes figures, tables and a report."),
                                   _ ("A chain is written as in: sonde run TAP '!' ANALYZER PROPERTY=VALUE '!' ANALYZER\n"
                                      "“sonde list” shows recipes and plugins, “sonde inspect NAME” the properties of one, and\n"
                                      "“sonde run CHAIN --help” those of all in a chain or recipe.\n"
                                      "What “sonde config” keeps goes before the defaults of --format, --theme and --threads."),
                                   settings_print_help, &settings);

  if (status >= 0)
    return status;
  settings_split_chain (&settings);
  if (!check_settings (&settings, &more, &error))
    return fail_usage_with (error);
  if (settings.words == NULL)
    return fail_usage (_ ("name a recipe or a chain, “sonde list” shows them"));
  if (settings.capture != NULL && settings.checkpoint != NULL)
    return fail_usage (_ ("--capture brings rows that are there, so --checkpoint has nothing to keep: leave it out"));
  if (settings.capture != NULL && (settings.model != NULL || settings.text != NULL || settings.target != NULL))
    return fail_usage (_ ("--capture brings rows that are there, so --model, --text and --target mean nothing with it: leave them out"));
  return run (&settings, &more, (const char *const *) arguments);
}
