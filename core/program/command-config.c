#include "program.h"

#include <stdio.h>

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "sonde.h"

static gboolean
is_key (const char *word)
{
  return g_strv_contains (sonde_settings_list_keys (), word);
}

/* One line a key, which a script can split at its white space: a value holds none. */
static gboolean
print_table (SondeSettings *settings,
             GError **error)
{
  const char *const *keys = sonde_settings_list_keys ();
  g_autoptr (GString) table = g_string_new (NULL);

  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autoptr (GVariant) value = sonde_settings_dup_value (settings, keys[i], error);
      g_autofree char *text = value != NULL ? sonde_settings_print_value (value) : NULL;
      g_autofree char *shown = text != NULL ? dup_printable (*text != '\0' ? text : "-") : NULL;
      g_autofree char *place = sonde_settings_dup_origin (settings, keys[i]);
      g_autofree char *origin = dup_printable (place != NULL ? place : _ ("default"));

      if (value == NULL)
        return FALSE;
      g_string_append_printf (table, "%-18s %-16s %s\n", keys[i], shown, origin);
    }
  fputs (table->str, stdout);
  return TRUE;
}

static gboolean
print_json (SondeSettings *settings,
            GError **error)
{
  const char *const *keys = sonde_settings_list_keys ();
  g_autoptr (JsonArray) array = json_array_new ();

  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autoptr (GVariant) value = sonde_settings_dup_value (settings, keys[i], error);
      g_autofree char *place = sonde_settings_dup_origin (settings, keys[i]);
      JsonObject *object;

      if (value == NULL)
        return FALSE;
      object = json_object_new ();
      json_object_set_string_member (object, "key", keys[i]);
      json_object_set_member (object, "value", json_gvariant_serialize (value));
      json_object_set_string_member (object, "origin", place != NULL ? place : "default");
      json_array_add_object_element (array, object);
    }
  print_json_array (array);
  return TRUE;
}

static gboolean
print_value (SondeSettings *settings,
             const char *key,
             GError **error)
{
  g_autoptr (GVariant) value = sonde_settings_dup_value (settings, key, error);
  g_autofree char *text = value != NULL ? sonde_settings_print_value (value) : NULL;
  g_autofree char *shown = text != NULL ? dup_printable (text) : NULL;

  if (value != NULL)
    printf ("%s\n", shown);
  return value != NULL;
}

static gboolean
choose (SondeSettings *settings,
        const char *key,
        const char *text,
        GCancellable *cancellable,
        GError **error)
{
  g_autoptr (GVariant) value = sonde_settings_parse_value (key, text, error);

  return value != NULL && !g_cancellable_set_error_if_cancelled (cancellable, error) && sonde_settings_set_value (settings, key, value, error);
}

static void
print_keys (gpointer user_data)
{
  const char *const *keys = sonde_settings_list_keys ();

  printf (_ ("\nKeys:\n"));
  for (guint i = 0; keys[i] != NULL; i++)
    printf ("  %-18s %s\n", keys[i], sonde_settings_get_summary (keys[i]));
}

int
command_config (int argc,
                char **argv)
{
  gboolean json = FALSE, reset = FALSE;
  const GOptionEntry entries[] = {
    { "reset", 0, 0, G_OPTION_ARG_NONE, &reset, N_ ("Choose the default of KEY again"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print JSON"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (SondeSettings) settings = NULL;
  g_autoptr (GCancellable) cancellable = NULL;
  GError *error = NULL;
  gboolean done;
  int status = parse_options_and_help (&argc, &argv, entries, _ ("[KEY [VALUE]] [OPTION…]"), _ ("Shows what you chose for every run, and where each choice is kept; with KEY its value, with VALUE chooses another."),
                                       _ ("What the command line says goes before what a recipe says, that before these settings, and they before the defaults."), print_keys, NULL);

  if (status >= 0)
    return status;
  if (argc > 3 || (json && argc > 1) || (reset && (argc != 2 || json)))
    return fail_usage (_ ("“sonde config” takes a KEY and a VALUE, --reset a KEY alone, --json neither"));
  if (argc > 1 && !is_key (argv[1]))
    return fail_usage (_ ("there is no setting “%s”; “sonde config” lists them"), argv[1]);
  cancellable = watch_interrupts (); /* the file is written to its end */
  settings = sonde_settings_new ();
  if (json)
    done = print_json (settings, &error);
  else if (argc == 1)
    done = print_table (settings, &error);
  else if (reset)
    done = sonde_settings_set_value (settings, argv[1], NULL, &error);
  else if (argc == 2)
    done = print_value (settings, argv[1], &error);
  else
    done = choose (settings, argv[1], argv[2], cancellable, &error);
  return done ? finish_output (EXIT_DONE) : fail_with (error);
}
