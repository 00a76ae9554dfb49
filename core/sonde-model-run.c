#define G_LOG_DOMAIN "sonde"

#include "sonde-model.h"

#include <glib/gi18n-lib.h>

#include "sonde-checks-private.h"

/* A run of a model, and what is checked of it: what goes in, and each tensor that comes out. */

/* What stands between the model and the caller's function during a run. */
typedef struct
{
  SondeModel *model;
  SondeBatch *batch;
  SondeSelection *selection;
  SondeSelection *delivered;
  SondeSiteFunc func;
  SondeStateFunc keep; /* (nullable): and then the model runs from a layer */
  guint first_layer;   /* what lies before it is there */
  GBytes *state;       /* (nullable): with which it begins */
  gpointer user_data;
  gboolean refused; /* by this function or the caller's: then the run must fail */
} Delivery;

static gboolean
check_sequences (SondeModel *self,
                 SondeBatch *batch,
                 GError **error)
{
  const guint limit = sonde_model_get_max_positions (self);

  for (guint i = 0; limit > 0 && i < sonde_batch_get_n_sequences (batch); i++)
    {
      guint n_ids;

      sonde_batch_get_ids (batch, i, &n_ids);
      if (n_ids > limit)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, _ ("Sequence %u has %u tokens; %s takes at most %u"),
                       i, n_ids, sonde_model_get_name (self), limit);
          return FALSE;
        }
    }
  return TRUE;
}

/* The same pairs by the model's own names; %NULL where it does not have one of them. */
static SondeSelection *
resolve_selection (SondeModel *self,
                   SondeSelection *selection,
                   GError **error)
{
  const guint n_layers = sonde_model_get_n_layers (self);
  g_autoptr (SondeSelection) resolved = sonde_selection_new ();

  for (guint i = 0; i < sonde_selection_get_n_pairs (selection); i++)
    {
      guint layer;
      const char *name;
      g_autoptr (SondeSite) site = NULL;

      sonde_selection_get_pair (selection, i, &layer, &name);
      site = sonde_model_dup_site (self, name);
      if (site == NULL)
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s has no site called “%s”: “sonde inspect” with its path shows those that it has"), sonde_model_get_name (self), name);
      else if (!site->per_layer && layer != SONDE_NO_LAYER)
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("Site “%s” of %s belongs to no layer, but was asked for in layer %u: ask for it without a layer"),
                     name, sonde_model_get_name (self), layer);
      else if (site->per_layer && layer >= n_layers)
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, g_dngettext (GETTEXT_PACKAGE, "Site “%s” was asked for in a layer that %s does not have: it has %u layer, and layers count from 0", "Site “%s” was asked for in a layer that %s does not have: its %u layers count from 0", n_layers),
                     name, sonde_model_get_name (self), n_layers);
      else
        {
          sonde_selection_add (resolved, layer, site->name);
          continue;
        }
      return NULL;
    }
  return g_steal_pointer (&resolved);
}

static gboolean
check_tensor (Delivery *delivery,
              const char *name,
              SondeTensor *tensor,
              GError **error)
{
  g_autoptr (SondeSite) site = sonde_model_dup_site (delivery->model, name);
  const guint n_rows = sonde_batch_get_n_rows (delivery->batch), width = sonde_site_get_width (site, delivery->batch);
  g_autofree char *shape = NULL;

  if (sonde_tensor_get_dtype (tensor) == SONDE_DTYPE_F32 && sonde_tensor_get_n_dims (tensor) == 2 && sonde_tensor_get_n_rows (tensor) == n_rows && sonde_tensor_get_n_columns (tensor) == width)
    return TRUE;

  shape = sonde_tensor_dup_shape_string (tensor);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s gave %s %s for site “%s”, where F32 [%u, %u] is expected"),
               G_OBJECT_TYPE_NAME (delivery->model), sonde_dtype_get_name (sonde_tensor_get_dtype (tensor)), shape, name,
               n_rows, width);
  return FALSE;
}

