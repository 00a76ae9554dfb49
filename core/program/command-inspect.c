#include "program.h"

#include <stdio.h>

#include <glib/gi18n-lib.h>

#include "inspect.h"
#include "job.h"
#include "sonde.h"

static JsonObject *
describe_plugin (SondeRegistry *registry,
                 const SondePlugin *plugin,
                 GError **error)
{
  g_autoptr (GObject) object = NULL;
  g_autoptr (JsonObject) root = NULL;

  if (plugin->state != SONDE_PLUGIN_STATE_ENABLED)
    return inspect_describe_manifest (plugin);
  object = sonde_registry_create (registry, plugin->name, plugin->kind, error);
  if (object == NULL)
    return NULL;
  root = inspect_describe_plugin (registry, plugin, object);
  return sonde_fault_check (object, error) ? g_steal_pointer (&root) : NULL;
}

static JsonObject *
describe_source (SondeRegistry *registry,
                 const char *path,
                 const GPtrArray *told,
                 GError **error)
{
  g_autoptr (GCancellable) cancellable = watch_interrupts ();
  g_autoptr (SondeModel) model = sonde_registry_open_model (registry, path, cancellable, error);
  const char *unused = model != NULL ? settings_find_unused (told, &model, 1) : NULL;

  if (unused == NULL)
    return model != NULL ? inspect_describe_source (model, path) : NULL;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("--set speaks of %s, but “%s” was not opened by it: leave it out"), unused, path);
  return NULL;
}

static JsonObject *
refuse_settings (const char *name,
                 gboolean is_plugin,
                 GError **error)
{
  if (is_plugin)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("--set says how a model or a file of arrays is opened, and %s is a plugin: leave it out"), name);
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("--set says how a model or a file of arrays is opened, and %s is a recipe: leave it out"), name);
  return NULL;
}

/* A plugin's name wins, and then a recipe's: a file of the same name is ./NAME. */
static JsonObject *
describe (SondeRegistry *registry,
          const char *name,
          const GPtrArray *told,
          GError **error)
{
  const SondePlugin *plugin = sonde_registry_find (registry, name);
  g_autoptr (GObject) object = NULL;

  if (plugin != NULL)
    return told->len > 0 ? refuse_settings (name, TRUE, error) : describe_plugin (registry, plugin, error);
  if (sonde_recipe_exists (name))
    return told->len > 0 ? refuse_settings (name, FALSE, error) : inspect_describe_recipe (registry, name, error);
  if (g_file_test (name, G_FILE_TEST_EXISTS))
    return describe_source (registry, name, told, error);
  /* the kind does not matter: the sentence lists what there is */
  object = sonde_registry_create (registry, name, SONDE_PLUGIN_KIND_ANALYZER, error);
  g_prefix_error (error, _ ("there is no recipe, file or folder “%s”, and "), name);
  return NULL;
}

int
command_inspect (int argc,
                 char **argv)
{
  gboolean json = FALSE;
  g_auto (GStrv) set = NULL;
  g_autoptr (GPtrArray) told = g_ptr_array_new_with_free_func (g_free);
  const GOptionEntry entries[] = {
    { "set", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &set, N_ ("Set a property of a provider of models or arrays; repeatable"), N_ ("PROVIDER.PROPERTY=VALUE") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print JSON"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (SondeRegistry) registry = NULL;
  g_autoptr (JsonObject) root = NULL;
  GError *error = NULL;
  int status = parse_options (&argc, &argv, entries, _ ("NAME|PATH [OPTION…]"),
                              _ ("Says everything about a plugin: its manifest, properties, what it reads and attaches, its tables and figures, its sites and their names in other libraries. Or about a recipe: its conditions, its chain, and every property with where its value comes from. Or about a model directory or a file of arrays: its layers, sites or rows."),
                              _ ("Where a plugin, a recipe and a file have the same name, the plugin comes first and the recipe second: the file is ./NAME."));

  if (status >= 0)
    return status;
  if (argc != 2)
    return fail_usage (_ ("name one plugin or recipe, as “sonde list” shows them, or one model or file of arrays"));
  registry = sonde_registry_new ();
  root = settings_configure_providers (registry, set, told, &error) ? describe (registry, argv[1], told, &error) : NULL;
  if (root == NULL || !sonde_mapped_file_check (&error))
    return fail_with (error);
  if (json)
    {
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), root);
      g_autofree char *text = json_to_string (node, TRUE);

      print_json_text (text);
      putchar ('\n');
    }
  else
    inspect_print (root);
  return finish_output (EXIT_DONE);
}
