#pragma once

#include <gio/gio.h>

#include "sonde-batch.h"
#include "sonde-estimate.h"
#include "sonde-site.h"
#include "sonde-tensor.h"
#include "sonde-tokenizer.h"

G_BEGIN_DECLS

/**
 * SondeSiteFunc:
 * @layer: the layer, or %SONDE_NO_LAYER
 * @site: the site's name, as the model has it
 * @tensor: float32, (kept rows of the whole batch) x (width of the site), in the batch's order
 * @user_data: handed to sonde_model_run()
 * @error: return location for an error
 *
 * Takes one wanted tensor as soon as it is there. The tensor owns its bytes: nothing later overwrites them.
 *
 * Returns: %FALSE with @error set to end the run
 */
typedef gboolean (*SondeSiteFunc) (guint layer, const char *site, SondeTensor *tensor, gpointer user_data, GError **error);

/**
 * SondeStateFunc:
 * @layer: the layer that is computed next
 * @state: all that it needs of the layers before it; its bytes are read at once
 * @user_data: handed to the run
 * @error: return location for an error
 *
 * Keeps what a later run needs to begin at @layer.
 *
 * Returns: %FALSE with @error set to end the run
 */
typedef gboolean (*SondeStateFunc) (guint layer, GBytes *state, gpointer user_data, GError **error);

/**
 * SondeModelFileFunc:
 * @role: "config", "vocabulary", "weights" or, for rows that the model brings, "capture"
 * @path: a file that the model was read from
 * @user_data: handed to sonde_model_foreach_file()
 *
 * Is told of each file whose contents can change a number.
 */
typedef void (*SondeModelFileFunc) (const char *role, const char *path, gpointer user_data);

typedef struct _SondeModelProvider SondeModelProvider;

#define SONDE_TYPE_MODEL (sonde_model_get_type ())
G_DECLARE_INTERFACE (SondeModel, sonde_model, SONDE, MODEL, GObject)

/* What a model implements. The methods called dup_… give all away that they give: their arrays, in C, free their elements, and each is a
 * new one, or a reference to one that stays. Whoever asks calls sonde_model_list_…() instead, which checks, and gives copies. */
struct _SondeModelInterface
{
  GTypeInterface parent_iface;

  const char *(*get_name) (SondeModel *self); /* for people: "Transformer, 12 layers, 768 features"; stays as it is */
  guint (*get_n_layers) (SondeModel *self);
  guint (*get_max_positions) (SondeModel *self);       /* 0: no limit */
  GPtrArray *(*dup_sites) (SondeModel *self);          /* (transfer full) (element-type SondeSite), in the order of the data flow */
  SondeTokenizer *(*get_tokenizer) (SondeModel *self); /* (nullable) (transfer none) */
  void (*foreach_file) (SondeModel *self, SondeModelFileFunc func, gpointer user_data);
  gboolean (*run) (SondeModel *self, SondeBatch *batch, SondeSelection *selection, SondeSiteFunc func, gpointer user_data, GCancellable *cancellable, GError **error);

  /* Models that bring their own rows, as a file of arrays does, have all three; models that run text leave them NULL. Their
   * run () gives the rows of all conditions, one condition after the other, whatever ids the batch has. */
  GPtrArray *(*dup_conditions) (SondeModel *self); /* (transfer full) (element-type SondeCondition) */
  GPtrArray *(*dup_stages) (SondeModel *self);     /* (transfer full) (element-type SondeStage) */
  GArray *(*dup_layers) (SondeModel *self);        /* (transfer full) (element-type guint), ascending: the layers that it has rows of */

  /* Optional: sentences about what the source holds and nobody will see, as arrays whose names mean nothing. */
  GPtrArray *(*dup_warnings) (SondeModel *self); /* (transfer full) (element-type utf8) */

