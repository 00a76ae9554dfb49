#include "sonde-math-private.h"

#include <string.h>

/* Order statistics of float32 values that stay where they are, by radix: a pass over the values counts the digits of all that share
 * the digits known so far with one that is sought, which gives the next digit of each of those. Three passes know all 32 bits. */
static const int shifts[] = { 21, 10, 0 }, widths[] = { 11, 11, 10 };

#define N_PASSES 3
#define N_DIGITS (1 << 11)
#define CHUNK 1024

typedef struct
{
  const float *values;
  size_t n;
  int pass;

  /* The digits known so far, each once, and the counts of the next one: counts of digit d behind prefix i stand at
   * (i + 1) N_DIGITS + d. The first N_DIGITS count what shares no prefix: counting that too needs no branch. */
  uint32_t prefixes[SONDE_MATH_MAX_RANKS];
  unsigned n_prefixes;
  size_t counts[(SONDE_MATH_MAX_RANKS + 1) * N_DIGITS]; /* atomic */
} Selection;

/* Where values [n] are counted. The bits of a float32, made such that their order is that of the numbers. */
VECTORISED
static void
find_buckets (const float *restrict values, size_t n, const Selection *selection, uint32_t *restrict places)
{
  const int shift = shifts[selection->pass], width = widths[selection->pass];
  const uint32_t mask = (1u << width) - 1;
  uint32_t bits[CHUNK];

  memcpy (bits, values, n * sizeof *bits);
  for (size_t i = 0; i < n; i++)
    {
      bits[i] ^= (bits[i] >> 31 ? UINT32_MAX : UINT32_C (1) << 31);
      places[i] = (bits[i] >> shift) & mask;
      bits[i] = (bits[i] >> shift) >> width;
    }
  for (unsigned k = 0; k < selection->n_prefixes; k++)
    {
      const uint32_t prefix = selection->prefixes[k];
      for (size_t i = 0; i < n; i++)
        places[i] += bits[i] == prefix ? (k + 1) * N_DIGITS : 0;
    }
}

static void
count_digits (unsigned task, unsigned worker, void *data)
{
  Selection *selection = data;
  const size_t n_counts = ((size_t) selection->n_prefixes + 1) * N_DIGITS;
  size_t first = task * SONDE_MATH_TASK_SIZE, left = selection->n - first;
  uint32_t counts[(SONDE_MATH_MAX_RANKS + 1) * N_DIGITS], places[CHUNK];

  (void) worker;
  memset (counts, 0, n_counts * sizeof *counts);
  left = left < SONDE_MATH_TASK_SIZE ? left : SONDE_MATH_TASK_SIZE;
  for (size_t some; left > 0; first += some, left -= some)
    {
      some = left < CHUNK ? left : CHUNK;
      find_buckets (selection->values + first, some, selection, places);
      for (size_t i = 0; i < some; i++)
        counts[places[i]]++;
    }
  /* Whole numbers: the order in which tasks add theirs does not matter. */
  for (size_t i = N_DIGITS; i < n_counts; i++)
    if (counts[i] > 0)
      __atomic_fetch_add (&selection->counts[i], counts[i], __ATOMIC_RELAXED);
}

static unsigned
find_prefix (const uint32_t *prefixes, unsigned n, uint32_t wanted)
{
  unsigned i = 0;
  while (i < n && prefixes[i] != wanted)
    i++;
  return i;
}

/* The next digit of each: ranks become ranks among the values that share it. */
static void
lengthen (const Selection *selection, unsigned n_ranks, size_t *ranks, uint32_t *known)
{
  for (unsigned i = 0; i < n_ranks; i++)
    {
      const size_t *counts = &selection->counts[((size_t) find_prefix (selection->prefixes, selection->n_prefixes, known[i]) + 1) * N_DIGITS];
      uint32_t digit = 0;

      for (; ranks[i] >= counts[digit]; digit++)
        ranks[i] -= counts[digit];
      known[i] = known[i] << widths[selection->pass] | digit;
    }
}

void
_sonde_math_select_f32 (const float *values, size_t n, const size_t *ranks, unsigned n_ranks, float *selected, SondeMathRun run)
{
  Selection selection = { .values = values, .n = n };
  uint32_t known[SONDE_MATH_MAX_RANKS] = { 0 };
  size_t left[SONDE_MATH_MAX_RANKS];

  memcpy (left, ranks, n_ranks * sizeof *left);
  for (; selection.pass < N_PASSES; selection.pass++)
    {
      selection.n_prefixes = 0;
      for (unsigned i = 0; i < n_ranks; i++)
        if (find_prefix (selection.prefixes, selection.n_prefixes, known[i]) == selection.n_prefixes)
          selection.prefixes[selection.n_prefixes++] = known[i];
      memset (selection.counts, 0, sizeof selection.counts);
      _sonde_math_run_tasks (run, n, count_digits, &selection);
      lengthen (&selection, n_ranks, left, known);
    }
  for (unsigned i = 0; i < n_ranks; i++)
    {
      uint32_t bits = known[i] >> 31 ? known[i] ^ UINT32_C (1) << 31 : ~known[i];
      memcpy (&selected[i], &bits, sizeof bits);
    }
}
