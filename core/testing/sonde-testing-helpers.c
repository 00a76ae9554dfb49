#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-contract-private.h"

#include <string.h>

gboolean
_sonde_testing_fail (GError **error,
                     const char *format,
                     ...)
{
  g_autofree char *sentence = NULL;
  va_list arguments;

  va_start (arguments, format);
  sentence = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, sentence);
  return FALSE;
}

gboolean
_sonde_testing_skip (SondeTestingSubject *subject,
                     const char *reason)
{
  g_free (subject->skipped);
  subject->skipped = g_strdup (reason);
  return TRUE;
}

gboolean
_sonde_testing_fail_with (GError **error,
                          GError *reason,
                          const char *what)
{
  _sonde_testing_fail (error, "%s: %s", what, reason != NULL ? reason->message : "no error was set");
  g_clear_error (&reason);
  return FALSE;
}

gboolean
_sonde_testing_check_outcome (const char *method,
                              gboolean succeeded,
                              GError *local,
                              GError **error)
{
  if (succeeded && local == NULL)
    return TRUE;
  if (succeeded)
    {
      _sonde_testing_fail (error, "%s () gave a result and an error both; the error says: %s", method, local->message);
      g_error_free (local);
    }
  else if (local == NULL)
    _sonde_testing_fail (error, "%s () gave neither a result nor an error: in Python, an exception that is no GLib.Error ended it", method);
  else
    g_propagate_error (error, local);
  return FALSE;
}

gboolean
_sonde_testing_check_words (const char *words,
                            GError **error,
                            const char *format,
                            ...)
{
  g_autofree char *what = NULL;
  va_list arguments;

  if (words != NULL && *words != '\0' && g_utf8_validate (words, -1, NULL))
    return TRUE;
  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  return _sonde_testing_fail (error, "%s is %s", what, words == NULL || *words == '\0' ? "missing" : "no UTF-8");
}

gboolean
_sonde_testing_check_refusal (const GError *refusal,
                              const char *what,
                              GError **error)
{
  if (refusal == NULL)
    return _sonde_testing_fail (error, "%s ended without a result and without an error", what);
  if (g_error_matches (refusal, SONDE_ERROR, SONDE_ERROR_PLUGIN))
    return _sonde_testing_fail (error, "%s ended in a defect of a plugin: %s", what, refusal->message);
  /* the library writes the end of a line as \x0A in what a plugin says */
  if (strlen (refusal->message) <= 20 || strpbrk (refusal->message, "\r\n") != NULL || strstr (refusal->message, "\\x0A") != NULL || !g_utf8_validate (refusal->message, -1, NULL))
    return _sonde_testing_fail (error, "%s was refused, but not in one line that says why: “%s”", what, refusal->message);
  return TRUE;
}

gboolean
_sonde_testing_check_cancelled (gboolean succeeded,
                                GError *local,
                                const char *what,
                                GError **error)
{
  gboolean cancelled = g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED);

  if (succeeded)
    _sonde_testing_fail (error, "%s went on although its cancellable was cancelled", what);
  else if (!cancelled)
    _sonde_testing_fail (error, "%s was cancelled, and failed with another error than G_IO_ERROR_CANCELLED: %s", what, local != NULL ? local->message : "none");
  g_clear_error (&local);
  return !succeeded && cancelled;
}

GObject *
_sonde_testing_create (SondeTestingSubject *subject,
                       GError **error)
{
  g_autoptr (GObject) object = sonde_registry_create (subject->registry, subject->name, subject->kind, error);

  for (guint i = 0; object != NULL && subject->properties[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (subject->properties[i], "=", 2);

      if (!sonde_property_set (object, subject->name, parts[0], parts[1] != NULL ? parts[1] : "", error))
        return NULL;
    }
  return g_steal_pointer (&object);
}

/* ---- a limit to how long something takes ---- */

struct _SondeTestingWatch
{
  GCancellable *cancellable;
  GThread *thread;
  GMutex mutex;
  GCond cond;
  gboolean done;
  gint64 end; /* monotonic time */
};

static gpointer
wait_for_end (gpointer data)
{
  SondeTestingWatch *self = data;
  gboolean in_time = TRUE;

  g_mutex_lock (&self->mutex);
  while (!self->done && in_time)
    in_time = g_cond_wait_until (&self->cond, &self->mutex, self->end);
  g_mutex_unlock (&self->mutex);
  if (!in_time)
    g_cancellable_cancel (self->cancellable);
  return NULL;
}

SondeTestingWatch *
_sonde_testing_watch_new (guint seconds)
{
  SondeTestingWatch *self = g_new0 (SondeTestingWatch, 1);

  self->cancellable = g_cancellable_new ();
  self->end = g_get_monotonic_time () + seconds * G_TIME_SPAN_SECOND;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  self->thread = g_thread_new ("watch", wait_for_end, self);
  return self;
}

GCancellable *
_sonde_testing_watch_get_cancellable (SondeTestingWatch *self)
{
  return self->cancellable;
}

void
_sonde_testing_watch_free (SondeTestingWatch *self)
{
  g_mutex_lock (&self->mutex);
  self->done = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
  g_thread_join (self->thread);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_object_unref (self->cancellable);
  g_free (self);
}
