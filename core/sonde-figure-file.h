#pragma once

#include "figure/sonde-figure.h"

G_BEGIN_DECLS

/* A figure as a file by itself, as the ending of its name says: .svg, .pdf or .png. */

/* Whether a figure can be written under a name that ends like @path's. */
gboolean sonde_figure_check_name (const char *path, GError **error);
/* The file appears whole or not at all. @metadata: text kept in it. */
gboolean sonde_figure_save (SondeFigure *figure, const char *path, const char *metadata, GError **error);

G_END_DECLS
