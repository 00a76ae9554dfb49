#define G_LOG_DOMAIN "gpt2"

#include <gio/gio.h>
#include <math.h>

#include "test-gpt2-common.h"
#include "test-gpt2-twin.h"

static const char *const layer_sites[] = { "block.input", "attn.in", "attn.q", "attn.k", "attn.v", "attn.pattern", "attn.heads", "attn.out", "block.middle", "mlp.in", "mlp.pre", "mlp.post", "mlp.out", "block" };
static const char *const model_sites[] = { "embedding", "ln_f", "logits" };

static SondeSelection *
select_everything (SondeModel *model)
{
  SondeSelection *selection = sonde_selection_new ();

  for (guint i = 0; i < G_N_ELEMENTS (model_sites); i++)
    sonde_selection_add (selection, SONDE_NO_LAYER, model_sites[i]);
  for (guint layer = 0; layer < sonde_model_get_n_layers (model); layer++)
    for (guint i = 0; i < G_N_ELEMENTS (layer_sites); i++)
      sonde_selection_add (selection, layer, layer_sites[i]);
  return selection;
}

/* ---- against files of expected numbers ---- */

static SondeSafetensors *
open_expected (const char *path)
{
  g_autoptr (GError) error = NULL;
  SondeSafetensors *file = sonde_safetensors_open (path, &error);

  g_assert_no_error (error);
  return file;
}

static SondeTensor *
get_expected (SondeSafetensors *file, const char *name)
{
  g_autoptr (GError) error = NULL;
  SondeTensor *tensor = sonde_safetensors_ref_tensor (file, name, &error);

  g_assert_no_error (error);
  return tensor;
}

/* A batch of the rows of @ids, an int32 matrix; all positions kept, or the last only. */
static SondeBatch *
make_batch (SondeTensor *ids, gboolean last_only)
{
  SondeBatch *batch = sonde_batch_new ();
  const gint32 *values = g_bytes_get_data (sonde_tensor_get_bytes (ids), NULL);
  const guint length = (guint) sonde_tensor_get_n_columns (ids), last = length - 1;

  for (gsize row = 0; row < sonde_tensor_get_n_rows (ids); row++)
    if (last_only)
      sonde_batch_add (batch, values + row * length, length, &last, 1);
    else
      test_add_whole (batch, values + row * length, length);
  return batch;
}

static void
check_site (GHashTable *sites,
            guint layer,
            const char *site,
            SondeSafetensors *file,
            const char *name,
            double tolerance)
{
  g_autoptr (SondeTensor) expected = get_expected (file, name);
  const gsize rows = sonde_tensor_get_n_rows (expected), columns = sonde_tensor_get_n_columns (expected);
  double difference = test_largest_difference (test_peek (sites, layer, site, rows, columns), sonde_tensor_peek_f32 (expected), rows * columns);

  g_test_message ("%s: %g", name, difference);
  g_assert_cmpfloat (difference, <=, tolerance);
}

static void
check_layer_sites (GHashTable *sites,
                   guint layer,
                   SondeSafetensors *file,
                   double tolerance)
{
  static const char *const names[][2] = { { "mlp.in", "input" }, { "mlp.pre", "expansion" }, { "mlp.post", "gelu" }, { "mlp.out", "projection" }, { "block", "block" } };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = g_strdup_printf ("L%u/%s", layer, names[i][1]);

      if (sonde_safetensors_has (file, name))
        check_site (sites, layer, names[i][0], file, name, tolerance);
    }
}

static void
test_nano (void)
{
  g_autofree char *directory = g_test_build_filename (G_TEST_DIST, "gpt-nano-sort", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "gpt-nano-sort", "expected.safetensors", NULL);
  g_autoptr (SondeModel) model = test_open (directory);
  g_autoptr (SondeSafetensors) expected = open_expected (path);
  g_autoptr (SondeTensor) ids = get_expected (expected, "ids");
  g_autoptr (SondeBatch) batch = make_batch (ids, FALSE);
  g_autoptr (SondeSelection) selection = select_everything (model);
  g_autoptr (GHashTable) sites = test_run (model, batch, selection);

  g_assert_null (sonde_model_get_tokenizer (model));
  g_assert_cmpstr (sonde_model_get_name (model), ==, "GPT-2, 3 layers, 48 features");
  for (guint layer = 0; layer < 3; layer++)
    check_layer_sites (sites, layer, expected, 5e-6);
  check_site (sites, SONDE_NO_LAYER, "ln_f", expected, "ln_f", 5e-6);
  check_site (sites, SONDE_NO_LAYER, "logits", expected, "logits", 5e-6);
}

