#define G_LOG_DOMAIN "@name@"

#include <sonde-plugin.h>

#include "@name@-model.h"

/* The provider: does a path look like one of its models, and open it. The model is a text file that says how large it is. */

#define @TYPE@_TYPE_PROVIDER (@type@_provider_get_type ())
G_DECLARE_FINAL_TYPE (@Type@Provider, @type@_provider, @TYPE@, PROVIDER, GObject)

struct _@Type@Provider
{
  GObject parent_instance;
};

/* From 0, not mine, and a sentence why, to 100, certainly mine. It is asked for what its manifest's X-Sonde-Opens fits, and for what
 * nobody else takes: this reads nothing large. */
static guint
probe (SondeModelProvider *provider, const char *path, char **reason)
{
  if (g_str_has_suffix (path, ".@name@"))
    return 100;
  *reason = g_strdup_printf ("“%s” does not end in .@name@", path);
  return 0;
}

static gboolean
read_number (GKeyFile *file, const char *key, const char *path, int *value, GError **error)
{
  g_autoptr (GError) local = NULL;

  *value = g_key_file_get_integer (file, "Model", key, &local);
  if (local == NULL && *value >= 1 && *value <= 10000)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, "“%s” must have a number from 1 to 10000 as “%s” in [Model]", path, key);
  return FALSE;
}

static SondeModel *
open_model (SondeModelProvider *provider, const char *path, GCancellable *cancellable, GError **error)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  int n_layers, n_features;

  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, NULL))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, "“%s” is no file of keys such as example.@name@", path);
      return NULL;
    }
  if (!read_number (file, "layers", path, &n_layers, error) || !read_number (file, "features", path, &n_features, error))
    return NULL;
  return @type@_model_new (path, n_layers, n_features);
}

static void
iface_init (SondeModelProviderInterface *iface)
{
  iface->probe = probe;
  iface->open = open_model;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (@Type@Provider, @type@_provider, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL_PROVIDER, iface_init))

static void
@type@_provider_class_init (@Type@ProviderClass *class)
{
}

static void
@type@_provider_init (@Type@Provider *self)
{
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_MODEL_PROVIDER, @TYPE@_TYPE_PROVIDER)
