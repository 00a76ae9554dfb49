#define G_LOG_DOMAIN "gpt2"

#include "sonde-plugin.h"

#include "gpt2-provider.h"

SONDE_PLUGIN_REGISTER (SONDE_TYPE_MODEL_PROVIDER, GPT2_TYPE_PROVIDER)
