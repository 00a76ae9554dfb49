#define G_LOG_DOMAIN "sonde"

#include "sonde-isolated-parts-private.h"

#include <glib/gi18n-lib.h>

/* Whose attachments an analyzer reads: those run in its process too, and when one of them fails so does it, unless it can do without. */

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

static int
compare_serials (gconstpointer a,
                 gconstpointer b)
{
  const SondeIsolatedAnalyzer *first = *(SondeIsolatedAnalyzer *const *) a;
  const SondeIsolatedAnalyzer *second = *(SondeIsolatedAnalyzer *const *) b;

  return first->serial < second->serial ? -1 : first->serial > second->serial;
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
  g_ptr_array_sort (self->upstream, compare_serials);
}

GVariant *
_sonde_isolated_analyzer_list_upstream (SondeIsolatedAnalyzer *self)
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
        _sonde_sentences_take (self->warnings, SONDE_WORDS (g_strdup_printf (_ ("%s went on without what %s attaches, as %s failed"), self->name, one->name, one->name)));
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
  if (!_sonde_isolated_analyzer_start (self, error))
    return FALSE;
  for (guint i = 0; i + 1 < self->settings->len; i += 2)
    if (!_sonde_isolated_analyzer_send_setting (self, g_ptr_array_index (self->settings, i), g_ptr_array_index (self->settings, i + 1), error))
      return FALSE;
  if (!_sonde_isolated_analyzer_prepare_process (self, &layers, error))
    return FALSE;
  for (GList *link = self->sent.head; link != NULL; link = link->next)
    if (!_sonde_isolated_analyzer_send_frame (self, ((SondeSentFrame *) link->data)->frame, error))
      return FALSE;
  return TRUE;
}

gboolean
_sonde_isolated_analyzer_check_upstream (SondeIsolatedAnalyzer *self,
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
    _sonde_isolated_analyzer_fail_for (self, failed, SONDE_WORDS (_sonde_isolated_analyzer_dup_place (self, method)));
  else if (self->investigation != NULL && !start_again (self, &error) && self->failure == NULL)
    _sonde_isolated_analyzer_fail (self, error);
  g_object_unref (failed);
  return self->failure == NULL;
}
