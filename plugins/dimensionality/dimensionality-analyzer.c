#define G_LOG_DOMAIN "sonde"

#include <math.h>

#include <glib/gi18n-lib.h>
#include <sonde-plugin.h>

#include "dimensionality-measure.h"

/* A cumulative share of variance this close to the threshold, in percent points, may fall on its other side elsewhere. */
#define CLOSE_MARGIN 1e-3
#define MAX_SENTENCES 6
#define LONG_LABEL 8    /* characters */
#define MOST_LETTERS 40 /* of all labels together, in the same */
#define MOST_BARS 24    /* in a third of the figure's width */

#define DIMENSIONALITY_TYPE_ANALYZER (dimensionality_analyzer_get_type ())
G_DECLARE_FINAL_TYPE (DimensionalityAnalyzer, dimensionality_analyzer, DIMENSIONALITY, ANALYZER, GObject)

struct _DimensionalityAnalyzer
{
  GObject parent_instance;

  char *layer;
  double threshold;

  SondeInvestigation *investigation;
  guint shown;
  guint n_stages;
  GPtrArray *measures; /* layers x conditions, of DimensionalityMeasure [stages]; NULL where no frame came */
  GPtrArray *warnings; /* of SondeWords */
  guint n_untold;
};

static SondeTable *
new_table (void)
{
  SondeTable *table = sonde_table_new ("dimensionality", N_ ("Participation ratio and effective dimensionality of every stage in every covered layer"));

  sonde_table_add_column (table, "condition", SONDE_COLUMN_STRING, NULL, N_ ("Condition"));
  sonde_table_add_column (table, "layer", SONDE_COLUMN_INTEGER, NULL, N_ ("Layer, from 0"));
  sonde_table_add_column (table, "stage", SONDE_COLUMN_STRING, NULL, N_ ("Stage"));
  sonde_table_add_column (table, "rows", SONDE_COLUMN_INTEGER, N_ ("rows"), N_ ("Rows of the stage"));
  sonde_table_add_column (table, "features", SONDE_COLUMN_INTEGER, N_ ("features"), N_ ("Features of the stage"));
  sonde_table_add_column (table, "participation_ratio", SONDE_COLUMN_NUMBER, N_ ("components"),
                          N_ ("Square of the sum of the variances along the principal components, divided by the sum of their squares; undefined where all rows are equal"));
  sonde_table_add_column (table, "effective_dimension", SONDE_COLUMN_NUMBER, N_ ("components"),
                          N_ ("Number of leading components whose cumulative variance first exceeds the threshold; undefined where all rows are equal"));
  sonde_table_add_column (table, "notebook_index", SONDE_COLUMN_NUMBER, N_ ("index"),
                          N_ ("Index, from 0, of the last of those components: what is drawn; undefined where all rows are equal"));
  return table;
}

static SondeDescription *
dimensionality_analyzer_describe (SondeAnalyzer *analyzer)
{
  SondeDescription *description = sonde_description_new ();
  g_autoptr (SondeTable) table = new_table ();

  sonde_description_add_attaches (description, "participation-ratio", _ ("1 x stages, float64; NaN where undefined"), _ ("components"),
                                  _ ("Participation ratio of every stage"));
  sonde_description_add_attaches (description, "effective-dimension", _ ("1 x stages, float64; NaN where undefined"), _ ("components"),
                                  _ ("Number of components of every stage that it takes to exceed the threshold of variance"));
  sonde_description_add_table (description, table);
  sonde_description_add_figure (description, "dimensionality", _ ("Both measures in the shown layer, a row of panels for each condition"));
  sonde_description_set_example (description, "dimensionality threshold=90");
  return description;
}

static DimensionalityMeasure **
get_place (DimensionalityAnalyzer *self,
           guint layer,
           guint condition)
{
  return (DimensionalityMeasure **) &g_ptr_array_index (self->measures, layer * sonde_investigation_get_n_conditions (self->investigation) + condition);
}

