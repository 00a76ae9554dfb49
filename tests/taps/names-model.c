#define G_LOG_DOMAIN "sonde"

#include "names-model.h"

#include <string.h>

SondeTestingModel *
names_model_new (void)
{
  SondeTestingModel *model = sonde_testing_model_new (2);

  sonde_testing_model_set_name (model, "A model of names");
  return model;
}

SondeSite *
names_model_add (SondeTestingModel *model,
                 const char *name,
                 gboolean per_layer)
{
  return sonde_testing_model_add_site (model, name, NULL, 8, per_layer);
}

void
names_check_stages (SondeTap *tap,
                    SondeTestingModel *model,
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
                      SondeTestingModel *model,
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
  g_autoptr (SondeTestingModel) model = names_model_new ();
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
