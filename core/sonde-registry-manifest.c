#define G_LOG_DOMAIN "sonde"

#include "sonde-registry-private.h"

#include <stdlib.h>
#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "sonde-error-private.h"
#include "sonde-key-file-private.h"
#include "sonde-limits-private.h"
#include "sonde-trust-private.h"

/* Manifests, found and read without the plugin library: it drops those that it cannot read, and no plugin may be missing without
 * a reason. */

#define GROUP "Plugin"
#define SUFFIX ".plugin"

static void
manifest_free (SondeManifest *manifest)
{
  g_free (manifest->path);
  g_free (manifest->directory);
  g_free (manifest->module);
  g_free (manifest->loader);
  g_free (manifest->fault);
  g_free (manifest->trap);
  g_free (manifest->fault_of_folder);
  g_free (manifest->remedy_of_folder);
  g_clear_pointer (&manifest->file, g_key_file_unref);
  g_free (manifest);
}

/* The key file's own sentence, without a capital and a full stop: it stands within ours. */
static char *
dup_fault (const GError *error)
{
  char *text = g_strdup (error->message);
  const gsize length = strlen (text);

  if (length > 1 && g_ascii_isupper (text[0]) && g_ascii_islower (text[1]))
    text[0] = g_ascii_tolower (text[0]);
  if (length > 0 && text[length - 1] == '.')
    text[length - 1] = '\0';
  return text;
}

/* A pipe waits for somebody who writes; a device may never end. What is not there, or a folder, is harmless. */
static gboolean
is_trap (const char *path)
{
  GStatBuf status;

  return g_str_has_suffix (path, SUFFIX) && g_stat (path, &status) == 0 && !S_ISDIR (status.st_mode) && (!S_ISREG (status.st_mode) || status.st_size > SONDE_MAX_MANIFEST_BYTES);
}

static char *
find_fault (SondeManifest *manifest)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *title = NULL;

  if (is_trap (manifest->path))
    return g_strdup_printf (_ ("its manifest is no file, or larger than %d KiB"), SONDE_MAX_MANIFEST_BYTES / 1024);
  if (!g_key_file_load_from_file (manifest->file, manifest->path, G_KEY_FILE_NONE, &error))
    {
      g_autofree char *why = dup_fault (error);

      return g_strdup_printf (_ ("its manifest cannot be read: %s"), why);
    }
  if (!g_key_file_has_group (manifest->file, GROUP))
    return g_strdup (_ ("its manifest has no group [Plugin]"));
  manifest->module = g_key_file_get_string (manifest->file, GROUP, "Module", NULL);
  manifest->loader = g_key_file_get_string (manifest->file, GROUP, "Loader", NULL);
  title = _sonde_key_file_dup_prose (manifest->file, GROUP, "Name", NULL);
  if (manifest->module == NULL || *manifest->module == '\0')
    return g_strdup (_ ("its manifest says no Module"));
  if (strchr (manifest->module, G_DIR_SEPARATOR) != NULL || manifest->module[0] == '.')
    return g_strdup_printf (_ ("its manifest's Module is “%s”, which is no name of a file beside it"), manifest->module);
  if (title == NULL || *title == '\0')
    return g_strdup (_ ("its manifest says no Name"));
  return NULL;
}

static SondeManifest *
manifest_new_empty (const char *directory,
                    const char *path)
{
  SondeManifest *manifest = g_new0 (SondeManifest, 1);

  manifest->path = g_strdup (path);
  manifest->directory = g_strdup (directory);
  manifest->file = g_key_file_new ();
  return manifest;
}

static SondeManifest *
manifest_new (const char *directory,
              const char *path)
{
  SondeManifest *manifest = manifest_new_empty (directory, path);

  manifest->fault = find_fault (manifest);
  if (manifest->loader == NULL || g_ascii_strcasecmp (manifest->loader, "c") == 0)
    {
      g_free (manifest->loader);
      manifest->loader = g_strdup ("c");
    }
  return manifest;
}

