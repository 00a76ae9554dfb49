#include "fuzz.h"

#include "sonde.h"

/* A recipe: what it says of itself, its conditions, and the chain that it makes of the plugins of this build. */

static void
ask (SondeRecipe *recipe)
{
  g_auto (GStrv) groups = sonde_recipe_list_groups (recipe);
  g_autoptr (GPtrArray) conditions = sonde_recipe_dup_conditions (recipe);

  fuzz_assert (sonde_recipe_get_name (recipe) != NULL && sonde_recipe_get_title (recipe) != NULL && conditions->len > 0);
  sonde_recipe_get_description (recipe);
  sonde_recipe_get_target (recipe);
  for (guint i = 0; groups[i] != NULL; i++)
    g_strfreev (sonde_recipe_list_keys (recipe, groups[i]));
  for (guint i = 0; i < conditions->len; i++)
    {
      SondeCondition *condition = g_ptr_array_index (conditions, i);

      fuzz_assert (sonde_condition_get_id (condition) != NULL && sonde_condition_get_label (condition, SONDE_LABEL_TITLE) != NULL);
      sonde_condition_needs_target (condition);
    }
}

static void
build (SondeRecipe *recipe)
{
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeChain) chain = NULL;
  const gboolean configured = sonde_recipe_configure_providers (recipe, registry, &error);

  fuzz_check (configured, error);
  if (!configured)
    return;
  chain = sonde_recipe_build_chain (recipe, registry, NULL, &error);
  fuzz_check (chain != NULL, error);
  if (chain != NULL)
    {
      const gboolean fits = sonde_chain_check (chain, registry, &error);

      fuzz_check (fits, error);
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *path = fuzz_write ("fuzz.recipe", data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeRecipe) recipe = sonde_recipe_load (path, &error);

  fuzz_check (recipe != NULL, error);
  if (recipe == NULL)
    return 0;
  ask (recipe);
  build (recipe);
  return 0;
}
