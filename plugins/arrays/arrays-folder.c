#define G_LOG_DOMAIN "arrays"

#include "arrays-folder.h"

#include <stdlib.h>
#include <string.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "arrays-limits.h"

typedef struct
{
  const char *root;
  char *real_root;
  GPtrArray *found;   /* paths from the root */
  GPtrArray *skipped; /* (nullable) */
  GCancellable *cancellable;
  guint n_names;
  guint max_names;
  guint max_files;
} Walk;

gboolean
arrays_folder_is_name (const char *name)
{
  return g_str_has_suffix (name, ".safetensors") || g_str_has_suffix (name, ".npz") || g_str_has_suffix (name, ".npy");
}

/* What only models have beside their weights; NULL where there is none of it. */
static const char *
find_model (const char *path)
{
  static const char *const marks[] = { "config.json", "model.safetensors", "model.safetensors.index.json", "tokenizer.json", "vocab.json", "pytorch_model.bin" };

  for (guint i = 0; i < G_N_ELEMENTS (marks); i++)
    {
      g_autofree char *file = g_build_filename (path, marks[i], NULL);

      if (g_file_test (file, G_FILE_TEST_EXISTS))
        return marks[i];
    }
  return NULL;
}

static void
skip (Walk *walk,
      const char *name,
      const char *why)
{
  if (walk->skipped != NULL)
    g_ptr_array_add (walk->skipped, SONDE_WORDS (g_strdup_printf ("“%.200s” (%s)", name, _ (why))));
}

static gboolean
leads_outside (Walk *walk,
               const char *path)
{
  g_autofree char *real = NULL;
  char *resolved = realpath (path, NULL);
  gboolean inside;

  if (walk->real_root == NULL)
    walk->real_root = realpath (walk->root, NULL);
  real = g_strdup (resolved);
  free (resolved);
  inside = real != NULL && walk->real_root != NULL && g_str_has_prefix (real, walk->real_root) && real[strlen (walk->real_root)] == G_DIR_SEPARATOR;
  return !inside || !g_file_test (real, G_FILE_TEST_IS_REGULAR);
}

static gboolean walk_folder (Walk *walk, const char *below, guint depth);

/* FALSE ends the walk. */
static gboolean
visit (Walk *walk,
       const char *below,
       const char *name,
       guint depth)
{
  g_autofree char *relative = below != NULL ? g_build_filename (below, name, NULL) : g_strdup (name);
  g_autofree char *path = g_build_filename (walk->root, relative, NULL);
  g_autofree char *shown = g_filename_display_name (relative);
  GStatBuf info;

  if (g_lstat (path, &info) != 0)
    return TRUE;
  if (S_ISDIR (info.st_mode))
    {
      if (find_model (path) != NULL)
        skip (walk, shown, N_ ("a model"));
      else if (depth == ARRAYS_MAX_FOLDERS)
        skip (walk, shown, N_ ("too deep"));
      else
        return walk_folder (walk, relative, depth + 1);
      return TRUE;
    }
  if (!arrays_folder_is_name (name))
    return TRUE;
  if (!g_utf8_validate (relative, -1, NULL))
    skip (walk, shown, N_ ("its name is not UTF-8"));
  else if (S_ISLNK (info.st_mode) && leads_outside (walk, path))
    skip (walk, shown, N_ ("a link to something that is no file in this folder"));
  else if (!S_ISREG (info.st_mode) && !S_ISLNK (info.st_mode))
    skip (walk, shown, N_ ("no regular file"));
  else
    g_ptr_array_add (walk->found, g_steal_pointer (&relative));
  return walk->found->len < walk->max_files;
}

static gboolean
walk_folder (Walk *walk,
             const char *below,
             guint depth)
{
  g_autofree char *path = below != NULL ? g_build_filename (walk->root, below, NULL) : g_strdup (walk->root);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (++walk->n_names > walk->max_names || g_cancellable_is_cancelled (walk->cancellable) || (name[0] != '.' && !visit (walk, below, name, depth)))
      return FALSE;
  return TRUE;
}

char *
arrays_folder_find_reason (const char *path)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  const char *mark = find_model (path);
  Walk walk = { .root = path, .found = found, .max_names = ARRAYS_MAX_PROBED_NAMES, .max_files = 1 };

  if (mark != NULL)
    return g_strdup_printf (_ ("it has a %s, as models have, and is no folder of arrays"), mark);
  walk_folder (&walk, NULL, 0);
  g_free (walk.real_root);
  return found->len > 0 ? NULL : g_strdup (_ ("it is a folder without .safetensors, .npz and .npy files"));
}

/* ---- order ---- */

/* Digits compare as numbers, all else as bytes: the same in every language. */
static int
compare_naturally (gconstpointer a,
                   gconstpointer b)
{
  const char *left = *(const char *const *) a;
  const char *right = *(const char *const *) b;

  while (*left != '\0' && *right != '\0')
    {
      if (g_ascii_isdigit (*left) && g_ascii_isdigit (*right))
        {
          gsize n_left, n_right;
          int order;

          left += strspn (left, "0");
          right += strspn (right, "0");
          n_left = strspn (left, "0123456789");
          n_right = strspn (right, "0123456789");
          order = n_left != n_right ? (n_left < n_right ? -1 : 1) : strncmp (left, right, n_left);
          if (order != 0)
            return order;
          left += n_left;
          right += n_right;
        }
      else if (*left != *right)
        return (guchar) *left < (guchar) *right ? -1 : 1;
      else
        {
          left++;
          right++;
        }
    }
  if (*left != *right)
    return *left == '\0' ? -1 : 1;
  return strcmp (*(const char *const *) a, *(const char *const *) b); /* “L1” and “L01” */
}

GPtrArray *
arrays_folder_list (const char *path,
                    const char *what,
                    GPtrArray *skipped,
                    GCancellable *cancellable,
                    GError **error)
{
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func (g_free);
  Walk walk = { .root = path, .found = found, .skipped = skipped, .cancellable = cancellable, .max_names = ARRAYS_MAX_FILE_NAMES, .max_files = ARRAYS_MAX_FILES + 1 };
  gboolean whole = walk_folder (&walk, NULL, 0);

  g_free (walk.real_root);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  if (!whole)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("the folder %s holds more than %d files with arrays, or more than %d of all kinds: name one that holds fewer"), what, ARRAYS_MAX_FILES, ARRAYS_MAX_FILE_NAMES);
      return NULL;
    }
  g_ptr_array_sort (found, compare_naturally);
  return g_steal_pointer (&found);
}
