#define G_LOG_DOMAIN "sonde"

#include "sonde-tap.h"

#include <glib/gi18n-lib.h>

#include "sonde-checks-private.h"

G_DEFINE_BOXED_TYPE (SondeStage, sonde_stage, sonde_stage_copy, sonde_stage_free)

/**
 * sonde_stage_new:
 * @id: name in files and options: lower case, no slash
 * @short_label: on axes and in legends
 * @label: in titles
 * @axis_label: in the running text of an axis
 * @site: the model's site that is read, in every layer
 * @formula: what that site holds
 *
 * Returns: (transfer full): a new stage
 */
SondeStage *
sonde_stage_new (const char *id,
                 const char *short_label,
                 const char *label,
                 const char *axis_label,
                 const char *site,
                 const char *formula)
{
  SondeStage *self = g_new0 (SondeStage, 1);

  self->id = g_strdup (id);
  self->short_label = g_strdup (short_label);
  self->label = g_strdup (label);
  self->axis_label = g_strdup (axis_label);
  self->site = g_strdup (site);
  self->formula = g_strdup (formula);
  return self;
}

SondeStage *
sonde_stage_copy (const SondeStage *self)
{
  return sonde_stage_new (self->id, self->short_label, self->label, self->axis_label, self->site, self->formula);
}

void
sonde_stage_free (SondeStage *self)
{
  g_free (self->id);
  g_free (self->short_label);
  g_free (self->label);
  g_free (self->axis_label);
  g_free (self->site);
  g_free (self->formula);
  g_free (self);
}

/**
 * SondeTap:
 *
 * Names the sites that an investigation looks at, as stages in order.
 */
G_DEFINE_INTERFACE (SondeTap, sonde_tap, G_TYPE_OBJECT)

static void
sonde_tap_default_init (SondeTapInterface *iface)
{
}

/**
 * sonde_tap_list_stages:
 * @model: the model whose sites are named
 *
 * Returns: (transfer container) (element-type SondeStage): at least one stage, or %NULL with a sentence why @model has none
 */
GPtrArray *
sonde_tap_list_stages (SondeTap *self,
                       SondeModel *model,
                       GError **error)
{
  SondeTapInterface *iface;
  g_autoptr (GPtrArray) stages = NULL;
  GError *local = NULL;

  g_return_val_if_fail (SONDE_IS_TAP (self), NULL);
  g_return_val_if_fail (SONDE_IS_MODEL (model), NULL);

  iface = SONDE_TAP_GET_IFACE (self);
  if (iface->list_stages != NULL)
    stages = iface->list_stages (self, model, &local);
  if (!_sonde_check_outcome (self, "list_stages", stages != NULL && stages->len > 0, local, error))
    return NULL;
  return g_steal_pointer (&stages);
}
