#define G_LOG_DOMAIN "sonde"

#include "sonde-isolated-analyzer-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-investigation-private.h"
#include "sonde-isolated-process-private.h"
#include "sonde-threads.h"

/* So many frames may be on their way: one is analysed while the next is there already. */
#define MOST_FRAMES 2
/* Private memory of a process that has an analyzer and nothing to do. */
#define PROCESS_BYTES ((guint64) 16 << 20)

typedef struct
{
  guint layer;
  char *condition;
  SondeFrame *frame; /* until the first answer: it may have to be sent again */
} SentFrame;

struct _SondeIsolatedAnalyzer
{
  GObject parent_instance;

  char *name;
  SondeIsolation *isolation;
  SondeIsolatedProcess *process; /* NULL: it failed, or is done */
  SondeDescription *description; /* NULL before somebody asks */
  GPtrArray *settings;           /* of utf8: name, value, name … NULL: what was set */
  GPtrArray *properties;         /* likewise: all of them; none before somebody asks */
  GPtrArray *upstream;           /* of SondeIsolatedAnalyzer */
  GVariant *investigation;       /* NULL before it was prepared */
  GQueue sent;                   /* of SentFrame: without an answer yet */
  gboolean has_answered;         /* to a frame */
  GPtrArray *warnings;           /* of utf8 */

  char *failure; /* NULL: it has not failed */
  char *where;
  char *reason;
  gboolean finishing; /* what reads from it has all that it needs */
};

static void sonde_isolated_analyzer_interface_init (SondeAnalyzerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (SondeIsolatedAnalyzer, _sonde_isolated_analyzer, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_ANALYZER, sonde_isolated_analyzer_interface_init))

/* Name, value, name … NULL. */
static GPtrArray *
pairs_new (void)
{
  GPtrArray *pairs = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (pairs, NULL);
  return pairs;
}

static void
pairs_add (GPtrArray *pairs,
           const char *name,
           const char *value)
{
  g_ptr_array_insert (pairs, (int) pairs->len - 1, g_strdup (name));
  g_ptr_array_insert (pairs, (int) pairs->len - 1, g_strdup (value));
}

static void
sent_frame_free (gpointer data)
{
  SentFrame *sent = data;

  g_free (sent->condition);
  g_clear_object (&sent->frame);
  g_free (sent);
}

static void
_sonde_isolated_analyzer_finalize (GObject *object)
{
  SondeIsolatedAnalyzer *self = SONDE_ISOLATED_ANALYZER (object);

  g_clear_pointer (&self->process, _sonde_isolated_process_free);
  g_clear_object (&self->isolation);
  g_clear_object (&self->description);
  g_clear_pointer (&self->investigation, g_variant_unref);
  g_ptr_array_unref (self->settings);
  g_ptr_array_unref (self->properties);
  g_ptr_array_unref (self->upstream);
  g_ptr_array_unref (self->warnings);
  g_queue_clear_full (&self->sent, sent_frame_free);
  g_free (self->name);
  g_free (self->failure);
  g_free (self->where);
  g_free (self->reason);
  G_OBJECT_CLASS (_sonde_isolated_analyzer_parent_class)->finalize (object);
}

static void
_sonde_isolated_analyzer_class_init (SondeIsolatedAnalyzerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = _sonde_isolated_analyzer_finalize;
}

static void
_sonde_isolated_analyzer_init (SondeIsolatedAnalyzer *self)
{
  self->settings = pairs_new ();
  self->properties = pairs_new ();
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  self->upstream = g_ptr_array_new_with_free_func (g_object_unref);
  g_queue_init (&self->sent);
}

/* ---- failures ---- */

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
      char *where,
      char *reason,
      char *failure)
{
  self->where = where;
  self->reason = reason;
  self->failure = failure;
  g_clear_pointer (&self->process, _sonde_isolated_process_free);
}

static char *
dup_place (SondeIsolatedAnalyzer *self,
           SondeIsolatedMethod method)
{
  const SentFrame *sent = g_queue_peek_head (&self->sent);
  const char *name = _sonde_isolated_method_get_name (method);

  if (sent == NULL || (method != SONDE_METHOD_PROCESS && method != SONDE_METHOD_PASS))
    return g_strdup (name);
  return g_strdup_printf (_ ("%s, layer %u, condition %s"), name, sent->layer, sent->condition);
}

static void
fail_for_upstream (SondeIsolatedAnalyzer *self,
                   SondeIsolatedAnalyzer *upstream,
                   char *where)
{
  char *reason = g_strdup_printf (_ ("it reads what %s attaches, and %s failed"), upstream->name, upstream->name);
  char *failure = g_strdup_printf (_ ("%s reads what %s attaches, and %s failed: its tables and figures are missing"), self->name, upstream->name, upstream->name);

  fail (self, where, reason, failure);
}

