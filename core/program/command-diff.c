#include "diff.h"
#include "job.h"

#include <math.h>

#include <glib/gi18n-lib.h>

typedef struct
{
  double tolerance;
  double relative;
  gboolean common;
  gboolean json;
  char *figure;
  char **set;
} DiffSettings;

static void
diff_settings_clear (DiffSettings *settings)
{
  g_free (settings->figure);
  g_strfreev (settings->set);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DiffSettings, diff_settings_clear)

static gboolean
check_told (const Diff *diff,
            const GPtrArray *told,
            GError **error)
{
  SondeModel *const models[] = { diff->sides[0].model, diff->sides[1].model };
  const char *unused = settings_find_unused (told, models, 2);

  if (unused == NULL)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("--set speaks of %s, but neither “%s” nor “%s” was opened by it: leave it out"), unused, diff->sides[0].path, diff->sides[1].path);
  return FALSE;
}

/* What was compared stands in the file too. */
static gboolean
save_figure (const Diff *diff,
             const char *path,
             GError **error)
{
  g_autoptr (SondeFigure) figure = diff_new_figure (diff);
  g_autofree char *metadata = g_strdup_printf ("sonde %s diff: %s", SONDE_VERSION, sonde_figure_get_caption (figure));

  return sonde_figure_save (figure, path, metadata, error);
}

static void
warn_of (Diff *diff,
         GPtrArray *warnings)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GPtrArray) sentences = sonde_model_list_warnings (diff->sides[i].model);

      for (guint j = 0; j < sentences->len; j++)
        warn_with (g_ptr_array_index (sentences, j));
    }
  for (guint i = 0; i < warnings->len; i++)
    warn_with (g_ptr_array_index (warnings, i));
}

static int
run (const DiffSettings *settings,
     const char *path_a,
     const char *path_b)
{
  g_autoptr (GCancellable) cancellable = watch_interrupts ();
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  g_autoptr (GPtrArray) told = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_auto (Diff) diff = { .tolerance = settings->tolerance, .relative = settings->relative };
  GError *error = NULL;
  guint n_over;

  if (!settings_configure_providers (registry, settings->set, told, &error) || !diff_open (&diff, path_a, path_b, registry, cancellable, &error) || !check_told (&diff, told, &error))
    return fail_with (error);
  diff_match (&diff, registry);
  if (!diff_check (&diff, settings->common, warnings, &error))
    return fail_with (error);
  warn_of (&diff, warnings);
  if (!diff_compare (&diff, cancellable, &error) || !sonde_mapped_file_check (&error) || (settings->figure != NULL && !save_figure (&diff, settings->figure, &error)))
    return fail_with (error);
  if (settings->json)
    diff_print_json (&diff);
  else
    {
      diff_print_table (&diff);
      diff_print_verdict (&diff);
    }
  warn_of_fonts ();
  diff_find_first_over (&diff, &n_over);
  return finish_output (n_over == 0 ? EXIT_DONE : EXIT_FAILED);
}

int
command_diff (int argc,
              char **argv)
{
  g_auto (DiffSettings) settings = { .tolerance = 1e-4 };
  const GOptionEntry entries[] = {
    { "tolerance", 0, 0, G_OPTION_ARG_DOUBLE, &settings.tolerance, N_ ("Largest absolute difference that is none (default: 1e-4)"), N_ ("T") },
    { "relative", 0, 0, G_OPTION_ARG_DOUBLE, &settings.relative, N_ ("What is none beside it, as a share of B’s number: a value differs where |A - B| > T + R |B| (default: 0)"), N_ ("R") },
    { "common", 0, 0, G_OPTION_ARG_NONE, &settings.common, N_ ("Compare what both have, and list what only one has; without this, that is refused"), NULL },
    { "figure", 0, 0, G_OPTION_ARG_FILENAME, &settings.figure, N_ ("Draw the differences over layers (.svg, .pdf, .png)"), N_ ("FILE") },
    { "set", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &settings.set, N_ ("Set a property of a provider of models or arrays; repeatable"), N_ ("PROVIDER.PROPERTY=VALUE") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &settings.json, N_ ("Print a JSON object with every site"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  GError *error = NULL;
  int status = parse_options (&argc, &argv, entries, _ ("A B [OPTION…]"),
                              _ ("Compares two captures, or a capture with a model that runs the same tokens again, as float32: per site the largest absolute\n"
                                 "and relative difference, cosine and Pearson r. The first that differs is the first in the order of the data flow."),
                              _ ("The relative difference of two numbers is that to the larger of them. Stages are the same where they are called the same, by\n"
                                 "their sites' names in other libraries too. NaN equals nothing, not even NaN. A figure has one line a stage over layers.\n"
                                 "Ends with 0 where every site agrees, with 1 where one differs, with 2 where they cannot be compared."));

  if (status >= 0)
    return status;
  if (argc != 3)
    return fail_usage (_ ("“sonde diff” takes two captures, or a capture and a model, but %d were given"), argc - 1);
  if (!(settings.tolerance >= 0) || !isfinite (settings.tolerance))
    return fail_usage (_ ("--tolerance takes a number of 0 or more"));
  if (!(settings.relative >= 0) || !isfinite (settings.relative))
    return fail_usage (_ ("--relative takes a number of 0 or more"));
  if (settings.figure != NULL && !sonde_figure_check_name (settings.figure, &error))
    return fail_usage_with (error);
  set_failure_status (EXIT_USAGE); /* whatever keeps them from being compared is no difference */
  return run (&settings, argv[1], argv[2]);
}
