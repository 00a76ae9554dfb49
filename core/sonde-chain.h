#pragma once

#include "sonde-registry.h"

G_BEGIN_DECLS

#define SONDE_TYPE_CHAIN (sonde_chain_get_type ())
/* Analyzers in order, perhaps with the tap in front: `TAP ! ANALYZER ! ANALYZER PROPERTY=VALUE`. */
G_DECLARE_FINAL_TYPE (SondeChain, sonde_chain, SONDE, CHAIN, GObject)

/* @words: plugin names, PROPERTY=VALUE words behind them, "!" between. Everything is checked but how the pieces fit. */
SondeChain *sonde_chain_new (SondeRegistry *registry, const char *const *words, GError **error);
SondeChain *sonde_chain_parse (SondeRegistry *registry, const char *text, GError **error);

/* "B reads `a`, which nothing before it attaches: put `A` in front". */
gboolean sonde_chain_check (SondeChain *self, SondeRegistry *registry, GError **error);

guint sonde_chain_get_n_analyzers (SondeChain *self);
SondeAnalyzer *sonde_chain_get_analyzer (SondeChain *self, guint index, const char **name);
SondeAnalyzer *sonde_chain_find_analyzer (SondeChain *self, const char *name); /* (nullable) */
SondeTap *sonde_chain_get_tap (SondeChain *self, const char **name);           /* (nullable) */
void sonde_chain_set_tap (SondeChain *self, const char *name, SondeTap *tap);
gboolean sonde_chain_set_property (SondeChain *self, const char *element, const char *property, const char *value, GError **error);
/* One that ran in a process of its own and failed: a sentence, its parts where they are wanted. NULL: it has not failed. */
const char *sonde_chain_get_failure (SondeChain *self, guint index, const char **where, const char **reason); /* (nullable) */

G_END_DECLS
