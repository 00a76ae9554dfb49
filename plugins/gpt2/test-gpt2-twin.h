#pragma once

#include "sonde.h"

/* A GPT-2 with random weights and its naive twin: the forward pass in float64, one sequence, plain loops, nothing shared
 * with the plugin. Every weight is a multiple of 1/256 below 1/2 (gains: of 1/64 about 1), so F32, F16 and BF16 hold it exactly. */
typedef struct
{
  guint n_layers, n_heads, n_features, n_inner, n_positions, n_vocabulary;
  double epsilon;
  const char *activation;
  gboolean head;   /* lm_head of its own */
  gboolean prefix; /* names begin with "transformer." */
  gboolean scale_by_size, scale_by_layer;
  SondeDtype dtype;
  const char *more_config; /* goes into config.json as it stands, after a comma */
  GHashTable *weights;     /* of names without prefix to float *; twin_init () fills it */
  const char *poisoned;    /* the name of a tensor whose element poisoned_at is written as NaN, or NULL */
  gsize poisoned_at;
} Twin;

void twin_init (Twin *twin);
void twin_clear (Twin *twin);
/* config.json and model.safetensors */
void twin_write (Twin *twin, const char *directory);
/* (transfer full): of "mlp.in:1" and the like to double * [n_ids, features of the site] */
GHashTable *twin_run (Twin *twin, const gint32 *ids, gsize n_ids);
/* Any tokens. */
void twin_random_ids (Twin *twin, gint32 *ids, gsize n_ids);
/* How far a model may be from the twin, as a part of a site's largest number, or of 1: with random weights some twins round ten times as
 * much as others. It is a few times as far as the twin goes where each weight goes one float further, as a sum of n products rounds n times,
 * and a weight once. @exact: of twin_run () */
double twin_tolerate (Twin *twin, GHashTable *exact, const gint32 *ids, gsize n_ids);
/* Of a row, where the longest sequence has so many tokens. */
gsize twin_width (Twin *twin, const char *site, gsize longest);

/* One of three layers whose numbers are all different. */
Twin twin_small (void);

/* It, and the model that opens it. */
typedef struct
{
  Twin twin;
  char *directory;
  SondeModel *model;
  double tolerance; /* of a sequence as long as it takes */
} TwinFixture;

void twin_fixture_set_up (TwinFixture *fixture, gconstpointer data);
void twin_fixture_tear_down (TwinFixture *fixture, gconstpointer data);
