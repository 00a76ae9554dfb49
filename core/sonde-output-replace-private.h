#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Names in a folder of parts, the one that a run makes for itself in or beside its output. */
#define _SONDE_PART_NEW "new"   /* the report, as it is written */
#define _SONDE_PART_OLD "old"   /* what it replaces, while files are moved */
#define _SONDE_PART_GONE "gone" /* the same, when the new report is in place */

/* Moves the report, whose files are @names, from @part into @folder, and what an older report there says it wrote out of it. On failure
 * everything is where it was, or recovery brings it there. */
gboolean _sonde_replace_report (int part, int folder, const char *directory, GPtrArray *names, GError **error);
/* What runs that were killed left in @parent, as folders whose names are @prefix and six more letters: a report that was half replaced is
 * itself again, and the folders are removed. Those of runs that go on are left alone. Fails where an older report cannot be put back. */
gboolean _sonde_replace_recover (int parent, const char *prefix, const char *directory, GError **error);
/* A lock that the system takes away with the process that holds it. */
gboolean _sonde_replace_lock (int part);

G_END_DECLS
