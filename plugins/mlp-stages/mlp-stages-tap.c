#define G_LOG_DOMAIN "mlp-stages"

#include <glib/gi18n-lib.h>

#include "sonde-plugin.h"

/* The four steps inside a feed-forward block, by the names that sites of transformer models have here. It knows no model. */

#define MLP_STAGES_TYPE_TAP (mlp_stages_tap_get_type ())
G_DECLARE_FINAL_TYPE (MlpStagesTap, mlp_stages_tap, MLP_STAGES, TAP, GObject)

struct _MlpStagesTap
{
  GObject parent_instance;
};

static const SondeStageInfo stages[] = {
  { "input", NC_ ("stage", "Inpu"), NC_ ("stage", "Input"), NC_ ("stage", "MLP input"), "mlp.in", TRUE },
  { "expansion", NC_ ("stage", "Expa"), NC_ ("stage", "Expansion"), NC_ ("stage", "expansion"), "mlp.pre", TRUE },
  { "gelu", NC_ ("stage", "GELU"), NC_ ("stage", "GELU"), NC_ ("stage", "post-GELU"), "mlp.post", TRUE },
  { "projection", NC_ ("stage", "Proj"), NC_ ("stage", "Projection"), NC_ ("stage", "MLP projection"), "mlp.out", TRUE },
};

static GPtrArray *
mlp_stages_tap_dup_stages (SondeTap *tap,
                           SondeModel *model,
                           GError **error)
{
  return sonde_stages_new_for_sites (model, stages, G_N_ELEMENTS (stages), GETTEXT_PACKAGE, error);
}

static GPtrArray *
mlp_stages_tap_dup_wanted (SondeTap *tap)
{
  return sonde_stages_new_for_infos (stages, G_N_ELEMENTS (stages), GETTEXT_PACKAGE);
}

static void
mlp_stages_tap_iface_init (SondeTapInterface *iface)
{
  iface->dup_stages = mlp_stages_tap_dup_stages;
  iface->dup_wanted = mlp_stages_tap_dup_wanted;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (MlpStagesTap, mlp_stages_tap, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_TAP, mlp_stages_tap_iface_init))

static void
mlp_stages_tap_class_init (MlpStagesTapClass *klass)
{
}

static void
mlp_stages_tap_init (MlpStagesTap *self)
{
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_TAP, MLP_STAGES_TYPE_TAP)
