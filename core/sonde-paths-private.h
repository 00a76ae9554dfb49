#pragma once

#include "sonde-paths.h"

G_BEGIN_DECLS

/* A path of the installation, as it was configured, where it is now. */
char *_sonde_paths_dup_installed (const char *path);

/* (nullable): where an installation keeps the schema of its settings. */
char *_sonde_paths_dup_schema_dir (void);

/* Where messages in other languages lie. */
char *_sonde_paths_dup_locale_dir (void);

/* What plugins in Python need: where libsonde's introspection data lie, if they were built, in the build tree or the installation. */
char *_sonde_paths_dup_typelib_dir (void);
/* And what Python must find for their faults to be told in full; it belongs in PYTHONPATH before Python is started. NULL where nothing
 * for Python was built. */
char *_sonde_paths_dup_python_dir (void);

G_END_DECLS
