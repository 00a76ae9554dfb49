#define G_LOG_DOMAIN "sonde"

#include "taps/names-model.h"

/* The tap on a model that has nothing but site names. */

GType mlp_stages_tap_get_type (void);

/* Labels and order are a contract: files and figures of every report have them. */
static void
test_stages (void)
{
  static const NamesStage expected[] = {
    { "input", "Inpu", "Input", "MLP input", "mlp.in" },
    { "expansion", "Expa", "Expansion", "expansion", "mlp.pre" },
    { "gelu", "GELU", "GELU", "post-GELU", "mlp.post" },
    { "projection", "Proj", "Projection", "MLP projection", "mlp.out" },
  };
  g_autoptr (SondeTestingModel) model = names_model_new ();
  g_autoptr (SondeTap) tap = g_object_new (mlp_stages_tap_get_type (), NULL);

  names_model_add (model, "logits", FALSE);
  names_model_add (model, "mlp.out", TRUE); /* the order of the sites is not that of the stages */
  names_model_add (model, "mlp.pre", TRUE);
  names_model_add (model, "mlp.in", TRUE);
  names_model_add (model, "mlp.post", TRUE);
  names_check_stages (tap, model, expected, G_N_ELEMENTS (expected));
}

static void
test_missing (void)
{
  static const char *const sites[] = { "mlp.in", "mlp.pre", "mlp.post", "mlp.out" };
  static const gboolean in_layers[] = { TRUE, TRUE, TRUE, TRUE };
  g_autoptr (SondeTap) tap = g_object_new (mlp_stages_tap_get_type (), NULL);

  names_check_missing (tap, sites, in_layers, G_N_ELEMENTS (sites));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mlp-stages/stages", test_stages);
  g_test_add_func ("/mlp-stages/missing", test_missing);
  return g_test_run ();
}
