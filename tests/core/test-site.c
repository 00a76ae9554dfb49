#include "sonde.h"

static SondeSite *
site_new (void)
{
  SondeSite *site = sonde_site_new ("mid", "f (x) + b", 12, TRUE);

  sonde_site_add_alias (site, "First", "blocks.{layer}.hook_mid");
  sonde_site_add_alias (site, "First", "hook_mid");
  sonde_site_add_alias (site, "Second", "layers.{layer}");
  return site;
}

static void
test_copy (void)
{
  g_autoptr (SondeSite) site = site_new ();
  g_autoptr (SondeSite) copy = NULL;

  site->per_position = TRUE;
  copy = sonde_site_copy (site);
  g_assert_true (copy != site && copy->name != site->name);
  g_assert_cmpstr (copy->name, ==, "mid");
  g_assert_cmpstr (copy->formula, ==, "f (x) + b");
  g_assert_cmpuint (copy->n_features, ==, 12);
  g_assert_true (copy->per_layer && copy->per_position);
  g_assert_cmpuint (copy->aliases->len, ==, 3);
  g_assert_cmpstr (((SondeSiteAlias *) g_ptr_array_index (copy->aliases, 2))->library, ==, "Second");
}

static void
test_names (void)
{
  static const struct
  {
    const char *name;
    gboolean means;
  } cases[] = {
    { "mid", TRUE },
    { "blocks.0.hook_mid", TRUE },
    { "blocks.137.hook_mid", TRUE },
    { "blocks.{layer}.hook_mid", TRUE },
    { "blocks.*.hook_mid", TRUE },
    { "hook_mid", TRUE },
    { "layers.5", TRUE },
    { "layers.5.mlp", FALSE },
    { "layers.", FALSE },
    { "layers", FALSE },
    { "blocks.x.hook_mid", FALSE },
    { "blocks.-1.hook_mid", FALSE },
    { "blocks..hook_mid", FALSE },
    { "blocks.1.hook_mi", FALSE },
    { "xblocks.1.hook_mid", FALSE },
    { "Mid", FALSE },
    { "", FALSE },
  };
  g_autoptr (SondeSite) site = site_new ();

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (sonde_site_is_called (site, cases[i].name), ==, cases[i].means);
}

static void
test_stage_names (void)
{
  g_autoptr (SondeStage) stage = sonde_stage_new ("between", "Betw", "Between", "what lies between", "mid", "f (x)");
  g_autoptr (SondeStage) copy = NULL;

  sonde_stage_add_alias (stage, "First", "blocks.{layer}.hook_mid");
  copy = sonde_stage_copy (stage);
  g_assert_true (sonde_stage_is_called (copy, "between"));
  g_assert_true (sonde_stage_is_called (copy, "mid"));
  g_assert_true (sonde_stage_is_called (copy, "blocks.3.hook_mid"));
  g_assert_false (sonde_stage_is_called (copy, "Between"));
}

static void
test_width (void)
{
  const gint32 ids[7] = { 0 };
  g_autoptr (SondeSite) site = site_new ();
  g_autoptr (SondeBatch) batch = sonde_batch_new ();

  sonde_batch_add (batch, ids, 3, NULL, 0);
  sonde_batch_add (batch, ids, 7, NULL, 0);
  sonde_batch_add (batch, ids, 2, NULL, 0);
  g_assert_cmpuint (sonde_batch_get_longest (batch), ==, 7);
  g_assert_cmpuint (sonde_site_get_width (site, batch), ==, 12);
  site->per_position = TRUE;
  g_assert_cmpuint (sonde_site_get_width (site, batch), ==, 84);
  site->n_features = G_MAXUINT / 2; /* what does not fit is more than anybody has memory for, and not little */
  g_assert_cmpuint (sonde_site_get_width (site, batch), ==, G_MAXUINT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/site/copy", test_copy);
  g_test_add_func ("/site/names", test_names);
  g_test_add_func ("/site/stage-names", test_stage_names);
  g_test_add_func ("/site/width", test_width);
  return g_test_run ();
}
