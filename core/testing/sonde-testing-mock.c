#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-mock.h"

#include "sonde-testing-numbers-private.h"

/**
 * SondeTestingMock:
 *
 * An investigation and its frames without a model behind them: what a test of an analyzer needs. Conditions are called
 * "condition-0" and so on; stages "stage-0", with the labels "S0", "Stage 0" and "mock stage 0", of the site "mock.stage-0".
 */
struct _SondeTestingMock
{
  GObject parent_instance;

  SondeTestingSpec spec; /* without its arrays */
  guint *widths;
  GPtrArray *conditions;
  GPtrArray *stages;
  SondeInvestigation *investigation;
};

G_DEFINE_FINAL_TYPE (SondeTestingMock, sonde_testing_mock, G_TYPE_OBJECT)

static void
sonde_testing_mock_finalize (GObject *object)
{
  SondeTestingMock *self = SONDE_TESTING_MOCK (object);

  g_free (self->widths);
  g_clear_pointer (&self->conditions, g_ptr_array_unref);
  g_clear_pointer (&self->stages, g_ptr_array_unref);
  g_clear_object (&self->investigation);
  G_OBJECT_CLASS (sonde_testing_mock_parent_class)->finalize (object);
}

static void
sonde_testing_mock_class_init (SondeTestingMockClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_testing_mock_finalize;
}

static void
sonde_testing_mock_init (SondeTestingMock *self)
{
  self->conditions = g_ptr_array_new_with_free_func (g_object_unref);
  self->stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
}

static guint *
make_widths (const SondeTestingSpec *spec)
{
  guint *widths = g_new (guint, spec->n_stages);

  for (guint i = 0; i < spec->n_stages; i++)
    widths[i] = spec->widths != NULL ? spec->widths[i] : i % 4 == 1 || i % 4 == 2 ? 48
                                                                                  : 12;
  return widths;
}

static SondeStage *
make_stage (guint index)
{
  g_autofree char *id = g_strdup_printf ("stage-%u", index);
  g_autofree char *short_label = g_strdup_printf ("S%u", index);
  g_autofree char *label = g_strdup_printf ("Stage %u", index);
  g_autofree char *axis_label = g_strdup_printf ("mock stage %u", index);
  g_autofree char *site = g_strdup_printf ("mock.stage-%u", index);

  return sonde_stage_new (id, short_label, label, axis_label, site, "x");
}

/**
 * sonde_testing_mock_new: (skip)
 * @spec: what it is made of; its arrays are copied
 *
 * Returns: (transfer full): a new mock
 */
SondeTestingMock *
sonde_testing_mock_new (const SondeTestingSpec *spec)
{
  SondeTestingMock *self;
  g_autofree guint *layers = NULL;

  g_return_val_if_fail (spec != NULL && spec->n_layers > 0 && spec->n_stages > 0 && spec->n_conditions > 0, NULL);

  self = g_object_new (SONDE_TESTING_TYPE_MOCK, NULL);
  layers = g_new (guint, spec->n_layers);
  for (guint i = 0; i < spec->n_layers; i++)
    layers[i] = i;
  self->spec = *spec;
  self->spec.widths = self->spec.layers = NULL;
  self->widths = make_widths (spec);
  for (guint i = 0; i < spec->n_conditions; i++)
    {
      g_autofree char *id = g_strdup_printf ("condition-%u", i);

      g_ptr_array_add (self->conditions, sonde_condition_new_plain (id, spec->n_rows));
    }
  for (guint i = 0; i < spec->n_stages; i++)
    g_ptr_array_add (self->stages, make_stage (i));
  self->investigation = sonde_investigation_new (spec->n_layers, spec->layers != NULL ? spec->layers : layers,
                                                 spec->layers != NULL ? spec->n_covered : spec->n_layers,
                                                 self->conditions, self->stages, self->widths);
  return self;
}

/**
 * sonde_testing_mock_new_for_widths:
 * @n_layers: layers of the model, all of them covered
 * @widths: (array length=n_stages): features of each stage
 * @n_stages: stages of the tap
 * @n_conditions: conditions
 * @n_rows: rows of each condition
 * @pathology: what is odd about the numbers
 *
 * The constructor for languages that cannot write a [struct@SondeTesting.Spec].
 *
 * Returns: (transfer full): a new mock
 */
SondeTestingMock *
sonde_testing_mock_new_for_widths (guint n_layers,
                                   const guint *widths,
                                   guint n_stages,
                                   guint n_conditions,
                                   guint n_rows,
                                   SondeTestingPathology pathology)
{
  const SondeTestingSpec spec = { .n_layers = n_layers, .n_stages = n_stages, .n_conditions = n_conditions, .n_rows = n_rows, .pathology = pathology, .widths = widths };

  g_return_val_if_fail (widths != NULL, NULL);

  return sonde_testing_mock_new (&spec);
}

