#define G_LOG_DOMAIN "sonde"

#include "taps/names-model.h"

/* The tap on a model that has nothing but site names. */

GType residual_tap_get_type (void);

/* Labels and order are a contract: files and figures of every report have them. */
static void
test_stages (void)
{
  static const NamesStage expected[] = {
    { "embedding", "Embd", "Embedding", "embedding", "embedding" },
    { "before", "Befo", "Before", "before block", "block.input" },
    { "after", "Aftr", "After", "after block", "block" },
    { "ln_f", "LN_f", "Final norm", "final norm", "ln_f" },
  };
  g_autoptr (SondeTestingModel) model = names_model_new ();
  g_autoptr (SondeTap) tap = g_object_new (residual_tap_get_type (), NULL);

  names_model_add (model, "ln_f", FALSE); /* the order of the sites is not that of the stages */
  names_model_add (model, "logits", FALSE);
  names_model_add (model, "block", TRUE);
  names_model_add (model, "embedding", FALSE);
  names_model_add (model, "block.input", TRUE);
  names_check_stages (tap, model, expected, G_N_ELEMENTS (expected));
}

static void
test_missing (void)
{
  static const char *const sites[] = { "embedding", "block.input", "block", "ln_f" };
  static const gboolean in_layers[] = { FALSE, TRUE, TRUE, FALSE };
  g_autoptr (SondeTap) tap = g_object_new (residual_tap_get_type (), NULL);

  names_check_missing (tap, sites, in_layers, G_N_ELEMENTS (sites));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/residual/stages", test_stages);
  g_test_add_func ("/residual/missing", test_missing);
  return g_test_run ();
}
