#include "program.h"

#include <fcntl.h>
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "sonde.h"

static const Command commands[] = {
  { "run", N_ ("RECIPE|CHAIN"), N_ ("Run a recipe or a chain of analyzers, and write a report"), WORDS_CHAIN, command_run },
  { "capture", N_ ("-o FILE"), N_ ("Run a model and keep its activations in a file"), WORDS_TAP, command_capture },
  { "diff", N_ ("A B"), N_ ("Compare two captures, or a capture and a model, site by site"), WORDS_FILES, command_diff },
  { "list", "", N_ ("List the plugins and recipes"), WORDS_FILES, command_list },
  { "inspect", N_ ("NAME|PATH"), N_ ("Say everything about a plugin, a recipe, a model or a file of arrays"), WORDS_NAME, command_inspect },
  { "enable", N_ ("NAME…"), N_ ("Let plugins be used again"), WORDS_DISABLED, command_enable },
  { "disable", N_ ("NAME…"), N_ ("Keep plugins from being used"), WORDS_ENABLED, command_disable },
  { "config", N_ ("[KEY [VALUE]]"), N_ ("Show or choose what holds for every run: plugins, formats, theme, threads"), WORDS_SETTING, command_config },
  { "tokenize", "", N_ ("Show the tokens of a text as a model sees them"), WORDS_FILES, command_tokenize },
  { "new-plugin", N_ ("NAME"), N_ ("Begin a plugin of your own: a folder that builds and has a test"), WORDS_FILES, command_new_plugin },
  { "complete", NULL, NULL, WORDS_FILES, command_complete }, /* for shells: help says nothing of it */
};

const Command *
get_commands (guint *n_commands)
{
  *n_commands = G_N_ELEMENTS (commands);
  return commands;
}

static const char *
get_arguments (const Command *command)
{
  return command->arguments != NULL && *command->arguments != '\0' ? _ (command->arguments) : "";
}

static void
print_help (void)
{
  int width = 0; /* of the longest arguments, in columns */

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    width = MAX (width, get_columns (get_arguments (&commands[i])));
  printf (_ ("Usage:\n  sonde COMMAND [OPTION…]\n\n"
             "Lowers a probe into a neural network and measures it layer by layer.\n\nCommands:\n"));
  for (guint i = 0; i < G_N_ELEMENTS (commands) && commands[i].summary != NULL; i++)
    {
      const char *arguments = get_arguments (&commands[i]);

      printf ("  %-10s %s%*s %s\n", commands[i].name, arguments, get_room (arguments, width), "", _ (commands[i].summary));
    }
  printf (_ ("\nOptions:\n"
             "  -h, --help               Show this help\n"
             "  --version [--verbose]    Show the version; with --verbose what a report of a fault needs, ready to paste\n"
             "\n“sonde COMMAND --help” says more.\n"));
}

const Command *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, name))
      return &commands[i];
  return NULL;
}

static void
ignore_message (const char *domain,
                GLogLevelFlags level,
                const char *message,
                gpointer user_data)
{
}

/* That dconf keeps nothing is noticed where a setting is kept. It says so past all handlers. */
static GLogWriterOutput
write_message (GLogLevelFlags level,
               const GLogField *fields,
               gsize n_fields,
               gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    if (level == G_LOG_LEVEL_WARNING && g_str_equal (fields[i].key, "GLIB_DOMAIN") && g_str_equal (fields[i].value, "dconf"))
      return G_LOG_WRITER_HANDLED;
  return g_log_writer_default (level, fields, n_fields, user_data);
}

static pid_t running = 0; /* this process, while a command runs in it */

/* A plugin may end the program as if it were done. Whoever started it must not take that for success. */
static void
tell_of_exit (void)
{
  if (running != getpid ())
    return;
  clear_progress ();
  fprintf (stderr, "sonde: %s\n", _ ("a plugin ended the program before it was done: run it with --isolate to learn which, or without that plugin"));
  _exit (get_failure_status ());
}

static int
run_command (const Command *command,
             int argc,
             char **argv)
{
  int status;

  running = getpid ();
  atexit (tell_of_exit);
  watch_ends ();
  status = command->run (argc, argv);
  running = 0;
  return status;
}

/* What programs read is the same in every language. Run and diff draw figures besides, which people read: their JSON has no words, or sees to
 * that itself. */
static void
speak_for_programs (const Command *command,
                    char **words)
{
  if (command->run != command_run && command->run != command_diff && g_strv_contains ((const char *const *) words, "--json"))
    sonde_language_choose ("en", NULL);
}

/* Each layer takes and gives back the same megabytes. By itself the C library would have the system take them away and give them,
 * cleared, again. */
static void
keep_freed_memory (void)
{
#ifdef __GLIBC__
  mallopt (M_MMAP_THRESHOLD, 32 << 20);
  mallopt (M_TRIM_THRESHOLD, 128 << 20);
#endif
}

/* Where one of the three is closed, the next file that is opened would be taken for it, and messages would be written into a report. What
 * stands there instead fails as a closed one does. */
static void
fill_closed_files (void)
{
  static const int modes[] = { O_WRONLY, O_RDONLY, O_RDONLY };

  for (int file = STDIN_FILENO; file <= STDERR_FILENO; file++)
    if (fcntl (file, F_GETFD) < 0 && open ("/dev/null", modes[file]) < 0)
      _exit (EXIT_FAILED);
}

int
main (int argc,
      char **argv)
{
  const Command *command;
  int status;

  fill_closed_files ();
  keep_freed_memory ();
  setlocale (LC_ALL, "");
  sonde_language_settle ();
  g_log_writer_default_set_use_stderr (TRUE);
  g_set_prgname ("sonde");
  if (g_getenv ("G_MESSAGES_DEBUG") == NULL) /* what fails is said in a sentence of ours */
    g_log_set_handler ("libpeas", G_LOG_LEVEL_WARNING, ignore_message, NULL);
  /* started by --isolate, for one analyzer; no handler runs that a plugin left for the end */
  if (sonde_isolation_serve (argc, argv, &status))
    _exit (status);
  if (g_getenv ("G_MESSAGES_DEBUG") == NULL)
    g_log_set_writer_func (write_message, NULL, NULL);

  signal (SIGPIPE, SIG_IGN); /* a closed pipe is an error of the write, told and counted */

  if (argc < 2)
    {
      print_help ();
      return finish_output (EXIT_USAGE);
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h") || g_str_equal (argv[1], "help"))
    {
      print_help ();
      return finish_output (EXIT_DONE);
    }
  if (g_str_equal (argv[1], "--version") || g_str_equal (argv[1], "--verbose"))
    return command_version (argc, argv);

  command = find_command (argv[1]);
  if (command == NULL)
    return fail_usage (_ ("there is no command “%s”; “sonde --help” lists them"), argv[1]);
  speak_for_programs (command, argv + 1);
  return run_command (command, argc - 1, argv + 1);
}