static gboolean
dimensionality_analyzer_prepare (SondeAnalyzer *analyzer,
                                 SondeInvestigation *investigation,
                                 GError **error)
{
  DimensionalityAnalyzer *self = DIMENSIONALITY_ANALYZER (analyzer);

  if (!sonde_investigation_want_layer (investigation, self->layer, &self->shown, error))
    return FALSE;
  g_set_object (&self->investigation, investigation);
  self->n_stages = sonde_investigation_get_n_stages (investigation);
  g_ptr_array_set_size (self->measures, 0);
  g_ptr_array_set_size (self->measures, sonde_investigation_get_n_layers (investigation) * sonde_investigation_get_n_conditions (investigation));
  g_ptr_array_set_size (self->warnings, 0);
  self->n_untold = 0;
  return TRUE;
}

static void
warn (DimensionalityAnalyzer *self,
      SondeFrame *frame,
      guint stage,
      double ratio)
{
  const char *id = sonde_frame_get_stage (frame, stage)->id;
  const char *condition = sonde_condition_get_id (sonde_frame_get_condition (frame));
  g_autofree char *threshold = sonde_label_dup_number ("%g", self->threshold);

  if (self->warnings->len >= MAX_SENTENCES)
    self->n_untold++;
  else if (isnan (ratio))
    g_ptr_array_add (self->warnings,
                     SONDE_WORDS (g_strdup_printf (_ ("All rows of stage “%s” in layer %u, condition “%s”, are equal: its dimensionality is undefined."),
                                                   id, sonde_frame_get_layer (frame), condition)));
  else
    g_ptr_array_add (self->warnings,
                     SONDE_WORDS (g_strdup_printf (_ ("A cumulative share of variance of stage “%s” in layer %u, condition “%s”, lies within 0.001 percentage points "
                                                      "of the threshold %s: rounding decides whether the effective dimension is one more or less."),
                                                   id, sonde_frame_get_layer (frame), condition, threshold)));
}

static gboolean
take_outcome (DimensionalityAnalyzer *self,
              SondeFrame *frame,
              guint stage,
              const DimensionalityOutcome *outcome,
              GError **error)
{
  if (outcome->status != SONDE_MATH_OK)
    {
      g_set_error (error, SONDE_ERROR, outcome->status == SONDE_MATH_NO_MEMORY ? SONDE_ERROR_VALUE : SONDE_ERROR_FAILED,
                   _ ("the variances of stage “%s” in layer %u, condition “%s”, could not be computed: %s"),
                   sonde_frame_get_stage (frame, stage)->id, sonde_frame_get_layer (frame), sonde_condition_get_id (sonde_frame_get_condition (frame)),
                   outcome->status == SONDE_MATH_NO_MEMORY ? _ ("there is no memory: free some, or use fewer rows") : _ ("the eigenvalues do not converge: use other rows, or leave out that stage"));
      return FALSE;
    }
  if (isnan (outcome->measure.ratio) || outcome->margin < CLOSE_MARGIN)
    warn (self, frame, stage, outcome->measure.ratio);
  return TRUE;
}

static void
attach (DimensionalityAnalyzer *self,
        SondeFrame *frame,
        const DimensionalityMeasure *measures)
{
  double *ratios = g_new (double, self->n_stages);
  double *dimensions = g_new (double, self->n_stages);
  g_autoptr (SondeTensor) ratio = NULL;
  g_autoptr (SondeTensor) dimension = NULL;

  for (guint i = 0; i < self->n_stages; i++)
    {
      ratios[i] = measures[i].ratio;
      dimensions[i] = measures[i].dimension;
    }
  ratio = sonde_tensor_new_take_f64 (ratios, 1, self->n_stages);
  dimension = sonde_tensor_new_take_f64 (dimensions, 1, self->n_stages);
  sonde_frame_attach (frame, "participation-ratio", 0, ratio);
  sonde_frame_attach (frame, "effective-dimension", 0, dimension);
}

