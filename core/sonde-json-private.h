#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Parses UTF-8 JSON whose root must be an object. @what names the file in messages. Nesting beyond
 * SONDE_MAX_JSON_DEPTH is refused before the recursive parser sees it. */
JsonNode *_sonde_json_parse_object (GBytes *bytes, const char *what, GError **error);
/* JSON text of @object, members in the order in which they were set. */
char *_sonde_json_to_text (JsonObject *object, gboolean pretty);
JsonNode *_sonde_json_load_object (const char *path, gsize max_bytes, GError **error);
/* The array behind @key, which needs no escapes, of an object's text. The rest of the text is checked and not kept: it may be large.
 * NULL: there is none. */
JsonArray *_sonde_json_find_array (GBytes *object, const char *what, const char *key);

G_END_DECLS
