#define G_LOG_DOMAIN "sonde"

#include "sonde-run.h"

#include <glib/gi18n-lib.h>

#include "sonde-blas.h"
#include "sonde-capture-private.h"
#include "sonde-error.h"
#include "sonde-investigation-private.h"
#include "sonde-mapped-file-private.h"
#include "sonde-model-private.h"
#include "sonde-result-private.h"
#include "sonde-run-private.h"

/**
 * SondeFrameFunc:
 * @frame: a frame, before it goes down the chain
 * @user_data: handed to sonde_run_set_frame_func()
 * @error: return location for an error
 *
 * Looks at every frame of a run.
 *
 * Returns: %FALSE with @error set to end the run
 */

/**
 * SondeProgressFunc:
 * @layers_done: how many layers are analysed
 * @n_layers: how many there will be: each layer once for every batch
 * @user_data: handed to sonde_run_set_progress()
 *
 * Is told after each layer how far a run is.
 */

/**
 * SondeRun:
 *
 * Conditions run in batches, one after the other: as many at a time as have few thousand tokens together. As soon as every stage of
 * a batch's layer is there, its rows are cut into one frame a condition, the frames go down the chain, and the layer's memory is
 * given back.
 */
G_DEFINE_FINAL_TYPE (SondeRun, sonde_run, G_TYPE_OBJECT)

static void
sonde_run_finalize (GObject *object)
{
  SondeRun *self = SONDE_RUN (object);

  g_clear_object (&self->model);
  g_clear_object (&self->chain);
  g_clear_pointer (&self->conditions, g_ptr_array_unref);
  g_clear_pointer (&self->stages, g_ptr_array_unref);
  g_clear_pointer (&self->english_stages, g_ptr_array_unref);
  g_ptr_array_unref (self->sites);
  g_clear_object (&self->investigation);
  g_clear_pointer (&self->layers, g_array_unref);
  g_clear_pointer (&self->batches, g_ptr_array_unref);
  g_clear_pointer (&self->checkpoint, _sonde_run_checkpoint_free);
  _sonde_sentences_free (self->warnings);
  g_ptr_array_unref (self->results);
  g_free (self->capture_path);
  g_clear_object (&self->capture);
  g_clear_pointer (&self->fixed, g_ptr_array_unref);
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
  self->warnings = _sonde_sentences_new ();
  self->results = g_ptr_array_new_with_free_func (g_object_unref);
  self->sites = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);
  self->pending = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
}

/**
 * sonde_run_set_capture:
 * @path: a name that ends in .safetensors or .npz
 *
 * Also writes every frame to a file, as arrays CONDITION/L6/STAGE, rows x features, float32.
 */
void
sonde_run_set_capture (SondeRun *self,
                       const char *path)
{
  g_return_if_fail (SONDE_IS_RUN (self));
  g_free (self->capture_path);
  self->capture_path = g_strdup (path);
}

/**
 * sonde_run_set_frame_func: (skip)
 * @func: (scope forever) (nullable): sees every frame before it goes down the chain
 * @user_data: handed to @func
 *
 * Has the run show its frames to somebody who is no analyzer.
 */
void
sonde_run_set_frame_func (SondeRun *self,
                          SondeFrameFunc func,
                          gpointer user_data)
{
  g_return_if_fail (SONDE_IS_RUN (self));
  self->frame_func = func;
  self->frame_data = user_data;
}

/**
 * sonde_run_set_progress: (skip)
 * @func: (scope forever) (nullable): is told after every layer
 * @user_data: handed to @func
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

/**
 * sonde_run_set_frame_func_full: (rename-to sonde_run_set_frame_func)
 * @func: (scope notified) (closure user_data) (destroy destroy) (nullable): sees every frame before it goes down the chain
 * @user_data: handed to @func
 * @destroy: (nullable): frees @user_data
 *
 * The same for whoever does not outlive the run.
 */
void
sonde_run_set_frame_func_full (SondeRun *self,
                               SondeFrameFunc func,
                               gpointer user_data,
                               GDestroyNotify destroy)
{
  sonde_run_set_frame_func (self, func, user_data);
  g_object_set_data_full (G_OBJECT (self), "sonde-run-frame-func", user_data, destroy);
}

