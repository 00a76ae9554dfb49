#define G_LOG_DOMAIN "sonde"

#include "sonde-registry-private.h"

#include <glib/gi18n-lib.h>

#include "sonde-error-private.h"
#include "sonde-paths.h"

/* Manifests are read at once; code is loaded when something is made from it. */

/**
 * SondeRegistry:
 *
 * All plugins that can be found, and the objects that they make. Plugins are looked for in sonde_paths_dup_plugin_dirs(); their
 * code is loaded when it is needed.
 */

G_DEFINE_FINAL_TYPE (SondeRegistry, sonde_registry, G_TYPE_OBJECT)

static const char *const kind_names[] = { "unknown", "model-provider", "tap", "analyzer" };
static const char *const state_names[] = { "enabled", "disabled", "unavailable" };

/**
 * SondePluginKind:
 * @SONDE_PLUGIN_KIND_UNKNOWN: the manifest says none of the others
 * @SONDE_PLUGIN_KIND_MODEL_PROVIDER: opens sources as models
 * @SONDE_PLUGIN_KIND_TAP: names the sites that are looked at
 * @SONDE_PLUGIN_KIND_ANALYZER: reads frames, gives tables and figures
 *
 * What a plugin is.
 */

/**
 * sonde_plugin_kind_get_name:
 * @kind: a kind
 *
 * Names a kind of plugin as manifests do.
 *
 * Returns: (transfer none): "model-provider", "tap", "analyzer" or "unknown"
 */
const char *
sonde_plugin_kind_get_name (SondePluginKind kind)
{
  g_return_val_if_fail (kind < G_N_ELEMENTS (kind_names), NULL);
  return kind_names[kind];
}

/**
 * SondePluginState:
 * @SONDE_PLUGIN_STATE_ENABLED: it can be used
 * @SONDE_PLUGIN_STATE_DISABLED: the user disabled it
 * @SONDE_PLUGIN_STATE_UNAVAILABLE: it cannot be used; its reason says why
 *
 * Whether a plugin can be used.
 */

/**
 * sonde_plugin_state_get_name:
 * @state: a state
 *
 * Names a state as the program does.
 *
 * Returns: (transfer none): "enabled", "disabled" or "unavailable"
 */
const char *
sonde_plugin_state_get_name (SondePluginState state)
{
  g_return_val_if_fail (state < G_N_ELEMENTS (state_names), NULL);
  return state_names[state];
}

static void
sonde_registry_finalize (GObject *object)
{
  SondeRegistry *self = SONDE_REGISTRY (object);

  g_ptr_array_unref (self->plugins);
  g_object_unref (self->settings);
  g_hash_table_unref (self->disabled);
  g_free (self->unread);
  g_hash_table_unref (self->providers);
  g_clear_object (&self->isolation);
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
  self->plugins = g_ptr_array_new_with_free_func ((GDestroyNotify) _sonde_entry_free);
  self->settings = sonde_settings_new ();
  self->disabled = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->providers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
  self->engine = peas_engine_new ();
}

static SondeEntry *
get_entry (SondeRegistry *self,
           guint place)
{
  return g_ptr_array_index (self->plugins, place);
}

/* Whatever is of no kind comes last. */
static int
get_rank (const SondeEntry *entry)
{
  return entry->plugin.kind == SONDE_PLUGIN_KIND_UNKNOWN ? G_MAXINT : (int) entry->plugin.kind;
}

static int
compare_entries (gconstpointer a,
                 gconstpointer b)
{
  const SondeEntry *first = *(SondeEntry *const *) a;
  const SondeEntry *second = *(SondeEntry *const *) b;
  int order = g_strcmp0 (first->plugin.name, second->plugin.name);

  if (first->plugin.kind != second->plugin.kind)
    return get_rank (first) < get_rank (second) ? -1 : 1;
  if (order == 0)
    order = (first->info == NULL) - (second->info == NULL);
  return order != 0 ? order : g_strcmp0 (first->plugin.manifest, second->plugin.manifest);
}

/* What the plugin library made of a manifest: of several with one name it takes the first. */
static PeasPluginInfo *
find_info (SondeRegistry *self,
           SondeManifest *manifest,
           GHashTable *taken)
{
  PeasPluginInfo *info = manifest->fault == NULL ? peas_engine_get_plugin_info (self->engine, manifest->module) : NULL;

  if (info == NULL || g_hash_table_contains (taken, info) || g_strcmp0 (peas_plugin_info_get_module_dir (info), manifest->directory) != 0)
    return NULL;
  g_hash_table_add (taken, info);
  return info;
}

