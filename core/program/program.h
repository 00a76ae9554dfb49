#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* The exit status of the program: see the manual page. */
enum
{
  EXIT_DONE = 0,
  EXIT_FAILED = 1,
  EXIT_USAGE = 2,
  EXIT_INTERRUPTED = 130,
};

/* ---- commands: each parses its own arguments (argv[0] is the command's name) and returns the exit status ---- */

int command_list (int argc, char **argv);
int command_inspect (int argc, char **argv);
int command_enable (int argc, char **argv);
int command_disable (int argc, char **argv);
int command_run (int argc, char **argv);
int command_capture (int argc, char **argv);
int command_diff (int argc, char **argv);
int command_config (int argc, char **argv);
int command_tokenize (int argc, char **argv);
int command_new_plugin (int argc, char **argv);
int command_complete (int argc, char **argv);
int command_version (int argc, char **argv);

/* What the words of a command name, for whoever completes them. */
typedef enum
{
  WORDS_FILES, /* or what only the user knows */
  WORDS_CHAIN, /* a recipe, or plugins with properties */
  WORDS_TAP,   /* a recipe, or a tap with properties */
  WORDS_NAME,  /* a plugin or a recipe */
  WORDS_ENABLED,
  WORDS_DISABLED,
  WORDS_SETTING, /* a key of the settings, and its value */
} Words;

typedef struct
{
  const char *name;
  const char *arguments;
  const char *summary; /* NULL: it is no command for people */
  Words words;
  int (*run) (int argc, char **argv);
} Command;

/* In the order of the help; those that have no summary last. */
const Command *get_commands (guint *n_commands);
const Command *find_command (const char *name); /* (nullable) */

/* ---- messages: data go to stdout, everything else to stderr ---- */

/* (transfer full): @text on one line whatever names it holds: a file's name may have a line end or an escape sequence in it. */
char *dup_printable (const char *text);
/* How many columns of a terminal a line takes; and how many are left of so many, for “%s%*s”: printf () counts bytes. */
int get_columns (const char *text);
int get_room (const char *text, int width);
/* JSON on stdout, which is valid UTF-8: no string in it can tell a terminal what to do. */
void print_json_text (const char *text);
void print_json_array (JsonArray *array);
/* With which a command ends that fails: EXIT_FAILED, unless that says something else there. */
void set_failure_status (int status);
int get_failure_status (void);
/* "sonde: sentence" on stderr; the status that goes with it. Takes @error. */
int fail_with (GError *error);
int fail_interrupted (const char *sentence);
/* The same for what is wrong with the command line itself. */
int fail_usage_with (GError *error);
int fail_usage (const char *format, ...) G_GNUC_PRINTF (1, 2);
void warn_with (const char *sentence);
void warn_of_fonts (void); /* where what was drawn has letters that no font has */
/* A line that is overwritten by the next one, on stderr when that is a terminal. */
void show_progress (const char *line);
void show_layers_done (guint n_done, guint n_layers, gpointer user_data); /* a SondeProgressFunc */
void clear_progress (void);
void hide_progress (void); /* from now on: other lines come in between */
/* stdout is flushed and checked: a full disk or a closed pipe is no success. */
int finish_output (int status);

/* Parses @entries in front of the remaining words; -1, or the exit status with which to end (after --help, or a wrong option). */
int parse_options (int *argc, char ***argv, const GOptionEntry *entries, const char *arguments, const char *summary, const char *description);

/* The same; @more prints what else help has to say, when the words are known. */
typedef void (*HelpFunc) (gpointer user_data);
int parse_options_and_help (int *argc, char ***argv, const GOptionEntry *entries, const char *arguments, const char *summary, const char *description, HelpFunc more, gpointer user_data);
/* From now on commands parse nothing and run nothing: they hand their options to @func, and end. NULL: no more. */
typedef void (*OptionsFunc) (const GOptionEntry *entries, gpointer user_data);
void listen_to_options (OptionsFunc func, gpointer user_data);

/* The bytes of a file, or of stdin where @path is "-"; up to a limit. */
GBytes *read_text (const char *path, GCancellable *cancellable, GError **error);

/* ---- Ctrl-C ---- */

/* SIGINT and SIGTERM cancel it; a second one ends the program at once. */
GCancellable *watch_interrupts (void);
/* Until then they end it: there is nothing to undo. Where nothing can go on, for a crash or want of memory, it ends with a sentence, too,
 * and leaves nothing behind. */
void watch_ends (void);
G_NORETURN void end_without_memory (void);
/* A file that is being written; NULL: no more. Whoever calls keeps @path. */
void set_unfinished (const char *path);

G_END_DECLS
