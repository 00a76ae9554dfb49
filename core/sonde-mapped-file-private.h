#pragma once

#include "sonde-mapped-file.h"

G_BEGIN_DECLS

/* Whether a page of any was missed so far: as cheap as can be. */
gboolean _sonde_mapped_file_is_whole (void);
/* @done, unless a file became shorter: that explains whatever else failed, and takes its place in @error. A cancelled run stays one. */
gboolean _sonde_mapped_file_explain (gboolean done, GError **error);

G_END_DECLS
