#define G_LOG_DOMAIN "arrays"

#include "arrays-names.h"
#include "test-arrays-common.h"

/* What presets and regular expressions read in names. */

#define NONE G_MAXUINT /* no layer in the name */

static const struct
{
  const char *pattern;
  const char *name;
  const char *condition;
  guint layer;
  const char *stage; /* NULL: it says nothing */
  const char *form;
} cases[] = {
  { "sonde", "many/L6/input", "many", 6, "input", "L{layer}/input" },
  { "sonde", "L6/input", NULL, 6, "input", "L{layer}/input" },
  { "sonde", "a/b/L06/input", "a/b", 6, "input", "L{layer}/input" },
  { "sonde", "many/L6", NULL, 0, NULL, NULL },
  { "sonde", "many/L/input", NULL, 0, NULL, NULL },
  { "sonde", "many/L-1/input", NULL, 0, NULL, NULL },
  { "sonde", "many/L10000/input", NULL, 0, NULL, NULL },
  { "sonde", "many/L99999999999999999999/input", NULL, 0, NULL, NULL },
  { "sonde", "many/L6/in/put", NULL, 0, NULL, NULL },
  { "sonde", "many/l6/input", NULL, 0, NULL, NULL },
  { "notebook", "L6_2", NULL, 6, "2", "L{layer}_2" },
  { "notebook", "one/L11_mlp", "one", 11, "mlp", "L{layer}_mlp" },
  { "notebook", "L6", NULL, 0, NULL, NULL },
  { "transformer-lens", "blocks.6.mlp.hook_pre", NULL, 6, "mlp.hook_pre", "blocks.{layer}.mlp.hook_pre" },
  { "transformer-lens", "one/blocks.0.hook_resid_post", "one", 0, "hook_resid_post", "blocks.{layer}.hook_resid_post" },
  { "transformer-lens", "hook_embed", NULL, 0, NULL, NULL },
  { "transformer-lens", "myblocks.6.mlp", NULL, 0, NULL, NULL },
  { "hugging-face", "transformer.h.6.mlp.c_fc", NULL, 6, "mlp.c_fc", "transformer.h.{layer}.mlp.c_fc" },
  { "hugging-face", "model.layers.6.mlp", NULL, 6, "mlp", "model.layers.{layer}.mlp" },
  { "hugging-face", "model.layers.6", NULL, 6, "block", "model.layers.{layer}" },
  { "hugging-face", "model.transformer.h.6.attn.c_proj.output", NULL, 6, "attn.c_proj.output", "model.transformer.h.{layer}.attn.c_proj.output" },
  { "hugging-face", "encoder.layer.3.attention.self.query", NULL, 3, "attention.self.query", "encoder.layer.{layer}.attention.self.query" },
  { "hugging-face", "h.6.mlp.experts.3.w1", NULL, 6, "mlp.experts.3.w1", "h.{layer}.mlp.experts.3.w1" },
  { "hugging-face", "one/h.6.mlp", "one", 6, "mlp", "h.{layer}.mlp" },
  { "hugging-face", "transformer.wte", NULL, 0, NULL, NULL },
  { "hugging-face", "6.mlp", NULL, 0, NULL, NULL },
  { "numbered", "transformer.h[6].mlp.output", NULL, 6, "mlp.output", "transformer.h[{layer}].mlp.output" },
  { "numbered", ".transformer.h.6.mlp.output", NULL, 6, "mlp.output", ".transformer.h.{layer}.mlp.output" },
  { "numbered", "layer_6.mlp", NULL, 6, "mlp", "layer_{layer}.mlp" },
  { "numbered", "params/transformer/h_6/mlp/c_fc", "params/transformer", 6, "mlp/c_fc", "h_{layer}/mlp/c_fc" },
  { "numbered", "h/6/mlp/block_3/c_fc", NULL, 6, "mlp/block_3/c_fc", "h/{layer}/mlp/block_3/c_fc" },
  { "numbered", "encoderblock_6/MlpBlock_0/Dense_0", NULL, 6, "MlpBlock_0/Dense_0", "encoderblock_{layer}/MlpBlock_0/Dense_0" },
  { "numbered", "layer6", NULL, 0, NULL, NULL }, /* of nets whose layers differ in width each is a stage */
  { "numbered", "V1_run6", NULL, 0, NULL, NULL },
  { "plain", "hidden", NULL, NONE, "hidden", "hidden" },
  { "plain", "one/hidden states", "one", NONE, "hidden states", "hidden states" },
  { "layer(?<layer>\\d+)_(?<stage>\\w+)", "run/layer3_mlp.x", NULL, 3, "mlp", "run/layer{layer}_mlp.x" },
  { "^(?<stage>[a-z]+)(?<layer>\\d+)@(?<condition>.+)$", "mlp7@cats", "cats", 7, "mlp", "mlp{layer}@cats" },
  { "^L(?<layer>\\d+)$", "L5", NULL, 5, "values", "L{layer}" },
  { "^(?<stage>.*)$", "L5", NULL, NONE, "L5", "L5" },
  { "^x(?<layer>\\d+)$", "L5", NULL, 0, NULL, NULL },
  { "(?<layer>.+)", "six", NULL, 0, NULL, NULL },
};

