#define G_LOG_DOMAIN "sonde"

#include <sonde-plugin.h>

#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#define DISTRIBUTION_TYPE_ANALYZER (distribution_analyzer_get_type ())
G_DECLARE_FINAL_TYPE (DistributionAnalyzer, distribution_analyzer, DISTRIBUTION, ANALYZER, GObject)

/* The value of a condition's shown layer that lies farthest from 0, and where it stands. */
typedef struct
{
  double value;
  guint stage;
  gsize row;
  gsize feature;
} Peak;

struct _DistributionAnalyzer
{
  GObject parent_instance;

  char *layer;
  guint max_bins;
  double x_limit;
  double y_limit;

  SondeInvestigation *investigation;
  guint shown;
  guint n_stages;
  GPtrArray *histograms; /* conditions x stages; NULL until the shown layer's frame came */
  Peak *peaks;           /* conditions */
};

static SondeTable *
new_table (void)
{
  SondeTable *table = sonde_table_new ("activation-histogram", N_ ("Densities of the activations of the shown layer"));

  sonde_table_add_column (table, "condition", SONDE_COLUMN_STRING, NULL, N_ ("Condition"));
  sonde_table_add_column (table, "layer", SONDE_COLUMN_INTEGER, NULL, N_ ("Layer, from 0"));
  sonde_table_add_column (table, "stage", SONDE_COLUMN_STRING, NULL, N_ ("Stage"));
  sonde_table_add_column (table, "bin_left", SONDE_COLUMN_NUMBER, N_ ("activation"), N_ ("Left edge of the bin"));
  sonde_table_add_column (table, "bin_right", SONDE_COLUMN_NUMBER, N_ ("activation"), N_ ("Right edge of the bin"));
  sonde_table_add_column (table, "density", SONDE_COLUMN_NUMBER, N_ ("1/activation"), N_ ("Share of the values in the bin, divided by its width"));
  return table;
}

static SondeDescription *
distribution_analyzer_describe (SondeAnalyzer *analyzer)
{
  SondeDescription *description = sonde_description_new ();
  g_autoptr (SondeTable) table = new_table ();

  sonde_description_add_table (description, table);
  sonde_description_add_figure (description, "activation-histogram", _ ("Densities of the activations, a panel for each condition"));
  sonde_description_set_example (description, "distribution layer=last x-limit=0");
  return description;
}

static gboolean
distribution_analyzer_prepare (SondeAnalyzer *analyzer,
                               SondeInvestigation *investigation,
                               GError **error)
{
  DistributionAnalyzer *self = DISTRIBUTION_ANALYZER (analyzer);
  guint n_conditions = sonde_investigation_get_n_conditions (investigation);

  if (!sonde_investigation_want_layer (investigation, self->layer, &self->shown, error))
    return FALSE;
  g_set_object (&self->investigation, investigation);
  self->n_stages = sonde_investigation_get_n_stages (investigation);
  g_ptr_array_set_size (self->histograms, 0);
  g_ptr_array_set_size (self->histograms, n_conditions * self->n_stages);
  g_free (self->peaks);
  self->peaks = g_new0 (Peak, n_conditions);
  return TRUE;
}

#define CHUNK 4096

/* The distance from 0 as a whole number that grows with it: the bits of the value but for the sign. The largest of whole numbers is
 * found many at a time. */
static gint32
find_farthest (const float *values,
               gsize n_values)
{
  gint32 bits[CHUNK];
  gint32 farthest = 0;

  memcpy (bits, values, n_values * sizeof *values);
  for (gsize i = 0; i < n_values; i++)
    farthest = MAX (farthest, bits[i] & G_MAXINT32);
  return farthest;
}

/* The first of those that are as far out. */
static void
update_peak (Peak *peak,
             guint stage,
             const float *values,
             gsize n_values,
             gsize n_features)
{
  for (gsize first = 0; first < n_values; first += CHUNK)
    {
      gsize n = MIN (CHUNK, n_values - first);
      float known = (float) peak->value;

      if (find_farthest (values + first, n) <= find_farthest (&known, 1))
        continue;
      for (gsize i = first; i < first + n; i++)
        if (fabsf (values[i]) > fabs (peak->value))
          *peak = (Peak){ values[i], stage, i / n_features, i % n_features };
    }
}

