#pragma once

#include "sonde-threads.h"

G_BEGIN_DECLS

/* One piece of a work that nobody waits for yet, of about a tenth of a millisecond. %FALSE when nothing is left of it. */
typedef gboolean (*SondeIdleFunc) (gpointer user_data);

/* Threads that wait for others run pieces of it meanwhile, one at a time; a thread that has something to do never does. */
void _sonde_threads_set_idle_work (SondeIdleFunc func, gpointer user_data);
/* No piece runs any more when this comes back. */
void _sonde_threads_clear_idle_work (void);

G_END_DECLS
