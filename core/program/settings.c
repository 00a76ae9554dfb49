#include "job.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "inspect.h"
#include "sonde-limits-private.h"
#include "sonde.h"

#define LEAST_PROCESS (G_GUINT64_CONSTANT (16) << 20) /* four times what the smallest analyzer of ours needs to run */

void
settings_clear (Settings *settings)
{
  g_free (settings->model);
  g_free (settings->capture);
  g_free (settings->text);
  g_free (settings->target);
  g_free (settings->layers);
  g_free (settings->max_memory);
  g_free (settings->checkpoint);
  g_free (settings->isolate_memory);
  g_strfreev (settings->set);
  g_strfreev (settings->words);
}

GOptionEntry *
settings_list_entries (Settings *settings,
                       const GOptionEntry *more)
{
  /* words are taken as bytes, like file names: a locale's charset has no say in what a model's token is */
  const GOptionEntry common[] = {
    { "model", 0, 0, G_OPTION_ARG_FILENAME, &settings->model, N_ ("Model directory or file (default: the demo model)"), N_ ("PATH") },
    { "text", 0, 0, G_OPTION_ARG_FILENAME, &settings->text, N_ ("Input text, - for stdin (default: the demo text)"), N_ ("FILE") },
    { "target", 0, 0, G_OPTION_ARG_FILENAME, &settings->target, N_ ("Target word with its leading space, as ' coffee' (default: the recipe's)"), N_ ("WORD") },
    { "layers", 0, 0, G_OPTION_ARG_FILENAME, &settings->layers, N_ ("Layers that tables cover: 0-11, 6, middle, 0-3,8 (default: all)"), N_ ("LAYERS") },
    { "set", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &settings->set, N_ ("Set a property of an analyzer, tap, condition, or provider of models or arrays; repeatable"), N_ ("NAME.PROPERTY=VALUE") },
    { "threads", 0, 0, G_OPTION_ARG_INT, &settings->threads, N_ ("Threads (default: as many as there are cores)"), N_ ("N") },
    { "max-memory", 0, 0, G_OPTION_ARG_FILENAME, &settings->max_memory, N_ ("Refuse what would need more memory than this, as 500M or 2G"), N_ ("SIZE") },
    { "checkpoint", 0, 0, G_OPTION_ARG_FILENAME, &settings->checkpoint, N_ ("Keep finished frames in this folder: the same command goes on from there after it was killed"), N_ ("DIR") },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &settings->seed, N_ ("Seed of whatever is random (default: 0)"), N_ ("N") },
    { "dry-run", 0, 0, G_OPTION_ARG_NONE, &settings->dry_run, N_ ("Check everything, say what would run, and write nothing"), NULL },
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &settings->quiet, N_ ("Print no progress and no summary"), NULL },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &settings->words, NULL, NULL },
  };
  GArray *entries = g_array_new (TRUE, TRUE, sizeof (GOptionEntry));

  g_array_append_vals (entries, common, G_N_ELEMENTS (common));
  for (guint i = 0; more != NULL && more[i].long_name != NULL; i++)
    g_array_append_val (entries, more[i]);
  return (GOptionEntry *) g_array_free (entries, FALSE);
}

gboolean
settings_split (const char *setting,
                char **name,
                char **property,
                const char **value,
                GError **error)
{
  const char *equals = strchr (setting, '=');
  const char *dot = strchr (setting, '.');

  if (equals == NULL || dot == NULL || dot > equals || dot == setting || dot + 1 == equals)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("“--set %s” is no NAME.PROPERTY=VALUE: write it as in --set ANALYZER.PROPERTY=VALUE"), setting);
      return FALSE;
    }
  *name = g_strndup (setting, (gsize) (dot - setting));
  *property = g_strndup (dot + 1, (gsize) (equals - dot - 1));
  *value = equals + 1;
  return TRUE;
}

gboolean
settings_configure_provider (SondeRegistry *registry,
                             const char *name,
                             const char *property,
                             const char *value,
                             GPtrArray *told,
                             GError **error)
{
  SondeModelProvider *provider = sonde_registry_get_provider (registry, name, error);

  if (provider == NULL || !sonde_property_set (G_OBJECT (provider), name, property, value, error))
    return FALSE;
  g_ptr_array_add (told, g_strdup (name));
  return TRUE;
}

gboolean
settings_configure_providers (SondeRegistry *registry,
                              char **set,
                              GPtrArray *told,
                              GError **error)
{
  for (guint i = 0; set != NULL && set[i] != NULL; i++)
    {
      g_autofree char *name = NULL;
      g_autofree char *property = NULL;
      const char *value;

      if (!settings_split (set[i], &name, &property, &value, error) || !settings_configure_provider (registry, name, property, value, told, error))
        return FALSE;
    }
  return TRUE;
}

const char *
settings_find_unused (const GPtrArray *told,
                      SondeModel *const *models,
                      guint n_models)
{
  for (guint i = 0; i < told->len; i++)
    {
      gboolean used = FALSE;

      for (guint m = 0; m < n_models; m++)
        {
          const char *opened;

          sonde_model_get_provider (models[m], &opened);
          used |= g_strcmp0 (g_ptr_array_index (told, i), opened) == 0;
        }
      if (!used)
        return g_ptr_array_index (told, i);
    }
  return NULL;
}

