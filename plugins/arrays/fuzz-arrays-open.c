#include "fuzz-arrays-open.h"

#include "arrays-provider.h"
#include "fuzz-run.h"
#include "fuzz.h"

void
fuzz_arrays_open (const char *path,
                  const FuzzArraysOptions *options)
{
  g_autoptr (ArraysProvider) provider = g_object_new (ARRAYS_TYPE_PROVIDER, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeModel) model = NULL;
  g_autoptr (SondeRun) run = NULL;
  const char *const texts[][2] = {
    { "pattern", options != NULL ? options->pattern : NULL },
    { "axes", options != NULL ? options->axes : NULL },
    { "stages", options != NULL ? options->stages : NULL },
    { "conditions", options != NULL ? options->conditions : NULL },
    { "rows", options != NULL ? options->rows : NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i][1] != NULL)
      g_object_set (provider, texts[i][0], texts[i][1], NULL);
  model = sonde_model_provider_open (SONDE_MODEL_PROVIDER (provider), path, NULL, &error);
  fuzz_check (model != NULL, error);
  if (model == NULL)
    return;
  fuzz_ask_model (model);
  run = sonde_run_new_for_rows (model, NULL, "all", &error);
  fuzz_run (run, 0, error);
}
