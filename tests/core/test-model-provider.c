#include "sonde.h"

/* A model with as many layers as it is told, and a provider that breaks the contract as the path says. */

#define BARE_TYPE_MODEL (bare_model_get_type ())
G_DECLARE_FINAL_TYPE (BareModel, bare_model, BARE, MODEL, GObject)

struct _BareModel
{
  GObject parent_instance;

  guint n_layers;
};

static guint
get_n_layers (SondeModel *model)
{
  return BARE_MODEL (model)->n_layers;
}

static void
model_init (SondeModelInterface *iface)
{
  iface->get_n_layers = get_n_layers;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (BareModel, bare_model, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL, model_init))

static void
bare_model_class_init (BareModelClass *klass)
{
}

static void
bare_model_init (BareModel *self)
{
}

#define BARE_TYPE_PROVIDER (bare_provider_get_type ())
G_DECLARE_FINAL_TYPE (BareProvider, bare_provider, BARE, PROVIDER, GObject)

struct _BareProvider
{
  GObject parent_instance;

  guint n_probes;
};

static guint
probe (SondeModelProvider *provider,
       const char *path,
       char **reason)
{
  BARE_PROVIDER (provider)->n_probes++;
  if (g_str_equal (path, "certain"))
    return 250;
  if (g_str_equal (path, "chatty"))
    *reason = g_strdup ("a reason nobody needs");
  if (g_str_equal (path, "stranger"))
    *reason = g_strdup ("it has no config.json");
  return g_str_equal (path, "chatty") ? 40 : 0;
}

static SondeModel *
open_model (SondeModelProvider *provider,
            const char *path,
            GCancellable *cancellable,
            GError **error)
{
  BareModel *model;

  if (g_str_equal (path, "silent"))
    return NULL;
  if (g_str_equal (path, "honest") || g_str_equal (path, "both"))
    g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_FORMAT, "bad bytes");
  if (g_str_equal (path, "honest"))
    return NULL;
  if (g_str_equal (path, "table"))
    return (SondeModel *) sonde_table_new ("t", "Not a model");
  model = g_object_new (BARE_TYPE_MODEL, NULL);
  model->n_layers = g_str_equal (path, "flat") ? 0 : 3;
  return SONDE_MODEL (model);
}

static void
provider_init (SondeModelProviderInterface *iface)
{
  iface->probe = probe;
  iface->open = open_model;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (BareProvider, bare_provider, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL_PROVIDER, provider_init))

static void
bare_provider_class_init (BareProviderClass *klass)
{
}

static void
bare_provider_init (BareProvider *self)
{
}

static SondeModelProvider *
provider_new (void)
{
  return g_object_new (BARE_TYPE_PROVIDER, NULL);
}

static void
test_probe (void)
{
  g_autoptr (SondeModelProvider) provider = provider_new ();
  char *reason = (char *) "untouched";

  g_assert_cmpuint (sonde_model_provider_probe (provider, "certain", &reason), ==, 100);
  g_assert_null (reason);
  g_assert_cmpuint (BARE_PROVIDER (provider)->n_probes, ==, 1);
  g_assert_cmpuint (sonde_model_provider_probe (provider, "chatty", &reason), ==, 40);
  g_assert_null (reason);
  g_assert_cmpuint (sonde_model_provider_probe (provider, "stranger", NULL), ==, 0);
  g_assert_cmpuint (sonde_model_provider_probe (provider, "stranger", &reason), ==, 0);
  g_assert_cmpstr (reason, ==, "it has no config.json");
  g_free (reason);
  g_assert_cmpuint (sonde_model_provider_probe (provider, "mute", &reason), ==, 0);
  g_assert_true (g_pattern_match_simple ("BareProvider*mute*", reason));
  g_free (reason);
}

static void
test_open (void)
{
  g_autoptr (SondeModelProvider) provider = provider_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeModel) model = sonde_model_provider_open (provider, "good", NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (sonde_model_get_n_layers (model), ==, 3);
}

static void
check_fault (const char *path,
             int code,
             const char *pattern)
{
  g_autoptr (SondeModelProvider) provider = provider_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (sonde_model_provider_open (provider, path, NULL, &error));
  g_assert_error (error, SONDE_ERROR, code);
  g_assert_true (g_pattern_match_simple (pattern, error->message));
}

static void
test_faults (void)
{
  check_fault ("silent", SONDE_ERROR_PLUGIN, "*BareProvider*without saying why*");
  check_fault ("honest", SONDE_ERROR_FORMAT, "bad bytes");
  check_fault ("both", SONDE_ERROR_FORMAT, "bad bytes");
  check_fault ("table", SONDE_ERROR_PLUGIN, "*BareProvider*no model*");
  check_fault ("flat", SONDE_ERROR_PLUGIN, "*BareProvider*without layers*");
}

static void
test_cancelled (void)
{
  g_autoptr (SondeModelProvider) provider = provider_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (sonde_model_provider_open (provider, "good", cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model-provider/probe", test_probe);
  g_test_add_func ("/model-provider/open", test_open);
  g_test_add_func ("/model-provider/faults", test_faults);
  g_test_add_func ("/model-provider/cancelled", test_cancelled);
  return g_test_run ();
}