static gboolean
check_delivery (Delivery *delivery,
                guint layer,
                const char *name,
                SondeTensor *tensor,
                GError **error)
{
  const char *type = G_OBJECT_TYPE_NAME (delivery->model);

  if (name == NULL || tensor == NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s gave a site without a name or without its tensor: this is a defect of the provider: tell its authors"), type);
  else if (!sonde_selection_has (delivery->selection, layer, name) || layer < delivery->first_layer)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s gave site “%s” of a layer where nobody had asked for it: this is a defect of the provider: tell its authors"), type, name);
  else if (sonde_selection_has (delivery->delivered, layer, name))
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s gave site “%s” of the same layer twice: this is a defect of the provider: tell its authors"), type, name);
  else
    return check_tensor (delivery, name, tensor, error);
  return FALSE;
}

static gboolean
deliver (guint layer,
         const char *site,
         SondeTensor *tensor,
         gpointer user_data,
         GError **error)
{
  Delivery *delivery = user_data;
  GError *local = NULL;

  if (delivery->refused)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s goes on after it was told to end: this is a defect of the provider: tell its authors"), G_OBJECT_TYPE_NAME (delivery->model));
      return FALSE;
    }
  if (!check_delivery (delivery, layer, site, tensor, error))
    {
      delivery->refused = TRUE;
      return FALSE;
    }
  sonde_selection_add (delivery->delivered, layer, site);
  if (delivery->func (layer, site, tensor, delivery->user_data, &local) && local == NULL)
    return TRUE;

  delivery->refused = TRUE;
  if (local == NULL)
    g_set_error (&local, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("The run was ended by whoever reads site “%s”, without saying why: tell the authors of what reads it"), site);
  g_propagate_error (error, local);
  return FALSE;
}

static gboolean
keep_state (guint layer,
            GBytes *state,
            gpointer user_data,
            GError **error)
{
  Delivery *delivery = user_data;
  GError *local = NULL;

  if (delivery->refused)
    return FALSE;
  if (state == NULL || g_bytes_get_size (state) != sonde_model_measure_state (delivery->model, delivery->batch))
    g_set_error (&local, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s gave a state before layer %u of another size than it said: this is a defect of the provider: tell its authors"), G_OBJECT_TYPE_NAME (delivery->model), layer);
  else if (delivery->keep (layer, state, delivery->user_data, &local))
    return TRUE;
  delivery->refused = TRUE;
  g_propagate_error (error, local);
  return FALSE;
}

static gboolean
check_all_delivered (Delivery *delivery,
                     GError **error)
{
  for (guint i = 0; i < sonde_selection_get_n_pairs (delivery->selection); i++)
    {
      guint layer;
      const char *site;

      sonde_selection_get_pair (delivery->selection, i, &layer, &site);
      if (sonde_selection_has (delivery->delivered, layer, site) || layer < delivery->first_layer)
        continue;
      if (layer == SONDE_NO_LAYER)
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s ran, but did not give site “%s”: this is a defect of the provider: tell its authors"), G_OBJECT_TYPE_NAME (delivery->model), site);
      else
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s ran, but did not give site “%s” of layer %u: this is a defect of the provider: tell its authors"),
                     G_OBJECT_TYPE_NAME (delivery->model), site, layer);
      return FALSE;
    }
  return TRUE;
}

static gboolean
run_checked (SondeModel *self,
             SondeBatch *batch,
             SondeSelection *selection,
             Delivery *delivery,
             GCancellable *cancellable,
             GError **error)
{
  SondeModelInterface *iface = SONDE_MODEL_GET_IFACE (self);
  gboolean succeeded = FALSE;
  GError *local = NULL;

  if (delivery->keep != NULL)
    succeeded = iface->run_from (self, batch, selection, delivery->first_layer, delivery->state, keep_state, deliver, delivery, cancellable, &local);
  else if (iface->run != NULL)
    succeeded = iface->run (self, batch, selection, deliver, delivery, cancellable, &local);
  if (delivery->refused) /* a model that goes on, or that drops the reason, did not succeed all the same */
    succeeded = FALSE;
  return _sonde_check_outcome (self, "run", succeeded, local, error) && check_all_delivered (delivery, error);
}

/**
 * sonde_model_measure_state:
 * @self: a model
 * @batch: what runs
 *
 * Asks how large that is with which a run can begin at a later layer.
 *
 * Returns: bytes, the same for all layers; 0 where the model cannot do that
 */
guint64
sonde_model_measure_state (SondeModel *self,
                           SondeBatch *batch)
{
  SondeModelInterface *iface;

  g_return_val_if_fail (SONDE_IS_MODEL (self) && batch != NULL, 0);

  iface = SONDE_MODEL_GET_IFACE (self);
  return iface->measure_state != NULL && iface->run_from != NULL ? iface->measure_state (self, batch) : 0;
}

