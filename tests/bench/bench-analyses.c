/* Each analyzer of the main recipe, behind those that it reads from, on frames as GPT-2 small gives them, beside the bare products that
 * similarities are made of; and what grows fastest, on more and more rows. */

#include "bench-blas.h"
#include "bench-model.h"
#include "bench.h"
#include <sonde-testing.h>

static const guint widths[] = { 768, 3072, 3072, 768 };
#define WIDEST 3072

/* A chain, and what goes down it. */
typedef struct
{
  SondeRecipe *recipe; /* whose chain it is; NULL: @text is the chain */
  const char *text;
  SondeInvestigation *investigation;
  GPtrArray *models; /* of SondeFrame: with the tensors of those that go down */
  GPtrArray *frames;
  SondeChain *chain;
} Analysis;

/* The same tensors, and nothing attached. */
static SondeFrame *
copy_frame (SondeFrame *frame)
{
  g_autoptr (GPtrArray) stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  g_autoptr (GPtrArray) tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);

  for (guint i = 0; i < sonde_frame_get_n_stages (frame); i++)
    {
      g_ptr_array_add (stages, sonde_stage_copy (sonde_frame_get_stage (frame, i)));
      g_ptr_array_add (tensors, sonde_tensor_ref (sonde_frame_get_tensor (frame, i)));
    }
  return sonde_frame_new (sonde_frame_get_condition (frame), sonde_frame_get_condition_index (frame), sonde_frame_get_layer (frame), stages, tensors);
}

/* Analyzers begin once and end once, and frames go down a chain once. */
static void
renew (gpointer data)
{
  Analysis *analysis = data;
  g_autoptr (GError) error = NULL;

  g_clear_object (&analysis->chain);
  if (analysis->recipe != NULL)
    analysis->chain = sonde_recipe_build_chain (analysis->recipe, bench_registry (), NULL, &error);
  else
    analysis->chain = sonde_chain_parse (bench_registry (), analysis->text, &error);
  bench_check (error);
  g_ptr_array_set_size (analysis->frames, 0);
  for (guint i = 0; i < analysis->models->len; i++)
    g_ptr_array_add (analysis->frames, copy_frame (g_ptr_array_index (analysis->models, i)));
}

static void
pass_frame (SondeChain *chain,
            SondeFrame *frame)
{
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < sonde_chain_get_n_analyzers (chain); i++)
    {
      sonde_analyzer_process (sonde_chain_get_analyzer (chain, i, NULL), frame, NULL, &error);
      bench_check (error);
    }
  sonde_frame_finish (frame, NULL, &error);
  bench_check (error);
}

static void
run_analysis (gpointer data)
{
  Analysis *analysis = data;
  const guint n_analyzers = sonde_chain_get_n_analyzers (analysis->chain);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n_analyzers; i++)
    {
      sonde_analyzer_prepare (sonde_chain_get_analyzer (analysis->chain, i, NULL), analysis->investigation, &error);
      bench_check (error);
    }
  for (guint i = 0; i < analysis->frames->len; i++)
    pass_frame (analysis->chain, g_ptr_array_index (analysis->frames, i));
  g_ptr_array_set_size (analysis->frames, 0); /* as they would go during a run */
  for (guint i = 0; i < n_analyzers; i++)
    {
      g_autoptr (SondeResult) result = sonde_analyzer_finish (sonde_chain_get_analyzer (analysis->chain, i, NULL), NULL, &error);

      bench_check (error);
    }
}

/* ---- the products ---- */

typedef struct
{
  guint n_frames, n_rows;
  double *x;   /* [rows, widest] */
  double *out; /* [rows, rows] */
} Grams;

/* The Gram matrix of each stage of each frame. */
static void
run_grams (gpointer data)
{
  const Grams *grams = data;

  for (guint i = 0; i < grams->n_frames; i++)
    for (guint j = 0; j < G_N_ELEMENTS (widths); j++)
      bench_gram (grams->n_rows, widths[j], grams->x, grams->out);
}

/* ---- cases ---- */

static GPtrArray *
make_frames (SondeTestingMock *mock,
             const SondeTestingSpec *spec)
{
  GPtrArray *frames = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint layer = 0; layer < spec->n_layers; layer++)
    for (guint condition = 0; condition < spec->n_conditions; condition++)
      g_ptr_array_add (frames, sonde_testing_mock_new_frame (mock, condition, layer));
  return frames;
}

typedef struct
{
  const char *name;
  const char *chain; /* NULL: the recipe's */
} Case;

static void
bench_chains (const Case *cases,
              guint n_cases,
              guint n_layers,
              guint n_conditions,
              guint n_rows)
{
  const SondeTestingSpec spec = { .n_layers = n_layers, .n_stages = G_N_ELEMENTS (widths), .n_conditions = n_conditions, .n_rows = n_rows, .widths = widths };
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeRecipe) recipe = sonde_recipe_load ("mlp-progression", &error);
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&spec);
  g_autoptr (GPtrArray) models = make_frames (mock, &spec);
  g_autoptr (GPtrArray) frames = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree double *x = bench_new_doubles ((gsize) n_rows * WIDEST);
  g_autofree double *out = g_new0 (double, (gsize) n_rows *n_rows);
  Grams grams = { models->len, n_rows, x, out };

  bench_check (error);
  for (guint i = 0; i < n_cases; i++)
    {
      Analysis analysis = { cases[i].chain != NULL ? NULL : recipe, cases[i].chain, sonde_testing_mock_get_investigation (mock), models, frames, NULL };

      bench_run (&(BenchCase){ cases[i].name, { run_analysis, &analysis, renew }, "Gram matrices by dgemm", { run_grams, &grams }, BENCH_CPU });
      g_clear_object (&analysis.chain);
    }
}

static void
bench_rows (const char *name,
            guint n_rows)
{
  const Case one = { name, "cosine ! rsa ! dimensionality" };

  if (bench_wants (name))
    bench_chains (&one, 1, 1, 1, n_rows);
}

int
main (int argc,
      char **argv)
{
  static const Case each[] = {
    { "distribution", "distribution" },
    { "cosine", "cosine" },
    { "cosine-rsa", "cosine ! rsa" },
    { "cosine-rsa-spearman", "cosine ! rsa method=spearman" },
    { "dimensionality", "dimensionality" },
    { "laminar-and-all-it-reads", "cosine ! rsa ! dimensionality ! laminar" },
    { "whole-recipe", NULL },
  };

  bench_begin ("analyses", argc, argv);
  bench_blas ();
  bench_chains (each, G_N_ELEMENTS (each), 12, 2, 100);
  bench_rows ("100-rows", 100);
  bench_rows ("1000-rows", 1000);
  bench_rows ("5000-rows", 5000);
  return bench_end ();
}