/**
 * sonde_run_set_progress_full: (rename-to sonde_run_set_progress)
 * @func: (scope notified) (closure user_data) (destroy destroy) (nullable): is told after every layer
 * @user_data: handed to @func
 * @destroy: (nullable): frees @user_data
 *
 * The same for whoever does not outlive the run.
 */
void
sonde_run_set_progress_full (SondeRun *self,
                             SondeProgressFunc func,
                             gpointer user_data,
                             GDestroyNotify destroy)
{
  sonde_run_set_progress (self, func, user_data);
  g_object_set_data_full (G_OBJECT (self), "sonde-run-progress", user_data, destroy);
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

gboolean
_sonde_run_process_frame (SondeRun *self,
                          SondeFrame *frame,
                          GError **error)
{
  if (self->capture != NULL && !capture_frame (self, frame, error))
    return FALSE;
  if (self->frame_func != NULL && !self->frame_func (frame, self->frame_data, error))
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
process_computed (SondeRun *self,
                  SondeFrame *frame,
                  gboolean *known,
                  GError **error)
{
  if (!_sonde_run_check_finite (frame, self->own_rows, error))
    return FALSE;
  if (self->checkpoint != NULL && !_sonde_run_checkpoint_keep (self, frame, known, error))
    return FALSE;
  return *known || _sonde_run_process_frame (self, frame, error);
}

void
_sonde_run_end_layer (SondeRun *self)
{
  self->layers_done++;
  g_debug ("%u of %u layers are done", self->layers_done, self->layers->len * self->batches->len);
  if (self->progress != NULL)
    self->progress (self->layers_done, self->layers->len * self->batches->len, self->progress_data);
}

static gboolean
process_layer (SondeRun *self,
               guint layer,
               GPtrArray *tensors,
               GError **error)
{
  gsize first = 0;
  gboolean all_known = TRUE;

  if (!_sonde_mapped_file_is_whole () && !sonde_mapped_file_check (error)) /* what the model reads is zeros by now */
    return FALSE;
  for (guint c = self->running->first; c < self->running->first + self->running->n; c++)
    {
      SondeCondition *condition = g_ptr_array_index (self->conditions, c);
      gsize n_rows = sonde_condition_get_n_rows (condition);
      g_autoptr (GPtrArray) slices = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);
      g_autoptr (SondeFrame) frame = NULL;
      gboolean known = FALSE;

      for (guint s = 0; s < tensors->len; s++)
        g_ptr_array_add (slices, sonde_tensor_slice_rows (g_ptr_array_index (tensors, s), first, n_rows));
      frame = sonde_frame_new (condition, c, layer, self->stages, slices);
      if (!process_computed (self, frame, &known, error))
        return FALSE;
      all_known &= known;
      first += n_rows;
    }
  if (all_known)
    return TRUE;
  if (self->checkpoint != NULL && !_sonde_run_checkpoint_end_layer (self, error))
    return FALSE;
  _sonde_run_end_layer (self);
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
  gsize rows = sonde_batch_get_n_rows (self->running->batch);
  gsize columns = sonde_investigation_get_n_features (self->investigation, stage);
  g_autofree char *shape = NULL;

  if (sonde_tensor_peek_f32 (tensor) != NULL && sonde_tensor_get_n_dims (tensor) == 2 && sonde_tensor_get_n_rows (tensor) == rows && sonde_tensor_get_n_columns (tensor) == columns)
    return TRUE;
  shape = sonde_tensor_dup_shape_string (tensor);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the model gave a %s tensor %s for stage %s, where F32 [%zu, %zu] is expected"),
               sonde_dtype_get_name (sonde_tensor_get_dtype (tensor)), shape,
               sonde_investigation_get_stage (self->investigation, stage)->id, rows, columns);
  return FALSE;
}

