#define G_LOG_DOMAIN "sonde"

#include "dimensionality-measure.h"

#include <math.h>
#include <string.h>

/* Of a product's longer side as much is packed at a time, for the estimate of memory. */
#define PACKED_ROWS 384

/* What a thread computes with: made when it has its first stage, made larger where a later one needs more. */
typedef struct
{
  double *block;
  gsize block_size;
  double *gram;
  gsize gram_size;
} Workspace;

typedef struct
{
  SondeFrame *frame;
  GCancellable *cancellable;
  double threshold;
  Workspace *workspaces;           /* threads */
  DimensionalityOutcome *outcomes; /* stages */
} Work;

static gboolean
make_room (double **room,
           gsize *size,
           gsize wanted)
{
  if (wanted <= *size)
    return TRUE;
  g_free (*room);
  *room = g_try_new (double, wanted);
  *size = *room != NULL ? wanted : 0;
  return *room != NULL;
}

/* Of few rows the Gram matrix is in their products, which whoever looked at their similarities needed, too. False where it is not, or
 * where too little is left of it beside the means. */
static gboolean
center_products (const Work *work,
                 guint stage,
                 gsize n_rows,
                 double *gram,
                 double *means)
{
  g_autoptr (SondeTensor) products = sonde_frame_ref_products (work->frame, stage);

  if (products == NULL)
    return FALSE;
  memcpy (gram, sonde_tensor_peek_f64 (products), n_rows * n_rows * sizeof *gram);
  return sonde_math_center_products (gram, n_rows, means);
}

/* The covariance of a stage's rows is never made: the smaller of the two Gram matrices has its eigenvalues. */
static SondeMathStatus
measure_stage (const Work *work,
               guint stage,
               SondeTensor *activations,
               Workspace *workspace,
               DimensionalityOutcome *outcome)
{
  gsize n_rows = sonde_tensor_get_n_rows (activations);
  gsize n_features = sonde_tensor_get_n_columns (activations);
  gsize order = MIN (n_rows, n_features);
  g_autofree double *lambda = g_new (double, order);
  gsize dimension;
  SondeMathStatus status;

  if (!make_room (&workspace->block, &workspace->block_size, sonde_math_centered_gram_workspace (n_rows, n_features)) || !make_room (&workspace->gram, &workspace->gram_size, order * order))
    return SONDE_MATH_NO_MEMORY;
  if (!center_products (work, stage, n_rows, workspace->gram, workspace->block))
    sonde_math_centered_gram (sonde_tensor_peek_f32 (activations), n_rows, n_features, workspace->block, workspace->gram);
  if (sonde_math_participation_ratio (workspace->gram, order, &outcome->measure.ratio) != SONDE_MATH_OK)
    return SONDE_MATH_OK;
  if (g_cancellable_is_cancelled (work->cancellable))
    return SONDE_MATH_UNDEFINED;
  status = sonde_math_eigenvalues (workspace->gram, order, lambda);
  if (status == SONDE_MATH_OK && sonde_math_effective_dimension (lambda, order, work->threshold, &dimension, &outcome->margin) == SONDE_MATH_OK)
    outcome->measure.dimension = (double) dimension;
  return status;
}

static void
run_task (guint task,
          guint worker,
          gpointer user_data)
{
  Work *work = user_data;
  DimensionalityOutcome *outcome = &work->outcomes[task];
  g_autoptr (SondeTensor) activations = NULL;

  *outcome = (DimensionalityOutcome){ { NAN, NAN }, INFINITY, SONDE_MATH_UNDEFINED };
  if (g_cancellable_is_cancelled (work->cancellable))
    return;
  activations = sonde_tensor_to_f32 (sonde_frame_get_tensor (work->frame, task));
  outcome->status = measure_stage (work, task, activations, &work->workspaces[worker], outcome);
}

void
dimensionality_measure_stages (SondeFrame *frame,
                               double threshold,
                               GCancellable *cancellable,
                               DimensionalityOutcome *outcomes)
{
  guint n_workers = sonde_threads_get_n ();
  g_autofree Workspace *workspaces = g_new0 (Workspace, n_workers);
  Work work = { frame, cancellable, threshold, workspaces, outcomes };

  sonde_threads_run (sonde_frame_get_n_stages (frame), run_task, &work);
  for (guint i = 0; i < n_workers; i++)
    {
      g_free (workspaces[i].block);
      g_free (workspaces[i].gram);
    }
}

guint64
dimensionality_estimate (SondeInvestigation *investigation)
{
  const guint n_stages = sonde_investigation_get_n_stages (investigation);
  guint64 most = 0;

  for (guint i = 0; i < sonde_investigation_get_n_conditions (investigation); i++)
    for (guint j = 0; j < n_stages; j++)
      {
        const guint64 n_rows = sonde_condition_get_n_rows (sonde_investigation_get_condition (investigation, i));
        const guint64 n_features = sonde_investigation_get_n_features (investigation, j), order = MIN (n_rows, n_features);

        most = MAX (most, order * order + order * PACKED_ROWS + sonde_math_centered_gram_workspace (n_rows, n_features));
      }
  return MIN (sonde_threads_get_n (), n_stages) * most * sizeof (double);
}