static void
test_read (void)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ArraysPattern) pattern = arrays_pattern_new (cases[i].pattern, names, NULL, NULL);
      g_auto (ArraysName) name = { 0 };
      gboolean found;

      g_test_message ("%s on %s", cases[i].pattern, cases[i].name);
      g_assert_nonnull (pattern);
      g_assert_true (arrays_pattern_read (pattern, cases[i].name, &name, &found, NULL));
      g_assert_cmpint (found, ==, cases[i].stage != NULL);
      if (!found)
        continue;
      g_assert_cmpstr (name.condition, ==, cases[i].condition);
      g_assert_cmpstr (name.stage, ==, cases[i].stage);
      g_assert_cmpstr (name.form, ==, cases[i].form);
      g_assert_cmpint (name.has_layer, ==, cases[i].layer != NONE);
      g_assert_cmpuint (name.layer, ==, name.has_layer ? cases[i].layer : 0);
    }
}

/* The preset that reads most names; of equals the first; plain only where no other reads any. */
static void
test_auto (void)
{
  static const struct
  {
    const char *names[4];
    const char *chosen;
  } choices[] = {
    { { "c/L0/s", "c/L1/s", "L0_1" }, "sonde" },
    { { "c/L0/s", "L0_1", "L1_1" }, "notebook" },
    { { "blocks.0.mlp", "blocks.1.mlp", "hook_embed" }, "transformer-lens" }, /* which hugging-face reads, too */
    { { "blocks.0.mlp", "layers.0.mlp", "layers.1.mlp" }, "hugging-face" },
    { { "a", "b", "blocks.0.mlp" }, "transformer-lens" },
    { { "a", "b" }, "plain" },
    { { "layer1", "layer2", "layer3" }, "plain" },
    { { "params/h_0/mlp", "params/h_1/mlp" }, "numbered" },
    { { NULL }, "plain" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    {
      g_autoptr (GPtrArray) names = g_ptr_array_new ();
      g_autoptr (ArraysPattern) pattern = NULL;

      for (guint j = 0; choices[i].names[j] != NULL; j++)
        g_ptr_array_add (names, (gpointer) choices[i].names[j]);
      pattern = arrays_pattern_new ("auto", names, NULL, NULL);
      g_assert_cmpstr (arrays_pattern_get_name (pattern), ==, choices[i].chosen);
    }
}

/* Heads have queries x keys; and where nothing has sequences, three axes are positions x heads x features. */
static void
test_axes (void)
{
  static const struct
  {
    const char *pattern;
    const char *stage;
    guint n_dims;
    gboolean batched;
    const char *axes;
  } known[] = {
    { "transformer-lens", "attn.hook_pattern", 4, TRUE, "sequence,feature,position,feature" },
    { "transformer-lens", "attn.hook_pattern", 3, FALSE, "feature,position,feature" },
    { "transformer-lens", "attn.hook_z", 4, TRUE, NULL },
    { "transformer-lens", "attn.hook_z", 3, FALSE, "position,feature,feature" },
    { "transformer-lens", "attn.hook_z", 3, TRUE, NULL },
    { "transformer-lens", "mlp.hook_pre", 3, TRUE, NULL },
    { "hugging-face", "attn.hook_pattern", 4, TRUE, NULL },
  };
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      g_autoptr (ArraysPattern) pattern = arrays_pattern_new (known[i].pattern, names, NULL, NULL);

      g_assert_cmpstr (arrays_pattern_get_axes (pattern, known[i].stage, known[i].n_dims, known[i].batched), ==, known[i].axes);
    }
}

static void
test_wrong (void)
{
  g_autofree char *too_long = g_strnfill (1001, 'x');
  const struct
  {
    const char *text;
    const char *part;
  } wrong[] = {
    { "", "none of the groups" },
    { "sond", "none of the groups" },
    { "L(\\d+)", "none of the groups" },
    { "(?<layer>", "no regular expression" },
    { "((((((a{65000}){65000}){65000})))(?<layer>))", "no regular expression" },
    { too_long, "1000 bytes" },
  };
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (arrays_pattern_new (wrong[i].text, names, NULL, &error));
      g_assert_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, wrong[i].part));
    }
}

/* Patterns that try exponentially many ways are stopped. */
static void
test_endless (void)
{
  static const char *const patterns[] = {
    "^(a+)+(?<stage>[^a])",
    "^(a+)+$(?<stage>b)",
    "^(a|aa)+$(?<stage>b)",
    "(*LIMIT_MATCH=4000000000)^(a+)+(?<stage>[^a])",
    "^(?<stage>(?:(?:a?){40}a{40})*)*$c",
    "^(?:(?<stage>a)(?R)?|a(?R)a)*$b",
  };
  g_autofree char *name = g_strnfill (1000, 'a');
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  guint n_stopped = 0;

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      g_autoptr (ArraysPattern) pattern = arrays_pattern_new (patterns[i], names, NULL, NULL);
      g_auto (ArraysName) result = { 0 };
      g_autoptr (GError) error = NULL;
      gboolean found;

      g_assert_nonnull (pattern);
      g_test_message ("%s", patterns[i]);
      if (arrays_pattern_read (pattern, name, &result, &found, &error))
        {
          g_assert_false (found); /* PCRE saw by itself that nothing can match */
          continue;
        }
      g_assert_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY);
      g_assert_nonnull (strstr (error->message, "takes too long"));
      n_stopped++;
    }
  g_assert_cmpuint (n_stopped, >=, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arrays/names/read", test_read);
  g_test_add_func ("/arrays/names/auto", test_auto);
  g_test_add_func ("/arrays/names/axes", test_axes);
  g_test_add_func ("/arrays/names/wrong", test_wrong);
  g_test_add_func ("/arrays/names/endless", test_endless);
  return g_test_run ();
}
