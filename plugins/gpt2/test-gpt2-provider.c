#define G_LOG_DOMAIN "gpt2"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "gpt2-provider.h"
#include "test-gpt2-common.h"
#include "test-gpt2-twin.h"

/* What the provider takes, and in which words it refuses the rest. */

static Twin
make_twin (void)
{
  Twin twin = { .n_layers = 2, .n_heads = 2, .n_features = 8, .n_inner = 16, .n_positions = 10, .n_vocabulary = 257, .epsilon = 1e-5, .activation = "gelu_new", .prefix = TRUE, .scale_by_size = TRUE, .dtype = SONDE_DTYPE_F32 };

  twin_init (&twin);
  return twin;
}

static char *
make_model (void)
{
  Twin twin = make_twin ();
  char *directory = test_make_directory ();

  twin_write (&twin, directory);
  twin_clear (&twin);
  return directory;
}

static void
assert_refused (const char *path, const char *part)
{
  g_autoptr (SondeModelProvider) provider = g_object_new (GPT2_TYPE_PROVIDER, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (sonde_model_provider_open (provider, path, NULL, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, part));
}

static void
assert_not_mine (const char *path, const char *part)
{
  g_autoptr (SondeModelProvider) provider = g_object_new (GPT2_TYPE_PROVIDER, NULL);
  g_autofree char *reason = NULL;

  g_assert_cmpuint (sonde_model_provider_probe (provider, path, &reason), ==, 0);
  g_assert_nonnull (strstr (reason, part));
  assert_refused (path, part);
}

static void
unlink_in (const char *directory, const char *name)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);

  g_assert_cmpint (g_unlink (path), ==, 0);
}

static void
test_paths (void)
{
  char *directory = test_make_directory ();
  g_autofree char *file = g_build_filename (directory, "notes.txt", NULL);
  g_autofree char *missing = g_build_filename (directory, "missing", NULL);

  test_write (directory, "notes.txt", "a note");
  assert_not_mine (directory, "has no config.json");
  assert_not_mine (file, "is a file, a model directory with config.json expected");
  assert_not_mine (missing, "does not exist");
  test_remove_directory (directory);
}

static void
test_families (void)
{
  char *directory = test_make_directory ();
  g_autoptr (GString) deep = g_string_new ("{\"a\": ");

  test_write (directory, "config.json", "{\"model_type\": \"llama\"}");
  assert_not_mine (directory, "a model of the family “llama”, “gpt2” expected");
  test_write (directory, "config.json", "{}");
  assert_not_mine (directory, "does not say the model's family");
  test_write (directory, "config.json", "{\"model_type\": 2}");
  assert_not_mine (directory, "does not say the model's family");
  test_write (directory, "config.json", "not JSON");
  assert_not_mine (directory, "config.json, line 1: “n” found where the opening brace of an object is expected");
  test_write (directory, "config.json", "{\"model_type\": \"gpt2\", \"model_type\": \"gpt2\"}");
  assert_not_mine (directory, "“model_type” found a second time");
  test_write (directory, "config.json", "{\"name\": \"\\ud83d\"}");
  assert_not_mine (directory, "a \\u escape that stands for a character is expected");
  for (guint i = 0; i < 100000; i++)
    g_string_append (deep, "{\"a\":[");
  test_write (directory, "config.json", deep->str);
  assert_not_mine (directory, "more than 64 arrays and objects");
  test_remove_directory (directory);
}

#define SIZES "\"n_layer\": 2, \"n_head\": 2, \"n_embd\": 8, \"n_positions\": 10, \"vocab_size\": 257"

