#pragma once

#include <sonde.h>

G_BEGIN_DECLS

/* What every plugin keeps, whoever wrote it. @plugin is its name, with PROPERTY=VALUE words behind it where it needs some; @source is
 * an example of what a model provider opens, the model that a tap looks at (NULL: the demo model), and NULL for analyzers. */

char **sonde_testing_list_checks (SondeRegistry *registry, const char *plugin, GError **error);
gboolean sonde_testing_run_check (SondeRegistry *registry, const char *plugin, const char *source, const char *check, char **skipped, GError **error);
gboolean sonde_testing_check_plugin (SondeRegistry *registry, const char *plugin, const char *source, GError **error);
int sonde_testing_main (int argc, char **argv, const char *plugin, const char *source);

G_END_DECLS
