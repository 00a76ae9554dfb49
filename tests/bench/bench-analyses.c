/* Each analyzer of the main recipe on frames as GPT-2 small gives them, beside the bare products that their similarities are made
 * of; and what grows fastest, on more and more rows. */

#include "bench-blas.h"
#include "bench-model.h"
#include "bench.h"
#include "mock.h"

static const guint widths[] = { 768, 3072, 3072, 768 };
static const MockSpec usual = { .n_layers = 12, .n_stages = G_N_ELEMENTS (widths), .n_conditions = 2, .n_rows = 100, .widths = widths };

/* Analyzers first to last of a chain, on frames that are there. */
typedef struct
{
  SondeRecipe *recipe;    /* whose chain it is, or */
  const char *chain_text; /* the chain itself */
  guint first, last;
  SondeInvestigation *investigation;
  GPtrArray *frames; /* with what the analyzers before the first attached */
  SondeChain *chain;
} Analysis;

/* An analyzer begins once and ends once: each run has new ones. */
static void
renew_chain (gpointer data)
{
  Analysis *analysis = data;
  g_autoptr (GError) error = NULL;

  g_clear_object (&analysis->chain);
  if (analysis->recipe != NULL)
    analysis->chain = sonde_recipe_build_chain (analysis->recipe, bench_registry (), NULL, &error);
  else
    analysis->chain = sonde_chain_parse (bench_registry (), analysis->chain_text, &error);
  bench_check (error);
}

static void
run_analysis (gpointer data)
{
  Analysis *analysis = data;
  g_autoptr (GError) error = NULL;

  for (guint i = analysis->first; i <= analysis->last; i++)
    sonde_analyzer_prepare (sonde_chain_get_analyzer (analysis->chain, i, NULL), analysis->investigation, &error);
  bench_check (error);
  for (guint j = 0; j < analysis->frames->len; j++)
    for (guint i = analysis->first; i <= analysis->last; i++)
      {
        sonde_analyzer_process (sonde_chain_get_analyzer (analysis->chain, i, NULL), g_ptr_array_index (analysis->frames, j), NULL, &error);
        bench_check (error);
      }
  for (guint i = analysis->first; i <= analysis->last; i++)
    {
      g_autoptr (SondeResult) result = sonde_analyzer_finish (sonde_chain_get_analyzer (analysis->chain, i, NULL), NULL, &error);

      bench_check (error);
    }
}

static GPtrArray *
make_frames (Mock *mock,
             const MockSpec *spec)
{
  GPtrArray *frames = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint layer = 0; layer < spec->n_layers; layer++)
    for (guint condition = 0; condition < spec->n_conditions; condition++)
      g_ptr_array_add (frames, mock_new_frame (mock, condition, layer));
  return frames;
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

static void
init_grams (Grams *grams,
            guint n_frames,
            guint n_rows)
{
  *grams = (Grams){ n_frames, n_rows, bench_new_doubles ((gsize) n_rows * 3072), g_new0 (double, (gsize) n_rows *n_rows) };
}

static void
clear_grams (Grams *grams)
{
  g_free (grams->x);
  g_free (grams->out);
}

/* ---- cases ---- */

static void
bench_each (void)
{
  g_autoptr (Mock) mock = mock_new (&usual);
  g_autoptr (GPtrArray) frames = make_frames (mock, &usual);
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeRecipe) recipe = sonde_recipe_load ("mlp-progression", &error);
  Analysis analysis = { recipe, NULL, 0, 0, mock_get_investigation (mock), frames, NULL };
  Grams grams;
  guint n;

  bench_check (error);
  init_grams (&grams, frames->len, usual.n_rows);
  renew_chain (&analysis);
  n = sonde_chain_get_n_analyzers (analysis.chain);
  for (guint i = 0; i <= n; i++)
    {
      const char *element = "whole-chain";
      g_autofree char *name = NULL;

      renew_chain (&analysis);
      if (i < n)
        sonde_chain_get_analyzer (analysis.chain, i, &element);
      name = g_strdup (element); /* the chain goes away */
      analysis.first = i < n ? i : 0;
      analysis.last = i < n ? i : n - 1;
      run_analysis (&analysis); /* those behind it read what it attaches */
      bench_run (&(BenchCase){ name, { run_analysis, &analysis, renew_chain }, "Gram matrices by dgemm", { run_grams, &grams }, BENCH_CPU });
    }
  clear_grams (&grams);
  g_clear_object (&analysis.chain);
}

static void
bench_rows (const char *name,
            guint n_rows)
{
  const MockSpec spec = { .n_layers = 1, .n_stages = G_N_ELEMENTS (widths), .n_conditions = 1, .n_rows = n_rows, .widths = widths };
  g_autoptr (Mock) mock = NULL;
  g_autoptr (GPtrArray) frames = NULL;
  Analysis analysis = { NULL, "cosine ! rsa ! dimensionality", 0, 2 };
  Grams grams;

  if (!bench_wants (name))
    return;
  mock = mock_new (&spec);
  frames = make_frames (mock, &spec);
  analysis.investigation = mock_get_investigation (mock);
  analysis.frames = frames;
  init_grams (&grams, 1, n_rows);
  bench_run (&(BenchCase){ name, { run_analysis, &analysis, renew_chain }, "Gram matrices by dgemm", { run_grams, &grams }, BENCH_CPU });
  clear_grams (&grams);
  g_clear_object (&analysis.chain);
}

int
main (int argc,
      char **argv)
{
  bench_begin ("analyses", argc, argv);
  bench_blas ();
  bench_each ();
  bench_rows ("100-rows", 100);
  bench_rows ("1000-rows", 1000);
  bench_rows ("5000-rows", 5000);
  return bench_end ();
}
