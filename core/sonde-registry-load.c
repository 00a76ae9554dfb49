#define G_LOG_DOMAIN "sonde"

#include "sonde-registry-private.h"

#include <dlfcn.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-fault.h"
#include "sonde-paths.h"
#include "sonde-plugin.h"

/* Code is loaded when something is made from it. Whatever keeps it from being loaded becomes one sentence, and the entry's reason. */

GType
_sonde_plugin_kind_get_interface (SondePluginKind kind)
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

/* Takes both texts. It is not tried again: code that was loaded in part stays so. */
static gboolean
fail (SondeRegistry *self,
      SondeEntry *entry,
      char *reason,
      char *remedy,
      GError **error)
{
  g_free (entry->failure);
  g_free (entry->failure_remedy);
  entry->failure = reason;
  entry->failure_remedy = remedy;
  _sonde_entry_update (entry, self);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the plugin %s in “%s” cannot be loaded: %s: %s"), entry->plugin.name, entry->plugin.directory, reason, remedy);
  return FALSE;
}

/* ---- modules in C ---- */

static char *
dup_rebuild (void)
{
  return g_strdup_printf (_ ("build it anew against sonde-1 of version %s"), SONDE_VERSION);
}

/* What the dynamic loader's message means for somebody who wants to use the plugin. */
static char *
dup_remedy_for_module (const char *message)
{
  const char *symbol = strstr (message, "undefined symbol: ");
  const char *library = strstr (message, ": cannot open shared object file");

  if (symbol != NULL && g_str_has_prefix (symbol + strlen ("undefined symbol: "), "sonde_"))
    return g_strdup_printf (_ ("sonde-1 of version %s has no such function: correct its name, or build the plugin anew against this version"), SONDE_VERSION);
  if (symbol != NULL)
    return g_strdup (_ ("link it with the library that has this symbol, or add the source that does"));
  if (library != NULL)
    {
      g_autofree char *name = g_strndup (message, (gsize) (library - message));

      return g_strdup_printf (_ ("install the library %s"), name);
    }
  return dup_rebuild ();
}

static gboolean
fail_to_open (SondeRegistry *self,
              SondeEntry *entry,
              GError **error)
{
  const char *message = dlerror ();
  const char *module = entry->plugin.module;

  if (message == NULL)
    message = _ ("nobody says why");
  if (g_str_has_prefix (message, module) && g_str_has_prefix (message + strlen (module), ": "))
    message += strlen (module) + 2;
  return fail (self, entry, g_strdup_printf (_ ("its module does not open: %s"), message), dup_remedy_for_module (message), error);
}

/* The level is a number in the module, read before any function of it is called. */
static gboolean
check_level (SondeRegistry *self,
             SondeEntry *entry,
             const guint *level,
             GError **error)
{
  if (level == NULL)
    return fail (self, entry, g_strdup (_ ("its module does not say for which plugin interface it was built")),
                 g_strdup (_ ("end one of its sources with SONDE_PLUGIN_REGISTER, or with SONDE_PLUGIN_EXPORT_API where it registers by itself")), error);
  if (*level != SONDE_PLUGIN_API)
    return fail (self, entry, g_strdup_printf (_ ("its module was built for plugin interface %u, and this program has %d, whatever its manifest says"), *level, SONDE_PLUGIN_API), dup_rebuild (), error);
  return TRUE;
}

/* As the plugin library opens it a moment later; it is never closed, as code that defines types must not be. */
static gboolean
open_module (SondeRegistry *self,
             SondeEntry *entry,
             GError **error)
{
  void *module = dlopen (entry->plugin.module, RTLD_NOW | RTLD_LOCAL);

  if (module == NULL)
    return fail_to_open (self, entry, error);
  if (!check_level (self, entry, dlsym (module, "sonde_plugin_api_level"), error))
    return FALSE;
  if (dlsym (module, "peas_register_types") != NULL)
    return TRUE;
  return fail (self, entry, g_strdup (_ ("its module registers nothing: it has no peas_register_types")), g_strdup (_ ("end one of its sources with SONDE_PLUGIN_REGISTER")), error);
}

/* ---- Python ---- */

static char *
dup_remedy_for_python (const char *message)
{
  if (strstr (message, "Sonde") != NULL && (strstr (message, "ypelib") != NULL || strstr (message, "not available") != NULL))
    return g_strdup (_ ("build sonde with -Dintrospection=enabled and install it, so that Python finds Sonde-1.typelib"));
  if (strstr (message, "ypelib") != NULL || strstr (message, "not available") != NULL)
    return g_strdup (_ ("install the introspection data that it imports, in Debian a package called gir1.2-…"));
  if (strstr (message, "No module named") != NULL)
    return g_strdup (_ ("install that module for the python3 of the system"));
  return g_strdup (_ ("correct the plugin, or ask its authors"));
}

static gboolean
fail_for_python (SondeRegistry *self,
                 SondeEntry *entry,
                 const char *essence,
                 GError **error)
{
  g_autoptr (GError) local = NULL;

  peas_plugin_info_is_available (entry->info, &local);
  if (g_error_matches (local, PEAS_PLUGIN_INFO_ERROR, PEAS_PLUGIN_INFO_ERROR_LOADER_NOT_FOUND))
    return fail (self, entry, essence != NULL ? g_strdup_printf (_ ("plugins in Python cannot be loaded here: %s"), essence) : g_strdup (_ ("plugins in Python cannot be loaded here")),
                 g_strdup (_ ("install Python's GObject bindings and the Python loader of libpeas 1.0, in Debian python3-gi and libpeas-1.0-0")), error);
  if (essence == NULL)
    essence = _ ("nobody says why");
  return fail (self, entry, g_strdup_printf (_ ("its script does not load: %s"), essence), dup_remedy_for_python (essence), error);
}

