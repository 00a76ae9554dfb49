#pragma once

#include "sonde-error.h"

G_BEGIN_DECLS

/* Sentences quote what files and people say, which may be anything: what would break the line, or is no text, is shown as \x and its
 * number instead. */
char *_sonde_sentence_dup_line (const char *sentence);
/* The same for an error's message. To be called where an error leaves the library; without one, it does nothing. */
void _sonde_error_make_line (GError **error);

/* Whether a file or folder could not be read although it is there and the user's: what is not there, or somebody else's, is none. */
gboolean _sonde_error_is_of_what_is_there (const GError *error);

G_END_DECLS
