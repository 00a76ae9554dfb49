#define G_LOG_DOMAIN "sonde"

#include <glib.h>
#include <libintl.h>

#include "sonde-paths-private.h"

/* The catalogues lie where the library does, whoever loads it: Python and plugins speak the user's language too. */
__attribute__ ((constructor)) static void
find_catalogues (void)
{
  g_autofree char *folder = _sonde_paths_dup_locale_dir ();

  bindtextdomain (GETTEXT_PACKAGE, folder);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}