static void
test_configs (void)
{
  static const struct
  {
    const char *config, *message;
  } cases[] = {
    { "\"n_head\": 2", "nothing found for “n_layer”, a whole number expected" },
    { "\"n_layer\": 0", "“n_layer” is 0, from 1 to 1000 expected" },
    { "\"n_layer\": -1", "“n_layer” is -1, from 1 to 1000 expected" },
    { "\"n_layer\": 1001", "“n_layer” is 1001, from 1 to 1000 expected" },
    { "\"n_layer\": 2.5", "a number with a fraction found for “n_layer”" },
    { "\"n_layer\": \"2\"", "a string found for “n_layer”" },
    { "\"n_layer\": 2, \"n_head\": 2, \"n_embd\": 70000", "“n_embd” is 70000, from 1 to 65536 expected" },
    { "\"n_layer\": 2, \"n_head\": 3, \"n_embd\": 8, \"n_positions\": 10, \"vocab_size\": 5", "“n_embd” is 8 and “n_head” is 3, a multiple of the heads expected" },
    { "\"n_layer\": 2, \"n_head\": 2, \"n_embd\": 8, \"vocab_size\": 5", "nothing found for “n_positions”" },
    { "\"n_layer\": 2, \"n_head\": 2, \"n_embd\": 8, \"n_ctx\": 2000000", "“n_ctx” is 2000000, from 1 to 1048576 expected" },
    { "\"n_layer\": 2, \"n_head\": 2, \"n_embd\": 8, \"n_ctx\": 20, \"vocab_size\": 99999999999999999999999", "“vocab_size” is 9223372036854775807, from 1 to 10000000 expected" },
    { SIZES ", \"n_inner\": 0", "“n_inner” is 0" },
    { SIZES ", \"layer_norm_epsilon\": 0", "“layer_norm_epsilon” is 0, a number above 0 and up to 1 expected" },
    { SIZES ", \"layer_norm_epsilon\": 1e-60", "“layer_norm_epsilon” is 1e-60" },
    { SIZES ", \"layer_norm_epsilon\": 1e400", "“layer_norm_epsilon” is inf" },
    { SIZES ", \"activation_function\": \"swish\"", "“activation_function” is swish, one of gelu_new, gelu_pytorch_tanh, gelu and relu expected" },
    { SIZES ", \"activation_function\": 1", "“activation_function” is a whole number" },
    { SIZES ", \"add_cross_attention\": true", "“add_cross_attention” is true, false expected" },
    { SIZES ", \"scale_attn_weights\": 1", "a whole number found for “scale_attn_weights”, true or false expected" },
    { SIZES ", \"reorder_and_upcast_attn\": \"yes\"", "a string found for “reorder_and_upcast_attn”" },
    { SIZES, "has no weights, model.safetensors or model.safetensors.index.json expected" },
  };
  char *directory = test_make_directory ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"model_type\": \"gpt2\", \"architectures\": [\"GPT2LMHeadModel\", {\"a\": [1, null]}], %s}", cases[i].config);

      test_write (directory, "config.json", text);
      assert_refused (directory, cases[i].message);
    }
  test_remove_directory (directory);
}

static void
test_pickle (void)
{
  char *directory = make_model ();

  unlink_in (directory, "model.safetensors");
  test_write (directory, "pytorch_model.bin", "PK");
  assert_refused (directory, "only as pytorch_model.bin, and reading a pickle can run any code");
  assert_refused (directory, "save_pretrained('NEW-DIRECTORY', safe_serialization=True)");
  test_remove_directory (directory);
}

/* @change makes config.json say one thing and the file another. */
static void
check_mismatch (void (*change) (Twin *twin), const char *message)
{
  Twin twin = make_twin ();
  char *directory = test_make_directory ();

  change (&twin);
  twin_write (&twin, directory);
  assert_refused (directory, message);
  twin_clear (&twin);
  test_remove_directory (directory);
}

static void
ask_for_more_layers (Twin *twin)
{
  twin->n_layers = 3;
}

static void
ask_for_fewer_layers (Twin *twin)
{
  twin->n_layers = 1;
}

static void
lose_bias (Twin *twin)
{
  g_hash_table_remove (twin->weights, "h.1.attn.c_attn.bias");
}

static void
lose_embedding (Twin *twin)
{
  g_hash_table_remove (twin->weights, "wte.weight");
}

static void
want_head (Twin *twin)
{
  twin->more_config = ", \"tie_word_embeddings\": false";
}

static void
test_mismatches (void)
{
  check_mismatch (ask_for_more_layers, "has no tensor “transformer.h.2.ln_1.weight”");
  check_mismatch (ask_for_fewer_layers, "but layers 0 to 0 expected from config.json");
  check_mismatch (lose_bias, "has no tensor “transformer.h.1.attn.c_attn.bias”, one expected from config.json");
  check_mismatch (lose_embedding, "has no tensor “transformer.wte.weight”");
  check_mismatch (want_head, "has no tensor “lm_head.weight”");
}

static void
test_shapes (void)
{
  static const struct
  {
    const char *sizes, *message;
  } cases[] = {
    { "\"n_layer\": 2, \"n_head\": 2, \"n_embd\": 8, \"n_inner\": 16, \"n_positions\": 10, \"vocab_size\": 258", "“transformer.wte.weight” has the shape [257, 8], [258, 8] expected" },
    { "\"n_layer\": 2, \"n_head\": 2, \"n_embd\": 8, \"n_inner\": 16, \"n_positions\": 11, \"vocab_size\": 257", "“transformer.wpe.weight” has the shape [10, 8], [11, 8] expected" },
    { "\"n_layer\": 2, \"n_head\": 2, \"n_embd\": 8, \"n_inner\": null, \"n_positions\": 10, \"vocab_size\": 257", "“transformer.h.0.mlp.c_fc.weight” has the shape [8, 16], [8, 32] expected" },
  };
  char *directory = make_model ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"model_type\": \"gpt2\", %s}", cases[i].sizes);

      test_write (directory, "config.json", text);
      assert_refused (directory, cases[i].message);
    }
  test_remove_directory (directory);
}

