#define G_LOG_DOMAIN "@name@"

#include <sonde-plugin.h>

#define @TYPE@_TYPE_TAP (@type@_tap_get_type ())
G_DECLARE_FINAL_TYPE (@Type@Tap, @type@_tap, @TYPE@, TAP, GObject)

struct _@Type@Tap
{
  GObject parent_instance;
};

/* Put your stages here, in the order of the data flow: which place of each layer is read, and what files and figures call it:
 * in files and tables; on axes and in legends; in titles; in the running text of an axis; what models call the place, or what other
 * libraries do; whether every layer must have it. */
static const SondeStageInfo stages[] = {
  { "before", "Befo", "Before the block", "block input", "block.input", TRUE },
  { "after", "Afte", "After the block", "block output", "block", TRUE },
};

/* A tap knows no model: it goes by the names of sites, takes over each one's formula, and refuses a model that lacks one. */
static GPtrArray *
dup_stages (SondeTap *tap, SondeModel *model, GError **error)
{
  return sonde_stages_new_for_sites (model, stages, G_N_ELEMENTS (stages), NULL, error);
}

/* The same without a model, for `sonde inspect @name@`. */
static GPtrArray *
dup_wanted (SondeTap *tap)
{
  return sonde_stages_new_for_infos (stages, G_N_ELEMENTS (stages), NULL);
}

static void
iface_init (SondeTapInterface *iface)
{
  iface->dup_stages = dup_stages;
  iface->dup_wanted = dup_wanted;
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
