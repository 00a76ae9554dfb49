#define G_LOG_DOMAIN "gpt2"

#include "gpt2-sites.h"

#include <glib/gi18n-lib.h>

/* What decides how long a row of a site is. */
typedef enum
{
  WIDTH_FEATURES,
  WIDTH_INNER,
  WIDTH_VOCABULARY,
  WIDTH_HEADS, /* for each position of the longest sequence */
} Width;

/* The whole dictionary. A name of another library is here only where it is the same tensor there, but for its shape: with
 * TransformerLens that holds for weights as they stand in the file, which from_pretrained_no_processing leaves alone, and with
 * transformers for what a module returns, dropout being off. Its module names come with and without the model's own prefix; "?"
 * stands for that. */
static const struct
{
  const char *name;
  const char *formula; /* files for programs have it as it is; its words are translated where it is shown */
  Width width;
  const char *transformer_lens[3];
  const char *hugging_face[3];
} sites[GPT2_N_SITES] = {
  [GPT2_SITE_EMBEDDING] = { "embedding", "wte[token] + wpe[position]", WIDTH_FEATURES, { NULL }, { "?drop" } },
  [GPT2_SITE_BLOCK_INPUT] = { "block.input", NC_ ("formula", "x = embedding in layer 0, block of the layer before in the others"), WIDTH_FEATURES, { "blocks.{layer}.hook_resid_pre" } },
  [GPT2_SITE_ATTN_IN] = { "attn.in", NC_ ("formula", "ln_1 (x) with gain and bias"), WIDTH_FEATURES, { "blocks.{layer}.ln1.hook_normalized", "blocks.{layer}.ln1.hook_out" }, { "?h.{layer}.ln_1" } },
  [GPT2_SITE_ATTN_Q] = { "attn.q", NC_ ("formula", "attn.in c_attn + b, its first third: the queries, head after head"), WIDTH_FEATURES, { "blocks.{layer}.attn.hook_q" } },
  [GPT2_SITE_ATTN_K] = { "attn.k", NC_ ("formula", "attn.in c_attn + b, its second third: the keys, head after head"), WIDTH_FEATURES, { "blocks.{layer}.attn.hook_k" } },
  [GPT2_SITE_ATTN_V] = { "attn.v", NC_ ("formula", "attn.in c_attn + b, its last third: the values, head after head"), WIDTH_FEATURES, { "blocks.{layer}.attn.hook_v" } },
  [GPT2_SITE_ATTN_PATTERN] = { "attn.pattern", NC_ ("formula", "softmax (scale q kᵀ) over the positions up to its own, head after head"), WIDTH_HEADS, { "blocks.{layer}.attn.hook_pattern" } },
  [GPT2_SITE_ATTN_HEADS] = { "attn.heads", NC_ ("formula", "attn.pattern v, head after head"), WIDTH_FEATURES, { "blocks.{layer}.attn.hook_z" } },
  [GPT2_SITE_ATTN_OUT] = { "attn.out", "attn.heads c_proj + b", WIDTH_FEATURES, { "blocks.{layer}.hook_attn_out" }, { "?h.{layer}.attn.c_proj", "?h.{layer}.attn" } },
  [GPT2_SITE_BLOCK_MIDDLE] = { "block.middle", "r = x + attn.out", WIDTH_FEATURES, { "blocks.{layer}.hook_resid_mid" } },
  [GPT2_SITE_MLP_IN] = { "mlp.in", NC_ ("formula", "ln_2 (r) with gain and bias, r = x + attn (ln_1 (x))"), WIDTH_FEATURES, { "blocks.{layer}.ln2.hook_normalized", "blocks.{layer}.ln2.hook_out" }, { "?h.{layer}.ln_2" } },
  [GPT2_SITE_MLP_PRE] = { "mlp.pre", "mlp.in c_fc + b", WIDTH_INNER, { "blocks.{layer}.mlp.hook_pre" }, { "?h.{layer}.mlp.c_fc" } },
  [GPT2_SITE_MLP_POST] = { "mlp.post", NC_ ("formula", "activation (mlp.pre)"), WIDTH_INNER, { "blocks.{layer}.mlp.hook_post" }, { "?h.{layer}.mlp.act" } },
  [GPT2_SITE_MLP_OUT] = { "mlp.out", "mlp.post c_proj + b", WIDTH_FEATURES, { "blocks.{layer}.hook_mlp_out" }, { "?h.{layer}.mlp.c_proj", "?h.{layer}.mlp" } },
  [GPT2_SITE_BLOCK] = { "block", "r + mlp.out", WIDTH_FEATURES, { "blocks.{layer}.hook_resid_post" }, { "?h.{layer}" } },
  [GPT2_SITE_LN_F] = { "ln_f", NC_ ("formula", "ln_f (block of the last layer) with gain and bias"), WIDTH_FEATURES, { "ln_final.hook_normalized", "ln_final.hook_out" }, { "?ln_f" } },
  [GPT2_SITE_LOGITS] = { "logits", NC_ ("formula", "ln_f lm_headᵀ, or ln_f wteᵀ where the file has no lm_head"), WIDTH_VOCABULARY, { NULL }, { "lm_head" } },
};

