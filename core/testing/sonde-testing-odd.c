#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-chain-private.h"

#include <string.h>

/* What an analyzer does to its frames, and what it makes of numbers, shapes and properties that are legal, if odd. */

static const SondeTestingSpec small = { .n_layers = 2, .n_stages = 3, .n_conditions = 2, .n_rows = 8, .widths = (const guint[]){ 5, 9, 5 } };

/* ---- frames ---- */

/* As it is described: "rows x rows, float64, one per stage"; what is said in other words is not checked. */
static gboolean
check_dimension (const char *word,
                 gsize found,
                 SondeFrame *frame,
                 guint stage,
                 gboolean per_stage)
{
  guint n_stages = sonde_frame_get_n_stages (frame);

  if (g_str_equal (word, "rows"))
    return found == sonde_frame_get_n_rows (frame);
  if (g_str_equal (word, "stages"))
    return found == n_stages;
  if (g_str_equal (word, "stage pairs"))
    return found == sonde_stage_pair_count (n_stages);
  if (g_str_equal (word, "features"))
    return !per_stage || found == sonde_tensor_get_n_columns (sonde_frame_get_tensor (frame, stage));
  if (g_ascii_isdigit (word[0]))
    return found == g_ascii_strtoull (word, NULL, 10);
  return TRUE;
}

static gboolean
check_shape (const SondeAttachmentInfo *info,
             SondeFrame *frame,
             guint index,
             gboolean per_stage,
             SondeTensor *tensor,
             GError **error)
{
  g_auto (GStrv) parts = g_strsplit_set (info->shape, ",;", -1);
  g_auto (GStrv) words = parts[0] != NULL ? g_strsplit (parts[0], " x ", -1) : NULL;
  g_autofree char *found = sonde_tensor_dup_shape_string (tensor);
  guint n_dims, n_words = words != NULL ? g_strv_length (words) : 0;
  const gsize *shape = sonde_tensor_get_shape (tensor, &n_dims);
  gboolean fits = n_words < 2 || n_words == n_dims;

  for (guint i = 0; fits && n_words >= 2 && i < n_words; i++)
    fits = check_dimension (g_strstrip (words[i]), shape[i], frame, index, per_stage);
  if (strstr (info->shape, "float64") != NULL && sonde_tensor_get_dtype (tensor) != SONDE_DTYPE_F64)
    fits = FALSE;
  if (strstr (info->shape, "float32") != NULL && sonde_tensor_get_dtype (tensor) != SONDE_DTYPE_F32)
    fits = FALSE;
  return fits || _sonde_testing_fail (error, "it attaches “%s” of %s %s to a frame of %u rows and %u stages, and describes it as %s", info->name, sonde_dtype_get_name (sonde_tensor_get_dtype (tensor)), found, sonde_frame_get_n_rows (frame), sonde_frame_get_n_stages (frame), info->shape);
}

static gboolean
check_attached (const SondeAttachmentInfo *info,
                SondeFrame *frame,
                GError **error)
{
  gboolean per_stage = strstr (info->shape, "per stage") != NULL && strstr (info->shape, "per stage pair") == NULL;

  for (guint i = 0; i < (per_stage ? sonde_frame_get_n_stages (frame) : 1); i++)
    {
      SondeTensor *tensor = sonde_frame_get_attached (frame, info->name, i);

      if (tensor == NULL)
        return _sonde_testing_fail (error, "it does not attach “%s” (%u), which it describes", info->name, i);
      if (!check_shape (info, frame, i, per_stage, tensor, error))
        return FALSE;
    }
  return TRUE;
}

static GPtrArray *
prepare_chain (SondeTestingSubject *subject,
               SondeTestingMock *mock,
               GError **error)
{
  g_autoptr (GPtrArray) chain = _sonde_testing_new_chain (subject, error);

  for (guint i = 0; chain != NULL && i < chain->len; i++)
    if (!sonde_analyzer_prepare (g_ptr_array_index (chain, i), sonde_testing_mock_get_investigation (mock), error))
      return NULL;
  return g_steal_pointer (&chain);
}

static gboolean
pass_frame (GPtrArray *chain,
            SondeFrame *frame,
            GError **error)
{
  for (guint i = 0; i < chain->len; i++)
    if (!sonde_analyzer_process (g_ptr_array_index (chain, i), frame, NULL, error))
      return FALSE;
  return TRUE;
}

static gboolean
check_attachments (SondeTestingSubject *subject,
                   gconstpointer data,
                   GError **error)
{
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&small);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, 1, 0);
  g_autoptr (SondeDescription) description = _sonde_testing_describe (subject, error);
  g_autoptr (GPtrArray) chain = description != NULL ? prepare_chain (subject, mock, error) : NULL;
  GPtrArray *infos = description != NULL ? sonde_description_get_attaches (description) : NULL;

  if (chain == NULL || !pass_frame (chain, frame, error))
    return FALSE;
  for (guint i = 0; i < infos->len; i++)
    if (!check_attached (g_ptr_array_index (infos, i), frame, error))
      return FALSE;
  return TRUE;
}

