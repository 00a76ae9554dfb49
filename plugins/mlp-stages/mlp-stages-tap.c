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

static const struct
{
  const char *id;
  const char *short_label;
  const char *label;
  const char *axis_label;
  const char *site;
} stages[] = {
  { "input", N_ ("Inpu"), N_ ("Input"), N_ ("MLP input"), "mlp.in" },
  { "expansion", N_ ("Expa"), N_ ("Expansion"), N_ ("expansion"), "mlp.pre" },
  { "gelu", N_ ("GELU"), N_ ("GELU"), N_ ("post-GELU"), "mlp.post" },
  { "projection", N_ ("Proj"), N_ ("Projection"), N_ ("MLP projection"), "mlp.out" },
};

static GPtrArray *
mlp_stages_tap_list_stages (SondeTap *tap,
                            SondeModel *model,
                            GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);

  for (guint i = 0; i < G_N_ELEMENTS (stages); i++)
    {
      SondeStage *stage = sonde_stage_new_for_site (model, stages[i].id, _ (stages[i].short_label), _ (stages[i].label),
                                                    _ (stages[i].axis_label), stages[i].site, TRUE, error);

      if (stage == NULL)
        return NULL;
      g_ptr_array_add (list, stage);
    }
  return g_steal_pointer (&list);
}

static void
mlp_stages_tap_iface_init (SondeTapInterface *iface)
{
  iface->list_stages = mlp_stages_tap_list_stages;
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
