#pragma once

#include <sonde.h>

#define @TYPE@_TYPE_MODEL (@type@_model_get_type ())
G_DECLARE_FINAL_TYPE (@Type@Model, @type@_model, @TYPE@, MODEL, GObject)

SondeModel *@type@_model_new (const char *path, guint n_layers, guint n_features);
