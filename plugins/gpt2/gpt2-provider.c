#define G_LOG_DOMAIN "gpt2"

#include "gpt2-provider.h"

#include "gpt2-config.h"
#include "gpt2-directory.h"
#include "gpt2-model.h"
#include "gpt2-sites.h"

struct _Gpt2Provider
{
  GObject parent_instance;
};

/* Looks at the configuration only: what else may be wrong with the directory, opening it says best. */
static guint
gpt2_provider_probe (SondeModelProvider *provider,
                     const char *path,
                     char **reason)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = gpt2_directory_resolve (path, &error);
  g_autofree char *config = directory ? gpt2_directory_find_file (directory, "config.json", &error) : NULL;

  if (config && gpt2_config_check_family (config, &error))
    return 100;
  if (reason)
    *reason = g_strdup (error->message);
  return 0;
}

static SondeModel *
gpt2_provider_open (SondeModelProvider *provider,
                    const char *path,
                    GCancellable *cancellable,
                    GError **error)
{
  Gpt2Model *model = gpt2_model_open (path, cancellable, error);

  return model ? SONDE_MODEL (model) : NULL;
}

static GPtrArray *
gpt2_provider_dup_sites (SondeModelProvider *provider)
{
  return gpt2_sites_list (NULL, FALSE);
}

static void
gpt2_provider_iface_init (SondeModelProviderInterface *iface)
{
  iface->probe = gpt2_provider_probe;
  iface->open = gpt2_provider_open;
  iface->dup_sites = gpt2_provider_dup_sites;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (Gpt2Provider, gpt2_provider, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL_PROVIDER, gpt2_provider_iface_init))

static void
gpt2_provider_class_init (Gpt2ProviderClass *klass)
{
}

static void
gpt2_provider_init (Gpt2Provider *self)
{
}
