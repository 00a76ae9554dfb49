#include <stdio.h>
#include <sys/auxv.h>

#include "sonde.h"

/* Prints where the library looks for plugins and data. tests/cli/test-trust.py gives a copy of it another user's rights. */

static void
print_all (const char *what,
           char **paths)
{
  for (guint i = 0; paths[i] != NULL; i++)
    printf ("%s: %s\n", what, paths[i]);
  g_strfreev (paths);
}

int
main (void)
{
  printf ("privileged: %s\n", getauxval (AT_SECURE) != 0 ? "yes" : "no");
  print_all ("plugins", sonde_paths_dup_plugin_dirs ());
  print_all ("data", sonde_paths_dup_data_dirs ());
  return 0;
}
