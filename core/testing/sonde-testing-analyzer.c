#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-chain-private.h"

#include <figure/sonde-figure-writer.h>
#include <string.h>

/* What holds for every analyzer, whatever it computes and whoever wrote it. */

static const SondeTestingSpec usual = { .n_layers = 3, .n_stages = 4, .n_conditions = 2, .n_rows = 24 };

static SondeResult *
run_usual (SondeTestingSubject *subject,
           GError **error)
{
  GError *local = NULL;
  SondeResult *result = _sonde_testing_run_chain (subject, &usual, &local);

  if (result == NULL)
    _sonde_testing_fail_with (error, local, "it must work on random numbers");
  return result;
}

/* ---- what it says of itself ---- */

static gboolean
check_attachment (const SondeAttachmentInfo *info,
                  GError **error)
{
  return _sonde_testing_check_words (info->name, error, "the name of something that it attaches") && _sonde_testing_check_words (info->shape, error, "the shape of “%s”, which it attaches,", info->name) && _sonde_testing_check_words (info->unit, error, "the unit of “%s”, which it attaches,", info->name) && _sonde_testing_check_words (info->blurb, error, "the blurb of “%s”, which it attaches,", info->name);
}

static gboolean
check_description (SondeTestingSubject *subject,
                   gconstpointer data,
                   GError **error)
{
  g_autoptr (SondeDescription) description = _sonde_testing_describe (subject, error);
  GPtrArray *attached, *tables, *figures;

  if (description == NULL)
    return FALSE;
  attached = sonde_description_get_attaches (description);
  tables = sonde_description_get_tables (description);
  figures = sonde_description_get_figures (description);
  if (attached->len + tables->len + figures->len == 0)
    return _sonde_testing_fail (error, "it describes nothing that it attaches or gives");
  for (guint i = 0; i < attached->len; i++)
    if (!check_attachment (g_ptr_array_index (attached, i), error))
      return FALSE;
  for (guint i = 0; i < tables->len; i++)
    if (!_sonde_testing_check_columns (g_ptr_array_index (tables, i), error))
      return FALSE;
    else if (sonde_table_get_n_rows (g_ptr_array_index (tables, i)) != 0)
      return _sonde_testing_fail (error, "it describes table %s with rows in it", sonde_table_get_name (g_ptr_array_index (tables, i)));
  for (guint i = 0; i < figures->len; i++)
    {
      const SondeAttachmentInfo *info = g_ptr_array_index (figures, i);

      if (!_sonde_testing_check_words (info->name, error, "the name of figure %u", i) || !_sonde_testing_check_words (info->blurb, error, "the blurb of figure %s", info->name))
        return FALSE;
    }
  return TRUE;
}

/* The example is a chain that fits together and holds the analyzer that it is an example of. */
static gboolean
check_example (SondeTestingSubject *subject,
               gconstpointer data,
               GError **error)
{
  g_autoptr (SondeDescription) description = _sonde_testing_describe (subject, error);
  const char *example = description != NULL ? sonde_description_get_example (description) : NULL;
  g_autoptr (SondeChain) chain = NULL;
  g_autoptr (GError) local = NULL;

  if (description == NULL)
    return FALSE;
  if (example == NULL)
    return _sonde_testing_skip (subject, "it gives no example");
  chain = sonde_chain_parse (subject->registry, example, &local);
  if (chain == NULL || !sonde_chain_check (chain, subject->registry, &local))
    return _sonde_testing_fail (error, "its example “%s” is no chain that fits together: %s", example, local->message);
  return sonde_chain_find_analyzer (chain, subject->name) != NULL || _sonde_testing_fail (error, "its example “%s” does not hold it", example);
}

/* ---- result xor error ---- */

