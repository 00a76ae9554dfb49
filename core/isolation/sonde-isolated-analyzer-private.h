#pragma once

#include "sonde-isolation-private.h"
#include "sonde-registry.h"

G_BEGIN_DECLS

#define SONDE_TYPE_ISOLATED_ANALYZER (_sonde_isolated_analyzer_get_type ())
/* Stands in a chain for an analyzer that runs in a process of its own. One that failed goes on as one that does nothing. */
G_DECLARE_FINAL_TYPE (SondeIsolatedAnalyzer, _sonde_isolated_analyzer, SONDE, ISOLATED_ANALYZER, GObject)

/* NULL: the plugin cannot be had, as sonde_registry_create() says it. One that fails while it is loaded is an analyzer that failed. */
SondeIsolatedAnalyzer *_sonde_isolated_analyzer_new (SondeIsolation *isolation, const char *name, GError **error);
gboolean _sonde_isolated_analyzer_set_property (SondeIsolatedAnalyzer *self, const char *property, const char *value, GError **error);
/* Every property, or those that were set where it failed too early: PROPERTY, VALUE, PROPERTY … NULL. */
const char *const *_sonde_isolated_analyzer_get_properties (SondeIsolatedAnalyzer *self);
/* (transfer full) (nullable): see sonde_registry_dup_attachers(). */
char *_sonde_isolated_analyzer_dup_attachers (SondeIsolatedAnalyzer *self, const char *attachment);

/* Where it reads what @upstream attaches, that one and those upstream of it will run in its process too. To be called in the chain's order. */
void _sonde_isolated_analyzer_connect (SondeIsolatedAnalyzer *self, SondeIsolatedAnalyzer *upstream);

/* What happened, as one sentence, and its parts; NULL: nothing did. */
SondeWords *_sonde_isolated_analyzer_get_failure (SondeIsolatedAnalyzer *self, SondeWords **where, SondeWords **reason);
/* It reads `@attachment`, which nobody attaches; that may be the fault of @upstream, which failed. */
void _sonde_isolated_analyzer_fail_upstream (SondeIsolatedAnalyzer *self, SondeIsolatedAnalyzer *upstream, const char *attachment);

G_END_DECLS