/* ---- both ---- */

static gboolean
is_python (const SondeEntry *entry)
{
  return g_str_equal (entry->plugin.loader, "python3");
}

static gboolean
load_needs (SondeRegistry *self,
            SondeEntry *entry,
            GError **error)
{
  char **depends = entry->plugin.depends;

  for (guint i = 0; depends != NULL && depends[i] != NULL; i++)
    {
      SondeEntry *needed = _sonde_registry_find_entry (self, depends[i]);
      g_autoptr (GError) local = NULL;

      if (needed == NULL || !_sonde_registry_load (self, needed, &local))
        return fail (self, entry, g_strdup_printf (_ ("it depends on the plugin %s, which does not load"), depends[i]), g_strdup_printf (_ ("“sonde inspect %s” says why"), depends[i]), error);
    }
  return TRUE;
}

static gboolean
provides (SondeRegistry *self,
          SondeEntry *entry)
{
  return peas_engine_provides_extension (self->engine, entry->info, _sonde_plugin_kind_get_interface (entry->plugin.kind));
}

/* The plugin library does the rest; what it has to say it writes as warnings. */
static gboolean
load_with_peas (SondeRegistry *self,
                SondeEntry *entry,
                GError **error)
{
  const gboolean python = is_python (entry);
  g_autoptr (SondeMessages) messages = _sonde_messages_start (python);
  g_autofree char *essence = NULL;
  gboolean loaded;

  loaded = python ? _sonde_registry_load_python (self, entry->info) : peas_engine_load_plugin (self->engine, entry->info);
  _sonde_messages_stop (messages);
  /* a class whose name another plugin has already is not registered, which only a message tells */
  if (loaded && (python || provides (self, entry) || _sonde_messages_are_none (messages)))
    {
      _sonde_messages_let_go (messages);
      g_debug ("loaded %s from “%s”", entry->plugin.name, entry->plugin.module);
      return TRUE;
    }
  essence = _sonde_messages_dup_essence (messages, entry->plugin.directory);
  if (python)
    return fail_for_python (self, entry, essence, error);
  return fail (self, entry, g_strdup_printf (_ ("its module does not load: %s"), essence != NULL ? essence : _ ("nobody says why")),
               g_strdup (_ ("give its types names of their own, that begin with the plugin's name")), error);
}

/* Looked at once more: what was well when it was listed may have been opened to others since. */
static gboolean
check_trust (SondeRegistry *self,
             SondeEntry *entry,
             GError **error)
{
  char *remedy = NULL;
  char *fault = _sonde_entry_find_distrust (entry, &remedy);

  return fault == NULL || fail (self, entry, fault, remedy, error);
}

static gboolean
load (SondeRegistry *self,
      SondeEntry *entry,
      GError **error)
{
  if (!check_trust (self, entry, error))
    return FALSE;
  if (!load_needs (self, entry, error))
    return FALSE;
  if (g_str_equal (entry->plugin.loader, "c") && !open_module (self, entry, error))
    return FALSE;
  return load_with_peas (self, entry, error);
}

gboolean
_sonde_registry_load (SondeRegistry *self,
                      SondeEntry *entry,
                      GError **error)
{
  SondePlugin *plugin = &entry->plugin;

  if (plugin->state == SONDE_PLUGIN_STATE_UNAVAILABLE && !entry->opened)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the plugin %s is unavailable: %s: %s"), plugin->name, plugin->reason, plugin->remedy);
      return FALSE;
    }
  if (entry->opened) /* or being opened, where plugins depend on each other in a circle */
    return TRUE;
  entry->opened = TRUE;
  entry->opened = load (self, entry, error);
  return entry->opened;
}

GObject *
_sonde_registry_make (SondeRegistry *self,
                      SondeEntry *entry,
                      GError **error)
{
  const char *name = entry->plugin.name;
  const char *kind = sonde_plugin_kind_get_name (entry->plugin.kind);
  const GType type = _sonde_plugin_kind_get_interface (entry->plugin.kind);
  g_autoptr (SondeMessages) messages = NULL;
  g_autofree char *essence = NULL;
  GObject *object;

  if (!provides (self, entry))
    {
      if (is_python (entry))
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the plugin %s says that it is of kind %s, but registers no such class: give it one that derives from GObject.Object and Sonde.%s"),
                     name, kind, g_type_name (type) + strlen ("Sonde"));
      else
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the plugin %s says that it is of kind %s, but registers no such class: end it with SONDE_PLUGIN_REGISTER and such a class"),
                     name, kind);
      return NULL;
    }
  messages = _sonde_messages_start (is_python (entry));
  object = G_OBJECT (peas_engine_create_extension (self->engine, entry->info, type, NULL));
  _sonde_messages_stop (messages);
  if (object != NULL && !_sonde_messages_let_go (messages)) /* what __init__ () raises is printed, and the object is there in part */
    g_clear_object (&object);
  if (object != NULL && !sonde_fault_check (object, error))
    {
      g_object_unref (object);
      return NULL;
    }
  essence = object == NULL ? _sonde_messages_dup_essence (messages, entry->plugin.directory) : NULL;
  if (object == NULL && essence != NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the plugin %s makes no object: %s: tell its authors"), name, essence);
  else if (object == NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the plugin %s makes no object: tell its authors"), name);
  return object;
}

void
_sonde_registry_try (SondeRegistry *self,
                     SondeEntry *entry)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) object = _sonde_registry_load (self, entry, NULL) ? _sonde_registry_make (self, entry, &error) : NULL;

  if (object != NULL || error == NULL)
    return;
  fail (self, entry, g_strdup (error->message), g_strdup (_ ("correct the plugin, or ask its authors")), NULL);
}
