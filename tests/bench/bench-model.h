#pragma once

#include "sonde.h"

G_BEGIN_DECLS

/* GPT-2 models with random weights, written once into the folder that SONDE_BENCH_MODELS names. */

typedef struct
{
  const char *name; /* "124m": of its folder too */
  guint n_layers, n_features, n_heads;
} BenchShape;

extern const BenchShape bench_small, bench_medium;
/* Below this many ids there are tokens in each of them. */
#define BENCH_N_IDS 4000

SondeRegistry *bench_registry (void);                   /* (transfer none) */
SondeModel *bench_model_open (const BenchShape *shape); /* (transfer full) */
SondeModel *bench_model_open_path (const char *path);   /* (transfer full) */

/* What the main recipe runs: one sequence of @n_windows + 1 tokens, all kept but the first, and as many windows of ten tokens, the
 * last of each kept. */
SondeBatch *bench_batch_new (guint n_windows);

G_END_DECLS
