#define G_LOG_DOMAIN "sonde"

#include "sonde-isolation-private.h"

#include <glib/gi18n-lib.h>

#include "sonde-capture.h"
#include "sonde-error.h"

/* What an analyzer is told before the first frame, and what it says of itself. Conditions and stages go as a capture describes them,
 * so that an analysis in another process has the labels and rows that a later one of a capture has. */

#define INVESTIGATION_TYPE "(sauau)" /* conditions and stages, covered layers, widths */

static GPtrArray *
list_conditions (SondeInvestigation *self)
{
  GPtrArray *conditions = g_ptr_array_new ();

  for (guint i = 0; i < sonde_investigation_get_n_conditions (self); i++)
    g_ptr_array_add (conditions, sonde_investigation_get_condition (self, i));
  return conditions;
}

static GPtrArray *
list_stages (SondeInvestigation *self)
{
  GPtrArray *stages = g_ptr_array_new ();

  for (guint i = 0; i < sonde_investigation_get_n_stages (self); i++)
    g_ptr_array_add (stages, (gpointer) sonde_investigation_get_stage (self, i));
  return stages;
}

GVariant *
_sonde_investigation_to_variant (SondeInvestigation *self,
                                 GError **error)
{
  g_autoptr (GPtrArray) conditions = list_conditions (self);
  g_autoptr (GPtrArray) stages = list_stages (self);
  g_autoptr (SondeCaptureDescription) description = sonde_capture_description_new ("", sonde_investigation_get_n_layers (self), stages, conditions);
  g_autofree char *json = sonde_capture_description_to_json (description);
  g_autofree guint32 *widths = g_new (guint32, stages->len);
  guint n_layers;
  const guint *layers = sonde_investigation_get_layers (self, &n_layers);

  if (!g_utf8_validate (json, -1, NULL))
    {
      g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("a label of a condition or a stage is not UTF-8: name it with letters"));
      return NULL;
    }
  for (guint i = 0; i < stages->len; i++)
    widths[i] = sonde_investigation_get_n_features (self, i);
  return g_variant_new ("(s@au@au)", json, g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, layers, n_layers, sizeof *layers),
                        g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, widths, stages->len, sizeof *widths));
}

SondeInvestigation *
_sonde_investigation_new_from_variant (GVariant *variant,
                                       GError **error)
{
  const char *json;
  g_autoptr (GVariant) layers = NULL;
  g_autoptr (GVariant) widths = NULL;
  g_autoptr (SondeCaptureDescription) description = NULL;
  gsize n_layers, n_widths;
  const guint32 *covered, *features;

  g_return_val_if_fail (g_variant_is_of_type (variant, G_VARIANT_TYPE (INVESTIGATION_TYPE)), NULL);

  g_variant_get (variant, "(&s@au@au)", &json, &layers, &widths);
  description = sonde_capture_description_parse (json, _ ("the investigation"), error);
  if (description == NULL)
    return NULL;
  covered = g_variant_get_fixed_array (layers, &n_layers, sizeof *covered);
  features = g_variant_get_fixed_array (widths, &n_widths, sizeof *features);
  g_return_val_if_fail (n_widths == description->stages->len, NULL);
  return sonde_investigation_new (description->n_layers, covered, (guint) n_layers, description->conditions, description->stages, features);
}

/* ---- what a run must know of an analyzer ---- */

static GVariant *
names_to_variant (GPtrArray *names)
{
  return g_variant_new_strv ((const char *const *) names->pdata, (gssize) names->len);
}

static GVariant *
figures_to_variant (GPtrArray *figures)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (guint i = 0; i < figures->len; i++)
    g_ptr_array_add (names, ((SondeAttachmentInfo *) g_ptr_array_index (figures, i))->name);
  return names_to_variant (names);
}

GVariant *
_sonde_description_to_variant (SondeDescription *self)
{
  GPtrArray *attaches = sonde_description_get_attaches (self);
  GPtrArray *described = sonde_description_get_tables (self);
  GVariantBuilder infos, tables;

  g_variant_builder_init (&infos, G_VARIANT_TYPE ("a(ssss)"));
  for (guint i = 0; i < attaches->len; i++)
    {
      const SondeAttachmentInfo *info = g_ptr_array_index (attaches, i);

      g_variant_builder_add (&infos, "(ssss)", info->name, info->shape, info->unit != NULL ? info->unit : "", info->blurb != NULL ? info->blurb : "");
    }
  g_variant_builder_init (&tables, G_VARIANT_TYPE ("a" SONDE_TABLE_TYPE));
  for (guint i = 0; i < described->len; i++)
    g_variant_builder_add_value (&tables, _sonde_table_to_variant (g_ptr_array_index (described, i)));
  return g_variant_new ("(@as@asa(ssss)@a" SONDE_TABLE_TYPE "@as)", names_to_variant (sonde_description_get_reads (self)), names_to_variant (sonde_description_get_uses (self)), &infos,
                        g_variant_builder_end (&tables), figures_to_variant (sonde_description_get_figures (self)));
}

SondeDescription *
_sonde_description_new_from_variant (GVariant *variant)
{
  SondeDescription *description = sonde_description_new ();
  g_autoptr (GVariantIter) reads = NULL;
  g_autoptr (GVariantIter) uses = NULL;
  g_autoptr (GVariantIter) attaches = NULL;
  g_autoptr (GVariantIter) tables = NULL;
  g_autoptr (GVariantIter) figures = NULL;
  const char *name, *shape, *unit, *blurb;
  GVariant *columns;

  g_variant_get (variant, SONDE_DESCRIPTION_TYPE, &reads, &uses, &attaches, &tables, &figures);
  while (g_variant_iter_next (reads, "&s", &name))
    sonde_description_add_reads (description, name);
  while (g_variant_iter_next (uses, "&s", &name))
    sonde_description_add_uses (description, name);
  while (g_variant_iter_next (attaches, "(&s&s&s&s)", &name, &shape, &unit, &blurb))
    sonde_description_add_attaches (description, name, shape, unit, blurb);
  while ((columns = g_variant_iter_next_value (tables)) != NULL)
    {
      g_autoptr (GVariant) owned = columns;
      g_autoptr (SondeTable) table = _sonde_table_new_from_variant (owned, NULL);

      if (table != NULL)
        sonde_description_add_table (description, table);
    }
  while (g_variant_iter_next (figures, "&s", &name))
    sonde_description_add_figure (description, name, "");
  return description;
}
