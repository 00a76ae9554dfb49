#include "program.h"

#include <stdio.h>

#include <cairo.h>
#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <libpeas/peas.h>
#include <pango/pango.h>
#include <xxhash.h>

#include "sonde-blas.h"
#include "sonde-threads.h"

static void
print_versions (void)
{
  g_autofree char *blas = sonde_blas_dup_version ();
  unsigned xxhash = XXH_versionNumber ();

  printf ("%s %s, %s, %s, %u threads\n", sonde_blas_get_name (), blas, sonde_blas_get_core (), sonde_blas_get_flavour (), sonde_threads_get_n ());
  if (sonde_blas_takes_turns ())
    printf (_ ("  (it was built without locks, so that only one thread multiplies at a time: libopenblas0-pthread is faster)\n"));
  if (sonde_blas_get_known_core () != NULL)
    printf (_ ("  (it does not know this processor and would have taken %s)\n"), sonde_blas_get_known_core ());
  if (sonde_blas_get_linear_kernel () != NULL)
    printf (_ ("  (models' linear maps are multiplied by kernels of sonde's own for %s)\n"), sonde_blas_get_linear_kernel ());
  printf ("GLib %u.%u.%u\n", glib_major_version, glib_minor_version, glib_micro_version);
  printf ("libpeas %d.%d.%d\n", PEAS_MAJOR_VERSION, PEAS_MINOR_VERSION, PEAS_MICRO_VERSION);
  printf ("JSON-GLib %d.%d.%d\n", JSON_MAJOR_VERSION, JSON_MINOR_VERSION, JSON_MICRO_VERSION);
  printf ("cairo %s\n", cairo_version_string ());
  printf ("Pango %s\n", pango_version_string ());
  printf ("xxHash %u.%u.%u\n", xxhash / 10000, xxhash / 100 % 100, xxhash % 100);
}

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
    print_versions ();
  return finish_output (EXIT_DONE);
}
