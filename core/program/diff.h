#pragma once

#include "math/sonde-math.h"
#include "program.h"
#include "sonde.h"

G_BEGIN_DECLS

/* What two sides may not have in common. */
typedef enum
{
  DIFF_CONDITIONS,
  DIFF_STAGES,
  DIFF_LAYERS,
  DIFF_N_KINDS,
} DiffKind;

/* A capture; or a live model, which runs the sequences of the other side's capture and then has conditions, stages and layers too. */
typedef struct
{
  const char *path;
  SondeModel *model;
  gboolean live;
  GPtrArray *conditions;         /* of SondeCondition */
  GPtrArray *stages;             /* of SondeStage */
  GArray *layers;                /* of guint, ascending */
  GPtrArray *only[DIFF_N_KINDS]; /* of utf8: names of what it alone has */

  SondeBatch *batch;   /* of a capture: all of its rows */
  GHashTable *tensors; /* of a capture: site → SondeTensor, of the layer that is compared */
  SondeFrame *frame;   /* of a live model: what is compared now; not owned */
} DiffSide;

/* What both sides have. */
typedef struct
{
  SondeCondition *of[2];
  gsize first_row[2]; /* in the tensors of captures */
} DiffCondition;

typedef struct
{
  const SondeStage *of[2];
  guint width;
  gboolean whole; /* it belongs to no layer, and is the same in all of them */
  guint place;    /* in the data flow */
  int phase;      /* 0: before all layers, 1: in a layer, 2: after them all */
} DiffStage;

/* How one site differs: a stage of a condition in a layer. */
typedef struct
{
  guint condition;
  guint stage;
  guint layer; /* SONDE_NO_LAYER: the stage belongs to none */
  gsize rows;
  gsize columns;
  SondeMathDifference difference;
} DiffSite;

typedef struct
{
  DiffSide sides[2];  /* A and B */
  GArray *conditions; /* of DiffCondition */
  GArray *stages;     /* of DiffStage, in the order of the data flow */
  GArray *layers;     /* of guint, ascending */
  SondeRun *run;      /* of the live model; NULL for two captures */
  double tolerance;
  double relative;
  GArray *sites; /* of DiffSite, in the order of the data flow */
} Diff;

void diff_clear (Diff *diff);
/* Both sides, at least one of them a capture. */
gboolean diff_open (Diff *diff, const char *path_a, const char *path_b, SondeRegistry *registry, GCancellable *cancellable, GError **error);

/* Finds what both have, and what only one has. Two captures of different programs call a site differently: the providers of @registry may
 * know it by both names. */
void diff_match (Diff *diff, SondeRegistry *registry);
/* Whether that can be compared. @common: what only one has is left out; else it is a reason not to compare. Sentences that the reader
 * must see go to @warnings (utf8). */
gboolean diff_check (Diff *diff, gboolean common, GPtrArray *warnings, GError **error);
/* One layer of each side is in memory at a time. */
gboolean diff_compare (Diff *diff, GCancellable *cancellable, GError **error);

const DiffCondition *diff_get_condition (const Diff *diff, guint condition);
const DiffStage *diff_get_stage (const Diff *diff, guint stage);
/* The first site over the tolerance, NULL where there is none; and how many are. */
const DiffSite *diff_find_first_over (const Diff *diff, guint *n_over);

void diff_print_table (const Diff *diff);
void diff_print_verdict (const Diff *diff);
void diff_print_json (const Diff *diff);

SondeFigure *diff_new_figure (const Diff *diff);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Diff, diff_clear)

G_END_DECLS
