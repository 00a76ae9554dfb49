#pragma once

#include <gio/gio.h>

#include "sonde-estimate.h"
#include "sonde-frame.h"
#include "sonde-result.h"

G_BEGIN_DECLS

/* ---- what an analyzer says of itself ---- */

#define SONDE_TYPE_DESCRIPTION (sonde_description_get_type ())
/* From this come the checks of a chain and the `inspect` page. */
G_DECLARE_FINAL_TYPE (SondeDescription, sonde_description, SONDE, DESCRIPTION, GObject)

/**
 * SondeAttachmentInfo:
 * @name: under which it is attached; of a figure: that of its file
 * @shape: "rows x rows, float64, one per stage"; NULL for what is read
 * @unit: "1", "components"; NULL for what is read
 * @blurb: a sentence
 *
 * What is said of an attachment or, without shape and unit, of a figure.
 */
typedef struct
{
  char *name;
  char *shape;
  char *unit;
  char *blurb;
} SondeAttachmentInfo;

#define SONDE_TYPE_ATTACHMENT_INFO (sonde_attachment_info_get_type ())
GType sonde_attachment_info_get_type (void);
SondeAttachmentInfo *sonde_attachment_info_copy (const SondeAttachmentInfo *self);
void sonde_attachment_info_free (SondeAttachmentInfo *self);

SondeDescription *sonde_description_new (void);
void sonde_description_add_reads (SondeDescription *self, const char *name); /* must be attached upstream */
void sonde_description_add_uses (SondeDescription *self, const char *name);  /* is used where it is attached; at least one of all that is used must be */
void sonde_description_add_attaches (SondeDescription *self, const char *name, const char *shape, const char *unit, const char *blurb);
void sonde_description_add_table (SondeDescription *self, SondeTable *empty); /* columns only */
void sonde_description_add_figure (SondeDescription *self, const char *name, const char *blurb);
void sonde_description_set_example (SondeDescription *self, const char *chain); /* a chain that runs: "FIRST ! SECOND property=value" */

GPtrArray *sonde_description_get_reads (SondeDescription *self);    /* (transfer none) (element-type utf8) */
GPtrArray *sonde_description_get_uses (SondeDescription *self);     /* (transfer none) (element-type utf8) */
GPtrArray *sonde_description_get_attaches (SondeDescription *self); /* (transfer none), of SondeAttachmentInfo */
GPtrArray *sonde_description_get_tables (SondeDescription *self);   /* (transfer none) (element-type SondeTable) */
GPtrArray *sonde_description_get_figures (SondeDescription *self);  /* (transfer none), of SondeAttachmentInfo: name and blurb */
const char *sonde_description_get_example (SondeDescription *self); /* nullable */

/* ---- what an analyzer is told before the first frame ---- */

#define SONDE_TYPE_INVESTIGATION (sonde_investigation_get_type ())
G_DECLARE_FINAL_TYPE (SondeInvestigation, sonde_investigation, SONDE, INVESTIGATION, GObject)

/* @stages: of SondeStage; @widths [stages]: features of each; @layers: ascending, those that are covered. Copies. */
SondeInvestigation *sonde_investigation_new (guint n_layers, const guint *layers, guint n_covered, GPtrArray *conditions, GPtrArray *stages, const guint *widths);

guint sonde_investigation_get_n_layers (SondeInvestigation *self); /* of the model */
guint sonde_investigation_get_n_conditions (SondeInvestigation *self);
SondeCondition *sonde_investigation_get_condition (SondeInvestigation *self, guint condition);
guint sonde_investigation_get_n_stages (SondeInvestigation *self);
const SondeStage *sonde_investigation_get_stage (SondeInvestigation *self, guint stage);
guint sonde_investigation_get_n_features (SondeInvestigation *self, guint stage); /* width of the stage, equal in all layers */

/* The layers that `--layers` covers, ascending. Tables over layers hold these. */
const guint *sonde_investigation_get_layers (SondeInvestigation *self, guint *n_layers);
gboolean sonde_investigation_covers (SondeInvestigation *self, guint layer);
/* "middle" (n_layers / 2), "first", "last" or a number; also makes frames of that layer come even if `--layers` leaves it out. */
gboolean sonde_investigation_want_layer (SondeInvestigation *self, const char *layer, guint *index, GError **error);
/* The stage called @id; -1 where this tap has none such. */
int sonde_investigation_find_stage (SondeInvestigation *self, const char *id);

/* ---- the analyzer ---- */

/* It may run in this process or, with --isolate, in one of its own, together with instances of those upstream that it reads from: a
 * frame's tensors are then maps that cannot be written to, and whatever analyzers share is on the frame. No state of the process, no
 * environment and no global variable gets from one to another. */

#define SONDE_TYPE_ANALYZER (sonde_analyzer_get_type ())
G_DECLARE_INTERFACE (SondeAnalyzer, sonde_analyzer, SONDE, ANALYZER, GObject)

struct _SondeAnalyzerInterface
{
  GTypeInterface parent_iface;

  SondeDescription *(*describe) (SondeAnalyzer *self);
  gboolean (*prepare) (SondeAnalyzer *self, SondeInvestigation *investigation, GError **error); /* optional */
  gboolean (*process) (SondeAnalyzer *self, SondeFrame *frame, GCancellable *cancellable, GError **error);
  SondeResult *(*finish) (SondeAnalyzer *self, GCancellable *cancellable, GError **error);
  void (*estimate) (SondeAnalyzer *self, SondeEstimate *estimate); /* optional: where memory grows with the frames */
};

/* Its options are its GObject properties (readwrite, with blurb and default): no plugin parses an option. */
SondeDescription *sonde_analyzer_describe (SondeAnalyzer *self); /* (transfer full) */
/* Called once, before the first frame, with every property set. */
gboolean sonde_analyzer_prepare (SondeAnalyzer *self, SondeInvestigation *investigation, GError **error);
/* Called once for every (layer, condition): layers ascending, in each the conditions in order. */
gboolean sonde_analyzer_process (SondeAnalyzer *self, SondeFrame *frame, GCancellable *cancellable, GError **error);
SondeResult *sonde_analyzer_finish (SondeAnalyzer *self, GCancellable *cancellable, GError **error);
/* Its memory beside the frames', after it was prepared: both numbers are 0 where it does not say. */
SondeEstimate sonde_analyzer_estimate (SondeAnalyzer *self);

G_END_DECLS
