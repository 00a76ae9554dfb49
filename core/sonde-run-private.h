#pragma once

#include "sonde-capture-private.h"
#include "sonde-run.h"

G_BEGIN_DECLS

struct _SondeRun
{
  GObject parent_instance;

  SondeModel *model;
  SondeChain *chain;     /* (nullable) */
  gboolean own_rows;     /* the model brings its rows and runs no text */
  GPtrArray *conditions; /* of SondeCondition */
  GPtrArray *stages;     /* of SondeStage */
  GPtrArray *sites;      /* of SondeSite: one a stage */
  SondeInvestigation *investigation;
  GArray *layers; /* for which frames come */
  SondeBatch *batch;
  GPtrArray *warnings;
  GPtrArray *results;

  char *capture_path;
  SondeCaptureWriter *capture;
  SondeProgressFunc progress;
  gpointer progress_data;

  SondeFrameFunc frame_func;
  gpointer frame_data;

  GPtrArray *fixed;    /* of SondeTensor: of stages whose site belongs to no layer, the same in every frame; NULL for the others */
  GHashTable *pending; /* layer → GPtrArray of SondeTensor, NULL where a stage has not come yet */
  guint layers_done;
  GCancellable *cancellable; /* while executing */
};

void _sonde_run_take_warnings (SondeRun *self, GPtrArray *warnings);

/* Whether every value of the frame is finite; the sentence says which one is not. @own_rows: they were read, not computed. */
gboolean _sonde_run_check_finite (SondeFrame *frame, gboolean own_rows, GError **error);

/* For the estimate of its memory. */
SondeChain *_sonde_run_get_chain (SondeRun *self); /* (transfer none) (nullable) */
SondeEstimate _sonde_run_estimate_model (SondeRun *self);

/* What a run asks of a model that brings its own rows. */

/* Refuses layers that the model holds no rows of. */
gboolean _sonde_rows_check_layers (SondeModel *model, GArray *layers, GError **error);
/* The layers that @text covers; "all" are all that there are rows of. */
GArray *_sonde_rows_cover_layers (SondeModel *model, const char *text, GError **error);
/* Refuses conditions of too few rows; @warnings get what is known of the rows' tokens. */
gboolean _sonde_rows_check_conditions (GPtrArray *conditions, GPtrArray *warnings, GError **error);

G_END_DECLS
