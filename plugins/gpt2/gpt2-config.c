#define G_LOG_DOMAIN "gpt2"

#include "gpt2-config.h"

#include <inttypes.h>
#include <math.h>

#include <glib/gi18n-lib.h>

#include "gpt2-file.h"
#include "gpt2-json.h"
#include "gpt2-limits.h"
#include "sonde.h"

/* The members of config.json by name, and its path for messages. */
typedef struct
{
  const char *path;
  GHashTable *values; /* of char * to Gpt2JsonValue * */
} Document;

static void
value_free (gpointer data)
{
  Gpt2JsonValue *value = data;

  g_free ((char *) value->string);
  g_free (value);
}

static gboolean
add_value (const char *name,
           gsize length,
           const Gpt2JsonValue *value,
           guint line,
           gpointer user_data,
           GError **error)
{
  Document *document = user_data;
  Gpt2JsonValue *copy;

  if (g_hash_table_size (document->values) == GPT2_MAX_CONFIG_MEMBERS)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: more than %d settings found, about forty expected: is it a model's configuration?"), document->path, line, GPT2_MAX_CONFIG_MEMBERS);
      return FALSE;
    }
  copy = g_memdup2 (value, sizeof *value);
  copy->string = g_strdup (value->string);
  if (g_hash_table_insert (document->values, g_strdup (name), copy))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s, line %u: “%s” found a second time: remove one of them"), document->path, line, name);
  return FALSE;
}

static GHashTable *
read_document (const char *path, GError **error)
{
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, value_free);
  Document document = { .path = path, .values = values };
  g_autofree char *data = NULL;
  gsize length;

  if (!gpt2_file_read (path, GPT2_MAX_CONFIG_BYTES, &data, &length, error))
    return NULL;
  if (!gpt2_json_foreach_member (data, length, path, add_value, &document, error))
    return NULL;
  return g_steal_pointer (&values);
}

/* The value called @name; NULL where it is missing or null. */
static const Gpt2JsonValue *
find_value (const Document *document, const char *name)
{
  const Gpt2JsonValue *value = g_hash_table_lookup (document->values, name);

  return value && value->kind != GPT2_JSON_NULL ? value : NULL;
}

/* A whole number from 1 to @max. Where it is missing or null: @fallback, or, if that is 0, an error. */
static gboolean
get_count (const Document *document,
           const char *name,
           guint max,
           guint fallback,
           guint *count,
           GError **error)
{
  const Gpt2JsonValue *value = find_value (document, name);

  *count = fallback;
  if (!value && fallback > 0)
    return TRUE;
  if (!value || value->kind != GPT2_JSON_INTEGER)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: %s found for “%s”, a whole number expected"), document->path, value ? gpt2_json_kind_to_string (value->kind) : _ ("nothing"), name);
      return FALSE;
    }
  if (value->integer < 1 || value->integer > max)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("%s: “%s” is %" PRId64 ", from 1 to %u expected"), document->path, name, value->integer, max);
      return FALSE;
    }
  *count = (guint) value->integer;
  return TRUE;
}

static gboolean
get_flag (const Document *document,
          const char *name,
          gboolean fallback,
          gboolean *flag,
          GError **error)
{
  const Gpt2JsonValue *value = find_value (document, name);

  *flag = value ? value->boolean : fallback;
  if (!value || value->kind == GPT2_JSON_BOOLEAN)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: %s found for “%s”, true or false expected"), document->path, gpt2_json_kind_to_string (value->kind), name);
  return FALSE;
}

static gboolean
get_epsilon (const Document *document, float *epsilon, GError **error)
{
  const Gpt2JsonValue *value = find_value (document, "layer_norm_epsilon");

  *epsilon = value ? (float) value->number : 1e-5f;
  if (!value || ((value->kind == GPT2_JSON_NUMBER || value->kind == GPT2_JSON_INTEGER) && *epsilon > 0 && value->number <= 1))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("%s: “layer_norm_epsilon” is %g, a number above 0 and up to 1 expected"), document->path, value->number);
  return FALSE;
}

