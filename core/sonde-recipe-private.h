#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Paths that a recipe in the file @recipe gave to properties of @object are those of files beside it; %FALSE where one is not. */
gboolean _sonde_recipe_settle_paths (const char *recipe, GObject *object, GError **error);

G_END_DECLS
