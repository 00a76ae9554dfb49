#pragma once

#include "sonde-run-private.h"

G_BEGIN_DECLS

/* (transfer full): name, value, name, value, …: everything that decides the numbers of a run's frames. Reads the model's files. */
GPtrArray *_sonde_run_describe_numbers (SondeRun *self, GCancellable *cancellable, GError **error);

G_END_DECLS
