#define G_LOG_DOMAIN "sonde"
#define _GNU_SOURCE /* uselocale () */

#include "sonde-english-private.h"

static locale_t
get_english (void)
{
  static gsize known = 0;
  static locale_t english;

  if (g_once_init_enter (&known))
    {
      english = newlocale (LC_MESSAGES_MASK, "C", duplocale (LC_GLOBAL_LOCALE));
      g_once_init_leave (&known, 1);
    }
  return english;
}

SondeEnglish
_sonde_english_begin (void)
{
  return uselocale (get_english ());
}

void
_sonde_english_end (SondeEnglish before)
{
  uselocale (before);
}

gboolean
_sonde_english_is_spoken (void)
{
  return uselocale ((locale_t) 0) == get_english ();
}
