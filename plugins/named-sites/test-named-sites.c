#define G_LOG_DOMAIN "sonde"

#include <string.h>

#include "taps/names-model.h"

/* The tap on a model that has nothing but site names, one of them twice over in files. */

GType named_sites_tap_get_type (void);

static SondeTestingModel *
make_model (void)
{
  SondeTestingModel *model = names_model_new ();
  SondeSite *site;

  names_model_add (model, "embedding", FALSE);
  site = names_model_add (model, "mlp.pre", TRUE);
  sonde_site_add_alias (site, "Elsewhere", "blocks.{layer}.mlp.hook_pre");
  sonde_site_add_alias (site, "Somewhere", "h.{layer}.fc");
  names_model_add (model, "Some Site/ü", TRUE);
  names_model_add (model, "some-site---", TRUE);
  names_model_add (model, "../../etc", TRUE);
  return model;
}

static SondeTap *
make_tap (const char *sites)
{
  return g_object_new (named_sites_tap_get_type (), "sites", sites, NULL);
}

static void
test_names (void)
{
  static const char *const names[] = { "mlp.pre", " mlp.pre ,", "blocks.6.mlp.hook_pre", "blocks.{layer}.mlp.hook_pre", "blocks.*.mlp.hook_pre", "h.0.fc" };
  static const NamesStage expected = { "mlp.pre", "mlp.pre", "mlp.pre", "mlp.pre", "mlp.pre" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (SondeTestingModel) model = make_model ();
      g_autoptr (SondeTap) tap = make_tap (names[i]);

      names_check_stages (tap, model, &expected, 1);
    }
}

/* In the order of the names; ids can be names of files, and are different ones. */
static void
test_ids (void)
{
  static const NamesStage expected[] = {
    { "some-site---", "Some Site/ü", "Some Site/ü", "Some Site/ü", "Some Site/ü" },
    { "embedding", "embedding", "embedding", "embedding", "embedding" },
    { "some-site----2", "some-site---", "some-site---", "some-site---", "some-site---" },
    { "-.-..-etc", "../../etc", "../../etc", "../../etc", "../../etc" },
  };
  g_autoptr (SondeTestingModel) model = make_model ();
  g_autoptr (SondeTap) tap = make_tap ("Some Site/ü,embedding,,some-site---,../../etc");

  names_check_stages (tap, model, expected, G_N_ELEMENTS (expected));
}

static void
assert_refused (const char *sites,
                SondeError code,
                const char *part)
{
  g_autoptr (SondeTestingModel) model = make_model ();
  g_autoptr (SondeTap) tap = make_tap (sites);

  names_assert_refused (tap, model, code, part);
}

static void
test_refused (void)
{
  g_autofree char *endless = g_strnfill (300, 'x');

  assert_refused (NULL, SONDE_ERROR_VALUE, "set “sites” to some of embedding, mlp.pre, Some Site/ü, some-site---, ../../etc");
  assert_refused (" , ", SONDE_ERROR_VALUE, "no site is named");
  assert_refused ("mlp.pre,nothing like it", SONDE_ERROR_UNSUPPORTED, "“nothing like it”; all that it has: embedding, mlp.pre, Some Site/ü, some-site---, ../../etc");
  assert_refused ("mlp.Pro", SONDE_ERROR_UNSUPPORTED, "“mlp.Pro”, but mlp.pre; all");
  assert_refused ("blocks.11.mlp.hook_per", SONDE_ERROR_UNSUPPORTED, "“blocks.11.mlp.hook_per”, but blocks.{layer}.mlp.hook_pre; all");
  assert_refused ("blocks.*.hook_pre", SONDE_ERROR_UNSUPPORTED, "but blocks.{layer}.mlp.hook_pre; all");
  assert_refused ("mlp.pre,h.3.fc", SONDE_ERROR_VALUE, "“h.3.fc” is the site mlp.pre a second time");
  assert_refused (endless, SONDE_ERROR_UNSUPPORTED, "xxx”; all that it has");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/named-sites/names", test_names);
  g_test_add_func ("/named-sites/ids", test_ids);
  g_test_add_func ("/named-sites/refused", test_refused);
  return g_test_run ();
}
