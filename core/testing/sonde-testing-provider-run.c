#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-contract-private.h"

#include <math.h>
#include <string.h>

#include "sonde-testing-rows-private.h"

/* What holds for every run of a provider's model. */

/* Relative to the largest number of a tensor: what the order of a float32 sum may change. */
#define TOLERANCE 1e-4

static GPtrArray *
run_all (SondeModel *model,
         SondeBatch *batch,
         GError **error)
{
  g_autoptr (SondeSelection) selection = _sonde_testing_select_all (model);
  GPtrArray *rows;
  GError *local = NULL;

  rows = _sonde_testing_run_model (model, batch, selection, &local);
  if (rows == NULL)
    _sonde_testing_fail_with (error, local, "its model must run");
  return rows;
}

static gboolean
check_run (SondeTestingSubject *subject,
           gconstpointer data,
           GError **error)
{
  g_autoptr (SondeModel) model = _sonde_testing_open (subject, error);
  g_autoptr (SondeBatch) batch = model != NULL ? _sonde_testing_new_batch (model) : NULL;
  g_autoptr (SondeSelection) selection = model != NULL ? _sonde_testing_select_all (model) : NULL;
  g_autoptr (GPtrArray) rows = NULL;
  SondeEstimate estimate;

  if (model == NULL)
    return FALSE;
  rows = run_all (model, batch, error); /* shapes, and each once, are seen to by the function in front of run () */
  if (rows == NULL)
    return FALSE;
  estimate = sonde_model_estimate (model, batch, selection);
  return (estimate.working | estimate.kept | estimate.result) < G_GUINT64_CONSTANT (1) << 50 || _sonde_testing_fail (error, "it estimates a petabyte of memory for a run of its example");
}

/* ---- the same numbers ---- */

/* @rows [rows of part]: which rows of @whole they are. */
static gboolean
check_rows (const SondeTestingRows *part,
            SondeTensor *whole,
            const guint *rows,
            double tolerance,
            const char *what,
            GError **error)
{
  const gsize n_columns = sonde_tensor_get_n_columns (part->tensor);
  const float *found = sonde_tensor_peek_f32 (part->tensor), *expected = whole != NULL ? sonde_tensor_peek_f32 (whole) : NULL;
  g_autofree char *place = _sonde_testing_dup_place (part);
  double scale = 0;

  if (expected == NULL || sonde_tensor_get_n_columns (whole) != n_columns)
    return _sonde_testing_fail (error, "%s: %s is missing, or of another width", what, place);
  for (gsize i = 0; i < sonde_tensor_get_n_elements (whole); i++)
    scale = fmax (scale, fabs ((double) expected[i]));
  for (gsize i = 0; i < sonde_tensor_get_n_rows (part->tensor); i++)
    for (gsize j = 0; j < n_columns; j++)
      {
        double a = found[i * n_columns + j], b = expected[rows[i] * n_columns + j];

        if (fabs (a - b) > tolerance * scale || isnan (a) != isnan (b))
          return _sonde_testing_fail (error, "%s: row %" G_GSIZE_FORMAT ", feature %" G_GSIZE_FORMAT " of %s is %g, and %g otherwise", what, i, j, place, a, b);
      }
  return TRUE;
}

static gboolean
compare (GPtrArray *part,
         GPtrArray *whole,
         const guint *rows,
         double tolerance,
         const char *what,
         GError **error)
{
  for (guint i = 0; i < part->len; i++)
    {
      const SondeTestingRows *found = g_ptr_array_index (part, i);

      if (!check_rows (found, _sonde_testing_find_rows (whole, found->layer, found->site), rows, tolerance, what, error))
        return FALSE;
    }
  return TRUE;
}

static guint *
count_up (guint n)
{
  guint *numbers = g_new (guint, n);

  for (guint i = 0; i < n; i++)
    numbers[i] = i;
  return numbers;
}

