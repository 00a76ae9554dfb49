#pragma once

#include "sonde-analyzer.h"

G_BEGIN_DECLS

/* How figures, captions and key numbers spell what they all name, so that no two analyzers spell it differently. */

char *sonde_label_dup_panel (guint panel, const char *title);             /* "A) Comparison"; after Z comes AA */
char *sonde_label_dup_layer_stage (guint layer, const SondeStage *stage); /* "L6 Inpu" */
/* (transfer full) (element-type SondeStage): the same stages, each with a short label of its own. */
GPtrArray *sonde_label_dup_stages (GPtrArray *stages);
char **sonde_label_dup_short_labels (SondeInvestigation *investigation);                                          /* of all stages, for axes */
char **sonde_label_dup_stage_pairs (SondeInvestigation *investigation);                                           /* "I.v.E", in the order of sonde_stage_pair_get */
char *sonde_label_dup_rows (SondeInvestigation *investigation);                                                   /* "One sequence: 92, Many sequences: 92" */
char *sonde_label_dup_stage_values (SondeInvestigation *investigation, const double *values, const char *format); /* "input 2.1, gelu 3.4", or the range of many */
void sonde_label_set_caption (SondeFigure *figure, SondeInvestigation *investigation, const char *caption);       /* and what shortened names stand for */
char *sonde_label_dup_number (const char *format, double value);                                                  /* "0.72", '.' whatever the locale */

G_END_DECLS
