#define G_LOG_DOMAIN "arrays"

#include "arrays-provider.h"

#include <glib/gi18n-lib.h>

#include "arrays-file.h"
#include "arrays-model.h"

enum
{
  PROP_PATTERN = 1,
  PROP_AXES,
  PROP_STAGES,
  PROP_CONDITIONS,
  PROP_ROWS,
  N_PROPERTIES,
};

struct _ArraysProvider
{
  GObject parent_instance;

  char *texts[N_PROPERTIES]; /* of each property */
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
  ArraysProvider *self = ARRAYS_PROVIDER (provider);
  const ArraysOptions options = { self->texts[PROP_PATTERN], self->texts[PROP_AXES], self->texts[PROP_STAGES], self->texts[PROP_CONDITIONS], self->texts[PROP_ROWS] };
  ArraysModel *model = arrays_model_open (path, &options, cancellable, error);

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
arrays_provider_get_property (GObject *object,
                              guint property_id,
                              GValue *value,
                              GParamSpec *pspec)
{
  if (property_id > 0 && property_id < N_PROPERTIES)
    g_value_set_string (value, ARRAYS_PROVIDER (object)->texts[property_id]);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
arrays_provider_set_property (GObject *object,
                              guint property_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  ArraysProvider *self = ARRAYS_PROVIDER (object);

  if (property_id == 0 || property_id >= N_PROPERTIES)
    {
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      return;
    }
  g_free (self->texts[property_id]);
  self->texts[property_id] = g_value_dup_string (value);
}

static void
arrays_provider_finalize (GObject *object)
{
  ArraysProvider *self = ARRAYS_PROVIDER (object);

  for (guint i = 0; i < N_PROPERTIES; i++)
    g_free (self->texts[i]);
  G_OBJECT_CLASS (arrays_provider_parent_class)->finalize (object);
}

static void
install (GObjectClass *object_class,
         guint property_id,
         const char *name,
         const char *nick,
         const char *blurb,
         const char *value,
         GParamFlags more)
{
  g_object_class_install_property (object_class, property_id, g_param_spec_string (name, nick, blurb, value, G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS | more));
}

static void
arrays_provider_class_init (ArraysProviderClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = arrays_provider_get_property;
  object_class->set_property = arrays_provider_set_property;
  object_class->finalize = arrays_provider_finalize;
  install (object_class, PROP_PATTERN, "pattern", "Pattern",
           N_ ("How names tell condition, layer and stage: sonde (CONDITION/L6/STAGE), notebook (L6_2), transformer-lens (blocks.6.mlp.hook_pre), hugging-face (transformer.h.6.mlp.c_fc), numbered (h[6].mlp.output, params/h_6/mlp/c_fc), plain (the stage and nothing else), auto (the one that reads most names), or a regular expression with the groups (?<layer>…), (?<stage>…) and (?<condition>…)"), "auto", 0);
  install (object_class, PROP_AXES, "axes", "Axes",
           N_ ("What the axes of arrays are, in their own order: a list of layer, sequence, position, row and feature (several are joined), as sequence,position,feature,feature; auto: rows and features, with sequences and positions in three axes where the name tells the layer, and layers first where it does not"), "auto", 0);
  install (object_class, PROP_STAGES, "stages", "Stages",
           N_ ("Which stages, in this order: a list of their names; all, in the order of the file, where it is empty"), "", 0);
  install (object_class, PROP_CONDITIONS, "conditions", "Conditions",
           N_ ("Which conditions, in this order: a list of their names; all, where it is empty"), "", 0);
  install (object_class, PROP_ROWS, "rows", "Rows",
           N_ ("A CSV file that says from where the rows come, with any of the columns condition, row, sequence, position, token_id, text and kept, as the tokens.csv of a report; NAME.rows.csv beside NAME.npz, or rows.csv in a folder, where it is empty"), "", SONDE_PARAM_PATH);
}

static void
arrays_provider_init (ArraysProvider *self)
{
}
