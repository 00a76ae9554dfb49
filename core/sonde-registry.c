#define G_LOG_DOMAIN "sonde"

#include "sonde-registry.h"

#include <girepository.h>
#include <glib/gi18n-lib.h>
#include <libpeas/peas.h>

#include "sonde-error.h"
#include "sonde-fault.h"
#include "sonde-paths.h"
#include "sonde-plugin.h"

/* This is the one file that talks to libpeas. Manifests are read at once; code is loaded when something is made from it. */

struct _SondeRegistry
{
  GObject parent_instance;

  PeasEngine *engine;
  GPtrArray *plugins;    /* of SondePlugin */
  GPtrArray *infos;      /* of PeasPluginInfo, the same places */
  GHashTable *disabled;  /* names */
  GHashTable *providers; /* name → SondeModelProvider: each made once, so that it keeps what it was told */
};

G_DEFINE_FINAL_TYPE (SondeRegistry, sonde_registry, G_TYPE_OBJECT)

static const char *const kind_names[] = { "unknown", "model-provider", "tap", "analyzer" };
static const char *const state_names[] = { "enabled", "disabled", "unavailable" };

const char *
sonde_plugin_kind_get_name (SondePluginKind kind)
{
  g_return_val_if_fail (kind < G_N_ELEMENTS (kind_names), NULL);
  return kind_names[kind];
}

const char *
sonde_plugin_state_get_name (SondePluginState state)
{
  g_return_val_if_fail (state < G_N_ELEMENTS (state_names), NULL);
  return state_names[state];
}

static GType
kind_to_interface (SondePluginKind kind)
{
  switch (kind)
    {
    case SONDE_PLUGIN_KIND_MODEL_PROVIDER:
      return SONDE_TYPE_MODEL_PROVIDER;
    case SONDE_PLUGIN_KIND_TAP:
      return SONDE_TYPE_TAP;
    case SONDE_PLUGIN_KIND_ANALYZER:
      return SONDE_TYPE_ANALYZER;
    case SONDE_PLUGIN_KIND_UNKNOWN:
    default:
      return G_TYPE_NONE;
    }
}

static SondePluginKind
kind_from_name (const char *name)
{
  for (guint i = 1; i < G_N_ELEMENTS (kind_names); i++)
    if (g_strcmp0 (name, kind_names[i]) == 0)
      return i;
  return SONDE_PLUGIN_KIND_UNKNOWN;
}

static void
plugin_free (SondePlugin *plugin)
{
  g_free (plugin->reason);
  g_strfreev (plugin->opens);
  g_free (plugin);
}

static void
sonde_registry_finalize (GObject *object)
{
  SondeRegistry *self = SONDE_REGISTRY (object);

  g_ptr_array_unref (self->plugins);
  g_ptr_array_unref (self->infos);
  g_hash_table_unref (self->disabled);
  g_hash_table_unref (self->providers);
  g_clear_object (&self->engine);
  G_OBJECT_CLASS (sonde_registry_parent_class)->finalize (object);
}

static void
sonde_registry_class_init (SondeRegistryClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_registry_finalize;
}

static void
sonde_registry_init (SondeRegistry *self)
{
  self->plugins = g_ptr_array_new_with_free_func ((GDestroyNotify) plugin_free);
  self->infos = g_ptr_array_new ();
  self->disabled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->providers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->engine = peas_engine_new ();
}

static char *
state_file (void)
{
  return g_build_filename (g_get_user_config_dir (), "sonde", "plugins.ini", NULL);
}

static void
load_state (SondeRegistry *self)
{
  g_autofree char *path = state_file ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_auto (GStrv) names = NULL;

  if (g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    names = g_key_file_get_string_list (file, "Plugins", "disabled", NULL, NULL);
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    g_hash_table_add (self->disabled, g_strdup (names[i]));
}

static gboolean
save_state (SondeRegistry *self,
            GError **error)
{
  g_autofree char *path = state_file ();
  g_autofree char *directory = g_path_get_dirname (path);
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (self->disabled), (GCompareFunc) g_strcmp0);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (GList *l = keys; l != NULL; l = l->next)
    g_ptr_array_add (names, l->data);
  g_key_file_set_string_list (file, "Plugins", "disabled", (const char *const *) names->pdata, names->len);
  if (g_mkdir_with_parents (directory, 0700) != 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the folder “%s” cannot be made"), directory);
      return FALSE;
    }
  return g_key_file_save_to_file (file, path, error);
}

