#define G_LOG_DOMAIN "sonde"

#include "cosine-private.h"
#include "cosine-source.h"

#include <glib/gi18n-lib.h>
#include <sonde-plugin.h>

#define MAX_NAMED_ROWS 5
#define MAX_ZERO_SENTENCES 6

#define COSINE_TYPE_ANALYZER (cosine_analyzer_get_type ())
G_DECLARE_FINAL_TYPE (CosineAnalyzer, cosine_analyzer, COSINE, ANALYZER, GObject)

struct _CosineAnalyzer
{
  GObject parent_instance;

  char *layer;
  char *cross_condition;
  char *cross_limits;

  CosineView view;
  gboolean *crosses;   /* conditions: whether their stages are compared with each other */
  GPtrArray *warnings; /* of SondeWords */
  guint n_untold;      /* stages with rows of zeros beyond those in warnings */
};

static SondeDescription *
cosine_analyzer_describe (SondeAnalyzer *analyzer)
{
  SondeDescription *description = sonde_description_new ();
  g_autoptr (SondeTable) histogram = cosine_table_new_histogram ();
  g_autoptr (SondeTable) cross = cosine_table_new_cross_stage ();

  sonde_description_add_attaches (description, "cosine", _ ("rows x rows, float64, one per stage"), "1",
                                  _ ("Cosine similarity of every two rows of a stage"));
  sonde_description_add_table (description, histogram);
  sonde_description_add_table (description, cross);
  sonde_description_add_figure (description, "cosine-matrix", _ ("Similarity matrices, a row of panels for each condition"));
  sonde_description_add_figure (description, "cosine-histogram", _ ("Densities of the similarities, a panel for each condition"));
  sonde_description_add_figure (description, "cosine-cross-stage", _ ("Similarities between stages of equal width, where there are such"));
  sonde_description_set_example (description, "cosine layer=last cross-condition=all");
  return description;
}

static gboolean
choose_conditions (CosineAnalyzer *self,
                   GError **error)
{
  guint n_conditions = sonde_investigation_get_n_conditions (self->view.investigation);
  g_autoptr (GString) valid = g_string_new ("first, all");
  gboolean found = FALSE;

  g_free (self->crosses);
  self->crosses = g_new0 (gboolean, n_conditions);
  for (guint i = 0; i < n_conditions; i++)
    {
      const char *id = sonde_condition_get_id (sonde_investigation_get_condition (self->view.investigation, i));

      self->crosses[i] = g_str_equal (self->cross_condition, "all") || g_str_equal (self->cross_condition, id) || (i == 0 && g_str_equal (self->cross_condition, "first"));
      found |= self->crosses[i];
      g_string_append_printf (valid, ", %s", id);
    }
  if (!found)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY,
                 _ ("cross-condition is “%s”, which is no condition of this run: say one of %s"), self->cross_condition, valid->str);
  return found;
}

static gboolean
cosine_analyzer_prepare (SondeAnalyzer *analyzer,
                         SondeInvestigation *investigation,
                         GError **error)
{
  CosineAnalyzer *self = COSINE_ANALYZER (analyzer);

  if (!sonde_investigation_want_layer (investigation, self->layer, &self->view.layer, error))
    return FALSE;
  g_set_object (&self->view.investigation, investigation);
  g_ptr_array_set_size (self->view.conditions, 0);
  g_ptr_array_set_size (self->view.conditions, sonde_investigation_get_n_conditions (investigation));
  g_ptr_array_set_size (self->warnings, 0);
  self->n_untold = 0;
  cosine_view_find_pairs (&self->view);
  return cosine_view_set_limits (&self->view, self->cross_limits, error) && choose_conditions (self, error);
}

static char *
dup_sentence_of_zeros (SondeFrame *frame,
                       guint stage,
                       CosineRows *activations)
{
  SondeCondition *condition = sonde_frame_get_condition (frame);
  g_autoptr (GString) rows = g_string_new (NULL);
  const gsize n_zero = cosine_rows_get_n_zero (activations);
  guint n_named = 0;

  for (guint i = 0; n_named < MIN (n_zero, MAX_NAMED_ROWS); i++)
    if (cosine_rows_is_zero (activations, i))
      {
        g_autofree char *label = sonde_condition_dup_row_label (condition, i);

        g_string_append_printf (rows, "%s%s", n_named++ > 0 ? "; " : "", label);
      }
  if (n_zero > n_named)
    g_string_append_printf (rows, _ ("; and %u more"), (guint) n_zero - n_named);
  return g_strdup_printf (_ ("Stage “%s” in layer %u, condition “%s”, has rows of zeros, whose similarities are taken as 0, with themselves too: %s."),
                          sonde_frame_get_stage (frame, stage)->id, sonde_frame_get_layer (frame), sonde_condition_get_id (condition), rows->str);
}