static GBytes *
copy_bytes (SondeTensor *tensor)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (sonde_tensor_get_bytes (tensor), &size);

  return g_bytes_new (data, size);
}

/* What it found on a frame stays as it was. */
static gboolean
check_input (SondeTestingSubject *subject,
             gconstpointer data,
             GError **error)
{
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&small);
  g_autoptr (SondeFrame) frame = sonde_testing_mock_new_frame (mock, 0, 1);
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GPtrArray) chain = prepare_chain (subject, mock, error);

  if (chain == NULL)
    return FALSE;
  for (guint i = 0; i < small.n_stages; i++)
    g_ptr_array_add (before, copy_bytes (sonde_frame_get_tensor (frame, i)));
  if (!pass_frame (chain, frame, error))
    return FALSE;
  for (guint i = 0; i < small.n_stages; i++)
    if (!g_bytes_equal (before->pdata[i], sonde_tensor_get_bytes (sonde_frame_get_tensor (frame, i))))
      return _sonde_testing_fail (error, "it changed the numbers of stage %u of the frame, which others read too", i);
  return TRUE;
}

/* What it attached to one frame stays as it was when further ones come. */
static gboolean
check_later_frames (SondeTestingSubject *subject,
                    gconstpointer data,
                    GError **error)
{
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&small);
  g_autoptr (SondeFrame) first = sonde_testing_mock_new_frame (mock, 0, 0);
  g_autoptr (SondeFrame) second = sonde_testing_mock_new_frame (mock, 1, 0);
  g_autoptr (GPtrArray) before = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (SondeDescription) description = _sonde_testing_describe (subject, error);
  g_autoptr (GPtrArray) chain = description != NULL ? prepare_chain (subject, mock, error) : NULL;
  GPtrArray *infos = description != NULL ? sonde_description_get_attaches (description) : NULL;

  if (chain == NULL || !pass_frame (chain, first, error))
    return FALSE;
  for (guint i = 0; i < infos->len; i++)
    {
      SondeTensor *tensor = sonde_frame_get_attached (first, ((SondeAttachmentInfo *) infos->pdata[i])->name, 0);

      g_ptr_array_add (before, tensor != NULL ? copy_bytes (tensor) : g_bytes_new (NULL, 0));
    }
  if (!pass_frame (chain, second, error))
    return FALSE;
  for (guint i = 0; i < infos->len; i++)
    {
      const char *name = ((SondeAttachmentInfo *) infos->pdata[i])->name;
      SondeTensor *tensor = sonde_frame_get_attached (first, name, 0);

      if (tensor != NULL && !g_bytes_equal (before->pdata[i], sonde_tensor_get_bytes (tensor)))
        return _sonde_testing_fail (error, "what it attached to one frame as “%s” changed when the next came", name);
    }
  return TRUE;
}

/* ---- properties ---- */

