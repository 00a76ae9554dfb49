#define G_LOG_DOMAIN "sonde"

#include "sonde-checkpoint-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-json-private.h"

/* What a checkpoint says of its run: names and values, all of them texts, so that people can read it and any difference can be told. */

#define MOST_SHOWN 60 /* characters of a value */

char *
_sonde_checkpoint_describe (GPtrArray *texts)
{
  g_autoptr (JsonObject) root = json_object_new ();

  for (guint i = 0; i + 1 < texts->len; i += 2)
    json_object_set_string_member (root, g_ptr_array_index (texts, i), g_ptr_array_index (texts, i + 1));
  return _sonde_json_to_text (root, TRUE);
}

static char *
dup_shown (const char *text)
{
  g_autofree char *start = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), MOST_SHOWN));

  return g_strconcat (start, strlen (start) < strlen (text) ? "…" : "", NULL);
}

/* %NULL: the same. @theirs: (nullable) */
static char *
compare (const char *name,
         const char *theirs,
         const char *ours)
{
  g_autofree char *shown = theirs != NULL ? dup_shown (theirs) : NULL;
  g_autofree char *expected = ours != NULL ? dup_shown (ours) : NULL;
  g_autofree char *key = dup_shown (name);

  if (g_strcmp0 (theirs, ours) == 0)
    return NULL;
  if (theirs == NULL)
    return g_strdup_printf (_ ("it has no “%s”, which is “%s” here"), key, expected);
  if (ours == NULL)
    return g_strdup_printf (_ ("it has a “%s”, “%s”, which is not there now"), key, shown);
  return g_strdup_printf (_ ("its “%s” is “%s”, and now it is “%s”"), key, shown, expected);
}

static const char *
get_text (JsonObject *object,
          const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

static const char *
find_ours (SondeCheckpoint *self,
           const char *name)
{
  for (guint i = 0; i + 1 < self->texts->len; i += 2)
    if (g_str_equal (g_ptr_array_index (self->texts, i), name))
      return g_ptr_array_index (self->texts, i + 1);
  return NULL;
}

char *
_sonde_checkpoint_dup_difference (SondeCheckpoint *self,
                                  GBytes *description,
                                  GError **error)
{
  g_autoptr (JsonNode) root = _sonde_json_parse_object (description, SONDE_CHECKPOINT_DESCRIPTION, error);
  g_autoptr (GList) members = NULL;
  char *difference = NULL;

  if (root == NULL)
    return NULL;
  for (guint i = 0; difference == NULL && i + 1 < self->texts->len; i += 2)
    {
      const char *name = g_ptr_array_index (self->texts, i);

      difference = compare (name, get_text (json_node_get_object (root), name), g_ptr_array_index (self->texts, i + 1));
    }
  members = json_object_get_members (json_node_get_object (root));
  for (GList *l = members; difference == NULL && l != NULL; l = l->next)
    if (find_ours (self, l->data) == NULL)
      difference = compare (l->data, get_text (json_node_get_object (root), l->data) != NULL ? get_text (json_node_get_object (root), l->data) : "?", NULL);
  return difference;
}
