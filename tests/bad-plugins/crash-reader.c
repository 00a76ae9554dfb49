/* Reads what crash attaches, or uses it where it is there and needs=false, beside what another attaches. It does nothing wrong. */
#define G_LOG_DOMAIN "crash-reader"

#include <sonde-plugin.h>

#define CRASH_READER_TYPE_ANALYZER (crash_reader_analyzer_get_type ())
G_DECLARE_FINAL_TYPE (CrashReaderAnalyzer, crash_reader_analyzer, CRASH_READER, ANALYZER, GObject)

struct _CrashReaderAnalyzer
{
  GObject parent_instance;

  gboolean needs;
  double sum;
  guint n_frames;
};

static SondeTable *
new_table (void)
{
  SondeTable *table = sonde_table_new ("crash-reader", "What came");

  sonde_table_add_column (table, "frames", SONDE_COLUMN_INTEGER, NULL, "Frames that came");
  sonde_table_add_column (table, "sum", SONDE_COLUMN_NUMBER, "1", "Sum of what was read");
  return table;
}

static SondeDescription *
describe (SondeAnalyzer *analyzer)
{
  SondeDescription *description = sonde_description_new ();
  g_autoptr (SondeTable) table = new_table ();

  sonde_description_add_table (description, table);

  if (CRASH_READER_ANALYZER (analyzer)->needs)
    sonde_description_add_reads (description, "rubble");
  else
    {
      sonde_description_add_uses (description, "rubble");
      sonde_description_add_uses (description, "cosine");
    }
  return description;
}

static gboolean
process (SondeAnalyzer *analyzer,
         SondeFrame *frame,
         GCancellable *cancellable,
         GError **error)
{
  CrashReaderAnalyzer *self = CRASH_READER_ANALYZER (analyzer);
  SondeTensor *rubble = sonde_frame_get_attached (frame, "rubble", 0);

  g_return_val_if_fail (rubble != NULL || !self->needs, FALSE);
  self->sum += rubble != NULL ? sonde_tensor_peek_f64 (rubble)[0] : 100;
  self->n_frames++;
  return TRUE;
}

static SondeResult *
finish (SondeAnalyzer *analyzer,
        GCancellable *cancellable,
        GError **error)
{
  CrashReaderAnalyzer *self = CRASH_READER_ANALYZER (analyzer);
  SondeResult *result = sonde_result_new ();
  g_autoptr (SondeTable) table = new_table ();

  sonde_table_add_row (table, (gint64) self->n_frames, self->sum);
  sonde_result_add_table (result, table);
  return result;
}

static void
iface_init (SondeAnalyzerInterface *iface)
{
  iface->describe = describe;
  iface->process = process;
  iface->finish = finish;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (CrashReaderAnalyzer, crash_reader_analyzer, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_ANALYZER, iface_init))

static void
get_property (GObject *object,
              guint id,
              GValue *value,
              GParamSpec *pspec)
{
  g_value_set_boolean (value, CRASH_READER_ANALYZER (object)->needs);
}

static void
set_property (GObject *object,
              guint id,
              const GValue *value,
              GParamSpec *pspec)
{
  CRASH_READER_ANALYZER (object)->needs = g_value_get_boolean (value);
}

static void
crash_reader_analyzer_class_init (CrashReaderAnalyzerClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->get_property = get_property;
  object_class->set_property = set_property;
  g_object_class_install_property (object_class, 1, g_param_spec_boolean ("needs", NULL, "Whether it cannot do without", TRUE, G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS));
}

static void
crash_reader_analyzer_init (CrashReaderAnalyzer *self)
{
}

SONDE_PLUGIN_REGISTER (SONDE_TYPE_ANALYZER, CRASH_READER_TYPE_ANALYZER)
