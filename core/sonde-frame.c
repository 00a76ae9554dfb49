#define G_LOG_DOMAIN "sonde"

#include "sonde-frame.h"

#include "math/sonde-math.h"
#include "sonde-checks-private.h"

/**
 * SONDE_FRAME_MOST_PRODUCTS:
 *
 * The most rows of which a frame keeps all dot products.
 */

/**
 * SondeFrame:
 *
 * One (condition, layer) on its way down the chain. It carries one tensor a stage, and whatever analyzers upstream
 * attached: that is the only way in which analyzers share numbers. A frame is independent of every other frame.
 */
struct _SondeFrame
{
  GObject parent_instance;

  SondeCondition *condition;
  guint condition_index;
  guint layer;
  GPtrArray *stages;
  GPtrArray *tensors;
  GHashTable *attached;     /* "name/index" → SondeTensor */
  GHashTable *similarities; /* name → SondeSimilarity */
  SondeTensor **products;   /* stages: NULL where nobody has asked */
};

G_DEFINE_FINAL_TYPE (SondeFrame, sonde_frame, G_TYPE_OBJECT)

static void
sonde_frame_finalize (GObject *object)
{
  SondeFrame *self = SONDE_FRAME (object);

  for (guint i = 0; self->products != NULL && i < self->stages->len; i++)
    g_clear_pointer (&self->products[i], sonde_tensor_unref);
  g_free (self->products);
  g_clear_object (&self->condition);
  g_clear_pointer (&self->stages, g_ptr_array_unref);
  g_clear_pointer (&self->tensors, g_ptr_array_unref);
  g_clear_pointer (&self->attached, g_hash_table_unref);
  g_clear_pointer (&self->similarities, g_hash_table_unref);
  G_OBJECT_CLASS (sonde_frame_parent_class)->finalize (object);
}

static void
sonde_frame_class_init (SondeFrameClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_frame_finalize;
}

static void
sonde_frame_init (SondeFrame *self)
{
  self->attached = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) sonde_tensor_unref);
  self->similarities = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
}

/**
 * sonde_frame_new:
 * @condition: the condition whose rows these are
 * @condition_index: its place among the conditions of the run
 * @layer: the layer, from 0
 * @stages: (element-type SondeStage): the stages, in order
 * @tensors: (element-type SondeTensor): one a stage, float32, rows x features; all have the same number of rows
 *
 * Puts the stages of one (condition, layer) together. Hosts and tests make frames; analyzers get them.
 *
 * Returns: (transfer full): a new frame that holds references, no copies
 */
SondeFrame *
sonde_frame_new (SondeCondition *condition,
                 guint condition_index,
                 guint layer,
                 GPtrArray *stages,
                 GPtrArray *tensors)
{
  SondeFrame *self;

  g_return_val_if_fail (SONDE_IS_CONDITION (condition), NULL);
  g_return_val_if_fail (stages != NULL && tensors != NULL && stages->len == tensors->len, NULL);
  g_return_val_if_fail (stages->len > 0, NULL);

  self = g_object_new (SONDE_TYPE_FRAME, NULL);
  self->condition = g_object_ref (condition);
  self->condition_index = condition_index;
  self->layer = layer;
  self->stages = _sonde_dup_stages (stages);
  self->tensors = _sonde_dup_tensors (tensors);
  self->products = g_new0 (SondeTensor *, stages->len);
  return self;
}

/**
 * sonde_frame_get_condition:
 *
 * Gives the condition whose rows these are.
 *
 * Returns: (transfer none): the condition whose rows these are
 */
SondeCondition *
sonde_frame_get_condition (SondeFrame *self)
{
  g_return_val_if_fail (SONDE_IS_FRAME (self), NULL);
  return self->condition;
}

/**
 * sonde_frame_get_condition_index:
 *
 * Gives the place of the condition in the investigation.
 *
 * Returns: the index, from 0
 */
guint
sonde_frame_get_condition_index (SondeFrame *self)
{
  g_return_val_if_fail (SONDE_IS_FRAME (self), 0);
  return self->condition_index;
}

/**
 * sonde_frame_get_layer:
 *
 * Gives the layer.
 *
 * Returns: the layer, from 0
 */
guint
sonde_frame_get_layer (SondeFrame *self)
{
  g_return_val_if_fail (SONDE_IS_FRAME (self), 0);
  return self->layer;
}

/**
 * sonde_frame_get_n_rows:
 *
 * Counts the rows of every tensor.
 *
 * Returns: how many; the same for all stages
 */
guint
sonde_frame_get_n_rows (SondeFrame *self)
{
  g_return_val_if_fail (SONDE_IS_FRAME (self), 0);
  return (guint) sonde_tensor_get_n_rows (g_ptr_array_index (self->tensors, 0));
}

