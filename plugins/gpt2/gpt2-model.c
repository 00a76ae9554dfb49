#define G_LOG_DOMAIN "gpt2"

#include "gpt2-model.h"

#include <glib/gi18n-lib.h>

#include "gpt2-config.h"
#include "gpt2-directory.h"
#include "gpt2-forward.h"
#include "gpt2-sites.h"
#include "gpt2-tokenizer.h"
#include "gpt2-weights.h"

struct _Gpt2Model
{
  GObject parent_instance;

  SondeWords *name;
  char *directory;
  Gpt2Config config;
  Gpt2Weights *weights;
  Gpt2Tokenizer *tokenizer; /* NULL: the directory has no vocabulary */
  GPtrArray *sites;         /* of SondeSite */
};

static const char *
gpt2_model_get_name (SondeModel *model)
{
  return sonde_words_get (GPT2_MODEL (model)->name);
}

static guint
gpt2_model_get_n_layers (SondeModel *model)
{
  return GPT2_MODEL (model)->config.n_layers;
}

static guint
gpt2_model_get_max_positions (SondeModel *model)
{
  return GPT2_MODEL (model)->config.n_positions;
}

static GPtrArray *
gpt2_model_dup_sites (SondeModel *model)
{
  return g_ptr_array_ref (GPT2_MODEL (model)->sites);
}

static SondeTokenizer *
gpt2_model_get_tokenizer (SondeModel *model)
{
  Gpt2Model *self = GPT2_MODEL (model);

  return self->tokenizer ? SONDE_TOKENIZER (self->tokenizer) : NULL;
}

static void
report_file (Gpt2Model *self,
             const char *role,
             const char *name,
             SondeModelFileFunc func,
             gpointer user_data)
{
  g_autofree char *path = g_build_filename (self->directory, name, NULL);

  func (role, path, user_data);
}

static void
gpt2_model_foreach_file (SondeModel *model,
                         SondeModelFileFunc func,
                         gpointer user_data)
{
  Gpt2Model *self = GPT2_MODEL (model);
  const char *const *weights = gpt2_weights_get_files (self->weights);

  report_file (self, "config", "config.json", func, user_data);
  if (self->tokenizer)
    {
      report_file (self, "vocabulary", "vocab.json", func, user_data);
      report_file (self, "vocabulary", "merges.txt", func, user_data);
    }
  for (guint i = 0; weights[i]; i++)
    func ("weights", weights[i], user_data);
}

static gboolean
gpt2_model_run (SondeModel *model,
                SondeBatch *batch,
                SondeSelection *selection,
                SondeSiteFunc func,
                gpointer user_data,
                GCancellable *cancellable,
                GError **error)
{
  Gpt2Model *self = GPT2_MODEL (model);

  return gpt2_forward (&self->config, self->weights, batch, selection, NULL, func, user_data, cancellable, error);
}

static guint64
gpt2_model_measure_state (SondeModel *model, SondeBatch *batch)
{
  return gpt2_forward_measure_state (&GPT2_MODEL (model)->config, batch);
}

static gboolean
gpt2_model_run_from (SondeModel *model,
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
  Gpt2Model *self = GPT2_MODEL (model);
  const Gpt2Resumption resumption = { layer, state, keep };

  return gpt2_forward (&self->config, self->weights, batch, selection, &resumption, func, user_data, cancellable, error);
}

static void
gpt2_model_estimate (SondeModel *model,
                     SondeBatch *batch,
                     SondeSelection *selection,
                     SondeEstimate *estimate)
{
  Gpt2Model *self = GPT2_MODEL (model);

  estimate->working += gpt2_forward_estimate (&self->config, self->weights, batch);
}

