#define G_LOG_DOMAIN "sonde"

#include "sonde-tap.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-checks-private.h"
#include "sonde-error.h"
#include "sonde-site-private.h"

G_DEFINE_BOXED_TYPE (SondeStage, sonde_stage, sonde_stage_copy, sonde_stage_free)

/**
 * SondeStage:
 * @id: the name in files and options: "projection"
 * @short_label: on axes and in legends: "Proj"
 * @label: in titles: "Projection"
 * @axis_label: in the running text of an axis: "the projection"
 * @site: the model's site, in every layer; one of the whole model is the same in all of them
 * @formula: what the site holds, copied from it
 * @aliases: (element-type SondeSiteAlias): the site's names in other libraries; may be empty
 * @domain: (nullable): the message domain that has the labels' translations, in the context "stage"; %NULL: that of sonde
 *
 * One step in a tap's sequence. Its labels are in English, as files for programs have them.
 */

/**
 * sonde_stage_new:
 * @id: name in files and options: lower case, no slash
 * @short_label: on axes and in legends
 * @label: in titles
 * @axis_label: in the running text of an axis
 * @site: the model's site that is read, in every layer
 * @formula: what that site holds
 *
 * Describes a stage. A tap whose sites have names has an easier way: sonde_stage_new_for_site().
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
  self->aliases = _sonde_aliases_new ();
  return self;
}

static void
set_aliases (SondeStage *self,
             GPtrArray *aliases)
{
  g_ptr_array_unref (self->aliases);
  self->aliases = g_ptr_array_ref (aliases);
}

/**
 * sonde_stage_new_for_site:
 * @model: the model that is looked at
 * @id: name in files and options: lower case, no slash
 * @short_label: on axes and in legends
 * @label: in titles
 * @axis_label: in the running text of an axis
 * @site: the model's site that is read, by any of its names
 * @in_layers: whether it must exist in every layer
 *
 * Fails with %SONDE_ERROR_UNSUPPORTED where @model has no such site.
 *
 * Returns: (transfer full): a new stage with the site's formula and dictionary, or %NULL
 */
SondeStage *
sonde_stage_new_for_site (SondeModel *model,
                          const char *id,
                          const char *short_label,
                          const char *label,
                          const char *axis_label,
                          const char *site,
                          gboolean in_layers,
                          GError **error)
{
  g_autoptr (SondeSite) found = NULL;
  SondeStage *self;

  g_return_val_if_fail (SONDE_IS_MODEL (model), NULL);
  g_return_val_if_fail (id != NULL && site != NULL, NULL);

  found = sonde_model_dup_site (model, site);
  if (found == NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s has no site “%s”: choose another tap"), sonde_model_get_name (model), site);
  else if (in_layers && !found->per_layer)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s has the site “%s” once and not in each of its layers: choose another tap"), sonde_model_get_name (model), site);
  else
    {
      self = sonde_stage_new (id, short_label, label, axis_label, found->name, found->formula);
      set_aliases (self, found->aliases);
      return self;
    }
  return NULL;
}

/**
 * SondeStageInfo:
 * @id: the name in files and options
 * @short_label: on axes and in legends
 * @label: in titles
 * @axis_label: in the running text of an axis
 * @site: the model's site, by any of its names
 * @in_layers: whether the site must exist in every layer
 *
 * A stage of a tap that goes by names: one line of its table. Labels are in English.
 */

/**
 * sonde_stages_new_for_sites: (skip)
 * @model: the model that is looked at
 * @infos: (array length=n_infos): the stages, in the order of the data flow, with labels in English
 * @n_infos: how many
 * @domain: (nullable): the message domain that has the labels' translations, which NC_ ("stage", …) marks; %NULL: that of sonde
 *
 * All that a tap has to do which knows sites by their names. Fails as sonde_stage_new_for_site() does.
 *
 * Returns: (transfer container) (element-type SondeStage): new stages, or %NULL
 */
GPtrArray *
sonde_stages_new_for_sites (SondeModel *model,
                            const SondeStageInfo *infos,
                            guint n_infos,
                            const char *domain,
                            GError **error)
{
  g_autoptr (GPtrArray) stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);

  g_return_val_if_fail (SONDE_IS_MODEL (model) && infos != NULL, NULL);

  for (guint i = 0; i < n_infos; i++)
    {
      const SondeStageInfo *info = &infos[i];
      SondeStage *stage = sonde_stage_new_for_site (model, info->id, info->short_label, info->label, info->axis_label, info->site, info->in_layers, error);

      if (stage == NULL)
        return NULL;
      stage->domain = g_intern_string (domain);
      g_ptr_array_add (stages, stage);
    }
  return g_steal_pointer (&stages);
}

