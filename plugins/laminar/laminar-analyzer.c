#define G_LOG_DOMAIN "sonde"

#include "laminar-private.h"

#include <glib/gi18n-lib.h>
#include <sonde-plugin.h>

#define LAMINAR_TYPE_ANALYZER (laminar_analyzer_get_type ())
G_DECLARE_FINAL_TYPE (LaminarAnalyzer, laminar_analyzer, LAMINAR, ANALYZER, GObject)

struct _LaminarAnalyzer
{
  GObject parent_instance;

  LaminarView view;
};

/* In the order of LaminarMeasure. */
static const char *const attachments[] = { "participation-ratio", "effective-dimension", "rsa" };

static SondeDescription *
laminar_analyzer_describe (SondeAnalyzer *analyzer)
{
  SondeDescription *description = sonde_description_new ();

  for (guint i = 0; i < LAMINAR_N_MEASURES; i++)
    sonde_description_add_uses (description, attachments[i]);
  sonde_description_add_figure (description, "laminar-profile", _ ("What is attached upstream over layers, and one measure against the other"));
  sonde_description_add_figure (description, "laminar-violin", _ ("How the same values are distributed over layers"));
  sonde_description_set_example (description, "cosine ! rsa ! dimensionality ! laminar");
  return description;
}

static void
unref_tensor (gpointer tensor)
{
  if (tensor != NULL)
    sonde_tensor_unref (tensor);
}

static gboolean
laminar_analyzer_prepare (SondeAnalyzer *analyzer,
                          SondeInvestigation *investigation,
                          GError **error)
{
  LaminarAnalyzer *self = LAMINAR_ANALYZER (analyzer);
  guint n_layers;

  sonde_investigation_get_layers (investigation, &n_layers);
  g_set_object (&self->view.investigation, investigation);
  for (guint i = 0; i < LAMINAR_N_MEASURES; i++)
    {
      self->view.present[i] = FALSE;
      g_ptr_array_set_size (self->view.values[i], 0);
      g_ptr_array_set_size (self->view.values[i], n_layers * sonde_investigation_get_n_conditions (investigation));
    }
  return TRUE;
}

static gboolean
take_measure (LaminarAnalyzer *self,
              SondeFrame *frame,
              LaminarMeasure measure,
              guint layer_index,
              GError **error)
{
  SondeTensor *attached = sonde_frame_get_attached (frame, attachments[measure], 0);
  guint n_series = laminar_view_get_n_series (&self->view, measure);
  SondeTensor **place = laminar_view_get_place (&self->view, measure, layer_index, sonde_frame_get_condition_index (frame));

  if (attached == NULL)
    return TRUE;
  if (sonde_tensor_get_n_elements (attached) != n_series)
    {
      g_autofree char *found = sonde_tensor_dup_shape_string (attached);

      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("laminar found “%s” of shape %s in layer %u and expected %u values"),
                   attachments[measure], found, sonde_frame_get_layer (frame), n_series);
      return FALSE;
    }
  unref_tensor (*place);
  *place = sonde_tensor_to_f64 (attached);
  self->view.present[measure] = TRUE;
  return TRUE;
}

static gboolean
laminar_analyzer_process (SondeAnalyzer *analyzer,
                          SondeFrame *frame,
                          GCancellable *cancellable,
                          GError **error)
{
  LaminarAnalyzer *self = LAMINAR_ANALYZER (analyzer);
  guint n_layers;
  const guint *layers = sonde_investigation_get_layers (self->view.investigation, &n_layers);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  for (guint i = 0; i < n_layers; i++)
    for (guint j = 0; layers[i] == sonde_frame_get_layer (frame) && j < LAMINAR_N_MEASURES; j++)
      if (!take_measure (self, frame, j, i, error))
        return FALSE;
  return TRUE;
}

