#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-model.h"

#include "sonde-testing-numbers-private.h"

#define N_TOKENS 256

/**
 * SondeTestingModel:
 *
 * A mock of a model. Its token ids are the bytes of a text, 0 to 255. The numbers of a row follow from the layer, the site and the
 * tokens up to the row's position: other sequences of the batch, later tokens and padding change none of them.
 */
struct _SondeTestingModel
{
  GObject parent_instance;

  char *name;
  guint n_layers;
  guint max_positions;
  SondeTestingPathology pathology;
  GPtrArray *sites;
  SondeTestingMock *rows; /* (nullable): where it brings its own */
};

/* ---- questions ---- */

static const char *
get_name (SondeModel *model)
{
  return SONDE_TESTING_MODEL (model)->name;
}

static guint
get_n_layers (SondeModel *model)
{
  return SONDE_TESTING_MODEL (model)->n_layers;
}

static guint
get_max_positions (SondeModel *model)
{
  return SONDE_TESTING_MODEL (model)->max_positions;
}

static GPtrArray *
dup_sites (SondeModel *model)
{
  return g_ptr_array_ref (SONDE_TESTING_MODEL (model)->sites);
}

static SondeTokenizer *
get_tokenizer (SondeModel *model)
{
  return SONDE_TESTING_MODEL (model)->rows == NULL ? SONDE_TOKENIZER (model) : NULL;
}

static GPtrArray *
dup_conditions (SondeModel *model)
{
  SondeTestingMock *rows = SONDE_TESTING_MODEL (model)->rows;

  return rows != NULL ? g_ptr_array_ref (sonde_testing_mock_get_conditions (rows)) : NULL;
}

static GPtrArray *
dup_stages (SondeModel *model)
{
  SondeTestingMock *rows = SONDE_TESTING_MODEL (model)->rows;

  return rows != NULL ? g_ptr_array_ref (sonde_testing_mock_get_stages (rows)) : NULL;
}

static GArray *
dup_layers (SondeModel *model)
{
  SondeTestingMock *rows = SONDE_TESTING_MODEL (model)->rows;
  GArray *layers;
  const guint *covered;
  guint n;

  if (rows == NULL)
    return NULL;
  covered = sonde_investigation_get_layers (sonde_testing_mock_get_investigation (rows), &n);
  layers = g_array_sized_new (FALSE, FALSE, sizeof (guint), n);
  return g_array_append_vals (layers, covered, n);
}

/* ---- numbers ---- */

static guint64
make_state (guint layer,
            guint site,
            guint64 prefix)
{
  return 1 + 100 * (layer == SONDE_NO_LAYER ? 999983 : (guint64) layer) + 1000003 * (guint64) site + prefix * G_GUINT64_CONSTANT (2862933555777941757);
}

static void
fill_row (float *row,
          guint n,
          guint64 state)
{
  for (guint i = 0; i < n; i++)
    row[i] = _sonde_testing_draw (&state);
}

/* All positions of one sequence, [n_ids x width]. */
static float *
make_sequence (SondeTestingModel *self,
               const gint32 *ids,
               guint n_ids,
               guint layer,
               guint site,
               guint width)
{
  float *values = g_new (float, (gsize) n_ids *width);
  guint64 prefix = 0;

  for (guint i = 0; i < n_ids; i++)
    {
      float *row = values + (gsize) i * width;

      prefix = prefix * 31 + (guint64) ids[i] + 1;
      fill_row (row, width, make_state (layer, site, self->pathology == SONDE_TESTING_CONSTANT_ROWS || self->pathology == SONDE_TESTING_RANK_ONE ? 0 : prefix));
      for (guint j = 0; j < width && self->pathology == SONDE_TESTING_RANK_ONE; j++)
        row[j] *= (float) (1 + prefix % 7);
    }
  _sonde_testing_spoil (self->pathology, values, n_ids, width);
  return values;
}

static SondeTensor *
make_tensor (SondeTestingModel *self,
             SondeBatch *batch,
             guint layer,
             guint site)
{
  const guint width = sonde_site_get_width (g_ptr_array_index (self->sites, site), batch);
  float *values = g_new (float, (gsize) sonde_batch_get_n_rows (batch) * width);
  float *next = values;

  for (guint s = 0; s < sonde_batch_get_n_sequences (batch); s++)
    {
      guint n_ids, n_kept;
      const gint32 *ids = sonde_batch_get_ids (batch, s, &n_ids);
      const guint *kept = sonde_batch_get_kept (batch, s, &n_kept);
      g_autofree float *sequence = make_sequence (self, ids, n_ids, layer, site, width);

      for (guint i = 0; i < n_kept; i++, next += width)
        memcpy (next, sequence + (gsize) kept[i] * width, width * sizeof (float));
    }
  return sonde_tensor_new_take_f32 (values, sonde_batch_get_n_rows (batch), width);
}

