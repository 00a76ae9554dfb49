#define G_LOG_DOMAIN "sonde"

#include "sonde-run.h"

#include <glib/gi18n-lib.h>

#include "sonde-blas.h"
#include "sonde-capture-private.h"
#include "sonde-condition-private.h"
#include "sonde-error.h"
#include "sonde-investigation-private.h"
#include "sonde-label.h"
#include "sonde-run-private.h"

/**
 * SondeRun:
 *
 * All conditions run as one batch. As soon as every stage of a layer is there, its rows are cut into one frame a condition,
 * the frames go down the chain, and the layer's memory is given back.
 */
struct _SondeRun
{
  GObject parent_instance;

  SondeModel *model;
  SondeChain *chain;     /* (nullable) */
  gboolean own_rows;     /* the model brings its rows and runs no text */
  GPtrArray *conditions; /* of SondeCondition */
  GPtrArray *stages;     /* of SondeStage */
  SondeInvestigation *investigation;
  GArray *layers; /* for which frames come */
  SondeBatch *batch;
  GPtrArray *warnings;
  GPtrArray *results;

  char *capture_path;
  SondeCaptureWriter *capture;
  SondeProgressFunc progress;
  gpointer progress_data;

  GHashTable *pending; /* layer → GPtrArray of SondeTensor, NULL where a stage has not come yet */
  guint layers_done;
  GCancellable *cancellable; /* while executing */
};

G_DEFINE_FINAL_TYPE (SondeRun, sonde_run, G_TYPE_OBJECT)

static void
sonde_run_finalize (GObject *object)
{
  SondeRun *self = SONDE_RUN (object);

  g_clear_object (&self->model);
  g_clear_object (&self->chain);
  g_clear_pointer (&self->conditions, g_ptr_array_unref);
  g_clear_pointer (&self->stages, g_ptr_array_unref);
  g_clear_object (&self->investigation);
  g_clear_pointer (&self->layers, g_array_unref);
  g_clear_pointer (&self->batch, sonde_batch_unref);
  g_ptr_array_unref (self->warnings);
  g_ptr_array_unref (self->results);
  g_free (self->capture_path);
  g_clear_object (&self->capture);
  g_hash_table_unref (self->pending);
  G_OBJECT_CLASS (sonde_run_parent_class)->finalize (object);
}

static void
sonde_run_class_init (SondeRunClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_run_finalize;
}

static void
tensor_clear (gpointer tensor)
{
  if (tensor != NULL)
    sonde_tensor_unref (tensor);
}

static void
sonde_run_init (SondeRun *self)
{
  self->warnings = g_ptr_array_new_with_free_func (g_free);
  self->results = g_ptr_array_new_with_free_func (g_object_unref);
  self->pending = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
}

/* ---- before anything runs ---- */

static gboolean
find_widths (SondeRun *self,
             GArray *widths,
             GError **error)
{
  for (guint i = 0; i < self->stages->len; i++)
    {
      SondeStage *stage = g_ptr_array_index (self->stages, i);
      SondeSite *site = sonde_model_dup_site (self->model, stage->site);

      if (site == NULL || !site->per_layer)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the tap's stage %s wants the site “%s”, which the model does not have in its layers"), stage->id, stage->site);
          g_clear_pointer (&site, sonde_site_free);
          return FALSE;
        }
      g_array_append_val (widths, site->n_features);
      sonde_site_free (site);
    }
  return TRUE;
}

