#pragma once

#include "sonde-testing-contract-private.h"

G_BEGIN_DECLS

/* Sequences that a model runs in checks, and what it gives. */

/* A new provider of the subject's, and the model that it opens from the source. */
SondeModel *_sonde_testing_open (SondeTestingSubject *subject, GError **error);

/* How many tokens a sequence for the model may have, at most @most. */
guint _sonde_testing_get_length (SondeModel *model, guint most);
/* @n_ids ids that the model has; other ones for another @variant. */
gint32 *_sonde_testing_dup_ids (SondeModel *model, guint n_ids, guint variant);
/* One sequence that is kept whole. */
SondeCondition *_sonde_testing_new_condition (SondeModel *model);
/* Of models that bring their own rows: as many rows as they have. Otherwise two sequences that are kept whole. */
SondeBatch *_sonde_testing_new_batch (SondeModel *model);
/* Every site of every layer. */
SondeSelection *_sonde_testing_select_all (SondeModel *model);

/* One tensor that a run gave. */
typedef struct
{
  guint layer;
  char *site;
  SondeTensor *tensor;
} SondeTestingRows;

/* (element-type SondeTestingRows): in the order in which they came. */
GPtrArray *_sonde_testing_run_model (SondeModel *model, SondeBatch *batch, SondeSelection *selection, GError **error);
SondeTensor *_sonde_testing_find_rows (GPtrArray *rows, guint layer, const char *site);
/* "site block of layer 3" (transfer full) */
char *_sonde_testing_dup_place (const SondeTestingRows *rows);

G_END_DECLS
