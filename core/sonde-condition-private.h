#pragma once

#include "sonde-condition.h"
#include "sonde-corpus.h"
#include "sonde-table.h"
#include "sonde-words-private.h"

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
  GArray *known;        /* of SondeKnownToken: what is known of a plain condition's tokens */
  GArray *known_rows;   /* of guint: places in @known of those that are rows */
  guint n_rows;
};

typedef struct
{
  GArray *tokens; /* of SondeToken */
  GArray *kept;   /* of guint */
} SondeSequence;

typedef struct
{
  guint sequence;
  guint position;
  gint32 id;
  char *text;
  gboolean kept;
} SondeKnownToken;

typedef void (*SondeKnownTokenFunc) (const SondeKnownToken *token, gpointer user_data);

/* Every token of the condition that is known, in order. */
void _sonde_condition_foreach_token (SondeCondition *self, SondeKnownTokenFunc func, gpointer user_data);

/* An unresolved condition: its properties say what it is going to be. */
SondeCondition *_sonde_condition_new (const char *id);
/* A copy of the properties, unresolved. */
SondeCondition *_sonde_condition_copy (SondeCondition *self);

/* Finds the sequences and kept positions of all @conditions together, since a prefix is as long as there are windows.
 * Sentences about what was left out go to @warnings. @max_positions 0: no limit. */
gboolean _sonde_conditions_resolve (GPtrArray *conditions, SondeCorpus *corpus, guint max_positions, SondeSentences *warnings, GError **error);

/* Refuses fewer rows than can be compared, warns of few. */
gboolean _sonde_condition_check_rows (SondeCondition *self, SondeSentences *warnings, GError **error);

guint _sonde_condition_get_n_tokens (SondeCondition *self);
/* condition,sequence,position,token_id,text,kept */
SondeTable *_sonde_conditions_tokens_table (GPtrArray *conditions);

G_END_DECLS
