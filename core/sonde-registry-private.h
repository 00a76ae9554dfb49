#pragma once

#include <libpeas/peas.h>

#include "sonde-registry.h"

G_BEGIN_DECLS

/* The registry's own files, sonde-registry*.c, are the only ones that know libpeas. */

/* A manifest that lies in one of the folders, read by ourselves: what the plugin library drops must be listed too. */
typedef struct
{
  char *path;
  char *directory;
  GKeyFile *file;
  char *module;          /* its name; NULL where the manifest does not say it */
  char *loader;          /* "c", "python3", or whatever it says */
  char *fault;           /* why it cannot be read as a manifest; NULL: it can */
  char *trap;            /* the manifest beside it on account of which the plugin library is not sent here; NULL */
  char *fault_of_folder; /* why nothing in the folder where it was found is believed; NULL */
  char *remedy_of_folder;
} SondeManifest;

/* Adds the manifests in @dir and the folders in it, one level deep, as the plugin library looks for them, to @manifests. Each file comes
 * once, by whatever links: @seen keeps their real paths. %FALSE where the plugin library is not to be sent there: others could put
 * plugins there, or there is one that must not be read, as reading it does not end or takes all memory. */
gboolean _sonde_manifests_scan (const char *dir, GHashTable *seen, GPtrArray *manifests);

/* A plugin as everybody sees it, and what the registry knows besides. */
typedef struct
{
  SondePlugin plugin; /* the first member: a pointer to it is a pointer to the entry */
  SondeManifest *manifest;
  PeasPluginInfo *info; /* NULL where the plugin library did not take the manifest */
  const char *used;     /* the manifest of the same name that is used instead; NULL */
  char *failure;        /* why loading failed, once it was tried */
  char *failure_remedy;
  char *distrust; /* why its code is not loaded whatever it is: others may have put it there, or may change it; NULL */
  char *distrust_remedy;
  gboolean opened; /* the module was, and it fits */
} SondeEntry;

struct _SondeRegistry
{
  GObject parent_instance;

  PeasEngine *engine;
  GPtrArray *plugins;        /* of SondeEntry */
  SondeSettings *settings;
  GHashTable *disabled;      /* names */
  char *unread;              /* why it is not known which are disabled; NULL: it is */
  GHashTable *providers;     /* name → SondeModelProvider: each made once, so that it keeps what it was told */
  SondeIsolation *isolation; /* (nullable) */
};

/* ---- entries ---- */

SondeEntry *_sonde_entry_new (SondeManifest *manifest, PeasPluginInfo *info); /* takes the manifest */
void _sonde_entry_free (SondeEntry *entry);
/* Why its code cannot be trusted where it lies; NULL: it can. */
char *_sonde_entry_find_distrust (const SondeEntry *entry, char **remedy);
/* Sets state, reason and remedy from everything that can be said without its code. */
void _sonde_entry_update (SondeEntry *entry, SondeRegistry *registry);
SondeEntry *_sonde_registry_find_entry (SondeRegistry *self, const char *name); /* (nullable): one that can be used comes first */

/* ---- what the user chose ---- */

void _sonde_registry_load_state (SondeRegistry *self);
gboolean _sonde_registry_save_state (SondeRegistry *self, GError **error);

/* ---- code ---- */

/* What Python itself would load for plugins and cannot be trusted; NULL: nothing. */
char *_sonde_registry_find_distrust_of_python (char **remedy);
/* Starts Python where that was not done yet, and loads a script. */
gboolean _sonde_registry_load_python (SondeRegistry *self, PeasPluginInfo *info);
/* Loads what @entry depends on, and then its module; FALSE with a sentence, which also becomes the entry's reason. */
gboolean _sonde_registry_load (SondeRegistry *self, SondeEntry *entry, GError **error);
/* An object of the loaded plugin that serves its kind. */
GObject *_sonde_registry_make (SondeRegistry *self, SondeEntry *entry, GError **error);
/* Loads it and makes one object, to see whether that works; where not, that becomes its reason. */
void _sonde_registry_try (SondeRegistry *self, SondeEntry *entry);
GType _sonde_plugin_kind_get_interface (SondePluginKind kind);

/* ---- what the plugin library and GObject write while something is loaded ---- */

typedef struct _SondeMessages SondeMessages;

/* @with_stderr: also what is written there, for which Python has no other place. */
SondeMessages *_sonde_messages_start (gboolean with_stderr);
/* No message is caught any more. */
void _sonde_messages_stop (SondeMessages *self);
gboolean _sonde_messages_are_none (SondeMessages *self);
/* It went well: what was caught and is no traceback goes where it was to go, as it is the plugin's own. FALSE: it is one. */
gboolean _sonde_messages_let_go (SondeMessages *self);
/* The essence of what was caught: of a traceback its last line, with file and line in @directory; NULL where nothing was. */
char *_sonde_messages_dup_essence (SondeMessages *self, const char *directory);
void _sonde_messages_free (SondeMessages *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeMessages, _sonde_messages_free)

G_END_DECLS
