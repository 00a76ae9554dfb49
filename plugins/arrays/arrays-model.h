#pragma once

#include "sonde.h"

G_BEGIN_DECLS

#define ARRAYS_TYPE_MODEL (arrays_model_get_type ())
/* A file of arrays as a model that brings its own rows and runs nothing. */
G_DECLARE_FINAL_TYPE (ArraysModel, arrays_model, ARRAYS, MODEL, GObject)

ArraysModel *arrays_model_open (const char *path, GCancellable *cancellable, GError **error);

G_END_DECLS