static void
warn_of_zeros (CosineAnalyzer *self,
               SondeFrame *frame,
               guint stage,
               CosineRows *activations)
{
  if (self->warnings->len >= MAX_ZERO_SENTENCES)
    self->n_untold++;
  else
    g_ptr_array_add (self->warnings, SONDE_WORDS (dup_sentence_of_zeros (frame, stage, activations)));
}

typedef struct
{
  SondeFrame *frame;
  CosineRows **rows; /* stages */
} Measuring;

static void
measure_stage (guint stage,
               guint worker,
               gpointer user_data)
{
  Measuring *measuring = user_data;
  g_autoptr (SondeTensor) products = sonde_frame_ref_products (measuring->frame, stage);

  measuring->rows[stage] = cosine_rows_new (sonde_frame_get_tensor (measuring->frame, stage), products);
}

/* The rows of all stages, with their lengths; those of zeros are told. */
static GPtrArray *
measure_rows (CosineAnalyzer *self,
              SondeFrame *frame)
{
  const guint n_stages = sonde_frame_get_n_stages (frame);
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) cosine_rows_unref);
  Measuring measuring;

  g_ptr_array_set_size (rows, (int) n_stages);
  measuring = (Measuring){ frame, (CosineRows **) rows->pdata };
  sonde_threads_run (n_stages, measure_stage, &measuring);
  for (guint i = 0; i < n_stages; i++)
    if (cosine_rows_get_n_zero (g_ptr_array_index (rows, i)) > 0)
      warn_of_zeros (self, frame, i, g_ptr_array_index (rows, i));
  return rows;
}

static gboolean
collect_stages (CosineShown *shown,
                SondeSimilarity *similarity,
                GError **error)
{
  for (guint i = 0; i < sonde_similarity_get_n_stages (similarity); i++)
    {
      CosineCollector *collector = cosine_collector_new (similarity, SONDE_SIMILARITY_SYMMETRIC, i, TRUE, error);

      if (collector == NULL)
        return FALSE;
      g_ptr_array_add (shown->collectors, collector);
    }
  return TRUE;
}

/* Stages of equal width against each other: matrices of their own, which nobody else looks at. */
static gboolean
cross_stages (CosineAnalyzer *self,
              CosineShown *shown,
              GPtrArray *rows,
              gsize step,
              GCancellable *cancellable,
              GError **error)
{
  for (guint i = 0; i < self->view.pairs->len; i++)
    {
      const CosinePair *pair = &g_array_index (self->view.pairs, CosinePair, i);
      g_autoptr (SondeSimilarity) similarity = cosine_similarity_new_crossed (g_ptr_array_index (rows, pair->a), g_ptr_array_index (rows, pair->b), step);

      CosineCollector *collector = cosine_collector_new (similarity, SONDE_SIMILARITY_WHOLE, 0, pair->drawn, error);

      if (collector == NULL)
        return FALSE;
      g_ptr_array_add (shown->cross_collectors, collector);
      if (!sonde_similarity_run (similarity, cancellable, error))
        return FALSE;
    }
  return TRUE;
}

