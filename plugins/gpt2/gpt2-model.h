#pragma once

#include "sonde.h"

G_BEGIN_DECLS

#define GPT2_TYPE_MODEL (gpt2_model_get_type ())
G_DECLARE_FINAL_TYPE (Gpt2Model, gpt2_model, GPT2, MODEL, GObject)

Gpt2Model *gpt2_model_open (const char *path, GCancellable *cancellable, GError **error);

G_END_DECLS