static gboolean
dimensionality_analyzer_process (SondeAnalyzer *analyzer,
                                 SondeFrame *frame,
                                 GCancellable *cancellable,
                                 GError **error)
{
  DimensionalityAnalyzer *self = DIMENSIONALITY_ANALYZER (analyzer);
  g_autofree DimensionalityMeasure *measures = g_new (DimensionalityMeasure, self->n_stages);
  g_autofree DimensionalityOutcome *outcomes = g_new (DimensionalityOutcome, self->n_stages);
  DimensionalityMeasure **place = get_place (self, sonde_frame_get_layer (frame), sonde_frame_get_condition_index (frame));

  if (sonde_frame_get_n_rows (frame) < 2)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, g_dngettext (GETTEXT_PACKAGE, "condition “%s” has %u row: variances need at least 2", "condition “%s” has %u rows: variances need at least 2", sonde_frame_get_n_rows (frame)),
                   sonde_condition_get_id (sonde_frame_get_condition (frame)), sonde_frame_get_n_rows (frame));
      return FALSE;
    }
  dimensionality_measure_stages (frame, self->threshold, cancellable, outcomes);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  for (guint i = 0; i < self->n_stages; i++)
    {
      if (!take_outcome (self, frame, i, &outcomes[i], error))
        return FALSE;
      measures[i] = outcomes[i].measure;
    }
  attach (self, frame, measures);
  g_free (*place);
  *place = g_steal_pointer (&measures);
  return TRUE;
}

static void
add_rows (DimensionalityAnalyzer *self,
          SondeTable *table,
          guint condition)
{
  guint n_layers;
  const guint *layers = sonde_investigation_get_layers (self->investigation, &n_layers);
  SondeCondition *source = sonde_investigation_get_condition (self->investigation, condition);

  for (guint i = 0; i < n_layers; i++)
    {
      const DimensionalityMeasure *measures = *get_place (self, layers[i], condition);

      for (guint j = 0; measures != NULL && j < self->n_stages; j++)
        sonde_table_add_row (table, sonde_condition_get_id (source), (gint64) layers[i],
                             sonde_investigation_get_stage (self->investigation, j)->id, (gint64) sonde_condition_get_n_rows (source),
                             (gint64) sonde_investigation_get_n_features (self->investigation, j),
                             measures[j].ratio, measures[j].dimension, measures[j].dimension - 1);
    }
}

/* Many bars, or long words under them, leave no room for what the figure's title says, too. */
static gboolean
is_crowded (DimensionalityAnalyzer *self)
{
  glong longest = 0;

  for (guint i = 0; i < self->n_stages; i++)
    longest = MAX (longest, g_utf8_strlen (sonde_investigation_get_stage (self->investigation, i)->short_label, -1));
  return longest > LONG_LABEL || longest * self->n_stages > MOST_LETTERS;
}

static char *
dup_bar_label (DimensionalityAnalyzer *self,
               const SondeStage *stage)
{
  return is_crowded (self) ? g_strdup (stage->short_label) : sonde_label_dup_layer_stage (self->shown, stage);
}

/* One bar a stage, of the ratio or of the index that the notebook plots. */
static void
add_bars (DimensionalityAnalyzer *self,
          SondePanel *panel,
          const DimensionalityMeasure *measures,
          gboolean ratio)
{
  g_auto (GStrv) labels = g_new0 (char *, self->n_stages + 1);

  for (guint i = 0; i < self->n_stages; i++)
    {
      SondeStyle style = SONDE_STYLE_INIT;

      style.color = sonde_color_series_of (i, self->n_stages);
      labels[i] = dup_bar_label (self, sonde_investigation_get_stage (self->investigation, i));
      sonde_panel_add_bar (panel, i, ratio ? measures[i].ratio : measures[i].dimension - 1, .8, &style, NULL);
    }
  sonde_panel_set_x_categories (panel, (const char *const *) labels);
  sonde_panel_set_y_label (panel, ratio ? _ ("PR") : _ ("Eff. dim."));
}

static void
add_comparison (DimensionalityAnalyzer *self,
                SondePanel *panel,
                const DimensionalityMeasure *measures)
{
  g_autofree double *x = g_new (double, self->n_stages);
  g_autofree double *y = g_new (double, self->n_stages);
  SondeStyle style = SONDE_STYLE_INIT;

  for (guint i = 0; i < self->n_stages; i++)
    {
      x[i] = measures[i].ratio;
      y[i] = measures[i].dimension - 1;
    }
  style.color = (SondeColor){ .75, .75, 0, 1 };
  style.line_width = 0;
  style.marker = SONDE_MARKER_HEXAGON;
  style.marker_size = 12;
  style.edge_width = 1;
  sonde_panel_add_points (panel, x, y, self->n_stages, NULL, &style, NULL);
  sonde_panel_set_x_label (panel, _ ("Participation ratio"));
  sonde_panel_set_y_label (panel, _ ("Effective dim."));
}

