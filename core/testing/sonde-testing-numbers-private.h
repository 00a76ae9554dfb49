#pragma once

#include "sonde-testing-mock.h"

G_BEGIN_DECLS

/* About normal, from -2 to 2; the same on every machine. */
float _sonde_testing_draw (guint64 *state);
/* Makes of @values [n_rows x n_columns] what a pathology says, where that can be made of any numbers. A row depends on itself and on
 * rows before it only. */
void _sonde_testing_spoil (SondeTestingPathology pathology, float *values, gsize n_rows, gsize n_columns);

G_END_DECLS
