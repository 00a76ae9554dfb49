#pragma once

#include "sonde.h"

G_BEGIN_DECLS

/* Whether the name is that of a file that holds arrays. */
gboolean arrays_folder_is_name (const char *name);
/* NULL where arrays lie in the folder; otherwise why it is none of ours, (transfer full). Looks at names only, and at few. */
char *arrays_folder_find_reason (const char *path);
/* The files with arrays in a folder and those below it, as paths from there, in natural order: “L2” before “L10”. Regular files only,
 * nothing hidden, nothing outside that a link leads to, and no models. @skipped gets what was passed by, for people.
 * (transfer container) */
GPtrArray *arrays_folder_list (const char *path, const char *what, GPtrArray *skipped, GCancellable *cancellable, GError **error);

G_END_DECLS
