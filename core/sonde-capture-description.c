#define G_LOG_DOMAIN "sonde"

#include "sonde-capture.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-checks-private.h"
#include "sonde-condition-private.h"
#include "sonde-error-private.h"
#include "sonde-json-private.h"

/* The JSON that a capture carries:
 *
 *   {"format":2, "model":TEXT, "layers":N,
 *    "stages":[{"id":…, "short-label":…, "label":…, "axis-label":…, "site":…, "formula":…, "aliases":[{"library":…, "name":…}]}],
 *    "conditions":[{"id":…, "title":…, "attributive":…, "short-title":…, "short-attributive":…, "rows":N,
 *                   "tokens":{"sequence":[…], "position":[…], "id":[…], "text":[…], "kept":[…]}}]}
 *
 * Labels that a condition does not have, and tokens where they are not known, are left out. "tokens" are the columns of tokens.csv: all
 * that ran, so that the same can run again. */

#define FORMAT 2

static const char *const label_keys[] = { "title", "attributive", "short-title", "short-attributive" }; /* by SondeLabelForm */
static const char *const stage_keys[] = { "id", "short-label", "label", "axis-label", "site", "formula" };

G_DEFINE_BOXED_TYPE (SondeCaptureDescription, sonde_capture_description, sonde_capture_description_copy, sonde_capture_description_free)

/**
 * sonde_capture_description_new:
 * @model: the name of what ran
 * @n_layers: how many layers it has
 * @stages: (element-type SondeStage): the stages, in the order of the data flow
 * @conditions: (element-type SondeCondition): the conditions
 *
 * Copies the stages; holds references to the conditions.
 *
 * Returns: (transfer full): a description that shares both lists
 */
SondeCaptureDescription *
sonde_capture_description_new (const char *model,
                               guint n_layers,
                               GPtrArray *stages,
                               GPtrArray *conditions)
{
  SondeCaptureDescription *self;

  g_return_val_if_fail (model != NULL && stages != NULL && conditions != NULL, NULL);

  self = g_new0 (SondeCaptureDescription, 1);
  self->model = g_strdup (model);
  self->n_layers = n_layers;
  self->stages = _sonde_dup_stages (stages);
  self->conditions = _sonde_dup_objects (conditions);
  return self;
}

/**
 * sonde_capture_description_get_stages:
 * @self: a description
 *
 * Gives the stages to languages that cannot reach an array in a struct.
 *
 * Returns: (transfer none) (element-type SondeStage): the stages, in the order of the data flow
 */
GPtrArray *
sonde_capture_description_get_stages (const SondeCaptureDescription *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->stages;
}

/**
 * sonde_capture_description_get_conditions:
 * @self: a description
 *
 * Gives the conditions to languages that cannot reach an array in a struct.
 *
 * Returns: (transfer none) (element-type SondeCondition): the conditions, in their order
 */
GPtrArray *
sonde_capture_description_get_conditions (const SondeCaptureDescription *self)
{
  g_return_val_if_fail (self != NULL, NULL);
  return self->conditions;
}

/**
 * sonde_capture_description_copy:
 * @self: a description
 *
 * Copies everything but the conditions, which are shared.
 *
 * Returns: (transfer full): the same again
 */
SondeCaptureDescription *
sonde_capture_description_copy (const SondeCaptureDescription *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return sonde_capture_description_new (self->model, self->n_layers, self->stages, self->conditions);
}

/**
 * sonde_capture_description_free:
 * @self: (transfer full): a description
 *
 * Frees it, and gives back its references to the lists.
 */
void
sonde_capture_description_free (SondeCaptureDescription *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->model);
  g_ptr_array_unref (self->stages);
  g_ptr_array_unref (self->conditions);
  g_free (self);
}

/* ---- to JSON ---- */

static JsonObject *
stage_to_json (const SondeStage *stage)
{
  const char *const values[] = { stage->id, stage->short_label, stage->label, stage->axis_label, stage->site, stage->formula };
  JsonObject *object = json_object_new ();
  JsonArray *aliases = json_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    json_object_set_string_member (object, stage_keys[i], values[i]);
  for (guint i = 0; i < stage->aliases->len; i++)
    {
      const SondeSiteAlias *alias = g_ptr_array_index (stage->aliases, i);
      JsonObject *entry = json_object_new ();

      json_object_set_string_member (entry, "library", alias->library);
      json_object_set_string_member (entry, "name", alias->name);
      json_array_add_object_element (aliases, entry);
    }
  json_object_set_array_member (object, "aliases", aliases);
  return object;
}

