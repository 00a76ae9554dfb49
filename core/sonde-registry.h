#pragma once

#include "isolation/sonde-isolation.h"
#include "sonde-analyzer.h"
#include "sonde-model.h"
#include "sonde-settings.h"
#include "sonde-tap.h"

G_BEGIN_DECLS

typedef enum
{
  SONDE_PLUGIN_KIND_UNKNOWN,
  SONDE_PLUGIN_KIND_MODEL_PROVIDER,
  SONDE_PLUGIN_KIND_TAP,
  SONDE_PLUGIN_KIND_ANALYZER,
} SondePluginKind;

typedef enum
{
  SONDE_PLUGIN_STATE_ENABLED,
  SONDE_PLUGIN_STATE_DISABLED,    /* by the user */
  SONDE_PLUGIN_STATE_UNAVAILABLE, /* cannot be used, and `reason` says why */
} SondePluginState;

/* What the manifest says; nothing here loads code. */
typedef struct
{
  char *name;
  SondePluginKind kind;
  SondePluginState state;
  char *reason; /* (nullable): why it is unavailable */
  char *remedy; /* (nullable): and what to do */
  char *title;  /* (nullable), like all below but the last three */
  char *description;
  char *version;
  char **authors;
  char *copyright;
  char *licence; /* X-Sonde-License: an SPDX expression */
  char *website;
  char **depends;     /* names of plugins */
  char **opens;       /* of a model provider: patterns of the sources that it may open, as sonde-plugin.h says; NULL: it is always asked */
  char *api;          /* the level of the plugin interfaces that it says it was made for */
  char *module;       /* the file of its code, which need not be there */
  const char *loader; /* "c", "python3", or whatever the manifest says */
  const char *directory;
  const char *manifest; /* its file */
} SondePlugin;

const char *sonde_plugin_kind_get_name (SondePluginKind kind);    /* "model-provider", "tap", "analyzer", "unknown" */
const char *sonde_plugin_state_get_name (SondePluginState state); /* "enabled", "disabled", "unavailable" */

#define SONDE_TYPE_REGISTRY (sonde_registry_get_type ())
/* All plugins that can be found, and the objects that they make. The only place that knows the plugin library (sonde-registry*.c). */
G_DECLARE_FINAL_TYPE (SondeRegistry, sonde_registry, SONDE, REGISTRY, GObject)

SondeRegistry *sonde_registry_new (void);
GPtrArray *sonde_registry_list (SondeRegistry *self);                           /* (transfer none) (element-type SondePlugin), by kind, then name */
const SondePlugin *sonde_registry_find (SondeRegistry *self, const char *name); /* (nullable) */

/* From now on chains have analyzers that run in processes of their own. */
void sonde_registry_set_isolation (SondeRegistry *self, SondeIsolation *isolation);
SondeIsolation *sonde_registry_get_isolation (SondeRegistry *self); /* (transfer none) (nullable) */

/* Loads the plugin where needed; refuses unknown, disabled, unavailable ones and those of another kind with a sentence. */
GObject *sonde_registry_create (SondeRegistry *self, const char *name, SondePluginKind kind, GError **error);
/* Made once: what its properties are set to holds for every model that it opens. */
SondeModelProvider *sonde_registry_get_provider (SondeRegistry *self, const char *name, GError **error); /* (transfer none) */
/* Loads every plugin; whichever fails becomes unavailable, with the reason. */
void sonde_registry_check (SondeRegistry *self);
SondeSettings *sonde_registry_get_settings (SondeRegistry *self); /* what the user chose, disabled plugins among it */
/* Remembered for the user, see SondeSettings. */
gboolean sonde_registry_set_enabled (SondeRegistry *self, const char *name, gboolean enabled, GError **error);
/* Opened by the surest of the providers that may open it; otherwise the sentence holds each one's reason. */
SondeModel *sonde_registry_open_model (SondeRegistry *self, const char *path, GCancellable *cancellable, GError **error);
/* Names of the enabled analyzers that attach @attachment, separated by commas; NULL where none does. Loads them all. */
char *sonde_registry_dup_attachers (SondeRegistry *self, const char *attachment);

G_END_DECLS
