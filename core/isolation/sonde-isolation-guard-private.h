#pragma once

#include "sonde-isolation-private.h"

G_BEGIN_DECLS

/* The process that serves: it hears no interrupts, ends with the one that started it, leaves no core, and tells its last words. */
SondeIsolationPage *_sonde_guard_begin (GPid parent);
/* From now on it has no more memory than this. */
void _sonde_guard_limit_memory (guint64 bytes);

G_END_DECLS