  /* Optional: the memory of a run beside the files that it maps. @estimate comes with what one layer's tensors of @selection take;
   * a model adds what it needs besides, or takes away what it gives without a copy. */
  void (*estimate) (SondeModel *self, SondeBatch *batch, SondeSelection *selection, SondeEstimate *estimate);

  /* Optional, both or none: runs that may be killed and go on. measure_state () gives the bytes of a state, the same before each layer of
   * a run of @batch. run_from () is run () for sites of layers only. It tells @keep the state before each layer but the first. With a
   * @state it begins at @layer: what lies before that is neither computed nor handed over, and everything else is the same, to the bit. */
  guint64 (*measure_state) (SondeModel *self, SondeBatch *batch);
  gboolean (*run_from) (SondeModel *self, SondeBatch *batch, SondeSelection *selection, guint layer, GBytes *state, SondeStateFunc keep, SondeSiteFunc func, gpointer user_data, GCancellable *cancellable, GError **error);
};

const char *sonde_model_get_name (SondeModel *self);
guint sonde_model_get_n_layers (SondeModel *self);
guint sonde_model_get_max_positions (SondeModel *self);
GPtrArray *sonde_model_list_sites (SondeModel *self);
char *sonde_model_dup_site_names (SondeModel *self);                  /* "block.input, block", for sentences */
SondeSite *sonde_model_dup_site (SondeModel *self, const char *name); /* (nullable): by its name, or one of its aliases */
SondeTokenizer *sonde_model_get_tokenizer (SondeModel *self);
void sonde_model_foreach_file (SondeModel *self, SondeModelFileFunc func, gpointer user_data);
GPtrArray *sonde_model_list_conditions (SondeModel *self); /* (nullable): NULL for models that run text */
GPtrArray *sonde_model_list_stages (SondeModel *self);     /* (nullable): likewise */
GArray *sonde_model_list_layers (SondeModel *self);        /* (nullable) (transfer full), of guint: likewise */
GPtrArray *sonde_model_list_warnings (SondeModel *self);
/* (nullable): who opened it, and the name of that plugin; NULL for one that no registry opened. */
SondeModelProvider *sonde_model_get_provider (SondeModel *self, const char **name);
SondeEstimate sonde_model_estimate (SondeModel *self, SondeBatch *batch, SondeSelection *selection);
gboolean sonde_model_run (SondeModel *self, SondeBatch *batch, SondeSelection *selection, SondeSiteFunc func, gpointer user_data, GCancellable *cancellable, GError **error);

/* The same for a run that may be killed, and for the one that goes on with it. */
guint64 sonde_model_measure_state (SondeModel *self, SondeBatch *batch); /* 0: this model cannot */
gboolean sonde_model_run_from (SondeModel *self, SondeBatch *batch, SondeSelection *selection, guint layer, GBytes *state, SondeStateFunc keep, SondeSiteFunc func, gpointer user_data, GCancellable *cancellable, GError **error);

#define SONDE_TYPE_MODEL_PROVIDER (sonde_model_provider_get_type ())
G_DECLARE_INTERFACE (SondeModelProvider, sonde_model_provider, SONDE, MODEL_PROVIDER, GObject)

struct _SondeModelProviderInterface
{
  GTypeInterface parent_iface;

  guint (*probe) (SondeModelProvider *self, const char *path, char **reason);
  SondeModel *(*open) (SondeModelProvider *self, const char *path, GCancellable *cancellable, GError **error);
  GPtrArray *(*dup_sites) (SondeModelProvider *self); /* (transfer full) (element-type SondeSite); optional */
};

/* 0: not mine, and @reason says why in one sentence; 100: certainly mine. Cheap: reads no weights. */
guint sonde_model_provider_probe (SondeModelProvider *self, const char *path, char **reason);
SondeModel *sonde_model_provider_open (SondeModelProvider *self, const char *path, GCancellable *cancellable, GError **error);
/* The sites that all of its models have, without their widths; empty where that cannot be said before one is opened. */
GPtrArray *sonde_model_provider_list_sites (SondeModelProvider *self);

G_END_DECLS