/* The demo model, whose goldens were computed in float64 by the script that trained it. */
static void
test_demo (void)
{
  g_autofree char *directory = g_test_build_filename (G_TEST_DIST, "..", "..", "data", "demo-model", NULL);
  g_autofree char *weights = g_build_filename (directory, "model.safetensors", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "demo-model-goldens.safetensors", NULL);
  g_autoptr (SondeSelection) logits = test_select (SONDE_NO_LAYER, "logits", TEST_END);

  if (!g_file_test (weights, G_FILE_TEST_EXISTS) || !g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("the demo model or its goldens are not there");
      return;
    }
  g_autoptr (SondeModel) model = test_open (directory);
  g_autoptr (SondeSafetensors) expected = open_expected (path);
  g_autoptr (SondeTensor) ids = get_expected (expected, "ids");
  g_autoptr (SondeBatch) batch = make_batch (ids, FALSE);
  g_autoptr (SondeBatch) last = make_batch (ids, TRUE);
  g_autoptr (SondeSelection) selection = select_everything (model);
  g_autoptr (GHashTable) sites = test_run (model, batch, selection);
  g_autoptr (GHashTable) ends = test_run (model, last, logits);

  for (guint layer = 0; layer < sonde_model_get_n_layers (model); layer++)
    check_layer_sites (sites, layer, expected, 1e-4);
  check_site (sites, SONDE_NO_LAYER, "ln_f", expected, "ln_f", 1e-4);
  check_site (ends, SONDE_NO_LAYER, "logits", expected, "logits", 1e-4);
}

/* ---- against the naive twin ---- */

/* Close enough is @tolerance of the site's largest value, and of 1 where that is below 1. */
static double
check_against_exact (const float *values,
                     const double *exact,
                     gsize n,
                     double tolerance)
{
  double difference = 0, largest = 1;

  for (gsize i = 0; i < n; i++)
    {
      g_assert_true (isfinite (values[i]));
      difference = MAX (difference, fabs (values[i] - exact[i]));
      largest = MAX (largest, fabs (exact[i]));
    }
  g_assert_cmpfloat (difference, <=, tolerance * largest);
  return difference / largest;
}

static void
check_against_twin (Twin *twin,
                    SondeModel *model,
                    const gint32 *ids,
                    guint n)
{
  g_autoptr (SondeBatch) batch = sonde_batch_new ();
  g_autoptr (SondeSelection) selection = select_everything (model);
  g_autoptr (GHashTable) sites = NULL;
  g_autoptr (GHashTable) expected = twin_run (twin, ids, n);
  const double tolerance = twin_tolerate (twin, expected, ids, n);
  double largest = 0;

  test_add_whole (batch, ids, n);
  sites = test_run (model, batch, selection);
  for (guint pair = 0; pair < sonde_selection_get_n_pairs (selection); pair++)
    {
      guint layer;
      const char *site;
      g_autofree char *key = NULL;
      gsize width;

      sonde_selection_get_pair (selection, pair, &layer, &site);
      key = test_site_key (layer, site);
      width = twin_width (twin, site, n);
      largest = MAX (largest, check_against_exact (test_peek (sites, layer, site, n, width), g_hash_table_lookup (expected, key), n * width, tolerance));
    }
  g_test_message ("largest difference from float64, relative to a site's largest value: %g of %g", largest, tolerance);
}

static void
test_twin (gconstpointer data)
{
  Twin twin = *(const Twin *) data;
  char *directory = test_make_directory ();
  gint32 ids[80];

  twin_init (&twin);
  twin_write (&twin, directory);
  g_autoptr (SondeModel) model = test_open (directory);
  for (guint n = 1; n <= 80; n += 39)
    {
      twin_random_ids (&twin, ids, n);
      check_against_twin (&twin, model, ids, n);
    }
  twin_clear (&twin);
  test_remove_directory (directory);
}

