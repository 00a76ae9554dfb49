#define G_LOG_DOMAIN "sonde"

#include "sonde-language.h"

#include <locale.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-paths-private.h"

#define ENGLISH "en"

/* The catalogues lie where the library does, whoever loads it. Which language it is, the program's setlocale () says: one in Python calls
 * locale.setlocale (), or sonde_language_choose (). */
__attribute__ ((constructor)) static void
find_catalogues (void)
{
  g_autofree char *folder = _sonde_paths_dup_locale_dir ();

  bindtextdomain (GETTEXT_PACKAGE, folder);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
}

static gboolean
is_installed (const char *language)
{
  g_autofree char *path = g_build_filename (bindtextdomain (GETTEXT_PACKAGE, NULL), language, "LC_MESSAGES", GETTEXT_PACKAGE ".mo", NULL);

  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

/* ---- names of languages ---- */

static gboolean
is_english (const char *name)
{
  return g_str_equal (name, "C") || g_str_equal (name, "POSIX") || g_str_equal (name, ENGLISH) || g_str_has_prefix (name, ENGLISH "_");
}

/* Whether @known, "zh_CN", is of the same language as @name; Chinese in other letters than these is not. */
static gboolean
is_of_language (const char *known,
                const char *name)
{
  const gsize length = strcspn (known, "_");

  if (g_ascii_strncasecmp (known, name, length) != 0 || (name[length] != '\0' && name[length] != '_'))
    return FALSE;
  return !g_str_has_prefix (known, "zh") || name[length] == '\0' || g_ascii_strcasecmp (name + length, "_Hans") == 0 || g_ascii_strcasecmp (name + length, "_SG") == 0;
}

/* "de_AT.UTF-8" becomes "de", "pt-BR" and "pt_PT" "pt_BR", "zh" and "zh-Hans" "zh_CN"; (nullable): none of ours. */
static const char *
find_language (const char *name)
{
  static const char *const known[] = { SONDE_LANGUAGES NULL };
  g_autofree char *plain = g_strdelimit (g_strndup (name, strcspn (name, ".@")), "-", '_');

  if (is_english (plain))
    return ENGLISH;
  for (guint i = 0; known[i] != NULL; i++)
    if (g_ascii_strcasecmp (known[i], plain) == 0)
      return known[i];
  for (guint i = 0; known[i] != NULL; i++)
    if (is_of_language (known[i], plain))
      return known[i];
  return NULL;
}

/* ---- one language for the whole program ---- */

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

/* gettext looks anew only where the locale is another one. */
static void
set_messages (const char *locale,
              const char *language)
{
  g_setenv ("LC_MESSAGES", locale, TRUE);
  g_setenv ("LANGUAGE", language, TRUE);
  setlocale (LC_MESSAGES, "C");
  setlocale (LC_MESSAGES, locale);
}

/**
 * sonde_language_choose:
 * @name: "de", "pt_BR", "zh-CN", or a locale of such a language; "en" or "C" is what the words were written in
 *
 * Has the program, and those that it starts, speak this language, whatever the environment says. To be called before other threads
 * run. Numbers, dates and the order of names stay as they are.
 *
 * Returns: %FALSE with @error set, and nothing changed, where there is no such language, or its catalogue is not installed
 */
gboolean
sonde_language_choose (const char *name,
                       GError **error)
{
  const char *found;

  g_return_val_if_fail (name != NULL, FALSE);

  found = find_language (name);
  if (found == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("“%s” is no language that sonde speaks: choose one of %s"), name, SONDE_LANGUAGE_LIST);
      return FALSE;
    }
  if (!g_str_equal (found, ENGLISH) && !is_installed (found))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("the words of the language %s are not installed: install sonde with them, or choose en"), found);
      return FALSE;
    }
  spread_all ();
  if (g_str_equal (found, ENGLISH))
    set_messages ("C", "C");
  else
    set_messages ("C.UTF-8", found); /* any but C, for which gettext would look at no catalogue */
  return TRUE;
}

/**
 * sonde_language_settle:
 *
 * For a program that just called setlocale(): where the environment names English before other languages, as "en:de" does, it is English.
 * gettext, which knows of no English catalogue, would go on to the next. To be called before other threads run.
 */
void
sonde_language_settle (void)
{
  const char *list = g_getenv ("LANGUAGE");
  g_auto (GStrv) names = g_strsplit (list != NULL ? list : "", ":", -1);

  for (guint i = 0; names[i] != NULL; i++)
    {
      const char *found = find_language (names[i]);

      if (found == NULL || (!g_str_equal (found, ENGLISH) && !is_installed (found)))
        continue;
      if (g_str_equal (found, ENGLISH) && names[i + 1] != NULL)
        sonde_language_choose (ENGLISH, NULL);
      return;
    }
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
  return sonde_language_translate_in (NULL, text);
}

/**
 * sonde_language_translate_in:
 * @context: (nullable): what it is: "recipe" for titles and descriptions of recipes and conditions, "stage" for labels of stages, "formula" for what a site holds
 * @text: (nullable): what NC_() marked; without @context, what N_() did
 *
 * Translates as sonde_language_translate() does what may be somebody's own word: one that is none of ours of that kind stays as it is.
 *
 * Returns: (transfer none) (nullable): the text in the user's language, or @text where it is not known
 */
const char *
sonde_language_translate_in (const char *context,
                             const char *text)
{
  if (text == NULL || *text == '\0')
    return text;
  return context != NULL ? g_dpgettext2 (GETTEXT_PACKAGE, context, text) : g_dgettext (GETTEXT_PACKAGE, text);
}