static const char *const token_keys[] = { "sequence", "position", "id", "text", "kept" };

static void
add_token (const SondeKnownToken *token,
           gpointer user_data)
{
  JsonArray **columns = user_data;

  json_array_add_int_element (columns[0], token->sequence);
  json_array_add_int_element (columns[1], token->position);
  json_array_add_int_element (columns[2], token->id);
  json_array_add_string_element (columns[3], token->text);
  json_array_add_int_element (columns[4], token->kept);
}

/* %NULL where no token is known. */
static JsonObject *
tokens_to_json (SondeCondition *condition)
{
  g_autoptr (JsonObject) tokens = json_object_new ();
  JsonArray *columns[G_N_ELEMENTS (token_keys)];

  for (guint i = 0; i < G_N_ELEMENTS (token_keys); i++)
    {
      columns[i] = json_array_new ();
      json_object_set_array_member (tokens, token_keys[i], columns[i]);
    }
  _sonde_condition_foreach_token (condition, add_token, columns);
  return json_array_get_length (columns[0]) > 0 ? g_steal_pointer (&tokens) : NULL;
}

static JsonObject *
condition_to_json (SondeCondition *condition)
{
  JsonObject *object = json_object_new ();
  JsonObject *tokens = tokens_to_json (condition);

  json_object_set_string_member (object, "id", condition->id);
  for (guint i = 0; i < G_N_ELEMENTS (label_keys); i++)
    if (condition->labels[i] != NULL)
      json_object_set_string_member (object, label_keys[i], condition->labels[i]);
  json_object_set_int_member (object, "rows", condition->n_rows);
  if (tokens != NULL)
    json_object_set_object_member (object, "tokens", tokens);
  return object;
}

/**
 * sonde_capture_description_to_json:
 * @self: a description
 *
 * Writes what sonde_capture_description_parse() reads: the text that a capture keeps beside its arrays.
 *
 * Returns: (transfer full): JSON text that sonde_capture_description_parse() reads; the same description gives the same bytes
 */
char *
sonde_capture_description_to_json (const SondeCaptureDescription *self)
{
  g_autoptr (JsonObject) root = json_object_new ();
  JsonArray *stages = json_array_new ();
  JsonArray *conditions = json_array_new ();

  g_return_val_if_fail (self != NULL, NULL);

  for (guint i = 0; i < self->stages->len; i++)
    json_array_add_object_element (stages, stage_to_json (g_ptr_array_index (self->stages, i)));
  for (guint i = 0; i < self->conditions->len; i++)
    json_array_add_object_element (conditions, condition_to_json (g_ptr_array_index (self->conditions, i)));
  json_object_set_int_member (root, "format", FORMAT);
  json_object_set_string_member (root, "model", self->model);
  json_object_set_int_member (root, "layers", self->n_layers);
  json_object_set_array_member (root, "stages", stages);
  json_object_set_array_member (root, "conditions", conditions);
  return _sonde_json_to_text (root, FALSE);
}

/* ---- from JSON ---- */

static gboolean
fail (const char *what,
      const char *key,
      const char *expected,
      GError **error)
{
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: its description says no valid “%s”: %s is expected"), what, key, expected);
  return FALSE;
}

