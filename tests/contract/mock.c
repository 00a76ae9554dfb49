#define G_LOG_DOMAIN "sonde"

#include "mock.h"

struct _Mock
{
  MockSpec spec;
  guint *widths;
  GPtrArray *conditions;
  GPtrArray *stages;
  SondeInvestigation *investigation;
};

static guint *
make_widths (const MockSpec *spec)
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

  return sonde_stage_new (id, short_label, label, axis_label, "mock.site", "x");
}

Mock *
mock_new (const MockSpec *spec)
{
  Mock *mock = g_new0 (Mock, 1);
  g_autofree guint *layers = g_new (guint, spec->n_layers);

  for (guint i = 0; i < spec->n_layers; i++)
    layers[i] = i;
  mock->spec = *spec;
  mock->widths = make_widths (spec);
  mock->conditions = g_ptr_array_new_with_free_func (g_object_unref);
  mock->stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  for (guint i = 0; i < spec->n_conditions; i++)
    {
      g_autofree char *id = g_strdup_printf ("condition-%u", i);

      g_ptr_array_add (mock->conditions, sonde_condition_new_plain (id, spec->n_rows));
    }
  for (guint i = 0; i < spec->n_stages; i++)
    g_ptr_array_add (mock->stages, make_stage (i));
  mock->investigation = sonde_investigation_new (spec->n_layers, spec->layers != NULL ? spec->layers : layers,
                                                 spec->layers != NULL ? spec->n_covered : spec->n_layers,
                                                 mock->conditions, mock->stages, mock->widths);
  return mock;
}

void
mock_free (Mock *mock)
{
  g_free (mock->widths);
  g_ptr_array_unref (mock->conditions);
  g_ptr_array_unref (mock->stages);
  g_object_unref (mock->investigation);
  g_free (mock);
}

SondeInvestigation *
mock_get_investigation (Mock *mock)
{
  return mock->investigation;
}

/* Four uniform numbers of a linear congruential generator, added up: from -2 to 2, about normal. */
static float
draw (guint64 *state)
{
  double sum = -2;

  for (guint i = 0; i < 4; i++)
    {
      *state = *state * G_GUINT64_CONSTANT (6364136223846793005) + G_GUINT64_CONSTANT (1442695040888963407);
      sum += (double) (*state >> 40) / (1 << 24);
    }
  return (float) sum;
}

/* @kind's shape over numbers that depend on condition, layer and row, and less on the stage: stages are alike. */
static float
make_value (const Mock *mock,
            guint64 *state,
            guint64 *shared,
            guint row,
            float first_row)
{
  switch (mock->spec.kind)
    {
    case MOCK_CONSTANT_ROWS:
      return first_row;
    case MOCK_RANK_ONE:
      return first_row * (1 + (float) row);
    case MOCK_ZERO_ROWS:
      return row == 0 || row == 2 ? 0 : draw (state) + draw (shared);
    case MOCK_RANDOM:
    default:
      return draw (state) + draw (shared);
    }
}

static float *
make_values (const Mock *mock,
             guint condition,
             guint layer,
             guint stage)
{
  guint width = mock->widths[stage];
  g_autofree float *first_row = g_new (float, width);
  float *values = g_new (float, mock->spec.n_rows *width);
  guint64 state = 1 + condition + 100 * layer + 100000 * stage;
  guint64 shared = 7 + condition + 100 * layer;

  for (guint j = 0; j < width; j++)
    first_row[j] = draw (&state);
  for (guint i = 0; i < mock->spec.n_rows; i++)
    for (guint j = 0; j < width; j++)
      values[i * width + j] = make_value (mock, &state, &shared, i, first_row[j]);
  return values;
}

static SondeFrame *
make_frame (Mock *mock,
            guint condition,
            guint layer,
            const float *const *values)
{
  g_autoptr (GPtrArray) tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);

  for (guint i = 0; i < mock->spec.n_stages; i++)
    {
      gsize n_values = (gsize) mock->spec.n_rows * mock->widths[i];
      float *copy = values != NULL ? g_memdup2 (values[i], n_values * sizeof (float)) : make_values (mock, condition, layer, i);

      g_ptr_array_add (tensors, sonde_tensor_new_take_f32 (copy, mock->spec.n_rows, mock->widths[i]));
    }
  return sonde_frame_new (g_ptr_array_index (mock->conditions, condition), condition, layer, mock->stages, tensors);
}

SondeFrame *
mock_new_frame (Mock *mock,
                guint condition,
                guint layer)
{
  return make_frame (mock, condition, layer, NULL);
}

SondeFrame *
mock_new_frame_with (Mock *mock,
                     guint condition,
                     guint layer,
                     const float *const *values)
{
  return make_frame (mock, condition, layer, values);
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

SondeResult *
mock_run (Mock *mock,
          GPtrArray *analyzers,
          GCancellable *cancellable,
          GError **error)
{
  g_autoptr (SondeResult) result = NULL;

  for (guint i = 0; i < analyzers->len; i++)
    if (!sonde_analyzer_prepare (g_ptr_array_index (analyzers, i), mock->investigation, error))
      return NULL;
  for (guint layer = 0; layer < mock->spec.n_layers; layer++)
    for (guint condition = 0; condition < mock->spec.n_conditions; condition++)
      {
        g_autoptr (SondeFrame) frame = mock_new_frame (mock, condition, layer);

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

SondeTable *
mock_find_table (SondeResult *result,
                 const char *name)
{
  GPtrArray *tables = sonde_result_get_tables (result);

  for (guint i = 0; i < tables->len; i++)
    if (g_str_equal (sonde_table_get_name (g_ptr_array_index (tables, i)), name))
      return g_ptr_array_index (tables, i);
  return NULL;
}

SondeFigure *
mock_find_figure (SondeResult *result,
                  const char *name)
{
  GPtrArray *figures = sonde_result_get_figures (result);

  for (guint i = 0; i < figures->len; i++)
    if (g_str_equal (sonde_figure_get_name (g_ptr_array_index (figures, i)), name))
      return g_ptr_array_index (figures, i);
  return NULL;
}
