#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define SONDE_TYPE_BATCH (sonde_batch_get_type ())

/* Token sequences that run together, and the positions of each whose rows are kept. Sequences never see each other. */
typedef struct _SondeBatch SondeBatch;

GType sonde_batch_get_type (void);
SondeBatch *sonde_batch_new (void);
SondeBatch *sonde_batch_ref (SondeBatch *self);
void sonde_batch_unref (SondeBatch *self);

/* Copies. @kept: ascending positions below @n_ids; their rows come out in this order, sequence after sequence. */
void sonde_batch_add (SondeBatch *self, const gint32 *ids, guint n_ids, const guint *kept, guint n_kept);
guint sonde_batch_get_n_sequences (SondeBatch *self);
guint sonde_batch_get_n_tokens (SondeBatch *self); /* of all sequences together */
guint sonde_batch_get_longest (SondeBatch *self);  /* tokens of the longest sequence */
guint sonde_batch_get_n_rows (SondeBatch *self);   /* kept positions of all sequences together */
const gint32 *sonde_batch_get_ids (SondeBatch *self, guint sequence, guint *n_ids);
const guint *sonde_batch_get_kept (SondeBatch *self, guint sequence, guint *n_kept);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeBatch, sonde_batch_unref)

G_END_DECLS
