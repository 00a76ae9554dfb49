#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Files that are read where they lie, and that somebody may cut short meanwhile: whoever then reads behind their end is sent SIGBUS. */
GBytes *sonde_mapped_file_load (const char *path, GError **error);
/* For a handler of SIGBUS. */
gboolean sonde_mapped_file_repair (gconstpointer address);
/* %FALSE with %SONDE_ERROR_FORMAT where one of them became shorter. */
gboolean sonde_mapped_file_check (GError **error);

G_END_DECLS
