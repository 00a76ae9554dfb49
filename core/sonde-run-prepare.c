#define G_LOG_DOMAIN "sonde"

#include "sonde-run-private.h"

#include <glib/gi18n-lib.h>

#include "sonde-blas.h"
#include "sonde-checks-private.h"
#include "sonde-condition-private.h"
#include "sonde-error.h"
#include "sonde-fault.h"
#include "sonde-investigation-private.h"
#include "sonde-model-private.h"
#include "sonde-label.h"
#include "sonde-threads.h"

/* Before anything runs: the three ways to a run, and whatever can be refused. */

static gboolean
find_widths (SondeRun *self,
             SondeBatch *batch,
             GArray *widths,
             GError **error)
{
  for (guint i = 0; i < self->stages->len; i++)
    {
      const SondeStage *stage = g_ptr_array_index (self->stages, i);
      SondeSite *site = sonde_model_dup_site (self->model, stage->site);
      guint width = site != NULL ? sonde_site_get_width (site, batch) : 0;

      if (site != NULL)
        g_ptr_array_add (self->sites, site);
      if (width == 0)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("stage %s wants the site “%s”, which %s does not have: use another tap"), stage->id, stage->site, sonde_model_get_name (self->model));
          return FALSE;
        }
      g_array_append_val (widths, width);
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

/* What the methods that cannot fail have to tell. */
static gboolean
check_faults (SondeRun *self,
              GError **error)
{
  sonde_run_estimate_memory (self);
  for (guint i = 0; self->chain != NULL && i < sonde_chain_get_n_analyzers (self->chain); i++)
    {
      const char *name;
      SondeAnalyzer *analyzer = sonde_chain_get_analyzer (self->chain, i, &name);

      if (!sonde_fault_check (G_OBJECT (analyzer), error))
        {
          g_prefix_error (error, "%s: ", name);
          return FALSE;
        }
    }
  return _sonde_model_check_faults (self->model, error);
}

/* What is drawn. */
static GPtrArray *
dup_translated (GPtrArray *stages)
{
  g_autoptr (GPtrArray) translated = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);

  for (guint i = 0; i < stages->len; i++)
    g_ptr_array_add (translated, sonde_stage_dup_translated (g_ptr_array_index (stages, i)));
  return sonde_label_dup_stages (translated);
}

/* Conditions are there; takes @stages and @layers. */
static gboolean
prepare (SondeRun *self,
         GPtrArray *stages,
         GArray *layers,
         GError **error)
{
  g_autoptr (GPtrArray) listed = stages;
  g_autoptr (GArray) covered = layers;
  g_autoptr (GArray) widths = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (SondeBatch) all = sonde_batch_new ();

  if (listed == NULL || covered == NULL)
    return FALSE;
  self->stages = dup_translated (listed);
  self->english_stages = sonde_label_dup_stages (listed);
  for (guint i = 0; i < self->conditions->len; i++)
    sonde_condition_add_to_batch (g_ptr_array_index (self->conditions, i), all);
  if (!find_widths (self, all, widths, error))
    return FALSE;
  self->batches = _sonde_run_list_batches (self);
  self->investigation = sonde_investigation_new (sonde_model_get_n_layers (self->model), (const guint *) covered->data, covered->len,
                                                 self->conditions, self->stages, (const guint *) widths->data);
  if (!prepare_analyzers (self, error))
    return FALSE;
  self->layers = _sonde_investigation_dup_frame_layers (self->investigation);
  if (self->own_rows && !_sonde_rows_check_layers (self->model, self->layers, error))
    return FALSE;
  return check_faults (self, error);
}

