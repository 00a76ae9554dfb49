#define G_LOG_DOMAIN "sonde"

#include "sonde-site.h"

G_DEFINE_BOXED_TYPE (SondeSite, sonde_site, sonde_site_copy, sonde_site_free)

/**
 * sonde_site_new:
 * @name: what the model calls the place, such as "block.out"
 * @formula: what it holds, in symbols
 * @n_features: length of one row
 * @per_layer: whether it exists once in every layer; otherwise once, with the layer %SONDE_NO_LAYER
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
  return self;
}

/**
 * sonde_site_copy:
 * @self: a site
 *
 * Returns: (transfer full): the same again
 */
SondeSite *
sonde_site_copy (const SondeSite *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return sonde_site_new (self->name, self->formula, self->n_features, self->per_layer);
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
  g_free (self);
}