/**
 * sonde_frame_get_n_stages:
 *
 * Counts the stages.
 *
 * Returns: how many
 */
guint
sonde_frame_get_n_stages (SondeFrame *self)
{
  g_return_val_if_fail (SONDE_IS_FRAME (self), 0);
  return self->stages->len;
}

/**
 * sonde_frame_get_stage:
 * @stage: which one, from 0
 *
 * Describes one stage: its id, labels and formula.
 *
 * Returns: (transfer none): the stage at that place in the tap's order
 */
const SondeStage *
sonde_frame_get_stage (SondeFrame *self,
                       guint stage)
{
  g_return_val_if_fail (SONDE_IS_FRAME (self), NULL);
  g_return_val_if_fail (stage < self->stages->len, NULL);
  return g_ptr_array_index (self->stages, stage);
}

/**
 * sonde_frame_get_tensor:
 * @stage: which one, from 0
 *
 * Gives the activations of one stage. sonde_tensor_peek_f32() reaches the numbers without a copy.
 *
 * Returns: (transfer none): the stage's activations: float32, rows x features, every value finite
 */
SondeTensor *
sonde_frame_get_tensor (SondeFrame *self,
                        guint stage)
{
  g_return_val_if_fail (SONDE_IS_FRAME (self), NULL);
  g_return_val_if_fail (stage < self->tensors->len, NULL);
  return g_ptr_array_index (self->tensors, stage);
}

/**
 * sonde_frame_ref_products:
 * @stage: which stage
 *
 * The dot products of all pairs of the stage's rows. Similarities and variances of few rows are both in them, so that whoever comes
 * second multiplies nothing. No two threads may ask for the same stage at the same time.
 *
 * Returns: (transfer full) (nullable): rows x rows, float64, symmetric; or %NULL where there are more rows than features or than
 *   %SONDE_FRAME_MOST_PRODUCTS
 */
SondeTensor *
sonde_frame_ref_products (SondeFrame *self,
                          guint stage)
{
  SondeTensor *tensor;
  gsize n_rows;
  gsize n_columns;

  g_return_val_if_fail (SONDE_IS_FRAME (self) && stage < self->stages->len, NULL);

  tensor = g_ptr_array_index (self->tensors, stage);
  n_rows = sonde_tensor_get_n_rows (tensor);
  n_columns = sonde_tensor_get_n_columns (tensor);
  if (n_rows == 0 || n_rows > MIN (n_columns, SONDE_FRAME_MOST_PRODUCTS))
    return NULL;
  if (self->products[stage] == NULL)
    {
      g_autoptr (SondeTensor) values = sonde_tensor_to_f32 (tensor);
      g_autofree double *workspace = g_new (double, sonde_math_row_products_workspace (n_rows, n_columns));
      double *products = g_new (double, n_rows *n_rows);

      sonde_math_row_products (sonde_tensor_peek_f32 (values), n_rows, n_columns, workspace, products);
      self->products[stage] = sonde_tensor_new_take_f64 (products, n_rows, n_rows);
    }
  return sonde_tensor_ref (self->products[stage]);
}

static char *
attachment_key (const char *name,
                guint index)
{
  return g_strdup_printf ("%s/%u", name, index);
}

/**
 * sonde_frame_attach:
 * @name: the name under which the analyzer's description declares it
 * @index: which one of that name: a stage, a stage pair, or 0
 * @tensor: (transfer none): the numbers
 *
 * Leaves numbers for the analyzers further down the chain.
 */
void
sonde_frame_attach (SondeFrame *self,
                    const char *name,
                    guint index,
                    SondeTensor *tensor)
{
  g_return_if_fail (SONDE_IS_FRAME (self));
  g_return_if_fail (name != NULL && tensor != NULL);
  g_hash_table_replace (self->attached, attachment_key (name, index), sonde_tensor_ref (tensor));
}

/**
 * sonde_frame_get_attached:
 * @name: the name under which an analyzer upstream declared it
 * @index: a stage, a stage pair, or 0
 *
 * Of similarities it gives the matrix of stage @index, which is computed as a whole and held as long as the frame; with many rows
 * it is sonde_frame_dup_similarity() that fits into memory.
 *
 * Returns: (transfer none) (nullable): what was attached under @name and @index
 */