static void
add_plugins (SondeRegistry *self,
             GPtrArray *manifests)
{
  g_autoptr (GHashTable) taken = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < manifests->len; i++)
    g_ptr_array_add (self->plugins, _sonde_entry_new (g_ptr_array_index (manifests, i), find_info (self, g_ptr_array_index (manifests, i), taken)));
  g_ptr_array_sort (self->plugins, compare_entries);
  for (guint i = 0; i < self->plugins->len; i++)
    {
      SondeEntry *used = _sonde_registry_find_entry (self, get_entry (self, i)->plugin.name);

      if (used != NULL && used != get_entry (self, i) && used->info != NULL)
        get_entry (self, i)->used = used->plugin.manifest;
    }
}

/* Once for each plugin on which another may depend. */
static void
update_all (SondeRegistry *self)
{
  gboolean changed = TRUE;

  for (guint round = 0; changed && round <= self->plugins->len; round++)
    {
      changed = FALSE;
      for (guint i = 0; i < self->plugins->len; i++)
        {
          SondePluginState before = get_entry (self, i)->plugin.state;

          _sonde_entry_update (get_entry (self, i), self);
          changed |= get_entry (self, i)->plugin.state != before;
        }
    }
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
  g_autoptr (SondeMessages) messages = _sonde_messages_start (FALSE); /* what is wrong with a manifest, its entry says */
  g_auto (GStrv) dirs = sonde_paths_dup_plugin_dirs ();
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) manifests = g_ptr_array_new ();

  _sonde_registry_load_state (self);
  for (guint i = 0; dirs[i] != NULL; i++)
    if (_sonde_manifests_scan (dirs[i], seen, manifests) && g_file_test (dirs[i], G_FILE_TEST_IS_DIR))
      peas_engine_add_search_path (self->engine, dirs[i], NULL);
  peas_engine_get_plugin_list (self->engine); /* reads the manifests */
  _sonde_messages_stop (messages);
  add_plugins (self, manifests);
  update_all (self);
  return self;
}

/**
 * SondePlugin:
 * @name: the name of its module
 * @kind: what it is
 * @state: whether it can be used
 * @reason: (nullable): why it is unavailable
 * @remedy: (nullable): and what to do
 * @title: (nullable): its name for people
 * @description: (nullable): what it does, in one line
 * @version: (nullable): its version
 * @authors: (nullable) (array zero-terminated=1): who wrote it
 * @copyright: (nullable): whose it is
 * @licence: (nullable): under which it may be used, as an SPDX expression
 * @website: (nullable): where more is said of it
 * @depends: (nullable) (array zero-terminated=1): names of plugins that it needs
 * @opens: (nullable) (array zero-terminated=1): of a model provider: patterns of the sources that it may open; %NULL: it is asked
 *   for every source
 * @api: (nullable): the level of the plugin interfaces that it says it was made for
 * @module: (nullable): the file of its code, which need not be there
 * @loader: "c", "python3", or whatever the manifest says
 * @directory: where its manifest lies
 * @manifest: its manifest's file
 *
 * What a plugin's manifest says, and whether it can be used. Nothing here loads code.
 */

/**
 * sonde_registry_set_isolation:
 * @isolation: (nullable): what they are held to; %NULL: analyzers run in this process
 *
 * Has chains that are made from now on run each analyzer in a process of its own.
 */
void
sonde_registry_set_isolation (SondeRegistry *self,
                              SondeIsolation *isolation)
{
  g_return_if_fail (SONDE_IS_REGISTRY (self));
  g_set_object (&self->isolation, isolation);
}

/**
 * sonde_registry_get_isolation:
 *
 * Tells whether chains run their analyzers in processes of their own.
 *
 * Returns: (transfer none) (nullable): what analyzers of chains are held to
 */
SondeIsolation *
sonde_registry_get_isolation (SondeRegistry *self)
{
  g_return_val_if_fail (SONDE_IS_REGISTRY (self), NULL);
  return self->isolation;
}

/**
 * sonde_registry_list:
 *
 * Lists every plugin that was found, whether it can be used or not. Loads nothing.
 *
 * Returns: (transfer none) (element-type SondePlugin): every plugin that was found, unusable ones too
 */
GPtrArray *
sonde_registry_list (SondeRegistry *self)
{
  g_return_val_if_fail (SONDE_IS_REGISTRY (self), NULL);
  return self->plugins;
}

SondeEntry *
_sonde_registry_find_entry (SondeRegistry *self,
                            const char *name)
{
  SondeEntry *found = NULL;

  for (guint i = 0; i < self->plugins->len; i++)
    if (g_strcmp0 (get_entry (self, i)->plugin.name, name) == 0 && (found == NULL || found->info == NULL))
      found = get_entry (self, i);
  return found;
}

/**
 * sonde_registry_find:
 * @name: the name of its module
 *
 * Finds a plugin by its name. Loads nothing.
 *
 * Returns: (nullable) (transfer none): the plugin called @name
 */
