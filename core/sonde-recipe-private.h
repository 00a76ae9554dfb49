#pragma once

#include "sonde-recipe.h"

G_BEGIN_DECLS

/* Groups of the file: what follows is the name of a plugin. */
#define _SONDE_RECIPE_ANALYZER "Analyzer "
#define _SONDE_RECIPE_PROVIDER "Provider "

struct _SondeRecipe
{
  GObject parent_instance;

  char *name;
  char *path;
  GKeyFile *file;
  GPtrArray *conditions;
};

/* (transfer full): the value of a key that is there; %NULL where it cannot be read. */
char *_sonde_recipe_dup_value (SondeRecipe *self, const char *group, const char *key, GError **error);

/* Paths that a recipe in the file @recipe gave to properties of @object are those of files beside it; %FALSE where one is not. */
gboolean _sonde_recipe_settle_paths (const char *recipe, GObject *object, GError **error);

G_END_DECLS
