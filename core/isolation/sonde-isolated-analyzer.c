#define G_LOG_DOMAIN "sonde"

#include "sonde-isolated-parts-private.h"

#include "sonde-investigation-private.h"
#include "sonde-result-private.h"
#include "sonde-saturate-private.h"
#include "sonde-threads.h"

/* So many frames may be on their way: one is analysed while the next is there already. */
#define MOST_FRAMES 2
/* Private memory of a process that has an analyzer and nothing to do. */
#define PROCESS_BYTES ((guint64) 6 << 20)

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
  SondeSentFrame *sent = data;

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
  _sonde_sentences_free (self->warnings);
  g_queue_clear_full (&self->sent, sent_frame_free);
  g_free (self->name);
  g_clear_pointer (&self->failure, sonde_words_unref);
  g_clear_pointer (&self->where, sonde_words_unref);
  g_clear_pointer (&self->reason, sonde_words_unref);
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
  static int n_made = 0;

  self->serial = (guint) g_atomic_int_add (&n_made, 1);
  self->settings = pairs_new ();
  self->properties = pairs_new ();
  self->warnings = _sonde_sentences_new ();
  self->upstream = g_ptr_array_new_with_free_func (g_object_unref);
  g_queue_init (&self->sent);
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
    _sonde_isolated_analyzer_fail (self, local);
  else if (outcome != SONDE_ANSWER_DONE)
    g_propagate_error (error, g_steal_pointer (&local));
  return outcome;
}

/* FALSE with @error set, or where it failed. */
gboolean
_sonde_isolated_analyzer_start (SondeIsolatedAnalyzer *self,
                                GError **error)
{
  g_autoptr (GVariant) made = NULL;

  self->process = _sonde_isolated_process_new (self->isolation, error);
  return self->process != NULL && call (self, "make", g_variant_new ("(sut)", self->name, sonde_threads_get_n (), _sonde_isolation_get_data_limit (self->isolation)), "()", &made, error) == SONDE_ANSWER_DONE;
}

gboolean
_sonde_isolated_analyzer_send_setting (SondeIsolatedAnalyzer *self,
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
  return _sonde_isolated_analyzer_start (self, error) || self->failure != NULL ? g_steal_pointer (&self) : NULL;
}

gboolean
_sonde_isolated_analyzer_set_property (SondeIsolatedAnalyzer *self,
                                       const char *property,
                                       const char *value,
                                       GError **error)
{
  if (self->failure == NULL && !_sonde_isolated_analyzer_send_setting (self, property, value, error) && self->failure == NULL)
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
        _sonde_isolated_analyzer_fail (self, error);
    }
  return self->description != NULL ? g_object_ref (self->description) : sonde_description_new ();
}

gboolean
_sonde_isolated_analyzer_send_frame (SondeIsolatedAnalyzer *self,
                                     SondeFrame *frame,
                                     GError **error)
{
  const int file = _sonde_frame_share (frame, error);

  if (file >= 0)
    _sonde_isolated_process_send (self->process, "frame", g_variant_new ("(uu)", sonde_frame_get_condition_index (frame), sonde_frame_get_layer (frame)), file);
  return file >= 0;
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
gboolean
_sonde_isolated_analyzer_prepare_process (SondeIsolatedAnalyzer *self,
                                          GVariant **layers,
                                          GError **error)
{
  return call (self, "prepare", g_variant_new ("(v@a(sa(ss)))", self->investigation, _sonde_isolated_analyzer_list_upstream (self)), "au", layers, error) == SONDE_ANSWER_DONE;
}

static gboolean
sonde_isolated_analyzer_prepare (SondeAnalyzer *analyzer,
                                 SondeInvestigation *investigation,
                                 GError **error)
{
  SondeIsolatedAnalyzer *self = SONDE_ISOLATED_ANALYZER (analyzer);
  g_autoptr (GVariant) layers = NULL;
  GVariant *told;

  if (!_sonde_isolated_analyzer_check_upstream (self, SONDE_METHOD_PREPARE))
    return TRUE;
  told = _sonde_investigation_to_variant (investigation, error);
  if (told == NULL)
    return FALSE;
  self->investigation = g_variant_ref_sink (told);
  if (_sonde_isolated_analyzer_prepare_process (self, &layers, error))
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
  estimate->kept = _sonde_saturated_sum (_sonde_saturated_sum (working, kept), PROCESS_BYTES);
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
    _sonde_isolated_analyzer_fail (self, local);
  sent_frame_free (g_queue_pop_head (&self->sent));
  self->has_answered = TRUE;
  for (GList *link = self->sent.head; link != NULL; link = link->next)
    g_clear_object (&((SondeSentFrame *) link->data)->frame);
  return TRUE;
}

static gboolean
sonde_isolated_analyzer_process (SondeAnalyzer *analyzer,
                                 SondeFrame *frame,
                                 GCancellable *cancellable,
                                 GError **error)
{
  SondeIsolatedAnalyzer *self = SONDE_ISOLATED_ANALYZER (analyzer);
  SondeSentFrame *sent;

  while (_sonde_isolated_analyzer_check_upstream (self, SONDE_METHOD_PROCESS) && self->sent.length >= MOST_FRAMES)
    if (!take_frame_answer (self, cancellable, error))
      return FALSE;
  if (self->failure != NULL)
    return TRUE;
  if (!_sonde_isolated_analyzer_send_frame (self, frame, error))
    return FALSE;
  sent = g_new0 (SondeSentFrame, 1);
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

  sonde_result_take_warning (result, sonde_words_ref (self->failure));
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

  while (_sonde_isolated_analyzer_check_upstream (self, SONDE_METHOD_PROCESS) && self->sent.length > 0)
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
      _sonde_isolated_analyzer_fail (self, local);
      return failed_result_new (self);
    }
  _sonde_sentences_append (_sonde_result_get_sentences (result), self->warnings);
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