static gboolean
prepare_directly (SondeAnalyzer *analyzer,
                  SondeTestingMock *mock,
                  GError **error)
{
  SondeAnalyzerInterface *iface = SONDE_ANALYZER_GET_IFACE (analyzer);
  GError *local = NULL;
  gboolean succeeded;

  if (iface->prepare == NULL)
    return TRUE;
  succeeded = iface->prepare (analyzer, sonde_testing_mock_get_investigation (mock), &local);
  return _sonde_testing_check_outcome ("prepare", succeeded, local, error);
}

static gboolean
process_directly (SondeAnalyzer *analyzer,
                  SondeFrame *frame,
                  GError **error)
{
  SondeAnalyzerInterface *iface = SONDE_ANALYZER_GET_IFACE (analyzer);
  GError *local = NULL;
  gboolean succeeded;

  if (iface->process == NULL)
    return _sonde_testing_fail (error, "it has no process ()");
  succeeded = iface->process (analyzer, frame, NULL, &local);
  return _sonde_testing_check_outcome ("process", succeeded, local, error);
}

static gboolean
finish_directly (SondeAnalyzer *analyzer,
                 GError **error)
{
  SondeAnalyzerInterface *iface = SONDE_ANALYZER_GET_IFACE (analyzer);
  g_autoptr (SondeResult) result = NULL;
  GError *local = NULL;

  if (iface->finish == NULL)
    return _sonde_testing_fail (error, "it has no finish ()");
  result = iface->finish (analyzer, NULL, &local);
  return _sonde_testing_check_outcome ("finish", SONDE_IS_RESULT (result), local, error);
}

static gboolean
run_directly (GPtrArray *chain,
              SondeTestingMock *mock,
              const SondeTestingSpec *spec,
              GError **error)
{
  SondeAnalyzer *last = g_ptr_array_index (chain, chain->len - 1);

  for (guint i = 0; i + 1 < chain->len; i++)
    if (!sonde_analyzer_prepare (g_ptr_array_index (chain, i), sonde_testing_mock_get_investigation (mock), error))
      return FALSE;
  if (!prepare_directly (last, mock, error))
    return FALSE;
  for (guint layer = 0; layer < spec->n_layers; layer++)
    for (guint condition = 0; condition < spec->n_conditions; condition++)
      {
        g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, condition, layer);

        for (guint i = 0; i + 1 < chain->len; i++)
          if (!sonde_analyzer_process (g_ptr_array_index (chain, i), frame, NULL, error))
            return FALSE;
        if (!process_directly (last, frame, error) || !sonde_frame_finish (frame, NULL, error))
          return FALSE;
      }
  return finish_directly (last, error);
}

