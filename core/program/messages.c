#include "program.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "bug-report.h"
#include "sonde.h"

static gboolean progress_shown = FALSE;
static gboolean progress_hidden = FALSE;

void
clear_progress (void)
{
  if (progress_shown)
    fputs ("\r\033[K", stderr);
  progress_shown = FALSE;
}

void
hide_progress (void)
{
  progress_hidden = TRUE;
}

void
show_progress (const char *line)
{
  if (progress_hidden || !isatty (STDERR_FILENO))
    return;
  fprintf (stderr, "\r\033[K%s", line);
  fflush (stderr);
  progress_shown = TRUE;
}

void
show_layers_done (guint n_done,
                  guint n_layers,
                  gpointer user_data)
{
  g_autofree char *line = g_strdup_printf (_ ("layer %u of %u"), n_done, n_layers);

  show_progress (line);
}

/* What a terminal obeys, or what has it show a line in another order than it is, or as two. */
static gboolean
is_hidden (gunichar character)
{
  return g_unichar_iscntrl (character) || character == 0x061C || character == 0x200E || character == 0x200F || (character >= 0x2028 && character <= 0x202E) || (character >= 0x2066 && character <= 0x2069);
}

char *
dup_printable (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  GString *line = g_string_new (NULL);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar character = g_utf8_get_char (p);

      if (is_hidden (character))
        g_string_append_printf (line, "\\x%02X", character);
      else
        g_string_append_unichar (line, character);
    }
  return g_string_free (line, FALSE);
}

int
get_columns (const char *text)
{
  int n = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    n += g_unichar_iszerowidth (g_utf8_get_char (p)) ? 0 : g_unichar_iswide (g_utf8_get_char (p)) ? 2
                                                                                                  : 1;
  return n;
}

int
get_room (const char *text,
          int width)
{
  return MAX (width - get_columns (text), 0);
}

void
print_json_text (const char *text)
{
  const char *begin = text;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    if (*p != '\n' && is_hidden (g_utf8_get_char (p))) /* in a string, as nothing else may hold it */
      {
        printf ("%.*s\\u%04x", (int) (p - begin), begin, g_utf8_get_char (p));
        begin = g_utf8_next_char (p);
      }
  fputs (begin, stdout);
}

void
print_json_array (JsonArray *array)
{
  g_autoptr (JsonNode) root = json_node_alloc ();
  g_autofree char *text = NULL;

  json_node_init_array (root, array);
  text = json_to_string (root, TRUE);
  print_json_text (text);
  putchar ('\n');
}

static void
print_sentence (const char *prefix,
                const char *sentence)
{
  g_autofree char *line = dup_printable (sentence);

  clear_progress ();
  fprintf (stderr, "%s%s\n", prefix, line);
}

static int failure_status = EXIT_FAILED;

void
set_failure_status (int status)
{
  failure_status = status;
}

int
get_failure_status (void)
{
  return failure_status;
}

int
fail_with (GError *error)
{
  gboolean interrupted = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  GError *shorter = NULL;

  if (!interrupted && !sonde_mapped_file_check (&shorter)) /* which explains whatever else failed */
    {
      g_error_free (error);
      error = shorter;
    }

  print_sentence ("sonde: ", interrupted ? _ ("interrupted; nothing was left behind") : error->message);
  g_error_free (error);
  return interrupted ? EXIT_INTERRUPTED : failure_status;
}

int
fail_interrupted (const char *sentence)
{
  print_sentence ("sonde: ", sentence);
  return EXIT_INTERRUPTED;
}

int
fail_usage_with (GError *error)
{
  print_sentence ("sonde: ", error->message);
  g_error_free (error);
  return EXIT_USAGE;
}

int
fail_usage (const char *format,
            ...)
{
  g_autofree char *sentence = NULL;
  va_list arguments;

  va_start (arguments, format);
  sentence = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  print_sentence ("sonde: ", sentence);
  return EXIT_USAGE;
}

void
warn_with (const char *sentence)
{
  print_sentence (_ ("sonde: warning: "), sentence);
}

void
warn_of_fonts (void)
{
  const gunichar letter = sonde_figure_get_missing_letter ();
  char text[7] = "";
  g_autofree char *sentence = NULL;

  if (letter == 0)
    return;
  g_unichar_to_utf8 (letter, text);
  sentence = g_strdup_printf (_ ("No font here has “%s” (U+%04X), and perhaps more letters of this report: they are drawn as boxes. Install a font that has them, for Chinese and Japanese such as fonts-noto-cjk, and run again."), text, letter);
  warn_with (sentence);
}

int
finish_output (int status)
{
  if (fflush (stdout) == 0 && !ferror (stdout))
    return status;
  print_sentence ("sonde: ", _ ("the output cannot be written"));
  return failure_status;
}

static OptionsFunc listener = NULL;
static gpointer listener_data;

void
listen_to_options (OptionsFunc func,
                   gpointer user_data)
{
  listener = func;
  listener_data = user_data;
}

/* "--" ends the options; GLib leaves it there where something follows that looks like one. */
static void
drop_sign (int *argc,
           char **argv)
{
  int at = 1;

  while (at < *argc && !g_str_equal (argv[at], "--"))
    at++;
  if (at == *argc)
    return;
  memmove (argv + at, argv + at + 1, (size_t) (*argc - at) * sizeof *argv);
  (*argc)--;
}

int
parse_options (int *argc,
               char ***argv,
               const GOptionEntry *entries,
               const char *arguments,
               const char *summary,
               const char *description)
{
  return parse_options_and_help (argc, argv, entries, arguments, summary, description, NULL, NULL);
}

int
parse_options_and_help (int *argc,
                        char ***argv,
                        const GOptionEntry *entries,
                        const char *arguments,
                        const char *summary,
                        const char *description,
                        HelpFunc more,
                        gpointer user_data)
{
  g_autofree char *parameters = g_strdup_printf ("%s %s", (*argv)[0], arguments);
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  gboolean help = FALSE, verbose = FALSE;
  const GOptionEntry common_entries[] = {
    { "verbose", 0, 0, G_OPTION_ARG_NONE, &verbose, N_ ("Say on stderr what runs with what, for whoever mends a fault"), NULL },
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, N_ ("Show this help"), NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (listener != NULL)
    {
      listener (entries, listener_data);
      listener (common_entries, listener_data);
      return EXIT_DONE;
    }
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_add_main_entries (context, common_entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, argc, argv, &error))
    return fail_usage (_ ("%s; “sonde %s --help” lists the options"), error->message, (*argv)[0]);
  drop_sign (argc, *argv);
  if (verbose)
    begin_verbose ();
  if (!help)
    return -1;

  {
    g_autofree char *options = g_option_context_get_help (context, TRUE, NULL);
    const char *list = strstr (options, "\n\n"); /* GLib's usage line knows no subcommands: ours replaces it */

    printf (_ ("Usage:\n  sonde %s\n\n%s\n"), parameters, summary);
    fputs (list != NULL ? list + 1 : options, stdout);
    if (description != NULL)
      printf ("%s\n", description);
    if (more != NULL)
      more (user_data);
  }
  return finish_output (EXIT_DONE);
}