static void
add_key_numbers (LaminarAnalyzer *self,
                 SondeResult *result)
{
  for (guint i = 0; i < sonde_investigation_get_n_conditions (self->view.investigation); i++)
    {
      SondeCondition *condition = sonde_investigation_get_condition (self->view.investigation, i);
      SondeWords *label = SONDE_WORDS (g_strdup_printf (_ ("Participation ratio against effective dimension, all layers and stages, %s"), sonde_condition_get_label (condition, SONDE_LABEL_TITLE)));

      sonde_result_take_key_number (result, label, SONDE_WORDS (laminar_view_dup_correlation (&self->view, i)));
    }
}

static SondeResult *
laminar_analyzer_finish (SondeAnalyzer *analyzer,
                         GCancellable *cancellable,
                         GError **error)
{
  LaminarAnalyzer *self = LAMINAR_ANALYZER (analyzer);
  const gboolean *present = self->view.present;
  g_autoptr (SondeResult) result = sonde_result_new ();
  g_autoptr (SondeFigure) profile = NULL;
  g_autoptr (SondeFigure) violin = NULL;

  if (!present[LAMINAR_RATIO] && !present[LAMINAR_DIMENSION] && !present[LAMINAR_SCORE])
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_CHAIN,
                   _ ("laminar found neither “%s” nor “%s” nor “%s” on any covered layer: put an analyzer that attaches one of them in front of it"),
                   attachments[0], attachments[1], attachments[2]);
      return NULL;
    }
  profile = laminar_figure_new_profile (&self->view);
  violin = laminar_figure_new_violin (&self->view);
  sonde_result_add_figure (result, profile);
  sonde_result_add_figure (result, violin);
  if (present[LAMINAR_RATIO] && present[LAMINAR_DIMENSION])
    add_key_numbers (self, result);
  return g_steal_pointer (&result);
}

static void
analyzer_iface_init (SondeAnalyzerInterface *iface)
{
  iface->describe = laminar_analyzer_describe;
  iface->prepare = laminar_analyzer_prepare;
  iface->process = laminar_analyzer_process;
  iface->finish = laminar_analyzer_finish;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (LaminarAnalyzer, laminar_analyzer, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_ANALYZER, analyzer_iface_init))

enum
{
  PROP_RSA_LOW = 1,
};

static void
laminar_analyzer_get_property (GObject *object,
                               guint property_id,
                               GValue *value,
                               GParamSpec *pspec)
{
  LaminarAnalyzer *self = LAMINAR_ANALYZER (object);

  if (property_id == PROP_RSA_LOW)
    g_value_set_double (value, self->view.rsa_low);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
laminar_analyzer_set_property (GObject *object,
                               guint property_id,
                               const GValue *value,
                               GParamSpec *pspec)
{
  LaminarAnalyzer *self = LAMINAR_ANALYZER (object);

  if (property_id == PROP_RSA_LOW)
    self->view.rsa_low = g_value_get_double (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
laminar_analyzer_finalize (GObject *object)
{
  LaminarAnalyzer *self = LAMINAR_ANALYZER (object);

  g_clear_object (&self->view.investigation);
  for (guint i = 0; i < LAMINAR_N_MEASURES; i++)
    g_ptr_array_unref (self->view.values[i]);
  G_OBJECT_CLASS (laminar_analyzer_parent_class)->finalize (object);
}

static void
laminar_analyzer_class_init (LaminarAnalyzerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->finalize = laminar_analyzer_finalize;
  object_class->get_property = laminar_analyzer_get_property;
  object_class->set_property = laminar_analyzer_set_property;

  g_object_class_install_property (object_class, PROP_RSA_LOW,
                                   g_param_spec_double ("rsa-low", "RSA low", "Where the axes of RSA scores start; lower where a score is", -1, .9, .1,
                                                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS));
}

static void
laminar_analyzer_init (LaminarAnalyzer *self)
{
  for (guint i = 0; i < LAMINAR_N_MEASURES; i++)
    self->view.values[i] = g_ptr_array_new_with_free_func (unref_tensor);
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_ANALYZER, LAMINAR_TYPE_ANALYZER)
