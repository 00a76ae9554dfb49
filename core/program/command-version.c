#include "program.h"

#include <stdio.h>

#include <glib/gi18n-lib.h>

#include "bug-report.h"

int
command_version (int argc,
                 char **argv)
{
  gboolean verbose = FALSE;

  for (int i = 1; i < argc; i++)
    if (g_str_equal (argv[i], "--verbose"))
      verbose = TRUE;
    else if (!g_str_equal (argv[i], "--version"))
      return fail_usage (_ ("“%s” does not go with --version: leave it out"), argv[i]);
  printf ("sonde %s\n", SONDE_VERSION);
  if (verbose)
    print_bug_report (stdout);
  return finish_output (EXIT_DONE);
}
