#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (nullable): the value in the user's language where there is one, else as it stands without a language; an escape that means nothing stays. */
char *_sonde_key_file_dup_prose (GKeyFile *file, const char *group, const char *key);

G_END_DECLS
