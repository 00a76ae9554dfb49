#define G_LOG_DOMAIN "sonde"

#include "sonde-registry-private.h"

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-plugin.h"

#define DISABLED "disabled-plugins"

/* Whether each plugin can be used, and why not, as far as that can be said without its code. */

/* ---- what the user chose ---- */

void
_sonde_registry_load_state (SondeRegistry *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) value = sonde_settings_dup_value (self->settings, DISABLED, &error);
  g_autofree const char **names = value != NULL ? g_variant_get_strv (value, NULL) : NULL;

  if (value == NULL)
    self->unread = g_strdup (error->message);
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    g_hash_table_add (self->disabled, g_strdup (names[i]));
}

gboolean
_sonde_registry_save_state (SondeRegistry *self,
                            GError **error)
{
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (self->disabled), (GCompareFunc) g_strcmp0);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  if (self->unread != NULL) /* what stands there would be lost */
    {
      g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_FAILED, self->unread);
      return FALSE;
    }
  for (GList *l = keys; l != NULL; l = l->next)
    g_ptr_array_add (names, l->data);
  return sonde_settings_set_value (self->settings, DISABLED, names->len > 0 ? g_variant_new_strv ((const char *const *) names->pdata, names->len) : NULL, error);
}

/* ---- why a plugin cannot be used ---- */

/* Takes both. */
static gboolean
refuse (SondePlugin *plugin,
        char *reason,
        char *remedy)
{
  plugin->reason = reason;
  plugin->remedy = remedy;
  return TRUE;
}

static gboolean
find_fault_of_level (SondePlugin *plugin)
{
  guint64 level;

  if (plugin->api == NULL)
    return refuse (plugin, g_strdup (_ ("its manifest says no X-Sonde-API")), g_strdup_printf (_ ("add the line X-Sonde-API=%d, if it was built with this version"), SONDE_PLUGIN_API));
  if (!g_ascii_string_to_unsigned (plugin->api, 10, 0, G_MAXUINT, &level, NULL))
    return refuse (plugin, g_strdup_printf (_ ("its manifest's X-Sonde-API is “%s”, which is no number"), plugin->api), g_strdup_printf (_ ("write X-Sonde-API=%d, if it was built with this version"), SONDE_PLUGIN_API));
  if (level != SONDE_PLUGIN_API)
    return refuse (plugin, g_strdup_printf (_ ("it was made for plugin interface %s, and this program has %d"), plugin->api, SONDE_PLUGIN_API),
                   g_strdup_printf (level < SONDE_PLUGIN_API ? _ ("build it anew against sonde-1 of version %s") : _ ("use a sonde newer than %s, or build it anew against this one"), SONDE_VERSION));
  return FALSE;
}

static gboolean
refuse_kind (SondeEntry *entry)
{
  g_autofree char *kind = g_key_file_get_string (entry->manifest->file, "Plugin", "X-Sonde-Kind", NULL);

  return refuse (&entry->plugin, kind != NULL ? g_strdup_printf (_ ("its manifest's X-Sonde-Kind is “%s”, which is none of model-provider, tap, analyzer"), kind) : g_strdup (_ ("its manifest says no X-Sonde-Kind")),
                 g_strdup (_ ("say in the manifest which of model-provider, tap and analyzer it is")));
}

static gboolean
find_fault_of_manifest (SondeEntry *entry)
{
  SondePlugin *plugin = &entry->plugin;

  if (entry->manifest->fault != NULL)
    return refuse (plugin, g_strdup (entry->manifest->fault), g_strdup_printf (_ ("correct “%s”"), plugin->manifest));
  if (plugin->module == NULL)
    return refuse (plugin, g_strdup_printf (_ ("its manifest's Loader is “%s”"), plugin->loader), g_strdup (_ ("write it in C (leave the line out) or in Python (Loader=python3)")));
  if (entry->distrust != NULL)
    return refuse (plugin, g_strdup (entry->distrust), g_strdup (entry->distrust_remedy));
  if (entry->used != NULL)
    return refuse (plugin, g_strdup_printf (_ ("another plugin has the same name and is used instead: “%s”"), entry->used),
                   g_strdup (_ ("remove one of them, or put the folder of this one first in SONDE_PLUGIN_PATH")));
  if (find_fault_of_level (plugin))
    return TRUE;
  if (plugin->kind == SONDE_PLUGIN_KIND_UNKNOWN)
    return refuse_kind (entry);
  if (entry->info == NULL && entry->manifest->trap != NULL)
    return refuse (plugin, g_strdup_printf (_ ("“%s” beside it cannot be read, and the plugin library would try"), entry->manifest->trap), g_strdup_printf (_ ("remove “%s”"), entry->manifest->trap));
  if (entry->info == NULL)
    return refuse (plugin, g_strdup (_ ("the plugin library does not take its manifest")), g_strdup_printf (_ ("compare “%s” with that of a plugin that works"), plugin->manifest));
  if (!g_file_test (plugin->module, G_FILE_TEST_IS_REGULAR))
    return refuse (plugin, g_strdup_printf (_ ("its module “%s” is not there"), plugin->module), g_strdup (_ ("build and install it, or correct the manifest's Module and Loader")));
  return FALSE;
}

static gboolean
find_fault_of_needs (SondeEntry *entry,
                     SondeRegistry *registry)
{
  SondePlugin *plugin = &entry->plugin;

  for (guint i = 0; plugin->depends != NULL && plugin->depends[i] != NULL; i++)
    {
      SondeEntry *needed = _sonde_registry_find_entry (registry, plugin->depends[i]);

      if (needed == NULL)
        return refuse (plugin, g_strdup_printf (_ ("it depends on the plugin %s, which is not there"), plugin->depends[i]), g_strdup (_ ("install that plugin, or correct the manifest's Depends")));
      if (needed->plugin.state == SONDE_PLUGIN_STATE_UNAVAILABLE)
        return refuse (plugin, g_strdup_printf (_ ("it depends on the plugin %s, which is unavailable"), plugin->depends[i]), g_strdup_printf (_ ("see why %s is"), plugin->depends[i]));
    }
  return FALSE;
}

void
_sonde_entry_update (SondeEntry *entry,
                     SondeRegistry *registry)
{
  SondePlugin *plugin = &entry->plugin;

  g_clear_pointer (&plugin->reason, g_free);
  g_clear_pointer (&plugin->remedy, g_free);
  if (entry->failure != NULL)
    refuse (plugin, g_strdup (entry->failure), g_strdup (entry->failure_remedy));
  else if (!find_fault_of_manifest (entry) && !find_fault_of_needs (entry, registry) && registry->unread != NULL)
    refuse (plugin, g_strdup (_ ("it may have been disabled")), g_strdup (registry->unread));
  if (plugin->reason != NULL)
    plugin->state = SONDE_PLUGIN_STATE_UNAVAILABLE;
  else if (g_hash_table_contains (registry->disabled, plugin->name))
    plugin->state = SONDE_PLUGIN_STATE_DISABLED;
  else
    plugin->state = SONDE_PLUGIN_STATE_ENABLED;
}
