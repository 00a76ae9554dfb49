#pragma once

#include <json-glib/json-glib.h>

#include "sonde-chain.h"
#include "sonde-corpus.h"
#include "sonde-run.h"

G_BEGIN_DECLS

/* The files behind a model, and what is said of them. */
typedef struct _SondeProvenanceFiles SondeProvenanceFiles;

SondeProvenanceFiles *_sonde_provenance_files_new (SondeModel *model, gboolean sha256);
/* Sizes and checksums: takes as long as reading the weights, and knows nothing but files, so that any thread may do it, all at once
 * or piece by piece; %FALSE when nothing is left. */
gboolean _sonde_provenance_files_read_piece (SondeProvenanceFiles *self);
void _sonde_provenance_files_read (SondeProvenanceFiles *self, GCancellable *cancellable);
/* (transfer none): an object a file, after they were read; %NULL where that failed. */
JsonArray *_sonde_provenance_files_get_descriptions (SondeProvenanceFiles *self, GError **error);
void _sonde_provenance_files_free (SondeProvenanceFiles *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeProvenanceFiles, _sonde_provenance_files_free)

typedef struct
{
  SondeRun *run;
  SondeModel *model;
  SondeCorpus *corpus; /* (nullable): the rows were there */
  SondeChain *chain;
  const char *recipe;  /* (nullable) */
  const char *command; /* (nullable) */
  guint64 seed;
  SondeProvenanceFiles *files; /* after they were read */
} SondeProvenanceSource;

/* Everything that could change a number, and nothing else: no times, no paths, so that equal inputs give equal bytes. */
JsonObject *_sonde_provenance_build (const SondeProvenanceSource *source, GError **error);

G_END_DECLS
