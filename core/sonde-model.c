#define G_LOG_DOMAIN "sonde"

#include "sonde-model-private.h"

#include <glib/gi18n-lib.h>

#include "sonde-checks-private.h"
#include "sonde-error-private.h"
#include "sonde-fault.h"
#include "sonde-english-private.h"
#include "sonde-saturate-private.h"
#include "sonde-tap.h"

/**
 * SondeModelInterface:
 * @parent_iface: the parent
 * @get_name: what it is, for people
 * @get_n_layers: how many layers it has
 * @get_max_positions: the longest sequence, in tokens; 0: no limit
 * @dup_sites: the places where tensors can be read, in the order of the data flow
 * @get_tokenizer: what cuts text into its tokens; %NULL where it takes ids only
 * @foreach_file: calls a function for each file whose contents can change a number
 * @run: computes no more than the wanted sites need, and hands each over once, as soon as it is there, from the calling thread.
 *   Tensors own their bytes. Looks at the cancellable
 * @dup_conditions: only for models that bring their own rows: the conditions
 * @dup_stages: only for models that bring their own rows: the stages
 * @dup_layers: only for models that bring their own rows: the layers that they are of
 * @dup_warnings: optional: sentences about what the source holds and nobody will see
 * @estimate: optional: corrects the memory of a run, which comes with what one layer's tensors of the selection take
 * @measure_state: optional, with @run_from: bytes of what a layer needs of those before it, the same for all layers of a run of a batch
 * @run_from: optional: like @run, for sites of layers only; tells what each layer but the first begins with, and begins with it
 *
 * What a model implements. Those that run text leave what brings rows %NULL; the others have all of it.
 */

/**
 * SondeModel:
 *
 * What a provider opens: layers, sites, a tokenizer where there is one, and a way to run. The functions here stand between
 * the host and a plugin: they check what goes in and what comes out.
 */
G_DEFINE_INTERFACE (SondeModel, sonde_model, G_TYPE_OBJECT)

static void
sonde_model_default_init (SondeModelInterface *iface)
{
}

static GQuark
name_quark (void)
{
  return g_quark_from_static_string ("sonde-model-name");
}

static char *
ask_for_name (SondeModel *self)
{
  SondeModelInterface *iface = SONDE_MODEL_GET_IFACE (self);
  const char *name = iface->get_name != NULL ? iface->get_name (self) : NULL;

  return g_strdup (name != NULL ? name : G_OBJECT_TYPE_NAME (self));
}

/**
 * sonde_model_get_name:
 * @self: a model
 *
 * Says what it is, for people: "Transformer, 12 layers, 768 features".
 *
 * Returns: (transfer none): what it is, for people
 */
const char *
sonde_model_get_name (SondeModel *self)
{
  SondeWords *name;

  g_return_val_if_fail (SONDE_IS_MODEL (self), NULL);

  /* a plugin in Python makes a new text each time, and nobody frees it: it is asked once in each language */
  name = g_object_get_qdata (G_OBJECT (self), name_quark ());
  if (name == NULL)
    {
      name = SONDE_WORDS (ask_for_name (self));
      if (!g_object_replace_qdata (G_OBJECT (self), name_quark (), NULL, name, (GDestroyNotify) sonde_words_unref, NULL))
        {
          sonde_words_unref (name); /* another thread asked, too */
          name = g_object_get_qdata (G_OBJECT (self), name_quark ());
        }
    }
  return sonde_words_get (name);
}

/**
 * sonde_model_get_n_layers:
 * @self: a model
 *
 * Counts the layers.
 *
 * Returns: how many layers it has; they count from 0
 */
guint
sonde_model_get_n_layers (SondeModel *self)
{
  SondeModelInterface *iface;

  g_return_val_if_fail (SONDE_IS_MODEL (self), 0);

  iface = SONDE_MODEL_GET_IFACE (self);
  return iface->get_n_layers != NULL ? iface->get_n_layers (self) : 0;
}

/**
 * sonde_model_get_max_positions:
 * @self: a model
 *
 * Says how long a sequence may be.
 *
 * Returns: the longest sequence it takes, in tokens; 0 where it has no limit
 */
guint
sonde_model_get_max_positions (SondeModel *self)
{
  SondeModelInterface *iface;

  g_return_val_if_fail (SONDE_IS_MODEL (self), 0);

  iface = SONDE_MODEL_GET_IFACE (self);
  return iface->get_max_positions != NULL ? iface->get_max_positions (self) : 0;
}

/* Those of the plugin, which may hold the same array. */
static GPtrArray *
ref_sites (SondeModel *self)
{
  SondeModelInterface *iface = SONDE_MODEL_GET_IFACE (self);
  GPtrArray *sites = iface->dup_sites != NULL ? _sonde_own_elements (iface->dup_sites (self), (GDestroyNotify) sonde_site_free) : NULL;

  return sites != NULL ? sites : g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);
}