/* The functions in front of its methods mend what it does wrong: here they are called as they are. */
static gboolean
check_outcomes (SondeTestingSubject *subject,
                gconstpointer data,
                GError **error)
{
  const SondeTestingPathology pathologies[] = { SONDE_TESTING_RANDOM, SONDE_TESTING_CONSTANT_ROWS };

  for (guint i = 0; i < G_N_ELEMENTS (pathologies); i++)
    {
      SondeTestingSpec spec = usual;
      g_autoptr (SondeTestingMock) mock = NULL;
      g_autoptr (GPtrArray) chain = _sonde_testing_new_chain (subject, error);
      g_autoptr (GError) local = NULL;

      if (chain == NULL)
        return FALSE;
      spec.pathology = pathologies[i];
      mock = sonde_testing_mock_new (&spec);
      if (run_directly (chain, mock, &spec, &local))
        continue;
      if (i == 0 || g_error_matches (local, SONDE_ERROR, SONDE_ERROR_PLUGIN))
        return _sonde_testing_fail_with (error, g_steal_pointer (&local), i == 0 ? "it must work on random numbers" : "a run on constant rows");
      if (!_sonde_testing_check_refusal (local, "a run on constant rows", error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_result (SondeTestingSubject *subject,
              gconstpointer data,
              GError **error)
{
  g_autoptr (SondeDescription) description = _sonde_testing_describe (subject, error);
  g_autoptr (SondeResult) result = description != NULL ? run_usual (subject, error) : NULL;
  guint given, described;

  if (result == NULL || !_sonde_testing_check_result (result, description, error))
    return FALSE;
  given = sonde_result_get_figures (result)->len;
  described = sonde_description_get_figures (description)->len;
  return given == described || _sonde_testing_fail (error, "it gives %u figures, but describes %u", given, described);
}

static gboolean
check_twice (SondeTestingSubject *subject,
             gconstpointer data,
             GError **error)
{
  g_autoptr (SondeResult) first = run_usual (subject, error);
  g_autoptr (SondeResult) second = first != NULL ? run_usual (subject, error) : NULL;

  return second != NULL && _sonde_testing_check_same (first, second, "the same run twice", error);
}

/* ---- cancelling, and runs that bring nothing ---- */

/* All prepared, and those before the last have processed @frame. */
static GPtrArray *
prepare_chain (SondeTestingSubject *subject,
               SondeTestingMock *mock,
               SondeFrame *frame,
               GError **error)
{
  g_autoptr (GPtrArray) chain = _sonde_testing_new_chain (subject, error);
  GError *local = NULL;

  for (guint i = 0; chain != NULL && i < chain->len; i++)
    if (!sonde_analyzer_prepare (g_ptr_array_index (chain, i), sonde_testing_mock_get_investigation (mock), &local))
      {
        _sonde_testing_fail_with (error, local, "it must prepare for random numbers");
        return NULL;
      }
  for (guint i = 0; chain != NULL && i + 1 < chain->len; i++)
    if (!sonde_analyzer_process (g_ptr_array_index (chain, i), frame, NULL, error))
      return NULL;
  return g_steal_pointer (&chain);
}

static gboolean
check_cancel (SondeTestingSubject *subject,
              gconstpointer data,
              GError **error)
{
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&usual);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, 0, usual.n_layers / 2);
  g_autoptr (GPtrArray) chain = prepare_chain (subject, mock, frame, error);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  SondeAnalyzerInterface *iface;
  SondeAnalyzer *analyzer;
  GError *local = NULL;
  gboolean succeeded;

  if (chain == NULL)
    return FALSE;
  analyzer = g_ptr_array_index (chain, chain->len - 1);
  iface = SONDE_ANALYZER_GET_IFACE (analyzer);
  g_cancellable_cancel (cancellable);
  /* its own method must look, not only the function in front of it */
  succeeded = iface->process != NULL && iface->process (analyzer, frame, cancellable, &local);
  return _sonde_testing_check_cancelled (succeeded, local, "process ()", error);
}

static gboolean
check_empty (SondeTestingSubject *subject,
             gconstpointer data,
             GError **error)
{
  SondeTestingSpec spec = usual;
  g_autoptr (SondeDescription) description = _sonde_testing_describe (subject, error);
  g_autoptr (SondeResult) result = NULL;
  g_autoptr (GError) refusal = NULL;

  if (description == NULL)
    return FALSE;
  spec.n_rows = 0;
  result = _sonde_testing_run_chain (subject, &spec, &refusal);
  if (result == NULL)
    return _sonde_testing_check_refusal (refusal, "a run of conditions without rows", error);
  return _sonde_testing_check_result (result, description, error);
}

/* As where a run covers layers of which none comes. */
static gboolean
check_no_frames (SondeTestingSubject *subject,
                 gconstpointer data,
                 GError **error)
{
  g_autoptr (SondeDescription) description = _sonde_testing_describe (subject, error);
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&usual);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, 0, 0);
  g_autoptr (GPtrArray) chain = description != NULL ? prepare_chain (subject, mock, frame, error) : NULL;
  g_autoptr (SondeResult) result = NULL;
  g_autoptr (GError) refusal = NULL;

  if (chain == NULL)
    return FALSE;
  result = sonde_analyzer_finish (g_ptr_array_index (chain, chain->len - 1), NULL, &refusal);
  if (result == NULL)
    return _sonde_testing_check_refusal (refusal, "finish () without a frame before it", error);
  return _sonde_testing_check_result (result, description, error);
}

