#define G_LOG_DOMAIN "sonde"

#include "sonde-investigation-private.h"

#include <glib/gi18n-lib.h>

#include "sonde-checks-private.h"
#include "sonde-error.h"

/**
 * SondeInvestigation:
 *
 * What an analyzer is told before the first frame: how many layers there are and which of them are covered, the
 * conditions, the stages and their widths.
 */
struct _SondeInvestigation
{
  GObject parent_instance;

  guint n_layers;
  GArray *layers; /* covered, ascending */
  GArray *wanted; /* further ones */
  GPtrArray *conditions;
  GPtrArray *stages;
  GArray *widths;
};

G_DEFINE_FINAL_TYPE (SondeInvestigation, sonde_investigation, G_TYPE_OBJECT)

static void
sonde_investigation_finalize (GObject *object)
{
  SondeInvestigation *self = SONDE_INVESTIGATION (object);

  g_clear_pointer (&self->layers, g_array_unref);
  g_clear_pointer (&self->wanted, g_array_unref);
  g_clear_pointer (&self->conditions, g_ptr_array_unref);
  g_clear_pointer (&self->stages, g_ptr_array_unref);
  g_clear_pointer (&self->widths, g_array_unref);
  G_OBJECT_CLASS (sonde_investigation_parent_class)->finalize (object);
}

static void
sonde_investigation_class_init (SondeInvestigationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_investigation_finalize;
}

static void
sonde_investigation_init (SondeInvestigation *self)
{
  self->layers = g_array_new (FALSE, FALSE, sizeof (guint));
  self->wanted = g_array_new (FALSE, FALSE, sizeof (guint));
  self->widths = g_array_new (FALSE, FALSE, sizeof (guint));
}

/**
 * sonde_investigation_new:
 * @n_layers: how many layers the model has
 * @layers: (array length=n_covered): the covered ones, ascending
 * @n_covered: how many of them
 * @conditions: (element-type SondeCondition): the conditions
 * @stages: (element-type SondeStage): the stages, in the tap's order
 * @widths: (array): features of each stage
 *
 * Describes what is going to come. Hosts and tests make investigations; analyzers get them.
 *
 * Returns: (transfer full): a new investigation
 */
SondeInvestigation *
sonde_investigation_new (guint n_layers,
                         const guint *layers,
                         guint n_covered,
                         GPtrArray *conditions,
                         GPtrArray *stages,
                         const guint *widths)
{
  SondeInvestigation *self;

  g_return_val_if_fail (layers != NULL || n_covered == 0, NULL);
  g_return_val_if_fail (conditions != NULL && stages != NULL && widths != NULL, NULL);

  self = g_object_new (SONDE_TYPE_INVESTIGATION, NULL);
  self->n_layers = n_layers;
  g_array_append_vals (self->layers, layers, n_covered);
  g_array_append_vals (self->widths, widths, stages->len);
  self->conditions = _sonde_dup_objects (conditions);
  self->stages = _sonde_dup_stages (stages);
  return self;
}

/**
 * sonde_investigation_get_n_layers:
 *
 * Counts the layers of the model, covered or not.
 *
 * Returns: how many
 */
guint
sonde_investigation_get_n_layers (SondeInvestigation *self)
{
  g_return_val_if_fail (SONDE_IS_INVESTIGATION (self), 0);
  return self->n_layers;
}

/**
 * sonde_investigation_get_n_conditions:
 *
 * Counts the conditions.
 *
 * Returns: how many, at least 1
 */
guint
sonde_investigation_get_n_conditions (SondeInvestigation *self)
{
  g_return_val_if_fail (SONDE_IS_INVESTIGATION (self), 0);
  return self->conditions->len;
}

/**
 * sonde_investigation_get_condition:
 * @condition: which one, from 0
 *
 * Gives a condition.
 *
 * Returns: (transfer none): the condition at that place
 */
SondeCondition *
sonde_investigation_get_condition (SondeInvestigation *self,
                                   guint condition)
{
  g_return_val_if_fail (SONDE_IS_INVESTIGATION (self), NULL);
  g_return_val_if_fail (condition < self->conditions->len, NULL);
  return g_ptr_array_index (self->conditions, condition);
}

/**
 * sonde_investigation_get_n_stages:
 *
 * Counts the stages.
 *
 * Returns: how many, at least 1
 */
guint
sonde_investigation_get_n_stages (SondeInvestigation *self)
{
  g_return_val_if_fail (SONDE_IS_INVESTIGATION (self), 0);
  return self->stages->len;
}

/**
 * sonde_investigation_get_stage:
 * @stage: which one, from 0
 *
 * Describes a stage.
 *
 * Returns: (transfer none): the stage at that place
 */
const SondeStage *
sonde_investigation_get_stage (SondeInvestigation *self,
                               guint stage)
{
  g_return_val_if_fail (SONDE_IS_INVESTIGATION (self), NULL);
  g_return_val_if_fail (stage < self->stages->len, NULL);
  return g_ptr_array_index (self->stages, stage);
}

/**
 * sonde_investigation_get_n_features:
 * @stage: which one, from 0
 *
 * Gives the width of a stage, which is the same in all layers.
 *
 * Returns: how many features a row has
 */
guint
sonde_investigation_get_n_features (SondeInvestigation *self,
                                    guint stage)
{
  g_return_val_if_fail (SONDE_IS_INVESTIGATION (self), 0);
  g_return_val_if_fail (stage < self->widths->len, 0);
  return g_array_index (self->widths, guint, stage);
}