static void
gpt2_model_iface_init (SondeModelInterface *iface)
{
  iface->get_name = gpt2_model_get_name;
  iface->get_n_layers = gpt2_model_get_n_layers;
  iface->get_max_positions = gpt2_model_get_max_positions;
  iface->dup_sites = gpt2_model_dup_sites;
  iface->get_tokenizer = gpt2_model_get_tokenizer;
  iface->foreach_file = gpt2_model_foreach_file;
  iface->run = gpt2_model_run;
  iface->measure_state = gpt2_model_measure_state;
  iface->run_from = gpt2_model_run_from;
  iface->estimate = gpt2_model_estimate;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (Gpt2Model, gpt2_model, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL, gpt2_model_iface_init))

static void
gpt2_model_finalize (GObject *object)
{
  Gpt2Model *self = GPT2_MODEL (object);

  g_clear_pointer (&self->name, sonde_words_unref);
  g_clear_pointer (&self->directory, g_free);
  g_clear_pointer (&self->weights, gpt2_weights_free);
  g_clear_object (&self->tokenizer);
  g_clear_pointer (&self->sites, g_ptr_array_unref);
  G_OBJECT_CLASS (gpt2_model_parent_class)->finalize (object);
}

static void
gpt2_model_class_init (Gpt2ModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = gpt2_model_finalize;
}

static void
gpt2_model_init (Gpt2Model *self)
{
}

/* Reads vocab.json and merges.txt where the directory has them. Without either, the model runs on token ids only. */
static gboolean
open_tokenizer (Gpt2Model *self, GError **error)
{
  const gboolean has_vocabulary = gpt2_directory_has (self->directory, "vocab.json"), has_merges = gpt2_directory_has (self->directory, "merges.txt");
  g_autofree char *vocabulary = NULL;
  g_autofree char *merges = NULL;
  guint n_tokens;

  if (!has_vocabulary && !has_merges)
    return TRUE;
  if (!has_vocabulary || !has_merges)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s has only half of a tokenizer: %s is missing: download it too"), self->directory, has_vocabulary ? "merges.txt" : "vocab.json");
      return FALSE;
    }
  vocabulary = gpt2_directory_find_file (self->directory, "vocab.json", error);
  merges = vocabulary ? gpt2_directory_find_file (self->directory, "merges.txt", error) : NULL;
  if (!merges)
    return FALSE;
  self->tokenizer = gpt2_tokenizer_new (vocabulary, merges, error);
  if (!self->tokenizer)
    return FALSE;
  n_tokens = sonde_tokenizer_get_n_tokens (SONDE_TOKENIZER (self->tokenizer));
  if (n_tokens <= self->config.n_vocabulary)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s has %u tokens, at most %u expected from config.json"), vocabulary, n_tokens, self->config.n_vocabulary);
  return FALSE;
}

/* Opens the model at @path: reads config.json and the vocabulary, and checks every tensor's shape. No weight is read yet. */
Gpt2Model *
gpt2_model_open (const char *path,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (Gpt2Model) self = g_object_new (GPT2_TYPE_MODEL, NULL);
  g_autofree char *config = NULL;
  g_autofree char *weights = NULL;

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  self->directory = gpt2_directory_resolve (path, error);
  if (!self->directory)
    return NULL;
  config = gpt2_directory_find_file (self->directory, "config.json", error);
  if (!config || !gpt2_config_load (config, &self->config, error))
    return NULL;
  weights = gpt2_directory_find_weights (self->directory, error);
  if (!weights)
    return NULL;
  self->weights = gpt2_weights_open (weights, &self->config, error);
  if (!self->weights || !gpt2_directory_check_files (self->directory, gpt2_weights_get_files (self->weights), error) || !open_tokenizer (self, error))
    return NULL;
  self->name = SONDE_WORDS (g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "GPT-2, %u layer, %u features", "GPT-2, %u layers, %u features", self->config.n_layers), self->config.n_layers, self->config.n_features));
  self->sites = gpt2_sites_list (&self->config, gpt2_weights_has_head (self->weights));
  return g_steal_pointer (&self);
}
