#pragma once

#include "figure/sonde-figure.h"
#include "sonde-recipe.h"
#include "sonde-run.h"

G_BEGIN_DECLS

/**
 * SondeFormats:
 * @SONDE_FORMAT_SVG: figures as SVG
 * @SONDE_FORMAT_PDF: figures as PDF, one a file
 * @SONDE_FORMAT_PNG: figures as PNG
 * @SONDE_FORMAT_NPZ: tables as npz files; no figure
 *
 * What a report holds beside report.pdf and the tables' CSV files.
 */
typedef enum
{
  SONDE_FORMAT_SVG = 1 << 0,
  SONDE_FORMAT_PDF = 1 << 1,
  SONDE_FORMAT_PNG = 1 << 2,
  SONDE_FORMAT_NPZ = 1 << 3,
} SondeFormats;

gboolean sonde_formats_parse (const char *text, SondeFormats *formats, GError **error);

#define SONDE_TYPE_REPORT (sonde_report_get_type ())
/* Everything that a run leaves behind, in one folder that appears whole or not at all. */
G_DECLARE_FINAL_TYPE (SondeReport, sonde_report, SONDE, REPORT, GObject)

/* Refuses an output folder that cannot be used, before anything runs. */
SondeReport *sonde_report_new (const char *directory, gboolean force, GError **error);

void sonde_report_set_formats (SondeReport *self, SondeFormats formats);
void sonde_report_set_theme (SondeReport *self, SondeTheme theme);
/* What the provenance says; all of these are taken as given. */
void sonde_report_set_recipe (SondeReport *self, const char *name, const char *title);
/* @command: what ran, without paths and whatever changes no number; @arguments: the words as typed, in results.json only. */
void sonde_report_set_command (SondeReport *self, const char *command, const char *const *arguments);
void sonde_report_set_seed (SondeReport *self, guint64 seed);
void sonde_report_set_checksum_weights (SondeReport *self, gboolean sha256);
void sonde_report_add_phase (SondeReport *self, const char *name, double seconds);
void sonde_report_add_warning (SondeReport *self, const char *sentence);

/* The capture of the run goes into the same folder; to be called before sonde_run_execute(). */
gboolean sonde_report_attach_capture (SondeReport *self, SondeRun *run, GError **error);
/* Before sonde_run_execute(): checksums of the model's files are computed while threads wait. */
void sonde_report_begin (SondeReport *self, SondeModel *model);
/* Draws and writes everything, then lets the folder appear. */
gboolean sonde_report_write (SondeReport *self, SondeRun *run, SondeModel *model, SondeCorpus *corpus, SondeChain *chain, GCancellable *cancellable, GError **error);

GPtrArray *sonde_report_get_highlights (SondeReport *self); /* (transfer none) (element-type utf8): "label: text", at most three, after write */
const char *sonde_report_get_json (SondeReport *self);      /* results.json, after write */

/* For a program that cannot go on: what reports of this process have written and not finished goes. Safe in a handler of signals. */
void sonde_report_abandon (void);

G_END_DECLS
