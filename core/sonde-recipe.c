#define G_LOG_DOMAIN "sonde"

#include "sonde-recipe.h"

#include <inttypes.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "sonde-condition-private.h"
#include "sonde-error-private.h"
#include "sonde-key-file-private.h"
#include "sonde-limits-private.h"
#include "sonde-paths.h"
#include "sonde-property.h"
#include "sonde-recipe-private.h"

#define CONDITION_PREFIX "Condition "

/**
 * SondeRecipe:
 *
 * A key file that a user can copy and edit:
 *
 * - `[Recipe]`: title, description, tap, chain, target (a leading space is written \s)
 * - `[Condition ID]`: the properties of #SondeCondition, one group a condition, in order
 * - `[Analyzer NAME]`: properties of an analyzer in the chain
 * - `[Provider NAME]`: properties of a model provider, for sources that it opens
 */
G_DEFINE_FINAL_TYPE (SondeRecipe, sonde_recipe, G_TYPE_OBJECT)

static void
sonde_recipe_finalize (GObject *object)
{
  SondeRecipe *self = SONDE_RECIPE (object);

  g_free (self->name);
  g_free (self->path);
  g_key_file_unref (self->file);
  g_ptr_array_unref (self->conditions);
  G_OBJECT_CLASS (sonde_recipe_parent_class)->finalize (object);
}

static void
sonde_recipe_class_init (SondeRecipeClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_recipe_finalize;
}

static void
sonde_recipe_init (SondeRecipe *self)
{
  self->file = g_key_file_new ();
  self->conditions = g_ptr_array_new_with_free_func (g_object_unref);
}

/* With an escape that means nothing, a key file gives both, the value and an error. */
char *
_sonde_recipe_dup_value (SondeRecipe *self,
                         const char *group,
                         const char *key,
                         GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *value = g_key_file_get_string (self->file, group, key, &local);

  if (local == NULL)
    return g_steal_pointer (&value);
  g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_RECIPE, local->message);
  return NULL;
}

/* ---- finding and reading the file ---- */

static char *
find_path (const char *name)
{
  g_autofree char *relative = NULL;

  if (g_str_has_suffix (name, ".recipe"))
    return g_strdup (name);
  if (*name == '\0' || strchr (name, G_DIR_SEPARATOR) != NULL || *name == '.')
    return NULL;
  relative = g_strdup_printf ("recipes/%s.recipe", name);
  return sonde_paths_find_data (relative);
}

/**
 * sonde_recipe_exists:
 * @name: the name of a recipe, or a path that ends in ".recipe"
 *
 * Asks whether there is a recipe of this name.
 *
 * Returns: %TRUE where there is one, whatever it says
 */
gboolean
sonde_recipe_exists (const char *name)
{
  g_autofree char *path = NULL;

  g_return_val_if_fail (name != NULL, FALSE);
  path = find_path (name);
  return path != NULL;
}

static void
add_names (GHashTable *names,
           const char *data_dir)
{
  g_autofree char *path = g_build_filename (data_dir, "recipes", NULL);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *entry;

  while (dir != NULL && (entry = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (entry, ".recipe"))
      g_hash_table_add (names, g_strndup (entry, strlen (entry) - strlen (".recipe")));
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * sonde_recipe_list_names:
 *
 * Lists the recipes in all data directories, but for %SONDE_RECIPE_FOR_CHAINS, which has nothing to run.
 *
 * Returns: (transfer full) (array zero-terminated=1): the recipes in the data directories, sorted
 */
char **
sonde_recipe_list_names (void)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) dirs = sonde_paths_dup_data_dirs ();
  GPtrArray *sorted = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer name;

  for (guint i = 0; dirs[i] != NULL; i++)
    add_names (names, dirs[i]);
  g_hash_table_remove (names, SONDE_RECIPE_FOR_CHAINS);
  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      g_ptr_array_add (sorted, name);
      g_hash_table_iter_steal (&iter);
    }
  g_ptr_array_sort (sorted, compare_names);
  g_ptr_array_add (sorted, NULL);
  return (char **) g_ptr_array_free (sorted, FALSE);
}