/* A run works or says in one sentence why not. What takes more than some seconds may be cancelled. */
static gboolean
check_value (SondeTestingSubject *subject,
             GObject *analyzer,
             const char *what,
             GError **error)
{
  g_autoptr (SondeTestingMock) mock = sonde_testing_mock_new (&small);
  g_autoptr (GPtrArray) chain = _sonde_testing_new_chain (subject, error);
  g_autofree char *run = g_strdup_printf ("a run with %s", what);
  g_autoptr (SondeTestingWatch) watch = _sonde_testing_watch_new (10);
  g_autoptr (SondeResult) result = NULL;
  g_autoptr (SondeDescription) description = NULL;
  g_autoptr (GError) refusal = NULL;

  if (chain == NULL)
    return FALSE;
  g_ptr_array_remove_index (chain, chain->len - 1);
  g_ptr_array_add (chain, g_object_ref (analyzer));
  result = sonde_testing_mock_run (mock, chain, _sonde_testing_watch_get_cancellable (watch), &refusal);
  if (g_error_matches (refusal, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return TRUE;
  if (result == NULL)
    return _sonde_testing_check_refusal (refusal, run, error);
  description = sonde_analyzer_describe (SONDE_ANALYZER (analyzer));
  if (_sonde_testing_check_result (result, description, error))
    return TRUE;
  g_prefix_error (error, "%s: ", run);
  return FALSE;
}

static gboolean
check_values (SondeTestingSubject *subject,
              gconstpointer data,
              GError **error)
{
  return _sonde_testing_check_values (subject, check_value, error);
}

/* ---- shapes and numbers ---- */

typedef struct
{
  const char *name;
  SondeTestingSpec spec;
  gboolean must_work; /* otherwise it may be refused */
} OddCase;

/* A result with words on what is undefined, or one sentence why not. */
static gboolean
check_odd (SondeTestingSubject *subject,
           gconstpointer data,
           GError **error)
{
  const OddCase *odd = data;
  g_autoptr (SondeDescription) description = _sonde_testing_describe (subject, error);
  g_autoptr (SondeResult) result = NULL;
  GError *refusal = NULL;
  gboolean kept;

  if (description == NULL)
    return FALSE;
  result = _sonde_testing_run_chain (subject, &odd->spec, &refusal);
  if (result != NULL)
    return _sonde_testing_check_result (result, description, error);
  if (odd->must_work)
    return _sonde_testing_fail_with (error, refusal, "it must work on such frames");
  kept = _sonde_testing_check_refusal (refusal, "a run on such numbers", error);
  g_clear_error (&refusal);
  return kept;
}

static const guint one_width[] = { 5 };
static const guint unequal_widths[] = { 3, 4, 5 };
static const guint equal_widths[] = { 6, 6, 6, 6, 6 };
static const guint width_of_one[] = { 1, 1 };
static const guint some_layers[] = { 0, 3 };

/* 2 to 48 features, some widths several times */
static const guint many_widths[64] = {
  7, 2, 48, 5, 5, 12, 3, 2, 31, 7, 48, 6, 9, 2, 17, 4, 8, 16, 2, 3, 5, 7, 11, 13, 2, 48, 48, 5, 6, 7, 8, 9,
  3, 3, 3, 20, 21, 22, 4, 4, 4, 40, 30, 20, 10, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 48
};
static const guint many_equal_widths[64] = {
  4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4,
  4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4
};

#define SHAPE(name, layers_, stages, conditions, rows, ...)                                                          \
  {                                                                                                                  \
    name, { .n_layers = layers_, .n_stages = stages, .n_conditions = conditions, .n_rows = rows, __VA_ARGS__ }, TRUE \
  }
#define NUMBERS(name, rows, pathology_)                                                                           \
  {                                                                                                               \
    name, { .n_layers = 3, .n_stages = 4, .n_conditions = 2, .n_rows = (rows), .pathology = (pathology_) }, FALSE \
  }

static const OddCase odd_cases[] = {
  SHAPE ("one-stage", 3, 1, 2, 12, .widths = one_width),
  SHAPE ("nine-stages", 2, 9, 2, 12, .pathology = SONDE_TESTING_RANDOM),
  SHAPE ("twenty-stages", 1, 20, 1, 6, .pathology = SONDE_TESTING_RANDOM),
  SHAPE ("64-stages", 3, 64, 2, 4, .widths = many_widths),
  SHAPE ("64-equal-stages", 1, 64, 1, 3, .widths = many_equal_widths),
  SHAPE ("200-layers", 200, 3, 1, 4, .widths = unequal_widths),
  SHAPE ("14-stages-of-200-layers", 200, 14, 2, 3, .widths = many_widths),
  SHAPE ("unequal-widths", 2, 3, 2, 12, .widths = unequal_widths),
  SHAPE ("equal-widths", 2, 5, 2, 12, .widths = equal_widths),
  { "one-feature", { .n_layers = 2, .n_stages = 2, .n_conditions = 2, .n_rows = 12, .widths = width_of_one }, FALSE },
  SHAPE ("one-layer", 1, 4, 2, 12, .pathology = SONDE_TESTING_RANDOM),
  SHAPE ("48-layers", 48, 4, 2, 12, .pathology = SONDE_TESTING_RANDOM),
  SHAPE ("some-layers", 6, 4, 2, 12, .layers = some_layers, .n_covered = 2),
  SHAPE ("300-rows", 1, 4, 2, 300, .pathology = SONDE_TESTING_RANDOM),
  SHAPE ("one-condition", 3, 4, 1, 12, .pathology = SONDE_TESTING_RANDOM),
  SHAPE ("three-conditions", 3, 4, 3, 12, .pathology = SONDE_TESTING_RANDOM),
  NUMBERS ("1-row", 1, SONDE_TESTING_RANDOM),
  NUMBERS ("2-rows", 2, SONDE_TESTING_RANDOM),
  NUMBERS ("3-rows", 3, SONDE_TESTING_RANDOM),
  NUMBERS ("constant-rows", 12, SONDE_TESTING_CONSTANT_ROWS),
  NUMBERS ("zero-rows", 12, SONDE_TESTING_ZERO_ROWS),
  NUMBERS ("rank-one", 12, SONDE_TESTING_RANK_ONE),
  NUMBERS ("rank-deficient", 12, SONDE_TESTING_RANK_DEFICIENT),
  NUMBERS ("duplicate-rows", 12, SONDE_TESTING_DUPLICATE_ROWS),
  NUMBERS ("flat-rows", 12, SONDE_TESTING_FLAT_ROWS),
  NUMBERS ("huge-numbers", 12, SONDE_TESTING_HUGE),
  NUMBERS ("tiny-numbers", 12, SONDE_TESTING_TINY),
};

void
_sonde_testing_add_odd_checks (GArray *checks)
{
  static const SondeTestingCheck frames[] = {
    { "attachments", check_attachments, NULL },
    { "input-unchanged", check_input, NULL },
    { "later-frames", check_later_frames, NULL },
    { "values", check_values, NULL },
  };

  g_array_append_vals (checks, frames, G_N_ELEMENTS (frames));
  for (guint i = 0; i < G_N_ELEMENTS (odd_cases); i++)
    {
      const SondeTestingCheck check = { odd_cases[i].name, check_odd, &odd_cases[i] };

      g_array_append_val (checks, check);
    }
}
