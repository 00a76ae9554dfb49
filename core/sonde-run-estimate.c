#define G_LOG_DOMAIN "sonde"

#include "sonde-run.h"

#include <string.h>

#include <gio/gio.h>

#include "sonde-run-private.h"
#include "sonde-saturate-private.h"
#include "sonde-threads.h"

#define MIB ((guint64) 1 << 20)
/* What was freed and stays for the next who asks, at most. */
#define FREED_BYTES (64 * MIB)
/* What OpenBLAS touches of its buffers in each thread that multiplies, and what a thread needs besides. */
#define THREAD_BYTES (4 * MIB)
/* Drawing: fonts, Pango's caches and cairo's surfaces, for the first thread and for each further one; and the finished files. */
#define DRAWING_BYTES (15 * MIB)
#define DRAWING_THREAD_BYTES (2 * MIB)

/* ---- activations ---- */

static guint64
count_row_bytes (SondeRun *self)
{
  guint64 features = 0;

  for (guint s = 0; s < self->stages->len; s++)
    features += sonde_investigation_get_n_features (self->investigation, s);
  return _sonde_saturated_product (features, sizeof (float));
}

/**
 * sonde_run_estimate_bytes:
 *
 * Foretells how many bytes the activations of one layer take, of all conditions together.
 *
 * Returns: the bytes that one layer's kept activations take, for all conditions
 */
guint64
sonde_run_estimate_bytes (SondeRun *self)
{
  guint64 n_rows = 0;

  g_return_val_if_fail (SONDE_IS_RUN (self), 0);

  for (guint b = 0; b < self->batches->len; b++)
    n_rows = _sonde_saturated_sum (n_rows, sonde_batch_get_n_rows (((SondeRunBatch *) g_ptr_array_index (self->batches, b))->batch));
  return _sonde_saturated_product (n_rows, count_row_bytes (self));
}

/**
 * sonde_run_estimate_bytes_at_once:
 *
 * Foretells how many bytes of activations are in memory at a time: those of one layer, of the conditions that run together.
 *
 * Returns: the bytes that one layer's kept activations take, for the batch that keeps most rows
 */
guint64
sonde_run_estimate_bytes_at_once (SondeRun *self)
{
  guint64 n_rows = 0;

  g_return_val_if_fail (SONDE_IS_RUN (self), 0);

  for (guint b = 0; b < self->batches->len; b++)
    n_rows = MAX (n_rows, sonde_batch_get_n_rows (((SondeRunBatch *) g_ptr_array_index (self->batches, b))->batch));
  return _sonde_saturated_product (n_rows, count_row_bytes (self));
}

/* ---- memory ---- */

/* Private memory of this process now, in bytes; 0 where the system does not tell. */
static guint64
get_private_bytes (void)
{
  g_autofree char *status = NULL;
  const char *line;

  if (!g_file_get_contents ("/proc/self/status", &status, NULL, NULL))
    return 0;
  line = strstr (status, "RssAnon:");
  return line != NULL ? g_ascii_strtoull (line + strlen ("RssAnon:"), NULL, 10) * 1024 : 0;
}

/* One analyzer works at a time, so that the largest work counts, and of the others what the C library does not give back at once;
 * then what all of them keep and leave. */
static SondeEstimate
estimate_chain (SondeRun *self)
{
  SondeChain *chain = self->chain;
  SondeEstimate sum = { 0, 0, 0 };
  guint64 most = 0;

  for (guint i = 0; chain != NULL && i < sonde_chain_get_n_analyzers (chain); i++)
    {
      SondeEstimate one = sonde_analyzer_estimate (sonde_chain_get_analyzer (chain, i, NULL));

      most = MAX (most, one.working);
      sum.working = _sonde_saturated_sum (sum.working, one.working);
      sum.kept = _sonde_saturated_sum (sum.kept, one.kept);
      sum.result = _sonde_saturated_sum (sum.result, one.result);
    }
  sum.working = _sonde_saturated_sum (most, MIN (sum.working - most, FREED_BYTES));
  return sum;
}

static SondeEstimate
estimate_batch (SondeRun *self,
                SondeBatch *batch,
                SondeSelection *layered,
                SondeSelection *fixed)
{
  SondeEstimate estimate = sonde_model_estimate (self->model, batch, layered);
  const SondeEstimate before = sonde_model_estimate (self->model, batch, fixed);

  estimate.working = MAX (estimate.working, before.working);
  for (guint i = 0; i < self->stages->len; i++)
    if (!((SondeSite *) g_ptr_array_index (self->sites, i))->per_layer)
      {
        const guint64 n = _sonde_saturated_product (sonde_investigation_get_n_features (self->investigation, i), sonde_batch_get_n_rows (batch));

        estimate.kept = _sonde_saturated_sum (estimate.kept, _sonde_saturated_product (n, sizeof (float)));
      }
  return estimate;
}

static SondeEstimate
estimate_model (SondeRun *self)
{
  g_autoptr (SondeSelection) layered = _sonde_run_select_sites (self, FALSE);
  g_autoptr (SondeSelection) fixed = _sonde_run_select_sites (self, TRUE);
  SondeEstimate most = { 0, 0, 0 };

  for (guint b = 0; b < self->batches->len; b++)
    {
      const SondeEstimate one = estimate_batch (self, ((SondeRunBatch *) g_ptr_array_index (self->batches, b))->batch, layered, fixed);

      if (_sonde_saturated_sum (one.working, one.kept) >= _sonde_saturated_sum (most.working, most.kept))
        most = one;
    }
  return most;
}

/**
 * sonde_run_estimate_memory:
 *
 * What stands in memory already, and what the model, the frames, the analyzers and the report will add at their most; files that
 * are mapped do not count, since the system takes their memory back when it needs it.
 *
 * Returns: the private memory of the process at its peak, in bytes, to about a fifth
 */
guint64
sonde_run_estimate_memory (SondeRun *self)
{
  const guint n_threads = sonde_threads_get_n ();
  SondeEstimate chain, model;
  guint64 running, drawing;

  g_return_val_if_fail (SONDE_IS_RUN (self), 0);

  chain = estimate_chain (self);
  model = estimate_model (self);
  running = _sonde_saturated_sum (_sonde_saturated_sum (model.working, model.kept), _sonde_saturated_sum (chain.working, chain.kept));
  running = _sonde_saturated_sum (running, n_threads * THREAD_BYTES);
  drawing = self->chain != NULL ? _sonde_saturated_sum (chain.result, DRAWING_BYTES + (n_threads - 1) * DRAWING_THREAD_BYTES) : 0;
  return _sonde_saturated_sum (get_private_bytes (), MAX (running, drawing));
}
