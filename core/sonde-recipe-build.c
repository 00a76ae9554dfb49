#define G_LOG_DOMAIN "sonde"

#include "sonde-recipe-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-error-private.h"
#include "sonde-property.h"

/* What is made of a recipe: providers that are set as it says, and a chain. */

/* ---- providers ---- */

static gboolean
configure_provider (SondeRecipe *self,
                    SondeRegistry *registry,
                    const char *group,
                    GError **error)
{
  const char *name = group + strlen (_SONDE_RECIPE_PROVIDER);
  SondeModelProvider *provider = sonde_registry_get_provider (registry, name, error);
  g_auto (GStrv) keys = g_key_file_get_keys (self->file, group, NULL, NULL);

  if (provider == NULL)
    return FALSE;
  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *value = _sonde_recipe_dup_value (self, group, keys[i], error);

      if (value == NULL || !sonde_property_set (G_OBJECT (provider), name, keys[i], value, error))
        return FALSE;
    }
  return _sonde_recipe_settle_paths (self->path, G_OBJECT (provider), error);
}

/**
 * sonde_recipe_configure_providers:
 * @registry: has the providers
 *
 * Sets what the recipe says of model providers; it has a meaning where one of them opens the source.
 *
 * Returns: %FALSE with a sentence about what is wrong
 */