/* Every stage that looks at @site, and does not have it yet, has it now. */
static gboolean
put_tensor (SondeRun *self,
            const char *site,
            SondeTensor *tensor,
            GPtrArray *tensors,
            GError **error)
{
  for (guint i = 0; i < self->stages->len; i++)
    {
      const SondeSite *wanted = g_ptr_array_index (self->sites, i);

      if (!g_str_equal (wanted->name, site) || g_ptr_array_index (tensors, i) != NULL)
        continue;
      if (!check_tensor (self, i, tensor, error))
        return FALSE;
      g_ptr_array_index (tensors, i) = sonde_tensor_ref (tensor);
    }
  return TRUE;
}

static GPtrArray *
tensors_new (SondeRun *self)
{
  GPtrArray *tensors = g_ptr_array_new_full (self->stages->len, tensor_clear);

  g_ptr_array_set_size (tensors, (int) self->stages->len);
  for (guint i = 0; self->fixed != NULL && i < self->stages->len; i++)
    if (g_ptr_array_index (self->fixed, i) != NULL)
      g_ptr_array_index (tensors, i) = sonde_tensor_ref (g_ptr_array_index (self->fixed, i));
  return tensors;
}

static gboolean
take_fixed_site (guint layer,
                 const char *site,
                 SondeTensor *tensor,
                 gpointer user_data,
                 GError **error)
{
  SondeRun *self = user_data;

  return put_tensor (self, site, tensor, self->fixed, error);
}

gboolean
_sonde_run_take_site (guint layer,
                      const char *site,
                      SondeTensor *tensor,
                      gpointer user_data,
                      GError **error)
{
  SondeRun *self = user_data;
  GPtrArray *tensors = g_hash_table_lookup (self->pending, GUINT_TO_POINTER (layer));

  if (tensors == NULL)
    {
      tensors = tensors_new (self);
      g_hash_table_insert (self->pending, GUINT_TO_POINTER (layer), tensors);
    }
  if (!put_tensor (self, site, tensor, tensors, error))
    return FALSE;
  if (!is_complete (tensors))
    return TRUE;
  if (!process_layer (self, layer, tensors, error))
    return FALSE;
  g_hash_table_remove (self->pending, GUINT_TO_POINTER (layer));
  return TRUE;
}

/* ---- the run itself ---- */

/* Every frame goes into it, those of layers that are shown but not covered, too: the same analysis finds whatever it needs there. */
static gboolean
open_capture (SondeRun *self,
              GError **error)
{
  self->capture = _sonde_capture_writer_new (self->capture_path);
  for (guint l = 0; l < self->layers->len; l++)
    for (guint c = 0; c < self->conditions->len; c++)
      for (guint s = 0; s < self->stages->len; s++)
        {
          SondeCondition *condition = g_ptr_array_index (self->conditions, c);
          SondeStage *stage = g_ptr_array_index (self->stages, s);

          if (!_sonde_capture_writer_declare (self->capture, sonde_condition_get_id (condition), g_array_index (self->layers, guint, l), stage->id,
                                              sonde_condition_get_n_rows (condition),
                                              sonde_investigation_get_n_features (self->investigation, s), error))
            return FALSE;
        }
  _sonde_capture_writer_describe (self->capture, _sonde_model_get_english_name (self->model), sonde_model_get_n_layers (self->model), self->english_stages, self->conditions);
  return _sonde_capture_writer_open (self->capture, error);
}

SondeSelection *
_sonde_run_select_sites (SondeRun *self,
                         gboolean fixed)
{
  SondeSelection *selection = sonde_selection_new ();

  for (guint s = 0; s < self->stages->len; s++)
    {
      const SondeSite *site = g_ptr_array_index (self->sites, s);

      if (fixed && !site->per_layer)
        sonde_selection_add (selection, SONDE_NO_LAYER, site->name);
      for (guint l = 0; !fixed && site->per_layer && l < self->layers->len; l++)
        sonde_selection_add (selection, g_array_index (self->layers, guint, l), site->name);
    }
  return selection;
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
      g_debug ("%s is done: %u tables, %u figures", name, sonde_result_get_tables (result)->len, sonde_result_get_figures (result)->len);
      g_ptr_array_add (self->results, result);
      _sonde_sentences_append (self->warnings, _sonde_result_get_sentences (result));
    }
  return TRUE;
}

