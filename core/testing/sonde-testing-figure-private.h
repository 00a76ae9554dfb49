#pragma once

#include "sonde-testing-figure.h"

G_BEGIN_DECLS

/* Each FALSE with a sentence that begins with @name. */
gboolean _sonde_testing_compare_data (const char *name, GVariant *found, GVariant *expected, double tolerance, GError **error);
gboolean _sonde_testing_compare_texts (const char *name, const char *found, const char *expected, double tolerance, GError **error);
gboolean _sonde_testing_compare_surfaces (const char *name, cairo_surface_t *found, cairo_surface_t *expected, double points_per_pixel, double tolerance, GError **error);
/* (transfer full) (nullable): with @error set where it is no PNG */
cairo_surface_t *_sonde_testing_read_png (GBytes *png, const char *what, GError **error);

G_END_DECLS
