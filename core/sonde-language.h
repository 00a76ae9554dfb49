#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* To be called before other threads run. */
gboolean sonde_language_choose (const char *name, GError **error);
void sonde_language_settle (void); /* after setlocale () */
const char *sonde_language_translate (const char *text);
const char *sonde_language_translate_in (const char *context, const char *text); /* what NC_ () marked: of several meanings one */

G_END_DECLS