static gboolean
run_delivery (Delivery *delivery,
              GCancellable *cancellable,
              GError **error)
{
  SondeModel *self = delivery->model;
  g_autoptr (SondeSelection) resolved = NULL;
  g_autoptr (SondeSelection) delivered = sonde_selection_new ();

  if (g_cancellable_set_error_if_cancelled (cancellable, error) || !check_sequences (self, delivery->batch, error))
    return FALSE;
  resolved = resolve_selection (self, delivery->selection, error);
  if (resolved == NULL)
    return FALSE;
  delivery->selection = resolved;
  delivery->delivered = delivered;
  return run_checked (self, delivery->batch, resolved, delivery, cancellable, error);
}

/**
 * sonde_model_run_from:
 * @self: a model for which sonde_model_measure_state() gives more than 0
 * @batch: the same as in the earlier run
 * @selection: the same as in the earlier run: sites of layers
 * @layer: where it begins; 0 in the first run
 * @state: (nullable): what @keep was given for @layer, or %NULL in the first run
 * @keep: (scope call): takes what a later run can begin with, before each layer but the first
 * @func: (scope call) (closure user_data): takes each wanted tensor of @layer and those after it
 * @user_data: handed to @keep and @func
 * @cancellable: (nullable): ends the run with %G_IO_ERROR_CANCELLED
 * @error: return location for an error
 *
 * Like sonde_model_run(), for a run that may be killed and goes on at the layer that it came to: what is handed over is the same, to
 * the bit.
 *
 * Returns: whether every wanted tensor was handed over
 */
gboolean
sonde_model_run_from (SondeModel *self,
                      SondeBatch *batch,
                      SondeSelection *selection,
                      guint layer,
                      GBytes *state,
                      SondeStateFunc keep,
                      SondeSiteFunc func,
                      gpointer user_data,
                      GCancellable *cancellable,
                      GError **error)
{
  Delivery delivery = { .model = self, .batch = batch, .selection = selection, .func = func, .keep = keep, .first_layer = layer, .state = state, .user_data = user_data };

  g_return_val_if_fail (SONDE_IS_MODEL (self) && sonde_model_measure_state (self, batch) > 0, FALSE);
  g_return_val_if_fail (selection != NULL && keep != NULL && func != NULL, FALSE);
  g_return_val_if_fail (state == NULL || g_bytes_get_size (state) == sonde_model_measure_state (self, batch), FALSE);

  return run_delivery (&delivery, cancellable, error);
}

/**
 * sonde_model_run:
 * @self: a model
 * @batch: the sequences, and the positions whose rows are wanted; at least one of each
 * @selection: the sites that are wanted, by any of their names; nothing that none of them needs is computed
 * @func: (scope call): takes each wanted tensor once, as soon as it is there
 * @user_data: handed to @func
 * @cancellable: (nullable): ends the run with %G_IO_ERROR_CANCELLED
 * @error: return location for an error
 *
 * Runs the model and hands over one float32 tensor, (kept rows of the whole batch) x (width of the site), for each pair of
 * @selection, from the calling thread. Fails with %SONDE_ERROR_TEXT for a sequence that is longer than the model takes, with
 * %SONDE_ERROR_SHAPE for a site that it does not have, with %SONDE_ERROR_PLUGIN where it breaks this contract, with whatever
 * @func fails with, or with an error of the model.
 *
 * Returns: whether every wanted tensor was handed over
 */
gboolean
sonde_model_run (SondeModel *self,
                 SondeBatch *batch,
                 SondeSelection *selection,
                 SondeSiteFunc func,
                 gpointer user_data,
                 GCancellable *cancellable,
                 GError **error)
{
  Delivery delivery = { .model = self, .batch = batch, .selection = selection, .func = func, .user_data = user_data };

  g_return_val_if_fail (SONDE_IS_MODEL (self), FALSE);
  g_return_val_if_fail (batch != NULL && sonde_batch_get_n_rows (batch) > 0, FALSE);
  g_return_val_if_fail (selection != NULL, FALSE);
  g_return_val_if_fail (func != NULL, FALSE);

  return run_delivery (&delivery, cancellable, error);
}
