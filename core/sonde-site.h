#pragma once

#include <glib-object.h>

#include "sonde-batch.h"

G_BEGIN_DECLS

/**
 * SONDE_NO_LAYER:
 *
 * The layer of sites that belong to the model as a whole, such as its logits.
 */
#define SONDE_NO_LAYER G_MAXUINT

/**
 * SondeSiteAlias:
 * @library: the library: "TransformerLens"
 * @name: the name there: "blocks.{layer}.hook_out", where {layer} stands for the layer's number
 *
 * What another library calls a site.
 */
typedef struct
{
  char *library;
  char *name;
} SondeSiteAlias;

#define SONDE_TYPE_SITE (sonde_site_get_type ())

/**
 * SondeSite:
 * @name: what the model calls the place
 * @formula: what it holds, in symbols: "c_fc (ln_2 (x)) + b"
 * @n_features: length of one row; 0: not known before a model is opened
 * @per_layer: whether there is one in every layer
 * @per_position: a row has n_features for each position of the longest sequence that runs
 * @aliases: (element-type SondeSiteAlias): its names in other libraries
 *
 * One place where a tensor can be read. A per-layer site exists once in every layer.
 */
typedef struct
{
  char *name;
  char *formula;
  guint n_features;
  gboolean per_layer;
  gboolean per_position;
  GPtrArray *aliases;
} SondeSite;

GType sonde_site_get_type (void);
SondeSite *sonde_site_new (const char *name, const char *formula, guint n_features, gboolean per_layer);
SondeSite *sonde_site_copy (const SondeSite *self);
void sonde_site_free (SondeSite *self);
/* To be called before the site is handed to others. */
void sonde_site_add_alias (SondeSite *self, const char *library, const char *name);
/* Whether @name means this site: its own name or an alias, with a number, "{layer}" or "*" in the layer's place. */
gboolean sonde_site_is_called (const SondeSite *self, const char *name);
guint sonde_site_get_width (const SondeSite *self, SondeBatch *batch); /* the length of one row in a run of @batch */

#define SONDE_TYPE_SELECTION (sonde_selection_get_type ())

/* The (layer, site) pairs that somebody will read. A model computes nothing that no pair needs. */
typedef struct _SondeSelection SondeSelection;

GType sonde_selection_get_type (void);
SondeSelection *sonde_selection_new (void);
SondeSelection *sonde_selection_ref (SondeSelection *self);
void sonde_selection_unref (SondeSelection *self);
void sonde_selection_add (SondeSelection *self, guint layer, const char *site); /* adding twice is adding once */
gboolean sonde_selection_has (SondeSelection *self, guint layer, const char *site);
gboolean sonde_selection_has_layer (SondeSelection *self, guint layer);
guint sonde_selection_get_n_pairs (SondeSelection *self);
void sonde_selection_get_pair (SondeSelection *self, guint index, guint *layer, const char **site);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeSite, sonde_site_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeSelection, sonde_selection_unref)

G_END_DECLS
