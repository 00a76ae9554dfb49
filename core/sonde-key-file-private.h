#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (nullable): the value in the user's language where the file has one, or a catalogue has, for @context (nullable), what stands there without
 * a language; else that. An escape that means nothing stays. */
char *_sonde_key_file_dup_prose (GKeyFile *file, const char *group, const char *key, const char *context);

G_END_DECLS
