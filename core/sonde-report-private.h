#pragma once

#include <json-glib/json-glib.h>

#include "figure/sonde-figure-writer.h"
#include "sonde-corpus.h"
#include "sonde-provenance-private.h"
#include "sonde-report.h"
#include "sonde-words-private.h"

G_BEGIN_DECLS

/* What took time. */
typedef struct
{
  char *name;
  double seconds;
  gint64 peak_bytes; /* the most that was resident so far, mapped files included */
} SondePhase;

/* What the pages of a report and its results.json are made from. */
typedef struct
{
  const char *title;
  SondeRun *run;
  SondeModel *model;
  SondeCorpus *corpus; /* (nullable): the rows were there */
  const SondeSentences *warnings;
  GPtrArray *key_labels;  /* of SondeWords */
  GPtrArray *key_texts;   /* of SondeWords: one for each label */
  JsonObject *provenance; /* the reproducible part */
  SondeTheme theme;

  /* these stand in results.json alone */
  JsonArray *failures; /* of analyzers; may be empty */
  GPtrArray *files;    /* of utf8: the report's own, but for results.json itself */
  char **arguments;    /* (nullable) */
  GArray *phases;      /* of SondePhase */
} SondeReportContents;

/* Title page, a page a figure, provenance. */
SondeDocument *_sonde_report_build_document (const SondeReportContents *contents);
/* One file of the report that is drawn. */
typedef struct
{
  char *name;    /* "figures/NAME.svg" */
  GBytes *bytes; /* NULL: @error says why */
  GError *error;
} SondeDrawing;

/* Sets all figures while the files behind the model are read; both are needed before anything is drawn. They must not be changed
 * and are kept as they were set until the array is freed. (transfer full) (element-type SondeFigure) */
GPtrArray *_sonde_report_prepare (SondeRun *run, SondeTheme theme, SondeProvenanceFiles *files, GCancellable *cancellable);
/* What goes into files: report.pdf, all figures in all @formats, and @tables; and in @tables_text, NULL where it was cancelled, what
 * results.json holds of the tables. In parallel, since each takes long against what it shares with the others. (transfer full)
 * (element-type SondeDrawing) */
GPtrArray *_sonde_report_render (const SondeReportContents *contents, GPtrArray *tables, SondeFormats formats, const char *metadata, GBytes **tables_text, GCancellable *cancellable);
/* results.json without its last line end; @tables is what _sonde_report_render () made of them. (transfer full) */
char *_sonde_report_build_json (const SondeReportContents *contents, GBytes *tables);
/* Every table, for results.json: an object with a member for each, @depth levels within others. */
void _sonde_tables_append_json (GString *text, GPtrArray *tables, guint depth);

G_END_DECLS
