#pragma once

#include "gpt2-sites.h"

G_BEGIN_DECLS

/* How far a run goes: the least that gives every selected site. */
typedef struct
{
  guint n_run;     /* layers to compute */
  Gpt2Site last;   /* the last site to compute in layer n_run - 1 */
  guint n_visited; /* layers whose block.input comes to pass: n_run, or one more where only that is read of the next */
  gboolean wants_ln_f;
} Gpt2Plan;

void gpt2_plan_make (const Gpt2Config *config, SondeSelection *selection, Gpt2Plan *plan);

/* The rows of a matrix whose sequences lie one after the other. */
typedef struct
{
  gsize n;
  gsize *starts;    /* [sequences + 1]: the first row of each, and n */
  gsize *positions; /* [n]: of each row in its sequence */
} Gpt2Rows;

/* A batch laid out: all tokens, and those that are kept. */
typedef struct
{
  guint n_sequences;
  gsize longest; /* tokens of the longest sequence */
  Gpt2Rows all;
  Gpt2Rows kept;
  gsize *kept_in_all; /* [kept.n]: the row of each among all */
} Gpt2Layout;

gboolean gpt2_layout_make (const Gpt2Config *config, SondeBatch *batch, Gpt2Layout *layout, GError **error);
void gpt2_layout_clear (Gpt2Layout *layout);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Gpt2Layout, gpt2_layout_clear)

G_END_DECLS
