#define G_LOG_DOMAIN "sonde"

#include "sonde-site.h"

typedef struct
{
  guint layer;
  char *site;
} Pair;

struct _SondeSelection
{
  GPtrArray *pairs;   /* owned, in the order of adding */
  GHashTable *known;  /* the same pairs, as a set */
  GHashTable *layers; /* the layers of all pairs, as a set of GUINT_TO_POINTER */
};

/**
 * SondeSelection:
 *
 * The (layer, site) pairs that somebody will read, in the order of adding. A model computes nothing that no pair needs.
 */
G_DEFINE_BOXED_TYPE (SondeSelection, sonde_selection, sonde_selection_ref, sonde_selection_unref)

static guint
pair_hash (gconstpointer data)
{
  const Pair *pair = data;

  return g_str_hash (pair->site) * 31 + pair->layer;
}

static gboolean
pair_equal (gconstpointer a,
            gconstpointer b)
{
  const Pair *left = a;
  const Pair *right = b;

  return left->layer == right->layer && g_str_equal (left->site, right->site);
}

static void
pair_free (gpointer data)
{
  Pair *pair = data;

  g_free (pair->site);
  g_free (pair);
}

/**
 * sonde_selection_new:
 *
 * Makes a selection of nothing.
 *
 * Returns: (transfer full): a new selection of nothing
 */
SondeSelection *
sonde_selection_new (void)
{
  SondeSelection *self = g_atomic_rc_box_new0 (SondeSelection);

  self->pairs = g_ptr_array_new_with_free_func (pair_free);
  self->known = g_hash_table_new (pair_hash, pair_equal);
  self->layers = g_hash_table_new (NULL, NULL);
  return self;
}

/**
 * sonde_selection_ref:
 * @self: a selection
 *
 * Adds a reference.
 *
 * Returns: (transfer full): @self with one more reference
 */
SondeSelection *
sonde_selection_ref (SondeSelection *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_atomic_rc_box_acquire (self);
}

static void
selection_clear (gpointer data)
{
  SondeSelection *self = data;

  g_hash_table_unref (self->layers);
  g_hash_table_unref (self->known);
  g_ptr_array_unref (self->pairs);
}

/**
 * sonde_selection_unref:
 * @self: (transfer full): a selection
 *
 * Gives one reference back; the last one frees the selection.
 */
void
sonde_selection_unref (SondeSelection *self)
{
  g_return_if_fail (self != NULL);

  g_atomic_rc_box_release_full (self, selection_clear);
}

/**
 * sonde_selection_add:
 * @self: a selection
 * @layer: a layer, or %SONDE_NO_LAYER for a site of the whole model
 * @site: the site's name
 *
 * Adds a pair. Adding one again changes nothing.
 */
void
sonde_selection_add (SondeSelection *self,
                     guint layer,
                     const char *site)
{
  Pair *pair;

  g_return_if_fail (self != NULL);
  g_return_if_fail (site != NULL);

  if (sonde_selection_has (self, layer, site))
    return;

  pair = g_new0 (Pair, 1);
  pair->layer = layer;
  pair->site = g_strdup (site);
  g_ptr_array_add (self->pairs, pair);
  g_hash_table_add (self->known, pair);
  g_hash_table_add (self->layers, GUINT_TO_POINTER (layer));
}

/**
 * sonde_selection_has:
 * @self: a selection
 * @layer: a layer, or %SONDE_NO_LAYER
 * @site: the site's name
 *
 * Asks whether somebody will read a site.
 *
 * Returns: whether the pair was added
 */
gboolean
sonde_selection_has (SondeSelection *self,
                     guint layer,
                     const char *site)
{
  g_return_val_if_fail (self != NULL, FALSE);
  g_return_val_if_fail (site != NULL, FALSE);

  return g_hash_table_contains (self->known, &(Pair){ layer, (char *) site });
}

/**
 * sonde_selection_has_layer:
 * @self: a selection
 * @layer: a layer, or %SONDE_NO_LAYER
 *
 * Asks whether somebody will read anything of a layer.
 *
 * Returns: whether any pair of this layer was added
 */
gboolean
sonde_selection_has_layer (SondeSelection *self,
                           guint layer)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return g_hash_table_contains (self->layers, GUINT_TO_POINTER (layer));
}

/**
 * sonde_selection_get_n_pairs:
 * @self: a selection
 *
 * Counts the pairs.
 *
 * Returns: how many different pairs were added
 */
guint
sonde_selection_get_n_pairs (SondeSelection *self)
{
  g_return_val_if_fail (self != NULL, 0);

  return self->pairs->len;
}

/**
 * sonde_selection_get_pair:
 * @self: a selection
 * @index: which pair, from 0, in the order of adding
 * @layer: (out) (optional): its layer
 * @site: (out) (optional) (transfer none): its site
 *
 * Gives one of the pairs.
 */
void
sonde_selection_get_pair (SondeSelection *self,
                          guint index,
                          guint *layer,
                          const char **site)
{
  const Pair *pair;

  g_return_if_fail (self != NULL && index < self->pairs->len);

  pair = g_ptr_array_index (self->pairs, index);
  if (layer != NULL)
    *layer = pair->layer;
  if (site != NULL)
    *site = pair->site;
}
