/* Words in two languages: of one expression, whatever else it makes, in each thread by itself. The German catalogue is the build's. */
#include <libintl.h>

#include <glib/gstdio.h>

#include "sonde.h"

#define ENGLISH "Colours of figures and reports"

static char *
say (void)
{
  return g_strdup_printf ("%s!", sonde_language_translate (ENGLISH));
}

static void
check_pair (SondeWords *words)
{
  g_assert_cmpstr (sonde_words_get_english (words), ==, ENGLISH "!");
  g_assert_cmpstr (sonde_words_get_translated (words), ==, "Farben von Abbildungen und Berichten!");
  g_assert_cmpstr (sonde_words_get (words), ==, sonde_words_get_translated (words));
}

static void
test_pair (void)
{
  g_autoptr (SondeWords) words = SONDE_WORDS (say ());
  g_autoptr (SondeWords) other = sonde_words_ref (words);

  check_pair (other);
}

static void
test_plain (void)
{
  g_autoptr (SondeWords) words = sonde_words_new_plain (ENGLISH);

  g_assert_cmpstr (sonde_words_get_translated (words), ==, ENGLISH);
}

/* What a model says of itself is asked for twice, and may be made of words. */
static char *
say_of_words (void)
{
  g_autoptr (SondeWords) words = SONDE_WORDS (say ());

  return g_strdup (sonde_words_get (words));
}

static void
test_words_of_words (void)
{
  g_autoptr (SondeWords) words = SONDE_WORDS (say_of_words ());
  g_autofree char *after = say ();

  check_pair (words);
  g_assert_cmpstr (after, ==, sonde_words_get_translated (words));
}

static gpointer
speak (gpointer wait)
{
  for (guint i = 0; i < 2000; i++)
    {
      g_autoptr (SondeWords) words = SONDE_WORDS (say ());

      check_pair (words);
    }
  return NULL;
}

static void
test_threads (void)
{
  GThread *threads[4];

  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("speaker", speak, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

/* A program may choose anew; what cannot be chosen changes nothing. */
static void
test_choices (void)
{
  static const struct
  {
    const char *language, *text;
  } choices[] = { { "fr", "Couleurs des figures et des rapports!" }, { "en", ENGLISH "!" }, { "ja", "図とレポートの配色!" }, { "de", "Farben von Abbildungen und Berichten!" } };
  g_autofree char *folder = g_dir_make_tmp ("sonde-words-XXXXXX", NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    {
      g_autofree char *text = NULL;

      g_assert_true (sonde_language_choose (choices[i].language, NULL));
      text = say ();
      g_assert_cmpstr (text, ==, choices[i].text);
    }
  bindtextdomain (GETTEXT_PACKAGE, folder);
  g_assert_false (sonde_language_choose ("es", &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FAILED);
  g_assert_cmpstr (g_getenv ("LANGUAGE"), ==, "de");
  bindtextdomain (GETTEXT_PACKAGE, PO_DIR);
  g_rmdir (folder);
}

int
main (int argc,
      char **argv)
{
  g_autoptr (GError) error = NULL;

  g_test_init (&argc, &argv, NULL);
  bindtextdomain (GETTEXT_PACKAGE, PO_DIR);
  sonde_language_choose ("de", &error);
  g_assert_no_error (error);
  g_test_add_func ("/words/pair", test_pair);
  g_test_add_func ("/words/plain", test_plain);
  g_test_add_func ("/words/words-of-words", test_words_of_words);
  g_test_add_func ("/words/threads", test_threads);
  g_test_add_func ("/words/choices", test_choices);
  return g_test_run ();
}
