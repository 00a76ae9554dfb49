#define G_LOG_DOMAIN "gpt2"

#include <gio/gio.h>
#include <string.h>

#include "test-gpt2-common.h"
#include "test-gpt2-twin.h"

/* ---- batches that cannot run, and runs that are ended ---- */

static gboolean
take (guint layer,
      const char *site,
      SondeTensor *tensor,
      gpointer user_data,
      GError **error)
{
  return TRUE;
}

static void
assert_run_fails (SondeModel *model,
                  SondeBatch *batch,
                  SondeSelection *selection,
                  SondeError code,
                  const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (sonde_model_run (model, batch, selection, take, NULL, NULL, &error));
  g_assert_error (error, SONDE_ERROR, (int) code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, part));
}

static void
test_refusals (TwinFixture *fixture, gconstpointer data)
{
  g_autoptr (SondeSelection) good = test_select (0, "mlp.in", TEST_END);
  g_autoptr (SondeBatch) long_one = sonde_batch_new ();
  g_autoptr (SondeBatch) outside = sonde_batch_new ();
  gint32 ids[81] = { 0 };

  test_add_whole (long_one, ids, 81);
  assert_run_fails (fixture->model, long_one, good, SONDE_ERROR_TEXT, "81 tokens; GPT-2, 3 layers, 24 features takes at most 80");
  ids[2] = 50;
  test_add_whole (outside, ids, 1);
  test_add_whole (outside, ids, 3);
  assert_run_fails (fixture->model, outside, good, SONDE_ERROR_VALUE, "Sequence 1 has the token id 50 at position 2, 0 to 49 expected");
}

static gboolean
cancel (guint layer,
        const char *site,
        SondeTensor *tensor,
        gpointer user_data,
        GError **error)
{
  g_assert_cmpuint (layer, ==, 0);
  g_cancellable_cancel (user_data);
  return TRUE;
}

static gboolean
refuse (guint layer,
        const char *site,
        SondeTensor *tensor,
        gpointer user_data,
        GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "the disk is full");
  return FALSE;
}

