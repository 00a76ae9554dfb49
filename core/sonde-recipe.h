#pragma once

#include "sonde-chain.h"
#include "sonde-condition.h"

G_BEGIN_DECLS

#define SONDE_TYPE_RECIPE (sonde_recipe_get_type ())
/* A file that says what to run: conditions, tap, chain, properties, target. */
G_DECLARE_FINAL_TYPE (SondeRecipe, sonde_recipe, SONDE, RECIPE, GObject)

/**
 * SONDE_RECIPE_FOR_CHAINS:
 *
 * The recipe whose conditions and target a chain on the command line runs with.
 */
#define SONDE_RECIPE_FOR_CHAINS "chain"

/* @name: a recipe's name, looked up in the data directories, or a path that ends in ".recipe". */
SondeRecipe *sonde_recipe_load (const char *name, GError **error);
gboolean sonde_recipe_exists (const char *name);
char **sonde_recipe_list_names (void); /* (transfer full), sorted */

const char *sonde_recipe_get_name (SondeRecipe *self);
const char *sonde_recipe_get_title (SondeRecipe *self);
const char *sonde_recipe_get_description (SondeRecipe *self); /* (nullable) */
const char *sonde_recipe_get_target (SondeRecipe *self);      /* (nullable) */
const char *sonde_recipe_get_tap (SondeRecipe *self);         /* (nullable) */
const char *sonde_recipe_get_chain (SondeRecipe *self);       /* (nullable) */
const char *sonde_recipe_get_path (SondeRecipe *self);        /* of its file */
/* (transfer full): "Condition ID", "Analyzer NAME", "Provider NAME", in their order. */
char **sonde_recipe_list_groups (SondeRecipe *self);
/* (transfer full): the properties that a group sets; none where there is no such group. */
char **sonde_recipe_list_keys (SondeRecipe *self, const char *group);
GPtrArray *sonde_recipe_dup_conditions (SondeRecipe *self); /* (transfer container) (element-type SondeCondition): unresolved */
gboolean sonde_recipe_configure_providers (SondeRecipe *self, SondeRegistry *registry, GError **error);

/* The recipe's chain with its tap and properties; for a chain from elsewhere, @words replaces the recipe's own. */
SondeChain *sonde_recipe_build_chain (SondeRecipe *self, SondeRegistry *registry, const char *const *words, GError **error);
SondeChain *sonde_recipe_build_tap (SondeRecipe *self, SondeRegistry *registry, GError **error); /* the same without its analyzers */

G_END_DECLS