/* What @error says went wrong in what ran last. A failure of an instance of one upstream is that one's. */
static void
fail_with (SondeIsolatedAnalyzer *self,
           const GError *error)
{
  guint element = G_MAXUINT;
  const SondeIsolatedMethod method = self->process != NULL ? _sonde_isolated_process_get_running (self->process, &element) : SONDE_METHOD_NONE;
  char *where = dup_place (self, method);

  if (element < self->upstream->len)
    fail_for_upstream (self, g_ptr_array_index (self->upstream, element), where);
  else
    fail (self, where, g_strdup (error->message), g_strdup_printf (_ ("%s failed in %s: %s; its tables and figures are missing"), self->name, where, error->message));
}

const char *
_sonde_isolated_analyzer_get_failure (SondeIsolatedAnalyzer *self,
                                      const char **where,
                                      const char **reason)
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
  char *where = g_strdup (_sonde_isolated_method_get_name (SONDE_METHOD_DESCRIBE));
  char *reason = g_strdup_printf (_ ("it reads `%s`, which nothing before it attaches, and %s failed"), attachment, upstream->name);

  fail (self, where, reason, g_strdup_printf (_ ("%s reads `%s`, which nothing before it attaches, and %s failed: its tables and figures are missing"), self->name, attachment, upstream->name));
}

/* ---- before anything runs ---- */

/* DONE: @answer is there. LOST: it failed, and that is no error. REFUSED and CANCELLED: @error is set. */
static SondeAnswer
call (SondeIsolatedAnalyzer *self,
      const char *request,
      GVariant *argument,
      const char *type,
      GVariant **answer,
      GError **error)
{
  g_autoptr (GError) local = NULL;
  SondeAnswer outcome;

  _sonde_isolated_process_send (self->process, request, argument, -1);
  outcome = _sonde_isolated_process_receive (self->process, type, 2 * self->upstream->len + 2, answer, _sonde_isolation_get_cancellable (self->isolation), &local);
  if (outcome == SONDE_ANSWER_LOST)
    fail_with (self, local);
  else if (outcome != SONDE_ANSWER_DONE)
    g_propagate_error (error, g_steal_pointer (&local));
  return outcome;
}

/* FALSE with @error set, or where it failed. */
static gboolean
start (SondeIsolatedAnalyzer *self,
       GError **error)
{
  g_autoptr (GVariant) made = NULL;

  self->process = _sonde_isolated_process_new (self->isolation, error);
  return self->process != NULL && call (self, "make", g_variant_new ("(sut)", self->name, sonde_threads_get_n (), _sonde_isolation_get_data_limit (self->isolation)), "()", &made, error) == SONDE_ANSWER_DONE;
}

static gboolean
send_setting (SondeIsolatedAnalyzer *self,
              const char *property,
              const char *value,
              GError **error)
{
  g_autoptr (GVariant) set = NULL;

  return call (self, "set", g_variant_new ("(ss)", property, value), "()", &set, error) == SONDE_ANSWER_DONE;
}

SondeIsolatedAnalyzer *
_sonde_isolated_analyzer_new (SondeIsolation *isolation,
                              const char *name,
                              GError **error)
{
  g_autoptr (SondeIsolatedAnalyzer) self = g_object_new (SONDE_TYPE_ISOLATED_ANALYZER, NULL);

  self->name = g_strdup (name);
  self->isolation = g_object_ref (isolation);
  return start (self, error) || self->failure != NULL ? g_steal_pointer (&self) : NULL;
}

gboolean
_sonde_isolated_analyzer_set_property (SondeIsolatedAnalyzer *self,
                                       const char *property,
                                       const char *value,
                                       GError **error)
{
  if (self->failure == NULL && !send_setting (self, property, value, error) && self->failure == NULL)
    return FALSE;
  pairs_add (self->settings, property, value);
  return TRUE;
}

const char *const *
_sonde_isolated_analyzer_get_properties (SondeIsolatedAnalyzer *self)
{
  return (const char *const *) (self->description != NULL ? self->properties : self->settings)->pdata;
}

char *
_sonde_isolated_analyzer_dup_attachers (SondeIsolatedAnalyzer *self,
                                        const char *attachment)
{
  g_autoptr (GVariant) names = NULL;

  if (self->failure != NULL || call (self, "attachers", g_variant_new_string (attachment), "s", &names, NULL) != SONDE_ANSWER_DONE)
    return NULL;
  return *g_variant_get_string (names, NULL) != '\0' ? g_variant_dup_string (names, NULL) : NULL;
}

