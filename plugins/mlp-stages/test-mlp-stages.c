#define G_LOG_DOMAIN "sonde"

#include <string.h>

#include "sonde.h"

/* The tap on a model that has nothing but site names. */

GType mlp_stages_tap_get_type (void);

#define TEST_TYPE_MODEL (test_model_get_type ())
G_DECLARE_FINAL_TYPE (TestModel, test_model, TEST, MODEL, GObject)

struct _TestModel
{
  GObject parent_instance;

  GPtrArray *sites;
};

static const char *
test_model_get_name (SondeModel *model)
{
  return "A model of names";
}

static guint
test_model_get_n_layers (SondeModel *model)
{
  return 2;
}

static GPtrArray *
test_model_list_sites (SondeModel *model)
{
  return g_ptr_array_ref (TEST_MODEL (model)->sites);
}

static void
test_model_iface_init (SondeModelInterface *iface)
{
  iface->get_name = test_model_get_name;
  iface->get_n_layers = test_model_get_n_layers;
  iface->list_sites = test_model_list_sites;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestModel, test_model, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL, test_model_iface_init))

static void
test_model_finalize (GObject *object)
{
  g_ptr_array_unref (TEST_MODEL (object)->sites);
  G_OBJECT_CLASS (test_model_parent_class)->finalize (object);
}

static void
test_model_class_init (TestModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = test_model_finalize;
}

static void
test_model_init (TestModel *self)
{
  self->sites = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);
}

static void
add_site (TestModel *model,
          const char *name,
          gboolean per_layer)
{
  g_autofree char *formula = g_strdup_printf ("formula of %s", name);

  g_ptr_array_add (model->sites, sonde_site_new (name, formula, 8, per_layer));
}

/* Labels and order are a contract: files and figures of every report have them. */
static void
test_stages (void)
{
  static const char *const expected[][6] = {
    { "input", "Inpu", "Input", "MLP input", "mlp.in", "formula of mlp.in" },
    { "expansion", "Expa", "Expansion", "expansion", "mlp.pre", "formula of mlp.pre" },
    { "gelu", "GELU", "GELU", "post-GELU", "mlp.post", "formula of mlp.post" },
    { "projection", "Proj", "Projection", "MLP projection", "mlp.out", "formula of mlp.out" },
  };
  g_autoptr (TestModel) model = g_object_new (TEST_TYPE_MODEL, NULL);
  g_autoptr (SondeTap) tap = g_object_new (mlp_stages_tap_get_type (), NULL);
  g_autoptr (GPtrArray) stages = NULL;
  g_autoptr (GError) error = NULL;

  add_site (model, "logits", FALSE);
  add_site (model, "mlp.out", TRUE); /* the order of the sites is not that of the stages */
  add_site (model, "mlp.pre", TRUE);
  add_site (model, "mlp.in", TRUE);
  add_site (model, "mlp.post", TRUE);
  stages = sonde_tap_list_stages (tap, SONDE_MODEL (model), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (stages->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < stages->len; i++)
    {
      const SondeStage *stage = g_ptr_array_index (stages, i);

      g_assert_cmpstr (stage->id, ==, expected[i][0]);
      g_assert_cmpstr (stage->short_label, ==, expected[i][1]);
      g_assert_cmpstr (stage->label, ==, expected[i][2]);
      g_assert_cmpstr (stage->axis_label, ==, expected[i][3]);
      g_assert_cmpstr (stage->site, ==, expected[i][4]);
      g_assert_cmpstr (stage->formula, ==, expected[i][5]);
    }
}

/* Leaves out one site after the other; last, has one for the whole model only. */
static void
test_missing (void)
{
  static const char *const names[] = { "mlp.in", "mlp.pre", "mlp.post", "mlp.out" };

  for (guint missing = 0; missing <= G_N_ELEMENTS (names); missing++)
    {
      g_autoptr (TestModel) model = g_object_new (TEST_TYPE_MODEL, NULL);
      g_autoptr (SondeTap) tap = g_object_new (mlp_stages_tap_get_type (), NULL);
      g_autoptr (GError) error = NULL;
      const char *named = names[missing % G_N_ELEMENTS (names)];

      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        if (i != missing)
          add_site (model, names[i], missing < G_N_ELEMENTS (names) || i > 0);
      g_assert_null (sonde_tap_list_stages (tap, SONDE_MODEL (model), &error));
      g_assert_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED);
      g_assert_nonnull (strstr (error->message, named));
      g_assert_nonnull (strstr (error->message, "A model of names"));
      for (guint i = 0; i < G_N_ELEMENTS (names); i++)
        g_assert_true (g_strcmp0 (names[i], named) == 0 || !strstr (error->message, names[i]));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mlp-stages/stages", test_stages);
  g_test_add_func ("/mlp-stages/missing", test_missing);
  return g_test_run ();
}
