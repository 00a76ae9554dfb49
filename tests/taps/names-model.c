#define G_LOG_DOMAIN "sonde"

#include "names-model.h"

#include <string.h>

struct _NamesModel
{
  GObject parent_instance;

  GPtrArray *sites;
};

static const char *
names_model_get_name (SondeModel *model)
{
  return "A model of names";
}

static guint
names_model_get_n_layers (SondeModel *model)
{
  return 2;
}

static GPtrArray *
names_model_dup_sites (SondeModel *model)
{
  return g_ptr_array_ref (NAMES_MODEL (model)->sites);
}

static void
names_model_iface_init (SondeModelInterface *iface)
{
  iface->get_name = names_model_get_name;
  iface->get_n_layers = names_model_get_n_layers;
  iface->dup_sites = names_model_dup_sites;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (NamesModel, names_model, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL, names_model_iface_init))

static void
names_model_finalize (GObject *object)
{
  g_ptr_array_unref (NAMES_MODEL (object)->sites);
  G_OBJECT_CLASS (names_model_parent_class)->finalize (object);
}

static void
names_model_class_init (NamesModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = names_model_finalize;
}

static void
names_model_init (NamesModel *self)
{
  self->sites = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);
}

NamesModel *
names_model_new (void)
{
  return g_object_new (NAMES_TYPE_MODEL, NULL);
}

SondeSite *
names_model_add (NamesModel *self,
                 const char *name,
                 gboolean per_layer)
{
  g_autofree char *formula = g_strdup_printf ("formula of %s", name);
  SondeSite *site = sonde_site_new (name, formula, 8, per_layer);

  g_ptr_array_add (self->sites, site);
  return site;
}

void
names_check_stages (SondeTap *tap,
                    NamesModel *model,
                    const NamesStage *expected,
                    guint n)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) stages = sonde_tap_list_stages (tap, SONDE_MODEL (model), &error);

  g_assert_no_error (error);
  g_assert_cmpuint (stages->len, ==, n);
  for (guint i = 0; i < n; i++)
    {
      const SondeStage *stage = g_ptr_array_index (stages, i);
      g_autofree char *formula = g_strdup_printf ("formula of %s", expected[i].site);

      g_assert_cmpstr (stage->id, ==, expected[i].id);
      g_assert_cmpstr (stage->short_label, ==, expected[i].short_label);
      g_assert_cmpstr (stage->label, ==, expected[i].label);
      g_assert_cmpstr (stage->axis_label, ==, expected[i].axis_label);
      g_assert_cmpstr (stage->site, ==, expected[i].site);
      g_assert_cmpstr (stage->formula, ==, formula);
    }
}

void
names_assert_refused (SondeTap *tap,
                      NamesModel *model,
                      SondeError code,
                      const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (sonde_tap_list_stages (tap, SONDE_MODEL (model), &error));
  g_assert_error (error, SONDE_ERROR, (int) code);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, part));
}

static void
check_missing (SondeTap *tap,
               const char *const *sites,
               const gboolean *in_layers,
               guint n,
               guint missing,
               gboolean once)
{
  g_autoptr (NamesModel) model = names_model_new ();
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < n; i++)
    if (i != missing || once)
      names_model_add (model, sites[i], in_layers[i] && i != missing);
  g_assert_null (sonde_tap_list_stages (tap, SONDE_MODEL (model), &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "A model of names"));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *quoted = g_strdup_printf ("“%s”", sites[i]);

      g_assert_cmpint (strstr (error->message, quoted) != NULL, ==, i == missing);
    }
}

void
names_check_missing (SondeTap *tap,
                     const char *const *sites,
                     const gboolean *in_layers,
                     guint n)
{
  for (guint missing = 0; missing < n; missing++)
    {
      check_missing (tap, sites, in_layers, n, missing, FALSE);
      if (in_layers[missing])
        check_missing (tap, sites, in_layers, n, missing, TRUE);
    }
}