/* What stands in a list for the plugins of a folder that cannot be read, with its name. */
static SondeManifest *
manifest_new_for_folder (const char *directory,
                         const GError *error)
{
  SondeManifest *manifest = manifest_new_empty (directory, directory);

  manifest->module = g_path_get_basename (directory);
  manifest->loader = g_strdup ("c");
  manifest->fault = g_strdup_printf (_ ("its folder cannot be read: %s"), error->message);
  return manifest;
}

/* A walk through one of the folders. */
typedef struct
{
  GHashTable *seen; /* real paths of manifests */
  GPtrArray *manifests;
  char *trap; /* the first that was met; NULL */
} Walk;

/* FALSE where it is no manifest, whatever it is called. */
static gboolean
take_file (Walk *walk,
           const char *directory,
           const char *path)
{
  const gboolean trap = is_trap (path);
  char *real;

  if (!g_str_has_suffix (path, SUFFIX) || (!trap && !g_file_test (path, G_FILE_TEST_IS_REGULAR)))
    return FALSE;
  real = realpath (path, NULL);
  if (trap && walk->trap == NULL)
    walk->trap = g_strdup (path);
  if (real != NULL && g_hash_table_add (walk->seen, g_strdup (real)))
    g_ptr_array_add (walk->manifests, manifest_new (directory, path));
  free (real);
  return TRUE;
}

static void
scan_folder (Walk *walk,
             const char *directory,
             gboolean deeper)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (directory, 0, &error);
  const char *name;

  if (dir == NULL && _sonde_error_is_of_what_is_there (error))
    g_ptr_array_add (walk->manifests, manifest_new_for_folder (directory, error));
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (directory, name, NULL);

      if (!take_file (walk, directory, path) && deeper && g_file_test (path, G_FILE_TEST_IS_DIR))
        scan_folder (walk, path, FALSE);
    }
}

gboolean
_sonde_manifests_scan (const char *dir,
                       GHashTable *seen,
                       GPtrArray *manifests)
{
  Walk walk = { seen, manifests, NULL };
  g_autofree char *trap = NULL;
  g_autofree char *remedy = NULL;
  g_autofree char *fault = _sonde_trust_find_fault (dir, SONDE_TRUST_FOLDER, &remedy);
  const guint first = manifests->len;

  scan_folder (&walk, dir, TRUE);
  trap = walk.trap;
  for (guint i = first; i < manifests->len; i++)
    {
      SondeManifest *manifest = g_ptr_array_index (manifests, i);

      manifest->trap = g_strdup (trap);
      manifest->fault_of_folder = g_strdup (fault);
      manifest->remedy_of_folder = g_strdup (remedy);
    }
  return trap == NULL && fault == NULL;
}

/* ---- entries ---- */

/* The parts of a list that is separated by semicolons; NULL where there is none. */
static char **
dup_list (SondeManifest *manifest,
          const char *key)
{
  g_autofree char *list = g_key_file_get_string (manifest->file, GROUP, key, NULL);
  g_auto (GStrv) parts = g_strsplit (list != NULL ? list : "", ";", -1);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) found = NULL;

  for (guint i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0')
      g_strv_builder_add (builder, parts[i]);
  found = g_strv_builder_end (builder);
  return found[0] != NULL ? g_steal_pointer (&found) : NULL;
}

/* In the user's language, where there is such a key. */
static char *
dup_prose (SondeManifest *manifest,
           const char *key)
{
  return _sonde_key_file_dup_prose (manifest->file, GROUP, key, NULL);
}

static char *
dup_text (SondeManifest *manifest,
          const char *key)
{
  return g_key_file_get_string (manifest->file, GROUP, key, NULL);
}

static SondePluginKind
find_kind (SondeManifest *manifest)
{
  static const SondePluginKind kinds[] = { SONDE_PLUGIN_KIND_MODEL_PROVIDER, SONDE_PLUGIN_KIND_TAP, SONDE_PLUGIN_KIND_ANALYZER };
  g_autofree char *name = dup_text (manifest, "X-Sonde-Kind");

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (g_strcmp0 (name, sonde_plugin_kind_get_name (kinds[i])) == 0)
      return kinds[i];
  return SONDE_PLUGIN_KIND_UNKNOWN;
}

