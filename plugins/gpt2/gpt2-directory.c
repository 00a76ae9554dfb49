#define G_LOG_DOMAIN "gpt2"

#include "gpt2-directory.h"

#include <stdlib.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde.h"

/* Where models stand: in a directory as transformers writes it, or in the cache that downloads go to, which is
 * hub/models--OWNER--NAME/snapshots/HASH/, with the hash of the newest one in refs/main. */

#define MODEL_PREFIX "models--"

/* ---- links ---- */

/* A model comes from strangers, and may be packed with links in it: none makes us read what lies elsewhere. */
static gboolean
is_below (const char *path, const char *folder)
{
  const gsize length = strlen (folder);

  return g_str_has_prefix (path, folder) && (path[length] == G_DIR_SEPARATOR || path[length] == '\0' || length == 1);
}

static char *
dup_real_path (const char *path)
{
  char *real = realpath (path, NULL);
  char *copy = g_strdup (real);

  free (real);
  return copy;
}

/* A snapshot's files are links to models--OWNER--NAME/blobs/. */
static char *
dup_blobs (const char *real_directory)
{
  g_autofree char *parent = g_path_get_dirname (real_directory);
  g_autofree char *name = g_path_get_basename (parent);
  g_autofree char *model = g_path_get_dirname (parent);

  return g_str_equal (name, "snapshots") ? g_build_filename (model, "blobs", NULL) : NULL;
}

static gboolean
check_file (const char *directory, const char *path, GError **error)
{
  g_autofree char *root = dup_real_path (directory);
  g_autofree char *real = dup_real_path (path);
  g_autofree char *blobs = root ? dup_blobs (root) : NULL;

  if (!real || !g_file_test (real, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s is a folder, a pipe, a device or a link to nothing, a file expected"), path);
      return FALSE;
    }
  if (root && (is_below (real, root) || (blobs && is_below (real, blobs))))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s is a link out of its directory, to %s: put that file itself there, if you trust the link"), path, real);
  return FALSE;
}

gboolean
gpt2_directory_check_files (const char *directory, const char *const *paths, GError **error)
{
  for (guint i = 0; paths[i]; i++)
    if (!check_file (directory, paths[i], error))
      return FALSE;
  return TRUE;
}

gboolean
gpt2_directory_has (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  return g_file_test (path, G_FILE_TEST_EXISTS) || g_file_test (path, G_FILE_TEST_IS_SYMLINK);
}

char *
gpt2_directory_find_file (const char *directory, const char *name, GError **error)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  return check_file (directory, path, error) ? g_steal_pointer (&path) : NULL;
}

/* ---- directories ---- */

static gboolean
is_directory (const char *parent, const char *name)
{
  g_autofree char *path = g_build_filename (parent, name, NULL);

  return g_file_test (path, G_FILE_TEST_IS_DIR);
}

