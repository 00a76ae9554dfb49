#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

/* Sees the file's name to the disk, where the file system can do so. */
static void
sync_folder (const char *folder)
{
  const int file = g_open (folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);

  if (file < 0)
    return;
  fsync (file);
  close (file);
}

/* What went wrong with the file that is written first, said of the one that was asked for. */
static void
name_output (GError *error,
             const char *partial,
             const char *output)
{
  g_auto (GStrv) pieces = g_strsplit (error->message, partial, -1);

  g_free (error->message);
  error->message = g_strjoinv (output, pieces);
}

static gboolean
check_folder (const char *output,
              GError **error)
{
  g_autofree char *folder = g_path_get_dirname (output);

  if (g_file_test (folder, G_FILE_TEST_IS_DIR))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s” cannot be written: there is no folder “%s”: make it, or choose another place with -o"), output, folder);
  return FALSE;
}

/* The file is written under another name beside its place and renamed when it is whole. */
static gboolean
capture_to (Job *job,
            const char *output,
            GCancellable *cancellable,
            GError **error)
{
  g_autofree char *folder = g_path_get_dirname (output);
  g_autofree char *base = g_path_get_basename (output);
  g_autofree char *partial = g_strdup_printf ("%s/.part-%08x-%s", folder, g_random_int (), base);
  GError *local = NULL;
  gboolean done;

  set_unfinished (partial);
  sonde_run_set_capture (job->run, partial);
  done = sonde_run_execute (job->run, cancellable, &local);
  if (!done)
    {
      name_output (local, partial, output);
      g_propagate_error (error, local);
    }
  if (done && g_rename (partial, output) != 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s” cannot be put in place: %s: choose another with -o"), output, g_strerror (errno));
      done = FALSE;
    }
  if (!done)
    {
      g_clear_object (&job->run); /* closes what it writes */
      g_unlink (partial);
    }
  set_unfinished (NULL);
  if (done)
    sync_folder (folder);
  return done;
}

static int
capture (const Settings *settings,
         const char *output)
{
  g_autoptr (GCancellable) cancellable = watch_interrupts ();
  g_auto (Job) job = { 0 };
  GError *error = NULL;

  if (!sonde_capture_check_name (output, &error) || !check_folder (output, &error) || !job_prepare (&job, settings, FALSE, cancellable, &error) || !job_check_output (&job, output, FALSE, &error))
    return g_error_matches (error, SONDE_ERROR, SONDE_ERROR_CHAIN) ? fail_usage_with (error) : fail_with (error);
  if (settings->dry_run)
    {
      job_print_plan (&job);
      return finish_output (EXIT_DONE);
    }
  for (guint i = 0; i < sonde_run_get_warnings (job.run)->len; i++)
    warn_with (g_ptr_array_index (sonde_run_get_warnings (job.run), i));
  if (!settings->quiet)
    job_show_progress (&job);
  if (!capture_to (&job, output, cancellable, &error))
    return job_fail (settings, error);
  clear_progress ();
  job_tell_checkpoint (&job, settings, settings->quiet);
  if (!settings->quiet)
    {
      g_autofree char *shown = dup_printable (output);

      printf (_ ("The activations are in %s\n"), shown);
    }
  return finish_output (EXIT_DONE);
}

int
command_capture (int argc,
                 char **argv)
{
  g_auto (Settings) settings = SETTINGS_INIT;
  g_autofree char *output = NULL;
  const GOptionEntry own[] = {
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output, N_ ("File to write: NAME.safetensors or NAME.npz"), N_ ("FILE") },
    G_OPTION_ENTRY_NULL,
  };
  GError *error = NULL;
  g_autofree GOptionEntry *entries = settings_list_entries (&settings, own);
  int status = parse_options (&argc, &argv, entries, _ ("[RECIPE|TAP [PROPERTY=VALUE…]] -o FILE [OPTION…]"),
                              _ ("Runs a model as a recipe says, or looks at it through a tap, and keeps the activations: CONDITION/L6/STAGE, rows x features, float32."), NULL);

  if (status >= 0)
    return status;
  if (!settings_check (&settings, &error))
    return fail_usage_with (error);
  if (output == NULL)
    return fail_usage (_ ("name the file to write with -o"));
  settings_split_chain (&settings);
  return capture (&settings, output);
}
