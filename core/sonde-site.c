#define G_LOG_DOMAIN "sonde"

#include "sonde-site-private.h"

#include <string.h>

#define PLACEHOLDER "{layer}"

G_DEFINE_BOXED_TYPE (SondeSite, sonde_site, sonde_site_copy, sonde_site_free)

static void
alias_free (SondeSiteAlias *alias)
{
  g_free (alias->library);
  g_free (alias->name);
  g_free (alias);
}

GPtrArray *
_sonde_aliases_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) alias_free);
}

void
_sonde_aliases_add (GPtrArray *aliases,
                    const char *library,
                    const char *name)
{
  SondeSiteAlias *alias = g_new (SondeSiteAlias, 1);

  *alias = (SondeSiteAlias){ g_strdup (library), g_strdup (name) };
  g_ptr_array_add (aliases, alias);
}

/**
 * sonde_site_new:
 * @name: what the model calls the place, such as "block.out"
 * @formula: what it holds, in symbols
 * @n_features: length of one row
 * @per_layer: whether it exists once in every layer; otherwise once, with the layer %SONDE_NO_LAYER
 *
 * Describes a place where a tensor can be read.
 *
 * Returns: (transfer full): a new site
 */
SondeSite *
sonde_site_new (const char *name,
                const char *formula,
                guint n_features,
                gboolean per_layer)
{
  SondeSite *self;

  g_return_val_if_fail (name != NULL, NULL);
  g_return_val_if_fail (formula != NULL, NULL);

  self = g_new0 (SondeSite, 1);
  self->name = g_strdup (name);
  self->formula = g_strdup (formula);
  self->n_features = n_features;
  self->per_layer = per_layer;
  self->aliases = _sonde_aliases_new ();
  return self;
}

/**
 * sonde_site_copy:
 * @self: a site
 *
 * Copies everything, aliases included.
 *
 * Returns: (transfer full): the same again
 */
SondeSite *
sonde_site_copy (const SondeSite *self)
{
  SondeSite *copy;

  g_return_val_if_fail (self != NULL, NULL);

  copy = sonde_site_new (self->name, self->formula, self->n_features, self->per_layer);
  copy->per_position = self->per_position;
  g_ptr_array_unref (copy->aliases);
  copy->aliases = g_ptr_array_ref (self->aliases); /* nobody adds to a site that others have */
  return copy;
}

/**
 * sonde_site_free:
 * @self: (transfer full): a site
 *
 * Frees the site and its strings.
 */
void
sonde_site_free (SondeSite *self)
{
  g_return_if_fail (self != NULL);

  g_free (self->name);
  g_free (self->formula);
  g_ptr_array_unref (self->aliases);
  g_free (self);
}

/**
 * sonde_site_add_alias:
 * @self: a site that nobody else has yet
 * @library: the library that calls it so
 * @name: its name there, with "{layer}" in the place of the layer's number
 *
 * Adds an entry to the dictionary of names.
 */
void
sonde_site_add_alias (SondeSite *self,
                      const char *library,
                      const char *name)
{
  g_return_if_fail (self != NULL && library != NULL && name != NULL);

  _sonde_aliases_add (self->aliases, library, name);
}

/* @name is @alias with a number, "*" or the placeholder itself where the layer stands. */
static gboolean
matches (const char *alias,
         const char *name)
{
  const char *place = strstr (alias, PLACEHOLDER);
  gsize before = place != NULL ? (gsize) (place - alias) : 0;

  if (place == NULL || strncmp (alias, name, before) != 0)
    return g_str_equal (alias, name);
  name += before;
  if (g_str_has_prefix (name, PLACEHOLDER))
    name += strlen (PLACEHOLDER);
  else if (*name == '*')
    name++;
  else if (g_ascii_isdigit (*name))
    name += strspn (name, "0123456789");
  else
    return FALSE;
  return g_str_equal (place + strlen (PLACEHOLDER), name);
}

/**
 * sonde_site_is_called:
 * @self: a site
 * @name: a name of ours, or of one of the libraries in its dictionary
 *
 * Compares a name with the site's own and with those of other libraries.
 *
 * Returns: whether @name means this site, whatever layer it names
 */
gboolean
sonde_site_is_called (const SondeSite *self,
                      const char *name)
{
  g_return_val_if_fail (self != NULL && name != NULL, FALSE);

  if (g_str_equal (self->name, name))
    return TRUE;
  for (guint i = 0; i < self->aliases->len; i++)
    if (matches (((SondeSiteAlias *) g_ptr_array_index (self->aliases, i))->name, name))
      return TRUE;
  return FALSE;
}

/**
 * sonde_site_get_width:
 * @self: a site
 * @batch: the sequences that run
 *
 * Gives the length of a row, which for sites of each position depends on what runs.
 *
 * Returns: how many values a row of the site has in that run
 */
guint
sonde_site_get_width (const SondeSite *self,
                      SondeBatch *batch)
{
  guint width;

  g_return_val_if_fail (self != NULL && batch != NULL, 0);

  if (!self->per_position)
    return self->n_features;
  return g_uint_checked_mul (&width, self->n_features, sonde_batch_get_longest (batch)) ? width : G_MAXUINT;
}