static void
add_stage (DistributionAnalyzer *self,
           guint condition,
           guint stage,
           SondeTensor *tensor)
{
  g_autoptr (SondeTensor) activations = sonde_tensor_to_f32 (tensor);
  const float *values = sonde_tensor_peek_f32 (activations);
  gsize n_values = sonde_tensor_get_n_elements (activations);

  update_peak (&self->peaks[condition], stage, values, n_values, sonde_tensor_get_n_columns (activations));
  g_ptr_array_index (self->histograms, condition * self->n_stages + stage) = sonde_histogram_new_f32 (values, n_values, self->max_bins);
}

static gboolean
distribution_analyzer_process (SondeAnalyzer *analyzer,
                               SondeFrame *frame,
                               GCancellable *cancellable,
                               GError **error)
{
  DistributionAnalyzer *self = DISTRIBUTION_ANALYZER (analyzer);

  if (sonde_frame_get_layer (frame) != self->shown)
    return TRUE;
  for (guint i = 0; i < self->n_stages; i++)
    {
      SondeTensor *tensor = sonde_frame_get_tensor (frame, i);

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (sonde_tensor_get_n_elements (tensor) == 0)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE,
                       _ ("stage “%s” of condition “%s” has no activations: a histogram needs at least one row"),
                       sonde_frame_get_stage (frame, i)->id, sonde_condition_get_id (sonde_frame_get_condition (frame)));
          return FALSE;
        }
      add_stage (self, sonde_frame_get_condition_index (frame), i, tensor);
    }
  return TRUE;
}

static void
add_rows (DistributionAnalyzer *self,
          SondeTable *table,
          guint condition,
          guint stage,
          SondeHistogram *histogram)
{
  const char *id = sonde_condition_get_id (sonde_investigation_get_condition (self->investigation, condition));

  for (guint i = 0; i < sonde_histogram_get_n_bins (histogram); i++)
    sonde_table_add_row (table, id, (gint64) self->shown, sonde_investigation_get_stage (self->investigation, stage)->id,
                         sonde_histogram_get_edge (histogram, i), sonde_histogram_get_edge (histogram, i + 1),
                         sonde_histogram_get_density (histogram, i));
}

/* A condition that only has a name is called by it. */
static char *
dup_title (SondeCondition *condition)
{
  const char *title = sonde_condition_get_label (condition, SONDE_LABEL_TITLE);
  const char *attributive = sonde_condition_get_label (condition, SONDE_LABEL_ATTRIBUTIVE);

  if (g_str_equal (title, attributive))
    return g_strdup (title);
  /* Translators: a panel's title, as in “One-sequence batch” */
  return g_strdup_printf (_ ("%s batch"), attributive);
}

static SondePanel *
add_panel (DistributionAnalyzer *self,
           SondeFigure *figure,
           guint condition)
{
  SondePanel *panel = sonde_figure_append_panel (figure);
  g_autofree char *words = dup_title (sonde_investigation_get_condition (self->investigation, condition));
  g_autofree char *title = sonde_label_dup_panel (condition, words);

  sonde_panel_set_title (panel, title);
  sonde_panel_set_x_label (panel, _ ("Activation value"));
  sonde_panel_set_y_label (panel, _ ("Density"));
  sonde_panel_set_x_limits (panel, self->x_limit > 0 ? -self->x_limit : NAN, self->x_limit > 0 ? self->x_limit : NAN);
  sonde_panel_set_y_limits (panel, 0, self->y_limit > 0 ? self->y_limit : NAN);
  sonde_panel_set_series_key (panel, self->n_stages, 1, _ ("Stage"));
  return panel;
}

