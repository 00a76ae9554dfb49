#include <string.h>

#include "sonde.h"

/* A model of three layers whose values say where they come from: 100 layer + token id + 0.01 column. "start" and "end" belong to no
 * layer; "wide" has two values for each position of the longest sequence. */

#define N_LAYERS 3
#define START 1000
#define END 2000

#define WAVE_TYPE_MODEL (wave_model_get_type ())
G_DECLARE_FINAL_TYPE (WaveModel, wave_model, WAVE, MODEL, GObject)

struct _WaveModel
{
  GObject parent_instance;

  GString *runs; /* what was asked for, run by run */
};

static const char *
get_name (SondeModel *model)
{
  return "Waves";
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
  SondeSite *wide = sonde_site_new ("wide", "w", 2, TRUE);

  wide->per_position = TRUE;
  g_ptr_array_add (sites, sonde_site_new ("start", "s", 4, FALSE));
  g_ptr_array_add (sites, sonde_site_new ("block", "x", 3, TRUE));
  g_ptr_array_add (sites, wide);
  g_ptr_array_add (sites, sonde_site_new ("end", "e", 4, FALSE));
  sonde_site_add_alias (g_ptr_array_index (sites, 1), "Other", "blocks.{layer}.out");
  sonde_site_add_alias (g_ptr_array_index (sites, 3), "Other", "norm.out");
  return sites;
}

static SondeTensor *
compute (SondeBatch *batch,
         guint width,
         double base)
{
  gsize n_rows = sonde_batch_get_n_rows (batch), row = 0;
  float *values = g_new (float, n_rows *width);

  for (guint s = 0; s < sonde_batch_get_n_sequences (batch); s++)
    {
      guint n_ids, n_kept;
      const gint32 *ids = sonde_batch_get_ids (batch, s, &n_ids);
      const guint *kept = sonde_batch_get_kept (batch, s, &n_kept);

      for (guint k = 0; k < n_kept; k++, row++)
        for (guint c = 0; c < width; c++)
          values[row * width + c] = (float) (base + ids[kept[k]] + 0.01 * c);
    }
  return sonde_tensor_new_take_f32 (values, n_rows, width);
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
  g_string_append_c (WAVE_MODEL (model)->runs, '|');
  for (guint i = 0; i < sonde_selection_get_n_pairs (selection); i++)
    {
      guint layer;
      const char *name;
      g_autoptr (SondeSite) site = NULL;
      g_autoptr (SondeTensor) tensor = NULL;

      sonde_selection_get_pair (selection, i, &layer, &name);
      site = sonde_model_dup_site (model, name);
      g_string_append_printf (WAVE_MODEL (model)->runs, " %s", name);
      tensor = compute (batch, sonde_site_get_width (site, batch), layer != SONDE_NO_LAYER ? 100 * layer : g_str_equal (name, "start") ? START
                                                                                                                                       : END);
      if (!func (layer, name, tensor, user_data, error))
        return FALSE;
    }
  return TRUE;
}

/* What a test has it foretell. */
static SondeEstimate foretold;

static void
estimate (SondeModel *model,
          SondeBatch *batch,
          SondeSelection *selection,
          SondeEstimate *needed)
{
  needed->working += foretold.working;
  needed->kept += foretold.kept;
}

static void
model_iface_init (SondeModelInterface *iface)
{
  iface->get_name = get_name;
  iface->get_n_layers = get_n_layers;
  iface->dup_sites = dup_sites;
  iface->run = run;
  iface->estimate = estimate;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (WaveModel, wave_model, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL, model_iface_init))

static void
wave_model_finalize (GObject *object)
{
  g_string_free (WAVE_MODEL (object)->runs, TRUE);
  G_OBJECT_CLASS (wave_model_parent_class)->finalize (object);
}

static void
wave_model_class_init (WaveModelClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = wave_model_finalize;
}

static void
wave_model_init (WaveModel *self)
{
  self->runs = g_string_new (NULL);
}

/* ---- what runs ---- */

static GPtrArray *
stages_new (const char *const *sites)
{
  GPtrArray *stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);

  for (guint i = 0; sites[i] != NULL; i++)
    {
      g_autofree char *id = g_strdup_printf ("stage-%u", i);

      g_ptr_array_add (stages, sonde_stage_new (id, id, id, id, sites[i], ""));
    }
  return stages;
}

/* Two conditions; the longest sequence has four tokens. */
static GPtrArray *
conditions_new (void)
{
  GPtrArray *conditions = g_ptr_array_new_with_free_func (g_object_unref);
  SondeCondition *first = sonde_condition_new_plain ("first", 3);
  SondeCondition *second = sonde_condition_new_plain ("second", 2);

  for (guint i = 0; i < 4; i++)
    g_assert_true (sonde_condition_add_token (first, 0, i, 10 + (gint32) i, "", i > 0));
  for (guint i = 0; i < 4; i++)
    g_assert_true (sonde_condition_add_token (second, i / 2, i % 2, 20 + (gint32) i, "", i % 2 == 1));
  g_ptr_array_add (conditions, first);
  g_ptr_array_add (conditions, second);
  return conditions;
}

typedef struct
{
  guint n_frames;
  const char *const *sites;
} Seen;

static double
expected_base (const char *site,
               guint layer)
{
  if (g_str_equal (site, "start"))
    return START;
  return g_str_equal (site, "end") || g_str_equal (site, "norm.out") ? END : 100.0 * layer;
}