static void
add_twin_tests (void)
{
  static Twin twins[9];
  static const char *const names[] = { "plain", "gelu", "relu", "gelu-pytorch-tanh", "no-prefix-and-head", "scaled-by-layer", "not-scaled", "f16", "bf16" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    twins[i] = twin_small ();
  twins[1].activation = "gelu";
  twins[2].activation = "relu";
  twins[3].activation = "gelu_pytorch_tanh";
  twins[4].prefix = FALSE;
  twins[4].head = TRUE;
  twins[5].scale_by_layer = TRUE;
  twins[5].more_config = ", \"reorder_and_upcast_attn\": true";
  twins[6].scale_by_size = FALSE;
  twins[7].dtype = SONDE_DTYPE_F16;
  twins[8].dtype = SONDE_DTYPE_BF16;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_strconcat ("/gpt2/forward/twin/", names[i], NULL);

      g_test_add_data_func (path, &twins[i], test_twin);
    }
}

/* Keys and values alone, in the last layer, are then the most weights that are packed at once. */
static void
test_narrow_mlp (void)
{
  Twin twin = twin_small ();
  char *directory = test_make_directory ();
  const gint32 ids[] = { 7 };

  twin.n_layers = 1;
  twin.n_heads = 64;
  twin.n_features = 1024;
  twin.n_inner = 16;
  twin_init (&twin);
  twin_write (&twin, directory);
  g_autoptr (SondeModel) model = test_open (directory);
  check_against_twin (&twin, model, ids, 1);
  twin_clear (&twin);
  test_remove_directory (directory);
}

/* ---- batches, kept rows, selections ---- */

/* The same numbers but for the order of sums, which follows the shape of a multiplication. */
static void
check_same (TwinFixture *fixture,
            const float *a,
            const float *b,
            gsize n)
{
  double largest = 1;

  for (gsize i = 0; i < n; i++)
    largest = MAX (largest, fabs (a[i]));
  g_assert_cmpfloat (test_largest_difference (a, b, n), <=, fixture->tolerance * largest);
}

/* Weights of a sequence of @n tokens beside one of 80, and alone: head after head, and zeros behind. */
static void
check_patterns (TwinFixture *fixture,
                const float *beside,
                const float *alone,
                gsize n)
{
  for (gsize i = 0; i < n * fixture->twin.n_heads; i++)
    {
      check_same (fixture, beside + i * 80, alone + i * n, n);
      for (gsize behind = n; behind < 80; behind++)
        g_assert_cmpfloat (beside[i * 80 + behind], ==, 0);
    }
}

/* Rows @first to @first + @rows of every site in @whole, whose longest sequence has 80 tokens, are those of @part, one sequence. */
static void
check_rows (TwinFixture *fixture,
            GHashTable *whole,
            gsize all_rows,
            gsize first,
            GHashTable *part,
            gsize rows)
{
  g_autoptr (SondeSelection) selection = select_everything (fixture->model);

  for (guint pair = 0; pair < sonde_selection_get_n_pairs (selection); pair++)
    {
      guint layer;
      const char *site;
      gsize width;

      sonde_selection_get_pair (selection, pair, &layer, &site);
      width = twin_width (&fixture->twin, site, 1);
      if (g_str_equal (site, "attn.pattern"))
        check_patterns (fixture, test_peek (whole, layer, site, all_rows, 80 * width) + first * 80 * width, test_peek (part, layer, site, rows, rows * width), rows);
      else
        check_same (fixture, test_peek (whole, layer, site, all_rows, width) + first * width, test_peek (part, layer, site, rows, width), rows * width);
    }
}

static void
test_batch (TwinFixture *fixture, gconstpointer data)
{
  static const guint lengths[] = { 7, 1, 80, 10, 10 };
  g_autoptr (SondeSelection) selection = select_everything (fixture->model);
  g_autoptr (SondeBatch) together = sonde_batch_new ();
  gint32 ids[5][80];
  gsize first = 0;

  for (guint i = 0; i < 5; i++)
    {
      twin_random_ids (&fixture->twin, ids[i], lengths[i]);
      test_add_whole (together, ids[i], lengths[i]);
    }
  g_autoptr (GHashTable) whole = test_run (fixture->model, together, selection);
  for (guint i = 0; i < 5; first += lengths[i], i++)
    {
      g_autoptr (SondeBatch) alone = sonde_batch_new ();
      g_autoptr (GHashTable) part = NULL;

      test_add_whole (alone, ids[i], lengths[i]);
      part = test_run (fixture->model, alone, selection);
      check_rows (fixture, whole, 108, first, part, lengths[i]);
    }
}