static gboolean
attaches_one_of (SondeDescription *description,
                 GPtrArray *names)
{
  GPtrArray *attaches = sonde_description_get_attaches (description);

  for (guint i = 0; i < attaches->len; i++)
    if (g_ptr_array_find_with_equal_func (names, ((SondeAttachmentInfo *) g_ptr_array_index (attaches, i))->name, g_str_equal, NULL))
      return TRUE;
  return FALSE;
}

void
_sonde_isolated_analyzer_connect (SondeIsolatedAnalyzer *self,
                                  SondeIsolatedAnalyzer *upstream)
{
  g_autoptr (SondeDescription) description = sonde_analyzer_describe (SONDE_ANALYZER (self));
  g_autoptr (SondeDescription) other = sonde_analyzer_describe (SONDE_ANALYZER (upstream));

  if (!attaches_one_of (other, sonde_description_get_reads (description)) && !attaches_one_of (other, sonde_description_get_uses (description)))
    return;
  for (guint i = 0; i <= upstream->upstream->len; i++)
    {
      gpointer one = i < upstream->upstream->len ? g_ptr_array_index (upstream->upstream, i) : upstream;

      if (!g_ptr_array_find (self->upstream, one, NULL))
        g_ptr_array_add (self->upstream, g_object_ref (one));
    }
}

static void
take_description (SondeIsolatedAnalyzer *self,
                  GVariant *answer)
{
  g_autoptr (GVariant) description = NULL;
  g_autoptr (GVariantIter) properties = NULL;
  const char *property, *value;

  g_variant_get (answer, "(@" SONDE_DESCRIPTION_TYPE "a(ss))", &description, &properties);
  self->description = _sonde_description_new_from_variant (description);
  while (g_variant_iter_next (properties, "(&s&s)", &property, &value))
    pairs_add (self->properties, property, value);
}

static SondeDescription *
sonde_isolated_analyzer_describe (SondeAnalyzer *analyzer)
{
  SondeIsolatedAnalyzer *self = SONDE_ISOLATED_ANALYZER (analyzer);
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) error = NULL;

  if (self->description == NULL && self->failure == NULL)
    {
      if (call (self, "describe", g_variant_new ("()"), "(" SONDE_DESCRIPTION_TYPE "a(ss))", &answer, &error) == SONDE_ANSWER_DONE)
        take_description (self, answer);
      else if (self->failure == NULL)
        fail_with (self, error);
    }
  return self->description != NULL ? g_object_ref (self->description) : sonde_description_new ();
}

static gboolean
send_frame (SondeIsolatedAnalyzer *self,
            SondeFrame *frame,
            GError **error)
{
  const int file = _sonde_frame_share (frame, error);

  if (file >= 0)
    _sonde_isolated_process_send (self->process, "frame", g_variant_new ("(uu)", sonde_frame_get_condition_index (frame), sonde_frame_get_layer (frame)), file);
  return file >= 0;
}

static GVariant *
upstream_to_variant (SondeIsolatedAnalyzer *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(sa(ss))"));
  for (guint i = 0; i < self->upstream->len; i++)
    {
      SondeIsolatedAnalyzer *one = g_ptr_array_index (self->upstream, i);

      g_variant_builder_open (&builder, G_VARIANT_TYPE ("(sa(ss))"));
      g_variant_builder_add (&builder, "s", one->name);
      g_variant_builder_open (&builder, G_VARIANT_TYPE ("a(ss)"));
      for (guint j = 0; j + 1 < one->settings->len; j += 2)
        g_variant_builder_add (&builder, "(ss)", g_ptr_array_index (one->settings, j), g_ptr_array_index (one->settings, j + 1));
      g_variant_builder_close (&builder);
      g_variant_builder_close (&builder);
    }
  return g_variant_builder_end (&builder);
}

/* Layers that are shown there are shown here. */
static gboolean
want_layers (SondeInvestigation *investigation,
             GVariant *layers,
             GError **error)
{
  gsize n;
  const guint32 *numbers = g_variant_get_fixed_array (layers, &n, sizeof *numbers);

  for (gsize i = 0; i < n; i++)
    {
      g_autofree char *layer = g_strdup_printf ("%u", numbers[i]);
      guint index;

      if (numbers[i] < sonde_investigation_get_n_layers (investigation) && !sonde_investigation_covers (investigation, numbers[i]) && !sonde_investigation_want_layer (investigation, layer, &index, error))
        return FALSE;
    }
  return TRUE;
}