static gboolean
see_frame (SondeFrame *frame,
           gpointer user_data,
           GError **error)
{
  static const gint32 kept[2][3] = { { 11, 12, 13 }, { 21, 23, 0 } };
  Seen *seen = user_data;
  guint condition = sonde_frame_get_condition_index (frame);

  g_assert_cmpuint (sonde_frame_get_layer (frame), ==, 2 * (seen->n_frames / 2)); /* layers 0 and 2 */
  g_assert_cmpuint (condition, ==, seen->n_frames % 2);
  for (guint s = 0; seen->sites[s] != NULL; s++)
    {
      SondeTensor *tensor = sonde_frame_get_tensor (frame, s);

      g_assert_cmpuint (sonde_tensor_get_n_columns (tensor), ==, g_str_equal (seen->sites[s], "wide") ? 8 : strstr (seen->sites[s], "block") != NULL ? 3
                                                                                                                                                     : 4);
      for (guint row = 0; row < sonde_frame_get_n_rows (frame); row++)
        for (guint c = 0; c < sonde_tensor_get_n_columns (tensor); c++)
          g_assert_cmpfloat_with_epsilon (sonde_tensor_peek_f32 (tensor)[row * sonde_tensor_get_n_columns (tensor) + c],
                                          expected_base (seen->sites[s], sonde_frame_get_layer (frame)) + kept[condition][row] + 0.01 * c, 1e-3);
    }
  seen->n_frames++;
  return TRUE;
}

/* Sites of the whole model stand in every frame, and cost a run of their own; names of other libraries mean ours. */
static void
test_stages (gconstpointer data)
{
  const char *const *sites = data;
  const guint layers[] = { 0, 2 };
  g_autoptr (WaveModel) model = g_object_new (WAVE_TYPE_MODEL, NULL);
  g_autoptr (GPtrArray) stages = stages_new (sites);
  g_autoptr (GPtrArray) conditions = conditions_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeRun) investigation = sonde_run_new_for_sequences (SONDE_MODEL (model), stages, conditions, layers, 2, &error);
  Seen seen = { 0, sites };

  g_assert_no_error (error);
  sonde_run_set_frame_func (investigation, see_frame, &seen);
  g_assert_true (sonde_run_execute (investigation, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (seen.n_frames, ==, 4);
  if (g_str_equal (sites[0], "start") && sites[1] != NULL)
    g_assert_cmpstr (model->runs->str, ==, "| start end| block block");
}

static void
test_refused (void)
{
  static const char *const good[] = { "block", NULL };
  static const char *const bad[] = { "block", "blocks.0.in", NULL };
  const guint layers[] = { 1, 3 };
  g_autoptr (WaveModel) model = g_object_new (WAVE_TYPE_MODEL, NULL);
  g_autoptr (GPtrArray) stages = stages_new (good);
  g_autoptr (GPtrArray) unknown = stages_new (bad);
  g_autoptr (GPtrArray) conditions = conditions_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (sonde_run_new_for_sequences (SONDE_MODEL (model), stages, conditions, layers, 2, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE);
  g_assert_nonnull (strstr (error->message, "layer 3"));
  g_clear_error (&error);

  g_assert_null (sonde_run_new_for_sequences (SONDE_MODEL (model), unknown, conditions, layers, 1, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE);
  g_assert_nonnull (strstr (error->message, "blocks.0.in"));
  g_clear_error (&error);

  g_ptr_array_add (conditions, sonde_condition_new_plain ("third", 4));
  g_assert_null (sonde_run_new_for_sequences (SONDE_MODEL (model), stages, conditions, layers, 1, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_TEXT);
  g_assert_nonnull (strstr (error->message, "third"));
}

/* A sum that does not fit is not a small one. */
static void
test_estimate (void)
{
  static const char *const sites[] = { "start", "block", NULL };
  static const SondeEstimate most[] = { { G_MAXUINT64 - 1000, 0, 0 }, { 0, G_MAXUINT64, 0 }, { G_MAXUINT64 / 2, G_MAXUINT64 / 2 + 100, 0 } };
  const guint layers[] = { 1 };
  g_autoptr (WaveModel) model = g_object_new (WAVE_TYPE_MODEL, NULL);
  g_autoptr (GPtrArray) stages = stages_new (sites);
  g_autoptr (GPtrArray) conditions = conditions_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeRun) prepared = sonde_run_new_for_sequences (SONDE_MODEL (model), stages, conditions, layers, 1, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (sonde_run_estimate_memory (prepared), <, 1 << 30);
  for (guint i = 0; i < G_N_ELEMENTS (most); i++)
    {
      foretold = most[i];
      g_assert_cmpuint (sonde_run_estimate_memory (prepared), ==, G_MAXUINT64);
    }
  foretold = (SondeEstimate){ 0 };
}

int
main (int argc, char **argv)
{
  static const char *const layered[] = { "block", "wide", NULL };
  static const char *const both[] = { "start", "blocks.*.out", "norm.out", NULL };
  static const char *const fixed[] = { "start", NULL };
  static const char *const twice[] = { "block", "blocks.{layer}.out", "end", "end", NULL };

  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/run/layered", layered, test_stages);
  g_test_add_data_func ("/run/both", both, test_stages);
  g_test_add_data_func ("/run/fixed", fixed, test_stages);
  g_test_add_data_func ("/run/twice", twice, test_stages);
  g_test_add_func ("/run/refused", test_refused);
  g_test_add_func ("/run/estimate", test_estimate);
  return g_test_run ();
}