/* @condition NULL: the panel's row says which it is. */
static SondePanel *
add_panel (SondeFigure *figure,
           SondeCondition *condition,
           const char *words)
{
  g_autofree char *whole = condition != NULL ? g_strdup_printf (_ ("%s: %s"), sonde_condition_get_label (condition, SONDE_LABEL_TITLE), words) : g_strdup (words);
  g_autofree char *title = sonde_label_dup_panel (sonde_figure_get_n_panels (figure), whole);
  SondePanel *panel = sonde_figure_append_panel (figure);

  sonde_panel_set_title (panel, title);
  return panel;
}

static char *
dup_caption (DimensionalityAnalyzer *self)
{
  g_autofree char *rows = sonde_label_dup_rows (self->investigation);
  g_autofree char *threshold = sonde_label_dup_number ("%g", self->threshold);

  return g_strdup_printf (_ ("Dimensionality of the stages of layer %u; three panels for each condition, in the order named below. With λ the squared "
                             "singular values of the activations less their column means: participation ratio (PR) is the square of the sum of λ divided "
                             "by the sum of its squares; effective dimension is drawn as the index, from 0, of the first component at which the "
                             "cumulative variance exceeds %s percent, one less than the number of components in the table. Neither can exceed the "
                             "number of rows less one. Rows: %s."),
                          self->shown, threshold, rows);
}

static SondeFigure *
new_figure (DimensionalityAnalyzer *self)
{
  guint n_conditions = sonde_investigation_get_n_conditions (self->investigation);
  /* Many bars take the whole width. */
  guint n_columns = self->n_stages > MOST_BARS ? 1 : 3;
  SondeFigure *figure = sonde_figure_new_wrapped ("dimensionality", 3 * n_conditions, n_columns, 12.0 * 72 / n_columns, (is_crowded (self) ? 3.2 : 2.5) * 72);
  g_autofree char *title = g_strdup_printf (_ ("Dimensionality results from layer %u"), self->shown);
  g_autofree char *caption = dup_caption (self);

  for (guint i = 0; i < n_conditions; i++)
    {
      const DimensionalityMeasure *measures = *get_place (self, self->shown, i);

      SondeCondition *named = n_columns == 1 ? sonde_investigation_get_condition (self->investigation, i) : NULL;

      add_bars (self, add_panel (figure, named, _ ("Participation ratio")), measures, TRUE);
      add_bars (self, add_panel (figure, named, _ ("Effective dim.")), measures, FALSE);
      add_comparison (self, add_panel (figure, named, _ ("Comparison")), measures);
    }
  sonde_figure_set_title (figure, title);
  sonde_label_set_caption (figure, self->investigation, caption);
  return figure;
}

static void
add_key_number (DimensionalityAnalyzer *self,
                SondeResult *result,
                guint condition)
{
  const DimensionalityMeasure *measures = *get_place (self, self->shown, condition);
  SondeWords *label = SONDE_WORDS (g_strdup_printf (_ ("Participation ratio, layer %u, %s"), self->shown, sonde_condition_get_label (sonde_investigation_get_condition (self->investigation, condition), SONDE_LABEL_TITLE)));
  g_autofree double *ratios = g_new (double, self->n_stages);

  for (guint i = 0; i < self->n_stages; i++)
    ratios[i] = measures[i].ratio;
  sonde_result_take_key_number (result, label, SONDE_WORDS (sonde_label_dup_stage_values (self->investigation, ratios, "%.1f")));
}

