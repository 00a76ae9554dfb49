#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  GPT2_JSON_NULL,
  GPT2_JSON_BOOLEAN,
  GPT2_JSON_INTEGER, /* written without fraction and exponent */
  GPT2_JSON_NUMBER,
  GPT2_JSON_STRING,
  GPT2_JSON_ARRAY,   /* read over, not kept */
  GPT2_JSON_OBJECT,  /* read over, not kept */
} Gpt2JsonKind;

typedef struct
{
  Gpt2JsonKind kind;
  gboolean boolean;
  gint64 integer;     /* held within 64 bits */
  double number;      /* of integers too */
  const char *string; /* UTF-8 */
} Gpt2JsonValue;

/* Takes one member of the outermost object. @name and what @value points to live until the function returns. */
typedef gboolean (*Gpt2JsonFunc) (const char *name, gsize length, const Gpt2JsonValue *value, guint line, gpointer user_data, GError **error);

gboolean gpt2_json_foreach_member (const char *data, gsize length, const char *what, Gpt2JsonFunc func, gpointer user_data, GError **error);

const char *gpt2_json_kind_to_string (Gpt2JsonKind kind);

G_END_DECLS
