#pragma once

#include <locale.h>

#include <glib.h>

G_BEGIN_DECLS

typedef locale_t SondeEnglish;

/* What gettext gives this thread is as it was written, and numbers are as in files for programs, from begin to end. */
SondeEnglish _sonde_english_begin (void);
void _sonde_english_pause (void); /* until the next begin or end, the thread speaks as it did before any began */
void _sonde_english_end (SondeEnglish before);
gboolean _sonde_english_is_spoken (void); /* whether what gettext gives is as it was written */

G_END_DECLS
