#pragma once

#include "gpt2-config.h"
#include "gpt2-emission.h"
#include "gpt2-forward.h"
#include "gpt2-linear.h"
#include "gpt2-plan.h"
#include "gpt2-sites.h"
#include "gpt2-weights.h"
#include "sonde.h"

G_BEGIN_DECLS

/* A run. Matrices hold one row per token; all sequences stand in the same matrix, one after the other, so that every linear
 * map is one multiplication. In the last layer, once keys and values are there, the matrices shrink to the kept rows. */
typedef struct
{
  const Gpt2Config *config;
  Gpt2Weights *weights;
  SondeSelection *selection;
  const Gpt2Resumption *resumption; /* (nullable) */
  SondeSiteFunc func;
  gpointer user_data;

  Gpt2Plan plan;
  Gpt2Layout layout;
  const Gpt2Rows *rows; /* what the matrices hold: &layout.all, then &layout.kept */

  float *x;                 /* [rows, features]: the residual stream */
  float *a;                 /* [rows, features]: input of the next linear map */
  float *b;                 /* [rows, features]: output of the last one */
  float *wide;              /* [rows, max (3 features, inner)]: queries, keys and values; then the MLP's expansion */
  Gpt2LinearContext linear; /* its workspace serves attention, too */
} Gpt2Run;

/* x += attn (ln_1 (x)), or less: up to the site @last. @kept_only, in the last layer: of rows that are not kept there is what others
 * attend to, keys and values, and afterwards the matrices hold the kept ones only. */
gboolean gpt2_run_attention (Gpt2Run *run, guint layer, const Gpt2Layer *parameters, gboolean kept_only, Gpt2Site last, GError **error);

/* x += mlp (ln_2 (x)), or less: up to the site @last. */
gboolean gpt2_run_mlp (Gpt2Run *run, guint layer, const Gpt2Layer *parameters, Gpt2Site last, GError **error);

/* a [rows, features] = the layer norm of x; its kept rows go to @emission, which may be NULL. */
void gpt2_run_norm (Gpt2Run *run, const float *gain, const float *bias, Gpt2Emission *emission);

/* The floats of workspace that a thread needs where the longest sequence has so many tokens, and of packed weights. */
gsize gpt2_run_get_workspace (gsize longest);
gsize gpt2_run_get_packed (const Gpt2Config *config);

/* [rows, columns], aligned to a cache line, to be freed with g_free (); sets @error where there is no memory. */
float *gpt2_run_allocate (gsize rows, gsize columns, GError **error);

SondeMathLinear gpt2_run_get_linear (const Gpt2Layer *layer, Gpt2LayerParameter weight, Gpt2LayerParameter bias, gsize n_in, gsize n_out);

/* ---- what comes out: begin, take parts, hand over; nothing happens where nobody wants the site ---- */

gboolean gpt2_run_begin (Gpt2Run *run, guint layer, Gpt2Site site, gsize columns, Gpt2Emission *emission, GError **error);
gboolean gpt2_run_hand_over (Gpt2Run *run, guint layer, Gpt2Site site, Gpt2Emission *emission, GError **error);
/* A matrix [rows, columns] that is there as a whole. */
gboolean gpt2_run_emit (Gpt2Run *run, guint layer, Gpt2Site site, const float *matrix, gsize columns, GError **error);

/* A value that is not finite: names the weight that it came from, where it is one of this layer's; before it, all was finite. */
gboolean gpt2_run_fail_not_finite (Gpt2Run *run, guint layer, Gpt2Site site, GError **error);

G_END_DECLS
