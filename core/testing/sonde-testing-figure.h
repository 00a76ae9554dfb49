#pragma once

#include <sonde.h>

G_BEGIN_DECLS

/**
 * SONDE_TESTING_WRITE:
 *
 * The environment variable that makes sonde_testing_check_figure_file() write its files anew.
 */
#define SONDE_TESTING_WRITE "SONDE_TESTING_WRITE"

gboolean sonde_testing_compare_figures (SondeFigure *figure, SondeFigure *expected, double tolerance, GError **error);
gboolean sonde_testing_compare_rasters (SondeFigure *figure, SondeFigure *expected, double dots_per_inch, double tolerance, GError **error);
gboolean sonde_testing_compare_images (GBytes *png, GBytes *expected, double tolerance, GError **error);
/* A reference kept beside a test: NAME.figure holds what the figure was told, NAME.png how it looks, NAME.svg how it is drawn. */
gboolean sonde_testing_check_figure_file (SondeFigure *figure, const char *path, double tolerance, GError **error);

G_END_DECLS
