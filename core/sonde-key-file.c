#define G_LOG_DOMAIN "sonde"

#include "sonde-key-file-private.h"

#include "sonde-english-private.h"
#include "sonde-language.h"

/* Where there is no other language, g_key_file_get_locale_string () loses the error that comes with an escape that means nothing. */
char *
_sonde_key_file_dup_prose (GKeyFile *file,
                           const char *group,
                           const char *key,
                           const char *context)
{
  const char *spoken = _sonde_english_is_spoken () ? "C" : NULL; /* GLib would look at LANGUAGE alone */
  g_autofree char *locale = g_key_file_get_locale_for_key (file, group, key, spoken);
  g_autofree char *text = locale != NULL ? g_key_file_get_locale_string (file, group, key, locale, NULL) : g_key_file_get_string (file, group, key, NULL);

  return g_strdup (sonde_language_translate_in (context, text));
}