/* The rows of all conditions, one after the other. */
static SondeTensor *
join_rows (SondeTestingModel *self,
           SondeBatch *batch,
           guint layer,
           guint stage)
{
  GPtrArray *conditions = sonde_testing_mock_get_conditions (self->rows);
  const guint width = sonde_investigation_get_n_features (sonde_testing_mock_get_investigation (self->rows), stage);
  GByteArray *bytes = g_byte_array_new ();
  g_autoptr (GBytes) joined = NULL;

  for (guint i = 0; i < conditions->len; i++)
    {
      g_autoptr (SondeTensor) tensor = sonde_testing_mock_new_tensor (self->rows, i, layer, stage);
      gsize size;
      const guint8 *data = g_bytes_get_data (sonde_tensor_get_bytes (tensor), &size);

      g_byte_array_append (bytes, data, (guint) size);
    }
  joined = g_byte_array_free_to_bytes (bytes);
  return sonde_tensor_new (SONDE_DTYPE_F32, (gsize[]){ g_bytes_get_size (joined) / sizeof (float) / width, width }, 2, joined, NULL);
}

static gboolean
check_ids (SondeTestingModel *self,
           SondeBatch *batch,
           GError **error)
{
  for (guint s = 0; self->rows == NULL && s < sonde_batch_get_n_sequences (batch); s++)
    {
      guint n_ids;
      const gint32 *ids = sonde_batch_get_ids (batch, s, &n_ids);

      for (guint i = 0; i < n_ids; i++)
        if (ids[i] < 0 || ids[i] >= N_TOKENS)
          {
            g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, "sequence %u has the token id %d; the ids of %s are 0 to %d", s, ids[i], self->name, N_TOKENS - 1);
            return FALSE;
          }
    }
  return TRUE;
}

static gboolean
run (SondeModel *model,
     SondeBatch *batch,
     SondeSelection *selection,
     SondeSiteFunc func,
     gpointer user_data,
     GCancellable *cancellable,
     GError **error)
{
  SondeTestingModel *self = SONDE_TESTING_MODEL (model);

  if (!check_ids (self, batch, error))
    return FALSE;
  for (guint i = 0; i < self->n_layers + 1; i++)
    for (guint j = 0; j < self->sites->len; j++)
      {
        const SondeSite *site = g_ptr_array_index (self->sites, j);
        const guint layer = i < self->n_layers ? i : SONDE_NO_LAYER;
        g_autoptr (SondeTensor) tensor = NULL;

        if (!sonde_selection_has (selection, layer, site->name))
          continue;
        if (g_cancellable_set_error_if_cancelled (cancellable, error))
          return FALSE;
        tensor = self->rows != NULL ? join_rows (self, batch, layer, j) : make_tensor (self, batch, layer, j);
        if (!func (layer, site->name, tensor, user_data, error))
          return FALSE;
      }
  return TRUE;
}

static void
model_iface_init (SondeModelInterface *iface)
{
  iface->get_name = get_name;
  iface->get_n_layers = get_n_layers;
  iface->get_max_positions = get_max_positions;
  iface->dup_sites = dup_sites;
  iface->get_tokenizer = get_tokenizer;
  iface->dup_conditions = dup_conditions;
  iface->dup_stages = dup_stages;
  iface->dup_layers = dup_layers;
  iface->run = run;
}

/* ---- the tokenizer: every byte is a token ---- */

static gboolean
encode (SondeTokenizer *tokenizer,
        const char *text,
        gsize length,
        SondeTokenList *tokens,
        GError **error)
{
  for (gsize i = 0; i < length; i++)
    sonde_token_list_add (tokens, (guchar) text[i], i, i + 1);
  return TRUE;
}

static GBytes *
dup_token (SondeTokenizer *tokenizer,
           gint32 id)
{
  guchar byte = (guchar) id;

  return id < 0 || id >= N_TOKENS ? NULL : g_bytes_new (&byte, 1);
}

static guint
get_n_tokens (SondeTokenizer *tokenizer)
{
  return N_TOKENS;
}

static void
tokenizer_iface_init (SondeTokenizerInterface *iface)
{
  iface->encode = encode;
  iface->dup_token = dup_token;
  iface->get_n_tokens = get_n_tokens;
}

/* ---- the type ---- */

G_DEFINE_FINAL_TYPE_WITH_CODE (SondeTestingModel, sonde_testing_model, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL, model_iface_init) G_IMPLEMENT_INTERFACE (SONDE_TYPE_TOKENIZER, tokenizer_iface_init))

