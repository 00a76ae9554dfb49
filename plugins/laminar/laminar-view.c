#define G_LOG_DOMAIN "sonde"

#include "laminar-private.h"

#include <math.h>

#include <glib/gi18n-lib.h>
#include <math/sonde-math.h>

guint
laminar_view_get_n_series (const LaminarView *view,
                           LaminarMeasure measure)
{
  guint n_stages = sonde_investigation_get_n_stages (view->investigation);

  return measure == LAMINAR_SCORE ? sonde_stage_pair_count (n_stages) : n_stages;
}

SondeTensor **
laminar_view_get_place (const LaminarView *view,
                        LaminarMeasure measure,
                        guint layer_index,
                        guint condition)
{
  guint n_conditions = sonde_investigation_get_n_conditions (view->investigation);

  return (SondeTensor **) &g_ptr_array_index (view->values[measure], layer_index * n_conditions + condition);
}

double
laminar_view_get_value (const LaminarView *view,
                        LaminarMeasure measure,
                        guint layer_index,
                        guint condition,
                        guint series)
{
  SondeTensor *values = *laminar_view_get_place (view, measure, layer_index, condition);

  if (values == NULL)
    return NAN;
  return sonde_tensor_peek_f64 (values)[series] - (measure == LAMINAR_DIMENSION ? 1 : 0);
}

char *
laminar_view_dup_correlation (const LaminarView *view,
                              guint condition)
{
  guint n_layers;
  guint n_stages = laminar_view_get_n_series (view, LAMINAR_RATIO);
  g_autofree double *x = NULL;
  g_autofree double *y = NULL;
  g_autofree char *number = NULL;
  gsize n_values = 0;
  double r;

  sonde_investigation_get_layers (view->investigation, &n_layers);
  x = g_new (double, n_layers *n_stages);
  y = g_new (double, n_layers *n_stages);
  for (guint i = 0; i < n_layers * n_stages; i++)
    {
      x[n_values] = laminar_view_get_value (view, LAMINAR_RATIO, i / n_stages, condition, i % n_stages);
      y[n_values] = laminar_view_get_value (view, LAMINAR_DIMENSION, i / n_stages, condition, i % n_stages);
      n_values += !isnan (x[n_values]) && !isnan (y[n_values]);
    }
  if (sonde_math_pearson (x, y, n_values, &r) != SONDE_MATH_OK)
    return g_strdup (_ ("r undefined"));
  number = sonde_label_dup_number ("%.2f", r);
  return g_strdup_printf ("r=%s", number);
}

const char *
laminar_view_get_axis_label (LaminarMeasure measure)
{
  return measure == LAMINAR_RATIO ? _ ("Participation ratio") : measure == LAMINAR_DIMENSION ? _ ("Effective dim.")
                                                                                             : _ ("RSA score");
}

const char *
laminar_view_get_label (const LaminarView *view,
                        guint condition,
                        SondeLabelForm form)
{
  return sonde_condition_get_label (sonde_investigation_get_condition (view->investigation, condition), form);
}

/* What legends and axes call the series: stages or pairs of stages. */
char **
laminar_view_dup_series (const LaminarView *view,
                         LaminarMeasure measure)
{
  return measure == LAMINAR_SCORE ? sonde_label_dup_stage_pairs (view->investigation) : sonde_label_dup_short_labels (view->investigation);
}

gboolean
laminar_view_has_many (const LaminarView *view,
                       LaminarMeasure measure)
{
  return laminar_view_get_n_series (view, measure) > SONDE_MOST_CATEGORIES;
}

/* The values of one series over the covered layers. */
double *
laminar_view_dup_values (const LaminarView *view,
                         LaminarMeasure measure,
                         guint condition,
                         guint series,
                         guint *n_layers)
{
  double *values;

  sonde_investigation_get_layers (view->investigation, n_layers);
  values = g_new (double, *n_layers);
  for (guint i = 0; i < *n_layers; i++)
    values[i] = laminar_view_get_value (view, measure, i, condition, series);
  return values;
}

/* The property rsa-low, or the tenth below the least score. */
double
laminar_view_find_low (const LaminarView *view)
{
  double low = view->rsa_low;

  for (guint i = 0; i < sonde_investigation_get_n_conditions (view->investigation); i++)
    for (guint j = 0; j < laminar_view_get_n_series (view, LAMINAR_SCORE); j++)
      {
        guint n_layers;
        g_autofree double *scores = laminar_view_dup_values (view, LAMINAR_SCORE, i, j, &n_layers);

        for (guint k = 0; k < n_layers; k++)
          low = fmin (low, floor (10 * scores[k]) / 10);
      }
  return low;
}

guint
laminar_view_count_measures (const LaminarView *view)
{
  return view->present[LAMINAR_RATIO] + view->present[LAMINAR_DIMENSION] + view->present[LAMINAR_SCORE];
}