SondeTensor *
sonde_frame_get_attached (SondeFrame *self,
                          const char *name,
                          guint index)
{
  g_autofree char *key = NULL;
  SondeTensor *tensor;
  SondeSimilarity *similarity;

  g_return_val_if_fail (SONDE_IS_FRAME (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  key = attachment_key (name, index);
  tensor = g_hash_table_lookup (self->attached, key);
  similarity = g_hash_table_lookup (self->similarities, name);
  if (tensor != NULL || similarity == NULL || index >= sonde_similarity_get_n_stages (similarity))
    return tensor;
  tensor = sonde_similarity_dup_matrix (similarity, index, NULL, NULL);
  if (tensor != NULL)
    g_hash_table_insert (self->attached, g_steal_pointer (&key), tensor);
  return tensor;
}

/**
 * sonde_frame_attach_similarity:
 * @name: the name under which the analyzer's description declares it
 * @similarity: (transfer none): similarities of the frame's rows, for each stage
 *
 * Leaves similarities for the analyzers further down the chain, who compute them in one pass when they need them.
 */
void
sonde_frame_attach_similarity (SondeFrame *self,
                               const char *name,
                               SondeSimilarity *similarity)
{
  g_return_if_fail (SONDE_IS_FRAME (self));
  g_return_if_fail (name != NULL && SONDE_IS_SIMILARITY (similarity));
  g_hash_table_replace (self->similarities, g_strdup (name), g_object_ref (similarity));
}

/* Matrices that were attached one by one, if they are there for all stages and fit the rows. */
static SondeSimilarity *
collect_matrices (SondeFrame *self,
                  const char *name)
{
  const gsize n_rows = sonde_frame_get_n_rows (self);
  g_autoptr (GPtrArray) matrices = g_ptr_array_new ();

  for (guint i = 0; i < self->stages->len; i++)
    {
      g_autofree char *key = attachment_key (name, i);
      SondeTensor *matrix = g_hash_table_lookup (self->attached, key);

      if (matrix == NULL || sonde_tensor_get_n_rows (matrix) != n_rows || sonde_tensor_get_n_columns (matrix) != n_rows)
        return NULL;
      g_ptr_array_add (matrices, matrix);
    }
  return sonde_similarity_new_for_matrices (matrices);
}

/**
 * sonde_frame_dup_similarity:
 * @name: the name under which an analyzer upstream declared it
 *
 * Finds the similarities of all stages, also where somebody attached them as matrices of rows x rows.
 *
 * Returns: (transfer full) (nullable): what was attached under @name; %NULL where there is nothing that fits the frame's rows and
 *   stages
 */
SondeSimilarity *
sonde_frame_dup_similarity (SondeFrame *self,
                            const char *name)
{
  SondeSimilarity *similarity;

  g_return_val_if_fail (SONDE_IS_FRAME (self), NULL);
  g_return_val_if_fail (name != NULL, NULL);

  similarity = g_hash_table_lookup (self->similarities, name);
  if (similarity == NULL)
    return collect_matrices (self, name);
  if (sonde_similarity_get_n_rows (similarity) != sonde_frame_get_n_rows (self) || sonde_similarity_get_n_stages (similarity) != self->stages->len)
    return NULL;
  return g_object_ref (similarity);
}

/**
 * sonde_frame_finish:
 * @cancellable: (nullable): ends it
 *
 * To be called when the frame has been down the chain: runs the passes over similarities that somebody still waits for.
 *
 * Returns: %FALSE with the error of sonde_similarity_run()
 */
gboolean
sonde_frame_finish (SondeFrame *self,
                    GCancellable *cancellable,
                    GError **error)
{
  GHashTableIter iter;
  gpointer similarity;

  g_return_val_if_fail (SONDE_IS_FRAME (self), FALSE);

  g_hash_table_iter_init (&iter, self->similarities);
  while (g_hash_table_iter_next (&iter, NULL, &similarity))
    if (!sonde_similarity_run (similarity, cancellable, error))
      return FALSE;
  return TRUE;
}

/**
 * sonde_stage_pair_count:
 * @n_stages: how many stages there are
 *
 * Counts the pairs of different stages.
 *
 * Returns: n (n − 1) / 2
 */
guint
sonde_stage_pair_count (guint n_stages)
{
  return n_stages < 2 ? 0 : n_stages * (n_stages - 1) / 2;
}

/**
 * sonde_stage_pair_get:
 * @n_stages: how many stages there are
 * @pair: which pair, in the order 0.1 0.2 … 1.2 …
 * @a: (out): its first stage
 * @b: (out): its second stage, after @a
 *
 * Says which stages a pair is of.
 */
void
sonde_stage_pair_get (guint n_stages,
                      guint pair,
                      guint *a,
                      guint *b)
{
  guint first = 0;

  g_return_if_fail (pair < sonde_stage_pair_count (n_stages));

  while (pair >= n_stages - 1 - first)
    pair -= n_stages - 1 - first++;
  *a = first;
  *b = first + 1 + pair;
}