/**
 * SondeModelInterface::dup_sites:
 *
 * Lists the places where tensors can be read, in the order of the data flow.
 *
 * Returns: (transfer full) (element-type SondeSite): a new array, or one more reference to an array that frees its elements
 */

/**
 * sonde_model_list_sites:
 * @self: a model
 *
 * Lists the places where tensors can be read.
 *
 * Returns: (transfer container) (element-type SondeSite): its sites, in the order of the data flow
 */
GPtrArray *
sonde_model_list_sites (SondeModel *self)
{
  g_return_val_if_fail (SONDE_IS_MODEL (self), NULL);

  return _sonde_take_elements (ref_sites (self), (GDestroyNotify) sonde_site_free, _sonde_dup_sites);
}

/**
 * sonde_model_dup_site_names:
 * @self: a model
 *
 * Lists the names of all sites in one line.
 *
 * Returns: (transfer full): the names of all its sites, for a sentence
 */
char *
sonde_model_dup_site_names (SondeModel *self)
{
  g_autoptr (GPtrArray) sites = NULL;
  GString *names;

  g_return_val_if_fail (SONDE_IS_MODEL (self), NULL);

  sites = ref_sites (self);
  names = g_string_new (NULL);
  for (guint i = 0; i < sites->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", ((SondeSite *) g_ptr_array_index (sites, i))->name);
  return g_string_free (names, FALSE);
}

/**
 * sonde_model_dup_site:
 * @self: a model
 * @name: the name of a site, here or in a library of its dictionary
 *
 * Finds a site by any of its names.
 *
 * Returns: (transfer full) (nullable): the site, or %NULL where the model has none of this name
 */
SondeSite *
sonde_model_dup_site (SondeModel *self,
                      const char *name)
{
  g_autoptr (GPtrArray) sites = NULL;

  g_return_val_if_fail (SONDE_IS_MODEL (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  sites = ref_sites (self);
  for (guint i = 0; i < sites->len; i++) /* a name of ours before what others call something else */
    if (g_str_equal (((SondeSite *) g_ptr_array_index (sites, i))->name, name))
      return sonde_site_copy (g_ptr_array_index (sites, i));
  for (guint i = 0; i < sites->len; i++)
    if (sonde_site_is_called (g_ptr_array_index (sites, i), name))
      return sonde_site_copy (g_ptr_array_index (sites, i));
  return NULL;
}

/**
 * sonde_model_get_tokenizer:
 * @self: a model
 *
 * Gives what cuts text into the model's tokens.
 *
 * Returns: (transfer none) (nullable): its tokenizer, or %NULL where it takes token ids only
 */
SondeTokenizer *
sonde_model_get_tokenizer (SondeModel *self)
{
  SondeModelInterface *iface;

  g_return_val_if_fail (SONDE_IS_MODEL (self), NULL);

  iface = SONDE_MODEL_GET_IFACE (self);
  return iface->get_tokenizer != NULL ? iface->get_tokenizer (self) : NULL;
}

/**
 * sonde_model_foreach_file:
 * @self: a model
 * @func: (scope call): called for each file that the model was read from
 * @user_data: handed to @func
 *
 * Names the files whose contents can change a number, for the provenance.
 */
void
sonde_model_foreach_file (SondeModel *self,
                          SondeModelFileFunc func,
                          gpointer user_data)
{
  SondeModelInterface *iface;

  g_return_if_fail (SONDE_IS_MODEL (self));
  g_return_if_fail (func != NULL);

  iface = SONDE_MODEL_GET_IFACE (self);
  if (iface->foreach_file != NULL)
    iface->foreach_file (self, func, user_data);
}

/**
 * SondeModelInterface::dup_conditions:
 *
 * Lists the conditions whose rows it brings. Only for models that bring their own.
 *
 * Returns: (transfer full) (element-type SondeCondition) (nullable): a new array, or one more reference to an array that frees its elements
 */

/**
 * sonde_model_list_conditions:
 * @self: a model
 *
 * Lists what a model brings rows of, where it does not run text. It then has all three: conditions, stages and layers.
 *
 * Returns: (transfer container) (element-type SondeCondition) (nullable): the conditions whose rows it brings; %NULL for a model
 *   that runs text
 */
GPtrArray *
sonde_model_list_conditions (SondeModel *self)
{
  SondeModelInterface *iface;

  g_return_val_if_fail (SONDE_IS_MODEL (self), NULL);

  iface = SONDE_MODEL_GET_IFACE (self);
  if (iface->dup_conditions == NULL || iface->dup_stages == NULL || iface->dup_layers == NULL)
    return NULL;
  return _sonde_take_elements (iface->dup_conditions (self), g_object_unref, _sonde_dup_objects);
}

/**
 * SondeModelInterface::dup_stages:
 *
 * Lists the stages of the rows that it brings, in the order of the data flow. Only for models that bring their own.
 *
 * Returns: (transfer full) (element-type SondeStage) (nullable): a new array, or one more reference to an array that frees its elements
 */

/**
 * sonde_model_list_stages:
 * @self: a model
 *
 * Lists the stages of the rows that a model brings.
 *
 * Returns: (transfer container) (element-type SondeStage) (nullable): the stages of the rows that it brings, in the order of the
 *   data flow; %NULL for a model that runs text, of which a tap names the stages
 */
GPtrArray *
sonde_model_list_stages (SondeModel *self)
{
  SondeModelInterface *iface;

  g_return_val_if_fail (SONDE_IS_MODEL (self), NULL);

  iface = SONDE_MODEL_GET_IFACE (self);
  if (iface->dup_stages == NULL)
    return NULL;
  return _sonde_take_elements (iface->dup_stages (self), (GDestroyNotify) sonde_stage_free, _sonde_dup_stages);
}

/**
 * SondeModelInterface::dup_layers:
 *
 * Lists the layers of the rows that it brings, ascending. Only for models that bring their own.
 *
 * Returns: (transfer full) (element-type guint) (nullable): a new array, or one more reference to one that stays as it is
 */

/**
 * sonde_model_list_layers:
 * @self: a model
 *
 * Lists the layers of the rows that a model brings.
 *
 * Returns: (transfer full) (element-type guint) (nullable): the layers of which it brings rows, ascending; %NULL for a model that runs
 *   text
 */
GArray *
sonde_model_list_layers (SondeModel *self)
{
  SondeModelInterface *iface;
  g_autoptr (GArray) layers = NULL;

  g_return_val_if_fail (SONDE_IS_MODEL (self), NULL);

  iface = SONDE_MODEL_GET_IFACE (self);
  layers = iface->dup_layers != NULL ? iface->dup_layers (self) : NULL;
  return layers != NULL ? g_array_copy (layers) : NULL;
}

/**
 * SondeModelInterface::dup_warnings:
 *
 * Tells in sentences what the source holds and nobody will see; each time in the language that gettext speaks then. Optional.
 *
 * Returns: (transfer full) (element-type utf8): a new array, or one more reference to an array that frees its elements
 */

/**
 * sonde_model_list_warnings:
 * @self: a model
 *
 * Lists what nobody would otherwise be told of, as arrays whose names mean nothing. Optional.
 *
 * Returns: (transfer container) (element-type utf8): sentences about what its source holds and nobody will see
 */
GPtrArray *
sonde_model_list_warnings (SondeModel *self)
{
  SondeModelInterface *iface;
  GPtrArray *warnings = NULL;

  g_return_val_if_fail (SONDE_IS_MODEL (self), NULL);

  iface = SONDE_MODEL_GET_IFACE (self);
  if (iface->dup_warnings != NULL)
    warnings = _sonde_take_elements (iface->dup_warnings (self), g_free, _sonde_dup_texts);
  for (guint i = 0; warnings != NULL && i < warnings->len; i++)
    {
      g_autofree char *warning = g_ptr_array_index (warnings, i);

      warnings->pdata[i] = _sonde_sentence_dup_line (warning);
    }
  return warnings != NULL ? warnings : g_ptr_array_new_with_free_func (g_free);
}

const char *
_sonde_model_get_english_name (SondeModel *self)
{
  const SondeEnglish before = _sonde_english_begin ();
  const char *name = sonde_model_get_name (self);

  _sonde_english_end (before);
  return name;
}

void
_sonde_model_tell_warnings (SondeModel *self,
                            SondeSentences *sentences)
{
  const SondeEnglish before = _sonde_english_begin ();
  g_autoptr (GPtrArray) english = sonde_model_list_warnings (self);
  g_autoptr (GPtrArray) translated = NULL;

  _sonde_english_end (before);
  translated = sonde_model_list_warnings (self);
  for (guint i = 0; i < english->len && i < translated->len; i++)
    _sonde_sentences_take (sentences, sonde_words_new (g_strdup (g_ptr_array_index (english, i)), g_strdup (g_ptr_array_index (translated, i))));
}

gboolean
_sonde_model_check_faults (SondeModel *self,
                           GError **error)
{
  SondeTokenizer *tokenizer = sonde_model_get_tokenizer (self);

  return sonde_fault_check (G_OBJECT (self), error) && (tokenizer == NULL || sonde_fault_check (G_OBJECT (tokenizer), error));
}

gboolean
_sonde_model_check_rows (SondeModel *self,
                         GError **error)
{
  g_autoptr (GPtrArray) conditions = sonde_model_list_conditions (self);
  g_autoptr (GPtrArray) stages = sonde_model_list_stages (self);
  g_autoptr (GArray) layers = sonde_model_list_layers (self);

  if (!sonde_fault_check (G_OBJECT (self), error))
    return FALSE;
  if (conditions == NULL || (conditions->len > 0 && stages != NULL && stages->len > 0 && layers != NULL && layers->len > 0))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("%s brings rows of %u conditions, %u stages and %u layers, and needs at least one of each"), G_OBJECT_TYPE_NAME (self),
               conditions->len, stages != NULL ? stages->len : 0, layers != NULL ? layers->len : 0);
  return FALSE;
}

typedef struct
{
  char *name;
  SondeModelProvider *provider;
} Origin;

static void
origin_free (Origin *origin)
{
  g_free (origin->name);
  g_object_unref (origin->provider);
  g_free (origin);
}

static G_DEFINE_QUARK (sonde - model - origin, origin)

    void _sonde_model_set_provider (SondeModel *self,
                                    const char *name,
                                    SondeModelProvider *provider)
{
  Origin *origin = g_new (Origin, 1);

  *origin = (Origin){ g_strdup (name), g_object_ref (provider) };
  g_object_set_qdata_full (G_OBJECT (self), origin_quark (), origin, (GDestroyNotify) origin_free);
}

static GQuark
opened_quark (void)
{
  return g_quark_from_static_string ("sonde-model-opened");
}

void
_sonde_model_set_opened (SondeModel *self,
                         gint64 when)
{
  g_object_set_qdata_full (G_OBJECT (self), opened_quark (), g_memdup2 (&when, sizeof when), g_free);
}

gint64
_sonde_model_get_opened (SondeModel *self)
{
  const gint64 *when = g_object_get_qdata (G_OBJECT (self), opened_quark ());

  return when != NULL ? *when : 0;
}

/**
 * sonde_model_get_provider:
 * @self: a model
 * @name: (out) (optional) (transfer none): the name of the plugin
 *
 * Says who opened a model.
 *
 * Returns: (transfer none) (nullable): the provider that opened it, whose properties say how; %NULL where no registry did
 */
SondeModelProvider *
sonde_model_get_provider (SondeModel *self,
                          const char **name)
{
  const Origin *origin;

  g_return_val_if_fail (SONDE_IS_MODEL (self), NULL);

  origin = g_object_get_qdata (G_OBJECT (self), origin_quark ());
  if (name != NULL)
    *name = origin != NULL ? origin->name : NULL;
  return origin != NULL ? origin->provider : NULL;
}

/* The tensors of the layer of which most are wanted. */
static guint64
estimate_tensors (SondeModel *self,
                  SondeBatch *batch,
                  SondeSelection *selection)
{
  g_autoptr (GHashTable) features = g_hash_table_new (NULL, NULL); /* layer: sum of features */
  guint64 most = 0;

  for (guint i = 0; i < sonde_selection_get_n_pairs (selection); i++)
    {
      guint layer;
      const char *name;
      g_autoptr (SondeSite) site = NULL;
      gsize sum;

      sonde_selection_get_pair (selection, i, &layer, &name);
      site = sonde_model_dup_site (self, name);
      sum = GPOINTER_TO_SIZE (g_hash_table_lookup (features, GUINT_TO_POINTER (layer))) + (site != NULL ? sonde_site_get_width (site, batch) : 0);
      g_hash_table_insert (features, GUINT_TO_POINTER (layer), GSIZE_TO_POINTER (sum));
      most = MAX (most, sum);
    }
  return _sonde_saturated_product (_sonde_saturated_product (most, sonde_batch_get_n_rows (batch)), sizeof (float));
}

/**
 * SondeModelInterface::estimate:
 * @self: a model
 * @batch: the sequences of a run
 * @selection: its sites
 * @estimate: what one layer's tensors of @selection take, to be corrected
 *
 * Adds what a run needs besides the tensors, or takes away what is given without a copy.
 */

/**
 * sonde_model_estimate: (skip)
 * @batch: the sequences of a run
 * @selection: its sites
 *
 * Foretells the memory of a run. A model may know better than what its tensors take: it is optional for models to say so.
 *
 * Returns: the memory that such a run needs, the tensors of one layer included, beside files that are mapped
 */
SondeEstimate
sonde_model_estimate (SondeModel *self,
                      SondeBatch *batch,
                      SondeSelection *selection)
{
  SondeModelInterface *iface;
  SondeEstimate estimate = { 0, 0, 0 };

  g_return_val_if_fail (SONDE_IS_MODEL (self), estimate);

  estimate.working = estimate_tensors (self, batch, selection);
  iface = SONDE_MODEL_GET_IFACE (self);
  if (iface->estimate != NULL)
    iface->estimate (self, batch, selection, &estimate);
  return estimate;
}
