#include <string.h>

#include <glib/gstdio.h>

#include "sonde.h"

/* A model of four layers, each of which adds its number to a stream that begins with the token; so a layer needs the one before. It
 * says which layers it computed. */

#define N_LAYERS 4
#define N_FRAMES (2 * N_LAYERS)

#define STEPS_TYPE_MODEL (steps_model_get_type ())
G_DECLARE_FINAL_TYPE (StepsModel, steps_model, STEPS, MODEL, GObject)

struct _StepsModel
{
  GObject parent_instance;

  gboolean resumable;
  gboolean backwards; /* layers come from the last to the first */
  gsize odd_state;    /* bytes that a state has too many */
  float offset;       /* as if it computed otherwise */
  GString *computed;
};

static const char *
get_name (SondeModel *model)
{
  return "Steps";
}

static guint
get_n_layers (SondeModel *model)
{
  return N_LAYERS;
}

static GPtrArray *
dup_sites (SondeModel *model)
{
  GPtrArray *sites = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);

  g_ptr_array_add (sites, sonde_site_new ("block", "x", 2, TRUE));
  return sites;
}

static SondeTensor *
gather (SondeBatch *batch,
        const float *stream)
{
  float *values = g_new (float, 2 * sonde_batch_get_n_rows (batch));
  gsize first = 0, row = 0;

  for (guint s = 0; s < sonde_batch_get_n_sequences (batch); s++)
    {
      guint n_ids, n_kept;
      const guint *kept = sonde_batch_get_kept (batch, s, &n_kept);

      sonde_batch_get_ids (batch, s, &n_ids);
      for (guint k = 0; k < n_kept; k++, row++)
        for (guint c = 0; c < 2; c++)
          values[2 * row + c] = stream[first + kept[k]] + 0.5f * c;
      first += n_ids;
    }
  return sonde_tensor_new_take_f32 (values, row, 2);
}

