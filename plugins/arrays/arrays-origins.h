#pragma once

#include "arrays-layout.h"

G_BEGIN_DECLS

/* Tells the conditions where their rows come from: from the table of rows that @options names or that lies beside @file, else from
 * axes of sequences and positions. A table may also divide the rows among conditions. */
gboolean arrays_origins_apply (ArraysLayout *layout, ArraysFile *file, const ArraysOptions *options, GError **error);

G_END_DECLS