/* Rows of a run of which some are kept are those of one of which all are. */
static void
check_kept (TwinFixture *fixture,
            GHashTable *whole,
            SondeBatch *some,
            SondeSelection *selection)
{
  static const gsize expected_rows[] = { 5, 8, 9, 74, 84 };
  g_autoptr (GHashTable) found = test_run (fixture->model, some, selection);

  for (guint pair = 0; pair < sonde_selection_get_n_pairs (selection); pair++)
    {
      guint layer;
      const char *site;

      sonde_selection_get_pair (selection, pair, &layer, &site);
      const gsize width = twin_width (&fixture->twin, site, 70);
      const float *rows = test_peek (found, layer, site, 5, width), *full = test_peek (whole, layer, site, 85, width);

      for (guint i = 0; i < G_N_ELEMENTS (expected_rows); i++)
        check_same (fixture, rows + i * width, full + expected_rows[i] * width, width);
    }
}

/* A sequence of which nothing is kept, one with a gap, one with its last position: the same rows as when all are kept, for
 * every choice of the last layer and the last site, and for every two sites of the last layer. */
static void
test_kept (TwinFixture *fixture, gconstpointer data)
{
  static const guint gap[] = { 0, 3, 4, 69 }, end[] = { 9 };
  g_autoptr (SondeSelection) everything = select_everything (fixture->model);
  g_autoptr (SondeBatch) all = sonde_batch_new ();
  g_autoptr (SondeBatch) some = sonde_batch_new ();
  gint32 ids[85];

  twin_random_ids (&fixture->twin, ids, 85);
  test_add_whole (all, ids, 5);
  test_add_whole (all, ids + 5, 70);
  test_add_whole (all, ids + 75, 10);
  sonde_batch_add (some, ids, 5, NULL, 0);
  sonde_batch_add (some, ids + 5, 70, gap, G_N_ELEMENTS (gap));
  sonde_batch_add (some, ids + 75, 10, end, G_N_ELEMENTS (end));
  g_autoptr (GHashTable) whole = test_run (fixture->model, all, everything);
  for (guint pair = 0; pair < sonde_selection_get_n_pairs (everything); pair++)
    {
      guint layer;
      const char *site;

      sonde_selection_get_pair (everything, pair, &layer, &site);
      g_autoptr (SondeSelection) one = test_select (layer, site, TEST_END);
      check_kept (fixture, whole, some, one);
    }
  for (guint i = 0; i < G_N_ELEMENTS (layer_sites); i++)
    for (guint j = 0; j < i; j++)
      {
        g_autoptr (SondeSelection) two = test_select (2, layer_sites[i], 2, layer_sites[j], TEST_END);

        check_kept (fixture, whole, some, two);
      }
}

static gboolean
note_order (guint layer,
            const char *site,
            SondeTensor *tensor,
            gpointer user_data,
            GError **error)
{
  g_autofree char *key = test_site_key (layer, site);

  g_string_append_printf (user_data, "%s ", key);
  return TRUE;
}

static void
test_order (TwinFixture *fixture, gconstpointer data)
{
  g_autoptr (SondeSelection) selection = test_select (SONDE_NO_LAYER, "logits", 1, "mlp.out", 0, "block", 1, "block.input", SONDE_NO_LAYER, "embedding", 1, "attn.pattern", 1, "mlp.pre", 1, "attn.v", 1, "block.middle", 1, "attn.q", TEST_END);
  g_autoptr (SondeBatch) batch = sonde_batch_new ();
  g_autoptr (GString) order = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  const gint32 ids[] = { 1, 2, 3 };

  test_add_whole (batch, ids, 3);
  g_assert_true (sonde_model_run (fixture->model, batch, selection, note_order, order, NULL, &error));
  g_assert_cmpstr (order->str, ==, "embedding block:0 block.input:1 attn.q:1 attn.v:1 attn.pattern:1 block.middle:1 mlp.pre:1 mlp.out:1 logits ");
}

#define ADD(name, function) g_test_add ("/gpt2/forward/" name, TwinFixture, NULL, twin_fixture_set_up, function, twin_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gpt2/forward/nano", test_nano);
  g_test_add_func ("/gpt2/forward/demo", test_demo);
  add_twin_tests ();
  ADD ("batch", test_batch);
  ADD ("kept", test_kept);
  ADD ("order", test_order);
  g_test_add_func ("/gpt2/forward/narrow-mlp", test_narrow_mlp);
  return g_test_run ();
}
