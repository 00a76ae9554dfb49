#define G_LOG_DOMAIN "arrays"

#include "sonde-plugin.h"

#include "arrays-provider.h"

SONDE_PLUGIN_REGISTER (SONDE_TYPE_MODEL_PROVIDER, ARRAYS_TYPE_PROVIDER)