static char *
dup_caption (DistributionAnalyzer *self,
             gboolean capped)
{
  g_autofree char *rows = sonde_label_dup_rows (self->investigation);
  const char *limits = self->x_limit > 0 || self->y_limit > 0 ? _ (" The axes may end before the data do; the table holds all bins.") : "";
  const char *order = self->n_stages > SONDE_MOST_SERIES ? _ (" Colours follow the order of the stages, which count from 1.") : "";
  g_autofree char *cap = capped ? g_strdup_printf (_ (" Where that rule asks for more than %u bins, there are %u."), self->max_bins, self->max_bins)
                                : g_strdup ("");

  return g_strdup_printf (_ ("How the activations of layer %u are distributed: all values (rows times features) of each stage, counted in equal bins "
                             "from the least to the largest value. Bins are as wide as the Freedman–Diaconis rule has them, twice the interquartile "
                             "range divided by the cube root of the number of values. Density is the share of the values in a bin divided by its "
                             "width, drawn at the bin's left edge.%s%s%s Rows: %s."),
                          self->shown, cap, limits, order, rows);
}

static void
add_warning (DistributionAnalyzer *self,
             SondeResult *result,
             guint condition,
             guint stage)
{
  sonde_result_take_warning (result, SONDE_WORDS (g_strdup_printf (_ ("The histogram of stage “%s” in layer %u, condition “%s”, is limited to %u bins: "
                                                                      "a few values lie so far out that the rule asks for more (property max-bins)."),
                                                                   sonde_investigation_get_stage (self->investigation, stage)->id, self->shown,
                                                                   sonde_condition_get_id (sonde_investigation_get_condition (self->investigation, condition)),
                                                                   self->max_bins)));
}

static char *
dup_peak (DistributionAnalyzer *self,
          guint condition)
{
  const Peak *peak = &self->peaks[condition];
  g_autofree char *value = sonde_label_dup_number ("%.4g", peak->value);
  g_autofree char *row = sonde_condition_dup_row_label (sonde_investigation_get_condition (self->investigation, condition), (guint) peak->row);

  return g_strdup_printf (_ ("%s (stage %s, feature %u, %s)"), value,
                          sonde_investigation_get_stage (self->investigation, peak->stage)->id, (guint) peak->feature, row);
}

static void
add_key_number (DistributionAnalyzer *self,
                SondeResult *result,
                guint condition)
{
  SondeCondition *source = sonde_investigation_get_condition (self->investigation, condition);
  SondeWords *label = SONDE_WORDS (g_strdup_printf (_ ("Activation farthest from 0, layer %u, %s"), self->shown, sonde_condition_get_label (source, SONDE_LABEL_TITLE)));

  sonde_result_take_key_number (result, label, SONDE_WORDS (dup_peak (self, condition)));
}

/* The shown layer's frame of a condition, in table, figure and warnings. Returns whether any bins were capped. */
static gboolean
add_condition (DistributionAnalyzer *self,
               SondeResult *result,
               SondeTable *table,
               SondePanel *panel,
               guint condition)
{
  gboolean capped = FALSE;

  for (guint i = 0; i < self->n_stages; i++)
    {
      SondeHistogram *histogram = g_ptr_array_index (self->histograms, condition * self->n_stages + i);
      g_autofree char *label = sonde_label_dup_layer_stage (self->shown, sonde_investigation_get_stage (self->investigation, i));

      add_rows (self, table, condition, i, histogram);
      sonde_histogram_draw (histogram, panel, SONDE_HISTOGRAM_DENSITY, i, self->n_stages, label);
      if (sonde_histogram_is_capped (histogram))
        {
          add_warning (self, result, condition, i);
          capped = TRUE;
        }
    }
  add_key_number (self, result, condition);
  return capped;
}

static SondeResult *
distribution_analyzer_finish (SondeAnalyzer *analyzer,
                              GCancellable *cancellable,
                              GError **error)
{
  DistributionAnalyzer *self = DISTRIBUTION_ANALYZER (analyzer);
  guint n_conditions = sonde_investigation_get_n_conditions (self->investigation);
  g_autoptr (SondeResult) result = sonde_result_new ();
  g_autoptr (SondeTable) table = new_table ();
  g_autoptr (SondeFigure) figure = sonde_figure_new_wrapped ("activation-histogram", n_conditions, 3, 6 * 72, 4 * 72);
  g_autofree char *caption = NULL;
  gboolean capped = FALSE;

  for (guint i = 0; i < n_conditions; i++)
    {
      if (g_ptr_array_index (self->histograms, i * self->n_stages) == NULL)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("no activations of layer %u came for condition “%s”: this is a defect of what runs the chain: tell its authors"), self->shown,
                       sonde_condition_get_id (sonde_investigation_get_condition (self->investigation, i)));
          return NULL;
        }
      capped |= add_condition (self, result, table, add_panel (self, figure, i), i);
    }
  caption = dup_caption (self, capped);
  sonde_figure_set_heading (figure, _ ("Histograms of activations"));
  sonde_label_set_caption (figure, self->investigation, caption);
  sonde_result_add_table (result, table);
  sonde_result_add_figure (result, figure);
  return g_steal_pointer (&result);
}

