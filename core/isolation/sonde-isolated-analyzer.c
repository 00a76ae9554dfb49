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
} SentFrame;

struct _SondeIsolatedAnalyzer
{
  GObject parent_instance;

  char *name;
  SondeIsolation *isolation;
  SondeIsolatedProcess *process; /* NULL: it failed, or is done */
  SondeDescription *description; /* NULL before somebody asks */
  GPtrArray *properties;         /* of utf8: name, value, name … NULL */
  GPtrArray *upstream;           /* of SondeIsolatedAnalyzer */
  GQueue sent;                   /* of SentFrame: without an answer yet */

  char *failure; /* NULL: it has not failed */
  char *where;
  char *reason;
  gboolean finishing; /* what reads from it has all that it needs */
};

static void sonde_isolated_analyzer_interface_init (SondeAnalyzerInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (SondeIsolatedAnalyzer, _sonde_isolated_analyzer, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_ANALYZER, sonde_isolated_analyzer_interface_init))

static void
sent_frame_free (gpointer data)
{
  SentFrame *sent = data;

  g_free (sent->condition);
  g_free (sent);
}

static void
_sonde_isolated_analyzer_finalize (GObject *object)
{
  SondeIsolatedAnalyzer *self = SONDE_ISOLATED_ANALYZER (object);

  g_clear_pointer (&self->process, _sonde_isolated_process_free);
  g_clear_object (&self->isolation);
  g_clear_object (&self->description);
  g_ptr_array_unref (self->properties);
  g_ptr_array_unref (self->upstream);
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
  self->properties = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->properties, NULL);
  self->upstream = g_ptr_array_new_with_free_func (g_object_unref);
  g_queue_init (&self->sent);
}

static void
add_property (SondeIsolatedAnalyzer *self,
              const char *property,
              const char *value)
{
  g_ptr_array_insert (self->properties, (int) self->properties->len - 1, g_strdup (property));
  g_ptr_array_insert (self->properties, (int) self->properties->len - 1, g_strdup (value));
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
  guint element;
  const SondeIsolatedMethod method = _sonde_isolated_process_get_running (self->process, &element);
  char *where = dup_place (self, method);

  if (element < self->upstream->len)
    fail_for_upstream (self, g_ptr_array_index (self->upstream, element), where);
  else
    fail (self, where, g_strdup (error->message), g_strdup_printf (_ ("%s failed in %s: %s; its tables and figures are missing"), self->name, where, error->message));
}

/* Whether one that it reads from failed, so that nothing is to be expected any more. */
static gboolean
check_upstream (SondeIsolatedAnalyzer *self,
                SondeIsolatedMethod method)
{
  for (guint i = 0; i < self->upstream->len && self->failure == NULL; i++)
    {
      SondeIsolatedAnalyzer *upstream = g_ptr_array_index (self->upstream, i);

      if (upstream->failure != NULL && !upstream->finishing)
        fail_for_upstream (self, upstream, dup_place (self, method));
    }
  return self->failure == NULL;
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

SondeIsolatedAnalyzer *
_sonde_isolated_analyzer_new (SondeIsolation *isolation,
                              const char *name,
                              GError **error)
{
  g_autoptr (SondeIsolatedAnalyzer) self = g_object_new (SONDE_TYPE_ISOLATED_ANALYZER, NULL);
  g_autoptr (GVariant) made = NULL;
  SondeAnswer outcome;

  self->name = g_strdup (name);
  self->isolation = g_object_ref (isolation);
  self->process = _sonde_isolated_process_new (isolation, error);
  if (self->process == NULL)
    return NULL;
  outcome = call (self, "make", g_variant_new ("(sut)", name, sonde_threads_get_n (), _sonde_isolation_get_data_limit (isolation)), "()", &made, error);
  return outcome == SONDE_ANSWER_DONE || outcome == SONDE_ANSWER_LOST ? g_steal_pointer (&self) : NULL;
}

gboolean
_sonde_isolated_analyzer_set_property (SondeIsolatedAnalyzer *self,
                                       const char *property,
                                       const char *value,
                                       GError **error)
{
  g_autoptr (GVariant) set = NULL;
  SondeAnswer outcome = SONDE_ANSWER_LOST;

  if (self->failure == NULL)
    outcome = call (self, "set", g_variant_new ("(ss)", property, value), "()", &set, error);
  if (outcome != SONDE_ANSWER_DONE && outcome != SONDE_ANSWER_LOST)
    return FALSE;
  add_property (self, property, value);
  return TRUE;
}

const char *const *
_sonde_isolated_analyzer_get_properties (SondeIsolatedAnalyzer *self)
{
  return (const char *const *) self->properties->pdata;
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
  g_ptr_array_set_size (self->properties, 0);
  g_ptr_array_add (self->properties, NULL);
  while (g_variant_iter_next (properties, "(&s&s)", &property, &value))
    add_property (self, property, value);
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
      for (guint j = 0; j + 1 < one->properties->len; j += 2)
        g_variant_builder_add (&builder, "(ss)", g_ptr_array_index (one->properties, j), g_ptr_array_index (one->properties, j + 1));
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

static gboolean
sonde_isolated_analyzer_prepare (SondeAnalyzer *analyzer,
                                 SondeInvestigation *investigation,
                                 GError **error)
{
  SondeIsolatedAnalyzer *self = SONDE_ISOLATED_ANALYZER (analyzer);
  g_autoptr (GVariant) layers = NULL;
  GVariant *told;
  SondeAnswer outcome;

  if (!check_upstream (self, SONDE_METHOD_PREPARE))
    return TRUE;
  told = _sonde_investigation_to_variant (investigation, error);
  if (told == NULL)
    return FALSE;
  outcome = call (self, "prepare", g_variant_new ("(v@a(sa(ss)))", told, upstream_to_variant (self)), "au", &layers, error);
  if (outcome == SONDE_ANSWER_LOST)
    return TRUE;
  return outcome == SONDE_ANSWER_DONE && want_layers (investigation, layers, error);
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
  int file;

  while (check_upstream (self, SONDE_METHOD_PROCESS) && self->sent.length >= MOST_FRAMES)
    if (!take_frame_answer (self, cancellable, error))
      return FALSE;
  if (self->failure != NULL)
    return TRUE;
  file = _sonde_frame_share (frame, error);
  if (file < 0)
    return FALSE;
  sent = g_new (SentFrame, 1);
  sent->layer = sonde_frame_get_layer (frame);
  sent->condition = g_strdup (sonde_condition_get_id (sonde_frame_get_condition (frame)));
  g_queue_push_tail (&self->sent, sent);
  _sonde_isolated_process_send (self->process, "frame", g_variant_new ("(uu)", sonde_frame_get_condition_index (frame), sent->layer), file);
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
