#define G_LOG_DOMAIN "@name@"

#include <sonde-plugin.h>

#define @TYPE@_TYPE_ANALYZER (@type@_analyzer_get_type ())
G_DECLARE_FINAL_TYPE (@Type@Analyzer, @type@_analyzer, @TYPE@, ANALYZER, GObject)

struct _@Type@Analyzer
{
  GObject parent_instance;
  double threshold;                  /* the property */
  SondeInvestigation *investigation; /* the model's layers, the conditions, the tap's stages */
  SondeTable *table;                 /* gets a row for each stage of each frame */
};

/* Put your measure here: pure C over pointers. This one is the share of x [n] above the threshold. */
static double
measure (const float *x, gsize n, double threshold)
{
  gsize above = 0;

  for (gsize i = 0; i < n; i++)
    above += x[i] > threshold;
  return n > 0 ? (double) above / n : 0;
}

/* What `sonde inspect @name@` prints. What an analyzer upstream attaches is asked for with add_reads (). */
static SondeDescription *
describe (SondeAnalyzer *analyzer)
{
  SondeDescription *description = sonde_description_new ();

  sonde_description_add_table (description, @TYPE@_ANALYZER (analyzer)->table);
  sonde_description_add_figure (description, "@name@", "The table over layers, a colour for each stage");
  sonde_description_set_example (description, "@name@ threshold=0.5");
  return description;
}

/* Once, before the first frame. */
static gboolean
prepare (SondeAnalyzer *analyzer, SondeInvestigation *investigation, GError **error)
{
  return g_set_object (&@TYPE@_ANALYZER (analyzer)->investigation, investigation);
}

/* For every layer, and in it for every condition. Layers that --layers leaves out may come for other analyzers' sake. */
static gboolean
process (SondeAnalyzer *analyzer, SondeFrame *frame, GCancellable *cancellable, GError **error)
{
  @Type@Analyzer *self = @TYPE@_ANALYZER (analyzer);
  guint layer = sonde_frame_get_layer (frame);

  for (guint i = 0; i < sonde_frame_get_n_stages (frame) && sonde_investigation_covers (self->investigation, layer); i++)
    {
      SondeTensor *x = sonde_frame_get_tensor (frame, i); /* rows x features */

      sonde_table_add_row (self->table, sonde_condition_get_id (sonde_frame_get_condition (frame)), (gint64) layer, sonde_frame_get_stage (frame, i)->id,
                           measure (sonde_tensor_peek_f32 (x), sonde_tensor_get_n_elements (x), self->threshold));
    }
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* Once, after the last frame. */
static SondeResult *
finish (SondeAnalyzer *analyzer, GCancellable *cancellable, GError **error)
{
  @Type@Analyzer *self = @TYPE@_ANALYZER (analyzer);
  SondeResult *result = sonde_result_new ();
  g_autoptr (SondeFigure) figure = sonde_figure_new ("@name@", 1, 1, 400, 250); /* 1 x 1 panels, in points */
  SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
  SondeStyle style = SONDE_STYLE_INIT;

  style.marker = SONDE_MARKER_CIRCLE;
  for (guint i = 0; i < sonde_table_get_n_rows (self->table); i++)
    {
      double layer = sonde_table_get_integer (self->table, i, 1), share = sonde_table_get_number (self->table, i, 3);

      style.color = sonde_color_series (i % sonde_investigation_get_n_stages (self->investigation));
      sonde_panel_add_points (panel, &layer, &share, 1, NULL, &style, NULL);
    }
  sonde_panel_set_x_label (panel, "Layer");
  sonde_panel_set_y_label (panel, "Share above the threshold");
  sonde_figure_set_caption (figure, "Share of each stage's activations above the threshold; the colours are the stages in the table's order.");
  sonde_result_add_table (result, self->table);
  sonde_result_add_figure (result, figure);
  return result;
}

static void
iface_init (SondeAnalyzerInterface *iface)
{
  iface->describe = describe;
  iface->prepare = prepare;
  iface->process = process;
  iface->finish = finish;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (@Type@Analyzer, @type@_analyzer, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_ANALYZER, iface_init))

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_double (value, @TYPE@_ANALYZER (object)->threshold);
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  @TYPE@_ANALYZER (object)->threshold = g_value_get_double (value);
}

static void
finalize (GObject *object)
{
  g_clear_object (&@TYPE@_ANALYZER (object)->investigation);
  g_clear_object (&@TYPE@_ANALYZER (object)->table);
  G_OBJECT_CLASS (@type@_analyzer_parent_class)->finalize (object);
}

static void
@type@_analyzer_class_init (@Type@AnalyzerClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = get_property;
  object_class->set_property = set_property;
  object_class->finalize = finalize;
  /* This line is the command line, the recipe's key, the `inspect` page, the check of the range and the provenance. */
  g_object_class_install_property (object_class, 1,
                                   g_param_spec_double ("threshold", NULL, "What an activation must exceed to count", -1e6, 1e6, 0,
                                                        G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS));
}

static void
@type@_analyzer_init (@Type@Analyzer *self)
{
  self->table = sonde_table_new ("@name@", "Share of each stage's activations above the threshold");
  sonde_table_add_column (self->table, "condition", SONDE_COLUMN_STRING, NULL, "Condition");
  sonde_table_add_column (self->table, "layer", SONDE_COLUMN_INTEGER, NULL, "Layer, from 0");
  sonde_table_add_column (self->table, "stage", SONDE_COLUMN_STRING, NULL, "Stage");
  sonde_table_add_column (self->table, "share", SONDE_COLUMN_NUMBER, "1", "Share of the activations above the threshold");
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_ANALYZER, @TYPE@_TYPE_ANALYZER)