static gboolean
check_estimate (SondeTestingSubject *subject,
                gconstpointer data,
                GError **error)
{
  const guint64 most = G_GUINT64_CONSTANT (1) << 31;
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&usual);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, 0, 0);
  g_autoptr (GPtrArray) chain = prepare_chain (subject, mock, frame, error);
  SondeEstimate estimate;

  if (chain == NULL)
    return FALSE;
  estimate = sonde_analyzer_estimate (g_ptr_array_index (chain, chain->len - 1));
  if (estimate.working < most && estimate.kept < most && estimate.result < most)
    return TRUE;
  return _sonde_testing_fail (error, "it estimates %" G_GUINT64_FORMAT ", %" G_GUINT64_FORMAT " and %" G_GUINT64_FORMAT " bytes for six frames of 24 rows and at most 48 features",
                              estimate.working, estimate.kept, estimate.result);
}

static gboolean
check_threads (SondeTestingSubject *subject,
               gconstpointer data,
               GError **error)
{
  SondeTestingSpec spec = usual;
  guint n_threads = sonde_threads_get_n ();
  g_autoptr (SondeResult) one = NULL;
  g_autoptr (SondeResult) two = NULL;

  spec.n_rows = 120;
  sonde_threads_set_n (1);
  one = _sonde_testing_run_chain (subject, &spec, error);
  sonde_threads_set_n (2);
  two = one != NULL ? _sonde_testing_run_chain (subject, &spec, error) : NULL;
  sonde_threads_set_n (n_threads);
  return two != NULL && _sonde_testing_check_close (one, two, "with 1 thread and with 2", error);
}

static gboolean
starts_with (GBytes *bytes,
             const char *magic)
{
  gsize size;
  const char *data = bytes != NULL ? g_bytes_get_data (bytes, &size) : NULL;

  return data != NULL && g_strstr_len (data, (gssize) MIN (size, 500), magic) != NULL;
}

static gboolean
check_draws (SondeTestingSubject *subject,
             gconstpointer data,
             GError **error)
{
  g_autoptr (SondeResult) result = run_usual (subject, error);
  GPtrArray *figures = result != NULL ? sonde_result_get_figures (result) : NULL;

  for (guint i = 0; figures != NULL && i < figures->len; i++)
    {
      SondeFigure *figure = g_ptr_array_index (figures, i);
      g_autoptr (GBytes) svg = sonde_figure_to_svg (figure, "contract", NULL);
      g_autoptr (GBytes) pdf = sonde_figure_to_pdf (figure, "contract", 0, NULL);
      g_autoptr (GBytes) png = sonde_figure_to_png (figure, "contract", 72, NULL);

      if (!starts_with (svg, "<svg") || !starts_with (pdf, "%PDF-") || !starts_with (png, "\x89PNG"))
        return _sonde_testing_fail (error, "figure %s cannot be drawn as SVG, as PDF and as PNG", sonde_figure_get_name (figure));
    }
  return result != NULL;
}

void
_sonde_testing_add_analyzer_checks (GArray *checks)
{
  static const SondeTestingCheck analyzer[] = {
    { "description", check_description, NULL },
    { "example", check_example, NULL },
    { "outcomes", check_outcomes, NULL },
    { "result", check_result, NULL },
    { "twice-the-same", check_twice, NULL },
    { "cancel", check_cancel, NULL },
    { "empty", check_empty, NULL },
    { "no-frames", check_no_frames, NULL },
    { "estimate", check_estimate, NULL },
    { "threads", check_threads, NULL },
    { "draws", check_draws, NULL },
  };

  g_array_append_vals (checks, analyzer, G_N_ELEMENTS (analyzer));
}
