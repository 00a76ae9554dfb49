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

static const struct
{
  const char *id;
  const char *short_label;
  const char *label;
  const char *axis_label;
  const char *site;
} stages[] = {
  { "queries", N_ ("Quer"), N_ ("Queries"), N_ ("queries"), "attn.q" },
  { "keys", N_ ("Keys"), N_ ("Keys"), N_ ("keys"), "attn.k" },
  { "values", N_ ("Vals"), N_ ("Values"), N_ ("values"), "attn.v" },
  { "pattern", N_ ("Patt"), N_ ("Pattern"), N_ ("attention pattern"), "attn.pattern" },
  { "heads", N_ ("Head"), N_ ("Heads"), N_ ("heads"), "attn.heads" },
  { "projection", N_ ("Proj"), N_ ("Projection"), N_ ("attention projection"), "attn.out" },
};

static GPtrArray *
attention_tap_list_stages (SondeTap *tap,
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
attention_tap_iface_init (SondeTapInterface *iface)
{
  iface->list_stages = attention_tap_list_stages;
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