static gboolean
get_activation (const Document *document,
                Gpt2Config *config,
                GError **error)
{
  static const struct
  {
    const char *name;
    Gpt2Activation activation;
  } known[] = { { "gelu_new", GPT2_GELU_NEW }, { "gelu_pytorch_tanh", GPT2_GELU_NEW }, { "gelu", GPT2_GELU_ERF }, { "relu", GPT2_RELU } };
  const Gpt2JsonValue *value = find_value (document, "activation_function");
  const char *name = value ? value->string : "gelu_new";

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_strcmp0 (name, known[i].name) == 0)
      {
        config->activation = known[i].activation;
        config->activation_name = known[i].name;
        return TRUE;
      }
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s: “activation_function” is %s, one of gelu_new, gelu_pytorch_tanh, gelu and relu expected"), document->path, name ? name : gpt2_json_kind_to_string (value->kind));
  return FALSE;
}

static gboolean
check_family (const Document *document, GError **error)
{
  const Gpt2JsonValue *value = find_value (document, "model_type");

  if (!value || !value->string)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s does not say the model's family: “model_type”: “gpt2” expected"), document->path);
      return FALSE;
    }
  if (g_str_equal (value->string, "gpt2"))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s describes a model of the family “%s”, “gpt2” expected"), document->path, value->string);
  return FALSE;
}

static gboolean
get_sizes (const Document *document, Gpt2Config *config, GError **error)
{
  /* The oldest files say n_ctx only. */
  const char *positions = !find_value (document, "n_positions") && find_value (document, "n_ctx") ? "n_ctx" : "n_positions";

  if (!get_count (document, "n_layer", GPT2_MAX_LAYERS, 0, &config->n_layers, error) || !get_count (document, "n_head", GPT2_MAX_FEATURES, 0, &config->n_heads, error) || !get_count (document, "n_embd", GPT2_MAX_FEATURES, 0, &config->n_features, error) || !get_count (document, "n_inner", GPT2_MAX_INNER, 4 * config->n_features, &config->n_inner, error) || !get_count (document, positions, GPT2_MAX_POSITIONS, 0, &config->n_positions, error) || !get_count (document, "vocab_size", GPT2_MAX_VOCABULARY, 0, &config->n_vocabulary, error))
    return FALSE;
  if (config->n_features % config->n_heads == 0)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("%s: “n_embd” is %u and “n_head” is %u, a multiple of the heads expected"), document->path, config->n_features, config->n_heads);
  return FALSE;
}

/* “reorder_and_upcast_attn” is read, to know that it is true or false, and changes nothing here: it makes the reference scale
 * the product of queries and keys inside the multiplication, in float32, instead of after it in the model's own type. This
 * plugin computes everything in float32 and scales inside the multiplication always. */
static gboolean
get_switches (const Document *document,
              Gpt2Config *config,
              GError **error)
{
  gboolean upcast, cross;

  if (!get_flag (document, "tie_word_embeddings", TRUE, &config->tied, error) || !get_flag (document, "scale_attn_weights", TRUE, &config->scale_by_size, error) || !get_flag (document, "scale_attn_by_inverse_layer_idx", FALSE, &config->scale_by_layer, error) || !get_flag (document, "reorder_and_upcast_attn", FALSE, &upcast, error) || !get_flag (document, "add_cross_attention", FALSE, &cross, error))
    return FALSE;
  if (!cross)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s: “add_cross_attention” is true, false expected: layers that look at a second model are not supported"), document->path);
  return FALSE;
}

gboolean
gpt2_config_load (const char *path, Gpt2Config *config, GError **error)
{
  g_autoptr (GHashTable) values = read_document (path, error);
  Document document = { .path = path, .values = values };

  *config = (Gpt2Config){ 0 };
  return values && check_family (&document, error) && get_sizes (&document, config, error) && get_epsilon (&document, &config->epsilon, error) && get_activation (&document, config, error) && get_switches (&document, config, error);
}

gboolean
gpt2_config_check_family (const char *path, GError **error)
{
  g_autoptr (GHashTable) values = read_document (path, error);
  Document document = { .path = path, .values = values };

  return values && check_family (&document, error);
}
