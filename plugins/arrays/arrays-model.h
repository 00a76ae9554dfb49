#pragma once

#include "arrays-places.h"

G_BEGIN_DECLS

#define ARRAYS_TYPE_MODEL (arrays_model_get_type ())
/* A source of arrays as a model that brings its own rows and runs nothing. */
G_DECLARE_FINAL_TYPE (ArraysModel, arrays_model, ARRAYS, MODEL, GObject)

ArraysModel *arrays_model_open (const char *path, const ArraysOptions *options, GCancellable *cancellable, GError **error);

G_END_DECLS
