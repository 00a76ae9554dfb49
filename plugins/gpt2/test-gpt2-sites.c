#define G_LOG_DOMAIN "gpt2"

#include "gpt2-provider.h"
#include "test-gpt2-common.h"
#include "test-gpt2-twin.h"

/* What can be read, and what it is called here and elsewhere. */

static void
test_sites (TwinFixture *fixture, gconstpointer data)
{
  static const char *const expected[] = { "embedding", "block.input", "attn.in", "attn.q", "attn.k", "attn.v", "attn.pattern", "attn.heads", "attn.out", "block.middle", "mlp.in", "mlp.pre", "mlp.post", "mlp.out", "block", "ln_f", "logits" };
  g_autoptr (GPtrArray) sites = sonde_model_list_sites (fixture->model);

  g_assert_cmpuint (sites->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < sites->len; i++)
    {
      const SondeSite *site = g_ptr_array_index (sites, i);

      g_assert_cmpstr (site->name, ==, expected[i]);
      g_assert_cmpuint (site->n_features, ==, twin_width (&fixture->twin, site->name, 1));
      g_assert_cmpint (site->per_layer, ==, i >= 1 && i <= 14);
      g_assert_cmpint (site->per_position, ==, g_str_equal (site->name, "attn.pattern"));
      g_assert_true (site->formula[0] != '\0');
    }
  g_assert_cmpuint (sonde_model_get_n_layers (fixture->model), ==, 3);
  g_assert_cmpuint (sonde_model_get_max_positions (fixture->model), ==, 80);
  g_assert_cmpstr (sonde_model_get_name (fixture->model), ==, "GPT-2, 3 layers, 24 features");
}

/* Names as they stand in the code of the other libraries. What is another tensor there has no name of ours. */
static void
test_dictionary (TwinFixture *fixture, gconstpointer data)
{
  static const char *const names[][2] = {
    { "transformer.drop", "embedding" },
    { "blocks.2.hook_resid_pre", "block.input" },
    { "blocks.{layer}.hook_resid_mid", "block.middle" },
    { "blocks.*.hook_resid_post", "block" },
    { "transformer.h.11", "block" },
    { "h.0.ln_1", "attn.in" },
    { "blocks.0.ln1.hook_normalized", "attn.in" },
    { "blocks.0.ln1.hook_out", "attn.in" },
    { "blocks.0.attn.hook_q", "attn.q" },
    { "blocks.0.attn.hook_k", "attn.k" },
    { "blocks.0.attn.hook_v", "attn.v" },
    { "blocks.0.attn.hook_pattern", "attn.pattern" },
    { "blocks.0.attn.hook_z", "attn.heads" },
    { "blocks.0.hook_attn_out", "attn.out" },
    { "transformer.h.0.attn.c_proj", "attn.out" },
    { "h.0.attn", "attn.out" },
    { "blocks.0.ln2.hook_normalized", "mlp.in" },
    { "transformer.h.0.ln_2", "mlp.in" },
    { "blocks.0.mlp.hook_pre", "mlp.pre" },
    { "transformer.h.0.mlp.c_fc", "mlp.pre" },
    { "blocks.0.mlp.hook_post", "mlp.post" },
    { "h.0.mlp.act", "mlp.post" },
    { "blocks.0.hook_mlp_out", "mlp.out" },
    { "transformer.h.0.mlp.c_proj", "mlp.out" },
    { "transformer.h.0.mlp", "mlp.out" },
    { "ln_final.hook_normalized", "ln_f" },
    { "ln_final.hook_out", "ln_f" },
    { "transformer.ln_f", "ln_f" },
    { "lm_head", "logits" },
  };
  static const char *const others[] = { "hook_embed", "blocks.0.hook_mlp_in", "blocks.0.hook_attn_in", "blocks.0.ln1.hook_scale", "blocks.0.attn.hook_attn_scores", "blocks.0.attn.hook_result", "transformer.wte", "transformer.h.0.attn.c_attn", "transformer.h.0.attn.attn_dropout", "transformer.h.x", "h", "" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (SondeSite) site = sonde_model_dup_site (fixture->model, names[i][0]);

      g_assert_nonnull (site);
      g_assert_cmpstr (site->name, ==, names[i][1]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_null (sonde_model_dup_site (fixture->model, others[i]));
}

/* What the provider says before it opens a model holds for each: all but the widths and two formulas. */
static void
test_provider_sites (TwinFixture *fixture, gconstpointer data)
{
  g_autoptr (SondeModelProvider) provider = g_object_new (GPT2_TYPE_PROVIDER, NULL);
  g_autoptr (GPtrArray) general = sonde_model_provider_list_sites (provider);
  g_autoptr (GPtrArray) sites = sonde_model_list_sites (fixture->model);

  g_assert_cmpuint (general->len, ==, sites->len);
  for (guint i = 0; i < sites->len; i++)
    {
      const SondeSite *site = g_ptr_array_index (sites, i), *all = g_ptr_array_index (general, i);

      g_assert_cmpstr (all->name, ==, site->name);
      g_assert_cmpuint (all->n_features, ==, 0);
      g_assert_cmpint (all->per_layer, ==, site->per_layer);
      g_assert_cmpint (all->per_position, ==, site->per_position);
      g_assert_cmpuint (all->aliases->len, ==, site->aliases->len);
      if (!g_str_equal (site->name, "mlp.post") && !g_str_equal (site->name, "logits"))
        g_assert_cmpstr (all->formula, ==, site->formula);
    }
  g_assert_cmpstr (((SondeSite *) g_ptr_array_index (sites, 12))->formula, ==, "gelu_new (mlp.pre)");
  g_assert_cmpstr (((SondeSite *) g_ptr_array_index (sites, 16))->formula, ==, "ln_f wteᵀ");
}

#define ADD(name, function) g_test_add ("/gpt2/sites/" name, TwinFixture, NULL, twin_fixture_set_up, function, twin_fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("model", test_sites);
  ADD ("dictionary", test_dictionary);
  ADD ("provider", test_provider_sites);
  return g_test_run ();
}
