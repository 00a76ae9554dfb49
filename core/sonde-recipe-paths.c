#define G_LOG_DOMAIN "sonde"

#include "sonde-recipe-private.h"

#include <stdlib.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-property.h"

/* A recipe comes from strangers: the files that it names lie beside it, or in a folder there, and no link leads elsewhere. */

static gboolean
climbs (const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, G_DIR_SEPARATOR_S, -1);

  return g_path_is_absolute (path) || g_strv_contains ((const char *const *) names, "..");
}

/* What is not there leads nowhere. */
static gboolean
leads_outside (const char *path,
               const char *folder)
{
  char *real = realpath (path, NULL);
  char *root = realpath (folder, NULL);
  const gsize length = root != NULL ? strlen (root) : 0;
  const gboolean outside = real != NULL && (root == NULL || strncmp (real, root, length) != 0 || (length > 1 && real[length] != G_DIR_SEPARATOR));

  free (real);
  free (root);
  return outside;
}

static gboolean
settle_path (GObject *object,
             GParamSpec *pspec,
             const char *folder,
             GError **error)
{
  g_autofree char *value = NULL;
  g_autofree char *path = NULL;

  g_object_get (object, pspec->name, &value, NULL);
  if (value == NULL || *value == '\0')
    return TRUE;
  path = g_str_equal (folder, ".") ? g_strdup (value) : g_build_filename (folder, value, NULL);
  if (climbs (value) || leads_outside (path, folder))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("“%s” is no file beside the recipe, where those that it names are expected: put it there, or name it with --set …%s=…"), value, pspec->name);
      return FALSE;
    }
  g_object_set (object, pspec->name, path, NULL);
  return TRUE;
}

gboolean
_sonde_recipe_settle_paths (const char *recipe,
                            GObject *object,
                            GError **error)
{
  g_autofree char *folder = g_path_get_dirname (recipe);
  guint n;
  g_autofree GParamSpec **pspecs = sonde_properties_list (G_OBJECT_GET_CLASS (object), &n);

  for (guint i = 0; i < n; i++)
    if ((pspecs[i]->flags & SONDE_PARAM_PATH) != 0 && pspecs[i]->value_type == G_TYPE_STRING && !settle_path (object, pspecs[i], folder, error))
      return FALSE;
  return TRUE;
}