static void
write_ids (const char *directory, SondeDtype dtype)
{
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  g_autofree char *path = g_build_filename (directory, "model.safetensors", NULL);
  const gsize shape[] = { 257, 8 };
  g_autofree char *zeros = g_malloc0 (257 * 8 * sonde_dtype_get_size (dtype));
  g_autoptr (GBytes) bytes = g_bytes_new (zeros, 257 * 8 * sonde_dtype_get_size (dtype));
  g_autoptr (SondeTensor) tensor = sonde_tensor_new (dtype, shape, 2, bytes, NULL);

  g_assert_true (sonde_safetensors_writer_declare (writer, "transformer.wte.weight", dtype, shape, 2, NULL));
  g_assert_true (sonde_safetensors_writer_open (writer, path, NULL));
  g_assert_true (sonde_safetensors_writer_write (writer, "transformer.wte.weight", tensor, NULL));
  g_assert_true (sonde_safetensors_writer_close (writer, NULL));
}

static void
test_element_types (void)
{
  char *directory = make_model ();

  write_ids (directory, SONDE_DTYPE_I8);
  assert_refused (directory, "“transformer.wte.weight” has elements of type I8; F32, F16 or BF16 expected");
  write_ids (directory, SONDE_DTYPE_F64);
  assert_refused (directory, "has elements of type F64");
  test_write (directory, "model.safetensors", "garbage");
  assert_refused (directory, "model.safetensors");
  test_remove_directory (directory);
}

static void
collect_file (const char *role, const char *path, gpointer user_data)
{
  g_autofree char *name = g_path_get_basename (path);

  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  g_string_append_printf (user_data, "%s=%s ", role, name);
}

/* Weights in two files under an index. */
static void
test_shards (void)
{
  Twin twin = make_twin ();
  char *directory = test_make_directory ();
  g_autofree char *whole = g_build_filename (directory, "model.safetensors", NULL);
  g_autofree char *first = g_build_filename (directory, "model-00001-of-00002.safetensors", NULL);
  g_autofree char *second = g_build_filename (directory, "model-00002-of-00002.safetensors", NULL);
  g_autoptr (GString) map = g_string_new ("{\"weight_map\": {");
  GHashTableIter iter;
  gpointer name;

  twin_write (&twin, directory);
  g_assert_cmpint (g_rename (whole, first), ==, 0);
  g_assert_cmpint (link (first, second), ==, 0);
  g_hash_table_iter_init (&iter, twin.weights);
  for (guint n = 0; g_hash_table_iter_next (&iter, &name, NULL); n++)
    g_string_append_printf (map, "%s\"transformer.%s\": \"model-0000%u-of-00002.safetensors\"", n > 0 ? ", " : "", (char *) name, 1 + n % 2);
  g_string_append (map, "}}");
  test_write (directory, "model.safetensors.index.json", map->str);
  {
    g_autoptr (SondeModel) model = test_open (directory);
    g_autoptr (GString) files = g_string_new (NULL);

    sonde_model_foreach_file (model, collect_file, files);
    g_assert_nonnull (strstr (files->str, "weights=model-00001-of-00002.safetensors"));
    g_assert_nonnull (strstr (files->str, "weights=model-00002-of-00002.safetensors"));
  }
  unlink_in (directory, "model-00002-of-00002.safetensors");
  assert_refused (directory, "model-00002-of-00002.safetensors");
  twin_clear (&twin);
  test_remove_directory (directory);
}

