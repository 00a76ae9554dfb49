#pragma once

#include "sonde-checkpoint-private.h"
#include "sonde-run-private.h"

G_BEGIN_DECLS

struct _SondeRunCheckpoint
{
  SondeCheckpoint *folder;
  GPtrArray *notes; /* of utf8 */
  guint n_loaded;   /* frames of the running batch, from its first on: they were processed already */
  guint next;       /* the frame of the running batch that comes next */
};

/* Takes a sentence's beginning: what was found in the folder and is of no use. */
void _sonde_run_checkpoint_note (SondeRun *self, const char *what);

/* (transfer full): name, value, name, value, …: everything that decides the numbers of a run's frames. Reads the model's files. */
GPtrArray *_sonde_run_describe_numbers (SondeRun *self, GCancellable *cancellable, GError **error);

G_END_DECLS