static SondeRun *
run_new (SondeModel *model,
         SondeChain *chain)
{
  SondeRun *self = g_object_new (SONDE_TYPE_RUN, NULL);

  self->model = g_object_ref (model);
  self->chain = chain != NULL ? g_object_ref (chain) : NULL;
  _sonde_model_tell_warnings (model, self->warnings);
  return self;
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
 * Prepares an investigation: resolves the conditions, asks the tap for its stages and the analyzers for what they need. Whatever
 * can be refused is refused here, before the model runs.
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
  g_autoptr (SondeRun) self = NULL;
  g_autoptr (GPtrArray) stages = NULL;

  g_return_val_if_fail (SONDE_IS_MODEL (model) && SONDE_IS_TAP (tap) && SONDE_IS_CORPUS (corpus), NULL);
  g_return_val_if_fail (conditions != NULL && layers != NULL, NULL);

  self = run_new (model, chain);
  self->conditions = _sonde_dup_objects (conditions);
  stages = sonde_tap_list_stages (tap, model, error);
  if (stages == NULL || !_sonde_conditions_resolve (conditions, corpus, sonde_model_get_max_positions (model), self->warnings, error))
    return NULL;
  return prepare (self, g_steal_pointer (&stages), _sonde_layers_parse (layers, sonde_model_get_n_layers (model), error), error) ? g_steal_pointer (&self) : NULL;
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
  g_autoptr (SondeRun) self = NULL;

  g_return_val_if_fail (SONDE_IS_MODEL (model) && layers != NULL, NULL);

  self = run_new (model, chain);
  self->own_rows = TRUE;
  self->conditions = sonde_model_list_conditions (model);
  if (self->conditions == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s is a model and brings no rows of its own: name it with --model"), sonde_model_get_name (model));
      return NULL;
    }
  if (!_sonde_model_check_rows (model, error) || !_sonde_rows_check_conditions (self->conditions, self->warnings, error))
    return NULL;
  return prepare (self, sonde_model_list_stages (model), _sonde_rows_cover_layers (model, layers, error), error) ? g_steal_pointer (&self) : NULL;
}

/**
 * sonde_run_new_for_sequences:
 * @model: a model that runs text
 * @stages: (element-type SondeStage): what is looked at; their sites may have the names of other libraries
 * @conditions: (element-type SondeCondition): whose every token is known, as those of a capture are
 * @layers: (array length=n_layers): for which frames come, ascending
 * @n_layers: how many
 *
 * Runs again, by another model, what the rows of a capture come from. Nothing is analysed: sonde_run_set_frame_func() sees the frames.
 *
 * Returns: (transfer full): a run that is ready; or %NULL with a sentence about what does not fit
 */
SondeRun *
sonde_run_new_for_sequences (SondeModel *model,
                             GPtrArray *stages,
                             GPtrArray *conditions,
                             const guint *layers,
                             guint n_layers,
                             GError **error)
{
  g_autoptr (SondeRun) self = NULL;
  GArray *covered;

  g_return_val_if_fail (SONDE_IS_MODEL (model) && stages != NULL && conditions != NULL && layers != NULL, NULL);

  for (guint i = 0; i < n_layers; i++)
    if (layers[i] >= sonde_model_get_n_layers (model))
      {
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, g_dngettext (GETTEXT_PACKAGE, "layer %u is wanted, and %s has %u layer; layers count from 0", "layer %u is wanted, and %s has %u layers, which count from 0", sonde_model_get_n_layers (model)), layers[i], sonde_model_get_name (model), sonde_model_get_n_layers (model));
        return NULL;
      }
  for (guint i = 0; i < conditions->len; i++)
    if (!sonde_condition_knows_sequences (g_ptr_array_index (conditions, i)))
      {
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, _ ("condition %s does not say from which tokens its rows come, so that no model can run them again: capture it anew"), sonde_condition_get_id (g_ptr_array_index (conditions, i)));
        return NULL;
      }
  self = run_new (model, NULL);
  self->conditions = _sonde_dup_objects (conditions);
  covered = g_array_new (FALSE, FALSE, sizeof (guint));
  g_array_append_vals (covered, layers, n_layers);
  return prepare (self, _sonde_dup_stages (stages), covered, error) ? g_steal_pointer (&self) : NULL;
}

void
_sonde_run_tell (SondeRun *self)
{
  g_autofree char *blas = sonde_blas_dup_version ();

  g_debug ("%s %s, %s, %s, %u threads", sonde_blas_get_name (), blas, sonde_blas_get_core (), sonde_blas_get_flavour (), sonde_threads_get_n ());
  g_debug ("model %s, %u layers wanted, %u batches", sonde_model_get_name (self->model), self->layers->len, self->batches->len);
  for (guint i = 0; i < self->stages->len; i++)
    g_debug ("stage %s, %u features", ((SondeStage *) g_ptr_array_index (self->stages, i))->id, sonde_investigation_get_n_features (self->investigation, i));
  for (guint i = 0; i < self->conditions->len; i++)
    g_debug ("condition %s, %u rows", sonde_condition_get_id (g_ptr_array_index (self->conditions, i)), sonde_condition_get_n_rows (g_ptr_array_index (self->conditions, i)));
}