static gboolean
run_from (SondeModel *model,
          SondeBatch *batch,
          SondeSelection *selection,
          guint begin,
          GBytes *state,
          SondeStateFunc keep,
          SondeSiteFunc func,
          gpointer user_data,
          GCancellable *cancellable,
          GError **error)
{
  StepsModel *self = STEPS_MODEL (model);
  const guint n = sonde_batch_get_n_tokens (batch);
  g_autofree float *stream = g_new (float, n + self->odd_state);

  for (guint s = 0, i = 0; s < sonde_batch_get_n_sequences (batch); s++)
    {
      guint n_ids;
      const gint32 *ids = sonde_batch_get_ids (batch, s, &n_ids);

      for (guint t = 0; t < n_ids; t++, i++)
        stream[i] = (float) ids[t] + self->offset;
    }
  if (state != NULL)
    memcpy (stream, g_bytes_get_data (state, NULL), n * sizeof *stream);
  for (guint l = begin; l < N_LAYERS; l++)
    {
      const guint layer = self->backwards ? N_LAYERS - 1 - l : l;
      g_autoptr (GBytes) bytes = g_bytes_new (stream, n * sizeof *stream + self->odd_state);
      g_autoptr (SondeTensor) tensor = NULL;

      if (keep != NULL && l > begin && !keep (l, bytes, user_data, error))
        return FALSE;
      for (guint i = 0; i < n; i++)
        stream[i] += (float) layer;
      g_string_append_printf (self->computed, "%u", layer);
      tensor = gather (batch, stream);
      if (!func (layer, "block", tensor, user_data, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
run (SondeModel *model,
     SondeBatch *batch,
     SondeSelection *selection,
     SondeSiteFunc func,
     gpointer user_data,
     GCancellable *cancellable,
     GError **error)
{
  return run_from (model, batch, selection, 0, NULL, NULL, func, user_data, cancellable, error);
}

static guint64
measure_state (SondeModel *model,
               SondeBatch *batch)
{
  return STEPS_MODEL (model)->resumable ? sonde_batch_get_n_tokens (batch) * sizeof (float) : 0;
}

static void
model_iface_init (SondeModelInterface *iface)
{
  iface->get_name = get_name;
  iface->get_n_layers = get_n_layers;
  iface->dup_sites = dup_sites;
  iface->run = run;
  iface->run_from = run_from;
  iface->measure_state = measure_state;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (StepsModel, steps_model, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL, model_iface_init))

static void
steps_model_finalize (GObject *object)
{
  g_string_free (STEPS_MODEL (object)->computed, TRUE);
  G_OBJECT_CLASS (steps_model_parent_class)->finalize (object);
}

static void
steps_model_class_init (StepsModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = steps_model_finalize;
}

static void
steps_model_init (StepsModel *self)
{
  self->computed = g_string_new (NULL);
}

/* ---- runs ---- */

/* @length: tokens of each condition; more than some thousands together run in batches. */
static GPtrArray *
conditions_new (guint length)
{
  GPtrArray *conditions = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint c = 0; c < 2; c++)
    {
      g_autofree char *id = g_strdup_printf ("c%u", c);
      SondeCondition *condition = sonde_condition_new_plain (id, length);

      for (guint i = 0; i < length; i++)
        g_assert_true (sonde_condition_add_token (condition, 0, i, (gint32) (100 * (c + 1) + i % 50), "", TRUE));
      g_ptr_array_add (conditions, condition);
    }
  return conditions;
}

typedef struct
{
  guint n;         /* frames that came */
  guint die_at;    /* at which of them the run ends; 0: never */
  GString *layers; /* of each */
  double sum;
} Frames;

static gboolean
see_frame (SondeFrame *frame,
           gpointer user_data,
           GError **error)
{
  Frames *frames = user_data;
  const float *values = sonde_tensor_peek_f32 (sonde_frame_get_tensor (frame, 0));

  if (++frames->n == frames->die_at)
    {
      g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_FAILED, "killed");
      return FALSE;
    }
  g_string_append_printf (frames->layers, "%u", sonde_frame_get_layer (frame));
  for (guint i = 0; i < 2 * sonde_frame_get_n_rows (frame); i++)
    frames->sum += values[i] * (i + 1) * (sonde_frame_get_condition_index (frame) + 1) * (sonde_frame_get_layer (frame) + 1);
  return TRUE;
}

static SondeRun *
run_new (StepsModel *model,
         guint length)
{
  const guint layers[] = { 0, 1, 2, 3 };
  g_autoptr (GPtrArray) stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  g_autoptr (GPtrArray) conditions = conditions_new (length);
  g_autoptr (GError) error = NULL;
  SondeRun *self;

  g_ptr_array_add (stages, sonde_stage_new ("s", "s", "s", "s", "block", "x"));
  self = sonde_run_new_for_sequences (SONDE_MODEL (model), stages, conditions, layers, N_LAYERS, &error);
  g_assert_no_error (error);
  return self;
}

/* The sum over all frames, where the run comes to its end. @die_at: see Frames. */
static double
execute (StepsModel *model,
         guint length,
         const char *folder,
         guint die_at,
         const char *expected_layers,
         GError **error)
{
  g_autoptr (SondeRun) investigation = run_new (model, length);
  Frames frames = { .die_at = die_at, .layers = g_string_new (NULL) };
  gboolean done = folder == NULL || sonde_run_set_checkpoint (investigation, folder, NULL, error);

  g_string_truncate (model->computed, 0);
  sonde_run_set_frame_func (investigation, see_frame, &frames);
  done = done && sonde_run_execute (investigation, NULL, error);
  g_assert_true (done == (*error == NULL));
  if (done)
    g_assert_cmpstr (frames.layers->str, ==, expected_layers);
  g_string_free (frames.layers, TRUE);
  return frames.sum;
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

/* ---- tests ---- */

typedef struct
{
  gboolean resumable;
  guint length;
  const char *layers;
  const char *computed[N_FRAMES]; /* by the second run, where the first died at each frame */
} Case;

/* Wherever the first run dies, the second gives every frame once, in order, and computes no more than it must. */
static void
test_goes_on (gconstpointer data)
{
  const Case *self = data;
  g_autoptr (StepsModel) model = g_object_new (STEPS_TYPE_MODEL, NULL);
  g_autoptr (GError) error = NULL;
  double sum;

  model->resumable = self->resumable;
  sum = execute (model, self->length, NULL, 0, self->layers, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < N_FRAMES; i++)
    {
      g_autofree char *folder = g_dir_make_tmp ("sonde-checkpoint-XXXXXX", NULL);

      execute (model, self->length, folder, i + 1, NULL, &error);
      g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FAILED);
      g_clear_error (&error);
      g_assert_cmpfloat (execute (model, self->length, folder, 0, self->layers, &error), ==, sum);
      g_assert_no_error (error);
      g_assert_cmpstr (model->computed->str, ==, self->computed[i]);
      g_assert_cmpfloat (execute (model, self->length, folder, 0, self->layers, &error), ==, sum);
      g_assert_cmpstr (model->computed->str, ==, "");
      remove_folder (folder);
    }
}

/* A model that computes otherwise than it did is not mixed with what it gave before. */
static void
test_other_numbers (void)
{
  g_autofree char *folder = g_dir_make_tmp ("sonde-checkpoint-XXXXXX", NULL);
  g_autoptr (StepsModel) model = g_object_new (STEPS_TYPE_MODEL, NULL);
  g_autoptr (GError) error = NULL;

  execute (model, 3, folder, 4, NULL, &error);
  g_clear_error (&error);
  model->offset = 1e-3f;
  execute (model, 3, folder, 0, NULL, &error);
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "c0000-l0000.frame"));
  remove_folder (folder);
}

