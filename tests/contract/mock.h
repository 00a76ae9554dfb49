#pragma once

#include <sonde.h>

G_BEGIN_DECLS

/* Frames without a model, for tests of analyzers. The same specification gives the same numbers on every machine. */

typedef enum
{
  MOCK_RANDOM,        /* about normal, stages correlated with each other */
  MOCK_CONSTANT_ROWS, /* in every stage all rows are the same */
  MOCK_ZERO_ROWS,     /* rows 0 and 2 of every stage are zero */
  MOCK_RANK_ONE,      /* every row is a multiple of one row */
} MockKind;

typedef struct
{
  guint n_layers;
  guint n_stages;
  guint n_conditions;
  guint n_rows;
  MockKind kind;
  const guint *widths; /* n_stages; NULL: 12, 48, 48, 12, 12, 48 … */
  const guint *layers; /* covered ones, ascending; NULL: all */
  guint n_covered;
} MockSpec;

typedef struct _Mock Mock;

Mock *mock_new (const MockSpec *spec);
void mock_free (Mock *mock);

SondeInvestigation *mock_get_investigation (Mock *mock); /* (transfer none) */
/* Stages "stage-0" …; called S0, "Stage 0", "mock stage 0". */
SondeFrame *mock_new_frame (Mock *mock, guint condition, guint layer);
/* The same with numbers of the test's own: @values[stage] is n_rows x width. */
SondeFrame *mock_new_frame_with (Mock *mock, guint condition, guint layer, const float *const *values);

/* Prepares all, lets every frame pass all of them in order, finishes all; the last one's result. */
SondeResult *mock_run (Mock *mock, GPtrArray *analyzers, GCancellable *cancellable, GError **error);

/* The result's table or figure of that name; NULL where it has none. */
SondeTable *mock_find_table (SondeResult *result, const char *name);
SondeFigure *mock_find_figure (SondeResult *result, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Mock, mock_free)

G_END_DECLS