/* NULL where the manifest is one of ours and fits this program. */
static char *
find_obstacle (PeasPluginInfo *info,
               SondePluginKind kind)
{
  const char *level = peas_plugin_info_get_external_data (info, "Sonde-API");
  g_autoptr (GError) error = NULL;

  if (level == NULL)
    return g_strdup (_ ("its manifest says no X-Sonde-API"));
  if (g_ascii_strtoull (level, NULL, 10) != SONDE_PLUGIN_API)
    return g_strdup_printf (_ ("it was made for plugin interface %s, and this program has %d: build it anew"), level, SONDE_PLUGIN_API);
  if (kind == SONDE_PLUGIN_KIND_UNKNOWN)
    return g_strdup (_ ("its manifest's X-Sonde-Kind is none of model-provider, tap, analyzer"));
  if (!peas_plugin_info_is_available (info, &error))
    return g_strdup (error != NULL ? error->message : _ ("it cannot be loaded"));
  return NULL;
}

static void
update_state (SondeRegistry *self,
              guint place)
{
  SondePlugin *plugin = g_ptr_array_index (self->plugins, place);

  g_free (plugin->reason);
  plugin->reason = find_obstacle (g_ptr_array_index (self->infos, place), plugin->kind);
  if (plugin->reason != NULL)
    plugin->state = SONDE_PLUGIN_STATE_UNAVAILABLE;
  else if (g_hash_table_contains (self->disabled, plugin->name))
    plugin->state = SONDE_PLUGIN_STATE_DISABLED;
  else
    plugin->state = SONDE_PLUGIN_STATE_ENABLED;
}

static int
compare_infos (gconstpointer a,
               gconstpointer b)
{
  PeasPluginInfo *first = *(PeasPluginInfo *const *) a;
  PeasPluginInfo *second = *(PeasPluginInfo *const *) b;
  SondePluginKind first_kind = kind_from_name (peas_plugin_info_get_external_data (first, "Sonde-Kind"));
  SondePluginKind second_kind = kind_from_name (peas_plugin_info_get_external_data (second, "Sonde-Kind"));

  if (first_kind != second_kind)
    return (int) first_kind - (int) second_kind;
  return g_strcmp0 (peas_plugin_info_get_module_name (first), peas_plugin_info_get_module_name (second));
}

/* The patterns in a manifest's X-Sonde-Opens; NULL where there is none. */
static char **
dup_opens (PeasPluginInfo *info)
{
  const char *list = peas_plugin_info_get_external_data (info, "Sonde-Opens");
  g_auto (GStrv) parts = g_strsplit (list != NULL ? list : "", ";", -1);
  g_autoptr (GStrvBuilder) patterns = g_strv_builder_new ();
  g_auto (GStrv) opens = NULL;

  for (guint i = 0; parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0')
      g_strv_builder_add (patterns, parts[i]);
  opens = g_strv_builder_end (patterns);
  return opens[0] != NULL ? g_steal_pointer (&opens) : NULL;
}

static void
add_plugin (SondeRegistry *self,
            PeasPluginInfo *info)
{
  SondePlugin *plugin = g_new0 (SondePlugin, 1);

  plugin->name = peas_plugin_info_get_module_name (info);
  plugin->kind = kind_from_name (peas_plugin_info_get_external_data (info, "Sonde-Kind"));
  plugin->description = peas_plugin_info_get_description (info);
  plugin->version = peas_plugin_info_get_version (info);
  plugin->copyright = peas_plugin_info_get_copyright (info);
  plugin->authors = (const char *const *) peas_plugin_info_get_authors (info);
  plugin->directory = peas_plugin_info_get_module_dir (info);
  plugin->opens = dup_opens (info);
  g_ptr_array_add (self->plugins, plugin);
  update_state (self, self->plugins->len - 1);
}

/**
 * sonde_registry_new:
 *
 * Reads the manifests in SONDE_PLUGIN_PATH, the user's data directory and the installation (or the build tree).
 *
 * Returns: (transfer full): a new registry; no plugin's code is loaded yet
 */
SondeRegistry *
sonde_registry_new (void)
{
  SondeRegistry *self = g_object_new (SONDE_TYPE_REGISTRY, NULL);
  g_auto (GStrv) dirs = sonde_paths_dup_plugin_dirs ();

  load_state (self);
  for (guint i = 0; dirs[i] != NULL; i++)
    if (g_file_test (dirs[i], G_FILE_TEST_IS_DIR))
      peas_engine_add_search_path (self->engine, dirs[i], NULL);
  for (const GList *l = peas_engine_get_plugin_list (self->engine); l != NULL; l = l->next)
    if (!peas_plugin_info_is_builtin (l->data))
      g_ptr_array_add (self->infos, l->data);
  g_ptr_array_sort (self->infos, compare_infos);
  for (guint i = 0; i < self->infos->len; i++)
    add_plugin (self, g_ptr_array_index (self->infos, i));
  return self;
}

/**
 * sonde_registry_list:
 *
 * Returns: (transfer none) (element-type SondePlugin): every plugin that was found, unusable ones too
 */
GPtrArray *
sonde_registry_list (SondeRegistry *self)
{
  g_return_val_if_fail (SONDE_IS_REGISTRY (self), NULL);
  return self->plugins;
}

static int
find_place (SondeRegistry *self,
            const char *name)
{
  for (guint i = 0; i < self->plugins->len; i++)
    if (g_strcmp0 (((SondePlugin *) g_ptr_array_index (self->plugins, i))->name, name) == 0)
      return (int) i;
  return -1;
}

/**
 * sonde_registry_find:
 *
 * Returns: (nullable) (transfer none): the plugin called @name
 */
const SondePlugin *
sonde_registry_find (SondeRegistry *self,
                     const char *name)
{
  int place;

  g_return_val_if_fail (SONDE_IS_REGISTRY (self) && name != NULL, NULL);
  place = find_place (self, name);
  return place < 0 ? NULL : g_ptr_array_index (self->plugins, place);
}

static char *
list_names (SondeRegistry *self,
            SondePluginKind kind)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < self->plugins->len; i++)
    {
      SondePlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (kind == SONDE_PLUGIN_KIND_UNKNOWN || plugin->kind == kind)
        g_string_append_printf (list, "%s%s", list->len == 0 ? "" : ", ", plugin->name);
    }
  return g_string_free (list, FALSE);
}