/* Of most layers nothing is computed here: whoever needs the similarities runs a pass, in which the shown layer's are collected. */
static gboolean
cosine_analyzer_process (SondeAnalyzer *analyzer,
                         SondeFrame *frame,
                         GCancellable *cancellable,
                         GError **error)
{
  CosineAnalyzer *self = COSINE_ANALYZER (analyzer);
  const guint condition = sonde_frame_get_condition_index (frame);
  const gsize step = cosine_collector_get_step (sonde_frame_get_n_rows (frame));
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (SondeSimilarity) similarity = NULL;
  CosineShown *shown;

  if (sonde_frame_get_n_rows (frame) < 2)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, g_dngettext (GETTEXT_PACKAGE, "condition “%s” has %u row: similarities between rows need at least 2", "condition “%s” has %u rows: similarities between rows need at least 2", sonde_frame_get_n_rows (frame)),
                   sonde_condition_get_id (sonde_frame_get_condition (frame)), sonde_frame_get_n_rows (frame));
      return FALSE;
    }
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  rows = measure_rows (self, frame);
  similarity = cosine_similarity_new (rows, step);
  sonde_frame_attach_similarity (frame, "cosine", similarity);
  if (sonde_frame_get_layer (frame) != self->view.layer)
    return TRUE;
  cosine_shown_free (g_ptr_array_index (self->view.conditions, condition));
  shown = g_ptr_array_index (self->view.conditions, condition) = cosine_shown_new ();
  if (!collect_stages (shown, similarity, error))
    return FALSE;
  return !self->crosses[condition] || cross_stages (self, shown, rows, step, cancellable, error);
}

static void
add_key_number (CosineAnalyzer *self,
                SondeResult *result,
                guint condition)
{
  CosineShown *shown = g_ptr_array_index (self->view.conditions, condition);
  SondeCondition *source = sonde_investigation_get_condition (self->view.investigation, condition);
  SondeWords *label = SONDE_WORDS (g_strdup_printf (_ ("Mean cosine similarity, layer %u, %s"), self->view.layer, sonde_condition_get_label (source, SONDE_LABEL_TITLE)));

  sonde_result_take_key_number (result, label, SONDE_WORDS (sonde_label_dup_stage_values (self->view.investigation, (const double *) shown->means->data, "%.3f")));
}

static void
add_warnings (CosineAnalyzer *self,
              SondeResult *result)
{
  for (guint i = 0; i < self->warnings->len; i++)
    sonde_result_take_warning (result, sonde_words_ref (g_ptr_array_index (self->warnings, i)));
  if (self->n_untold > 0)
    sonde_result_take_warning (result, SONDE_WORDS (g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Rows of zeros were found %u more time, in a further stage, layer or condition.", "Rows of zeros were found %u more times, in further stages, layers or conditions.", self->n_untold), self->n_untold)));
  if (cosine_view_is_capped (&self->view))
    sonde_result_take_warning (result, SONDE_WORDS (g_strdup_printf (_ ("Histograms of cosine similarities in layer %u are limited to %u bins: the rule asks for more (property max-bins)."), self->view.layer, self->view.max_bins)));
}

static void
add_figures (CosineAnalyzer *self,
             SondeResult *result)
{
  g_autoptr (SondeFigure) matrix = cosine_figure_new_matrix (&self->view);
  g_autoptr (SondeFigure) histogram = cosine_figure_new_histogram (&self->view);
  g_autoptr (SondeFigure) cross = cosine_figure_new_cross_stage (&self->view);

  sonde_result_add_figure (result, matrix);
  sonde_result_add_figure (result, histogram);
  if (cross != NULL)
    sonde_result_add_figure (result, cross);
}

static SondeResult *
cosine_analyzer_finish (SondeAnalyzer *analyzer,
                        GCancellable *cancellable,
                        GError **error)
{
  CosineAnalyzer *self = COSINE_ANALYZER (analyzer);
  g_autoptr (SondeResult) result = sonde_result_new ();
  g_autoptr (SondeTable) table = cosine_table_new_histogram ();
  g_autoptr (SondeTable) cross_table = cosine_table_new_cross_stage ();

  for (guint i = 0; i < self->view.conditions->len; i++)
    {
      if (g_ptr_array_index (self->view.conditions, i) == NULL)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("no activations of layer %u came for condition “%s”: this is a defect of what runs the chain: tell its authors"), self->view.layer,
                       sonde_condition_get_id (sonde_investigation_get_condition (self->view.investigation, i)));
          return NULL;
        }
      cosine_shown_complete (g_ptr_array_index (self->view.conditions, i), self->view.max_bins);
      cosine_view_add_rows (&self->view, result, table, cross_table, i);
      add_key_number (self, result, i);
    }
  sonde_result_add_table (result, table);
  sonde_result_add_table (result, cross_table);
  add_figures (self, result);
  add_warnings (self, result);
  return g_steal_pointer (&result);
}