static gboolean
node_is (JsonNode *node,
         GType type)
{
  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

static const char *
get_text (JsonObject *object,
          const char *key)
{
  JsonNode *node = json_object_get_member (object, key);
  const char *text = node_is (node, G_TYPE_STRING) ? json_node_get_string (node) : NULL;

  return text != NULL && strlen (text) <= SONDE_MAX_TEXT ? text : NULL;
}

static const char *
get_id (JsonObject *object)
{
  const char *id = get_text (object, "id");

  return id != NULL && _sonde_is_id (id) ? id : NULL;
}

static gboolean
fail_text (const char *what,
           const char *key,
           GError **error)
{
  g_autofree char *expected = NULL;

  if (g_str_equal (key, "id"))
    expected = g_strdup_printf (_ ("a word of at most %d bytes, without quotes, slashes and what cannot be printed"), SONDE_MAX_ID);
  else
    expected = g_strdup_printf (_ ("a text of at most %d bytes"), SONDE_MAX_TEXT);
  return fail (what, key, expected, error);
}

static gboolean
get_count (JsonObject *object,
           const char *key,
           guint max,
           const char *what,
           guint *count,
           GError **error)
{
  JsonNode *node = json_object_get_member (object, key);
  g_autofree char *expected = NULL;

  if (node_is (node, G_TYPE_INT64) && json_node_get_int (node) >= 1 && json_node_get_int (node) <= max)
    {
      *count = (guint) json_node_get_int (node);
      return TRUE;
    }
  expected = g_strdup_printf (_ ("a number from 1 to %u"), max);
  return fail (what, key, expected, error);
}

/* An array that holds objects only: one at least. */
static JsonArray *
get_objects (JsonObject *object,
             const char *key,
             const char *what,
             GError **error)
{
  JsonNode *node = json_object_get_member (object, key);
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  gboolean valid = array != NULL && json_array_get_length (array) > 0 && json_array_get_length (array) <= SONDE_MAX_DESCRIBED;
  g_autofree char *expected = NULL;

  for (guint i = 0; valid && i < json_array_get_length (array); i++)
    valid = JSON_NODE_HOLDS_OBJECT (json_array_get_element (array, i));
  if (valid)
    return array;
  expected = g_strdup_printf (_ ("an array of 1 to %d objects"), SONDE_MAX_DESCRIBED);
  fail (what, key, expected, error);
  return NULL;
}

static gboolean
parse_aliases (JsonObject *object,
               const char *what,
               SondeStage *stage,
               GError **error)
{
  JsonNode *node = json_object_get_member (object, "aliases");
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  const guint n = array != NULL ? json_array_get_length (array) : 0;

  for (guint i = 0; i < n; i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      JsonObject *entry = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;
      const char *library = entry != NULL ? get_text (entry, "library") : NULL;
      const char *name = entry != NULL ? get_text (entry, "name") : NULL;

      if (library == NULL || name == NULL || n > SONDE_MAX_ALIASES)
        {
          g_autofree char *expected = g_strdup_printf (_ ("an array of at most %d objects of library and name"), SONDE_MAX_ALIASES);

          return fail (what, "aliases", expected, error);
        }
      sonde_stage_add_alias (stage, library, name);
    }
  return TRUE;
}

static gboolean
parse_stage (JsonObject *object,
             const char *what,
             GPtrArray *stages,
             GError **error)
{
  const char *values[G_N_ELEMENTS (stage_keys)];
  g_autoptr (SondeStage) stage = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (stage_keys); i++)
    {
      values[i] = i == 0 ? get_id (object) : get_text (object, stage_keys[i]);
      if (values[i] == NULL)
        return fail_text (what, stage_keys[i], error);
    }
  stage = sonde_stage_new (values[0], values[1], values[2], values[3], values[4], values[5]);
  if (!parse_aliases (object, what, stage, error))
    return FALSE;
  g_ptr_array_add (stages, g_steal_pointer (&stage));
  return TRUE;
}

/* @length 0: the first column says how long all are. */
static JsonArray *
get_column (JsonObject *tokens,
            const char *key,
            guint length,
            GType type,
            gint64 least)
{
  JsonNode *node = json_object_get_member (tokens, key);
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL || json_array_get_length (array) == 0 || (length > 0 && json_array_get_length (array) != length))
    return NULL;
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (!node_is (element, type))
        return NULL;
      if (type == G_TYPE_INT64 && (json_node_get_int (element) < least || json_node_get_int (element) > G_MAXINT))
        return NULL;
    }
  return array;
}

static gboolean
parse_tokens (JsonObject *object,
              const char *what,
              SondeCondition *condition,
              GError **error)
{
  JsonNode *node = json_object_get_member (object, "tokens");
  JsonObject *tokens = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonArray *columns[G_N_ELEMENTS (token_keys)];
  guint n = 0;

  if (node == NULL)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (token_keys); i++)
    {
      columns[i] = tokens != NULL ? get_column (tokens, token_keys[i], n, i == 3 ? G_TYPE_STRING : G_TYPE_INT64, i == 2 ? -1 : 0) : NULL;
      if (columns[i] == NULL)
        return fail (what, "tokens", _ ("equally many of sequence, position, id, text and kept"), error);
      n = json_array_get_length (columns[0]);
    }
  for (guint i = 0; i < n; i++)
    if (!sonde_condition_add_token (condition,
                                    (guint) json_array_get_int_element (columns[0], i),
                                    (guint) json_array_get_int_element (columns[1], i),
                                    (gint32) json_array_get_int_element (columns[2], i),
                                    json_array_get_string_element (columns[3], i),
                                    json_array_get_int_element (columns[4], i) != 0))
      return fail (what, "tokens", _ ("sequences and positions in ascending order, and as many kept ones as there are rows"), error);
  return condition->known_rows->len == condition->n_rows || fail (what, "tokens", _ ("as many kept ones as there are rows"), error);
}

