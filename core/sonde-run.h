#pragma once

#include "sonde-chain.h"
#include "sonde-corpus.h"

G_BEGIN_DECLS

#define SONDE_TYPE_RUN (sonde_run_get_type ())
/* One investigation from the model to the analyzers' results. Memory is that of one layer. */
G_DECLARE_FINAL_TYPE (SondeRun, sonde_run, SONDE, RUN, GObject)

typedef gboolean (*SondeFrameFunc) (SondeFrame *frame, gpointer user_data, GError **error);
typedef void (*SondeProgressFunc) (guint layers_done, guint n_layers, gpointer user_data);

/* Resolves the conditions, asks the tap, prepares the analyzers: everything that can be refused is refused here.
 * @chain NULL: nothing is analysed, as when activations are only captured. @layers: "all", "0-11", "6", "middle". */
SondeRun *sonde_run_new (SondeModel *model, SondeTap *tap, SondeChain *chain, GPtrArray *conditions, SondeCorpus *corpus, const char *layers, GError **error);

/* The same for a model that brings its own rows, as a capture does: conditions and stages are the model's. */
SondeRun *sonde_run_new_for_rows (SondeModel *model, SondeChain *chain, const char *layers, GError **error);

/* The same sequences again, by a model: what a capture is compared with. */
SondeRun *sonde_run_new_for_sequences (SondeModel *model, GPtrArray *stages, GPtrArray *conditions, const guint *layers, guint n_layers, GError **error);

/* Whether a capture can be written under a name that ends like @path's. */
gboolean sonde_capture_check_name (const char *path, GError **error);
/* Also writes every frame to @path (.safetensors or .npz) as CONDITION/L6/STAGE, rows x features, float32. */
void sonde_run_set_capture (SondeRun *self, const char *path);
/* Keeps every frame in a folder, and goes on after those that are there. */
gboolean sonde_run_set_checkpoint (SondeRun *self, const char *directory, GCancellable *cancellable, GError **error);
void sonde_run_set_frame_func (SondeRun *self, SondeFrameFunc func, gpointer user_data);
void sonde_run_set_progress (SondeRun *self, SondeProgressFunc func, gpointer user_data);
/* The same with what frees @user_data when the run, or another function, takes its place. */
void sonde_run_set_frame_func_full (SondeRun *self, SondeFrameFunc func, gpointer user_data, GDestroyNotify destroy);
void sonde_run_set_progress_full (SondeRun *self, SondeProgressFunc func, gpointer user_data, GDestroyNotify destroy);
gboolean sonde_run_execute (SondeRun *self, GCancellable *cancellable, GError **error);

SondeInvestigation *sonde_run_get_investigation (SondeRun *self);
GPtrArray *sonde_run_get_results (SondeRun *self);                      /* (transfer none) (element-type SondeResult): one an analyzer, in order, after execute */
GPtrArray *sonde_run_get_warnings (SondeRun *self);                     /* (transfer none) (element-type utf8) */
GPtrArray *sonde_run_get_conditions (SondeRun *self);                   /* (transfer none) (element-type SondeCondition): resolved */
GPtrArray *sonde_run_get_stages (SondeRun *self);                       /* (transfer none) (element-type SondeStage) */
GPtrArray *sonde_run_get_checkpoint_notes (SondeRun *self);             /* (transfer none) (nullable) (element-type utf8): of what was computed again */
guint64 sonde_run_estimate_bytes (SondeRun *self);                      /* activations of one layer, for all conditions */
guint64 sonde_run_estimate_bytes_at_once (SondeRun *self);              /* those that are in memory at a time */
guint64 sonde_run_estimate_checkpoint (SondeRun *self, guint64 *there); /* frames that are kept in the end, and those that are there */
guint64 sonde_run_estimate_memory (SondeRun *self);                     /* private memory of the process at its peak, report included */

G_END_DECLS
