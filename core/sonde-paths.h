#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where plugins and data are looked for, in this order, never the current directory:
 * 1. SONDE_PLUGIN_PATH, SONDE_DATA_PATH: absolute directories separated by ':'
 * 2. the user's data directory: $XDG_DATA_HOME/sonde/plugins, $XDG_DATA_HOME/sonde
 * 3. the build tree, when the running program lies in one; else the directories of the installation
 * A program that has other rights than whoever started it (setuid) looks in those of the installation only. */
char **sonde_paths_dup_plugin_dirs (void);
char **sonde_paths_dup_data_dirs (void);
/* The first data directory that has @relative, as a path; NULL where none has. */
char *sonde_paths_find_data (const char *relative);

G_END_DECLS
