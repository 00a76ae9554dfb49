#define G_LOG_DOMAIN "sonde"

#include "sonde-model-private.h"

#include <glib/gi18n-lib.h>

#include "sonde-checks-private.h"
#include "sonde-fault.h"

/**
 * SondeModelProviderInterface:
 * @parent_iface: the parent
 * @probe: how surely a source is its own: 0, with a reason in one sentence, to 100. Reads no weights
 * @open: opens a source that it took for its own. Weights stay on disk until they are used
 * @dup_sites: optional: the sites that all of its models have, with n_features 0
 *
 * What a model provider implements.
 */

/**
 * SondeModelProvider:
 *
 * Recognises a source, a model directory or a file of arrays, and opens it as a model.
 */
G_DEFINE_INTERFACE (SondeModelProvider, sonde_model_provider, G_TYPE_OBJECT)

static void
sonde_model_provider_default_init (SondeModelProviderInterface *iface)
{
}

/**
 * sonde_model_provider_probe:
 * @self: a provider
 * @path: a directory or a file
 * @reason: (out) (optional) (nullable) (transfer full): where the score is 0, why, in one sentence
 *
 * Asks whether a source looks like one of this provider's. Cheap: reads no weights.
 *
 * Returns: 0: not mine; 100: certainly mine
 */
guint
sonde_model_provider_probe (SondeModelProvider *self,
                            const char *path,
                            char **reason)
{
  SondeModelProviderInterface *iface;
  g_autofree char *local = NULL;
  g_autoptr (GError) fault = NULL;
  guint score = 0;

  g_return_val_if_fail (SONDE_IS_MODEL_PROVIDER (self), 0);
  g_return_val_if_fail (path != NULL, 0);

  iface = SONDE_MODEL_PROVIDER_GET_IFACE (self);
  if (iface->probe != NULL)
    score = iface->probe (self, path, &local);
  score = MIN (score, 100);
  if (reason == NULL)
    return score;

  *reason = NULL;
  if (!sonde_fault_check (G_OBJECT (self), &fault))
    {
      *reason = g_strdup (fault->message);
      return 0;
    }
  if (score == 0)
    *reason = local != NULL ? g_steal_pointer (&local)
                            : g_strdup_printf (_ ("%s does not know %s, and does not say why"), G_OBJECT_TYPE_NAME (self), path);
  return score;
}

/* What it says of itself is asked once, so that whatever fails in that fails here. */
static gboolean
check_answers (SondeModel *model,
               GError **error)
{
  g_autoptr (GPtrArray) sites = sonde_model_list_sites (model);
  g_autoptr (GPtrArray) warnings = sonde_model_list_warnings (model);
  SondeTokenizer *tokenizer = sonde_model_get_tokenizer (model);

  sonde_model_get_name (model);
  sonde_model_get_max_positions (model);
  if (tokenizer != NULL)
    sonde_tokenizer_get_n_tokens (tokenizer);
  return _sonde_model_check_faults (model, error) && _sonde_model_check_rows (model, error);
}

static gboolean
check_model (SondeModelProvider *self,
             gpointer model,
             GError **error)
{
  guint n_layers;

  if (!SONDE_IS_MODEL (model))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s opened something that is no model: this is a defect of the provider: tell its authors"), G_OBJECT_TYPE_NAME (self));
      return FALSE;
    }
  n_layers = sonde_model_get_n_layers (model);
  if (!check_answers (model, error))
    return FALSE;
  if (n_layers == 0)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s opened a model without layers, where at least one is expected"), G_OBJECT_TYPE_NAME (self));
  return n_layers > 0;
}

/**
 * sonde_model_provider_open:
 * @self: a provider
 * @path: a directory or a file
 * @cancellable: (nullable): ends the opening with %G_IO_ERROR_CANCELLED
 * @error: return location for an error
 *
 * Opens a source. Weights stay on disk until they are used. Fails with an error of the provider, or with
 * %SONDE_ERROR_PLUGIN where it breaks its contract.
 *
 * Returns: (transfer full): the model, or %NULL
 */
SondeModel *
sonde_model_provider_open (SondeModelProvider *self,
                           const char *path,
                           GCancellable *cancellable,
                           GError **error)
{
  SondeModelProviderInterface *iface;
  const gint64 start = g_get_real_time ();
  g_autoptr (GObject) model = NULL;
  GError *local = NULL;

  g_return_val_if_fail (SONDE_IS_MODEL_PROVIDER (self), NULL);
  g_return_val_if_fail (path != NULL, NULL);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;

  iface = SONDE_MODEL_PROVIDER_GET_IFACE (self);
  if (iface->open != NULL)
    model = (GObject *) iface->open (self, path, cancellable, &local);
  if (!_sonde_check_outcome (self, "open", model != NULL, local, error) || !check_model (self, model, error))
    return NULL;
  _sonde_model_set_opened (SONDE_MODEL (model), start);
  return SONDE_MODEL (g_steal_pointer (&model));
}

/**
 * SondeModelProviderInterface::dup_sites:
 *
 * Lists the sites that all of its models have, with @n_features 0. Optional.
 *
 * Returns: (transfer full) (element-type SondeSite): a new array, or one more reference to an array that frees its elements
 */

/**
 * sonde_model_provider_list_sites:
 * @self: a provider
 *
 * Lists the sites of all models of the provider, so that they can be read of before one is there. Optional.
 *
 * Returns: (transfer container) (element-type SondeSite): the sites that all of its models have, in the order of the data flow, with
 *   n_features 0; empty where that cannot be said before a model is opened
 */
GPtrArray *
sonde_model_provider_list_sites (SondeModelProvider *self)
{
  SondeModelProviderInterface *iface;
  GPtrArray *sites = NULL;

  g_return_val_if_fail (SONDE_IS_MODEL_PROVIDER (self), NULL);

  iface = SONDE_MODEL_PROVIDER_GET_IFACE (self);
  if (iface->dup_sites != NULL)
    sites = _sonde_take_elements (iface->dup_sites (self), (GDestroyNotify) sonde_site_free, _sonde_dup_sites);
  return sites != NULL ? sites : g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);
}
