#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define SONDE_TYPE_SETTINGS (sonde_settings_get_type ())
/* What the user chose once for every run. On the command line and in recipes the same can be said for one. */
G_DECLARE_FINAL_TYPE (SondeSettings, sonde_settings, SONDE, SETTINGS, GObject)

SondeSettings *sonde_settings_new (void);

const char *const *sonde_settings_list_keys (void);
const char *sonde_settings_get_summary (const char *key); /* translated */
const char *const *sonde_settings_list_choices (const char *key);
char *sonde_settings_dup_place (SondeSettings *self);                   /* where they are kept */
char *sonde_settings_dup_origin (SondeSettings *self, const char *key); /* (nullable): where this one is; NULL: it is the default */

GVariant *sonde_settings_dup_value (SondeSettings *self, const char *key, GError **error);                 /* the default where nothing was chosen */
gboolean sonde_settings_set_value (SondeSettings *self, const char *key, GVariant *value, GError **error); /* NULL: the default again */

/* As people write them: lists with commas between. */
GVariant *sonde_settings_parse_value (const char *key, const char *text, GError **error);
char *sonde_settings_print_value (GVariant *value);

G_END_DECLS
