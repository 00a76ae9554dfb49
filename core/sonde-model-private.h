#pragma once

#include "sonde-model.h"
#include "sonde-words-private.h"

G_BEGIN_DECLS

/* The model keeps a reference to who opened it. */
void _sonde_model_set_provider (SondeModel *self, const char *name, SondeModelProvider *provider);

/* Microseconds since 1970 of a moment before any file of it was read; 0: not known. */
void _sonde_model_set_opened (SondeModel *self, gint64 when);
gint64 _sonde_model_get_opened (SondeModel *self);

/* A model that brings rows has conditions, stages and layers of them; one that runs text has none of the three. */
gboolean _sonde_model_check_rows (SondeModel *self, GError **error);

/* For files that programs read. */
const char *_sonde_model_get_english_name (SondeModel *self);

/* Its warnings go to @sentences: it is asked in English, and in the user's language. */
void _sonde_model_tell_warnings (SondeModel *self, SondeSentences *sentences);

/* What went wrong in its methods that cannot fail, or in its tokenizer's. */
gboolean _sonde_model_check_faults (SondeModel *self, GError **error);

G_END_DECLS