static void
cosine_analyzer_estimate (SondeAnalyzer *analyzer,
                          SondeEstimate *estimate)
{
  CosineAnalyzer *self = COSINE_ANALYZER (analyzer);

  cosine_view_estimate (&self->view, self->crosses, estimate);
}

static void
analyzer_iface_init (SondeAnalyzerInterface *iface)
{
  iface->describe = cosine_analyzer_describe;
  iface->prepare = cosine_analyzer_prepare;
  iface->process = cosine_analyzer_process;
  iface->finish = cosine_analyzer_finish;
  iface->estimate = cosine_analyzer_estimate;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (CosineAnalyzer, cosine_analyzer, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_ANALYZER, analyzer_iface_init))

enum
{
  PROP_LAYER = 1,
  PROP_MAX_BINS,
  PROP_CROSS_CONDITION,
  PROP_CROSS_LIMITS,
};

static void
cosine_analyzer_get_property (GObject *object,
                              guint property_id,
                              GValue *value,
                              GParamSpec *pspec)
{
  CosineAnalyzer *self = COSINE_ANALYZER (object);

  switch (property_id)
    {
    case PROP_LAYER:
      g_value_set_string (value, self->layer);
      break;
    case PROP_MAX_BINS:
      g_value_set_uint (value, self->view.max_bins);
      break;
    case PROP_CROSS_CONDITION:
      g_value_set_string (value, self->cross_condition);
      break;
    case PROP_CROSS_LIMITS:
      g_value_set_string (value, self->cross_limits);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
take_string (char **place,
             char *string)
{
  g_free (*place);
  *place = string;
}

static void
cosine_analyzer_set_property (GObject *object,
                              guint property_id,
                              const GValue *value,
                              GParamSpec *pspec)
{
  CosineAnalyzer *self = COSINE_ANALYZER (object);

  switch (property_id)
    {
    case PROP_LAYER:
      take_string (&self->layer, g_value_dup_string (value));
      break;
    case PROP_MAX_BINS:
      self->view.max_bins = g_value_get_uint (value);
      break;
    case PROP_CROSS_CONDITION:
      take_string (&self->cross_condition, g_value_dup_string (value));
      break;
    case PROP_CROSS_LIMITS:
      take_string (&self->cross_limits, g_value_dup_string (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
cosine_analyzer_finalize (GObject *object)
{
  CosineAnalyzer *self = COSINE_ANALYZER (object);

  g_free (self->layer);
  g_free (self->cross_condition);
  g_free (self->cross_limits);
  g_free (self->crosses);
  g_clear_object (&self->view.investigation);
  g_array_unref (self->view.pairs);
  g_ptr_array_unref (self->view.conditions);
  g_ptr_array_unref (self->warnings);
  G_OBJECT_CLASS (cosine_analyzer_parent_class)->finalize (object);
}

static void
cosine_analyzer_class_init (CosineAnalyzerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  object_class->finalize = cosine_analyzer_finalize;
  object_class->get_property = cosine_analyzer_get_property;
  object_class->set_property = cosine_analyzer_set_property;

  g_object_class_install_property (object_class, PROP_LAYER,
                                   g_param_spec_string ("layer", "Layer", "Layer that is shown: first, middle, last or a number", "middle", flags));
  g_object_class_install_property (object_class, PROP_MAX_BINS,
                                   g_param_spec_uint ("max-bins", "Most bins", "Most bins of a histogram, whatever the bin rule asks for", 1, 1000000, 10000, flags));
  g_object_class_install_property (object_class, PROP_CROSS_CONDITION,
                                   g_param_spec_string ("cross-condition", "Cross condition", "Condition in which stages of equal width are compared: its name, first or all", "first", flags));
  g_object_class_install_property (object_class, PROP_CROSS_LIMITS,
                                   g_param_spec_string ("cross-limits", "Cross limits", "Colour limits of those comparisons, for each pair of stages auto or LOW:HIGH, separated by commas", "auto", flags));
}

static void
cosine_analyzer_init (CosineAnalyzer *self)
{
  self->view.pairs = g_array_new (FALSE, FALSE, sizeof (CosinePair));
  self->view.conditions = g_ptr_array_new_with_free_func ((GDestroyNotify) cosine_shown_free);
  self->warnings = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_words_unref);
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_ANALYZER, COSINE_TYPE_ANALYZER)