/**
 * sonde_investigation_get_layers:
 * @n_layers: (out): how many
 *
 * Lists the layers that tables over layers hold.
 *
 * Returns: (array length=n_layers) (transfer none): the covered layers, ascending
 */
const guint *
sonde_investigation_get_layers (SondeInvestigation *self,
                                guint *n_layers)
{
  g_return_val_if_fail (SONDE_IS_INVESTIGATION (self), NULL);
  *n_layers = self->layers->len;
  return (const guint *) self->layers->data;
}

static gboolean
array_has (GArray *array,
           guint value)
{
  for (guint i = 0; i < array->len; i++)
    if (g_array_index (array, guint, i) == value)
      return TRUE;
  return FALSE;
}

/**
 * sonde_investigation_covers:
 * @layer: a layer, from 0
 *
 * Asks whether a layer is among those that `--layers` names. Frames of others come where an analyzer wanted their layer.
 *
 * Returns: %TRUE where tables over layers hold it
 */
gboolean
sonde_investigation_covers (SondeInvestigation *self,
                            guint layer)
{
  g_return_val_if_fail (SONDE_IS_INVESTIGATION (self), FALSE);
  return array_has (self->layers, layer);
}

gboolean
_sonde_layer_parse (const char *text,
                    guint n_layers,
                    guint *layer,
                    GError **error)
{
  guint64 number;

  if (g_str_equal (text, "middle"))
    *layer = n_layers / 2;
  else if (g_str_equal (text, "first"))
    *layer = 0;
  else if (g_str_equal (text, "last"))
    *layer = n_layers - 1;
  else if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT - 1, &number, NULL))
    *layer = (guint) number;
  else
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY,
                   _ ("“%s” is no layer: say first, middle, last or a number from 0 to %u"), text, n_layers - 1);
      return FALSE;
    }
  if (*layer >= n_layers)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY,
                   _ ("there is no layer %u: the model has %u, numbered from 0 to %u"), *layer, n_layers, n_layers - 1);
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse_range (const char *text,
             guint n_layers,
             gboolean *marked,
             GError **error)
{
  g_auto (GStrv) ends = g_strsplit (text, "-", 2);
  guint first;
  guint last;

  if (ends[0] != NULL && ends[1] != NULL && (*g_strstrip (ends[0]) == '\0' || *g_strstrip (ends[1]) == '\0'))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("“%s” lacks a layer on one side: write both ends, as in 0-%u"), text, n_layers - 1);
      return FALSE;
    }
  if (!_sonde_layer_parse (ends[0] != NULL ? g_strstrip (ends[0]) : "", n_layers, &first, error))
    return FALSE;
  last = first;
  if (ends[1] != NULL && !_sonde_layer_parse (g_strstrip (ends[1]), n_layers, &last, error))
    return FALSE;
  if (last < first)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY,
                   _ ("layers “%s” run backwards: write the lower one first"), text);
      return FALSE;
    }
  for (guint layer = first; layer <= last; layer++)
    marked[layer] = TRUE;
  return TRUE;
}

GArray *
_sonde_layers_parse (const char *text,
                     guint n_layers,
                     GError **error)
{
  g_auto (GStrv) parts = g_strsplit (g_str_equal (text, "all") ? "first-last" : text, ",", -1);
  g_autofree gboolean *marked = g_new0 (gboolean, n_layers);
  GArray *layers;

  for (guint i = 0; parts[i] != NULL || i == 0; i++)
    if (!parse_range (parts[i] != NULL ? parts[i] : "", n_layers, marked, error))
      return NULL;

  layers = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint layer = 0; layer < n_layers; layer++)
    if (marked[layer])
      g_array_append_val (layers, layer);
  return layers;
}

/**
 * sonde_investigation_want_layer:
 * @layer: "middle", "first", "last" or a number
 * @index: (out): the layer's number
 *
 * Finds the layer that an analyzer shows, and sees to it that its frames come even where `--layers` leaves it out.
 *
 * Returns: %FALSE with %SONDE_ERROR_PROPERTY where there is no such layer
 */
gboolean
sonde_investigation_want_layer (SondeInvestigation *self,
                                const char *layer,
                                guint *index,
                                GError **error)
{
  g_return_val_if_fail (SONDE_IS_INVESTIGATION (self), FALSE);
  g_return_val_if_fail (layer != NULL && index != NULL, FALSE);

  if (!_sonde_layer_parse (layer, self->n_layers, index, error))
    return FALSE;
  if (!array_has (self->wanted, *index))
    g_array_append_val (self->wanted, *index);
  return TRUE;
}

GArray *
_sonde_investigation_dup_frame_layers (SondeInvestigation *self)
{
  GArray *layers = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint layer = 0; layer < self->n_layers; layer++)
    if (array_has (self->layers, layer) || array_has (self->wanted, layer))
      g_array_append_val (layers, layer);
  return layers;
}

/**
 * sonde_investigation_find_stage:
 * @id: the id of a stage
 *
 * Finds a stage.
 *
 * Returns: the place of the stage called @id; -1 where this tap has none such
 */
int
sonde_investigation_find_stage (SondeInvestigation *self,
                                const char *id)
{
  g_return_val_if_fail (SONDE_IS_INVESTIGATION (self), -1);

  for (guint i = 0; i < self->stages->len; i++)
    if (g_strcmp0 (((SondeStage *) g_ptr_array_index (self->stages, i))->id, id) == 0)
      return (int) i;
  return -1;
}
