#define G_LOG_DOMAIN "sonde" /* A whole analyzer, to be read from top to bottom. */

#include <sonde-plugin.h>
#include <glib/gi18n-lib.h>

#define HELLO_TYPE_ANALYZER (hello_analyzer_get_type ())
G_DECLARE_FINAL_TYPE (HelloAnalyzer, hello_analyzer, HELLO, ANALYZER, GObject) /* called like the module, so that no other plugin has the name */

struct _HelloAnalyzer
{
  GObject parent_instance;
  double threshold;      /* the property */
  SondeProfile *profile; /* takes a number for each stage of each frame; gives the table and the figure */
};

/* The measure, in C that knows nothing of Sonde: which share of x [n] lies no farther from 0 than threshold times the root mean square
 * of x. A cut through the magnitudes is how Liu et al. 2024 (arXiv:2408.14690) count; its unit lets stages of any scale be compared. */
static double
measure (const float *x, gsize n, double threshold)
{
  double squares = 0, quiet = 0;

  for (gsize i = 0; i < n; i++)
    squares += (double) x[i] * x[i];
  for (gsize i = 0; i < n; i++)
    quiet += (double) x[i] * x[i] <= threshold * threshold * squares / n;
  return quiet / n;
}

/* For every layer, and in it for every condition. sonde_frame_attach () would leave numbers for the analyzers behind. */
static gboolean
process (SondeAnalyzer *analyzer, SondeFrame *frame, GCancellable *cancellable, GError **error)
{
  HelloAnalyzer *self = HELLO_ANALYZER (analyzer);

  for (guint i = 0; i < sonde_frame_get_n_stages (frame) && !g_cancellable_is_cancelled (cancellable); i++)
    {
      SondeTensor *x = sonde_frame_get_tensor (frame, i); /* rows x features, float32, each of them finite */

      sonde_profile_add (self->profile, frame, i, measure (sonde_tensor_peek_f32 (x), sonde_tensor_get_n_elements (x), self->threshold));
    }
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* Once before the first frame, with every property set. finish () comes once after the last; _ () marks what people read. */
static gboolean
prepare (SondeAnalyzer *analyzer, SondeInvestigation *investigation, GError **error)
{
  sonde_profile_begin (HELLO_ANALYZER (analyzer)->profile, investigation);
  return TRUE;
}

static SondeResult *
finish (SondeAnalyzer *analyzer, GCancellable *cancellable, GError **error)
{
  return sonde_profile_finish (HELLO_ANALYZER (analyzer)->profile,
                               _ ("The share of each stage's activations that are no farther from 0 than the property threshold times their root mean square."));
}

/* What `sonde inspect hello` shows and chains are checked with; the example runs. */
static SondeDescription *
describe (SondeAnalyzer *analyzer)
{
  return sonde_profile_describe (HELLO_ANALYZER (analyzer)->profile, "hello threshold=0.1");
}

static void
iface_init (SondeAnalyzerInterface *iface)
{
  iface->describe = describe;
  iface->prepare = prepare;
  iface->process = process;
  iface->finish = finish;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (HelloAnalyzer, hello_analyzer, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_ANALYZER, iface_init))

static void
hello_analyzer_init (HelloAnalyzer *self)
{
  self->profile = sonde_profile_new ("hello", N_ ("Share of quiet activations over the layers"), "quiet", "1", N_ ("Quiet activations; undefined where there are no activations"));
}

static void
finalize (GObject *object)
{
  g_object_unref (HELLO_ANALYZER (object)->profile);
  G_OBJECT_CLASS (hello_analyzer_parent_class)->finalize (object);
}

static void
hello_analyzer_class_init (HelloAnalyzerClass *class)
{
  G_OBJECT_CLASS (class)->finalize = finalize; /* The next line is the command line, the recipe's key, the check and the provenance. */
  sonde_property_install_field (G_OBJECT_CLASS (class), g_param_spec_double ("threshold", "Threshold", "How far from 0 an activation may be to be quiet, in root mean squares of its stage", 0, 100, 0.5, G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS),
                                G_STRUCT_OFFSET (HelloAnalyzer, threshold));
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_ANALYZER, HELLO_TYPE_ANALYZER)