static gboolean
find_usable (SondeRegistry *self,
             const char *name,
             SondePluginKind kind,
             int *place,
             GError **error)
{
  SondePlugin *plugin;

  *place = find_place (self, name);
  if (*place < 0)
    {
      g_autofree char *names = list_names (self, kind);

      if (*names == '\0')
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("there is no %s “%s”, nor any other: set SONDE_PLUGIN_PATH to the folder of the plugins"),
                     kind == SONDE_PLUGIN_KIND_UNKNOWN ? "plugin" : kind_names[kind], name);
      else
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("there is no %s “%s”: there are %s"),
                     kind == SONDE_PLUGIN_KIND_UNKNOWN ? "plugin" : kind_names[kind], name, names);
      return FALSE;
    }
  plugin = g_ptr_array_index (self->plugins, *place);
  if (plugin->state == SONDE_PLUGIN_STATE_UNAVAILABLE)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the plugin %s is unavailable: %s"), name, plugin->reason);
  else if (plugin->kind != kind)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s is a plugin of kind %s, where one of kind %s is expected"), name, kind_names[plugin->kind], kind_names[kind]);
  else if (plugin->state == SONDE_PLUGIN_STATE_DISABLED)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the plugin %s is disabled: “sonde enable %s” brings it back"), name, name);
  else
    return TRUE;
  return FALSE;
}

/* Python is started for plugins that are written in it only. libpeas does not tell a manifest's loader, but its file does. */
static void
enable_loader (SondeRegistry *self,
               PeasPluginInfo *info)
{
  g_autofree char *name = g_strconcat (peas_plugin_info_get_module_name (info), ".py", NULL);
  g_autofree char *typelibs = sonde_paths_dup_typelib_dir ();
  g_autofree char *script = g_build_filename (peas_plugin_info_get_module_dir (info), name, NULL);

  if (!g_file_test (script, G_FILE_TEST_IS_REGULAR))
    return;
  g_irepository_prepend_search_path (typelibs); /* /usr/local is not where it looks by itself */
  peas_engine_enable_loader (self->engine, "python3");
}

/**
 * sonde_registry_create:
 * @name: the plugin's name
 * @kind: which extension point it must serve
 *
 * Returns: (transfer full): a new object of the plugin's class; or %NULL with %SONDE_ERROR_PLUGIN
 */
