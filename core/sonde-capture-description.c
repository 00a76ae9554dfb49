#define G_LOG_DOMAIN "sonde"

#include "sonde-capture.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-condition-private.h"
#include "sonde-error.h"
#include "sonde-json-private.h"

/* The JSON that a capture carries:
 *
 *   {"format":1, "model":TEXT, "layers":N,
 *    "stages":[{"id":…, "short-label":…, "label":…, "axis-label":…, "site":…, "formula":…}],
 *    "conditions":[{"id":…, "title":…, "attributive":…, "short-title":…, "short-attributive":…, "rows":N,
 *                   "origins":{"sequence":[…], "position":[…], "token-id":[…], "text":[…]}}]}
 *
 * Labels that a condition does not have, and origins of rows that have none, are left out. */

#define FORMAT 1
#define MAX_LAYERS 10000
#define MAX_ROWS G_MAXINT

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
  self->stages = g_ptr_array_ref (stages);
  self->conditions = g_ptr_array_ref (conditions);
  return self;
}

/**
 * sonde_capture_description_copy:
 * @self: a description
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

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    json_object_set_string_member (object, stage_keys[i], values[i]);
  return object;
}

/* NULL where the origin of a row is not known. */
static JsonObject *
origins_to_json (SondeCondition *condition)
{
  g_autoptr (JsonObject) origins = json_object_new ();
  JsonArray *sequences = json_array_new ();
  JsonArray *positions = json_array_new ();
  JsonArray *ids = json_array_new ();
  JsonArray *texts = json_array_new ();

  json_object_set_array_member (origins, "sequence", sequences);
  json_object_set_array_member (origins, "position", positions);
  json_object_set_array_member (origins, "token-id", ids);
  json_object_set_array_member (origins, "text", texts);
  for (guint row = 0; row < condition->n_rows; row++)
    {
      guint sequence;
      guint position;
      gint32 id;
      g_autofree char *text = NULL;

      if (!sonde_condition_get_row_origin (condition, row, &sequence, &position, &id, &text))
        return NULL;
      json_array_add_int_element (sequences, sequence);
      json_array_add_int_element (positions, position);
      json_array_add_int_element (ids, id);
      json_array_add_string_element (texts, text);
    }
  return g_steal_pointer (&origins);
}

static JsonObject *
condition_to_json (SondeCondition *condition)
{
  JsonObject *object = json_object_new ();
  JsonObject *origins = origins_to_json (condition);

  json_object_set_string_member (object, "id", condition->id);
  for (guint i = 0; i < G_N_ELEMENTS (label_keys); i++)
    if (condition->labels[i] != NULL)
      json_object_set_string_member (object, label_keys[i], condition->labels[i]);
  json_object_set_int_member (object, "rows", condition->n_rows);
  if (origins != NULL)
    json_object_set_object_member (object, "origins", origins);
  return object;
}

/**
 * sonde_capture_description_to_json:
 * @self: a description
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

  return node_is (node, G_TYPE_STRING) ? json_node_get_string (node) : NULL;
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

/* An array that is not empty and holds objects only. */
static JsonArray *
get_objects (JsonObject *object,
             const char *key,
             const char *what,
             GError **error)
{
  JsonNode *node = json_object_get_member (object, key);
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  gboolean valid = array != NULL && json_array_get_length (array) > 0;

  for (guint i = 0; valid && i < json_array_get_length (array); i++)
    valid = JSON_NODE_HOLDS_OBJECT (json_array_get_element (array, i));
  if (valid)
    return array;
  fail (what, key, _ ("an array of objects"), error);
  return NULL;
}

static gboolean
parse_stage (JsonObject *object,
             const char *what,
             GPtrArray *stages,
             GError **error)
{
  const char *values[G_N_ELEMENTS (stage_keys)];

  for (guint i = 0; i < G_N_ELEMENTS (stage_keys); i++)
    {
      values[i] = get_text (object, stage_keys[i]);
      if (values[i] == NULL)
        return fail (what, stage_keys[i], _ ("a text"), error);
    }
  g_ptr_array_add (stages, sonde_stage_new (values[0], values[1], values[2], values[3], values[4], values[5]));
  return TRUE;
}