/* What belongs to no layer goes into the frames of all of them, so that it is there before the first; what the model has only at its
 * end costs a run of its own, and the memory stays that of one layer. */
static gboolean
run_fixed (SondeRun *self,
           GError **error)
{
  g_autoptr (SondeSelection) selection = _sonde_run_select_sites (self, TRUE);

  g_clear_pointer (&self->fixed, g_ptr_array_unref);
  if (sonde_selection_get_n_pairs (selection) == 0)
    return TRUE;
  self->fixed = tensors_new (self);
  return sonde_model_run (self->model, self->running->batch, selection, take_fixed_site, self, self->cancellable, error);
}

static gboolean
run_batch (SondeRun *self,
           GError **error)
{
  g_autoptr (SondeSelection) selection = _sonde_run_select_sites (self, FALSE);

  if (!run_fixed (self, error))
    return FALSE;
  if (sonde_selection_get_n_pairs (selection) > 0 && self->checkpoint != NULL)
    return _sonde_run_checkpoint_run (self, selection, error);
  if (sonde_selection_get_n_pairs (selection) > 0)
    return sonde_model_run (self->model, self->running->batch, selection, _sonde_run_take_site, self, self->cancellable, error);
  for (guint l = 0; l < self->layers->len; l++)
    if (!process_layer (self, g_array_index (self->layers, guint, l), self->fixed, error))
      return FALSE;
  return TRUE;
}

static gboolean
run_model (SondeRun *self,
           GError **error)
{
  for (guint b = 0; b < self->batches->len; b++)
    {
      gboolean there = FALSE;

      self->running = g_ptr_array_index (self->batches, b);
      if (self->checkpoint != NULL && !_sonde_run_checkpoint_load (self, &there, error))
        return FALSE;
      if (!there && !run_batch (self, error))
        return FALSE;
      if (self->checkpoint != NULL)
        _sonde_run_checkpoint_end_batch (self);
      if (self->layers_done == (b + 1) * self->layers->len)
        continue;
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the model gave %u of %u layers and said that it was done: this is a defect of its provider: tell its authors"),
                   self->layers_done - b * self->layers->len, self->layers->len);
      return FALSE;
    }
  return TRUE;
}

static gboolean
execute (SondeRun *self,
         GError **error)
{
  if (!sonde_blas_open (error) || (self->checkpoint != NULL && !_sonde_run_checkpoint_open (self, error)))
    return FALSE;
  _sonde_run_tell (self);
  if (self->capture_path != NULL && !open_capture (self, error))
    return FALSE;
  if (!run_model (self, error) || !finish_analyzers (self, self->cancellable, error))
    return FALSE;
  return self->capture == NULL || _sonde_capture_writer_close (self->capture, error);
}

/**
 * sonde_run_execute:
 * @cancellable: (nullable): ends it with %G_IO_ERROR_CANCELLED
 *
 * Runs the model, once for every batch, and lets every frame go down the chain. To be called once.
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

  self->cancellable = cancellable;
  return _sonde_mapped_file_explain (execute (self, error), error);
}

/**
 * sonde_run_get_investigation:
 *
 * Gives what the analyzers were told.
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
 * Gives what the analyzers found.
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
 * Lists sentences about what was left out or looks odd.
 *
 * Returns: (transfer none) (element-type utf8): sentences that the reader of a report must see
 */
GPtrArray *
sonde_run_get_warnings (SondeRun *self)
{
  g_return_val_if_fail (SONDE_IS_RUN (self), NULL);
  return self->warnings->translated;
}

const SondeSentences *
_sonde_run_get_sentences (SondeRun *self)
{
  return self->warnings;
}

/**
 * sonde_run_get_conditions:
 *
 * Lists the conditions, resolved: they know their sequences and rows.
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
 * Lists the stages that the tap named.
 *
 * Returns: (transfer none) (element-type SondeStage): the tap's stages
 */
GPtrArray *
sonde_run_get_stages (SondeRun *self)
{
  g_return_val_if_fail (SONDE_IS_RUN (self), NULL);
  return self->stages;
}

SondeChain *
_sonde_run_get_chain (SondeRun *self)
{
  return self->chain;
}
