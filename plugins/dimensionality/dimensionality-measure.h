#pragma once

#include <math/sonde-math.h>
#include <sonde.h>

G_BEGIN_DECLS

/* Both measures of one stage of one frame; NaN where undefined. */
typedef struct
{
  double ratio;
  double dimension;
} DimensionalityMeasure;

/* What a thread finds out about a stage. Words are for later, when the stages stand in their order again. */
typedef struct
{
  DimensionalityMeasure measure;
  double margin;
  SondeMathStatus status; /* UNDEFINED: cancelled */
} DimensionalityOutcome;

/* @outcomes [stages] of all stages of a frame, several at a time. */
void dimensionality_measure_stages (SondeFrame *frame, double threshold, GCancellable *cancellable, DimensionalityOutcome *outcomes);

/* Bytes that this takes: each thread holds the matrix of a stage, a block of its activations, and what the algebra's library packs of
 * that; at most those of the largest. */
guint64 dimensionality_estimate (SondeInvestigation *investigation);

G_END_DECLS
