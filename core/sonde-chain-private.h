#pragma once

#include "sonde-chain.h"
#include "sonde-words.h"

G_BEGIN_DECLS

/* (transfer none) (nullable): as sonde_chain_get_failure(), for people and for programs. */
SondeWords *_sonde_chain_get_failure (SondeChain *self, guint index, SondeWords **where, SondeWords **reason);

G_END_DECLS
