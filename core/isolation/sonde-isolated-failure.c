#define G_LOG_DOMAIN "sonde"

#include "sonde-isolated-parts-private.h"

#include <glib/gi18n-lib.h>

/* What went wrong, where, and whose fault it is, as sentences. */

const char *
_sonde_isolated_method_get_name (SondeIsolatedMethod method)
{
  static const char *const names[] = {
    [SONDE_METHOD_NONE] = N_ ("its beginning"),
    [SONDE_METHOD_LOAD] = N_ ("loading"),
    [SONDE_METHOD_SET] = N_ ("setting a property"),
    [SONDE_METHOD_DESCRIBE] = "describe ()",
    [SONDE_METHOD_PREPARE] = "prepare ()",
    [SONDE_METHOD_ESTIMATE] = "estimate ()",
    [SONDE_METHOD_PROCESS] = "process ()",
    [SONDE_METHOD_PASS] = N_ ("a pass over similarities"),
    [SONDE_METHOD_FINISH] = "finish ()",
  };

  return _ (names[method < G_N_ELEMENTS (names) ? method : SONDE_METHOD_NONE]);
}

/* Takes all three. */
static void
fail (SondeIsolatedAnalyzer *self,
      SondeWords *where,
      SondeWords *reason,
      SondeWords *failure)
{
  self->where = where;
  self->reason = reason;
  self->failure = failure;
  g_clear_pointer (&self->process, _sonde_isolated_process_free);
}

char *
_sonde_isolated_analyzer_dup_place (SondeIsolatedAnalyzer *self,
                                    SondeIsolatedMethod method)
{
  const SondeSentFrame *sent = g_queue_peek_head (&self->sent);
  const char *name = _sonde_isolated_method_get_name (method);

  if (sent == NULL || (method != SONDE_METHOD_PROCESS && method != SONDE_METHOD_PASS))
    return g_strdup (name);
  return g_strdup_printf (_ ("%s, layer %u, condition %s"), name, sent->layer, sent->condition);
}

void
_sonde_isolated_analyzer_fail_for (SondeIsolatedAnalyzer *self,
                                   SondeIsolatedAnalyzer *upstream,
                                   SondeWords *where)
{
  SondeWords *reason = SONDE_WORDS (g_strdup_printf (_ ("it reads what %s attaches, and %s failed"), upstream->name, upstream->name));
  SondeWords *failure = SONDE_WORDS (g_strdup_printf (_ ("%s reads what %s attaches, and %s failed: its tables and figures are missing: see its message"), self->name, upstream->name, upstream->name));

  fail (self, where, reason, failure);
}

/* What @error says went wrong in what ran last. A failure of an instance of one upstream is that one's. */
void
_sonde_isolated_analyzer_fail (SondeIsolatedAnalyzer *self,
                               const GError *error)
{
  guint element = G_MAXUINT;
  const SondeIsolatedMethod method = self->process != NULL ? _sonde_isolated_process_get_running (self->process, &element) : SONDE_METHOD_NONE;
  SondeWords *where = SONDE_WORDS (_sonde_isolated_analyzer_dup_place (self, method));
  SondeWords *reason;

  if (element < self->upstream->len)
    {
      _sonde_isolated_analyzer_fail_for (self, g_ptr_array_index (self->upstream, element), where);
      return;
    }
  reason = self->process != NULL ? _sonde_isolated_process_dup_reason (self->process, error) : sonde_words_new_plain (error->message);
  fail (self, where, reason, SONDE_WORDS (g_strdup_printf (_ ("%s failed in %s: %s; its tables and figures are missing: leave it out, or tell its authors"), self->name, sonde_words_get (where), sonde_words_get (reason))));
}

SondeWords *
_sonde_isolated_analyzer_get_failure (SondeIsolatedAnalyzer *self,
                                      SondeWords **where,
                                      SondeWords **reason)
{
  if (where != NULL)
    *where = self->where;
  if (reason != NULL)
    *reason = self->reason;
  return self->failure;
}

void
_sonde_isolated_analyzer_fail_upstream (SondeIsolatedAnalyzer *self,
                                        SondeIsolatedAnalyzer *upstream,
                                        const char *attachment)
{
  SondeWords *where = SONDE_WORDS (g_strdup (_sonde_isolated_method_get_name (SONDE_METHOD_DESCRIBE)));
  SondeWords *reason = SONDE_WORDS (g_strdup_printf (_ ("it reads `%s`, which nothing before it attaches, and %s failed"), attachment, upstream->name));

  fail (self, where, reason, SONDE_WORDS (g_strdup_printf (_ ("%s reads `%s`, which nothing before it attaches, and %s failed: its tables and figures are missing: see its message"), self->name, attachment, upstream->name)));
}