static gboolean
is_file (const char *parent, const char *name)
{
  g_autofree char *path = g_build_filename (parent, name, NULL);

  return g_file_test (path, G_FILE_TEST_IS_REGULAR);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The directories in @parent whose names begin with @prefix, in alphabetic order. */
static GPtrArray *
list_directories (const char *parent, const char *prefix)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (parent, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    if (g_str_has_prefix (name, prefix) && is_directory (parent, name))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

/* @parent / the only name; or an error that lists them. */
static char *
choose_only (const char *parent,
             GPtrArray *names,
             const char *kind,
             GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);

  if (names->len == 1)
    return g_build_filename (parent, g_ptr_array_index (names, 0), NULL);
  for (guint i = 0; i < MIN (names->len, 20); i++)
    g_string_append_printf (list, "%s%s", i > 0 ? ", " : "", (char *) g_ptr_array_index (names, i));
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s holds %u %s, one expected: give the path of one of them (%s)"), parent, names->len, kind, list->str);
  return NULL;
}

/* Takes @snapshot, which may be NULL. */
static char *
check_snapshot (const char *path, char *snapshot, GError **error)
{
  g_autofree char *owned = snapshot;
  g_autofree char *root = dup_real_path (path);
  g_autofree char *real = snapshot ? dup_real_path (snapshot) : NULL;

  if (!snapshot)
    return NULL;
  if (root && real && is_below (real, root))
    return g_steal_pointer (&owned);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s is a link out of %s: name the directory that it leads to, if you trust it"), snapshot, path);
  return NULL;
}

/* The snapshot that refs/main names; the only one where that file is missing. */
static char *
find_snapshot (const char *path, GError **error)
{
  g_autofree char *snapshots = g_build_filename (path, "snapshots", NULL);
  g_autofree char *reference = g_build_filename (path, "refs", "main", NULL);
  g_autofree char *hash = NULL;
  g_autoptr (GPtrArray) names = NULL;

  if (is_file (path, "refs/main") && g_file_get_contents (reference, &hash, NULL, NULL))
    {
      g_strstrip (hash);
      if (*hash && *hash != '.' && strlen (hash) < 256 && !strpbrk (hash, "/\\\n") && is_directory (snapshots, hash))
        return check_snapshot (path, g_build_filename (snapshots, hash, NULL), error);
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s names no directory in %s: the download is incomplete: start it again"), reference, snapshots);
      return NULL;
    }
  names = list_directories (snapshots, "");
  return check_snapshot (path, choose_only (snapshots, names, _ ("snapshots"), error), error);
}

static char *
find_in_cache (const char *path, GError **error)
{
  g_autoptr (GPtrArray) names = NULL;
  g_autofree char *model = NULL;

  if (is_directory (path, "snapshots"))
    return find_snapshot (path, error);
  names = list_directories (path, MODEL_PREFIX);
  if (names->len == 0 && is_directory (path, "hub"))
    {
      g_autofree char *hub = g_build_filename (path, "hub", NULL);
      g_autoptr (GPtrArray) inside = list_directories (hub, MODEL_PREFIX);

      model = choose_only (hub, inside, _ ("models"), error);
    }
  else if (names->len == 0)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s has no config.json, a directory with one expected"), path);
  else
    model = choose_only (path, names, _ ("models"), error);
  return model ? find_snapshot (model, error) : NULL;
}

char *
gpt2_directory_resolve (const char *path, GError **error)
{
  g_autofree char *directory = NULL;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s does not exist, a model directory with config.json expected"), path);
      return NULL;
    }
  if (!g_file_test (path, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s is a file, a model directory with config.json expected"), path);
      return NULL;
    }
  if (is_file (path, "config.json"))
    return g_strdup (path);
  directory = find_in_cache (path, error);
  if (!directory || is_file (directory, "config.json"))
    return g_steal_pointer (&directory);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s has no config.json: the download is incomplete: start it again"), directory);
  return NULL;
}

char *
gpt2_directory_find_weights (const char *directory, GError **error)
{
  static const char *const safe[] = { "model.safetensors", "model.safetensors.index.json" };
  static const char *const pickles[] = { "pytorch_model.bin", "pytorch_model.bin.index.json" };

  for (guint i = 0; i < G_N_ELEMENTS (safe); i++)
    if (is_file (directory, safe[i]))
      return gpt2_directory_find_file (directory, safe[i], error);
  for (guint i = 0; i < G_N_ELEMENTS (pickles); i++)
    if (is_file (directory, pickles[i]))
      {
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED,
                     _ ("%s has its weights only as %s, and reading a pickle can run any code that is hidden in it; model.safetensors expected: where you trust the file, convert it in Python with "
                        "transformers.GPT2LMHeadModel.from_pretrained('%s').save_pretrained('NEW-DIRECTORY', safe_serialization=True)"),
                     directory, pickles[i], directory);
        return NULL;
      }
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s has no weights, model.safetensors or model.safetensors.index.json expected"), directory);
  return NULL;
}
