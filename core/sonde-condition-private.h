#pragma once

#include "sonde-condition.h"
#include "sonde-corpus.h"
#include "sonde-table.h"

G_BEGIN_DECLS

typedef enum
{
  SONDE_CONDITION_PREFIX,
  SONDE_CONDITION_WINDOWS,
  SONDE_CONDITION_LINES,
} SondeConditionKind;

GType _sonde_condition_kind_get_type (void);

typedef enum
{
  SONDE_KEEP_LAST,
  SONDE_KEEP_ALL,
} SondeKeep;

GType _sonde_keep_get_type (void);

struct _SondeCondition
{
  GObject parent_instance;

  char *id;
  SondeConditionKind kind;
  guint rows;
  guint window;
  guint drop;
  SondeKeep keep;
  char *labels[4]; /* by SondeLabelForm */

  SondeCorpus *corpus;  /* NULL until resolved, and for plain ones */
  GPtrArray *sequences; /* of SondeSequence */
  GPtrArray *origins;   /* of SondeRowOrigin, one a row, NULL where it is not known; itself NULL until one is */
  guint n_rows;
};

typedef struct
{
  GArray *tokens; /* of SondeToken */
  GArray *kept;   /* of guint */
} SondeSequence;

/* Where a row of a plain condition comes from. */
typedef struct
{
  guint sequence;
  guint position;
  gint32 token_id;
  char *text;
} SondeRowOrigin;

/* The text under a token, as something that can be shown. */
char *_sonde_condition_dup_token_text (SondeCondition *self, const SondeToken *token);

/* An unresolved condition: its properties say what it is going to be. */
SondeCondition *_sonde_condition_new (const char *id);
/* A copy of the properties, unresolved. */
SondeCondition *_sonde_condition_copy (SondeCondition *self);

/* Finds the sequences and kept positions of all @conditions together, since a prefix is as long as there are windows.
 * Sentences about what was left out go to @warnings (utf8). @max_positions 0: no limit. */
gboolean _sonde_conditions_resolve (GPtrArray *conditions, SondeCorpus *corpus, guint max_positions, GPtrArray *warnings, GError **error);

/* Refuses fewer rows than can be compared, warns of few. */
gboolean _sonde_condition_check_rows (SondeCondition *self, GPtrArray *warnings, GError **error);

/* A plain condition becomes one sequence without ids whose every position is kept. */
void _sonde_condition_add_to_batch (SondeCondition *self, SondeBatch *batch);
guint _sonde_condition_get_n_tokens (SondeCondition *self);
/* condition,sequence,position,token_id,text,kept */
SondeTable *_sonde_conditions_tokens_table (GPtrArray *conditions);

G_END_DECLS
