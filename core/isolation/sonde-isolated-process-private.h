#pragma once

#include "sonde-isolation-private.h"
#include "sonde-words.h"

G_BEGIN_DECLS

/* A process that serves one analyzer, as the program sees it. Nothing that it sends is believed. */
typedef struct _SondeIsolatedProcess SondeIsolatedProcess;

typedef enum
{
  SONDE_ANSWER_DONE,
  SONDE_ANSWER_REFUSED,   /* the plugin gave an error */
  SONDE_ANSWER_LOST,      /* the process is no more: the error says how it ended */
  SONDE_ANSWER_CANCELLED, /* and the process is no more */
} SondeAnswer;

SondeIsolatedProcess *_sonde_isolated_process_new (SondeIsolation *isolation, GError **error);
void _sonde_isolated_process_free (SondeIsolatedProcess *self); /* ends it */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeIsolatedProcess, _sonde_isolated_process_free)

/* Takes a floating @argument. What goes wrong is told by the next receive. @file -1: none. */
void _sonde_isolated_process_send (SondeIsolatedProcess *self, const char *request, GVariant *argument, int file);
/* The answer to the oldest request that has none yet. @n_calls: how many calls of plugins it may take, each as long as is allowed. */
SondeAnswer _sonde_isolated_process_receive (SondeIsolatedProcess *self, const char *type, guint n_calls, GVariant **answer, GCancellable *cancellable, GError **error);
/* (transfer full): what @error of a receive says: in both languages how a process ended, and as it was said what a plugin says. */
SondeWords *_sonde_isolated_process_dup_reason (SondeIsolatedProcess *self, const GError *error);
/* What ran last: @element as in SondeIsolationPage. */
SondeIsolatedMethod _sonde_isolated_process_get_running (SondeIsolatedProcess *self, guint *element);

G_END_DECLS