static void
analyzer_iface_init (SondeAnalyzerInterface *iface)
{
  iface->describe = distribution_analyzer_describe;
  iface->prepare = distribution_analyzer_prepare;
  iface->process = distribution_analyzer_process;
  iface->finish = distribution_analyzer_finish;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (DistributionAnalyzer, distribution_analyzer, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_ANALYZER, analyzer_iface_init))

enum
{
  PROP_LAYER = 1,
  PROP_MAX_BINS,
  PROP_X_LIMIT,
  PROP_Y_LIMIT,
};

static void
distribution_analyzer_get_property (GObject *object,
                                    guint property_id,
                                    GValue *value,
                                    GParamSpec *pspec)
{
  DistributionAnalyzer *self = DISTRIBUTION_ANALYZER (object);

  switch (property_id)
    {
    case PROP_LAYER:
      g_value_set_string (value, self->layer);
      break;
    case PROP_MAX_BINS:
      g_value_set_uint (value, self->max_bins);
      break;
    case PROP_X_LIMIT:
      g_value_set_double (value, self->x_limit);
      break;
    case PROP_Y_LIMIT:
      g_value_set_double (value, self->y_limit);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
distribution_analyzer_set_property (GObject *object,
                                    guint property_id,
                                    const GValue *value,
                                    GParamSpec *pspec)
{
  DistributionAnalyzer *self = DISTRIBUTION_ANALYZER (object);

  switch (property_id)
    {
    case PROP_LAYER:
      g_free (self->layer);
      self->layer = g_value_dup_string (value);
      break;
    case PROP_MAX_BINS:
      self->max_bins = g_value_get_uint (value);
      break;
    case PROP_X_LIMIT:
      self->x_limit = g_value_get_double (value);
      break;
    case PROP_Y_LIMIT:
      self->y_limit = g_value_get_double (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
distribution_analyzer_finalize (GObject *object)
{
  DistributionAnalyzer *self = DISTRIBUTION_ANALYZER (object);

  g_free (self->layer);
  g_free (self->peaks);
  g_clear_object (&self->investigation);
  g_ptr_array_unref (self->histograms);
  G_OBJECT_CLASS (distribution_analyzer_parent_class)->finalize (object);
}

static void
distribution_analyzer_class_init (DistributionAnalyzerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  object_class->finalize = distribution_analyzer_finalize;
  object_class->get_property = distribution_analyzer_get_property;
  object_class->set_property = distribution_analyzer_set_property;

  g_object_class_install_property (object_class, PROP_LAYER,
                                   g_param_spec_string ("layer", "Layer", "Layer that is shown: first, middle, last or a number", "middle", flags));
  g_object_class_install_property (object_class, PROP_MAX_BINS,
                                   g_param_spec_uint ("max-bins", "Most bins", "Most bins of a histogram, whatever the bin rule asks for", 1, 1000000, 10000, flags));
  g_object_class_install_property (object_class, PROP_X_LIMIT,
                                   g_param_spec_double ("x-limit", "X limit", "The axis of the activations runs from minus this to this; 0: as far as they do", 0, G_MAXDOUBLE, 5, flags));
  g_object_class_install_property (object_class, PROP_Y_LIMIT,
                                   g_param_spec_double ("y-limit", "Y limit", "Where the axis of the densities ends; 0: where they do", 0, G_MAXDOUBLE, 4, flags));
}

static void
distribution_analyzer_init (DistributionAnalyzer *self)
{
  self->histograms = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_histogram_unref);
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_ANALYZER, DISTRIBUTION_TYPE_ANALYZER)
