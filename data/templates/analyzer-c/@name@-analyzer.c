#define G_LOG_DOMAIN "@name@"

#include <sonde-plugin.h>

#define @TYPE@_TYPE_ANALYZER (@type@_analyzer_get_type ())
G_DECLARE_FINAL_TYPE (@Type@Analyzer, @type@_analyzer, @TYPE@, ANALYZER, GObject)

struct _@Type@Analyzer
{
  GObject parent_instance;
  double threshold;      /* the property */
  SondeProfile *profile; /* takes a number for each stage of each frame; gives the table and the figure */
};

/* Put your measure here: pure C over pointers. This one is the share of x [n] above the threshold. */
static double
measure (const float *x, gsize n, double threshold)
{
  gsize above = 0;

  for (gsize i = 0; i < n; i++)
    above += x[i] > threshold;
  return (double) above / n; /* NaN where there is nothing: undefined */
}

/* What `sonde inspect @name@` prints, and chains are checked with; the example runs. */
static SondeDescription *
describe (SondeAnalyzer *analyzer)
{
  return sonde_profile_describe (@TYPE@_ANALYZER (analyzer)->profile, "@name@ threshold=0.5");
}

/* Once, before the first frame, with every property set. */
static gboolean
prepare (SondeAnalyzer *analyzer, SondeInvestigation *investigation, GError **error)
{
  sonde_profile_begin (@TYPE@_ANALYZER (analyzer)->profile, investigation);
  return TRUE;
}

/* For every layer, and in it for every condition. What takes long looks at the cancellable between its parts, too. */
static gboolean
process (SondeAnalyzer *analyzer, SondeFrame *frame, GCancellable *cancellable, GError **error)
{
  @Type@Analyzer *self = @TYPE@_ANALYZER (analyzer);

  for (guint i = 0; i < sonde_frame_get_n_stages (frame); i++)
    {
      SondeTensor *x = sonde_frame_get_tensor (frame, i); /* rows x features, float32 */

      sonde_profile_add (self->profile, frame, i, measure (sonde_tensor_peek_f32 (x), sonde_tensor_get_n_elements (x), self->threshold));
    }
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* Once, after the last frame. Tables and figures of another form are a SondeTable and a SondeFigure in a SondeResult. */
static SondeResult *
finish (SondeAnalyzer *analyzer, GCancellable *cancellable, GError **error)
{
  return sonde_profile_finish (@TYPE@_ANALYZER (analyzer)->profile, "The share of each stage's activations above the property threshold.");
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
finalize (GObject *object)
{
  g_object_unref (@TYPE@_ANALYZER (object)->profile);
  G_OBJECT_CLASS (@type@_analyzer_parent_class)->finalize (object);
}

static void
@type@_analyzer_class_init (@Type@AnalyzerClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->finalize = finalize;
  /* This line is the command line, the recipe's key, the `inspect` page, the check of the range and the provenance. */
  sonde_property_install_field (object_class, g_param_spec_double ("threshold", NULL, "What an activation must exceed to count", -1e6, 1e6, 0,
                                                                   G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS),
                                G_STRUCT_OFFSET (@Type@Analyzer, threshold));
}

static void
@type@_analyzer_init (@Type@Analyzer *self)
{
  self->profile = sonde_profile_new ("@name@", "Share of each stage's activations above the threshold", "share", "1", "Share above the threshold; undefined where there are no activations");
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_ANALYZER, @TYPE@_TYPE_ANALYZER)
