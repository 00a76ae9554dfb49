#pragma once

#include "sonde-isolated-analyzer-private.h"
#include "sonde-isolated-process-private.h"
#include "sonde-words-private.h"

G_BEGIN_DECLS

/* What the files that make up an isolated analyzer share. */

typedef struct
{
  guint layer;
  char *condition;
  SondeFrame *frame; /* until the first answer: it may have to be sent again */
} SondeSentFrame;

struct _SondeIsolatedAnalyzer
{
  GObject parent_instance;

  char *name;
  guint serial; /* in the order of making, which is the chain's */
  SondeIsolation *isolation;
  SondeIsolatedProcess *process; /* NULL: it failed, or is done */
  SondeDescription *description; /* NULL before somebody asks */
  GPtrArray *settings;           /* of utf8: name, value, name … NULL: what was set */
  GPtrArray *properties;         /* likewise: all of them; none before somebody asks */
  GPtrArray *upstream;           /* of SondeIsolatedAnalyzer */
  GVariant *investigation;       /* NULL before it was prepared */
  GQueue sent;                   /* of SondeSentFrame: without an answer yet */
  gboolean has_answered;         /* to a frame */
  SondeSentences *warnings;

  SondeWords *failure; /* NULL: it has not failed */
  SondeWords *where;
  SondeWords *reason;
  gboolean finishing; /* what reads from it has all that it needs */
};

/* ---- its process: each FALSE with @error set, or where it failed, which is no error ---- */

gboolean _sonde_isolated_analyzer_start (SondeIsolatedAnalyzer *self, GError **error);
gboolean _sonde_isolated_analyzer_send_setting (SondeIsolatedAnalyzer *self, const char *property, const char *value, GError **error);
gboolean _sonde_isolated_analyzer_prepare_process (SondeIsolatedAnalyzer *self, GVariant **layers, GError **error);
gboolean _sonde_isolated_analyzer_send_frame (SondeIsolatedAnalyzer *self, SondeFrame *frame, GError **error);

/* ---- failures: the process ends with each ---- */

/* What @error says went wrong in what ran last. */
void _sonde_isolated_analyzer_fail (SondeIsolatedAnalyzer *self, const GError *error);
/* Takes @where. */
void _sonde_isolated_analyzer_fail_for (SondeIsolatedAnalyzer *self, SondeIsolatedAnalyzer *upstream, SondeWords *where);
char *_sonde_isolated_analyzer_dup_place (SondeIsolatedAnalyzer *self, SondeIsolatedMethod method);

/* ---- those upstream ---- */

GVariant *_sonde_isolated_analyzer_list_upstream (SondeIsolatedAnalyzer *self); /* floating: a(sa(ss)), names and what was set of them */
/* Whether it goes on, be it without one that failed: as it does where that one is only used, and fails at once. */
gboolean _sonde_isolated_analyzer_check_upstream (SondeIsolatedAnalyzer *self, SondeIsolatedMethod method);

G_END_DECLS
