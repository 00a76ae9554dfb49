#include "fuzz.h"

#include <glib/gstdio.h>

#include "fuzz-run.h"

/* A model of strangers, from its files to figures and tables: whatever provider of this build opens it, a recipe and a text of the same
 * stranger. What an input leaves out is that of a model that works, in model/. */

static const char *const files[] = { "config.json", "vocab.json", "merges.txt", "model.safetensors", "text.txt", "fuzz.recipe" };

static char *whole[G_N_ELEMENTS (files)];
static gsize whole_size[G_N_ELEMENTS (files)];

static void
read_whole_model (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (FUZZ_MODEL, files[i], NULL);

      fuzz_assert (whole[i] != NULL || g_file_get_contents (path, &whole[i], &whole_size[i], NULL));
    }
}

static void
write_files (const guint8 *data,
             gsize size)
{
  FuzzPiece pieces[G_N_ELEMENTS (files)];

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    pieces[i] = (FuzzPiece){ files[i] };
  fuzz_split (data, size, pieces, G_N_ELEMENTS (files));
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    if (!pieces[i].found)
      pieces[i] = (FuzzPiece){ files[i], (const guint8 *) whole[i], whole_size[i], TRUE };
  fuzz_write_pieces (pieces, G_N_ELEMENTS (files));
}

static SondeCorpus *
load_corpus (SondeModel *model,
             SondeRecipe *recipe,
             GError **error)
{
  g_autofree char *path = fuzz_dup_path ("text.txt");
  g_autofree char *text = NULL;
  gsize size;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (SondeCorpus) corpus = NULL;

  fuzz_assert (g_file_get_contents (path, &text, &size, NULL));
  bytes = g_bytes_new_take (g_steal_pointer (&text), size);
  corpus = sonde_corpus_new (sonde_model_get_tokenizer (model), path, bytes, error);
  if (corpus == NULL || (sonde_recipe_get_target (recipe) != NULL && !sonde_corpus_set_target (corpus, sonde_recipe_get_target (recipe), error)))
    return NULL;
  return g_steal_pointer (&corpus);
}

static SondeRun *
prepare (SondeRegistry *registry,
         SondeModel *model,
         GError **error)
{
  g_autofree char *path = fuzz_dup_path ("fuzz.recipe");
  g_autoptr (SondeRecipe) recipe = sonde_recipe_load (path, error);
  g_autoptr (SondeChain) chain = recipe != NULL ? sonde_recipe_build_chain (recipe, registry, NULL, error) : NULL;
  g_autoptr (SondeCorpus) corpus = NULL;
  g_autoptr (GPtrArray) conditions = NULL;
  SondeTap *tap;

  if (chain == NULL || !sonde_chain_check (chain, registry, error))
    return NULL;
  tap = sonde_chain_get_tap (chain, NULL);
  if (tap == NULL)
    {
      g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_CHAIN, "no tap");
      return NULL;
    }
  corpus = load_corpus (model, recipe, error);
  if (corpus == NULL)
    return NULL;
  conditions = sonde_recipe_dup_conditions (recipe);
  return sonde_run_new (model, tap, chain, conditions, corpus, "all", error);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  static SondeRegistry *registry; /* what a recipe says of providers is not told to it */
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeModel) model = NULL;
  g_autoptr (SondeRun) run = NULL;

  if (registry == NULL)
    registry = sonde_registry_new ();
  read_whole_model ();
  write_files (data, size);
  model = sonde_registry_open_model (registry, fuzz_get_folder (), NULL, &error);
  fuzz_check (model != NULL, error);
  if (model == NULL)
    return 0;
  fuzz_ask_model (model);
  if (sonde_model_get_tokenizer (model) == NULL)
    return 0;
  run = prepare (registry, model, &error);
  fuzz_run (run, (guint) size, error);
  return 0;
}
