#include <sonde-plugin.h>

/* A tap of the site "mlp.in", with one fault, which the build chooses: BAD_FAULT is a word of this list and BAD_TYPE the name of its
 * class. */
typedef enum
{
  BOTH,
  NEITHER,
  NONE,
  UNKNOWN_SITE,
  SAME_ID,
  ID_WITH_SLASH,
  NO_LABEL,
  SILENT_REFUSAL,
  UNEQUAL,
  OTHER_WANTED,
} Fault;

static const Fault fault = BAD_FAULT;

typedef struct
{
  GObject parent_instance;
} BadTap;

typedef struct
{
  GObjectClass parent_class;
} BadTapClass;

static GPtrArray *
dup_stages (SondeTap *tap, SondeModel *model, GError **error)
{
  static guint n_calls;
  g_autoptr (GPtrArray) stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  g_autoptr (SondeSite) site = sonde_model_dup_site (model, "mlp.in");

  n_calls++;
  if (fault == NEITHER)
    return NULL;
  if (fault == NONE)
    return g_steal_pointer (&stages);
  if (site == NULL && fault != UNKNOWN_SITE)
    {
      if (fault == SILENT_REFUSAL)
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, "this model is not the right one for it");
      else
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, "this model has no site mlp.in");
      return NULL;
    }
  g_ptr_array_add (stages, sonde_stage_new (fault == ID_WITH_SLASH ? "a/b" : fault == UNEQUAL && n_calls % 2 == 0 ? "other"
                                                                                                                  : "in",
                                            "In", fault == NO_LABEL ? NULL : "In", "in", fault == UNKNOWN_SITE ? "no.such.site" : "mlp.in", "x"));
  if (fault == SAME_ID)
    g_ptr_array_add (stages, sonde_stage_new ("in", "In 2", "In 2", "in 2", "mlp.in", "x"));
  if (fault == BOTH)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, "there is something wrong with this model");
  return g_steal_pointer (&stages);
}

static GPtrArray *
dup_wanted (SondeTap *tap)
{
  GPtrArray *stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);

  if (fault == OTHER_WANTED)
    g_ptr_array_add (stages, sonde_stage_new ("out", "Out", "Out", "out", "mlp.out", ""));
  return stages;
}

static void
iface_init (gpointer interface, gpointer data)
{
  SondeTapInterface *iface = interface;

  iface->dup_stages = dup_stages;
  iface->dup_wanted = dup_wanted;
}

SONDE_PLUGIN_EXPORT_API

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);
void
peas_register_types (PeasObjectModule *module)
{
  const GInterfaceInfo info = { iface_init, NULL, NULL };
  GType type = g_type_register_static_simple (G_TYPE_OBJECT, BAD_TYPE, sizeof (BadTapClass), NULL, sizeof (BadTap), NULL, 0);

  g_type_add_interface_static (type, SONDE_TYPE_TAP, &info);
  peas_object_module_register_extension_type (module, SONDE_TYPE_TAP, type);
}
