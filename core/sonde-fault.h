#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* What went wrong in a method of a plugin that has no error to give, such as what lists sites: it is kept with the object, and whoever
 * can fail tells it. Bindings of languages with exceptions call the first two. */
char *sonde_fault_dup_sentence (const char *plugin, const char *method, const char *what, const char *file, guint line);
void sonde_fault_record (GObject *object, const char *sentence);
/* %FALSE where something was recorded: the first of it, which is then forgotten. */
gboolean sonde_fault_check (GObject *object, GError **error);

G_END_DECLS