/* The process is there, and its analyzer has its properties. FALSE with @error set, or where it failed. */
static gboolean
prepare_process (SondeIsolatedAnalyzer *self,
                 GVariant **layers,
                 GError **error)
{
  return call (self, "prepare", g_variant_new ("(v@a(sa(ss)))", self->investigation, upstream_to_variant (self)), "au", layers, error) == SONDE_ANSWER_DONE;
}

/* ---- going on without one that failed ---- */

static gboolean
has_failed_early (SondeIsolatedAnalyzer *self)
{
  return self->failure != NULL && !self->finishing;
}

static gboolean
is_attached (SondeIsolatedAnalyzer *self,
             const char *attachment)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  g_ptr_array_add (names, (gpointer) attachment);
  for (guint i = 0; i < self->upstream->len; i++)
    if (attaches_one_of (((SondeIsolatedAnalyzer *) g_ptr_array_index (self->upstream, i))->description, names))
      return TRUE;
  return FALSE;
}

/* What it reads must be there, and one of what it uses. */
static gboolean
has_what_it_needs (SondeIsolatedAnalyzer *self)
{
  GPtrArray *reads = sonde_description_get_reads (self->description);
  GPtrArray *uses = sonde_description_get_uses (self->description);
  guint n_used = 0;

  for (guint i = 0; i < reads->len; i++)
    if (!is_attached (self, g_ptr_array_index (reads, i)))
      return FALSE;
  for (guint i = 0; i < uses->len; i++)
    n_used += is_attached (self, g_ptr_array_index (uses, i));
  return uses->len == 0 || n_used > 0;
}

/* Those that failed, and those that served them alone, are upstream no more. */
static void
leave_out_failed (SondeIsolatedAnalyzer *self)
{
  g_autoptr (GPtrArray) before = g_steal_pointer (&self->upstream);

  self->upstream = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < before->len; i++)
    {
      SondeIsolatedAnalyzer *one = g_ptr_array_index (before, i);

      if (has_failed_early (one))
        g_ptr_array_add (self->warnings, g_strdup_printf (_ ("%s went on without what %s attaches, as %s failed"), self->name, one->name, one->name));
      else
        _sonde_isolated_analyzer_connect (self, one);
    }
}

/* In a new process, with the frames that are on their way. */
static gboolean
start_again (SondeIsolatedAnalyzer *self,
             GError **error)
{
  g_autoptr (GVariant) layers = NULL;

  g_clear_pointer (&self->process, _sonde_isolated_process_free);
  if (!start (self, error))
    return FALSE;
  for (guint i = 0; i + 1 < self->settings->len; i += 2)
    if (!send_setting (self, g_ptr_array_index (self->settings, i), g_ptr_array_index (self->settings, i + 1), error))
      return FALSE;
  if (!prepare_process (self, &layers, error))
    return FALSE;
  for (GList *link = self->sent.head; link != NULL; link = link->next)
    if (!send_frame (self, ((SentFrame *) link->data)->frame, error))
      return FALSE;
  return TRUE;
}

/* Whether it goes on, be it without one that failed: as it does where that one is only used, and fails at once. */
static gboolean
check_upstream (SondeIsolatedAnalyzer *self,
                SondeIsolatedMethod method)
{
  SondeIsolatedAnalyzer *failed = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < self->upstream->len && self->failure == NULL; i++)
    if (has_failed_early (g_ptr_array_index (self->upstream, i)))
      failed = g_ptr_array_index (self->upstream, i);
  if (failed == NULL)
    return self->failure == NULL;
  g_object_ref (failed);
  leave_out_failed (self);
  if (self->has_answered || !has_what_it_needs (self))
    fail_for_upstream (self, failed, dup_place (self, method));
  else if (self->investigation != NULL && !start_again (self, &error) && self->failure == NULL)
    fail_with (self, error);
  g_object_unref (failed);
  return self->failure == NULL;
}

static gboolean
sonde_isolated_analyzer_prepare (SondeAnalyzer *analyzer,
                                 SondeInvestigation *investigation,
                                 GError **error)
{
  SondeIsolatedAnalyzer *self = SONDE_ISOLATED_ANALYZER (analyzer);
  g_autoptr (GVariant) layers = NULL;
  GVariant *told;

  if (!check_upstream (self, SONDE_METHOD_PREPARE))
    return TRUE;
  told = _sonde_investigation_to_variant (investigation, error);
  if (told == NULL)
    return FALSE;
  self->investigation = g_variant_ref_sink (told);
  if (prepare_process (self, &layers, error))
    return want_layers (investigation, layers, error);
  return self->failure != NULL;
}