const char *
gpt2_site_get_name (Gpt2Site site)
{
  return sites[site].name;
}

Gpt2Site
gpt2_site_find (const char *name)
{
  Gpt2Site site = 0;

  while (site < GPT2_N_SITES && !g_str_equal (name, sites[site].name))
    site++;
  return site;
}

gboolean
gpt2_site_is_per_layer (Gpt2Site site)
{
  return site >= GPT2_SITE_BLOCK_INPUT && site <= GPT2_SITE_BLOCK;
}

static guint
get_width (const Gpt2Config *config, Width width)
{
  switch (width)
    {
    case WIDTH_FEATURES:
      return config->n_features;
    case WIDTH_INNER:
      return config->n_inner;
    case WIDTH_VOCABULARY:
      return config->n_vocabulary;
    case WIDTH_HEADS:
      return config->n_heads;
    default:
      g_assert_not_reached ();
    }
}

/* What a model can say more exactly than the table. */
static char *
dup_formula (Gpt2Site site, const Gpt2Config *config, gboolean has_head)
{
  if (config && site == GPT2_SITE_MLP_POST)
    return g_strdup_printf ("%s (mlp.pre)", config->activation_name);
  if (config && site == GPT2_SITE_LOGITS)
    return g_strdup (has_head ? "ln_f lm_headᵀ" : "ln_f wteᵀ");
  return g_strdup (sites[site].formula);
}

static void
add_aliases (SondeSite *site, Gpt2Site index)
{
  for (const char *const *name = sites[index].transformer_lens; *name; name++)
    sonde_site_add_alias (site, "TransformerLens", *name);
  for (const char *const *name = sites[index].hugging_face; *name; name++)
    {
      const char *plain = *name + (**name == '?');

      if (plain > *name)
        {
          g_autofree char *full = g_strconcat ("transformer.", plain, NULL);

          sonde_site_add_alias (site, "Hugging Face", full);
        }
      if (!g_str_equal (plain, site->name))
        sonde_site_add_alias (site, "Hugging Face", plain);
    }
}

GPtrArray *
gpt2_sites_list (const Gpt2Config *config, gboolean has_head)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);

  for (Gpt2Site i = 0; i < GPT2_N_SITES; i++)
    {
      g_autofree char *formula = dup_formula (i, config, has_head);
      SondeSite *site = sonde_site_new (sites[i].name, formula, config ? get_width (config, sites[i].width) : 0, gpt2_site_is_per_layer (i));

      site->per_position = sites[i].width == WIDTH_HEADS;
      add_aliases (site, i);
      g_ptr_array_add (list, site);
    }
  return list;
}
