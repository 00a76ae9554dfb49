#pragma once

#include "sonde-error.h"

G_BEGIN_DECLS

/* "Result xor error": what a plugin's method must give. A scripting language that raises the wrong kind of exception gives
 * neither; a careless method gives both. @object names the plugin's class in the sentence. */
gboolean _sonde_check_outcome (gpointer object, const char *method, gboolean succeeded, GError *local, GError **error);

G_END_DECLS
