#pragma once

#include "sonde.h"

G_BEGIN_DECLS

#define ARRAYS_TYPE_PROVIDER (arrays_provider_get_type ())
G_DECLARE_FINAL_TYPE (ArraysProvider, arrays_provider, ARRAYS, PROVIDER, GObject)

G_END_DECLS
