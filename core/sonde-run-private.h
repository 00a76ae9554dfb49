#pragma once

#include "sonde-capture-private.h"
#include "sonde-run.h"
#include "sonde-words-private.h"

G_BEGIN_DECLS

/* Conditions that run together. */
typedef struct
{
  guint first; /* condition */
  guint n;     /* how many */
  SondeBatch *batch;
} SondeRunBatch;

/* Frames that are kept from one run to the next. */
typedef struct _SondeRunCheckpoint SondeRunCheckpoint;

struct _SondeRun
{
  GObject parent_instance;

  SondeModel *model;
  SondeChain *chain;         /* (nullable) */
  gboolean own_rows;         /* the model brings its rows and runs no text */
  GPtrArray *conditions;     /* of SondeCondition */
  GPtrArray *stages;         /* of SondeStage, with labels that people read */
  GPtrArray *english_stages; /* the same as they were written, for captures */
  GPtrArray *sites;          /* of SondeSite: one a stage */
  SondeInvestigation *investigation;
  GArray *layers;                 /* for which frames come */
  GPtrArray *batches;             /* of SondeRunBatch: each condition is in one, in order */
  SondeRunBatch *running;         /* (nullable): one of them */
  SondeRunCheckpoint *checkpoint; /* (nullable) */
  SondeSentences *warnings;
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

/* What it is, for whoever mends a fault. */
void _sonde_run_tell (SondeRun *self);
const SondeSentences *_sonde_run_get_sentences (SondeRun *self);

/* All conditions, in as few batches as are not too large. */
GPtrArray *_sonde_run_list_batches (SondeRun *self);
/* (transfer full): the sites of all layers; or, with @fixed, those that belong to none. */
SondeSelection *_sonde_run_select_sites (SondeRun *self, gboolean fixed);
/* A frame that is finite goes into the capture, to whoever looks on, and down the chain. */
gboolean _sonde_run_process_frame (SondeRun *self, SondeFrame *frame, GError **error);
/* A SondeSiteFunc: what the running batch's model gives. */
gboolean _sonde_run_take_site (guint layer, const char *site, SondeTensor *tensor, gpointer user_data, GError **error);
/* All frames of a layer of the running batch are done. */
void _sonde_run_end_layer (SondeRun *self);

void _sonde_run_checkpoint_free (SondeRunCheckpoint *checkpoint);
gboolean _sonde_run_checkpoint_open (SondeRun *self, GError **error);
/* Processes the running batch's frames that are there, from the first on. @there: all of them were. */
gboolean _sonde_run_checkpoint_load (SondeRun *self, gboolean *there, GError **error);
/* Keeps a frame that was computed. @known: it was there, is the same, and was processed when it was loaded. */
gboolean _sonde_run_checkpoint_keep (SondeRun *self, SondeFrame *frame, gboolean *known, GError **error);
/* Runs the running batch from the layer on that an earlier run came to, where the model can do that; otherwise from its first. */
gboolean _sonde_run_checkpoint_run (SondeRun *self, SondeSelection *selection, GError **error);
void _sonde_run_checkpoint_end_batch (SondeRun *self);
gboolean _sonde_run_checkpoint_end_layer (SondeRun *self, GError **error);

/* Whether every value of the frame is finite; the sentence says which one is not. @own_rows: they were read, not computed. */
gboolean _sonde_run_check_finite (SondeFrame *frame, gboolean own_rows, GError **error);

SondeChain *_sonde_run_get_chain (SondeRun *self); /* (transfer none) (nullable) */

/* What a run asks of a model that brings its own rows. */

/* Refuses layers that the model holds no rows of. */
gboolean _sonde_rows_check_layers (SondeModel *model, GArray *layers, GError **error);
/* The layers that @text covers; "all" are all that there are rows of. */
GArray *_sonde_rows_cover_layers (SondeModel *model, const char *text, GError **error);
/* Refuses conditions of too few rows; @warnings get what is known of the rows' tokens. */
gboolean _sonde_rows_check_conditions (GPtrArray *conditions, SondeSentences *warnings, GError **error);

G_END_DECLS
