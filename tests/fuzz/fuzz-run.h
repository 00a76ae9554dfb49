#pragma once

#include "sonde.h"

G_BEGIN_DECLS

#define FUZZ_MOST_MEMORY ((guint64) 256 << 20)

/* Looks at everything that a model says of itself. */
void fuzz_ask_model (SondeModel *model);
/* Runs what was prepared, unless it says beforehand that it needs much memory, as somebody with little does; writes every table that comes
 * out as CSV and draws one of the figures, as @choice has it. Takes an error of the preparation, where @run is NULL. */
void fuzz_run (SondeRun *run, guint choice, const GError *error);

G_END_DECLS
