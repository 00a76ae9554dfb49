#include "fuzz.h"

#include "gpt2-config.h"

/* config.json: every number that is taken lies in its range. */

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *path = fuzz_write ("config.json", data, size);
  Gpt2Config config;
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) refusal = NULL;
  const gboolean loaded = gpt2_config_load (path, &config, &error);
  const gboolean of_family = gpt2_config_check_family (path, &refusal);

  fuzz_check_inner (loaded, error);
  fuzz_check_inner (of_family, refusal);
  if (!loaded)
    return 0;
  fuzz_assert (of_family && config.n_layers > 0 && config.n_heads > 0 && config.n_features > 0 && config.n_features % config.n_heads == 0);
  fuzz_assert (config.n_inner > 0 && config.n_positions > 0 && config.n_vocabulary > 0 && config.epsilon > 0 && config.epsilon <= 1);
  fuzz_assert (config.activation <= GPT2_RELU && config.activation_name != NULL);
  return 0;
}