/**
 * sonde_stages_new_for_infos: (skip)
 * @infos: (array length=n_infos): the stages, in the order of the data flow, with labels in English
 * @n_infos: how many
 * @domain: (nullable): the message domain that has the labels' translations, which NC_ ("stage", …) marks; %NULL: that of sonde
 *
 * What a tap that knows sites by their names wants of any model. The formulas are empty: a model's sites have them.
 *
 * Returns: (transfer container) (element-type SondeStage): new stages
 */
GPtrArray *
sonde_stages_new_for_infos (const SondeStageInfo *infos,
                            guint n_infos,
                            const char *domain)
{
  GPtrArray *stages;

  g_return_val_if_fail (infos != NULL, NULL);

  stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  for (guint i = 0; i < n_infos; i++)
    {
      SondeStage *stage = sonde_stage_new (infos[i].id, infos[i].short_label, infos[i].label, infos[i].axis_label, infos[i].site, "");

      stage->domain = g_intern_string (domain);
      g_ptr_array_add (stages, stage);
    }
  return stages;
}

/**
 * sonde_stage_copy:
 *
 * Copies everything, aliases included.
 *
 * Returns: (transfer full): a copy
 */
SondeStage *
sonde_stage_copy (const SondeStage *self)
{
  SondeStage *copy = sonde_stage_new (self->id, self->short_label, self->label, self->axis_label, self->site, self->formula);

  set_aliases (copy, self->aliases);
  copy->domain = self->domain;
  return copy;
}

static const char *
translate (const SondeStage *self,
           const char *label)
{
  return *label != '\0' ? g_dpgettext2 (self->domain != NULL ? self->domain : GETTEXT_PACKAGE, "stage", label) : label;
}

/**
 * sonde_stage_dup_translated:
 *
 * Copies everything, with labels in the user's language: what is drawn. A label that no catalogue has stays as it is.
 *
 * Returns: (transfer full): a copy
 */
SondeStage *
sonde_stage_dup_translated (const SondeStage *self)
{
  SondeStage *copy = sonde_stage_new (self->id, translate (self, self->short_label), translate (self, self->label), translate (self, self->axis_label), self->site, self->formula);

  set_aliases (copy, self->aliases);
  return copy;
}

/**
 * sonde_stage_free:
 *
 * Frees a stage.
 */
void
sonde_stage_free (SondeStage *self)
{
  g_free (self->id);
  g_free (self->short_label);
  g_free (self->label);
  g_free (self->axis_label);
  g_free (self->site);
  g_free (self->formula);
  g_ptr_array_unref (self->aliases);
  g_free (self);
}

/**
 * sonde_stage_add_alias:
 * @self: a stage that nobody else has yet
 * @library: the library that calls its site so
 * @name: the name there, with "{layer}" in the place of the layer's number
 *
 * Adds an entry to the dictionary of names. Stages of a tap get those of their sites by themselves.
 */
void
sonde_stage_add_alias (SondeStage *self,
                       const char *library,
                       const char *name)
{
  g_return_if_fail (self != NULL && library != NULL && name != NULL);

  _sonde_aliases_add (self->aliases, library, name);
}

/**
 * sonde_stage_is_called:
 * @self: a stage
 * @name: an id of a stage, a name of ours for a site, or another library's
 *
 * Compares a name with the stage's id, its site and that site's names in other libraries.
 *
 * Returns: whether @name means this stage, whatever layer it names
 */
gboolean
sonde_stage_is_called (const SondeStage *self,
                       const char *name)
{
  const SondeSite site = { .name = self->site, .aliases = self->aliases };

  return g_str_equal (self->id, name) || sonde_site_is_called (&site, name);
}

