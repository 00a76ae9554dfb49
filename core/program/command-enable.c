#include "program.h"

#include <stdio.h>

#include <glib/gi18n-lib.h>

#include "sonde.h"

static int
set_enabled (int argc,
             char **argv,
             gboolean enabled)
{
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
  const char *summary = enabled ? _ ("Lets plugins be used again. Remembered for the user.") : _ ("Keeps plugins from being used. Remembered for the user.");
  g_autoptr (SondeRegistry) registry = NULL;
  g_autoptr (GCancellable) cancellable = NULL;
  GError *error = NULL;
  int status = parse_options (&argc, &argv, entries, _ ("NAME…"), summary, NULL);

  if (status >= 0)
    return status;
  if (argc < 2)
    return fail_usage (_ ("name at least one plugin: “sonde list” shows them"));
  cancellable = watch_interrupts (); /* the file is written to its end */
  registry = sonde_registry_new ();
  for (int i = 1; i < argc; i++)
    if (sonde_registry_find (registry, argv[i]) == NULL)
      {
        sonde_registry_set_enabled (registry, argv[i], enabled, &error);
        return fail_with (error);
      }
  if (g_cancellable_set_error_if_cancelled (cancellable, &error))
    return fail_with (error);
  for (int i = 1; i < argc; i++)
    if (!sonde_registry_set_enabled (registry, argv[i], enabled, &error))
      return fail_with (error);
  return EXIT_DONE;
}

int
command_enable (int argc,
                char **argv)
{
  return set_enabled (argc, argv, TRUE);
}

int
command_disable (int argc,
                 char **argv)
{
  return set_enabled (argc, argv, FALSE);
}
