#include "program.h"

#include <stdio.h>

#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "sonde.h"

static void
print_json (SondeRegistry *registry)
{
  GPtrArray *plugins = sonde_registry_list (registry);
  g_autoptr (JsonArray) array = json_array_new ();

  for (guint i = 0; i < plugins->len; i++)
    {
      SondePlugin *plugin = g_ptr_array_index (plugins, i);
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "name", plugin->name);
      json_object_set_string_member (object, "kind", sonde_plugin_kind_get_name (plugin->kind));
      json_object_set_string_member (object, "state", sonde_plugin_state_get_name (plugin->state));
      if (plugin->reason != NULL)
        {
          json_object_set_string_member (object, "reason", plugin->reason);
          json_object_set_string_member (object, "remedy", plugin->remedy);
        }
      if (plugin->description != NULL)
        json_object_set_string_member (object, "description", plugin->description);
      json_object_set_string_member (object, "directory", plugin->directory);
      json_object_set_string_member (object, "manifest", plugin->manifest);
      json_array_add_object_element (array, object);
    }
  print_json_array (array);
}

static void
print_recipes (void)
{
  g_auto (GStrv) names = sonde_recipe_list_names ();

  if (names[0] == NULL)
    return;
  printf (_ ("\nRecipes, for “sonde run”:\n"));
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (SondeRecipe) recipe = sonde_recipe_load (names[i], NULL);
      g_autofree char *name = dup_printable (names[i]);
      g_autofree char *title = dup_printable (recipe != NULL ? sonde_recipe_get_title (recipe) : _ ("cannot be read"));

      /* one without a chain serves chains from the command line */
      if (recipe == NULL || sonde_recipe_get_chain (recipe) != NULL)
        printf ("  %-24s %s\n", name, title);
    }
}

/* One line a plugin, and one that is indented for whatever keeps it from being used. */
static void
print_plugin (const SondePlugin *plugin)
{
  g_autofree char *name = dup_printable (plugin->name);
  g_autofree char *text = dup_printable (plugin->description != NULL ? plugin->description : "");
  g_autofree char *line = g_strdup_printf ("%-16s %-15s %-12s %s", name, sonde_plugin_kind_get_name (plugin->kind), sonde_plugin_state_get_name (plugin->state), text);
  g_autofree char *reason = plugin->reason != NULL ? dup_printable (plugin->reason) : NULL;
  g_autofree char *remedy = plugin->remedy != NULL ? dup_printable (plugin->remedy) : NULL;
  g_autofree char *manifest = dup_printable (plugin->manifest);

  printf ("%s\n", g_strchomp (line));
  if (reason != NULL)
    printf (_ ("    why not: %s\n    what to do: %s\n    manifest: %s\n"), reason, remedy, manifest);
}

static void
print_table (SondeRegistry *registry)
{
  GPtrArray *plugins = sonde_registry_list (registry);

  if (plugins->len == 0)
    printf (_ ("No plugin was found. Set SONDE_PLUGIN_PATH to the folder of the plugins.\n"));
  for (guint i = 0; i < plugins->len; i++)
    print_plugin (g_ptr_array_index (plugins, i));
  print_recipes ();
}

static gboolean
all_usable (SondeRegistry *registry)
{
  GPtrArray *plugins = sonde_registry_list (registry);

  for (guint i = 0; i < plugins->len; i++)
    if (((SondePlugin *) g_ptr_array_index (plugins, i))->state == SONDE_PLUGIN_STATE_UNAVAILABLE)
      return FALSE;
  return TRUE;
}

int
command_list (int argc,
              char **argv)
{
  gboolean check = FALSE;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "check", 0, 0, G_OPTION_ARG_NONE, &check, N_ ("Load the code of every plugin too, to see whether it can be loaded; end with 1 where one cannot be used"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print JSON"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (SondeRegistry) registry = NULL;
  int status = parse_options (&argc, &argv, entries, _ ("[OPTION…]"), _ ("Lists every plugin: its kind, whether it can be used, and why not and what to do; and the recipes."),
                              _ ("Without --check no code is loaded, and only what manifests and files tell is known. “sonde inspect NAME” loads one plugin."));

  if (status >= 0)
    return status;
  if (argc > 1)
    return fail_usage (_ ("“sonde list” takes no argument, but “%s” was given"), argv[1]);
  registry = sonde_registry_new ();
  if (check)
    sonde_registry_check (registry);
  if (json)
    print_json (registry);
  else
    print_table (registry);
  return finish_output (check && !all_usable (registry) ? EXIT_FAILED : EXIT_DONE);
}
