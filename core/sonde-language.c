#define G_LOG_DOMAIN "sonde"

#include "sonde-language.h"

#include <locale.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-paths-private.h"

#define ENGLISH "en"

/* The catalogues lie where the library does, whoever loads it: Python and plugins speak the user's language too. */
__attribute__ ((constructor)) static void
find_catalogues (void)
{
  g_autofree char *folder = _sonde_paths_dup_locale_dir ();

  bindtextdomain (GETTEXT_PACKAGE, folder);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}

/* ---- one language for the whole program ---- */

/* "de_AT.UTF-8" becomes "de", "pt-BR" "pt_BR", "zh" "zh_CN"; (nullable): none of ours. */
static const char *
find_language (const char *name)
{
  static const char *const known[] = { ENGLISH, SONDE_LANGUAGES NULL };
  g_autofree char *plain = g_strdelimit (g_strndup (name, strcspn (name, ".@")), "-", '_');
  const gsize length = strcspn (plain, "_");

  if (g_str_equal (plain, "C") || g_str_equal (plain, "POSIX"))
    return ENGLISH;
  for (guint i = 0; known[i] != NULL; i++)
    if (g_str_equal (known[i], plain))
      return known[i];
  for (guint i = 0; known[i] != NULL; i++)
    if (length > 0 && strncmp (known[i], plain, length) == 0 && (known[i][length] == '\0' || plain[length] == '\0') && (known[i][length] == '\0' || known[i][length] == '_'))
      return known[i];
  return NULL;
}

/* Each category as it is, in a variable of its own: LC_ALL would go before the language, here and in processes that are started. */
static void
spread_all (void)
{
  static const struct
  {
    int category;
    const char *name;
  } categories[] = { { LC_CTYPE, "LC_CTYPE" }, { LC_NUMERIC, "LC_NUMERIC" }, { LC_TIME, "LC_TIME" }, { LC_COLLATE, "LC_COLLATE" }, { LC_MONETARY, "LC_MONETARY" } };

  for (guint i = 0; i < G_N_ELEMENTS (categories); i++)
    g_setenv (categories[i].name, setlocale (categories[i].category, NULL), TRUE);
  g_unsetenv ("LC_ALL");
}

static void
set_messages (const char *locale,
              const char *language)
{
  g_setenv ("LC_MESSAGES", locale, TRUE);
  g_setenv ("LANGUAGE", language, TRUE);
  setlocale (LC_MESSAGES, locale);
}

/**
 * sonde_language_choose:
 * @name: "de", "pt_BR", "zh-CN", or a locale of such a language; "en" or "C" is what the words were written in
 *
 * Has the program, and those that it starts, speak this language, whatever the environment says. To be called before other threads
 * run. Numbers, dates and the order of names stay as they are.
 *
 * Returns: %FALSE with @error set where there is no such language, or its catalogue is not installed
 */
gboolean
sonde_language_choose (const char *name,
                       GError **error)
{
  static const char nothing[] = "";
  const char *found;

  g_return_val_if_fail (name != NULL, FALSE);

  found = find_language (name);
  if (found == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("“%s” is no language that sonde speaks: choose one of %s"), name, SONDE_LANGUAGE_LIST);
      return FALSE;
    }
  spread_all ();
  if (g_str_equal (found, ENGLISH))
    {
      set_messages ("C", "C");
      return TRUE;
    }
  set_messages ("C.UTF-8", found); /* any but C, for which gettext would look at no catalogue */
  if (*dgettext (GETTEXT_PACKAGE, nothing) != '\0')
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("the words of the language %s are not installed: install sonde with them, or choose en"), found);
  return FALSE;
}

/**
 * sonde_language_translate:
 * @text: (nullable): what N_() marked
 *
 * Translates what is kept as it was written, as descriptions of properties and tables are: programs read them in English.
 *
 * Returns: (transfer none) (nullable): the text in the user's language, or @text where it is not known
 */
const char *
sonde_language_translate (const char *text)
{
  return text == NULL || *text == '\0' ? text : dgettext (GETTEXT_PACKAGE, text);
}