/* A model is asked for one site of one layer. A library of linear algebra may round otherwise where it is given less to do. */
static gboolean
check_one_site (SondeTestingSubject *subject,
                gconstpointer data,
                GError **error)
{
  g_autoptr (SondeModel) model = _sonde_testing_open (subject, error);
  g_autoptr (SondeBatch) batch = model != NULL ? _sonde_testing_new_batch (model) : NULL;
  g_autoptr (SondeSelection) all = model != NULL ? _sonde_testing_select_all (model) : NULL;
  g_autoptr (GPtrArray) expected = model != NULL ? run_all (model, batch, error) : NULL;
  g_autofree guint *every = expected != NULL ? count_up ((guint) sonde_batch_get_n_rows (batch)) : NULL;

  if (expected == NULL)
    return FALSE;
  for (guint i = 0; i < sonde_selection_get_n_pairs (all); i += MAX (1, sonde_selection_get_n_pairs (all) / 5))
    {
      g_autoptr (SondeSelection) one = sonde_selection_new ();
      g_autoptr (GPtrArray) rows = NULL;
      guint layer;
      const char *site;
      GError *local = NULL;

      sonde_selection_get_pair (all, i, &layer, &site);
      sonde_selection_add (one, layer, site);
      rows = _sonde_testing_run_model (model, batch, one, &local);
      if (rows == NULL)
        return _sonde_testing_fail_with (error, local, "its model must run for a single site");
      if (!compare (rows, expected, every, TOLERANCE, "a site by itself and with all others", error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
check_twice (SondeTestingSubject *subject,
             gconstpointer data,
             GError **error)
{
  g_autoptr (SondeModel) model = _sonde_testing_open (subject, error);
  g_autoptr (SondeModel) again = model != NULL ? _sonde_testing_open (subject, error) : NULL;
  g_autoptr (SondeBatch) batch = again != NULL ? _sonde_testing_new_batch (model) : NULL;
  g_autoptr (GPtrArray) first = batch != NULL ? run_all (model, batch, error) : NULL;
  g_autoptr (GPtrArray) second = first != NULL ? run_all (model, batch, error) : NULL;
  g_autoptr (GPtrArray) third = second != NULL ? run_all (again, batch, error) : NULL;

  if (third == NULL)
    return FALSE;
  for (guint i = 0; i < first->len; i++)
    {
      const SondeTestingRows *rows = g_ptr_array_index (first, i);
      GBytes *bytes = sonde_tensor_get_bytes (rows->tensor);
      g_autofree char *place = _sonde_testing_dup_place (rows);
      SondeTensor *same = _sonde_testing_find_rows (second, rows->layer, rows->site);
      SondeTensor *reopened = _sonde_testing_find_rows (third, rows->layer, rows->site);

      if (!g_bytes_equal (bytes, sonde_tensor_get_bytes (same)) || !g_bytes_equal (bytes, sonde_tensor_get_bytes (reopened)))
        return _sonde_testing_fail (error, "%s has other bytes when the same sequences run again", place);
    }
  return TRUE;
}

static gboolean
check_threads (SondeTestingSubject *subject,
               gconstpointer data,
               GError **error)
{
  guint n_threads = sonde_threads_get_n ();
  g_autoptr (SondeModel) model = _sonde_testing_open (subject, error);
  g_autoptr (SondeBatch) batch = model != NULL ? _sonde_testing_new_batch (model) : NULL;
  g_autofree guint *rows = batch != NULL ? count_up (sonde_batch_get_n_rows (batch)) : NULL;
  g_autoptr (GPtrArray) one = NULL;
  g_autoptr (GPtrArray) two = NULL;

  if (model == NULL)
    return FALSE;
  sonde_threads_set_n (1);
  one = run_all (model, batch, error);
  sonde_threads_set_n (2);
  two = one != NULL ? run_all (model, batch, error) : NULL;
  sonde_threads_set_n (n_threads);
  return two != NULL && compare (one, two, rows, TOLERANCE, "with 1 thread and with 2", error);
}

/* ---- sequences that do not see each other ---- */

/* Sequences of one length, as sites of positions are as wide as the longest is long; @kept: NULL keeps all. */
static SondeBatch *
new_batch_of (SondeModel *model,
              guint first,
              guint n,
              guint length,
              const guint *kept,
              guint n_kept)
{
  SondeBatch *batch = sonde_batch_new ();
  g_autofree guint *all = count_up (length);

  for (guint i = first; i < first + n; i++)
    {
      g_autofree gint32 *ids = _sonde_testing_dup_ids (model, length, i);

      sonde_batch_add (batch, ids, length, kept != NULL ? kept : all, kept != NULL ? n_kept : length);
    }
  return batch;
}

static SondeModel *
open_that_runs_text (SondeTestingSubject *subject,
                     GError **error)
{
  g_autoptr (SondeModel) model = _sonde_testing_open (subject, error);
  g_autoptr (GPtrArray) conditions = model != NULL ? sonde_model_list_conditions (model) : NULL;

  if (conditions != NULL)
    _sonde_testing_skip (subject, "its model brings its own rows");
  return conditions == NULL ? g_steal_pointer (&model) : NULL;
}

static gboolean
check_alone (SondeTestingSubject *subject,
             gconstpointer data,
             GError **error)
{
  g_autoptr (SondeModel) model = open_that_runs_text (subject, error);
  guint length = model != NULL ? _sonde_testing_get_length (model, 7) : 0;
  g_autoptr (SondeBatch) together = model != NULL ? new_batch_of (model, 0, 3, length, NULL, 0) : NULL;
  g_autoptr (GPtrArray) whole = model != NULL ? run_all (model, together, error) : NULL;

  if (whole == NULL)
    return subject->skipped != NULL;
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (SondeBatch) alone = new_batch_of (model, i, 1, length, NULL, 0);
      g_autoptr (GPtrArray) part = run_all (model, alone, error);
      g_autofree guint *rows = g_new (guint, length);

      for (guint j = 0; j < length; j++)
        rows[j] = i * length + j;
      if (part == NULL || !compare (part, whole, rows, TOLERANCE, "a sequence by itself and beside others", error))
        return FALSE;
    }
  return TRUE;
}

/* A shorter sequence beside a longer one is padded by some models: sites of positions have another width then. */
static gboolean
check_padding (SondeTestingSubject *subject,
               gconstpointer data,
               GError **error)
{
  g_autoptr (SondeModel) model = open_that_runs_text (subject, error);
  guint length = model != NULL ? _sonde_testing_get_length (model, 9) : 0, shorter = MAX (length / 2, 1);
  g_autoptr (SondeBatch) together = model != NULL ? new_batch_of (model, 0, 1, shorter, NULL, 0) : NULL;
  g_autoptr (SondeBatch) alone = model != NULL ? new_batch_of (model, 0, 1, shorter, NULL, 0) : NULL;
  g_autofree gint32 *ids = model != NULL ? _sonde_testing_dup_ids (model, length, 1) : NULL;
  g_autofree guint *rows = count_up (length);
  g_autoptr (GPtrArray) whole = NULL;
  g_autoptr (GPtrArray) part = NULL;

  if (model == NULL)
    return subject->skipped != NULL;
  sonde_batch_add (together, ids, length, rows, length);
  whole = run_all (model, together, error);
  part = whole != NULL ? run_all (model, alone, error) : NULL;
  for (guint i = 0; part != NULL && i < part->len; i++)
    {
      const SondeTestingRows *found = g_ptr_array_index (part, i);
      g_autoptr (SondeSite) site = sonde_model_dup_site (model, found->site);

      if (!site->per_position && !check_rows (found, _sonde_testing_find_rows (whole, found->layer, found->site), rows, TOLERANCE, "a sequence by itself and beside a longer one", error))
        return FALSE;
    }
  return part != NULL;
}

static gboolean
check_kept (SondeTestingSubject *subject,
            gconstpointer data,
            GError **error)
{
  g_autoptr (SondeModel) model = open_that_runs_text (subject, error);
  guint length = model != NULL ? _sonde_testing_get_length (model, 7) : 0;
  const guint kept[] = { 0, length - 1 };
  guint n_kept = length > 1 ? 2 : 1;
  g_autoptr (SondeBatch) all = model != NULL ? new_batch_of (model, 0, 2, length, NULL, 0) : NULL;
  g_autoptr (SondeBatch) some = model != NULL ? new_batch_of (model, 0, 2, length, kept, n_kept) : NULL;
  g_autoptr (GPtrArray) whole = model != NULL ? run_all (model, all, error) : NULL;
  g_autoptr (GPtrArray) part = whole != NULL ? run_all (model, some, error) : NULL;
  guint rows[4];

  if (part == NULL)
    return subject->skipped != NULL;
  for (guint i = 0; i < 2 * n_kept; i++)
    rows[i] = i / n_kept * length + kept[i % n_kept];
  return compare (part, whole, rows, TOLERANCE, "a row by itself and with all others of its sequence", error);
}

/* ---- what ends a run ---- */

typedef struct
{
  GCancellable *cancellable; /* cancelled at the first tensor; NULL: refused there */
  guint n_calls;
} Ending;

static gboolean
end_run (guint layer,
         const char *site,
         SondeTensor *tensor,
         gpointer user_data,
         GError **error)
{
  Ending *ending = user_data;

  ending->n_calls++;
  if (ending->cancellable == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "nowhere to put it");
      return FALSE;
    }
  g_cancellable_cancel (ending->cancellable);
  return TRUE;
}

static gboolean
check_cancel (SondeTestingSubject *subject,
              gconstpointer data,
              GError **error)
{
  g_autoptr (SondeModel) model = _sonde_testing_open (subject, error);
  g_autoptr (SondeBatch) batch = model != NULL ? _sonde_testing_new_batch (model) : NULL;
  g_autoptr (SondeSelection) selection = model != NULL ? _sonde_testing_select_all (model) : NULL;
  g_autoptr (GCancellable) before = g_cancellable_new ();
  g_autoptr (GCancellable) amidst = g_cancellable_new ();
  Ending ending = { amidst, 0 };
  GError *local = NULL;
  gboolean succeeded;

  if (model == NULL)
    return FALSE;
  g_cancellable_cancel (before);
  /* its own method must look, not only the function in front of it */
  succeeded = SONDE_MODEL_GET_IFACE (model)->run (model, batch, selection, end_run, &ending, before, &local);
  if (!_sonde_testing_check_cancelled (succeeded, local, "run ()", error))
    return FALSE;
  if (ending.n_calls > 1 || sonde_selection_get_n_pairs (selection) < 2)
    return ending.n_calls <= 1 || _sonde_testing_fail (error, "run () went on for %u tensors although it was cancelled before", ending.n_calls);
  local = NULL;
  succeeded = sonde_model_run (model, batch, selection, end_run, &ending, amidst, &local);
  return _sonde_testing_check_cancelled (succeeded, local, "run (), at its first tensor,", error);
}

static gboolean
check_refusal (SondeTestingSubject *subject,
               gconstpointer data,
               GError **error)
{
  g_autoptr (SondeModel) model = _sonde_testing_open (subject, error);
  g_autoptr (SondeBatch) batch = model != NULL ? _sonde_testing_new_batch (model) : NULL;
  g_autoptr (SondeSelection) selection = model != NULL ? _sonde_testing_select_all (model) : NULL;
  g_autoptr (GError) local = NULL;
  Ending ending = { NULL, 0 };

  if (model == NULL)
    return FALSE;
  if (SONDE_MODEL_GET_IFACE (model)->run (model, batch, selection, end_run, &ending, NULL, &local))
    return _sonde_testing_fail (error, "run () succeeded although who reads its tensors had refused one");
  if (!g_error_matches (local, G_IO_ERROR, G_IO_ERROR_NO_SPACE))
    return _sonde_testing_fail (error, "run () does not hand on the error of who reads its tensors, but %s", local != NULL ? local->message : "none");
  return ending.n_calls == 1 || _sonde_testing_fail (error, "run () went on for %u tensors after one was refused", ending.n_calls - 1);
}

static gboolean
run_ids (SondeModel *model,
         const gint32 *ids,
         guint n_ids,
         const char *what,
         GError **error)
{
  g_autoptr (SondeBatch) batch = sonde_batch_new ();
  g_autoptr (SondeSelection) selection = _sonde_testing_select_all (model);
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError) refusal = NULL;

  sonde_batch_add (batch, ids, n_ids, (const guint[]){ n_ids - 1 }, 1);
  rows = _sonde_testing_run_model (model, batch, selection, &refusal);
  return rows == NULL ? _sonde_testing_check_refusal (refusal, what, error) : _sonde_testing_fail (error, "its model runs %s", what);
}

static gboolean
check_ids (SondeTestingSubject *subject,
           gconstpointer data,
           GError **error)
{
  g_autoptr (SondeModel) model = open_that_runs_text (subject, error);
  SondeTokenizer *tokenizer = model != NULL ? sonde_model_get_tokenizer (model) : NULL;
  guint limit = model != NULL ? sonde_model_get_max_positions (model) : 0;

  if (model == NULL)
    return subject->skipped != NULL;
  if (limit > 0)
    {
      g_autofree gint32 *ids = _sonde_testing_dup_ids (model, limit + 1, 0);

      if (!run_ids (model, ids, limit + 1, "a sequence that is longer than it takes", error))
        return FALSE;
    }
  if (!run_ids (model, (const gint32[]){ -1 }, 1, "the token id -1", error))
    return FALSE;
  return tokenizer == NULL || run_ids (model, (const gint32[]){ 0, (gint32) sonde_tokenizer_get_n_tokens (tokenizer) }, 2, "a token id that its tokenizer does not have", error);
}

void
_sonde_testing_add_run_checks (GArray *checks)
{
  static const SondeTestingCheck run[] = {
    { "run", check_run, NULL },
    { "one-site", check_one_site, NULL },
    { "twice-the-same", check_twice, NULL },
    { "threads", check_threads, NULL },
    { "alone-and-together", check_alone, NULL },
    { "padding", check_padding, NULL },
    { "kept-positions", check_kept, NULL },
    { "cancel", check_cancel, NULL },
    { "refusal", check_refusal, NULL },
    { "ids", check_ids, NULL },
  };

  g_array_append_vals (checks, run, G_N_ELEMENTS (run));
}