/**
 * sonde_testing_mock_get_investigation:
 * @self: a mock
 *
 * Returns: (transfer none): what an analyzer is prepared with
 */
SondeInvestigation *
sonde_testing_mock_get_investigation (SondeTestingMock *self)
{
  g_return_val_if_fail (SONDE_TESTING_IS_MOCK (self), NULL);
  return self->investigation;
}

/**
 * sonde_testing_mock_get_conditions:
 * @self: a mock
 *
 * Returns: (transfer none) (element-type SondeCondition): its conditions, in order
 */
GPtrArray *
sonde_testing_mock_get_conditions (SondeTestingMock *self)
{
  g_return_val_if_fail (SONDE_TESTING_IS_MOCK (self), NULL);
  return self->conditions;
}

/**
 * sonde_testing_mock_get_stages:
 * @self: a mock
 *
 * Returns: (transfer none) (element-type SondeStage): its stages, in order
 */
GPtrArray *
sonde_testing_mock_get_stages (SondeTestingMock *self)
{
  g_return_val_if_fail (SONDE_TESTING_IS_MOCK (self), NULL);
  return self->stages;
}

/* The pathology's shape over numbers that depend on condition, layer and row, and less on the stage: stages are alike. */
static float
make_value (SondeTestingMock *self,
            guint64 *state,
            guint64 *shared,
            guint row,
            float first_row)
{
  switch ((int) self->spec.pathology)
    {
    case SONDE_TESTING_CONSTANT_ROWS:
      return first_row;
    case SONDE_TESTING_RANK_ONE:
      return first_row * (1 + (float) row);
    case SONDE_TESTING_ZERO_ROWS:
      return row == 0 || row == 2 ? 0 : _sonde_testing_draw (state) + _sonde_testing_draw (shared);
    default:
      return _sonde_testing_draw (state) + _sonde_testing_draw (shared);
    }
}

/**
 * sonde_testing_mock_new_tensor:
 * @self: a mock
 * @condition: which condition, from 0
 * @layer: which layer, from 0
 * @stage: which stage, from 0
 *
 * Returns: (transfer full): float32, rows x width of the stage: the numbers of one stage of one frame
 */
SondeTensor *
sonde_testing_mock_new_tensor (SondeTestingMock *self,
                               guint condition,
                               guint layer,
                               guint stage)
{
  guint64 state = 1 + condition + 100 * layer + 100000 * stage;
  guint64 shared = 7 + condition + 100 * layer;
  g_autofree float *first_row = NULL;
  float *values;
  guint width;

  g_return_val_if_fail (SONDE_TESTING_IS_MOCK (self) && stage < self->spec.n_stages, NULL);

  width = self->widths[stage];
  first_row = g_new (float, width);
  values = g_new (float, (gsize) self->spec.n_rows *width);
  for (guint j = 0; j < width; j++)
    first_row[j] = _sonde_testing_draw (&state);
  for (guint i = 0; i < self->spec.n_rows; i++)
    for (guint j = 0; j < width; j++)
      values[(gsize) i * width + j] = make_value (self, &state, &shared, i, first_row[j]);
  _sonde_testing_spoil (self->spec.pathology, values, self->spec.n_rows, width);
  return sonde_tensor_new_take_f32 (values, self->spec.n_rows, width);
}

/**
 * sonde_testing_mock_new_frame:
 * @self: a mock
 * @condition: which condition, from 0
 * @layer: which layer, from 0
 *
 * Returns: (transfer full): the frame of that condition and layer
 */
SondeFrame *
sonde_testing_mock_new_frame (SondeTestingMock *self,
                              guint condition,
                              guint layer)
{
  g_autoptr (GPtrArray) tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);

  g_return_val_if_fail (SONDE_TESTING_IS_MOCK (self) && condition < self->spec.n_conditions, NULL);

  for (guint i = 0; i < self->spec.n_stages; i++)
    g_ptr_array_add (tensors, sonde_testing_mock_new_tensor (self, condition, layer, i));
  return sonde_testing_mock_new_frame_for_tensors (self, condition, layer, tensors);
}

/**
 * sonde_testing_mock_new_frame_with: (skip)
 * @self: a mock
 * @condition: which condition, from 0
 * @layer: which layer, from 0
 * @values: numbers of the test's own, copied: for each stage rows x width, row by row
 *
 * Returns: (transfer full): a frame of that condition and layer
 */