static void
sonde_testing_model_finalize (GObject *object)
{
  SondeTestingModel *self = SONDE_TESTING_MODEL (object);

  g_free (self->name);
  g_ptr_array_unref (self->sites);
  g_clear_object (&self->rows);
  G_OBJECT_CLASS (sonde_testing_model_parent_class)->finalize (object);
}

static void
sonde_testing_model_class_init (SondeTestingModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_testing_model_finalize;
}

static void
sonde_testing_model_init (SondeTestingModel *self)
{
  self->name = g_strdup ("A mock model");
  self->sites = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);
}

/**
 * sonde_testing_model_new:
 * @n_layers: how many layers it has, at least 1
 *
 * A model that runs text. It has no site before one is added, takes sequences of any length, and its numbers are random.
 *
 * Returns: (transfer full): a new model
 */
SondeTestingModel *
sonde_testing_model_new (guint n_layers)
{
  SondeTestingModel *self;

  g_return_val_if_fail (n_layers > 0, NULL);

  self = g_object_new (SONDE_TESTING_TYPE_MODEL, NULL);
  self->n_layers = n_layers;
  return self;
}

/**
 * sonde_testing_model_new_for_rows:
 * @mock: whose frames are the model's rows
 *
 * A model that brings its own rows, as a file of arrays does: the conditions, the stages, the covered layers and the numbers of
 * @mock. It has no tokenizer.
 *
 * Returns: (transfer full): a new model
 */
SondeTestingModel *
sonde_testing_model_new_for_rows (SondeTestingMock *mock)
{
  SondeTestingModel *self;
  GPtrArray *stages;

  g_return_val_if_fail (SONDE_TESTING_IS_MOCK (mock), NULL);

  self = sonde_testing_model_new (sonde_investigation_get_n_layers (sonde_testing_mock_get_investigation (mock)));
  self->rows = g_object_ref (mock);
  stages = sonde_testing_mock_get_stages (mock);
  for (guint i = 0; i < stages->len; i++)
    {
      const SondeStage *stage = g_ptr_array_index (stages, i);

      sonde_testing_model_add_site (self, stage->site, stage->formula, sonde_investigation_get_n_features (sonde_testing_mock_get_investigation (mock), i), TRUE);
    }
  return self;
}

/**
 * sonde_testing_model_set_name:
 * @self: a mock model
 * @name: what sentences call it
 */
void
sonde_testing_model_set_name (SondeTestingModel *self,
                              const char *name)
{
  g_return_if_fail (SONDE_TESTING_IS_MODEL (self) && name != NULL);

  g_free (self->name);
  self->name = g_strdup (name);
}

/**
 * sonde_testing_model_set_max_positions:
 * @self: a mock model
 * @max_positions: tokens of the longest sequence that it takes; 0: no limit
 */
void
sonde_testing_model_set_max_positions (SondeTestingModel *self,
                                       guint max_positions)
{
  g_return_if_fail (SONDE_TESTING_IS_MODEL (self));
  self->max_positions = max_positions;
}

/**
 * sonde_testing_model_set_pathology:
 * @self: a mock model that runs text
 * @pathology: what is odd about its numbers; rows are counted as positions of each sequence
 */
void
sonde_testing_model_set_pathology (SondeTestingModel *self,
                                   SondeTestingPathology pathology)
{
  g_return_if_fail (SONDE_TESTING_IS_MODEL (self) && self->rows == NULL);
  self->pathology = pathology;
}

/**
 * sonde_testing_model_add_site:
 * @self: a mock model
 * @name: what the model calls the place
 * @formula: (nullable): what it holds; %NULL: "formula of @name"
 * @n_features: the length of one row, at least 1
 * @per_layer: whether there is one in every layer
 *
 * Adds a site, behind those that it has, in the order of the data flow.
 *
 * Returns: (transfer none): the site, to add aliases to or to make it one of positions before somebody looks at it
 */
SondeSite *
sonde_testing_model_add_site (SondeTestingModel *self,
                              const char *name,
                              const char *formula,
                              guint n_features,
                              gboolean per_layer)
{
  g_autofree char *usual = NULL;

  g_return_val_if_fail (SONDE_TESTING_IS_MODEL (self) && name != NULL && n_features > 0, NULL);

  usual = g_strdup_printf ("formula of %s", name);
  g_ptr_array_add (self->sites, sonde_site_new (name, formula != NULL ? formula : usual, n_features, per_layer));
  return g_ptr_array_index (self->sites, self->sites->len - 1);
}
