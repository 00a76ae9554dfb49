#include "inspect.h"

#include <string.h>

#include "sonde.h"

/* A recipe as JSON: all that it says, and all that it leaves as it is. */

/* Whether the recipe's chain says PROPERTY=VALUE behind @name. */
static gboolean
chain_sets (const char *chain,
            const char *name,
            const char *property)
{
  g_auto (GStrv) words = NULL;
  g_autofree char *start = g_strconcat (property, "=", NULL);
  gboolean first = TRUE;
  gboolean within = FALSE;

  if (chain == NULL || !g_shell_parse_argv (chain, NULL, &words, NULL))
    return FALSE;
  for (guint i = 0; words[i] != NULL; i++)
    {
      if (first)
        within = g_str_equal (words[i], name);
      else if (within && g_str_has_prefix (words[i], start))
        return TRUE;
      first = g_str_equal (words[i], "!");
    }
  return FALSE;
}

static gboolean
group_sets (SondeRecipe *recipe,
            const char *group,
            const char *property)
{
  g_auto (GStrv) keys = sonde_recipe_list_keys (recipe, group);

  return g_strv_contains ((const char *const *) keys, property);
}

/* @kind: the first word of the group that sets its properties in a recipe. */
static void
add_settings (JsonArray *settings,
              SondeRecipe *recipe,
              const char *what,
              const char *kind,
              const char *name,
              GObject *object)
{
  JsonObject *entry = json_object_new ();
  JsonArray *properties = inspect_describe_properties (object);
  g_autofree char *group = g_strdup_printf ("%s %s", kind, name);

  for (guint i = 0; i < json_array_get_length (properties); i++)
    {
      JsonObject *property = json_array_get_object_element (properties, i);
      const char *key = json_object_get_string_member (property, "name");
      g_autofree char *value = sonde_property_dup_text (object, g_object_class_find_property (G_OBJECT_GET_CLASS (object), key));
      const gboolean in_group = group_sets (recipe, group, key);
      const gboolean in_chain = chain_sets (sonde_recipe_get_chain (recipe), name, key);

      json_object_set_string_member (property, "value", value);
      json_object_set_string_member (property, "origin", in_group ? "group" : in_chain ? "chain"
                                                                                       : "default");
    }
  json_object_set_string_member (entry, "name", name);
  json_object_set_string_member (entry, "kind", what);
  json_object_set_array_member (entry, "properties", properties);
  json_array_add_object_element (settings, entry);
}

static void
add_conditions (JsonArray *settings,
                SondeRecipe *recipe)
{
  g_autoptr (GPtrArray) conditions = sonde_recipe_dup_conditions (recipe);

  for (guint i = 0; i < conditions->len; i++)
    add_settings (settings, recipe, "condition", "Condition", sonde_condition_get_id (g_ptr_array_index (conditions, i)), g_ptr_array_index (conditions, i));
}

/* A recipe without a chain of its own serves others, and may have a tap. */
static gboolean
add_tap (JsonArray *settings,
         SondeRecipe *recipe,
         SondeRegistry *registry,
         GError **error)
{
  const char *name = sonde_recipe_get_tap (recipe);
  g_autoptr (GObject) tap = name != NULL ? sonde_registry_create (registry, name, SONDE_PLUGIN_KIND_TAP, error) : NULL;

  if (tap != NULL)
    add_settings (settings, recipe, "tap", "Analyzer", name, tap);
  return name == NULL || tap != NULL;
}

static void
add_elements (JsonArray *settings,
              SondeRecipe *recipe,
              SondeChain *chain)
{
  const char *name;
  SondeTap *tap = sonde_chain_get_tap (chain, &name);

  if (tap != NULL)
    add_settings (settings, recipe, "tap", "Analyzer", name, G_OBJECT (tap));
  for (guint i = 0; i < sonde_chain_get_n_analyzers (chain); i++)
    {
      SondeAnalyzer *analyzer = sonde_chain_get_analyzer (chain, i, &name);

      add_settings (settings, recipe, "analyzer", "Analyzer", name, G_OBJECT (analyzer));
    }
}

static gboolean
add_chain (JsonArray *settings,
           SondeRecipe *recipe,
           SondeRegistry *registry,
           const char *const *words,
           GError **error)
{
  g_autoptr (SondeChain) chain = NULL;

  if (words == NULL && sonde_recipe_get_chain (recipe) == NULL)
    return add_tap (settings, recipe, registry, error);
  chain = sonde_recipe_build_chain (recipe, registry, words, error);
  if (chain != NULL)
    add_elements (settings, recipe, chain);
  return chain != NULL;
}

static gboolean
add_providers (JsonArray *settings,
               SondeRecipe *recipe,
               SondeRegistry *registry,
               GError **error)
{
  g_auto (GStrv) groups = sonde_recipe_list_groups (recipe);

  if (!sonde_recipe_configure_providers (recipe, registry, error))
    return FALSE;
  for (guint i = 0; groups[i] != NULL; i++)
    if (g_str_has_prefix (groups[i], "Provider "))
      {
        const char *name = groups[i] + strlen ("Provider ");
        SondeModelProvider *provider = sonde_registry_get_provider (registry, name, error);

        if (provider == NULL)
          return FALSE;
        add_settings (settings, recipe, "model-provider", "Provider", name, G_OBJECT (provider));
      }
  return TRUE;
}

static JsonArray *
describe_settings (SondeRecipe *recipe,
                   SondeRegistry *registry,
                   const char *const *words,
                   GError **error)
{
  g_autoptr (JsonArray) settings = json_array_new ();

  add_conditions (settings, recipe);
  if (!add_chain (settings, recipe, registry, words, error) || !add_providers (settings, recipe, registry, error))
    return NULL;
  return g_steal_pointer (&settings);
}

JsonArray *
inspect_describe_settings (SondeRegistry *registry,
                           const char *const *words,
                           GError **error)
{
  const gboolean is_recipe = words[1] == NULL && sonde_registry_find (registry, words[0]) == NULL;
  g_autoptr (SondeRecipe) recipe = sonde_recipe_load (is_recipe ? words[0] : SONDE_RECIPE_FOR_CHAINS, error);

  return recipe != NULL ? describe_settings (recipe, registry, is_recipe ? NULL : words, error) : NULL;
}

JsonObject *
inspect_describe_recipe (SondeRegistry *registry,
                         const char *name,
                         GError **error)
{
  g_autoptr (SondeRecipe) recipe = sonde_recipe_load (name, error);
  g_autoptr (JsonArray) settings = recipe != NULL ? describe_settings (recipe, registry, NULL, error) : NULL;
  g_autofree char *file = NULL;
  JsonObject *root;

  if (settings == NULL)
    return NULL;
  file = g_filename_display_name (sonde_recipe_get_path (recipe));
  root = json_object_new ();
  json_object_set_string_member (root, "name", sonde_recipe_get_name (recipe));
  json_object_set_string_member (root, "kind", "recipe");
  json_object_set_string_member (root, "title", sonde_recipe_get_title (recipe));
  inspect_set_name (root, "description", sonde_recipe_get_description (recipe));
  json_object_set_string_member (root, "file", file);
  inspect_set_name (root, "tap", sonde_recipe_get_tap (recipe));
  inspect_set_name (root, "chain", sonde_recipe_get_chain (recipe));
  inspect_set_name (root, "target", sonde_recipe_get_target (recipe));
  json_object_set_array_member (root, "settings", g_steal_pointer (&settings));
  return root;
}
