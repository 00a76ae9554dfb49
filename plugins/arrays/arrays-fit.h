#pragma once

#include "arrays-layout.h"

G_BEGIN_DECLS

/* How many stages have an array for every layer and condition, each of as many rows as the condition and of equally many features.
 * @new_places: (transfer full): of each stage's place, from 1, the one that it has among these, 0 where it is none. 0, and nothing to
 * free, where that is all of them or none; else a warning says why the others are not. */
guint arrays_fit_find (ArraysLayout *layout, ArraysFile *file, guint **new_places);

G_END_DECLS
