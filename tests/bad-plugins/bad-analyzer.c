#include <math.h>
#include <string.h>

#include <sonde-plugin.h>

/* An analyzer that counts the features of each stage, with one fault, which the build chooses: BAD_FAULT is a word of this list and
 * BAD_TYPE the name of its class. */
typedef enum
{
  PROCESS_BOTH,
  PROCESS_NEITHER,
  FINISH_BOTH,
  FINISH_NEITHER,
  NO_DESCRIPTION,
  INFINITE_NUMBER,
  NAN_NUMBER,
  OTHER_TABLE,
  OTHER_COLUMN,
  OTHER_FIGURE,
  NO_CAPTION,
  UNEQUAL,
  IGNORES_CANCEL,
  CHANGES_FRAME,
  CHANGES_ATTACHED,
  NO_BLURB,
  DEFAULT_OUTSIDE,
  OTHER_START,
  ATTACHES_NOTHING,
  ATTACHES_OTHER_SHAPE,
  BAD_EXAMPLE,
  REFUSES,
  TWO_LINES,
  COMPLAINS,
} Fault;

static const Fault fault = BAD_FAULT;

typedef struct
{
  GObject parent_instance;
  int number;
  SondeTable *table;
  SondeTensor *attached; /* to the last frame */
} BadAnalyzer;

typedef struct
{
  GObjectClass parent_class;
} BadAnalyzerClass;

static guint n_objects;

static SondeTable *
new_table (const char *name, const char *last_column)
{
  SondeTable *table = sonde_table_new (name, "How many features there are");

  sonde_table_add_column (table, "condition", SONDE_COLUMN_STRING, NULL, "Condition");
  sonde_table_add_column (table, "layer", SONDE_COLUMN_INTEGER, NULL, "Layer, from 0");
  sonde_table_add_column (table, last_column, SONDE_COLUMN_NUMBER, "1", "Features of the first stage");
  return table;
}

static SondeDescription *
describe (SondeAnalyzer *analyzer)
{
  g_autoptr (SondeTable) table = new_table ("features", fault == OTHER_COLUMN ? "number" : "features");
  SondeDescription *description;

  if (fault == NO_DESCRIPTION)
    return NULL;
  description = sonde_description_new ();
  if (fault != OTHER_TABLE)
    sonde_description_add_table (description, table);
  if (fault != OTHER_FIGURE)
    sonde_description_add_figure (description, "features", "The same over layers");
  sonde_description_add_attaches (description, BAD_MODULE, "1 x stages, float64", "1", "The same");
  if (fault == BAD_EXAMPLE)
    sonde_description_set_example (description, BAD_MODULE " ! no-such-analyzer");
  return description;
}

static void
attach (BadAnalyzer *self, SondeFrame *frame)
{
  guint n = sonde_frame_get_n_stages (frame);

  if (fault == CHANGES_ATTACHED && self->attached != NULL)
    ((double *) sonde_tensor_peek_f64 (self->attached))[0] = -1;
  g_clear_pointer (&self->attached, sonde_tensor_unref);
  if (fault == ATTACHES_OTHER_SHAPE)
    n++;
  self->attached = sonde_tensor_new_take_f64 (g_new0 (double, n), 1, n);
  if (fault != ATTACHES_NOTHING)
    sonde_frame_attach (frame, BAD_MODULE, 0, self->attached);
}

static double
count (SondeTensor *tensor)
{
  if (fault == INFINITE_NUMBER)
    return INFINITY;
  if (fault == NAN_NUMBER)
    return NAN;
  return (double) sonde_tensor_get_n_columns (tensor) + (fault == UNEQUAL ? n_objects : 0);
}