/* Lines that a key file makes groups and keys of, before it does. */
static gboolean
check_number (SondeRecipe *self,
              const char *contents,
              GError **error)
{
  guint n = 0;

  for (const char *line = contents; *line != '\0'; line += strcspn (line, "\n"))
    {
      line += strspn (line, " \t\r\n");
      n += *line != '#' && *line != '\0';
    }
  if (n <= SONDE_MAX_RECIPE_ENTRIES)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe %s has %u groups and keys, and at most %d are possible: that is no recipe"), self->name, n, SONDE_MAX_RECIPE_ENTRIES);
  return FALSE;
}

/* A key file joins groups of one name and keeps the last of equal keys; a recipe that says a thing twice is a mistake. */
static gboolean
check_repeats (SondeRecipe *self,
               const char *contents,
               GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (GStrv) lines = g_strsplit (contents, "\n", -1);
  g_autofree char *group = g_strdup ("");

  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *line = g_strstrip (lines[i]);
      char *equals = strchr (line, '=');
      g_autofree char *what = NULL;

      if (*line == '[')
        {
          g_free (group);
          group = g_strdup (line);
          what = g_strdup (line);
        }
      else if (*line != '#' && equals != NULL)
        {
          *equals = '\0';
          what = g_strdup_printf ("%s %s", group, g_strchomp (line));
        }
      if (what != NULL && g_hash_table_contains (seen, what))
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe %s says “%s” twice, the second time in line %u: remove one of them"), self->name, what, i + 1);
          return FALSE;
        }
      if (what != NULL)
        g_hash_table_add (seen, g_steal_pointer (&what));
    }
  return TRUE;
}

static char *
read_file (const char *path,
           GError **error)
{
  g_autoptr (GError) local = NULL;
  char *contents = NULL;
  const char *invalid;
  gsize size;
  GStatBuf info;

  if (g_stat (path, &info) != 0)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe “%s” cannot be read: %s: name another"), path, g_strerror (errno));
  else if (!S_ISREG (info.st_mode))
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe “%s” is no regular file: name one that is"), path);
  else if (info.st_size > SONDE_MAX_RECIPE_BYTES)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe “%s” has %" PRId64 " bytes, and at most %d are possible: that is no recipe: name another"), path, (gint64) info.st_size, SONDE_MAX_RECIPE_BYTES);
  else if (!g_file_get_contents (path, &contents, &size, &local))
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe “%s” cannot be read: %s: name another"), path, local->message);
  else if (!g_utf8_validate_len (contents, size, &invalid))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe “%s” is not UTF-8: see its byte %zu"), path, (gsize) (invalid - contents));
      g_clear_pointer (&contents, g_free);
    }
  return contents;
}

static gboolean
load_file (SondeRecipe *self,
           const char *path,
           GError **error)
{
  g_autofree char *contents = read_file (path, error);
  g_autoptr (GError) local = NULL;
  const char *text = contents;

  if (contents == NULL)
    return FALSE;
  if (g_str_has_prefix (text, "\xEF\xBB\xBF")) /* editors write a byte order mark */
    text += 3;
  if (!check_number (self, text, error))
    return FALSE;
  if (!g_key_file_load_from_data (self->file, text, strlen (text), G_KEY_FILE_NONE, &local))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe “%s”: %s: correct it"), path, local->message);
      return FALSE;
    }
  return check_repeats (self, text, error);
}

/* ---- what it may say ---- */

/* Titles and descriptions may be given in several languages, as title[de]; whatever changes a number may not. */
static gboolean
is_known_key (const char *key)
{
  static const char *const known[] = { "title", "description", "tap", "chain", "target", NULL };

  return g_strv_contains (known, key) || g_str_has_prefix (key, "title[") || g_str_has_prefix (key, "description[");
}

static gboolean
check_recipe_group (SondeRecipe *self,
                    GError **error)
{
  g_auto (GStrv) keys = g_key_file_get_keys (self->file, "Recipe", NULL, NULL);

  if (keys == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe %s has no group [Recipe]: add one, with a tap and a chain"), self->name);
      return FALSE;
    }
  for (guint i = 0; keys[i] != NULL; i++)
    if (!is_known_key (keys[i]))
      {
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe %s says “%s” in [Recipe], which takes title, description, tap, chain, target"), self->name, keys[i]);
        return FALSE;
      }
  return TRUE;
}

static gboolean
set_condition_property (SondeRecipe *self,
                        SondeCondition *condition,
                        const char *group,
                        const char *key,
                        GError **error)
{
  g_autofree char *value = _sonde_recipe_dup_value (self, group, key, error);

  return value != NULL && sonde_property_set (G_OBJECT (condition), sonde_condition_get_id (condition), key, value, error);
}