static void
test_end_early (TwinFixture *fixture, gconstpointer data)
{
  g_autoptr (SondeSelection) selection = test_select (0, "mlp.in", 1, "mlp.in", TEST_END);
  g_autoptr (SondeBatch) batch = sonde_batch_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  const gint32 ids[] = { 1, 2 };

  test_add_whole (batch, ids, 2);
  g_assert_false (sonde_model_run (fixture->model, batch, selection, cancel, cancellable, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (sonde_model_run (fixture->model, batch, selection, cancel, NULL, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_false (sonde_model_run (fixture->model, batch, selection, refuse, NULL, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

/* ---- weights that are not finite ---- */

static void
check_poisoned (SondeDtype dtype,
                const char *name,
                gsize at,
                guint layer,
                const char *site,
                const char *message)
{
  Twin twin = twin_small ();
  char *directory = test_make_directory ();
  g_autoptr (SondeBatch) batch = sonde_batch_new ();
  g_autoptr (SondeSelection) selection = test_select (layer, site, TEST_END);
  const gint32 ids[] = { 1, 2, 3 };

  twin.dtype = dtype;
  twin.poisoned = name;
  twin.poisoned_at = at;
  twin_init (&twin);
  twin_write (&twin, directory);
  test_add_whole (batch, ids, 3);
  {
    g_autoptr (SondeModel) model = test_open (directory);

    if (message)
      assert_run_fails (model, batch, selection, SONDE_ERROR_VALUE, message);
    else
      g_hash_table_unref (test_run (model, batch, selection));
  }
  twin_clear (&twin);
  test_remove_directory (directory);
}

static void
test_poisoned (void)
{
  check_poisoned (SONDE_DTYPE_F32, "h.1.mlp.c_fc.weight", 41, 2, "block", "“transformer.h.1.mlp.c_fc.weight” is NaN at [1, 1], a finite number expected");
  check_poisoned (SONDE_DTYPE_F16, "h.2.attn.c_attn.bias", 5, 2, "mlp.in", "“transformer.h.2.attn.c_attn.bias” is NaN at [5]");
  check_poisoned (SONDE_DTYPE_F32, "h.0.ln_1.weight", 0, 2, "mlp.in", "“transformer.h.0.ln_1.weight” is NaN at [0]");
  check_poisoned (SONDE_DTYPE_BF16, "ln_f.bias", 7, SONDE_NO_LAYER, "ln_f", "“transformer.ln_f.bias” is NaN at [7]");
  check_poisoned (SONDE_DTYPE_F32, "wte.weight", 2 * 24, 0, "mlp.in", "“transformer.wte.weight” is NaN at [2, 0]");
  check_poisoned (SONDE_DTYPE_F32, "h.2.ln_1.bias", 3, 2, "attn.in", "“transformer.h.2.ln_1.bias” is NaN at [3]");
  check_poisoned (SONDE_DTYPE_F32, "h.2.attn.c_attn.bias", 0, 2, "attn.q", "“transformer.h.2.attn.c_attn.bias” is NaN at [0]");
  check_poisoned (SONDE_DTYPE_F32, "h.2.attn.c_attn.bias", 24, 2, "attn.pattern", "“transformer.h.2.attn.c_attn.bias” is NaN at [24]");
  check_poisoned (SONDE_DTYPE_F32, "h.2.attn.c_proj.weight", 0, 2, "attn.out", "“transformer.h.2.attn.c_proj.weight” is NaN at [0, 0]");
  /* What a run does not use does not stop it. */
  check_poisoned (SONDE_DTYPE_F32, "wte.weight", 9 * 24, 0, "mlp.in", NULL);
  check_poisoned (SONDE_DTYPE_F32, "h.2.ln_1.weight", 0, 1, "block", NULL);
  check_poisoned (SONDE_DTYPE_F32, "h.2.mlp.c_proj.bias", 0, 2, "mlp.post", NULL);
  check_poisoned (SONDE_DTYPE_F32, "h.2.ln_2.bias", 0, 2, "block.middle", NULL);
  check_poisoned (SONDE_DTYPE_F32, "h.2.attn.c_proj.bias", 0, 2, "attn.heads", NULL);
  check_poisoned (SONDE_DTYPE_F32, "h.2.attn.c_attn.bias", 48, 2, "attn.pattern", NULL); /* a value's */
  check_poisoned (SONDE_DTYPE_F32, "h.2.attn.c_attn.bias", 47, 2, "attn.v", NULL);       /* a key's */
  check_poisoned (SONDE_DTYPE_F32, "h.2.attn.c_attn.bias", 23, 2, "attn.k", NULL);       /* a query's */
  check_poisoned (SONDE_DTYPE_F32, "h.2.attn.c_attn.bias", 0, 2, "attn.in", NULL);
}

static void
test_overflow (void)
{
  Twin twin = twin_small ();
  char *directory = test_make_directory ();
  g_autoptr (SondeBatch) batch = sonde_batch_new ();
  g_autoptr (SondeSelection) selection = test_select (2, "block", TEST_END);
  const gint32 ids[] = { 1, 2, 3 };
  float *weights;

  twin_init (&twin);
  weights = g_hash_table_lookup (twin.weights, "h.1.mlp.c_fc.weight");
  for (guint i = 0; i < 24 * 40; i++)
    weights[i] = 3e38f;
  twin_write (&twin, directory);
  test_add_whole (batch, ids, 3);
  g_autoptr (SondeModel) model = test_open (directory);
  assert_run_fails (model, batch, selection, SONDE_ERROR_VALUE, "“block” of layer 1 is not finite although the layer's weights are");
  twin_clear (&twin);
  test_remove_directory (directory);
}

#define ADD(name, function) g_test_add ("/gpt2/refusals/" name, TwinFixture, NULL, twin_fixture_set_up, function, twin_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("batch", test_refusals);
  ADD ("end-early", test_end_early);
  g_test_add_func ("/gpt2/refusals/poisoned", test_poisoned);
  g_test_add_func ("/gpt2/refusals/overflow", test_overflow);
  return g_test_run ();
}