/**
 * SondeTapInterface:
 * @parent_iface: the parent
 * @dup_stages: the stages of a model, in the order of the data flow; or a sentence why it has none
 * @dup_wanted: optional: the stages that it wants of any model, without formulas
 *
 * What a tap implements.
 */

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

/* What a capture could not hold, or a figure not show. */
static gboolean
check_stage (const SondeStage *stage,
             GError **error)
{
  const char *const texts[] = { stage->short_label, stage->label, stage->axis_label };

  if (stage->id == NULL || !_sonde_is_id (stage->id))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the tap has a stage without an id, or with one that is no word of at most %d bytes without quotes and slashes: this is a defect of the tap: tell its authors"), SONDE_MAX_ID);
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (texts[i] == NULL || strlen (texts[i]) > SONDE_MAX_TEXT || !g_utf8_validate (texts[i], -1, NULL))
      {
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the tap's stage %s has a label that is missing, no UTF-8 or longer than %d bytes: this is a defect of the tap: tell its authors"), stage->id, SONDE_MAX_TEXT);
        return FALSE;
      }
  return TRUE;
}

/* Ids are names in files. */
static gboolean
check_unique (GPtrArray *stages,
              guint index,
              GError **error)
{
  const SondeStage *stage = g_ptr_array_index (stages, index);

  for (guint i = 0; i < index; i++)
    if (g_str_equal (((const SondeStage *) g_ptr_array_index (stages, i))->id, stage->id))
      {
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the tap has two stages with the id %s: this is a defect of the tap: tell its authors"), stage->id);
        return FALSE;
      }
  return TRUE;
}

/* A tap may call a site as another library does: from here on it has the model's own name, and its dictionary. */
static gboolean
resolve_site (SondeStage *stage,
              SondeModel *model,
              GError **error)
{
  g_autoptr (SondeSite) site = stage->site != NULL ? sonde_model_dup_site (model, stage->site) : NULL;

  if (site == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("the tap's stage %s wants the site “%s”, which %s does not have: use another tap"), stage->id, stage->site, sonde_model_get_name (model));
      return FALSE;
    }
  g_free (stage->site);
  stage->site = g_strdup (site->name);
  set_aliases (stage, site->aliases);
  return TRUE;
}

/**
 * SondeTapInterface::dup_stages:
 * @model: the model whose sites are named
 * @error: return location for an error
 *
 * Names the stages of a model, in the order of the data flow. Fails with a sentence where the model lacks what is looked for.
 *
 * Returns: (transfer full) (element-type SondeStage) (nullable): a new array that frees its elements
 */

/**
 * sonde_tap_list_stages:
 * @model: the model whose sites are named
 *
 * Names the sites of a model that are looked at, in the order of the data flow.
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
  if (iface->dup_stages != NULL)
    stages = _sonde_take_elements (iface->dup_stages (self, model, &local), (GDestroyNotify) sonde_stage_free, _sonde_dup_stages);
  if (!_sonde_check_outcome (self, "dup_stages", stages != NULL && stages->len > 0, local, error))
    return NULL;
  /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): the outcome would not do */
  for (guint i = 0; i < stages->len; i++)
    if (!check_stage (g_ptr_array_index (stages, i), error) || !check_unique (stages, i, error) || !resolve_site (g_ptr_array_index (stages, i), model, error))
      return NULL;
  return g_steal_pointer (&stages);
}

/**
 * SondeTapInterface::dup_wanted:
 *
 * Names the stages that it wants of any model, without formulas. Optional.
 *
 * Returns: (transfer full) (element-type SondeStage): a new array that frees its elements
 */

/**
 * sonde_tap_list_wanted:
 *
 * Tells what a tap looks for, before there is a model.
 *
 * Returns: (transfer container) (element-type SondeStage): the stages that it wants of any model, without formulas; empty where
 *   that cannot be said before there is a model
 */
GPtrArray *
sonde_tap_list_wanted (SondeTap *self)
{
  GPtrArray *stages = NULL;

  g_return_val_if_fail (SONDE_IS_TAP (self), NULL);

  if (SONDE_TAP_GET_IFACE (self)->dup_wanted != NULL)
    stages = _sonde_take_elements (SONDE_TAP_GET_IFACE (self)->dup_wanted (self), (GDestroyNotify) sonde_stage_free, _sonde_dup_stages);
  return stages != NULL ? stages : g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
}
