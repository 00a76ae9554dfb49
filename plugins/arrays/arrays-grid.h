#pragma once

#include "arrays-layout.h"

G_BEGIN_DECLS

/* Takes the stages and conditions that @options names, puts every array in its place, and checks that none is missing, that a
 * condition has equally many rows everywhere, and a stage equally many features. */
gboolean arrays_grid_fill (ArraysLayout *layout, ArraysFile *file, const ArraysOptions *options, GError **error);
/* Leaves of the conditions those that a person named, in that order. @places: what arrays call them → their place + 1, which follows;
 * 0 is one that is not wanted. */
gboolean arrays_grid_choose_conditions (GPtrArray **conditions, GHashTable *places, const char *text, GError **error);

G_END_DECLS