SondeFrame *
sonde_testing_mock_new_frame_with (SondeTestingMock *self,
                                   guint condition,
                                   guint layer,
                                   const float *const *values)
{
  g_autoptr (GPtrArray) tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);

  g_return_val_if_fail (SONDE_TESTING_IS_MOCK (self) && condition < self->spec.n_conditions, NULL);

  for (guint i = 0; i < self->spec.n_stages; i++)
    g_ptr_array_add (tensors, sonde_tensor_new_take_f32 (g_memdup2 (values[i], (gsize) self->spec.n_rows * self->widths[i] * sizeof (float)), self->spec.n_rows, self->widths[i]));
  return sonde_testing_mock_new_frame_for_tensors (self, condition, layer, tensors);
}

/**
 * sonde_testing_mock_new_frame_for_tensors:
 * @self: a mock
 * @condition: which condition, from 0
 * @layer: which layer, from 0
 * @tensors: (element-type SondeTensor): numbers of the test's own: for each stage float32, rows x width
 *
 * Returns: (transfer full): a frame of that condition and layer
 */
SondeFrame *
sonde_testing_mock_new_frame_for_tensors (SondeTestingMock *self,
                                          guint condition,
                                          guint layer,
                                          GPtrArray *tensors)
{
  g_return_val_if_fail (SONDE_TESTING_IS_MOCK (self) && condition < self->spec.n_conditions, NULL);
  g_return_val_if_fail (tensors != NULL && tensors->len == self->spec.n_stages, NULL);

  return sonde_frame_new (g_ptr_array_index (self->conditions, condition), condition, layer, self->stages, tensors);
}

static gboolean
pass_frame (SondeFrame *frame,
            GPtrArray *analyzers,
            GCancellable *cancellable,
            GError **error)
{
  for (guint i = 0; i < analyzers->len; i++)
    if (!sonde_analyzer_process (g_ptr_array_index (analyzers, i), frame, cancellable, error))
      return FALSE;
  return sonde_frame_finish (frame, cancellable, error);
}

/**
 * sonde_testing_mock_run:
 * @self: a mock
 * @analyzers: (element-type SondeAnalyzer): a chain, none of it prepared yet
 * @cancellable: (nullable): ends the run with %G_IO_ERROR_CANCELLED
 * @error: return location for an error
 *
 * Prepares all, lets every frame pass all of them in order, finishes all, as a run does. Frames of layers that are not covered
 * come too, as they do where another analyzer wants them. Fails with the first error of an analyzer.
 *
 * Returns: (transfer full): the last analyzer's result, or %NULL
 */
SondeResult *
sonde_testing_mock_run (SondeTestingMock *self,
                        GPtrArray *analyzers,
                        GCancellable *cancellable,
                        GError **error)
{
  g_autoptr (SondeResult) result = NULL;

  g_return_val_if_fail (SONDE_TESTING_IS_MOCK (self) && analyzers != NULL && analyzers->len > 0, NULL);

  for (guint i = 0; i < analyzers->len; i++)
    if (!sonde_analyzer_prepare (g_ptr_array_index (analyzers, i), self->investigation, error))
      return NULL;
  for (guint layer = 0; layer < self->spec.n_layers; layer++)
    for (guint condition = 0; condition < self->spec.n_conditions; condition++)
      {
        g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (self, condition, layer);

        if (!pass_frame (frame, analyzers, cancellable, error))
          return NULL;
      }
  for (guint i = 0; i < analyzers->len; i++)
    {
      g_clear_object (&result);
      result = sonde_analyzer_finish (g_ptr_array_index (analyzers, i), cancellable, error);
      if (result == NULL)
        return NULL;
    }
  return g_steal_pointer (&result);
}

/**
 * sonde_testing_find_table:
 * @result: what an analyzer gave
 * @name: the name of a table
 *
 * Returns: (transfer none) (nullable): the table of that name
 */
SondeTable *
sonde_testing_find_table (SondeResult *result,
                          const char *name)
{
  GPtrArray *tables;

  g_return_val_if_fail (SONDE_IS_RESULT (result) && name != NULL, NULL);

  tables = sonde_result_get_tables (result);
  for (guint i = 0; i < tables->len; i++)
    if (g_str_equal (sonde_table_get_name (g_ptr_array_index (tables, i)), name))
      return g_ptr_array_index (tables, i);
  return NULL;
}

/**
 * sonde_testing_find_figure:
 * @result: what an analyzer gave
 * @name: the name of a figure
 *
 * Returns: (transfer none) (nullable): the figure of that name
 */
SondeFigure *
sonde_testing_find_figure (SondeResult *result,
                           const char *name)
{
  GPtrArray *figures;

  g_return_val_if_fail (SONDE_IS_RESULT (result) && name != NULL, NULL);

  figures = sonde_result_get_figures (result);
  for (guint i = 0; i < figures->len; i++)
    if (g_str_equal (sonde_figure_get_name (g_ptr_array_index (figures, i)), name))
      return g_ptr_array_index (figures, i);
  return NULL;
}
