#include <string.h>

#include <sonde-plugin.h>

/* A provider with one fault, which the build chooses: BAD_FAULT is a word of this list and BAD_TYPE how names of its classes begin.
 * It opens files that are called like its module and hold "model", as a model of two layers whose rows follow from the token ids. */
typedef enum
{
  OPEN_BOTH,
  OPEN_NEITHER,
  NOT_A_MODEL,
  NO_LAYERS,
  NO_REASON,
  OPENS_ANYTHING,
  SAME_SITES,
  NO_FORMULA,
  MISSING_FILE,
  WRONG_SHAPE,
  TWICE,
  UNASKED,
  NOTHING,
  GOES_ON,
  HIDES_REFUSAL,
  IGNORES_CANCEL,
  UNEQUAL,
  SEES_OTHERS,
  TAKES_ANY_ID,
  LOSES_TEXT,
} Fault;

static const Fault fault = BAD_FAULT;

typedef struct
{
  GObject parent_instance;
} BadObject;

typedef struct
{
  GObjectClass parent_class;
} BadObjectClass;

/* ---- the model, which is its own tokenizer ---- */

static const char *
get_name (SondeModel *model)
{
  return "A model of " BAD_MODULE;
}

static guint
get_n_layers (SondeModel *model)
{
  return fault == NO_LAYERS ? 0 : 2;
}

static GPtrArray *
dup_sites (SondeModel *model)
{
  GPtrArray *sites = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);

  g_ptr_array_add (sites, sonde_site_new ("in", fault == NO_FORMULA ? "" : "x", 3, TRUE));
  g_ptr_array_add (sites, sonde_site_new (fault == SAME_SITES ? "in" : "out", "x", 3, TRUE));
  return sites;
}

static SondeTokenizer *
get_tokenizer (SondeModel *model)
{
  return SONDE_TOKENIZER (model);
}

static void
foreach_file (SondeModel *model, SondeModelFileFunc func, gpointer user_data)
{
  if (fault == MISSING_FILE)
    func ("weights", "/no/such/file", user_data);
}

static SondeTensor *
compute (SondeBatch *batch, guint layer)
{
  static guint n_calls;
  const guint n_rows = sonde_batch_get_n_rows (batch), width = fault == WRONG_SHAPE ? 4 : 3;
  float *values = g_new0 (float, n_rows *width), *next = values;

  n_calls++;
  for (guint s = 0; s < sonde_batch_get_n_sequences (batch); s++)
    {
      guint n_ids, n_kept;
      const gint32 *ids = sonde_batch_get_ids (batch, s, &n_ids);
      const guint *kept = sonde_batch_get_kept (batch, s, &n_kept);

      for (guint k = 0; k < n_kept; k++, next += width)
        for (guint i = 0; i < width; i++)
          next[i] = (float) (ids[kept[k]] + layer + i + (fault == UNEQUAL ? n_calls : 0) + (fault == SEES_OTHERS ? 10 * sonde_batch_get_n_sequences (batch) : 0));
    }
  return sonde_tensor_new_take_f32 (values, n_rows, width);
}

static gboolean
check_ids (SondeBatch *batch, GError **error)
{
  for (guint s = 0; s < sonde_batch_get_n_sequences (batch) && fault != TAKES_ANY_ID; s++)
    {
      guint n_ids;
      const gint32 *ids = sonde_batch_get_ids (batch, s, &n_ids);

      for (guint i = 0; i < n_ids; i++)
        if (ids[i] < 0 || ids[i] > 255)
          {
            g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, "the token id %d is none from 0 to 255", ids[i]);
            return FALSE;
          }
    }
  return TRUE;
}

static gboolean
give (guint layer, const char *site, SondeBatch *batch, SondeSiteFunc func, gpointer user_data, GError **error)
{
  g_autoptr (SondeTensor) tensor = compute (batch, layer);

  if (fault == GOES_ON)
    {
      g_autoptr (GError) ignored = NULL;

      func (layer, site, tensor, user_data, &ignored);
      return TRUE;
    }
  if (!func (layer, site, tensor, user_data, fault == HIDES_REFUSAL ? NULL : error))
    return fault == HIDES_REFUSAL;
  return fault != TWICE || func (layer, site, tensor, user_data, error);
}

