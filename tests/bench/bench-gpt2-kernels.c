#include "bench-gpt2-kernels.h"

const BenchGpt2Kernels *
bench_gpt2_kernels (void)
{
  static const BenchGpt2Kernels kernels = {
    gpt2_layer_norm, gpt2_gelu_new, gpt2_gelu_erf, gpt2_relu, gpt2_add,
    gpt2_all_finite, gpt2_find_not_finite, gpt2_attention_workspace, gpt2_attention
  };

  return &kernels;
}
