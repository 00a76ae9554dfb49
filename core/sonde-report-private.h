#pragma once

#include <json-glib/json-glib.h>

#include "figure/sonde-figure-writer.h"
#include "sonde-corpus.h"
#include "sonde-provenance-private.h"
#include "sonde-report.h"

G_BEGIN_DECLS

/* What the pages of a report are made from. */
typedef struct
{
  const char *title;
  SondeRun *run;
  SondeModel *model;
  SondeCorpus *corpus;    /* (nullable): the rows were there */
  GPtrArray *warnings;    /* of utf8 */
  GPtrArray *key_labels;  /* of utf8 */
  GPtrArray *key_texts;   /* of utf8, the same places */
  JsonObject *provenance; /* the reproducible part */
  SondeTheme theme;
} SondeReportPages;

/* Title page, a page a figure, provenance. */
SondeDocument *_sonde_report_build_document (const SondeReportPages *pages);
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
GPtrArray *_sonde_report_render (const SondeReportPages *pages, GPtrArray *tables, SondeFormats formats, const char *metadata, GBytes **tables_text, GCancellable *cancellable);
/* Every table, for results.json: an object with a member for each, @depth levels within others. */
void _sonde_tables_append_json (GString *text, GPtrArray *tables, guint depth);

G_END_DECLS
