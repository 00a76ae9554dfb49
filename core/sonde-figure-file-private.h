#pragma once

#include "sonde-figure-file.h"

G_BEGIN_DECLS

#define _SONDE_PNG_DOTS_PER_INCH 200

/* The date in PDF files: that of the sources' snapshot where SOURCE_DATE_EPOCH says so, else a fixed one. A clock's would make
 * equal inputs give different bytes. */
gint64 _sonde_document_date (void);

G_END_DECLS