static void
test_vocabularies (void)
{
  char *directory = make_model ();

  {
    g_autoptr (SondeModel) model = test_open (directory);
    g_autoptr (GString) files = g_string_new (NULL);

    g_assert_null (sonde_model_get_tokenizer (model));
    sonde_model_foreach_file (model, collect_file, files);
    g_assert_cmpstr (files->str, ==, "config=config.json weights=model.safetensors ");
  }
  test_write_vocabulary (directory, ", \"ab\": 256", "a b\n");
  {
    g_autoptr (SondeModel) model = test_open (directory);
    g_autoptr (GString) files = g_string_new (NULL);

    g_assert_cmpuint (sonde_tokenizer_get_n_tokens (sonde_model_get_tokenizer (model)), ==, 257);
    sonde_model_foreach_file (model, collect_file, files);
    g_assert_cmpstr (files->str, ==, "config=config.json vocabulary=vocab.json vocabulary=merges.txt weights=model.safetensors ");
  }
  test_write_vocabulary (directory, ", \"ab\": 256, \"abc\": 257", "a b\nab c\n");
  assert_refused (directory, "vocab.json has 258 tokens, at most 257 expected from config.json");
  test_write_vocabulary (directory, ", \"ab\": 256", "a x\n");
  assert_refused (directory, "merges.txt, line 1: what the merge “a x” makes is not in the vocabulary");
  unlink_in (directory, "merges.txt");
  assert_refused (directory, "has only half of a tokenizer: merges.txt is missing");
  test_remove_directory (directory);
}

/* hub/models--OWNER--NAME/{refs/main, snapshots/HASH/…}, whose files are links into blobs/ */
static char *
make_cache (char **model_directory)
{
  char *cache = test_make_directory ();
  g_autofree char *made = make_model ();
  g_autofree char *model = g_build_filename (cache, "hub", "models--someone--tiny", NULL);
  g_autofree char *snapshots = g_build_filename (model, "snapshots", NULL);
  g_autofree char *snapshot = g_build_filename (snapshots, "0123abcd", NULL);
  g_autofree char *blobs = g_build_filename (model, "blobs", NULL);
  g_autofree char *link = g_build_filename (snapshot, "config.json", NULL);
  g_autofree char *weights_link = g_build_filename (snapshot, "model.safetensors", NULL);

  g_assert_cmpint (g_mkdir_with_parents (snapshot, 0700), ==, 0);
  g_assert_cmpint (g_rename (made, blobs), ==, 0);
  g_assert_cmpint (symlink ("../../blobs/config.json", link), ==, 0);
  g_assert_cmpint (symlink ("../../blobs/model.safetensors", weights_link), ==, 0);
  *model_directory = g_steal_pointer (&model);
  return cache;
}

static void
make_directory_in (const char *parent, const char *name)
{
  g_autofree char *path = g_build_filename (parent, name, NULL);

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
}

static void
test_cache (void)
{
  g_autofree char *model = NULL;
  char *cache = make_cache (&model);
  g_autofree char *hub = g_build_filename (cache, "hub", NULL);
  g_autofree char *snapshots = g_build_filename (model, "snapshots", NULL);
  g_autofree char *refs = g_build_filename (model, "refs", NULL);

  g_object_unref (test_open (model)); /* one snapshot, no refs/main */
  g_object_unref (test_open (hub));
  g_object_unref (test_open (cache));
  make_directory_in (snapshots, "4567");
  assert_not_mine (model, "holds 2 snapshots, one expected: give the path of one of them (0123abcd, 4567)");
  make_directory_in (model, "refs");
  test_write (refs, "main", "0123abcd\n");
  g_object_unref (test_open (model));
  test_write (refs, "main", "4567");
  assert_not_mine (model, "has no config.json: the download is incomplete");
  test_write (refs, "main", "89ab");
  assert_not_mine (model, "refs/main names no directory in");
  test_write (refs, "main", "../../../etc");
  assert_not_mine (model, "refs/main names no directory in");
  test_write (refs, "main", "");
  assert_not_mine (model, "refs/main names no directory in");
  make_directory_in (hub, "models--someone--else");
  assert_not_mine (hub, "holds 2 models, one expected: give the path of one of them (models--someone--else, models--someone--tiny)");
  test_remove_directory (cache);
}

static void
test_cancelled (void)
{
  char *directory = make_model ();
  g_autoptr (SondeModelProvider) provider = g_object_new (GPT2_TYPE_PROVIDER, NULL);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (sonde_model_provider_open (provider, directory, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  test_remove_directory (directory);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gpt2/provider/paths", test_paths);
  g_test_add_func ("/gpt2/provider/families", test_families);
  g_test_add_func ("/gpt2/provider/configs", test_configs);
  g_test_add_func ("/gpt2/provider/pickle", test_pickle);
  g_test_add_func ("/gpt2/provider/mismatches", test_mismatches);
  g_test_add_func ("/gpt2/provider/shapes", test_shapes);
  g_test_add_func ("/gpt2/provider/element-types", test_element_types);
  g_test_add_func ("/gpt2/provider/shards", test_shards);
  g_test_add_func ("/gpt2/provider/vocabularies", test_vocabularies);
  g_test_add_func ("/gpt2/provider/cache", test_cache);
  g_test_add_func ("/gpt2/provider/cancelled", test_cancelled);
  return g_test_run ();
}
