#define G_LOG_DOMAIN "@name@"

#include <sonde-plugin.h>

#define @TYPE@_TYPE_TAP (@type@_tap_get_type ())
G_DECLARE_FINAL_TYPE (@Type@Tap, @type@_tap, @TYPE@, TAP, GObject)

struct _@Type@Tap
{
  GObject parent_instance;
};

/* Put your stages here, in the order of the data flow: which place of each layer is read, and what files and figures call it. */
static const struct
{
  const char *id;          /* in files and tables */
  const char *short_label; /* on axes and in legends */
  const char *label;       /* in titles */
  const char *axis_label;  /* in the running text of an axis */
  const char *site;        /* what models call the place */
} stages[] = {
  { "before", "Befo", "Before the block", "block input", "block.input" },
  { "after", "Afte", "After the block", "block output", "block" },
};

/* A tap knows no model: it goes by the names of sites, takes over each one's formula, and refuses a model that lacks one. */
static GPtrArray *
list_stages (SondeTap *tap, SondeModel *model, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);

  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    {
      g_autoptr (SondeSite) site = sonde_model_dup_site (model, stages[i].site);

      if (site == NULL || !site->per_layer)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, "%s has no site “%s” in its layers: choose another tap", sonde_model_get_name (model), stages[i].site);
          return NULL;
        }
      g_ptr_array_add (list, sonde_stage_new (stages[i].id, stages[i].short_label, stages[i].label, stages[i].axis_label, stages[i].site, site->formula));
    }
  return g_steal_pointer (&list);
}

static void
iface_init (SondeTapInterface *iface)
{
  iface->list_stages = list_stages;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (@Type@Tap, @type@_tap, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_TAP, iface_init))

static void
@type@_tap_class_init (@Type@TapClass *class)
{
}

static void
@type@_tap_init (@Type@Tap *self)
{
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_TAP, @TYPE@_TYPE_TAP)