static void
test_order (void)
{
  g_autofree char *folder = g_dir_make_tmp ("sonde-checkpoint-XXXXXX", NULL);
  g_autoptr (StepsModel) model = g_object_new (STEPS_TYPE_MODEL, NULL);
  g_autoptr (GError) error = NULL;

  model->backwards = TRUE;
  execute (model, 3, NULL, 0, "33221100", &error);
  g_assert_no_error (error);
  execute (model, 3, folder, 0, NULL, &error);
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED);
  g_assert_nonnull (strstr (error->message, "ascending"));
  remove_folder (folder);
}

static void
test_odd_state (void)
{
  g_autofree char *folder = g_dir_make_tmp ("sonde-checkpoint-XXXXXX", NULL);
  g_autoptr (StepsModel) model = g_object_new (STEPS_TYPE_MODEL, NULL);
  g_autoptr (GError) error = NULL;

  model->resumable = TRUE;
  model->odd_state = 4;
  execute (model, 3, folder, 0, NULL, &error);
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN);
  g_assert_nonnull (strstr (error->message, "another size"));
  remove_folder (folder);
}

static void
test_damaged_state (void)
{
  g_autofree char *folder = g_dir_make_tmp ("sonde-checkpoint-XXXXXX", NULL);
  g_autofree char *state = g_build_filename (folder, "c0000.state", NULL);
  g_autoptr (StepsModel) model = g_object_new (STEPS_TYPE_MODEL, NULL);
  g_autofree char *bytes = NULL;
  gsize size;
  g_autoptr (GError) error = NULL;
  double sum = execute (model, 3, NULL, 0, "00112233", &error);

  model->resumable = TRUE;
  execute (model, 3, folder, 6, NULL, &error);
  g_clear_error (&error);
  g_assert_true (g_file_get_contents (state, &bytes, &size, NULL));
  bytes[size - 1] ^= 1;
  g_assert_true (g_file_set_contents (state, bytes, (gssize) size, NULL));
  g_assert_cmpfloat (execute (model, 3, folder, 0, "00112233", &error), ==, sum);
  g_assert_no_error (error);
  g_assert_cmpstr (model->computed->str, ==, "0123");
  g_assert_false (g_file_test (state, G_FILE_TEST_EXISTS));
  remove_folder (folder);
}

int
main (int argc, char **argv)
{
  static const Case together = { TRUE, 3, "00112233", { "0123", "0123", "123", "123", "23", "23", "3", "" } };
  static const Case restart = { FALSE, 3, "00112233", { "0123", "0123", "0123", "0123", "0123", "0123", "0123", "" } };
  static const Case batches = { TRUE, 1500, "01230123", { "01230123", "1230123", "230123", "0123", "0123", "123", "23", "" } };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/run/checkpoint/together", &together, test_goes_on);
  g_test_add_data_func ("/run/checkpoint/restart", &restart, test_goes_on);
  g_test_add_data_func ("/run/checkpoint/batches", &batches, test_goes_on);
  g_test_add_func ("/run/checkpoint/other-numbers", test_other_numbers);
  g_test_add_func ("/run/checkpoint/order", test_order);
  g_test_add_func ("/run/checkpoint/odd-state", test_odd_state);
  g_test_add_func ("/run/checkpoint/damaged-state", test_damaged_state);
  return g_test_run ();
}
