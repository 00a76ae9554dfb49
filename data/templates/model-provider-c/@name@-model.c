#define G_LOG_DOMAIN "@name@"

#include "@name@-model.h"

#include <math.h>

/* The model: layers of features that are waves of the bytes read so far. It stands in for yours until you have put it here. */
struct _@Type@Model
{
  GObject parent_instance;
  char *path;
  char *name;
  guint n_layers;
  guint n_features;
};

static const char *
get_name (SondeModel *model)
{
  return @TYPE@_MODEL (model)->name;
}

static guint
get_n_layers (SondeModel *model)
{
  return @TYPE@_MODEL (model)->n_layers;
}

/* Where a tensor can be read in every layer, in the order of the data flow, each with what it holds. */
static GPtrArray *
dup_sites (SondeModel *model)
{
  guint n_features = @TYPE@_MODEL (model)->n_features;
  GPtrArray *sites = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);

  g_ptr_array_add (sites, sonde_site_new ("block.input", "wave of this layer", n_features, TRUE));
  g_ptr_array_add (sites, sonde_site_new ("block", "wave of the next layer", n_features, TRUE));
  return sites;
}

/* The model cuts its own text, see below. */
static SondeTokenizer *
get_tokenizer (SondeModel *model)
{
  return SONDE_TOKENIZER (model);
}

/* The files whose checksums go into the provenance. */
static void
foreach_file (SondeModel *model, SondeModelFileFunc func, gpointer user_data)
{
  func ("config", @TYPE@_MODEL (model)->path, user_data);
}

/* wave [feature] = sin ((feature + 1) (wave + 1) Σ of the ids up to the row's position): the kept rows, sequence after sequence. */
static SondeTensor *
compute (SondeBatch *batch, guint wave, guint n_features)
{
  gsize n_rows = sonde_batch_get_n_rows (batch), n_values = n_rows * n_features;
  float *rows = g_new (float, n_values), *next = rows;

  for (guint s = 0; s < sonde_batch_get_n_sequences (batch); s++)
    {
      guint n_ids, n_kept, position = 0;
      const gint32 *ids = sonde_batch_get_ids (batch, s, &n_ids);
      const guint *kept = sonde_batch_get_kept (batch, s, &n_kept);
      double sum = 0;

      for (guint i = 0; i < n_kept; i++)
        {
          while (position <= kept[i])
            sum += ids[position++];
          for (guint f = 0; f < n_features; f++)
            *next++ = sin ((f + 1.) * (wave + 1.) * sum);
        }
    }
  return sonde_tensor_new_take_f32 (rows, n_rows, n_features);
}

/* What the tokenizer below does not have cannot be read. */
static gboolean
check_ids (SondeBatch *batch, GError **error)
{
  for (guint s = 0; s < sonde_batch_get_n_sequences (batch); s++)
    {
      guint n_ids;
      const gint32 *ids = sonde_batch_get_ids (batch, s, &n_ids);

      for (guint i = 0; i < n_ids; i++)
        if (ids[i] < 0 || ids[i] > 255)
          {
            g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, "sequence %u has the token id %d, which is no byte", s, ids[i]);
            return FALSE;
          }
    }
  return TRUE;
}

/* Gives each wanted site as soon as it is there, and computes nothing that nobody reads. */
static gboolean
run (SondeModel *model, SondeBatch *batch, SondeSelection *selection, SondeSiteFunc func, gpointer user_data, GCancellable *cancellable, GError **error)
{
  const char *const sites[] = { "block.input", "block" };
  @Type@Model *self = @TYPE@_MODEL (model);

  if (!check_ids (batch, error))
    return FALSE;
  for (guint layer = 0; layer < self->n_layers; layer++)
    for (guint i = 0; i < G_N_ELEMENTS (sites); i++)
      {
        g_autoptr (SondeTensor) tensor = NULL;

        if (!sonde_selection_has (selection, layer, sites[i]))
          continue;
        tensor = compute (batch, layer + i, self->n_features);
        if (g_cancellable_set_error_if_cancelled (cancellable, error) || !func (layer, sites[i], tensor, user_data, error))
          return FALSE;
      }
  return TRUE;
}

static void
model_iface_init (SondeModelInterface *iface)
{
  iface->get_name = get_name;
  iface->get_n_layers = get_n_layers;
  iface->dup_sites = dup_sites;
  iface->get_tokenizer = get_tokenizer;
  iface->foreach_file = foreach_file;
  iface->run = run;
}

/* Every byte is a token. */
static gboolean
encode (SondeTokenizer *tokenizer, const char *text, gsize length, SondeTokenList *tokens, GError **error)
{
  for (gsize i = 0; i < length; i++)
    sonde_token_list_add (tokens, (guchar) text[i], i, i + 1);
  return TRUE;
}

static GBytes *
dup_token (SondeTokenizer *tokenizer, gint32 id)
{
  guchar byte = (guchar) id;

  return id < 0 || id > 255 ? NULL : g_bytes_new (&byte, 1);
}

static guint
get_n_tokens (SondeTokenizer *tokenizer)
{
  return 256;
}

static void
tokenizer_iface_init (SondeTokenizerInterface *iface)
{
  iface->encode = encode;
  iface->dup_token = dup_token;
  iface->get_n_tokens = get_n_tokens;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (@Type@Model, @type@_model, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL, model_iface_init)
                               G_IMPLEMENT_INTERFACE (SONDE_TYPE_TOKENIZER, tokenizer_iface_init))

static void
finalize (GObject *object)
{
  g_free (@TYPE@_MODEL (object)->path);
  g_free (@TYPE@_MODEL (object)->name);
  G_OBJECT_CLASS (@type@_model_parent_class)->finalize (object);
}

static void
@type@_model_class_init (@Type@ModelClass *class)
{
  G_OBJECT_CLASS (class)->finalize = finalize;
}

static void
@type@_model_init (@Type@Model *self)
{
}

SondeModel *
@type@_model_new (const char *path, guint n_layers, guint n_features)
{
  @Type@Model *self = g_object_new (@TYPE@_TYPE_MODEL, NULL);

  self->path = g_strdup (path);
  self->name = g_strdup_printf ("Waves, %u layers, %u features", n_layers, n_features);
  self->n_layers = n_layers;
  self->n_features = n_features;
  return SONDE_MODEL (self);
}