static JsonArray *
get_column (JsonObject *origins,
            const char *key,
            guint n_rows,
            GType type)
{
  JsonNode *node = json_object_get_member (origins, key);
  JsonArray *array = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (array == NULL || json_array_get_length (array) != n_rows)
    return NULL;
  for (guint i = 0; i < n_rows; i++)
    {
      JsonNode *element = json_array_get_element (array, i);

      if (!node_is (element, type))
        return NULL;
      if (type == G_TYPE_INT64 && (json_node_get_int (element) < 0 || json_node_get_int (element) > G_MAXINT))
        return NULL;
    }
  return array;
}

static gboolean
parse_origins (JsonObject *object,
               const char *what,
               SondeCondition *condition,
               GError **error)
{
  JsonNode *node = json_object_get_member (object, "origins");
  JsonObject *origins = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonArray *sequences;
  JsonArray *positions;
  JsonArray *ids;
  JsonArray *texts;

  if (node == NULL)
    return TRUE;
  sequences = origins != NULL ? get_column (origins, "sequence", condition->n_rows, G_TYPE_INT64) : NULL;
  positions = origins != NULL ? get_column (origins, "position", condition->n_rows, G_TYPE_INT64) : NULL;
  ids = origins != NULL ? get_column (origins, "token-id", condition->n_rows, G_TYPE_INT64) : NULL;
  texts = origins != NULL ? get_column (origins, "text", condition->n_rows, G_TYPE_STRING) : NULL;
  if (sequences == NULL || positions == NULL || ids == NULL || texts == NULL)
    return fail (what, "origins", _ ("sequence, position, token-id and text of every row"), error);
  for (guint row = 0; row < condition->n_rows; row++)
    sonde_condition_set_row_origin (condition, row,
                                    (guint) json_array_get_int_element (sequences, row),
                                    (guint) json_array_get_int_element (positions, row),
                                    (gint32) json_array_get_int_element (ids, row),
                                    json_array_get_string_element (texts, row));
  return TRUE;
}

static gboolean
parse_condition (JsonObject *object,
                 const char *what,
                 GPtrArray *conditions,
                 GError **error)
{
  g_autoptr (SondeCondition) condition = NULL;
  const char *id = get_text (object, "id");
  guint n_rows;

  if (id == NULL)
    return fail (what, "id", _ ("a text"), error);
  if (!get_count (object, "rows", MAX_ROWS, what, &n_rows, error))
    return FALSE;
  condition = sonde_condition_new_plain (id, n_rows);
  for (guint i = 0; i < G_N_ELEMENTS (label_keys); i++)
    condition->labels[i] = g_strdup (get_text (object, label_keys[i]));
  if (!parse_origins (object, what, condition, error))
    return FALSE;
  g_ptr_array_add (conditions, g_steal_pointer (&condition));
  return TRUE;
}

static gboolean
parse_root (JsonObject *root,
            const char *what,
            SondeCaptureDescription *self,
            GError **error)
{
  guint format;
  JsonArray *stages;
  JsonArray *conditions;

  if (!get_count (root, "format", FORMAT, what, &format, error) || !get_count (root, "layers", MAX_LAYERS, what, &self->n_layers, error))
    return FALSE;
  self->model = g_strdup (get_text (root, "model"));
  if (self->model == NULL)
    return fail (what, "model", _ ("a text"), error);
  stages = get_objects (root, "stages", what, error);
  conditions = stages != NULL ? get_objects (root, "conditions", what, error) : NULL;
  if (conditions == NULL)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (stages); i++)
    if (!parse_stage (json_array_get_object_element (stages, i), what, self->stages, error))
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
  return parse_root (json_node_get_object (root), what, self, error) ? g_steal_pointer (&self) : NULL;
}
