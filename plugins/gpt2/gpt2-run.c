#define G_LOG_DOMAIN "gpt2"

#include "gpt2-run.h"

#include <stdlib.h>

#include <glib/gi18n-lib.h>

#include "gpt2-kernels.h"

/* What the blocks of a layer share. */

float *
gpt2_run_allocate (gsize rows, gsize columns, GError **error)
{
  float *data = NULL;
  gsize n, size;

  if (g_size_checked_mul (&n, rows, columns) && g_size_checked_mul (&size, n, sizeof *data) && size <= G_MAXSSIZE)
    data = aligned_alloc (SONDE_MATH_LINE, (MAX (size, 1) + SONDE_MATH_LINE - 1) / SONDE_MATH_LINE * SONDE_MATH_LINE);
  if (!data)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("There is no memory for a matrix of %zu rows and %zu columns: run fewer or shorter sequences"), rows, columns);
  return data;
}

gsize
gpt2_run_get_workspace (gsize longest)
{
  const gsize in_line = SONDE_MATH_LINE / sizeof (float);

  return (MAX (SONDE_MATH_LINEAR_WORKSPACE, gpt2_attention_workspace (longest, longest)) + in_line - 1) / in_line * in_line;
}

/* Of every map that there is: queries, keys and values together, keys and values alone in the last layer, queries alone there and what
 * attention gives, and both of the MLP. A map of fewer columns may be packed with more of them at once. */
gsize
gpt2_run_get_packed (const Gpt2Config *config)
{
  const gsize features = config->n_features, inner = config->n_inner;
  const gsize maps[][2] = { { features, 3 * features }, { features, 2 * features }, { features, features }, { features, inner }, { inner, features } };
  gsize most = 0;

  for (guint i = 0; i < G_N_ELEMENTS (maps); i++)
    most = MAX (most, gpt2_linear_get_packed (maps[i][0], maps[i][1]));
  return most;
}

SondeMathLinear
gpt2_run_get_linear (const Gpt2Layer *layer,
                     Gpt2LayerParameter weight,
                     Gpt2LayerParameter bias,
                     gsize n_in,
                     gsize n_out)
{
  return (SondeMathLinear){ .k = n_in, .n = n_out, .weight = layer->values[weight], .weight_stride = n_out, .bias = layer->values[bias] };
}

typedef struct
{
  Gpt2Run *run;
  const float *gain, *bias;
  Gpt2Emission *emission;
} Norm;

static void
norm_part (const SondeMathPart *part, gpointer user_data)
{
  const Norm *norm = user_data;
  Gpt2Run *run = norm->run;
  const gsize features = run->config->n_features, first = part->row * features;

  gpt2_layer_norm (run->x + first, part->row_end - part->row, features, norm->gain, norm->bias, run->config->epsilon, run->a + first);
  if (norm->emission)
    gpt2_emission_take (norm->emission, run->a, part);
}

void
gpt2_run_norm (Gpt2Run *run,
               const float *gain,
               const float *bias,
               Gpt2Emission *emission)
{
  Norm norm = { run, gain, bias, emission };

  gpt2_rows_foreach (run->rows->n, run->config->n_features, norm_part, &norm);
}

/* ---- what comes out ---- */

gboolean
gpt2_run_fail_not_finite (Gpt2Run *run, guint layer, Gpt2Site site, GError **error)
{
  if (layer != SONDE_NO_LAYER && gpt2_weights_blame (run->weights, layer, error))
    return FALSE;
  if (layer == SONDE_NO_LAYER && gpt2_weights_blame (run->weights, SONDE_NO_LAYER, error))
    return FALSE;
  if (layer == SONDE_NO_LAYER)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("“%s” is not finite although its weights are: the numbers outgrow float32: use another model or text"), gpt2_site_get_name (site));
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("“%s” of layer %u is not finite although the layer's weights are: the numbers outgrow float32: use another model or text"), gpt2_site_get_name (site), layer);
  return FALSE;
}

gboolean
gpt2_run_begin (Gpt2Run *run,
                guint layer,
                Gpt2Site site,
                gsize columns,
                Gpt2Emission *emission,
                GError **error)
{
  *emission = (Gpt2Emission){ .layout = &run->layout, .gathers = run->rows != &run->layout.kept, .columns = columns, .stride = columns };
  if (!sonde_selection_has (run->selection, layer, gpt2_site_get_name (site)))
    return TRUE;
  emission->data = gpt2_run_allocate (run->layout.kept.n, columns, error);
  return emission->data != NULL;
}

gboolean
gpt2_run_hand_over (Gpt2Run *run,
                    guint layer,
                    Gpt2Site site,
                    Gpt2Emission *emission,
                    GError **error)
{
  g_autoptr (SondeTensor) tensor = NULL;

  if (!emission->data)
    return TRUE;
  tensor = sonde_tensor_new_take_f32 (g_steal_pointer (&emission->data), run->layout.kept.n, emission->columns);
  if (emission->spoilt)
    return gpt2_run_fail_not_finite (run, layer, site, error);
  return run->func (layer, gpt2_site_get_name (site), tensor, run->user_data, error);
}

gboolean
gpt2_run_emit (Gpt2Run *run,
               guint layer,
               Gpt2Site site,
               const float *matrix,
               gsize columns,
               GError **error)
{
  const SondeMathPart whole = { 0, run->rows->n, 0, columns };
  g_auto (Gpt2Emission) emission = { 0 };

  if (!gpt2_run_begin (run, layer, site, columns, &emission, error))
    return FALSE;
  gpt2_emission_take (&emission, matrix, &whole);
  return gpt2_run_hand_over (run, layer, site, &emission, error);
}
