#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Whether a source, a directory or a file, is one of those that a manifest's X-Sonde-Opens speaks of (sonde-plugin.h says how).
 * Looks at names only and opens no file. */
gboolean _sonde_source_fits (const char *path, const char *const *patterns);

G_END_DECLS
