#include "complete.h"

#include <stdio.h>
#include <string.h>

#include <glib/gi18n-lib.h>

/* Completes a command line: `sonde complete [--describe] -- WORD…`, where the words are those behind `sonde`, as the shell has them, and
 * the last is the one that is being written. One candidate a line, each the whole word. Everything comes from what declares it:
 * commands and their options, manifests, recipes, and the properties of the one plugin that the word speaks of. No line: only the
 * shell knows, as of files. */

static void
add_options (const GOptionEntry *entries,
             gpointer user_data)
{
  for (guint i = 0; entries[i].long_name != NULL; i++)
    if (*entries[i].long_name != '\0')
      g_array_append_val ((GArray *) user_data, entries[i]);
}

/* The command itself tells its options; it runs no further. */
static GArray *
list_options (const Command *command)
{
  GArray *options = g_array_new (FALSE, FALSE, sizeof (GOptionEntry));
  char *argv[] = { (char *) command->name, NULL };

  listen_to_options (add_options, options);
  command->run (1, argv);
  listen_to_options (NULL, NULL);
  return options;
}

static gboolean
takes_value (const GOptionEntry *option)
{
  return option->arg != G_OPTION_ARG_NONE && option->arg != G_OPTION_ARG_CALLBACK;
}

static gboolean
is_called (const GOptionEntry *option,
           const char *word)
{
  const gsize length = strlen (option->long_name);

  if (g_str_has_prefix (word, "--"))
    return strncmp (word + 2, option->long_name, length) == 0 && (word[2 + length] == '\0' || word[2 + length] == '=');
  return option->short_name != 0 && word[0] == '-' && word[1] == option->short_name && word[2] == '\0';
}

static const GOptionEntry *
find_option (GArray *options,
             const char *word)
{
  for (guint i = 0; i < options->len; i++)
    if (is_called (&g_array_index (options, GOptionEntry, i), word))
      return &g_array_index (options, GOptionEntry, i);
  return NULL;
}

static void
complete_option (Completion *self,
                 GArray *options)
{
  for (guint i = 0; i < options->len; i++)
    {
      const GOptionEntry *option = &g_array_index (options, GOptionEntry, i);

      complete_offer (self, "--", option->long_name, takes_value (option) ? "=" : "", _ (option->description));
    }
}

/* @prefix: what stands in front of the value in the same word. An option whose value is one of a few words names them: “a|b”. */
static void
complete_value (Completion *self,
                const GOptionEntry *option,
                const char *prefix,
                Words words)
{
  g_auto (GStrv) values = g_strsplit (option->arg_description != NULL ? option->arg_description : "", "|", -1);

  if (g_str_equal (option->long_name, "set"))
    complete_setting (self, prefix, words);
  else if (values[0] != NULL && values[1] != NULL)
    for (guint i = 0; values[i] != NULL; i++)
      complete_offer (self, prefix, values[i], "", NULL);
}

static void
complete_command (Completion *self)
{
  guint n;
  const Command *commands = get_commands (&n);

  for (guint i = 0; i < n && commands[i].summary != NULL; i++)
    complete_offer (self, "", commands[i].name, "", _ (commands[i].summary));
  complete_offer (self, "", "--help", "", _ ("Show this help"));
  complete_offer (self, "", "--version", "", _ ("Show the version"));
}

/* The option whose value the last word is; words in front of it that are no options and no values go to self->plain. */
static const GOptionEntry *
read_words (Completion *self,
            char **words,
            guint n_words,
            GArray *options)
{
  const GOptionEntry *open = NULL;

  for (guint i = 0; i < n_words; i++)
    {
      const GOptionEntry *option = open == NULL && words[i][0] == '-' ? find_option (options, words[i]) : NULL;

      if (open == NULL && words[i][0] != '-')
        g_ptr_array_add (self->plain, words[i]);
      open = option != NULL && takes_value (option) && strchr (words[i], '=') == NULL ? option : NULL;
    }
  return open;
}

static void
complete (Completion *self,
          char **words)
{
  const guint n_words = g_strv_length (words);
  const Command *command = n_words > 1 ? find_command (words[0]) : NULL;
  g_autoptr (GArray) options = command != NULL && command->summary != NULL ? list_options (command) : NULL;
  const GOptionEntry *option;

  if (n_words <= 1)
    complete_command (self);
  if (options == NULL)
    return;
  option = read_words (self, words + 1, n_words - 2, options);
  if (option != NULL)
    complete_value (self, option, "", command->words);
  else if (g_str_has_prefix (self->begun, "--") && strchr (self->begun, '=') != NULL)
    {
      g_autofree char *prefix = g_strndup (self->begun, (gsize) (strchr (self->begun, '=') + 1 - self->begun));

      option = find_option (options, self->begun);
      if (option != NULL)
        complete_value (self, option, prefix, command->words);
    }
  else if (self->begun[0] == '-')
    complete_option (self, options);
  else
    complete_words (self, command->words);
}

/* A shell's word may be quoted, and the last one's quote is open. */
static char *
dup_unquoted (const char *word)
{
  char *text = g_shell_unquote (word, NULL);

  return text != NULL ? text : g_strdup (*word == '"' || *word == '\'' ? word + 1 : word);
}

int
command_complete (int argc,
                  char **argv)
{
  Completion self = { 0 };
  g_autoptr (GPtrArray) plain = g_ptr_array_new ();
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) words = NULL;
  int first = 1;

  if (first < argc && g_str_equal (argv[first], "--describe"))
    {
      self.describe = TRUE;
      first++;
    }
  if (first < argc && g_str_equal (argv[first], "--"))
    first++;
  for (int i = first; i < argc; i++)
    {
      g_autofree char *word = dup_unquoted (argv[i]);

      g_strv_builder_add (builder, word);
    }
  words = g_strv_builder_end (builder);
  self.begun = words[0] != NULL ? words[g_strv_length (words) - 1] : "";
  self.plain = plain;
  complete (&self, words);
  g_clear_object (&self.registry);
  return finish_output (EXIT_DONE);
}
