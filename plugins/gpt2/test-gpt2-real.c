#define G_LOG_DOMAIN "gpt2"

#include <math.h>

#include "test-gpt2-common.h"

/* The real GPT-2 small, for whoever has it: SONDE_GPT2_DIR names the directory. Expected values come from the tests and
 * documents of other implementations, named at each test. */

static SondeModel *
open_real (void)
{
  const char *directory = g_getenv ("SONDE_GPT2_DIR");

  if (directory && *directory)
    return test_open (directory);
  g_test_skip ("SONDE_GPT2_DIR does not name a directory with GPT-2 small");
  return NULL;
}

/* (transfer full): logits [n, 50257], or of the last position only */
static GHashTable *
run_logits (SondeModel *model,
            const gint32 *ids,
            guint n,
            gboolean last_only)
{
  g_autoptr (SondeBatch) batch = sonde_batch_new ();
  g_autoptr (SondeSelection) selection = test_select (SONDE_NO_LAYER, "logits", TEST_END);
  const guint last = n - 1;

  if (last_only)
    sonde_batch_add (batch, ids, n, &last, 1);
  else
    test_add_whole (batch, ids, n);
  return test_run (model, batch, selection);
}

/* elixir-nx/bumblebee, test/bumblebee/text/gpt2_test.exs */
static void
test_logits (void)
{
  static const gint32 ids[] = { 15496, 11, 616, 3290, 318, 13779 };
  static const double expected[3][3] = { { -114.5832, -116.5725, -116.0830 }, { -89.8644, -93.1977, -94.4351 }, { -88.3380, -92.8703, -94.4454 } };
  g_autoptr (SondeModel) model = open_real ();
  g_autoptr (GHashTable) sites = NULL;
  const float *logits;

  if (!model)
    return;
  sites = run_logits (model, ids, G_N_ELEMENTS (ids), FALSE);
  logits = test_peek (sites, SONDE_NO_LAYER, "logits", G_N_ELEMENTS (ids), 50257);
  for (guint row = 0; row < 3; row++)
    for (guint column = 0; column < 3; column++)
      g_assert_cmpfloat_with_epsilon (logits[(row + 1) * 50257 + column + 1], expected[row][column], 1e-4 + 5e-5); /* printed with 4 digits */
}

static void
check_greedy (const gint32 *expected, guint n_prompt, guint n)
{
  g_autoptr (SondeModel) model = open_real ();

  if (!model)
    return;
  for (guint length = n_prompt; length < n; length++)
    {
      g_autoptr (GHashTable) sites = run_logits (model, expected, length, TRUE);
      const float *logits = test_peek (sites, SONDE_NO_LAYER, "logits", 1, 50257);
      gint32 best = 0;

      for (gint32 id = 1; id < 50257; id++)
        best = logits[id] > logits[best] ? id : best;
      g_assert_cmpint (best, ==, expected[length]);
    }
}

/* huggingface/transformers, tests/models/gpt2/test_modeling_gpt2.py */
static void
test_greedy_short (void)
{
  static const gint32 ids[] = { 464, 3290, 373, 1043, 287, 257, 2214, 1474, 262, 16246, 286, 2688, 290, 2688, 27262, 13, 198, 198, 464, 3290 };

  check_greedy (ids, 2, G_N_ELEMENTS (ids));
}

/* certik/fastGPT, README.md */
static void
test_greedy_long (void)
{
  static const gint32 ids[] = { 36235, 39141, 18765, 1143, 326, 9061, 561, 530, 1110, 1716, 845, 3665, 11, 475, 772, 339, 714, 407, 5967,
                                703, 484, 561, 307, 1498, 284, 466, 523, 13, 198, 198, 1, 40, 892, 326, 262, 749, 1593, 1517, 318 };

  check_greedy (ids, 19, G_N_ELEMENTS (ids));
}

/* TransformerLensOrg/TransformerLens, tests/acceptance/test_hooked_transformer.py: the mean loss of “Hello World!” after BOS */
static void
test_loss (void)
{
  static const gint32 ids[] = { 50256, 15496, 995, 0 };
  g_autoptr (SondeModel) model = open_real ();
  g_autoptr (GHashTable) sites = NULL;
  const float *logits;
  double loss = 0;

  if (!model)
    return;
  sites = run_logits (model, ids, G_N_ELEMENTS (ids), FALSE);
  logits = test_peek (sites, SONDE_NO_LAYER, "logits", G_N_ELEMENTS (ids), 50257);
  for (guint row = 0; row + 1 < G_N_ELEMENTS (ids); row++)
    {
      double sum = 0;

      for (guint id = 0; id < 50257; id++)
        sum += exp (logits[row * 50257 + id] - (double) logits[row * 50257 + (guint) ids[row + 1]]);
      loss += log (sum) / 3;
    }
  g_assert_cmpfloat_with_epsilon (loss, 5.331855773925781, 4e-5);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gpt2/real/logits", test_logits);
  g_test_add_func ("/gpt2/real/greedy-short", test_greedy_short);
  g_test_add_func ("/gpt2/real/greedy-long", test_greedy_long);
  g_test_add_func ("/gpt2/real/loss", test_loss);
  return g_test_run ();
}
