#define G_LOG_DOMAIN "residual"

#include <glib/gi18n-lib.h>

#include "sonde-plugin.h"

/* The residual stream, before and after every block, with what it begins as and what it ends as: these two belong to no layer and are
 * the same in the frames of all. It knows no model. */

#define RESIDUAL_TYPE_TAP (residual_tap_get_type ())
G_DECLARE_FINAL_TYPE (ResidualTap, residual_tap, RESIDUAL, TAP, GObject)

struct _ResidualTap
{
  GObject parent_instance;
};

static const SondeStageInfo stages[] = {
  { "embedding", NC_ ("stage", "Embd"), NC_ ("stage", "Embedding"), NC_ ("stage", "embedding"), "embedding", FALSE },
  { "before", NC_ ("stage", "Befo"), NC_ ("stage", "Before"), NC_ ("stage", "before block"), "block.input", TRUE },
  { "after", NC_ ("stage", "Aftr"), NC_ ("stage", "After"), NC_ ("stage", "after block"), "block", TRUE },
  { "ln_f", NC_ ("stage", "LN_f"), NC_ ("stage", "Final norm"), NC_ ("stage", "final norm"), "ln_f", FALSE },
};

static GPtrArray *
residual_tap_dup_stages (SondeTap *tap,
                         SondeModel *model,
                         GError **error)
{
  return sonde_stages_new_for_sites (model, stages, G_N_ELEMENTS (stages), GETTEXT_PACKAGE, error);
}

static GPtrArray *
residual_tap_dup_wanted (SondeTap *tap)
{
  return sonde_stages_new_for_infos (stages, G_N_ELEMENTS (stages), GETTEXT_PACKAGE);
}

static void
residual_tap_iface_init (SondeTapInterface *iface)
{
  iface->dup_stages = residual_tap_dup_stages;
  iface->dup_wanted = residual_tap_dup_wanted;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (ResidualTap, residual_tap, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_TAP, residual_tap_iface_init))

static void
residual_tap_class_init (ResidualTapClass *klass)
{
}

static void
residual_tap_init (ResidualTap *self)
{
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_TAP, RESIDUAL_TYPE_TAP)
