#pragma once

#include <locale.h>

#include <glib.h>

G_BEGIN_DECLS

typedef locale_t SondeEnglish;

/* What gettext gives this thread is as it was written, from the first to the second; for what goes into files. */
SondeEnglish _sonde_english_begin (void);
void _sonde_english_end (SondeEnglish before);
gboolean _sonde_english_is_spoken (void);

G_END_DECLS