GObject *
sonde_registry_create (SondeRegistry *self,
                       const char *name,
                       SondePluginKind kind,
                       GError **error)
{
  PeasPluginInfo *info;
  GObject *extension;
  int place;

  g_return_val_if_fail (SONDE_IS_REGISTRY (self) && name != NULL, NULL);
  g_return_val_if_fail (kind != SONDE_PLUGIN_KIND_UNKNOWN, NULL);

  if (!find_usable (self, name, kind, &place, error))
    return NULL;
  info = g_ptr_array_index (self->infos, place);
  enable_loader (self, info);
  if (!peas_plugin_info_is_loaded (info) && !peas_engine_load_plugin (self->engine, info))
    {
      const SondePlugin *plugin = g_ptr_array_index (self->plugins, place);

      update_state (self, (guint) place);
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the plugin %s in “%s” cannot be loaded: %s"), name,
                   plugin->directory, plugin->reason != NULL ? plugin->reason : _ ("its module does not open"));
      return NULL;
    }
  if (!peas_engine_provides_extension (self->engine, info, kind_to_interface (kind)))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the plugin %s says that it is of kind %s, but registers no such class"), name, kind_names[kind]);
      return NULL;
    }
  extension = G_OBJECT (peas_engine_create_extension (self->engine, info, kind_to_interface (kind), NULL));
  if (extension == NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the plugin %s makes no object"), name);
  else if (!sonde_fault_check (extension, error))
    g_clear_object (&extension);
  return extension;
}

/**
 * sonde_registry_get_provider:
 * @name: the name of a plugin that provides models
 *
 * Returns: (transfer none): its object, the same one each time; its properties say how it opens what it opens. Or %NULL with
 *   %SONDE_ERROR_PLUGIN
 */
SondeModelProvider *
sonde_registry_get_provider (SondeRegistry *self,
                             const char *name,
                             GError **error)
{
  SondeModelProvider *provider;

  g_return_val_if_fail (SONDE_IS_REGISTRY (self) && name != NULL, NULL);

  provider = g_hash_table_lookup (self->providers, name);
  if (provider != NULL)
    return provider;
  provider = (SondeModelProvider *) sonde_registry_create (self, name, SONDE_PLUGIN_KIND_MODEL_PROVIDER, error);
  if (provider != NULL)
    g_hash_table_insert (self->providers, g_strdup (name), provider);
  return provider;
}

/**
 * sonde_registry_set_enabled:
 * @name: the plugin's name
 * @enabled: whether it may be used from now on
 *
 * Remembers the choice for the user. Code that is loaded stays loaded.
 *
 * Returns: %FALSE with @error set where there is no such plugin or the choice cannot be written
 */
gboolean
sonde_registry_set_enabled (SondeRegistry *self,
                            const char *name,
                            gboolean enabled,
                            GError **error)
{
  int place;

  g_return_val_if_fail (SONDE_IS_REGISTRY (self) && name != NULL, FALSE);

  place = find_place (self, name);
  if (place < 0)
    return find_usable (self, name, SONDE_PLUGIN_KIND_UNKNOWN, &place, error);
  if (enabled)
    g_hash_table_remove (self->disabled, name);
  else
    g_hash_table_add (self->disabled, g_strdup (name));
  update_state (self, (guint) place);
  return save_state (self, error);
}

static gboolean
attaches (SondeRegistry *self,
          const char *name,
          const char *attachment)
{
  g_autoptr (GObject) analyzer = sonde_registry_create (self, name, SONDE_PLUGIN_KIND_ANALYZER, NULL);
  g_autoptr (SondeDescription) description = NULL;
  GPtrArray *infos;

  if (analyzer == NULL)
    return FALSE;
  description = sonde_analyzer_describe (SONDE_ANALYZER (analyzer));
  infos = sonde_description_get_attaches (description);
  for (guint i = 0; i < infos->len; i++)
    if (g_strcmp0 (((SondeAttachmentInfo *) g_ptr_array_index (infos, i))->name, attachment) == 0)
      return TRUE;
  return FALSE;
}

/**
 * sonde_registry_dup_attachers:
 * @attachment: what somebody needs
 *
 * Returns: (transfer full) (nullable): the enabled analyzers that attach it, for a sentence
 */
char *
sonde_registry_dup_attachers (SondeRegistry *self,
                              const char *attachment)
{
  g_autoptr (GString) names = g_string_new (NULL);

  g_return_val_if_fail (SONDE_IS_REGISTRY (self) && attachment != NULL, NULL);

  for (guint i = 0; i < self->plugins->len; i++)
    {
      SondePlugin *plugin = g_ptr_array_index (self->plugins, i);

      if (plugin->kind == SONDE_PLUGIN_KIND_ANALYZER && plugin->state == SONDE_PLUGIN_STATE_ENABLED && attaches (self, plugin->name, attachment))
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", plugin->name);
    }
  return names->len > 0 ? g_strdup (names->str) : NULL;
}
