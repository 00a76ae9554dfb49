#pragma once

#include <json-glib/json-glib.h>

#include "sonde-chain.h"
#include "sonde-corpus.h"
#include "sonde-run.h"

G_BEGIN_DECLS

typedef struct
{
  SondeRun *run;
  SondeModel *model;
  SondeCorpus *corpus; /* (nullable): the rows were there */
  SondeChain *chain;
  const char *recipe;  /* (nullable) */
  const char *command; /* (nullable) */
  guint64 seed;
  gboolean sha256; /* of the weights too */
} SondeProvenanceSource;

/* Everything that could change a number, and nothing else: no times, no paths, so that equal inputs give equal bytes. */
JsonObject *_sonde_provenance_build (const SondeProvenanceSource *source, GCancellable *cancellable, GError **error);

G_END_DECLS
