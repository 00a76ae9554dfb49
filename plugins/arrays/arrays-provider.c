#define G_LOG_DOMAIN "arrays"

#include "arrays-provider.h"

#include "arrays-file.h"
#include "arrays-model.h"

struct _ArraysProvider
{
  GObject parent_instance;
};

static guint
arrays_provider_probe (SondeModelProvider *provider,
                       const char *path,
                       char **reason)
{
  return arrays_file_probe (path, reason);
}

static SondeModel *
arrays_provider_open (SondeModelProvider *provider,
                      const char *path,
                      GCancellable *cancellable,
                      GError **error)
{
  ArraysModel *model = arrays_model_open (path, cancellable, error);

  return model != NULL ? SONDE_MODEL (model) : NULL;
}

static void
arrays_provider_iface_init (SondeModelProviderInterface *iface)
{
  iface->probe = arrays_provider_probe;
  iface->open = arrays_provider_open;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (ArraysProvider, arrays_provider, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL_PROVIDER, arrays_provider_iface_init))

static void
arrays_provider_class_init (ArraysProviderClass *klass)
{
}

static void
arrays_provider_init (ArraysProvider *self)
{
}
