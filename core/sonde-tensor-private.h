#pragma once

#include "sonde-tensor.h"

G_BEGIN_DECLS

/* FALSE where there are too many dimensions, or where the elements or their bytes overflow what can be addressed. */
gboolean _sonde_shape_count (const gsize *shape, guint n_dims, SondeDtype dtype, gsize *n_elements, gsize *n_bytes);
char *_sonde_shape_to_string (const gsize *shape, guint n_dims); /* "[92, 768]" */

/* @source: @n elements of @dtype, little-endian, at any address. @target: @n numbers. They must not overlap. */
void _sonde_convert_to_f32 (SondeDtype dtype, const void *source, gsize n, float *target);
void _sonde_convert_to_f64 (SondeDtype dtype, const void *source, gsize n, double *target);

G_END_DECLS
