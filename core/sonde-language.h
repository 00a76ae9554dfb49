#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* To be called before other threads run. */
gboolean sonde_language_choose (const char *name, GError **error);
const char *sonde_language_translate (const char *text);

G_END_DECLS
