#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  guint hash; /* g_str_hash() of what it stands for */
  guint length;
  const char *text; /* as it is written, without its quotes */
} SondeJsonKey;

/* (nullable): the text of one of many keys that a table would take long to find. Sorts @keys, of SondeJsonKey, and leaves each once. */
const char *_sonde_json_keys_find_crowded (GArray *keys);

G_END_DECLS
