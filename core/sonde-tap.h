#pragma once

#include "sonde-model.h"

G_BEGIN_DECLS

#define SONDE_TYPE_STAGE (sonde_stage_get_type ())

/* One step in a tap's sequence. */
typedef struct
{
  char *id;           /* in files: "projection" */
  char *short_label;  /* on axes and in legends: "Proj" */
  char *label;        /* in titles: "Projection" */
  char *axis_label;   /* in running text of an axis: "the projection" */
  char *site;         /* the model's site, in every layer; of the whole model, it is the same in all of them */
  char *formula;      /* copied from the site */
  GPtrArray *aliases; /* of SondeSiteAlias: the site's names in other libraries; may be empty */
  const char *domain; /* (nullable): the message domain that has the labels' translations; NULL: that of sonde */
} SondeStage;

GType sonde_stage_get_type (void);
SondeStage *sonde_stage_new (const char *id, const char *short_label, const char *label, const char *axis_label, const char *site, const char *formula);
/* The same with the site's formula, or a sentence why @model has no such site; @in_layers: one in every layer is needed. */
SondeStage *sonde_stage_new_for_site (SondeModel *model, const char *id, const char *short_label, const char *label, const char *axis_label, const char *site, gboolean in_layers, GError **error);
/* A stage of a tap that goes by names: one line of its table. */
typedef struct
{
  const char *id;
  const char *short_label;
  const char *label;
  const char *axis_label;
  const char *site;
  gboolean in_layers; /* the site must exist in every layer */
} SondeStageInfo;

/* (transfer container) (element-type SondeStage): all of a table, in order; @domain (nullable) has the labels' translations. */
GPtrArray *sonde_stages_new_for_sites (SondeModel *model, const SondeStageInfo *infos, guint n_infos, const char *domain, GError **error);
/* (transfer container) (element-type SondeStage): the same without a model, and so without formulas. */
GPtrArray *sonde_stages_new_for_infos (const SondeStageInfo *infos, guint n_infos, const char *domain);
SondeStage *sonde_stage_copy (const SondeStage *self);
SondeStage *sonde_stage_dup_translated (const SondeStage *self); /* with the labels that people read */
void sonde_stage_free (SondeStage *self);
void sonde_stage_add_alias (SondeStage *self, const char *library, const char *name);
/* Whether @name means the stage: its id, its site, or what another library calls that. */
gboolean sonde_stage_is_called (const SondeStage *self, const char *name);

#define SONDE_TYPE_TAP (sonde_tap_get_type ())
G_DECLARE_INTERFACE (SondeTap, sonde_tap, SONDE, TAP, GObject)

/* What a tap implements; whoever asks calls sonde_tap_list_…(), which check. */
struct _SondeTapInterface
{
  GTypeInterface parent_iface;

  GPtrArray *(*dup_stages) (SondeTap *self, SondeModel *model, GError **error); /* (transfer full) (element-type SondeStage): frees its elements */
  GPtrArray *(*dup_wanted) (SondeTap *self);                                    /* (transfer full) (element-type SondeStage); optional */
};

/* (transfer container) (element-type SondeStage); or a sentence why this model has none. */
GPtrArray *sonde_tap_list_stages (SondeTap *self, SondeModel *model, GError **error);
/* The stages that it wants of any model, without formulas; empty where that cannot be said before there is one. */
GPtrArray *sonde_tap_list_wanted (SondeTap *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeStage, sonde_stage_free)

G_END_DECLS
