#include "program.h"

#include <stdio.h>

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

#include "sonde.h"

static void
print_json (SondeRegistry *registry)
{
  GPtrArray *plugins = sonde_registry_list (registry);
  JsonArray *array = json_array_new ();
  g_autoptr (JsonNode) root = json_node_alloc ();
  g_autofree char *text = NULL;

  for (guint i = 0; i < plugins->len; i++)
    {
      SondePlugin *plugin = g_ptr_array_index (plugins, i);
      JsonObject *object = json_object_new ();

      json_object_set_string_member (object, "name", plugin->name);
      json_object_set_string_member (object, "kind", sonde_plugin_kind_get_name (plugin->kind));
      json_object_set_string_member (object, "state", sonde_plugin_state_get_name (plugin->state));
      if (plugin->reason != NULL)
        json_object_set_string_member (object, "reason", plugin->reason);
      if (plugin->description != NULL)
        json_object_set_string_member (object, "description", plugin->description);
      json_object_set_string_member (object, "directory", plugin->directory);
      json_array_add_object_element (array, object);
    }
  json_node_init_array (root, array);
  json_array_unref (array);
  text = json_to_string (root, TRUE);
  printf ("%s\n", text);
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
      g_autofree char *title = dup_printable (recipe != NULL ? sonde_recipe_get_title (recipe) : _ ("cannot be read"));

      /* one without a chain serves chains from the command line */
      if (recipe == NULL || sonde_recipe_get_chain (recipe) != NULL)
        printf ("  %-24s %s\n", names[i], title);
    }
}

static void
print_table (SondeRegistry *registry)
{
  GPtrArray *plugins = sonde_registry_list (registry);

  if (plugins->len == 0)
    printf (_ ("No plugin was found. Set SONDE_PLUGIN_PATH to the folder of the plugins.\n"));
  for (guint i = 0; i < plugins->len; i++)
    {
      SondePlugin *plugin = g_ptr_array_index (plugins, i);

      const char *description = plugin->description != NULL ? plugin->description : "";
      g_autofree char *text = dup_printable (plugin->reason != NULL ? plugin->reason : description);

      printf ("%-16s %-15s %-12s %s\n", plugin->name, sonde_plugin_kind_get_name (plugin->kind), sonde_plugin_state_get_name (plugin->state),
              text);
    }
  print_recipes ();
}

int
command_list (int argc,
              char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print JSON"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (SondeRegistry) registry = NULL;
  int status = parse_options (&argc, &argv, entries, "[--json]", _ ("Lists every plugin: its kind, whether it can be used, and why not."), NULL);

  if (status >= 0)
    return status;
  if (argc > 1)
    return fail_usage (_ ("“sonde list” takes no argument, but “%s” was given"), argv[1]);
  registry = sonde_registry_new ();
  if (json)
    print_json (registry);
  else
    print_table (registry);
  return finish_output (EXIT_DONE);
}
