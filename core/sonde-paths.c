#define G_LOG_DOMAIN "sonde"
#define _GNU_SOURCE /* dladdr () */

#include "sonde-paths-private.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>

#include "sonde-trust-private.h"

/* Written by meson into the build folder's root: a key file that names the source tree. */
#define BUILD_TREE_MARKER "sonde-build-tree.ini"

static void
add_environment (GPtrArray *dirs,
                 const char *variable)
{
  const char *value = _sonde_trust_is_privileged () ? NULL : g_getenv (variable);
  g_auto (GStrv) parts = g_strsplit (value != NULL ? value : "", G_SEARCHPATH_SEPARATOR_S, -1);

  for (guint i = 0; parts[i] != NULL; i++)
    if (g_path_is_absolute (parts[i]))
      g_ptr_array_add (dirs, g_strdup (parts[i]));
}

static void
add_user_data (GPtrArray *dirs,
               const char *name)
{
  if (!_sonde_trust_is_privileged ())
    g_ptr_array_add (dirs, g_build_filename (g_get_user_data_dir (), "sonde", name, NULL));
}

/* The build folder's root when the running program lies in its core/, else NULL. A program with others' rights has none: whoever
 * starts it may have linked it to a place of his own. */
static gpointer
find_build_root (gpointer unused)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *core = program != NULL ? g_path_get_dirname (program) : NULL;
  g_autofree char *root = core != NULL ? g_path_get_dirname (core) : NULL;
  g_autofree char *marker = root != NULL ? g_build_filename (root, BUILD_TREE_MARKER, NULL) : NULL;
  g_autofree char *remedy = NULL;
  g_autofree char *fault = NULL;

  if (marker == NULL || _sonde_trust_is_privileged () || !g_file_test (marker, G_FILE_TEST_IS_REGULAR))
    return NULL;
  fault = _sonde_trust_find_fault (marker, SONDE_TRUST_FILE, &remedy);
  if (fault != NULL)
    return NULL;
  return g_steal_pointer (&root);
}

/* Where a program lies does not change while it runs, and many ask. */
static const char *
get_build_root (void)
{
  static GOnce known = G_ONCE_INIT;

  return g_once (&known, find_build_root, NULL);
}

/* The folder in which this very library lies, links followed; NULL where it is part of something else. */
static char *
find_library_dir (void)
{
  Dl_info info;
  g_autofree char *path = dladdr (&sonde_paths_find_data, &info) != 0 && info.dli_fname != NULL ? realpath (info.dli_fname, NULL) : NULL;

  return path != NULL ? g_path_get_dirname (path) : NULL;
}

/* What stands now where SONDE_PREFIX was to be: an installation may have been moved, or be a stage of one. A program with others' rights
 * takes none but the one that was meant. */
static gpointer
find_prefix (gpointer unused)
{
  const char *below = SONDE_LIBRARY_DIR + strlen (SONDE_PREFIX);
  g_autofree char *folder = _sonde_trust_is_privileged () ? NULL : find_library_dir ();

  if (folder != NULL && g_str_has_prefix (SONDE_LIBRARY_DIR, SONDE_PREFIX "/") && g_str_has_suffix (folder, below))
    return g_strndup (folder, strlen (folder) - strlen (below));
  return g_strdup (SONDE_PREFIX);
}

static const char *
get_prefix (void)
{
  static GOnce known = G_ONCE_INIT;

  return g_once (&known, find_prefix, NULL);
}

char *
_sonde_paths_dup_installed (const char *path)
{
  if (!g_str_has_prefix (path, SONDE_PREFIX "/"))
    return g_strdup (path);
  return g_strconcat (get_prefix (), path + strlen (SONDE_PREFIX), NULL);
}

/* A folder of the source tree, by its key in the marker. */
static char *
find_source_dir (const char *build_root,
                 const char *key)
{
  g_autofree char *marker = g_build_filename (build_root, BUILD_TREE_MARKER, NULL);
  g_autoptr (GKeyFile) file = g_key_file_new ();

  if (!g_key_file_load_from_file (file, marker, G_KEY_FILE_NONE, NULL))
    return NULL;
  return g_key_file_get_string (file, "Build", key, NULL);
}

static char **
finish (GPtrArray *dirs)
{
  g_ptr_array_add (dirs, NULL);
  return (char **) g_ptr_array_free (dirs, FALSE);
}

/**
 * sonde_paths_dup_plugin_dirs:
 *
 * Lists where plugins are looked for: `SONDE_PLUGIN_PATH`, then the user's data directory, then the build tree or the
 * installation; never the current directory. A program that has other rights than whoever started it looks in the installation only.
 *
 * Returns: (transfer full): where plugins are looked for, in this order
 */
char **
sonde_paths_dup_plugin_dirs (void)
{
  GPtrArray *dirs = g_ptr_array_new ();
  const char *build_root = get_build_root ();

  add_environment (dirs, "SONDE_PLUGIN_PATH");
  add_user_data (dirs, "plugins");
  if (build_root != NULL)
    g_ptr_array_add (dirs, g_build_filename (build_root, "plugins", NULL));
  else
    g_ptr_array_add (dirs, _sonde_paths_dup_installed (SONDE_PLUGIN_DIR));
  return finish (dirs);
}

/**
 * sonde_paths_dup_data_dirs:
 *
 * Lists where recipes and demo data are looked for: `SONDE_DATA_PATH`, then the user's data directory, then the build tree or the
 * installation.
 *
 * Returns: (transfer full): where data are looked for, in this order
 */
char **
sonde_paths_dup_data_dirs (void)
{
  GPtrArray *dirs = g_ptr_array_new ();
  const char *build_root = get_build_root ();
  char *source = build_root != NULL ? find_source_dir (build_root, "data") : NULL;

  add_environment (dirs, "SONDE_DATA_PATH");
  add_user_data (dirs, NULL);
  g_ptr_array_add (dirs, source != NULL ? source : _sonde_paths_dup_installed (SONDE_DATA_DIR));
  return finish (dirs);
}

char *
_sonde_paths_dup_schema_dir (void)
{
  return get_build_root () == NULL ? _sonde_paths_dup_installed (SONDE_SCHEMA_DIR) : NULL;
}

char *
_sonde_paths_dup_locale_dir (void)
{
  const char *build_root = get_build_root ();

  return build_root != NULL ? g_build_filename (build_root, "po", NULL) : _sonde_paths_dup_installed (SONDE_LOCALE_DIR);
}

char *
_sonde_paths_dup_typelib_dir (void)
{
  const char *build_root = get_build_root ();

  return build_root != NULL ? g_build_filename (build_root, "core", NULL) : _sonde_paths_dup_installed (SONDE_TYPELIB_DIR);
}

char *
_sonde_paths_dup_python_dir (void)
{
  const char *build_root = get_build_root ();

  return build_root != NULL ? find_source_dir (build_root, "python") : sonde_paths_find_data ("python");
}

/**
 * sonde_paths_find_data:
 * @relative: a path below a data directory: "recipes/chain.recipe"
 *
 * Finds a file or directory in the data directories.
 *
 * Returns: (transfer full) (nullable): the path in the first directory that has it; %NULL where none has
 */
char *
sonde_paths_find_data (const char *relative)
{
  g_auto (GStrv) dirs = sonde_paths_dup_data_dirs ();

  for (guint i = 0; dirs[i] != NULL; i++)
    {
      g_autofree char *path = g_build_filename (dirs[i], relative, NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return g_steal_pointer (&path);
    }
  return NULL;
}