static gboolean
is_plain_id (const char *id)
{
  return *id != '\0' && strlen (id) <= 100 && strspn (id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == strlen (id);
}

static gboolean
add_condition (SondeRecipe *self,
               const char *group,
               GError **error)
{
  const char *id = group + strlen (CONDITION_PREFIX);
  g_auto (GStrv) keys = g_key_file_get_keys (self->file, group, NULL, NULL);
  g_autoptr (SondeCondition) condition = _sonde_condition_new (id);

  if (!is_plain_id (id) || self->conditions->len == SONDE_MAX_RECIPE_CONDITIONS)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe %s: “%s” cannot be a condition: at most %d, named with letters, digits, - and _"), self->name, id, SONDE_MAX_RECIPE_CONDITIONS);
      return FALSE;
    }
  for (guint i = 0; keys != NULL && keys[i] != NULL; i++)
    if (!set_condition_property (self, condition, group, keys[i], error))
      {
        g_prefix_error (error, _ ("the recipe %s: "), self->name);
        return FALSE;
      }
  g_ptr_array_add (self->conditions, g_steal_pointer (&condition));
  return TRUE;
}

static gboolean
read_groups (SondeRecipe *self,
             GError **error)
{
  g_auto (GStrv) groups = g_key_file_get_groups (self->file, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      if (g_str_has_prefix (groups[i], CONDITION_PREFIX))
        {
          if (!add_condition (self, groups[i], error))
            return FALSE;
        }
      else if (!g_str_equal (groups[i], "Recipe") && !g_str_has_prefix (groups[i], _SONDE_RECIPE_ANALYZER) && !g_str_has_prefix (groups[i], _SONDE_RECIPE_PROVIDER))
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe %s has a group [%s], where [Recipe], [Condition ID], [Analyzer NAME] and [Provider NAME] are expected"), self->name, groups[i]);
          return FALSE;
        }
    }
  if (self->conditions->len == 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the recipe %s has no condition: write a group [Condition ID]"), self->name);
      return FALSE;
    }
  return TRUE;
}

/**
 * sonde_recipe_load:
 * @name: a recipe's name, or a path that ends in ".recipe"
 *
 * Reads a recipe.
 *
 * Returns: (transfer full): the recipe; or %NULL with %SONDE_ERROR_RECIPE
 */
SondeRecipe *
sonde_recipe_load (const char *name,
                   GError **error)
{
  g_autoptr (SondeRecipe) self = g_object_new (SONDE_TYPE_RECIPE, NULL);
  g_autofree char *path = NULL;
  g_autofree char *base = NULL;

  g_return_val_if_fail (name != NULL, NULL);

  path = find_path (name);
  if (path == NULL)
    {
      g_auto (GStrv) names = sonde_recipe_list_names ();
      g_autofree char *list = g_strjoinv (", ", names);

      g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("there is no recipe “%s”: there are %s, or name a file that ends in .recipe"), name, list);
      return NULL;
    }
  base = g_path_get_basename (path);
  self->path = g_strdup (path);
  self->name = g_strndup (base, strlen (base) - strlen (".recipe"));
  if (!load_file (self, path, error) || !check_recipe_group (self, error) || !read_groups (self, error))
    {
      _sonde_error_make_line (error);
      return NULL;
    }
  if (strlen (sonde_recipe_get_title (self)) > SONDE_MAX_RECIPE_TITLE)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_RECIPE, _ ("the title of the recipe %s has %zu bytes, and at most %d are possible: make it shorter"), self->name, strlen (sonde_recipe_get_title (self)), SONDE_MAX_RECIPE_TITLE);
      _sonde_error_make_line (error);
      return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * sonde_recipe_get_name:
 *
 * Gives the name of the recipe.
 *
 * Returns: (transfer none): the name of its file, without ".recipe"
 */
const char *
sonde_recipe_get_name (SondeRecipe *self)
{
  g_return_val_if_fail (SONDE_IS_RECIPE (self), NULL);
  return self->name;
}

static const char *
recipe_text (SondeRecipe *self,
             const char *key)
{
  g_autofree char *text = g_key_file_get_string (self->file, "Recipe", key, NULL);

  return text != NULL ? g_intern_string (text) : NULL;
}

