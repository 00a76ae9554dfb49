#define G_LOG_DOMAIN "sonde"

#include "taps/names-model.h"

/* The tap on a model that has nothing but site names. */

GType attention_tap_get_type (void);

/* Labels and order are a contract: files and figures of every report have them. */
static void
test_stages (void)
{
  static const NamesStage expected[] = {
    { "queries", "Quer", "Queries", "queries", "attn.q" },
    { "keys", "Keys", "Keys", "keys", "attn.k" },
    { "values", "Vals", "Values", "values", "attn.v" },
    { "pattern", "Patt", "Pattern", "attention pattern", "attn.pattern" },
    { "heads", "Head", "Heads", "heads", "attn.heads" },
    { "projection", "Proj", "Projection", "attention projection", "attn.out" },
  };
  g_autoptr (SondeTestingModel) model = names_model_new ();
  g_autoptr (SondeTap) tap = g_object_new (attention_tap_get_type (), NULL);

  names_model_add (model, "attn.out", TRUE); /* the order of the sites is not that of the stages */
  names_model_add (model, "attn.v", TRUE);
  names_model_add (model, "attn.k", TRUE);
  names_model_add (model, "mlp.in", TRUE);
  names_model_add (model, "attn.q", TRUE);
  names_model_add (model, "attn.heads", TRUE);
  names_model_add (model, "attn.pattern", TRUE);
  names_check_stages (tap, model, expected, G_N_ELEMENTS (expected));
}

static void
test_missing (void)
{
  static const char *const sites[] = { "attn.q", "attn.k", "attn.v", "attn.pattern", "attn.heads", "attn.out" };
  static const gboolean in_layers[] = { TRUE, TRUE, TRUE, TRUE, TRUE, TRUE };
  g_autoptr (SondeTap) tap = g_object_new (attention_tap_get_type (), NULL);

  names_check_missing (tap, sites, in_layers, G_N_ELEMENTS (sites));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/attention/stages", test_stages);
  g_test_add_func ("/attention/missing", test_missing);
  return g_test_run ();
}
