#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * SONDE_ISOLATION_ARGUMENT:
 *
 * The first argument of a program that is to serve one analyzer and nothing else: see sonde_isolation_serve().
 */
#define SONDE_ISOLATION_ARGUMENT "--isolated-analyzer"

#define SONDE_TYPE_ISOLATION (sonde_isolation_get_type ())
/* Has every analyzer of a chain run in a process of its own, so that one that crashes, hangs or eats memory costs no more than itself. */
G_DECLARE_FINAL_TYPE (SondeIsolation, sonde_isolation, SONDE, ISOLATION, GObject)

SondeIsolation *sonde_isolation_new (const char *program, double seconds, guint64 bytes, GCancellable *cancellable);
double sonde_isolation_get_seconds (SondeIsolation *self); /* that one call of a plugin may take */
guint64 sonde_isolation_get_bytes (SondeIsolation *self);  /* that a process may have for itself */

/* At the top of main (): TRUE where this process was to serve an analyzer, which is then done; it ends with _exit (@status). */
gboolean sonde_isolation_serve (int argc, char **argv, int *status);

G_END_DECLS
