#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-chain-private.h"

static gboolean
attaches (SondeDescription *description,
          const char *attachment)
{
  GPtrArray *infos = sonde_description_get_attaches (description);

  for (guint i = 0; i < infos->len; i++)
    if (g_strcmp0 (((SondeAttachmentInfo *) g_ptr_array_index (infos, i))->name, attachment) == 0)
      return TRUE;
  return FALSE;
}

/* What is being put together. */
typedef struct
{
  SondeTestingSubject *subject;
  GPtrArray *chain; /* of SondeAnalyzer */
  GPtrArray *names; /* of those that are in it, or about to be */
} Assembly;

static gboolean add_with_upstream (Assembly *assembly, const char *name, GError **error);

/* Another plugin that is broken is nobody's here. */
static gboolean
add_attacher (Assembly *assembly,
              const char *attachment,
              gboolean *found,
              GError **error)
{
  GPtrArray *plugins = sonde_registry_list (assembly->subject->registry);

  for (guint i = 0; i < plugins->len; i++)
    {
      const SondePlugin *plugin = g_ptr_array_index (plugins, i);
      g_autoptr (GObject) candidate = NULL;
      g_autoptr (SondeDescription) description = NULL;

      if (plugin->kind != SONDE_PLUGIN_KIND_ANALYZER || plugin->state != SONDE_PLUGIN_STATE_ENABLED || g_ptr_array_find_with_equal_func (assembly->names, plugin->name, g_str_equal, NULL))
        continue;
      candidate = sonde_registry_create (assembly->subject->registry, plugin->name, SONDE_PLUGIN_KIND_ANALYZER, NULL);
      description = candidate != NULL ? sonde_analyzer_describe (SONDE_ANALYZER (candidate)) : NULL;
      if (description == NULL || !attaches (description, attachment))
        continue;
      *found = TRUE;
      if (!add_with_upstream (assembly, plugin->name, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
is_attached (Assembly *assembly,
             const char *attachment)
{
  for (guint i = 0; i < assembly->chain->len; i++)
    {
      g_autoptr (SondeDescription) description = sonde_analyzer_describe (g_ptr_array_index (assembly->chain, i));

      if (attaches (description, attachment))
        return TRUE;
    }
  return FALSE;
}

/* Puts those in front that attach what is read; @required: one must. */
static gboolean
add_attachers (Assembly *assembly,
               GPtrArray *attachments,
               gboolean required,
               GError **error)
{
  for (guint i = 0; i < attachments->len; i++)
    {
      const char *attachment = g_ptr_array_index (attachments, i);
      gboolean found = is_attached (assembly, attachment);

      if (!found && !add_attacher (assembly, attachment, &found, error))
        return FALSE;
      if (!found && required)
        return _sonde_testing_fail (error, "it reads “%s”, which no analyzer in SONDE_PLUGIN_PATH attaches", attachment);
    }
  return TRUE;
}

static gboolean
add_with_upstream (Assembly *assembly,
                   const char *name,
                   GError **error)
{
  g_autoptr (GObject) analyzer = g_str_equal (name, assembly->subject->name) ? _sonde_testing_create (assembly->subject, error)
                                                                             : sonde_registry_create (assembly->subject->registry, name, SONDE_PLUGIN_KIND_ANALYZER, error);
  g_autoptr (SondeDescription) description = NULL;

  if (analyzer == NULL)
    return FALSE;
  g_ptr_array_add (assembly->names, (gpointer) name);
  description = sonde_analyzer_describe (SONDE_ANALYZER (analyzer));
  if (!add_attachers (assembly, sonde_description_get_reads (description), TRUE, error) || !add_attachers (assembly, sonde_description_get_uses (description), FALSE, error))
    return FALSE;
  g_ptr_array_add (assembly->chain, g_steal_pointer (&analyzer));
  return TRUE;
}

GPtrArray *
_sonde_testing_new_chain (SondeTestingSubject *subject,
                          GError **error)
{
  g_autoptr (GPtrArray) chain = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  Assembly assembly = { subject, chain, names };

  return add_with_upstream (&assembly, subject->name, error) ? g_steal_pointer (&chain) : NULL;
}

SondeDescription *
_sonde_testing_describe (SondeTestingSubject *subject,
                         GError **error)
{
  g_autoptr (GObject) analyzer = _sonde_testing_create (subject, error);
  SondeAnalyzerInterface *iface;
  SondeDescription *description = NULL;

  if (analyzer == NULL)
    return NULL;
  iface = SONDE_ANALYZER_GET_IFACE (analyzer);
  if (iface->describe != NULL)
    description = iface->describe (SONDE_ANALYZER (analyzer)); /* the function in front of it puts an empty one in the place of none */
  if (description == NULL)
    _sonde_testing_fail (error, "describe () gave no description");
  return description;
}

SondeResult *
_sonde_testing_run_chain (SondeTestingSubject *subject,
                          const SondeTestingSpec *spec,
                          GError **error)
{
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (spec);
  g_autoptr (GPtrArray) chain = _sonde_testing_new_chain (subject, error);

  return chain != NULL ? sonde_testing_mock_run (mock, chain, NULL, error) : NULL;
}