static gboolean
prepare_analyzers (SondeRun *self,
                   GError **error)
{
  for (guint i = 0; self->chain != NULL && i < sonde_chain_get_n_analyzers (self->chain); i++)
    {
      const char *name;
      SondeAnalyzer *analyzer = sonde_chain_get_analyzer (self->chain, i, &name);

      if (!sonde_analyzer_prepare (analyzer, self->investigation, error))
        {
          g_prefix_error (error, "%s: ", name);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
prepare (SondeRun *self,
         SondeTap *tap,
         SondeCorpus *corpus,
         const char *layers_text,
         GError **error)
{
  g_autoptr (GArray) widths = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GArray) covered = NULL;
  g_autoptr (GPtrArray) listed = NULL;
  guint n_layers = sonde_model_get_n_layers (self->model);

  listed = tap != NULL ? sonde_tap_list_stages (tap, self->model, error) : sonde_model_list_stages (self->model);
  self->stages = listed != NULL ? sonde_label_dup_stages (listed) : NULL;
  if (self->stages == NULL || !find_widths (self, widths, error))
    return FALSE;
  covered = tap != NULL ? _sonde_layers_parse (layers_text, n_layers, error) : _sonde_rows_cover_layers (self->model, layers_text, error);
  if (covered == NULL)
    return FALSE;
  if (corpus != NULL && !_sonde_conditions_resolve (self->conditions, corpus, sonde_model_get_max_positions (self->model), self->warnings, error))
    return FALSE;
  if (corpus == NULL && !_sonde_rows_check_conditions (self->conditions, self->warnings, error))
    return FALSE;
  self->investigation = sonde_investigation_new (n_layers, (const guint *) covered->data, covered->len,
                                                 self->conditions, self->stages, (const guint *) widths->data);
  if (!prepare_analyzers (self, error))
    return FALSE;
  self->layers = _sonde_investigation_dup_frame_layers (self->investigation);
  if (tap == NULL && !_sonde_rows_check_layers (self->model, self->layers, error))
    return FALSE;
  self->batch = sonde_batch_new ();
  for (guint i = 0; i < self->conditions->len; i++)
    _sonde_condition_add_to_batch (g_ptr_array_index (self->conditions, i), self->batch);
  return TRUE;
}

/**
 * sonde_run_new:
 * @model: the model
 * @tap: which of its sites are looked at
 * @chain: (nullable): what analyses them
 * @conditions: (element-type SondeCondition): which sequences run; they are resolved here
 * @corpus: the text, with its target where a condition needs one
 * @layers: which layers tables over layers cover
 *
 * Returns: (transfer full): a run that is ready; or %NULL with a sentence about what does not fit
 */
SondeRun *
sonde_run_new (SondeModel *model,
               SondeTap *tap,
               SondeChain *chain,
               GPtrArray *conditions,
               SondeCorpus *corpus,
               const char *layers,
               GError **error)
{
  g_autoptr (SondeRun) self = g_object_new (SONDE_TYPE_RUN, NULL);

  g_return_val_if_fail (SONDE_IS_MODEL (model) && SONDE_IS_TAP (tap) && SONDE_IS_CORPUS (corpus), NULL);
  g_return_val_if_fail (conditions != NULL && layers != NULL, NULL);

  self->model = g_object_ref (model);
  self->chain = chain != NULL ? g_object_ref (chain) : NULL;
  self->conditions = g_ptr_array_ref (conditions);
  if (!prepare (self, tap, corpus, layers, error))
    return NULL;
  return g_steal_pointer (&self);
}

/**
 * sonde_run_new_for_rows:
 * @model: a model that brings its own rows
 * @chain: (nullable): what analyses them
 * @layers: which layers tables over layers cover; "all" are those that @model has rows of
 *
 * Conditions, stages and layers are those of @model; neither a tap nor a text is needed.
 *
 * Returns: (transfer full): a run that is ready; or %NULL with a sentence about what does not fit
 */
SondeRun *
sonde_run_new_for_rows (SondeModel *model,
                        SondeChain *chain,
                        const char *layers,
                        GError **error)
{
  g_autoptr (SondeRun) self = g_object_new (SONDE_TYPE_RUN, NULL);

  g_return_val_if_fail (SONDE_IS_MODEL (model) && layers != NULL, NULL);

  self->model = g_object_ref (model);
  self->chain = chain != NULL ? g_object_ref (chain) : NULL;
  self->own_rows = TRUE;
  self->conditions = sonde_model_list_conditions (model);
  if (self->conditions == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s is a model and brings no rows of its own: name it with --model"), sonde_model_get_name (model));
      return NULL;
    }
  return prepare (self, NULL, NULL, layers, error) ? g_steal_pointer (&self) : NULL;
}

void
sonde_run_set_capture (SondeRun *self,
                       const char *path)
{
  g_return_if_fail (SONDE_IS_RUN (self));
  g_free (self->capture_path);
  self->capture_path = g_strdup (path);
}

/**
 * sonde_run_set_progress:
 * @func: (scope forever) (nullable): is told after every layer
 *
 * Has the run tell how far it is.
 */
void
sonde_run_set_progress (SondeRun *self,
                        SondeProgressFunc func,
                        gpointer user_data)
{
  g_return_if_fail (SONDE_IS_RUN (self));
  self->progress = func;
  self->progress_data = user_data;
}

/* ---- frames ---- */

static gboolean
capture_frame (SondeRun *self,
               SondeFrame *frame,
               GError **error)
{
  for (guint i = 0; i < sonde_frame_get_n_stages (frame); i++)
    if (!_sonde_capture_writer_write (self->capture, sonde_condition_get_id (sonde_frame_get_condition (frame)),
                                      sonde_frame_get_layer (frame), sonde_frame_get_stage (frame, i)->id,
                                      sonde_frame_get_tensor (frame, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
process_frame (SondeRun *self,
               SondeFrame *frame,
               GError **error)
{
  if (!_sonde_run_check_finite (frame, self->own_rows, error))
    return FALSE;
  if (self->capture != NULL && sonde_investigation_covers (self->investigation, sonde_frame_get_layer (frame)) && !capture_frame (self, frame, error))
    return FALSE;
  for (guint i = 0; self->chain != NULL && i < sonde_chain_get_n_analyzers (self->chain); i++)
    {
      const char *name;
      SondeAnalyzer *analyzer = sonde_chain_get_analyzer (self->chain, i, &name);

      if (!sonde_analyzer_process (analyzer, frame, self->cancellable, error))
        {
          if (error != NULL && !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            g_prefix_error (error, "%s: ", name);
          return FALSE;
        }
    }
  return sonde_frame_finish (frame, self->cancellable, error);
}

static gboolean
process_layer (SondeRun *self,
               guint layer,
               GPtrArray *tensors,
               GError **error)
{
  gsize first = 0;

  for (guint c = 0; c < self->conditions->len; c++)
    {
      SondeCondition *condition = g_ptr_array_index (self->conditions, c);
      gsize n_rows = sonde_condition_get_n_rows (condition);
      g_autoptr (GPtrArray) slices = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);
      g_autoptr (SondeFrame) frame = NULL;

      for (guint s = 0; s < tensors->len; s++)
        g_ptr_array_add (slices, sonde_tensor_slice_rows (g_ptr_array_index (tensors, s), first, n_rows));
      frame = sonde_frame_new (condition, c, layer, self->stages, slices);
      if (!process_frame (self, frame, error))
        return FALSE;
      first += n_rows;
    }
  self->layers_done++;
  if (self->progress != NULL)
    self->progress (self->layers_done, self->layers->len, self->progress_data);
  return TRUE;
}

static gboolean
is_complete (GPtrArray *tensors)
{
  for (guint i = 0; i < tensors->len; i++)
    if (g_ptr_array_index (tensors, i) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
check_tensor (SondeRun *self,
              guint stage,
              SondeTensor *tensor,
              GError **error)
{
  gsize rows = sonde_batch_get_n_rows (self->batch);
  gsize columns = sonde_investigation_get_n_features (self->investigation, stage);
  g_autofree char *shape = NULL;

  if (sonde_tensor_peek_f32 (tensor) != NULL && sonde_tensor_get_n_dims (tensor) == 2 && sonde_tensor_get_n_rows (tensor) == rows && sonde_tensor_get_n_columns (tensor) == columns)
    return TRUE;
  shape = sonde_tensor_dup_shape_string (tensor);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the model gave a %s tensor %s for stage %s, where F32 [%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT "] is expected"),
               sonde_dtype_get_name (sonde_tensor_get_dtype (tensor)), shape,
               sonde_investigation_get_stage (self->investigation, stage)->id, rows, columns);
  return FALSE;
}

static gboolean
take_site (guint layer,
           const char *site,
           SondeTensor *tensor,
           gpointer user_data,
           GError **error)
{
  SondeRun *self = user_data;
  GPtrArray *tensors = g_hash_table_lookup (self->pending, GUINT_TO_POINTER (layer));

  if (tensors == NULL)
    {
      tensors = g_ptr_array_new_full (self->stages->len, tensor_clear);
      g_ptr_array_set_size (tensors, (int) self->stages->len);
      g_hash_table_insert (self->pending, GUINT_TO_POINTER (layer), tensors);
    }
  for (guint i = 0; i < self->stages->len; i++)
    if (g_str_equal (((SondeStage *) g_ptr_array_index (self->stages, i))->site, site) && g_ptr_array_index (tensors, i) == NULL)
      {
        if (!check_tensor (self, i, tensor, error))
          return FALSE;
        g_ptr_array_index (tensors, i) = sonde_tensor_ref (tensor);
      }
  if (!is_complete (tensors))
    return TRUE;
  if (!process_layer (self, layer, tensors, error))
    return FALSE;
  g_hash_table_remove (self->pending, GUINT_TO_POINTER (layer));
  return TRUE;
}

/* ---- the run itself ---- */

static gboolean
open_capture (SondeRun *self,
              GError **error)
{
  guint n_covered;
  const guint *covered = sonde_investigation_get_layers (self->investigation, &n_covered);

  self->capture = _sonde_capture_writer_new (self->capture_path);
  for (guint l = 0; l < n_covered; l++)
    for (guint c = 0; c < self->conditions->len; c++)
      for (guint s = 0; s < self->stages->len; s++)
        {
          SondeCondition *condition = g_ptr_array_index (self->conditions, c);
          SondeStage *stage = g_ptr_array_index (self->stages, s);

          if (!_sonde_capture_writer_declare (self->capture, sonde_condition_get_id (condition), covered[l], stage->id,
                                              sonde_condition_get_n_rows (condition),
                                              sonde_investigation_get_n_features (self->investigation, s), error))
            return FALSE;
        }
  _sonde_capture_writer_describe (self->capture, sonde_model_get_name (self->model), sonde_model_get_n_layers (self->model), self->stages, self->conditions);
  return _sonde_capture_writer_open (self->capture, error);
}

static SondeSelection *
select_sites (SondeRun *self)
{
  SondeSelection *selection = sonde_selection_new ();

  for (guint l = 0; l < self->layers->len; l++)
    for (guint s = 0; s < self->stages->len; s++)
      sonde_selection_add (selection, g_array_index (self->layers, guint, l), ((SondeStage *) g_ptr_array_index (self->stages, s))->site);
  return selection;
}

static void
steal_warnings (SondeRun *self,
                SondeResult *result)
{
  GPtrArray *warnings = sonde_result_get_warnings (result);

  for (guint i = 0; i < warnings->len; i++)
    g_ptr_array_add (self->warnings, g_strdup (g_ptr_array_index (warnings, i)));
}

static gboolean
finish_analyzers (SondeRun *self,
                  GCancellable *cancellable,
                  GError **error)
{
  for (guint i = 0; self->chain != NULL && i < sonde_chain_get_n_analyzers (self->chain); i++)
    {
      const char *name;
      SondeAnalyzer *analyzer = sonde_chain_get_analyzer (self->chain, i, &name);
      SondeResult *result = sonde_analyzer_finish (analyzer, cancellable, error);

      if (result == NULL)
        {
          if (error != NULL && !g_error_matches (*error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
            g_prefix_error (error, "%s: ", name);
          return FALSE;
        }
      g_ptr_array_add (self->results, result);
      steal_warnings (self, result);
    }
  return TRUE;
}

static gboolean
run_model (SondeRun *self,
           GError **error)
{
  g_autoptr (SondeSelection) selection = select_sites (self);

  if (!sonde_model_run (self->model, self->batch, selection, take_site, self, self->cancellable, error))
    return FALSE;
  if (self->layers_done == self->layers->len)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the model gave %u of %u layers and said that it was done: this is a defect of its provider"), self->layers_done, self->layers->len);
  return FALSE;
}

/**
 * sonde_run_execute:
 *
 * Runs the model once and lets every frame go down the chain. To be called once.
 *
 * Returns: %FALSE with @error set; %G_IO_ERROR_CANCELLED where @cancellable was
 */
gboolean
sonde_run_execute (SondeRun *self,
                   GCancellable *cancellable,
                   GError **error)
{
  g_return_val_if_fail (SONDE_IS_RUN (self), FALSE);
  g_return_val_if_fail (self->layers_done == 0, FALSE);

  if (!sonde_blas_open (error) || (self->capture_path != NULL && !open_capture (self, error)))
    return FALSE;
  self->cancellable = cancellable;
  if (!run_model (self, error) || !finish_analyzers (self, cancellable, error))
    return FALSE;
  return self->capture == NULL || _sonde_capture_writer_close (self->capture, error);
}

/**
 * sonde_run_get_investigation:
 *
 * Returns: (transfer none): what the analyzers were told
 */
SondeInvestigation *
sonde_run_get_investigation (SondeRun *self)
{
  g_return_val_if_fail (SONDE_IS_RUN (self), NULL);
  return self->investigation;
}

/**
 * sonde_run_get_results:
 *
 * Returns: (transfer none) (element-type SondeResult): one an analyzer, in the chain's order
 */
GPtrArray *
sonde_run_get_results (SondeRun *self)
{
  g_return_val_if_fail (SONDE_IS_RUN (self), NULL);
  return self->results;
}

/**
 * sonde_run_get_warnings:
 *
 * Returns: (transfer none) (element-type utf8): sentences that the reader of a report must see
 */
GPtrArray *
sonde_run_get_warnings (SondeRun *self)
{
  g_return_val_if_fail (SONDE_IS_RUN (self), NULL);
  return self->warnings;
}

/**
 * sonde_run_get_conditions:
 *
 * Returns: (transfer none) (element-type SondeCondition): the resolved conditions
 */
GPtrArray *
sonde_run_get_conditions (SondeRun *self)
{
  g_return_val_if_fail (SONDE_IS_RUN (self), NULL);
  return self->conditions;
}

/**
 * sonde_run_get_stages:
 *
 * Returns: (transfer none) (element-type SondeStage): the tap's stages
 */
GPtrArray *
sonde_run_get_stages (SondeRun *self)
{
  g_return_val_if_fail (SONDE_IS_RUN (self), NULL);
  return self->stages;
}

/**
 * sonde_run_estimate_bytes:
 *
 * Returns: the bytes that one layer's kept activations take, for all conditions
 */
guint64
sonde_run_estimate_bytes (SondeRun *self)
{
  guint64 features = 0;

  g_return_val_if_fail (SONDE_IS_RUN (self), 0);

  for (guint s = 0; s < self->stages->len; s++)
    features += sonde_investigation_get_n_features (self->investigation, s);
  return features * sonde_batch_get_n_rows (self->batch) * sizeof (float);
}

SondeChain *
_sonde_run_get_chain (SondeRun *self)
{
  return self->chain;
}

SondeEstimate
_sonde_run_estimate_model (SondeRun *self)
{
  g_autoptr (SondeSelection) selection = select_sites (self);

  return sonde_model_estimate (self->model, self->batch, selection);
}