static gboolean
process (SondeAnalyzer *analyzer, SondeFrame *frame, GCancellable *cancellable, GError **error)
{
  BadAnalyzer *self = (BadAnalyzer *) analyzer;
  SondeTensor *tensor = sonde_frame_get_tensor (frame, 0);

  if (fault != IGNORES_CANCEL && g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (fault == PROCESS_NEITHER)
    return FALSE;
  if (fault == PROCESS_BOTH || fault == REFUSES || (fault == TWO_LINES && sonde_frame_get_n_rows (frame) == 1))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, fault == TWO_LINES ? "there is something wrong here\nand more of it there" : "there is something wrong with these numbers");
      return fault == PROCESS_BOTH;
    }
  if (fault == CHANGES_FRAME && sonde_tensor_get_n_elements (tensor) > 0)
    ((float *) sonde_tensor_peek_f32 (tensor))[0] = 12345;
  if (fault == COMPLAINS)
    g_object_ref (NULL);
  attach (self, frame);
  sonde_table_add_row (self->table, sonde_condition_get_id (sonde_frame_get_condition (frame)), (gint64) sonde_frame_get_layer (frame), count (tensor));
  return TRUE;
}

static SondeFigure *
draw (BadAnalyzer *self)
{
  SondeFigure *figure = sonde_figure_new ("features", 1, 1, 300, 200);
  SondePanel *panel = sonde_figure_add_panel (figure, 0, 0);
  SondeStyle style = SONDE_STYLE_INIT;

  for (guint i = 0; i < sonde_table_get_n_rows (self->table); i++)
    sonde_panel_add_bar (panel, i, isfinite (sonde_table_get_number (self->table, i, 2)) ? sonde_table_get_number (self->table, i, 2) : 0, 0.8, &style, NULL);
  if (fault != NO_CAPTION)
    sonde_figure_set_caption (figure, "Features of the first stage.");
  return figure;
}

static SondeResult *
finish (SondeAnalyzer *analyzer, GCancellable *cancellable, GError **error)
{
  BadAnalyzer *self = (BadAnalyzer *) analyzer;
  g_autoptr (SondeFigure) figure = draw (self);
  SondeResult *result = sonde_result_new ();

  if (fault == FINISH_BOTH)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, "there is something wrong with these numbers");
  if (fault == FINISH_NEITHER)
    g_clear_object (&result);
  if (result == NULL)
    return NULL;
  sonde_result_add_table (result, self->table);
  sonde_result_add_figure (result, figure);
  return result;
}

static void
iface_init (gpointer interface, gpointer data)
{
  SondeAnalyzerInterface *iface = interface;

  iface->describe = describe;
  iface->process = process;
  iface->finish = finish;
}

static gpointer parent_class;

static void
get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_int (value, ((BadAnalyzer *) object)->number);
}

static void
set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  ((BadAnalyzer *) object)->number = g_value_get_int (value);
}

static void
finalize (GObject *object)
{
  g_object_unref (((BadAnalyzer *) object)->table);
  g_clear_pointer (&((BadAnalyzer *) object)->attached, sonde_tensor_unref);
  G_OBJECT_CLASS (parent_class)->finalize (object);
}

static void
class_init (gpointer class, gpointer data)
{
  GObjectClass *object_class = class;

  parent_class = g_type_class_peek_parent (class);
  object_class->get_property = get_property;
  object_class->set_property = set_property;
  object_class->finalize = finalize;
  g_object_class_install_property (object_class, 1,
                                   g_param_spec_int ("number", "Number", fault == NO_BLURB ? NULL : "A number that nothing uses", 1, 9, fault == DEFAULT_OUTSIDE ? 10 : 5,
                                                     G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
}

static void
init (GTypeInstance *instance, gpointer class)
{
  BadAnalyzer *self = (BadAnalyzer *) instance;

  n_objects++;
  self->number = fault == OTHER_START ? 6 : 5;
  self->table = new_table ("features", "features");
}

SONDE_PLUGIN_EXPORT_API

G_MODULE_EXPORT void peas_register_types (PeasObjectModule *module);
void
peas_register_types (PeasObjectModule *module)
{
  const GInterfaceInfo info = { iface_init, NULL, NULL };
  GType type = g_type_register_static_simple (G_TYPE_OBJECT, BAD_TYPE, sizeof (BadAnalyzerClass), class_init, sizeof (BadAnalyzer), init, 0);

  g_type_add_interface_static (type, SONDE_TYPE_ANALYZER, &info);
  peas_object_module_register_extension_type (module, SONDE_TYPE_ANALYZER, type);
}