/* In the user's language. */
static const char *
recipe_prose (SondeRecipe *self,
              const char *key)
{
  g_autofree char *text = _sonde_key_file_dup_prose (self->file, "Recipe", key, "recipe");

  return text != NULL ? g_intern_string (text) : NULL;
}

/**
 * sonde_recipe_get_title:
 *
 * Gives the title of reports.
 *
 * Returns: (transfer none): the title
 */
const char *
sonde_recipe_get_title (SondeRecipe *self)
{
  const char *title;

  g_return_val_if_fail (SONDE_IS_RECIPE (self), NULL);
  title = recipe_prose (self, "title");
  return title != NULL ? title : self->name;
}

/**
 * sonde_recipe_get_description:
 *
 * Gives what the recipe says of itself in some sentences.
 *
 * Returns: (nullable): what the recipe does, in a sentence or two
 */
const char *
sonde_recipe_get_description (SondeRecipe *self)
{
  g_return_val_if_fail (SONDE_IS_RECIPE (self), NULL);
  return recipe_prose (self, "description");
}

/**
 * sonde_recipe_get_target:
 *
 * Gives the target word that the recipe names.
 *
 * Returns: (nullable): the word that windows end in
 */
const char *
sonde_recipe_get_target (SondeRecipe *self)
{
  g_return_val_if_fail (SONDE_IS_RECIPE (self), NULL);
  return recipe_text (self, "target");
}

/**
 * sonde_recipe_get_tap:
 *
 * Gives the tap that the recipe names.
 *
 * Returns: (nullable): the name of the tap's plugin
 */
const char *
sonde_recipe_get_tap (SondeRecipe *self)
{
  g_return_val_if_fail (SONDE_IS_RECIPE (self), NULL);
  return recipe_text (self, "tap");
}

/**
 * sonde_recipe_get_chain:
 *
 * Gives the chain as it stands in the file.
 *
 * Returns: (nullable): the recipe's chain as one line; %NULL for a recipe that serves chains from elsewhere
 */
const char *
sonde_recipe_get_chain (SondeRecipe *self)
{
  g_return_val_if_fail (SONDE_IS_RECIPE (self), NULL);
  return recipe_text (self, "chain");
}

/**
 * sonde_recipe_get_path:
 *
 * Tells where the recipe was read from.
 *
 * Returns: the path of its file
 */
const char *
sonde_recipe_get_path (SondeRecipe *self)
{
  g_return_val_if_fail (SONDE_IS_RECIPE (self), NULL);
  return self->path;
}

/**
 * sonde_recipe_list_groups:
 *
 * Lists the groups of the file.
 *
 * Returns: (transfer full) (array zero-terminated=1): the groups behind `[Recipe]`, in their order
 */
char **
sonde_recipe_list_groups (SondeRecipe *self)
{
  g_auto (GStrv) groups = NULL;
  g_autoptr (GStrvBuilder) others = g_strv_builder_new ();

  g_return_val_if_fail (SONDE_IS_RECIPE (self), NULL);

  groups = g_key_file_get_groups (self->file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    if (!g_str_equal (groups[i], "Recipe"))
      g_strv_builder_add (others, groups[i]);
  return g_strv_builder_end (others);
}

/**
 * sonde_recipe_list_keys:
 * @group: as sonde_recipe_list_groups() gives it
 *
 * Lists what a group of the file sets.
 *
 * Returns: (transfer full) (array zero-terminated=1): the properties that it sets
 */
char **
sonde_recipe_list_keys (SondeRecipe *self,
                        const char *group)
{
  char **keys;

  g_return_val_if_fail (SONDE_IS_RECIPE (self) && group != NULL, NULL);

  keys = g_key_file_get_keys (self->file, group, NULL, NULL);
  return keys != NULL ? keys : g_new0 (char *, 1);
}

/**
 * sonde_recipe_dup_conditions:
 *
 * Makes the conditions anew: each run resolves its own.
 *
 * Returns: (transfer container) (element-type SondeCondition): copies of the conditions, not yet resolved
 */
GPtrArray *
sonde_recipe_dup_conditions (SondeRecipe *self)
{
  GPtrArray *conditions;

  g_return_val_if_fail (SONDE_IS_RECIPE (self), NULL);

  conditions = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < self->conditions->len; i++)
    g_ptr_array_add (conditions, _sonde_condition_copy (g_ptr_array_index (self->conditions, i)));
  return conditions;
}