gboolean
sonde_recipe_configure_providers (SondeRecipe *self,
                                  SondeRegistry *registry,
                                  GError **error)
{
  g_auto (GStrv) groups = NULL;

  g_return_val_if_fail (SONDE_IS_RECIPE (self) && SONDE_IS_REGISTRY (registry), FALSE);

  groups = g_key_file_get_groups (self->file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    if (g_str_has_prefix (groups[i], _SONDE_RECIPE_PROVIDER) && !configure_provider (self, registry, groups[i], error))
      {
        g_prefix_error (error, _ ("the recipe %s: "), self->name);
        _sonde_error_make_line (error);
        return FALSE;
      }
  return TRUE;
}

/* ---- the chain ---- */

static gboolean
apply_group (SondeRecipe *self,
             SondeChain *chain,
             const char *group,
             GError **error)
{
  const char *element = group + strlen (_SONDE_RECIPE_ANALYZER);
  g_auto (GStrv) keys = g_key_file_get_keys (self->file, group, NULL, NULL);

  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    {
      g_autofree char *value = _sonde_recipe_dup_value (self, group, keys[i], error);

      if (value == NULL || !sonde_chain_set_property (chain, element, keys[i], value, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
apply_tap_group (SondeRecipe *self,
                 SondeChain *chain,
                 GError **error)
{
  const char *name = NULL;
  g_autofree char *group = NULL;

  if (sonde_chain_get_tap (chain, &name) == NULL)
    return TRUE;
  group = g_strconcat (_SONDE_RECIPE_ANALYZER, name, NULL);
  return apply_group (self, chain, group, error);
}

static gboolean
apply_properties (SondeRecipe *self,
                  SondeChain *chain,
                  GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (self->file, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    if (g_str_has_prefix (groups[i], _SONDE_RECIPE_ANALYZER) && !apply_group (self, chain, groups[i], error))
      return FALSE;
  return TRUE;
}

static gboolean
settle_paths (SondeRecipe *self,
              SondeChain *chain,
              GError **error)
{
  SondeTap *tap = sonde_chain_get_tap (chain, NULL);

  for (guint i = 0; i < sonde_chain_get_n_analyzers (chain); i++)
    if (!_sonde_recipe_settle_paths (self->path, G_OBJECT (sonde_chain_get_analyzer (chain, i, NULL)), error))
      return FALSE;
  return tap == NULL || _sonde_recipe_settle_paths (self->path, G_OBJECT (tap), error);
}

static gboolean
add_tap (SondeRecipe *self,
         SondeChain *chain,
         SondeRegistry *registry,
         GError **error)
{
  const char *name = sonde_recipe_get_tap (self);
  g_autoptr (GObject) tap = NULL;

  if (sonde_chain_get_tap (chain, NULL) != NULL || name == NULL)
    return TRUE;
  tap = sonde_registry_create (registry, name, SONDE_PLUGIN_KIND_TAP, error);
  if (tap == NULL)
    return FALSE;
  sonde_chain_set_tap (chain, name, SONDE_TAP (tap));
  return TRUE;
}

/**
 * sonde_recipe_build_chain:
 * @registry: makes the plugins
 * @words: (nullable) (array zero-terminated=1): a chain from elsewhere, which replaces the recipe's own and its properties
 *
 * Makes the chain, with the tap in front and all properties set. Fails as sonde_chain_new() and sonde_chain_check() do.
 *
 * Returns: (transfer full): the chain, with its tap; or %NULL with a sentence about what is wrong
 */
SondeChain *
sonde_recipe_build_chain (SondeRecipe *self,
                          SondeRegistry *registry,
                          const char *const *words,
                          GError **error)
{
  g_autoptr (SondeChain) chain = NULL;
  const char *text;

  g_return_val_if_fail (SONDE_IS_RECIPE (self) && SONDE_IS_REGISTRY (registry), NULL);

  text = sonde_recipe_get_chain (self);
  if (words == NULL && text == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe %s has no chain: add the line chain= to its group [Recipe]"), self->name);
      _sonde_error_make_line (error);
      return NULL;
    }
  chain = words != NULL ? sonde_chain_new (registry, words, error) : sonde_chain_parse (registry, text, error);
  if (chain != NULL && add_tap (self, chain, registry, error) && (words != NULL || (apply_properties (self, chain, error) && settle_paths (self, chain, error))))
    return g_steal_pointer (&chain);
  _sonde_error_make_line (error);
  return NULL;
}

/* The beginning of the recipe's chain, as far as it is a tap and its properties: (transfer full) words, perhaps none. */
static char **
dup_tap_words (SondeRecipe *self,
               SondeRegistry *registry)
{
  const char *text = sonde_recipe_get_chain (self);
  g_auto (GStrv) words = NULL;
  GPtrArray *found = g_ptr_array_new ();
  const SondePlugin *plugin;

  if (text != NULL && g_shell_parse_argv (text, NULL, &words, NULL))
    {
      plugin = sonde_registry_find (registry, words[0]);
      for (guint i = 0; plugin != NULL && plugin->kind == SONDE_PLUGIN_KIND_TAP && words[i] != NULL && !g_str_equal (words[i], "!"); i++)
        g_ptr_array_add (found, g_strdup (words[i]));
    }
  g_ptr_array_add (found, NULL);
  return (char **) g_ptr_array_free (found, FALSE);
}

/**
 * sonde_recipe_build_tap:
 * @registry: makes the plugin
 *
 * Makes what sonde_recipe_build_chain() would, without its analyzers: for whoever keeps activations as they are.
 *
 * Returns: (transfer full): a chain with a tap alone, and without one where the recipe names none; or %NULL with a sentence about what is
 * wrong
 */
SondeChain *
sonde_recipe_build_tap (SondeRecipe *self,
                        SondeRegistry *registry,
                        GError **error)
{
  g_autoptr (SondeChain) chain = NULL;
  g_auto (GStrv) words = NULL;

  g_return_val_if_fail (SONDE_IS_RECIPE (self) && SONDE_IS_REGISTRY (registry), NULL);

  words = dup_tap_words (self, registry);
  chain = words[0] != NULL ? sonde_chain_new (registry, (const char *const *) words, error) : g_object_new (SONDE_TYPE_CHAIN, NULL);
  if (chain != NULL && add_tap (self, chain, registry, error) && apply_tap_group (self, chain, error) && settle_paths (self, chain, error))
    return g_steal_pointer (&chain);
  _sonde_error_make_line (error);
  return NULL;
}
