#pragma once

#include "sonde-condition.h"
#include "sonde-similarity.h"
#include "sonde-tap.h"
#include "sonde-tensor.h"

G_BEGIN_DECLS

#define SONDE_TYPE_FRAME (sonde_frame_get_type ())
/* One (condition, layer) on its way down the chain: its stages, and what analyzers upstream attached. */
G_DECLARE_FINAL_TYPE (SondeFrame, sonde_frame, SONDE, FRAME, GObject)

SondeFrame *sonde_frame_new (SondeCondition *condition, guint condition_index, guint layer, GPtrArray *stages, GPtrArray *tensors);

SondeCondition *sonde_frame_get_condition (SondeFrame *self);
guint sonde_frame_get_condition_index (SondeFrame *self);
guint sonde_frame_get_layer (SondeFrame *self);
guint sonde_frame_get_n_rows (SondeFrame *self);
guint sonde_frame_get_n_stages (SondeFrame *self);
const SondeStage *sonde_frame_get_stage (SondeFrame *self, guint stage);
SondeTensor *sonde_frame_get_tensor (SondeFrame *self, guint stage); /* (transfer none): float32, rows x features, every value finite */

/* X Xᵀ of a stage, rows x rows, float64: computed once for all who ask. %NULL where there are more rows than features or than
 * %SONDE_FRAME_MOST_PRODUCTS. May be called for different stages at the same time. */
#define SONDE_FRAME_MOST_PRODUCTS 256
SondeTensor *sonde_frame_ref_products (SondeFrame *self, guint stage); /* (transfer full) (nullable) */

/* What one analyzer leaves for the next: one tensor per (name, index); index is a stage or a stage pair. */
void sonde_frame_attach (SondeFrame *self, const char *name, guint index, SondeTensor *tensor);
SondeTensor *sonde_frame_get_attached (SondeFrame *self, const char *name, guint index); /* (transfer none) (nullable) */

/* Similarities of rows with rows are left as something to be computed in one pass, not as matrices. */
void sonde_frame_attach_similarity (SondeFrame *self, const char *name, SondeSimilarity *similarity);
SondeSimilarity *sonde_frame_dup_similarity (SondeFrame *self, const char *name); /* (nullable) */
gboolean sonde_frame_finish (SondeFrame *self, GCancellable *cancellable, GError **error);

/* Stage pairs in the order 0.1 0.2 0.3 1.2 1.3 2.3: n (n - 1) / 2 of them. */
guint sonde_stage_pair_count (guint n_stages);
void sonde_stage_pair_get (guint n_stages, guint pair, guint *a, guint *b);

G_END_DECLS