static gboolean
parse_condition (JsonObject *object,
                 const char *what,
                 GPtrArray *conditions,
                 GError **error)
{
  g_autoptr (SondeCondition) condition = NULL;
  const char *id = get_id (object);
  guint n_rows;

  if (id == NULL)
    return fail_text (what, "id", error);
  if (!get_count (object, "rows", SONDE_MAX_ROWS, what, &n_rows, error))
    return FALSE;
  condition = sonde_condition_new_plain (id, n_rows);
  for (guint i = 0; i < G_N_ELEMENTS (label_keys); i++)
    {
      condition->labels[i] = g_strdup (get_text (object, label_keys[i]));
      if (condition->labels[i] == NULL && json_object_has_member (object, label_keys[i]))
        return fail_text (what, label_keys[i], error);
    }
  if (!parse_tokens (object, what, condition, error))
    return FALSE;
  g_ptr_array_add (conditions, g_steal_pointer (&condition));
  return TRUE;
}

/* Adds those of the last stage. */
static gboolean
count_aliases (GPtrArray *stages,
               const char *what,
               guint *n_aliases,
               GError **error)
{
  const SondeStage *stage = g_ptr_array_index (stages, stages->len - 1);
  g_autofree char *expected = NULL;

  *n_aliases += stage->aliases->len;
  if (*n_aliases <= SONDE_MAX_ALL_ALIASES)
    return TRUE;
  expected = g_strdup_printf (_ ("at most %d objects of all stages together"), SONDE_MAX_ALL_ALIASES);
  return fail (what, "aliases", expected, error);
}

static gboolean
parse_root (JsonObject *root,
            const char *what,
            SondeCaptureDescription *self,
            GError **error)
{
  guint format;
  guint n_aliases = 0;
  JsonArray *stages;
  JsonArray *conditions;

  if (!get_count (root, "format", G_MAXINT, what, &format, error))
    return FALSE;
  if (format != FORMAT)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s: its description has format %u, and this sonde reads format %d: capture it again"), what, format, FORMAT);
      return FALSE;
    }
  if (!get_count (root, "layers", SONDE_MAX_LAYERS, what, &self->n_layers, error))
    return FALSE;
  self->model = g_strdup (get_text (root, "model"));
  if (self->model == NULL)
    return fail_text (what, "model", error);
  stages = get_objects (root, "stages", what, error);
  conditions = stages != NULL ? get_objects (root, "conditions", what, error) : NULL;
  if (conditions == NULL)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (stages); i++)
    if (!parse_stage (json_array_get_object_element (stages, i), what, self->stages, error) || !count_aliases (self->stages, what, &n_aliases, error))
      return FALSE;
  for (guint i = 0; i < json_array_get_length (conditions); i++)
    if (!parse_condition (json_array_get_object_element (conditions, i), what, self->conditions, error))
      return FALSE;
  return TRUE;
}

/**
 * sonde_capture_description_parse:
 * @text: what a capture says of itself
 * @what: names the capture in messages
 * @error: return location for an error
 *
 * Whether the arrays are those that it speaks of is for the caller to see.
 *
 * Returns: (transfer full): the description; or %NULL with %SONDE_ERROR_FORMAT
 */
SondeCaptureDescription *
sonde_capture_description_parse (const char *text,
                                 const char *what,
                                 GError **error)
{
  g_autoptr (SondeCaptureDescription) self = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *name = NULL;

  g_return_val_if_fail (text != NULL && what != NULL, NULL);

  name = g_strdup_printf (_ ("the description in %s"), what);
  bytes = g_bytes_new_static (text, strlen (text));
  root = _sonde_json_parse_object (bytes, name, error);
  if (root == NULL)
    return NULL;
  self = g_new0 (SondeCaptureDescription, 1);
  self->stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  self->conditions = g_ptr_array_new_with_free_func (g_object_unref);
  if (parse_root (json_node_get_object (root), what, self, error))
    return g_steal_pointer (&self);
  _sonde_error_make_line (error);
  return NULL;
}