static gboolean
run (SondeModel *model, SondeBatch *batch, SondeSelection *selection, SondeSiteFunc func, gpointer user_data, GCancellable *cancellable, GError **error)
{
  static const char *const sites[] = { "in", "out" };

  if (!check_ids (batch, error))
    return FALSE;
  for (guint layer = 0; layer < 2 && fault != NOTHING; layer++)
    for (guint i = 0; i < G_N_ELEMENTS (sites); i++)
      {
        if (!sonde_selection_has (selection, layer, sites[i]) && fault != UNASKED)
          continue;
        if (fault != IGNORES_CANCEL && g_cancellable_set_error_if_cancelled (cancellable, error))
          return FALSE;
        if (!give (layer, sites[i], batch, func, user_data, error))
          return FALSE;
      }
  return TRUE;
}

static void
model_iface_init (gpointer interface, gpointer data)
{
  SondeModelInterface *iface = interface;

  iface->get_name = get_name;
  iface->get_n_layers = get_n_layers;
  iface->dup_sites = dup_sites;
  iface->get_tokenizer = get_tokenizer;
  iface->foreach_file = foreach_file;
  iface->run = run;
}

static gboolean
encode (SondeTokenizer *tokenizer, const char *text, gsize length, SondeTokenList *tokens, GError **error)
{
  for (gsize i = 0; i < length; i++)
    sonde_token_list_add (tokens, fault == LOSES_TEXT && text[i] == ' ' ? '_' : (guchar) text[i], i, i + 1);
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
tokenizer_iface_init (gpointer interface, gpointer data)
{
  SondeTokenizerInterface *iface = interface;

  iface->encode = encode;
  iface->dup_token = dup_token;
  iface->get_n_tokens = get_n_tokens;
}

static GType
get_model_type (void)
{
  static GType type;

  if (type == 0)
    {
      const GInterfaceInfo model = { model_iface_init, NULL, NULL };
      const GInterfaceInfo tokenizer = { tokenizer_iface_init, NULL, NULL };

      type = g_type_register_static_simple (G_TYPE_OBJECT, BAD_TYPE "Model", sizeof (BadObjectClass), NULL, sizeof (BadObject), NULL, 0);
      g_type_add_interface_static (type, SONDE_TYPE_MODEL, &model);
      g_type_add_interface_static (type, SONDE_TYPE_TOKENIZER, &tokenizer);
    }
  return type;
}

/* ---- the provider ---- */

static guint
probe (SondeModelProvider *provider, const char *path, char **reason)
{
  if (g_str_has_suffix (path, "." BAD_MODULE))
    return 90;
  if (fault != NO_REASON)
    *reason = g_strdup ("its name does not end in ." BAD_MODULE);
  return 0;
}

static SondeModel *
open_model (SondeModelProvider *provider, const char *path, GCancellable *cancellable, GError **error)
{
  g_autofree char *text = NULL;

  if (!g_file_get_contents (path, &text, NULL, fault == OPENS_ANYTHING ? NULL : error) && fault != OPENS_ANYTHING)
    return NULL;
  if (fault == OPEN_NEITHER)
    return NULL;
  if (fault != OPENS_ANYTHING && !g_str_has_prefix (text, "model"))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, "“%s” does not begin with “model”", path);
      return NULL;
    }
  if (fault == OPEN_BOTH)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, "there is something wrong with “%s”", path);
  return g_object_new (fault == NOT_A_MODEL ? G_TYPE_CANCELLABLE : get_model_type (), NULL);
}

static void
iface_init (gpointer interface, gpointer data)
{
  SondeModelProviderInterface *iface = interface;

  iface->probe = probe;
  iface->open = open_model;
}

SONDE_PLUGIN_EXPORT_API

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);
void
peas_register_types (PeasObjectModule *module)
{
  const GInterfaceInfo info = { iface_init, NULL, NULL };
  GType type = g_type_register_static_simple (G_TYPE_OBJECT, BAD_TYPE, sizeof (BadObjectClass), NULL, sizeof (BadObject), NULL, 0);

  g_type_add_interface_static (type, SONDE_TYPE_MODEL_PROVIDER, &info);
  peas_object_module_register_extension_type (module, SONDE_TYPE_MODEL_PROVIDER, type);
}