/* All processes work at the same time, so that what one of them needs counts beside what the others do. */
static void
sonde_isolated_analyzer_estimate (SondeAnalyzer *analyzer,
                                  SondeEstimate *estimate)
{
  SondeIsolatedAnalyzer *self = SONDE_ISOLATED_ANALYZER (analyzer);
  g_autoptr (GVariant) answer = NULL;
  guint64 working, kept, result;

  if (self->failure != NULL || call (self, "estimate", g_variant_new ("()"), "(ttt)", &answer, NULL) != SONDE_ANSWER_DONE)
    return;
  g_variant_get (answer, "(ttt)", &working, &kept, &result);
  estimate->kept = working + kept + PROCESS_BYTES;
  estimate->result = result;
}

/* ---- frames ---- */

/* The answer to the oldest frame. FALSE: cancelled. */
static gboolean
take_frame_answer (SondeIsolatedAnalyzer *self,
                   GCancellable *cancellable,
                   GError **error)
{
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) local = NULL;
  const SondeAnswer outcome = _sonde_isolated_process_receive (self->process, "()", self->upstream->len + 2, &answer, cancellable, &local);

  if (outcome == SONDE_ANSWER_CANCELLED)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  if (outcome != SONDE_ANSWER_DONE)
    fail_with (self, local);
  sent_frame_free (g_queue_pop_head (&self->sent));
  self->has_answered = TRUE;
  for (GList *link = self->sent.head; link != NULL; link = link->next)
    g_clear_object (&((SentFrame *) link->data)->frame);
  return TRUE;
}

static gboolean
sonde_isolated_analyzer_process (SondeAnalyzer *analyzer,
                                 SondeFrame *frame,
                                 GCancellable *cancellable,
                                 GError **error)
{
  SondeIsolatedAnalyzer *self = SONDE_ISOLATED_ANALYZER (analyzer);
  SentFrame *sent;

  while (check_upstream (self, SONDE_METHOD_PROCESS) && self->sent.length >= MOST_FRAMES)
    if (!take_frame_answer (self, cancellable, error))
      return FALSE;
  if (self->failure != NULL)
    return TRUE;
  if (!send_frame (self, frame, error))
    return FALSE;
  sent = g_new0 (SentFrame, 1);
  sent->layer = sonde_frame_get_layer (frame);
  sent->condition = g_strdup (sonde_condition_get_id (sonde_frame_get_condition (frame)));
  sent->frame = self->has_answered ? NULL : g_object_ref (frame);
  g_queue_push_tail (&self->sent, sent);
  return TRUE;
}

/* ---- the end ---- */

static SondeResult *
failed_result_new (SondeIsolatedAnalyzer *self)
{
  SondeResult *result = sonde_result_new ();

  sonde_result_add_warning (result, self->failure);
  return result;
}

static SondeResult *
sonde_isolated_analyzer_finish (SondeAnalyzer *analyzer,
                                GCancellable *cancellable,
                                GError **error)
{
  SondeIsolatedAnalyzer *self = SONDE_ISOLATED_ANALYZER (analyzer);
  g_autoptr (SondeResult) result = NULL;
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GError) local = NULL;
  SondeAnswer outcome;

  while (check_upstream (self, SONDE_METHOD_PROCESS) && self->sent.length > 0)
    if (!take_frame_answer (self, cancellable, error))
      return NULL;
  if (self->failure != NULL)
    return failed_result_new (self);
  self->finishing = TRUE;
  _sonde_isolated_process_send (self->process, "finish", g_variant_new ("()"), -1);
  outcome = _sonde_isolated_process_receive (self->process, SONDE_RESULT_TYPE, 1, &answer, cancellable, &local);
  if (outcome == SONDE_ANSWER_CANCELLED)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return NULL;
    }
  if (outcome == SONDE_ANSWER_DONE)
    result = _sonde_result_new_from_variant (answer, &local);
  if (result == NULL)
    {
      fail_with (self, local);
      return failed_result_new (self);
    }
  for (guint i = 0; i < self->warnings->len; i++)
    sonde_result_add_warning (result, g_ptr_array_index (self->warnings, i));
  g_clear_pointer (&self->process, _sonde_isolated_process_free);
  return g_steal_pointer (&result);
}

static void
sonde_isolated_analyzer_interface_init (SondeAnalyzerInterface *iface)
{
  iface->describe = sonde_isolated_analyzer_describe;
  iface->prepare = sonde_isolated_analyzer_prepare;
  iface->process = sonde_isolated_analyzer_process;
  iface->finish = sonde_isolated_analyzer_finish;
  iface->estimate = sonde_isolated_analyzer_estimate;
}