/* Where the code should lie, whether it does or not. */
static char *
dup_module_path (SondeManifest *manifest)
{
  g_autofree char *script = NULL;
  g_autofree char *package = NULL;

  if (manifest->module == NULL)
    return NULL;
  if (g_str_equal (manifest->loader, "c"))
    return g_module_build_path (manifest->directory, manifest->module);
  if (!g_str_equal (manifest->loader, "python3"))
    return NULL;
  script = g_strconcat (manifest->directory, G_DIR_SEPARATOR_S, manifest->module, ".py", NULL);
  package = g_build_filename (manifest->directory, manifest->module, "__init__.py", NULL);
  return g_file_test (package, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer (&package) : g_steal_pointer (&script);
}

char *
_sonde_entry_find_distrust (const SondeEntry *entry,
                            char **remedy)
{
  const SondePlugin *plugin = &entry->plugin;
  const gboolean python = g_str_equal (plugin->loader, "python3");
  g_autofree char *fault = g_strdup (entry->manifest->fault_of_folder);

  if (fault != NULL)
    *remedy = g_strdup (entry->manifest->remedy_of_folder);
  if (fault == NULL)
    fault = _sonde_trust_find_fault (plugin->directory, python ? SONDE_TRUST_PYTHON : SONDE_TRUST_FOLDER, remedy);
  if (fault == NULL)
    fault = _sonde_trust_find_fault (plugin->manifest, SONDE_TRUST_INSIDE, remedy);
  if (fault == NULL && plugin->module != NULL)
    fault = _sonde_trust_find_fault (plugin->module, SONDE_TRUST_INSIDE, remedy);
  if (fault != NULL)
    return g_strdup_printf (_ ("its code is not loaded from there: %s"), fault);
  fault = python ? _sonde_registry_find_distrust_of_python (remedy) : NULL;
  return fault != NULL ? g_strdup_printf (_ ("no code in Python is loaded: %s"), fault) : NULL;
}

/* A file that says no module is called as it is. */
static char *
dup_name (SondeManifest *manifest)
{
  g_autofree char *base = NULL;

  if (manifest->module != NULL && *manifest->module != '\0')
    return g_strdup (manifest->module);
  base = g_path_get_basename (manifest->path);
  base[strlen (base) - strlen (SUFFIX)] = '\0';
  return g_utf8_make_valid (base, -1);
}

SondeEntry *
_sonde_entry_new (SondeManifest *manifest,
                  PeasPluginInfo *info)
{
  SondeEntry *entry = g_new0 (SondeEntry, 1);
  SondePlugin *plugin = &entry->plugin;

  entry->manifest = manifest;
  entry->info = info;
  plugin->name = dup_name (manifest);
  plugin->kind = find_kind (manifest);
  plugin->title = dup_prose (manifest, "Name");
  plugin->description = dup_prose (manifest, "Description");
  plugin->version = dup_text (manifest, "Version");
  plugin->copyright = dup_prose (manifest, "Copyright");
  plugin->licence = dup_text (manifest, "X-Sonde-License");
  plugin->website = dup_text (manifest, "Website");
  plugin->authors = dup_list (manifest, "Authors");
  plugin->depends = dup_list (manifest, "Depends");
  plugin->opens = dup_list (manifest, "X-Sonde-Opens");
  plugin->api = dup_text (manifest, "X-Sonde-API");
  plugin->loader = manifest->loader;
  plugin->directory = manifest->directory;
  plugin->manifest = manifest->path;
  plugin->module = dup_module_path (manifest);
  entry->distrust = _sonde_entry_find_distrust (entry, &entry->distrust_remedy);
  return entry;
}

void
_sonde_entry_free (SondeEntry *entry)
{
  SondePlugin *plugin = &entry->plugin;
  char *const texts[] = { plugin->name, plugin->title, plugin->description, plugin->version, plugin->copyright, plugin->licence, plugin->website, plugin->api,
                          plugin->module, plugin->reason, plugin->remedy, entry->failure, entry->failure_remedy,
                          entry->distrust, entry->distrust_remedy };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    g_free (texts[i]);
  g_strfreev (plugin->authors);
  g_strfreev (plugin->depends);
  g_strfreev (plugin->opens);
  manifest_free (entry->manifest);
  g_free (entry);
}