static SondeResult *
dimensionality_analyzer_finish (SondeAnalyzer *analyzer,
                                GCancellable *cancellable,
                                GError **error)
{
  DimensionalityAnalyzer *self = DIMENSIONALITY_ANALYZER (analyzer);
  g_autoptr (SondeResult) result = sonde_result_new ();
  g_autoptr (SondeTable) table = new_table ();
  g_autoptr (SondeFigure) figure = NULL;

  for (guint i = 0; i < sonde_investigation_get_n_conditions (self->investigation); i++)
    {
      if (*get_place (self, self->shown, i) == NULL)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("no activations of layer %u came for condition “%s”: this is a defect of what runs the chain: tell its authors"), self->shown,
                       sonde_condition_get_id (sonde_investigation_get_condition (self->investigation, i)));
          return NULL;
        }
      add_rows (self, table, i);
      add_key_number (self, result, i);
    }
  figure = new_figure (self);
  sonde_result_add_table (result, table);
  sonde_result_add_figure (result, figure);
  for (guint i = 0; i < self->warnings->len; i++)
    sonde_result_take_warning (result, sonde_words_ref (g_ptr_array_index (self->warnings, i)));
  if (self->n_untold > 0)
    sonde_result_take_warning (result, SONDE_WORDS (g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "The same holds for the dimensionality of %u more stage, in a further layer or condition.", "The same holds for the dimensionality of %u more stages, in further layers or conditions.", self->n_untold), self->n_untold)));
  return g_steal_pointer (&result);
}

static void
dimensionality_analyzer_estimate (SondeAnalyzer *analyzer,
                                  SondeEstimate *estimate)
{
  estimate->working = dimensionality_estimate (DIMENSIONALITY_ANALYZER (analyzer)->investigation);
}

static void
analyzer_iface_init (SondeAnalyzerInterface *iface)
{
  iface->describe = dimensionality_analyzer_describe;
  iface->prepare = dimensionality_analyzer_prepare;
  iface->process = dimensionality_analyzer_process;
  iface->finish = dimensionality_analyzer_finish;
  iface->estimate = dimensionality_analyzer_estimate;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (DimensionalityAnalyzer, dimensionality_analyzer, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_ANALYZER, analyzer_iface_init))

enum
{
  PROP_LAYER = 1,
  PROP_THRESHOLD,
};

static void
dimensionality_analyzer_get_property (GObject *object,
                                      guint property_id,
                                      GValue *value,
                                      GParamSpec *pspec)
{
  DimensionalityAnalyzer *self = DIMENSIONALITY_ANALYZER (object);

  switch (property_id)
    {
    case PROP_LAYER:
      g_value_set_string (value, self->layer);
      break;
    case PROP_THRESHOLD:
      g_value_set_double (value, self->threshold);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
dimensionality_analyzer_set_property (GObject *object,
                                      guint property_id,
                                      const GValue *value,
                                      GParamSpec *pspec)
{
  DimensionalityAnalyzer *self = DIMENSIONALITY_ANALYZER (object);

  switch (property_id)
    {
    case PROP_LAYER:
      g_free (self->layer);
      self->layer = g_value_dup_string (value);
      break;
    case PROP_THRESHOLD:
      self->threshold = g_value_get_double (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
dimensionality_analyzer_finalize (GObject *object)
{
  DimensionalityAnalyzer *self = DIMENSIONALITY_ANALYZER (object);

  g_free (self->layer);
  g_clear_object (&self->investigation);
  g_ptr_array_unref (self->measures);
  g_ptr_array_unref (self->warnings);
  G_OBJECT_CLASS (dimensionality_analyzer_parent_class)->finalize (object);
}

static void
dimensionality_analyzer_class_init (DimensionalityAnalyzerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  object_class->finalize = dimensionality_analyzer_finalize;
  object_class->get_property = dimensionality_analyzer_get_property;
  object_class->set_property = dimensionality_analyzer_set_property;

  g_object_class_install_property (object_class, PROP_LAYER,
                                   g_param_spec_string ("layer", "Layer", "Layer that is shown: first, middle, last or a number", "middle", flags));
  /* Open at both ends: no component explains 0 percent, and none exceeds 100. */
  g_object_class_install_property (object_class, PROP_THRESHOLD,
                                   g_param_spec_double ("threshold", "Threshold", "Percent of the variance that the effective dimension exceeds", 1e-6, 99.999999, 95, flags));
}

static void
dimensionality_analyzer_init (DimensionalityAnalyzer *self)
{
  self->measures = g_ptr_array_new_with_free_func (g_free);
  self->warnings = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_words_unref);
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_ANALYZER, DIMENSIONALITY_TYPE_ANALYZER)
