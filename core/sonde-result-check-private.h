#pragma once

#include "sonde-analyzer.h"

G_BEGIN_DECLS

/* Tables and figures are described by the analyzer that gives them, and every number is finite or undefined. */
gboolean _sonde_check_result (SondeAnalyzer *analyzer, SondeResult *result, GError **error);
/* Tables and figures are files of that name. */
gboolean _sonde_check_result_name (const char *name, GError **error);

G_END_DECLS