guint64
settings_parse_size (const char *text)
{
  static const char units[] = "KMGT";
  char *end = NULL;
  double number = g_ascii_strtod (text, &end);
  const char *unit = end != text && *end != '\0' ? strchr (units, g_ascii_toupper (*end)) : NULL;

  if (unit != NULL)
    {
      number *= (double) ((guint64) 1 << (10 * (unit - units + 1)));
      end += g_str_equal (end + 1, "iB") ? 3 : 1;
    }
  return end != text && *end == '\0' && number >= 1 && number < 0x1p62 ? (guint64) number : 0;
}

static gboolean
check_utf8 (const char *what,
            const char *text,
            GError **error)
{
  const char *end;

  if (text == NULL || g_utf8_validate (text, -1, &end))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("%s is not UTF-8: byte %d is 0x%02x: write it in UTF-8"), what, (int) (end - text), (guchar) *end);
  return FALSE;
}

static gboolean
check_set (const char *setting,
           GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *property = NULL;
  const char *value;

  return check_utf8 ("--set", setting, error) && settings_split (setting, &name, &property, &value, error);
}

void
settings_split_chain (Settings *settings)
{
  char **words = settings->words;

  if (words == NULL || words[1] != NULL || strpbrk (words[0], "! ") == NULL || g_str_has_suffix (words[0], ".recipe"))
    return;
  settings->words = NULL;
  if (g_shell_parse_argv (words[0], NULL, &settings->words, NULL))
    g_strfreev (words);
  else
    settings->words = words; /* the chain's own sentence tells what is wrong */
}

static gboolean
check_size (const char *option,
            const char *text,
            guint64 least,
            GError **error)
{
  g_autofree char *shown = text != NULL ? g_utf8_make_valid (text, -1) : NULL;
  const guint64 size = text != NULL ? settings_parse_size (text) : least;

  if (size == 0)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("%s %s is no size: a number with K, M, G or T is expected, as 500M or 2G"), option, shown);
  else if (size < least)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("%s %s is too little to begin with: %dM or more is expected"), option, shown, (int) (least >> 20));
  return size >= least;
}

gboolean
settings_check (const Settings *settings,
                GError **error)
{
  if (settings->threads != NO_THREADS && (settings->threads < 1 || settings->threads > SONDE_MAX_THREADS))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("--threads %d: from 1 to 1024 are possible"), settings->threads);
      return FALSE;
    }
  if (settings->checkpoint != NULL && *settings->checkpoint == '\0')
    {
      g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("--checkpoint is empty: name a folder"));
      return FALSE;
    }
  if (!check_size ("--max-memory", settings->max_memory, 1, error) || !check_size ("--isolate-memory", settings->isolate_memory, LEAST_PROCESS, error))
    return FALSE;
  if (!check_utf8 ("--target", settings->target, error) || !check_utf8 ("--layers", settings->layers, error))
    return FALSE;
  for (guint i = 0; settings->set != NULL && settings->set[i] != NULL; i++)
    if (!check_set (settings->set[i], error))
      return FALSE;
  for (guint i = 0; settings->words != NULL && settings->words[i] != NULL; i++)
    if (!check_utf8 (_ ("a word of the chain"), settings->words[i], error))
      return FALSE;
  return TRUE;
}

static void
append_option (GString *command,
               const char *option,
               const char *value,
               gboolean is_path)
{
  g_autofree char *shown = is_path && value != NULL ? g_path_get_basename (value) : g_strdup (value);
  g_autofree char *valid = shown != NULL ? g_utf8_make_valid (shown, -1) : NULL;
  g_autofree char *quoted = valid != NULL ? g_shell_quote (valid) : NULL;

  if (quoted != NULL)
    g_string_append_printf (command, " --%s %s", option, quoted);
}

char *
settings_dup_command (const Settings *settings,
                      const char *command)
{
  GString *line = g_string_new ("sonde ");

  g_string_append (line, command);
  for (guint i = 0; settings->words != NULL && settings->words[i] != NULL; i++)
    {
      const char *word = settings->words[i];
      g_autofree char *shown = g_str_has_suffix (word, ".recipe") ? g_path_get_basename (word) : g_strdup (word);
      g_autofree char *quoted = strpbrk (shown, " !'\"$*?;&|<>()\\") != NULL ? g_shell_quote (shown) : g_strdup (shown);

      g_string_append_printf (line, " %s", quoted);
    }
  append_option (line, "model", settings->model, TRUE);
  append_option (line, "capture", settings->capture, TRUE);
  append_option (line, "text", settings->text, TRUE);
  append_option (line, "target", settings->target, FALSE);
  append_option (line, "layers", settings->layers, FALSE);
  for (guint i = 0; settings->set != NULL && settings->set[i] != NULL; i++)
    append_option (line, "set", settings->set[i], FALSE);
  return g_string_free (line, FALSE);
}

void
settings_print_help (gpointer user_data)
{
  Settings *settings = user_data;
  g_autoptr (SondeRegistry) registry = NULL;
  g_autoptr (JsonArray) described = NULL;
  g_autoptr (GError) error = NULL;

  settings_split_chain (settings);
  if (settings->words == NULL)
    return;
  registry = sonde_registry_new ();
  described = inspect_describe_settings (registry, (const char *const *) settings->words, &error);
  if (described != NULL)
    inspect_print_help (described);
  else
    warn_with (error->message);
}
