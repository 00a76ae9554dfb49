#define G_LOG_DOMAIN "sonde"

#include "sonde-registry.h"

#include <glib/gi18n-lib.h>

#include "sonde-error-private.h"
#include "sonde-mapped-file-private.h"
#include "sonde-model-private.h"
#include "sonde-source-private.h"

/* Which provider opens a source. Manifests say what each may open, so that a run loads the code of the one it uses only. */

typedef struct
{
  SondeModelProvider *best; /* the surest of those that were asked */
  const char *name;         /* its plugin's */
  guint score;
  GPtrArray *reasons; /* of those that were asked and do not take it, in the places of the plugins; NULL for others */
} Choice;

static gboolean
is_usable_provider (const SondePlugin *plugin)
{
  return plugin->kind == SONDE_PLUGIN_KIND_MODEL_PROVIDER && plugin->state == SONDE_PLUGIN_STATE_ENABLED;
}

/* A manifest that says nothing leaves it to the code. */
static gboolean
may_open (const SondePlugin *plugin,
          const char *path)
{
  return plugin->opens == NULL || _sonde_source_fits (path, (const char *const *) plugin->opens);
}

static void
ask (SondeRegistry *self,
     guint place,
     const char *path,
     Choice *choice)
{
  const SondePlugin *plugin = g_ptr_array_index (sonde_registry_list (self), place);
  g_autoptr (GError) error = NULL;
  /* one plugin that is broken takes nothing from the others */
  SondeModelProvider *provider = sonde_registry_get_provider (self, plugin->name, &error);
  g_autofree char *reason = NULL;
  guint score = 0;

  if (provider != NULL)
    score = sonde_model_provider_probe (provider, path, &reason);
  else
    reason = g_strdup (error->message);
  if (score == 0)
    choice->reasons->pdata[place] = g_strdup_printf ("%s: %s", plugin->name, reason != NULL ? reason : _ ("not its kind of source"));
  g_debug ("asked %s whether it opens “%s”: %u%s%s", plugin->name, path, score, reason != NULL ? ", " : "", reason != NULL ? reason : "");
  if (score > choice->score)
    {
      choice->score = score;
      choice->best = provider;
      choice->name = plugin->name;
    }
}

static void
ask_those (SondeRegistry *self,
           const char *path,
           gboolean unlikely_too,
           Choice *choice)
{
  GPtrArray *plugins = sonde_registry_list (self);

  for (guint i = 0; i < plugins->len; i++)
    {
      const SondePlugin *plugin = g_ptr_array_index (plugins, i);

      if (is_usable_provider (plugin) && choice->reasons->pdata[i] == NULL && (unlikely_too || may_open (plugin, path)))
        ask (self, i, path, choice);
    }
}

static void
set_refusal (GPtrArray *reasons,
             const char *path,
             GError **error)
{
  g_autoptr (GString) list = g_string_new (NULL);

  for (guint i = 0; i < reasons->len; i++)
    if (reasons->pdata[i] != NULL)
      g_string_append_printf (list, "%s%s", list->len > 0 ? "; " : "", (char *) reasons->pdata[i]);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("no plugin can open “%s” (%s): name another, or install a plugin that can"), path,
               list->len > 0 ? list->str : _ ("no model provider is enabled"));
}

/**
 * sonde_registry_open_model:
 * @path: (type filename): a model directory or file
 * @cancellable: (nullable): ends the opening with %G_IO_ERROR_CANCELLED
 *
 * Asks the enabled providers whose manifest says that they may open such a source, or says nothing of it. Where none of them
 * takes it, all are asked.
 *
 * Returns: (transfer full): the model, opened by the provider that is surest of it; or %NULL with a sentence of each one's reason
 */
SondeModel *
sonde_registry_open_model (SondeRegistry *self,
                           const char *path,
                           GCancellable *cancellable,
                           GError **error)
{
  g_autoptr (GPtrArray) reasons = NULL;
  SondeModel *model;
  Choice choice = { 0 };

  g_return_val_if_fail (SONDE_IS_REGISTRY (self) && path != NULL, NULL);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("there is no “%s”: no such file or folder: correct its path"), path);
      return NULL;
    }
  choice.reasons = reasons = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_set_size (reasons, (int) sonde_registry_list (self)->len);
  ask_those (self, path, FALSE, &choice);
  if (choice.best == NULL)
    ask_those (self, path, TRUE, &choice);
  if (choice.best == NULL)
    {
      set_refusal (reasons, path, error);
      _sonde_error_make_line (error);
      return NULL;
    }
  model = sonde_model_provider_open (choice.best, path, cancellable, error);
  if (!_sonde_mapped_file_explain (model != NULL, error))
    g_clear_object (&model);
  if (model != NULL)
    _sonde_model_set_provider (model, choice.name, choice.best);
  return model;
}
