#define G_LOG_DOMAIN "sonde"

#include "sonde-analyzer.h"

#include "sonde-checks-private.h"
#include "sonde-result-check-private.h"

/**
 * SondeAnalyzerInterface:
 * @parent_iface: the parent
 * @describe: what it reads, attaches and gives. Called at any time, also before the others
 * @prepare: optional: once before the first frame, with every property set. Forgets what an earlier investigation left
 * @process: once for every frame: layers ascending, in each the conditions in order. Computes, attaches, records. Long work looks
 *   at the cancellable
 * @finish: once after the last frame: tables and figures. Fails where something that it needs did not come
 * @estimate: optional: adds the memory that it will need beside the frames', after prepare (); where that grows with them
 *
 * What an analyzer implements. All methods are called from one thread. Each that fails sets its error; each that succeeds does
 * not.
 */

/**
 * SondeAnalyzer:
 *
 * Reads what is on a frame, attaches its own numbers, and after the last frame gives tables and figures. Its options are
 * its GObject properties.
 */
G_DEFINE_INTERFACE (SondeAnalyzer, sonde_analyzer, G_TYPE_OBJECT)

static void
sonde_analyzer_default_init (SondeAnalyzerInterface *iface)
{
}

/**
 * sonde_analyzer_describe:
 *
 * Asks an analyzer what it is. Called at any time, before `prepare ()` too, and with whatever properties are set.
 *
 * Returns: (transfer full): what this analyzer reads, attaches and gives; empty where it says nothing
 */
SondeDescription *
sonde_analyzer_describe (SondeAnalyzer *self)
{
  SondeAnalyzerInterface *iface;
  SondeDescription *description = NULL;

  g_return_val_if_fail (SONDE_IS_ANALYZER (self), NULL);

  iface = SONDE_ANALYZER_GET_IFACE (self);
  if (iface->describe != NULL)
    description = iface->describe (self);
  return description != NULL ? description : sonde_description_new ();
}

/**
 * sonde_analyzer_prepare:
 * @investigation: what is going to come
 *
 * Called once, before the first frame, with every property set.
 *
 * Implementations forget what an earlier investigation left, make room for what is going to come, and refuse what they cannot
 * analyse, such as a layer that does not exist (%SONDE_ERROR_PROPERTY) or a single stage (%SONDE_ERROR_VALUE). A reference to
 * @investigation may be kept. Optional.
 *
 * Returns: %FALSE with @error set where this investigation cannot be analysed
 */
gboolean
sonde_analyzer_prepare (SondeAnalyzer *self,
                        SondeInvestigation *investigation,
                        GError **error)
{
  SondeAnalyzerInterface *iface;
  GError *local = NULL;
  gboolean prepared;

  g_return_val_if_fail (SONDE_IS_ANALYZER (self), FALSE);
  g_return_val_if_fail (SONDE_IS_INVESTIGATION (investigation), FALSE);

  iface = SONDE_ANALYZER_GET_IFACE (self);
  if (iface->prepare == NULL)
    return TRUE;
  prepared = iface->prepare (self, investigation, &local);
  return _sonde_check_outcome (self, "prepare", prepared, local, error);
}

/**
 * sonde_analyzer_process:
 * @frame: one (condition, layer), with what analyzers upstream attached
 * @cancellable: (nullable): to be looked at wherever it takes long: process () fails with %G_IO_ERROR_CANCELLED
 *
 * Called once for every frame: layers ascending, in each the conditions in order.
 *
 * Implementations read the stages (rows x features, float32, every value finite) and what is attached, compute, attach what they
 * declared with sonde_frame_attach(), and keep the numbers that their tables will hold; of layers for which
 * sonde_investigation_covers() is %FALSE they keep none. The frame is freed after it has been down the chain: what is kept of it
 * costs memory for each layer. Data that have no result, as too few rows, are refused with %SONDE_ERROR_VALUE.
 *
 * Returns: %FALSE with @error set to end the run
 */
gboolean
sonde_analyzer_process (SondeAnalyzer *self,
                        SondeFrame *frame,
                        GCancellable *cancellable,
                        GError **error)
{
  SondeAnalyzerInterface *iface;
  GError *local = NULL;
  gboolean processed;

  g_return_val_if_fail (SONDE_IS_ANALYZER (self), FALSE);
  g_return_val_if_fail (SONDE_IS_FRAME (frame), FALSE);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  iface = SONDE_ANALYZER_GET_IFACE (self);
  processed = iface->process != NULL && iface->process (self, frame, cancellable, &local);
  return _sonde_check_outcome (self, "process", processed, local, error);
}

/**
 * sonde_analyzer_finish:
 * @cancellable: (nullable): as in sonde_analyzer_process()
 *
 * Called once, after the last frame. Fails with %SONDE_ERROR_PLUGIN where it gives a table or a figure that it does not describe, or
 * an infinite number.
 *
 * Implementations give the tables and figures that they described, with a warning for each number that is undefined.
 *
 * Returns: (transfer full): tables, figures, tensors; or %NULL with @error set
 */
SondeResult *
sonde_analyzer_finish (SondeAnalyzer *self,
                       GCancellable *cancellable,
                       GError **error)
{
  SondeAnalyzerInterface *iface;
  g_autoptr (SondeResult) result = NULL;
  GError *local = NULL;

  g_return_val_if_fail (SONDE_IS_ANALYZER (self), NULL);

  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  iface = SONDE_ANALYZER_GET_IFACE (self);
  if (iface->finish != NULL)
    result = iface->finish (self, cancellable, &local);
  if (!_sonde_check_outcome (self, "finish", SONDE_IS_RESULT (result), local, error) || !_sonde_check_result (self, result, error))
    return NULL;
  return g_steal_pointer (&result);
}

/**
 * SondeAnalyzerInterface::estimate:
 * @self: an analyzer that was prepared
 * @estimate: zeros, to which it adds
 *
 * Says what memory it will need beside the frames'.
 */

/**
 * sonde_analyzer_estimate: (skip)
 *
 * Called after it was prepared, and before the first frame. Both numbers are 0 where the analyzer does not say.
 *
 * Returns: the memory that it needs of its own, beside that of the frames
 */
SondeEstimate
sonde_analyzer_estimate (SondeAnalyzer *self)
{
  SondeAnalyzerInterface *iface;
  SondeEstimate estimate = { 0, 0, 0 };

  g_return_val_if_fail (SONDE_IS_ANALYZER (self), estimate);

  iface = SONDE_ANALYZER_GET_IFACE (self);
  if (iface->estimate != NULL)
    iface->estimate (self, &estimate);
  return estimate;
}
