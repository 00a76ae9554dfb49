#define G_LOG_DOMAIN "attention"

#include <glib/gi18n-lib.h>

#include "sonde-plugin.h"

/* The steps inside the attention of every layer, by the names that sites of transformer models have here. It knows no model. */

#define ATTENTION_TYPE_TAP (attention_tap_get_type ())
G_DECLARE_FINAL_TYPE (AttentionTap, attention_tap, ATTENTION, TAP, GObject)

struct _AttentionTap
{
  GObject parent_instance;
};

static const SondeStageInfo stages[] = {
  { "queries", NC_ ("stage", "Quer"), NC_ ("stage", "Queries"), NC_ ("stage", "queries"), "attn.q", TRUE },
  { "keys", NC_ ("stage", "Keys"), NC_ ("stage", "Keys"), NC_ ("stage", "keys"), "attn.k", TRUE },
  { "values", NC_ ("stage", "Vals"), NC_ ("stage", "Values"), NC_ ("stage", "values"), "attn.v", TRUE },
  { "pattern", NC_ ("stage", "Patt"), NC_ ("stage", "Pattern"), NC_ ("stage", "attention pattern"), "attn.pattern", TRUE },
  { "heads", NC_ ("stage", "Head"), NC_ ("stage", "Heads"), NC_ ("stage", "heads"), "attn.heads", TRUE },
  { "projection", NC_ ("stage", "Proj"), NC_ ("stage", "Projection"), NC_ ("stage", "attention projection"), "attn.out", TRUE },
};

static GPtrArray *
attention_tap_dup_stages (SondeTap *tap,
                          SondeModel *model,
                          GError **error)
{
  return sonde_stages_new_for_sites (model, stages, G_N_ELEMENTS (stages), GETTEXT_PACKAGE, error);
}

static GPtrArray *
attention_tap_dup_wanted (SondeTap *tap)
{
  return sonde_stages_new_for_infos (stages, G_N_ELEMENTS (stages), GETTEXT_PACKAGE);
}

static void
attention_tap_iface_init (SondeTapInterface *iface)
{
  iface->dup_stages = attention_tap_dup_stages;
  iface->dup_wanted = attention_tap_dup_wanted;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (AttentionTap, attention_tap, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_TAP, attention_tap_iface_init))

static void
attention_tap_class_init (AttentionTapClass *klass)
{
}

static void
attention_tap_init (AttentionTap *self)
{
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_TAP, ATTENTION_TYPE_TAP)
