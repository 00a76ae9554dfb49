#pragma once

#include "sonde.h"

G_BEGIN_DECLS

#define GPT2_TYPE_PROVIDER (gpt2_provider_get_type ())
G_DECLARE_FINAL_TYPE (Gpt2Provider, gpt2_provider, GPT2, PROVIDER, GObject)

G_END_DECLS
