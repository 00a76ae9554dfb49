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
      english = newlocale (LC_ALL_MASK, "C", (locale_t) 0);
      g_once_init_leave (&known, 1);
    }
  return english;
}

static _Thread_local locale_t own; /* what the thread had when it began to speak English */

SondeEnglish
_sonde_english_begin (void)
{
  const locale_t before = uselocale (get_english ());

  if (before != get_english ())
    own = before;
  return before;
}

void
_sonde_english_pause (void)
{
  if (uselocale ((locale_t) 0) == get_english ())
    uselocale (own);
}

void
_sonde_english_end (SondeEnglish before)
{
  uselocale (before);
}

gboolean
_sonde_english_is_spoken (void)
{
  const char *messages = setlocale (LC_MESSAGES, NULL);

  return uselocale ((locale_t) 0) == get_english () || g_str_equal (messages, "C") || g_str_equal (messages, "POSIX");
}
