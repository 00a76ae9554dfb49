#pragma once

#include <json-glib/json-glib.h>

#include "figure/sonde-figure-writer.h"
#include "sonde-corpus.h"
#include "sonde-run.h"

G_BEGIN_DECLS

/* What the pages of a report are made from. */
typedef struct
{
  const char *title;
  SondeRun *run;
  SondeModel *model;
  SondeCorpus *corpus;
  GPtrArray *warnings;    /* of utf8 */
  GPtrArray *key_labels;  /* of utf8 */
  GPtrArray *key_texts;   /* of utf8, the same places */
  JsonObject *provenance; /* the reproducible part */
} SondeReportPages;

/* Title page, a page a figure, provenance. */
SondeDocument *_sonde_report_build_document (const SondeReportPages *pages);
/* Every table, for results.json. */
JsonObject *_sonde_tables_to_json (GPtrArray *tables);

G_END_DECLS
