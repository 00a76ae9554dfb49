#define G_LOG_DOMAIN "sonde"

#include "sonde-json-keys-private.h"

#include <string.h>

#include "sonde-limits-private.h"

/* Tables of keys, the parser's and those that are made from them, become slow where many keys have the same hash, or hashes for which
 * the same place is the first. */

static int
compare_keys (gconstpointer a,
              gconstpointer b)
{
  const SondeJsonKey *left = a;
  const SondeJsonKey *right = b;

  if (left->hash != right->hash)
    return left->hash < right->hash ? -1 : 1;
  if (left->length != right->length)
    return left->length < right->length ? -1 : 1;
  return memcmp (left->text, right->text, left->length);
}

/* Each key once, the keys of one hash behind each other. */
static void
sort_keys (GArray *keys)
{
  SondeJsonKey *all = (SondeJsonKey *) (gpointer) keys->data;
  guint n = MIN (keys->len, 1);

  g_array_sort (keys, compare_keys);
  for (guint i = 1; i < keys->len; i++)
    if (compare_keys (&all[i], &all[n - 1]) != 0)
      all[n++] = all[i];
  g_array_set_size (keys, n);
}

static const char *
find_equal_hashes (GArray *keys)
{
  guint n_equal = 0;

  for (guint i = 1; i < keys->len; i++)
    {
      const SondeJsonKey *key = &g_array_index (keys, SondeJsonKey, i);

      n_equal = key->hash == key[-1].hash ? n_equal + 1 : 0;
      if (n_equal == SONDE_MAX_JSON_CROWD)
        return key->text;
    }
  return NULL;
}

/* Where keys of many hashes begin to be looked for: GLib takes the remainder of a hash, which newer versions multiply first. */
static const char *
find_equal_places (GArray *keys,
                   guint size,
                   guint factor,
                   GArray *counts)
{
  const guint most = SONDE_MAX_JSON_CROWD + 4 * (keys->len / size);
  guint *count = (guint *) (gpointer) counts->data;

  memset (count, 0, size * sizeof *count);
  for (guint i = 0; i < keys->len; i++)
    {
      const SondeJsonKey *key = &g_array_index (keys, SondeJsonKey, i);

      if (++count[key->hash * factor % size] > most)
        return key->text;
    }
  return NULL;
}

const char *
_sonde_json_keys_find_crowded (GArray *keys)
{
  /* the sizes of GLib's tables */
  static const guint sizes[] = { 1021, 2039, 4093, 8191, 16381, 32749, 65521, 131071, 262139, 524287, 1048573, 2097143, 4194301 };
  g_autoptr (GArray) counts = NULL;
  const char *crowded;

  sort_keys (keys);
  if (keys->len <= SONDE_MAX_JSON_CROWD)
    return NULL;
  crowded = find_equal_hashes (keys);
  counts = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; crowded == NULL && i < G_N_ELEMENTS (sizes) && sizes[i] / 4 <= keys->len; i++)
    {
      g_array_set_size (counts, sizes[i]);
      crowded = find_equal_places (keys, sizes[i], 1, counts);
      if (crowded == NULL)
        crowded = find_equal_places (keys, sizes[i], 11, counts);
    }
  return crowded;
}
