#pragma once

#include <glib-object.h>

#include "sonde-batch.h"

G_BEGIN_DECLS

/**
 * SondeLabelForm:
 * @SONDE_LABEL_TITLE: by itself: "Many sequences"
 * @SONDE_LABEL_ATTRIBUTIVE: before a noun: "Many-sequence"
 * @SONDE_LABEL_SHORT: by itself where space is short: "Many seqs"
 * @SONDE_LABEL_SHORT_ATTRIBUTIVE: before a noun where space is short: "Many-seq"
 *
 * How a condition is called in a figure.
 */
typedef enum
{
  SONDE_LABEL_TITLE,
  SONDE_LABEL_ATTRIBUTIVE,
  SONDE_LABEL_SHORT,
  SONDE_LABEL_SHORT_ATTRIBUTIVE,
} SondeLabelForm;

#define SONDE_TYPE_CONDITION (sonde_condition_get_type ())
/* Which token sequences run, and which positions of each are kept as rows. */
G_DECLARE_FINAL_TYPE (SondeCondition, sonde_condition, SONDE, CONDITION, GObject)

/* A condition of @n_rows rows without a text behind them, as arrays and tests have. Its labels all say @id. */
SondeCondition *sonde_condition_new_plain (const char *id, guint n_rows);

const char *sonde_condition_get_id (SondeCondition *self); /* "many-sequences" */
const char *sonde_condition_get_label (SondeCondition *self, SondeLabelForm form);
gboolean sonde_condition_needs_target (SondeCondition *self); /* whether its sequences end in a target word */
char *sonde_condition_dup_summary (SondeCondition *self);     /* (transfer full): "92 sequences, 920 tokens, 92 rows kept" */
guint sonde_condition_get_n_rows (SondeCondition *self);
/* (transfer full): "sequence 3, position 9, “ coffee”", for messages that name a row. */
char *sonde_condition_dup_row_label (SondeCondition *self, guint row);

/* The tokens of a plain condition, where somebody knows them: sequence after sequence, position after position. The kept ones are the
 * rows, in this order. @token_id -1: not known. @text: as sonde_token_text() gives it. */
gboolean sonde_condition_add_token (SondeCondition *self, guint sequence, guint position, gint32 token_id, const char *text, gboolean kept);
gboolean sonde_condition_get_row_origin (SondeCondition *self, guint row, guint *sequence, guint *position, gint32 *token_id, char **text);
/* Whether all tokens of all its sequences are known, so that a model can run them again. */
gboolean sonde_condition_knows_sequences (SondeCondition *self);
/* All that it runs, with the rows that it keeps. */
void sonde_condition_add_to_batch (SondeCondition *self, SondeBatch *batch);

G_END_DECLS
