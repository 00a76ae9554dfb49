#pragma once

#include "sonde-figure-writer.h"

/* Figures like those of a real run, from numbers that a fixed seed makes; @n_layers 1 and more. */
SondeFigure *gallery_activation_histogram (void);
SondeFigure *gallery_cosine_matrix (gsize n);
SondeFigure *gallery_cosine_histogram (void);
SondeFigure *gallery_cosine_cross_stage (gsize n);
SondeFigure *gallery_similarity_bars (guint n_pairs);
SondeFigure *gallery_dimensionality (void);
SondeFigure *gallery_profile (guint n_layers);
SondeFigure *gallery_violin (guint n_stages);
SondeFigure *gallery_cells (guint n_rows, guint n_columns); /* words beside them, and what their colours measure */
SondeFigure *gallery_logarithmic (guint n_layers); /* differences over ten orders of magnitude, some of them 0 */
SondeFigure *gallery_hostile (void);