const SondePlugin *
sonde_registry_find (SondeRegistry *self,
                     const char *name)
{
  g_return_val_if_fail (SONDE_IS_REGISTRY (self) && name != NULL, NULL);
  return (const SondePlugin *) _sonde_registry_find_entry (self, name);
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

static void
refuse_unknown (SondeRegistry *self,
                const char *name,
                SondePluginKind kind,
                GError **error)
{
  g_autofree char *names = list_names (self, kind);
  const char *what = kind == SONDE_PLUGIN_KIND_UNKNOWN ? _ ("plugin") : kind_names[kind];

  if (*names == '\0')
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("there is no %s “%s”, nor any other: set SONDE_PLUGIN_PATH to the folder of the plugins"), what, name);
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("there is no %s “%s”: there are %s"), what, name, names);
}

static SondeEntry *
find_usable (SondeRegistry *self,
             const char *name,
             SondePluginKind kind,
             GError **error)
{
  SondeEntry *entry = _sonde_registry_find_entry (self, name);
  const SondePlugin *plugin = (const SondePlugin *) entry;

  if (plugin == NULL)
    refuse_unknown (self, name, kind, error);
  else if (plugin->state == SONDE_PLUGIN_STATE_UNAVAILABLE)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the plugin %s is unavailable: %s: %s"), name, plugin->reason, plugin->remedy);
  else if (plugin->kind != kind)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s is a plugin of kind %s, where one of kind %s is expected"), name, kind_names[plugin->kind], kind_names[kind]);
  else if (plugin->state == SONDE_PLUGIN_STATE_DISABLED)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the plugin %s is disabled: “sonde enable %s” brings it back"), name, name);
  else
    return entry;
  return NULL;
}

/**
 * sonde_registry_create:
 * @name: the plugin's name
 * @kind: which extension point it must serve
 *
 * Makes an object of a plugin, loading its code where that was not done yet. Refused are plugins that are unknown, disabled,
 * unavailable or of another kind.
 *
 * Returns: (transfer full): a new object of the plugin's class; or %NULL with %SONDE_ERROR_PLUGIN
 */
GObject *
sonde_registry_create (SondeRegistry *self,
                       const char *name,
                       SondePluginKind kind,
                       GError **error)
{
  SondeEntry *entry;
  GObject *object = NULL;

  g_return_val_if_fail (SONDE_IS_REGISTRY (self) && name != NULL, NULL);
  g_return_val_if_fail (kind != SONDE_PLUGIN_KIND_UNKNOWN, NULL);

  entry = find_usable (self, name, kind, error);
  if (entry != NULL && _sonde_registry_load (self, entry, error))
    object = _sonde_registry_make (self, entry, error);
  if (object == NULL)
    _sonde_error_make_line (error);
  return object;
}

/**
 * sonde_registry_check:
 *
 * Loads the code of every plugin that has no reason not to, one after the other, and makes an object of each. Whichever fails
 * becomes unavailable, with the reason that loading it gave. Whether the user disabled a plugin has no say in it.
 */
void
sonde_registry_check (SondeRegistry *self)
{
  g_return_if_fail (SONDE_IS_REGISTRY (self));

  for (guint i = 0; i < self->plugins->len; i++)
    {
      SondeEntry *entry = get_entry (self, i);

      if (entry->plugin.state != SONDE_PLUGIN_STATE_UNAVAILABLE)
        _sonde_registry_try (self, entry);
    }
  update_all (self);
}

/**
 * sonde_registry_get_provider:
 * @name: the name of a plugin that provides models
 *
 * Gives the one object of a model provider. What its properties are set to holds for every model that it opens.
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
 * sonde_registry_get_settings:
 *
 * Gets the settings in which the registry looks for disabled plugins.
 *
 * Returns: (transfer none): the settings
 */
SondeSettings *
sonde_registry_get_settings (SondeRegistry *self)
{
  g_return_val_if_fail (SONDE_IS_REGISTRY (self), NULL);
  return self->settings;
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
  SondeEntry *entry;

  g_return_val_if_fail (SONDE_IS_REGISTRY (self) && name != NULL, FALSE);

  entry = _sonde_registry_find_entry (self, name);
  if (entry == NULL)
    {
      refuse_unknown (self, name, SONDE_PLUGIN_KIND_UNKNOWN, error);
      return FALSE;
    }
  if (enabled)
    g_hash_table_remove (self->disabled, name);
  else
    g_hash_table_add (self->disabled, g_strdup (name));
  _sonde_entry_update (entry, self);
  return _sonde_registry_save_state (self, error);
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
 * Finds who could be put in front of an analyzer that misses something. Loads all analyzers.
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
