#pragma once

#include "gpt2-kernels.h"

/* The kernels of the GPT-2 plugin, from a module: it is linked with OpenBLAS, which must be open by then. */
typedef struct
{
  __typeof__ (gpt2_layer_norm) *layer_norm;
  __typeof__ (gpt2_gelu_new) *gelu_new;
  __typeof__ (gpt2_gelu_erf) *gelu_erf;
  __typeof__ (gpt2_relu) *relu;
  __typeof__ (gpt2_add) *add;
  __typeof__ (gpt2_all_finite) *all_finite;
  __typeof__ (gpt2_find_not_finite) *find_not_finite;
  __typeof__ (gpt2_attention_workspace) *attention_workspace;
  __typeof__ (gpt2_attention) *attention;
} BenchGpt2Kernels;

__attribute__ ((visibility ("default"))) const BenchGpt2Kernels *bench_gpt2_kernels (void);
