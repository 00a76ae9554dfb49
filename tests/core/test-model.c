#include <string.h>

#include "sonde.h"

/* Two layers with the sites "in" (3 wide) and "out" (2 wide), one site of the whole model, and on request one of the ways to
 * break the contract. */
typedef enum
{
  WELL_BEHAVED,
  SILENT_FAILURE,
  HONEST_FAILURE,
  SUCCESS_AND_ERROR,
  GIVES_NOTHING,
  GIVES_TWICE,
  GIVES_UNWANTED,
  GIVES_NULL,
  WRONG_WIDTH,
  WRONG_ROWS,
  WRONG_DTYPE,
  WRONG_DIMENSIONS,
  IGNORES_REFUSAL,
  HIDES_REFUSAL,
  NOTHING_IMPLEMENTED,
} Fault;

#define MOCK_TYPE_MODEL (mock_model_get_type ())
G_DECLARE_FINAL_TYPE (MockModel, mock_model, MOCK, MODEL, GObject)

struct _MockModel
{
  GObject parent_instance;

  Fault fault;
};

static const char *
get_name (SondeModel *model)
{
  return "Mock, 2 layers";
}

static guint
get_n_layers (SondeModel *model)
{
  return 2;
}

static guint
get_max_positions (SondeModel *model)
{
  return 4;
}

static GPtrArray *
dup_sites (SondeModel *model)
{
  GPtrArray *sites = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);

  g_ptr_array_add (sites, sonde_site_new ("in", "x", 3, TRUE));
  g_ptr_array_add (sites, sonde_site_new ("out", "f (x)", 2, TRUE));
  sonde_site_add_alias (g_ptr_array_index (sites, 1), "Other", "layers.{layer}");
  sonde_site_add_alias (g_ptr_array_index (sites, 1), "Other", "in"); /* elsewhere it means another place: ours comes first */
  g_ptr_array_add (sites, sonde_site_new ("logits", "x W", 5, FALSE));
  return sites;
}

/* As from Python: what is in the array is the caller's, and the array does not know how to free it. */
static GPtrArray *
dup_warnings (SondeModel *model)
{
  GPtrArray *warnings = g_ptr_array_new ();

  g_ptr_array_add (warnings, g_strdup ("array “x” means nothing"));
  return warnings;
}

static void
foreach_file (SondeModel *model,
              SondeModelFileFunc func,
              gpointer user_data)
{
  func ("config", "/x/config.json", user_data);
  func ("weights", "/x/model.safetensors", user_data);
}

static SondeTensor *
make_tensor (SondeModel *model,
             Fault fault,
             gsize rows,
             const char *name)
{
  g_autoptr (SondeSite) site = sonde_model_dup_site (model, name);
  gsize columns = site->n_features;
  g_autoptr (GBytes) bytes = NULL;

  if (fault == GIVES_NULL)
    return NULL;
  if (fault == WRONG_DTYPE)
    return sonde_tensor_new_take_f64 (g_new0 (double, rows *columns), rows, columns);
  if (fault == WRONG_DIMENSIONS)
    {
      bytes = g_bytes_new_take (g_new0 (float, rows *columns), rows * columns * sizeof (float));
      return sonde_tensor_new (SONDE_DTYPE_F32, (gsize[]){ 1, rows, columns }, 3, bytes, NULL);
    }
  rows += fault == WRONG_ROWS;
  columns += fault == WRONG_WIDTH;
  return sonde_tensor_new_take_f32 (g_new0 (float, rows *columns), rows, columns);
}

static gboolean
give (SondeModel *model,
      Fault fault,
      SondeBatch *batch,
      guint layer,
      const char *name,
      SondeSiteFunc func,
      gpointer user_data,
      GError **error)
{
  g_autoptr (SondeTensor) tensor = make_tensor (model, fault, sonde_batch_get_n_rows (batch), name);

  if (fault == IGNORES_REFUSAL || fault == HIDES_REFUSAL)
    {
      func (layer, name, tensor, user_data, NULL);
      return TRUE;
    }
  return func (layer, name, tensor, user_data, error);
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
  const Fault fault = MOCK_MODEL (model)->fault;

  if (fault == HONEST_FAILURE || fault == SUCCESS_AND_ERROR)
    g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_VALUE, "a weight is NaN");
  if (fault == HONEST_FAILURE || fault == SILENT_FAILURE || fault == SUCCESS_AND_ERROR)
    return fault == SUCCESS_AND_ERROR;

  for (guint i = 0; fault != GIVES_NOTHING && i < sonde_selection_get_n_pairs (selection); i++)
    {
      guint layer;
      const char *name;

      sonde_selection_get_pair (selection, i, &layer, &name);
      for (guint times = fault == GIVES_TWICE ? 2 : 1; times > 0; times--)
        if (!give (model, fault, batch, layer, name, func, user_data, error))
          return FALSE;
    }
  if (fault == GIVES_UNWANTED && !give (model, fault, batch, 1, "out", func, user_data, error))
    return FALSE;
  return fault != HIDES_REFUSAL;
}

static void
model_init (SondeModelInterface *iface)
{
  iface->get_name = get_name;
  iface->get_n_layers = get_n_layers;
  iface->get_max_positions = get_max_positions;
  iface->dup_sites = dup_sites;
  iface->dup_warnings = dup_warnings;
  iface->foreach_file = foreach_file;
  iface->run = run;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (MockModel, mock_model, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL, model_init))

static void
mock_model_class_init (MockModelClass *klass)
{
}

static void
mock_model_init (MockModel *self)
{
}

#define IDLE_TYPE_MODEL (idle_model_get_type ())
G_DECLARE_FINAL_TYPE (IdleModel, idle_model, IDLE, MODEL, GObject)

struct _IdleModel
{
  GObject parent_instance;
};

G_DEFINE_FINAL_TYPE_WITH_CODE (IdleModel, idle_model, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (SONDE_TYPE_MODEL, NULL))

static void
idle_model_class_init (IdleModelClass *klass)
{
}

static void
idle_model_init (IdleModel *self)
{
}

static SondeModel *
model_new (Fault fault)
{
  MockModel *self;

  if (fault == NOTHING_IMPLEMENTED)
    return g_object_new (IDLE_TYPE_MODEL, NULL);
  self = g_object_new (MOCK_TYPE_MODEL, NULL);
  self->fault = fault;
  return SONDE_MODEL (self);
}

static SondeBatch *
batch_new (void)
{
  SondeBatch *batch = sonde_batch_new ();

  sonde_batch_add (batch, (gint32[]){ 1, 2, 3 }, 3, (guint[]){ 0, 2 }, 2);
  sonde_batch_add (batch, (gint32[]){ 1, 2, 3, 4 }, 4, (guint[]){ 3 }, 1);
  return batch;
}

static gboolean
collect (guint layer,
         const char *site,
         SondeTensor *tensor,
         gpointer user_data,
         GError **error)
{
  GString *seen = user_data;
  g_autofree char *shape = sonde_tensor_dup_shape_string (tensor);

  g_string_append_printf (seen, "%d.%s%s ", layer == SONDE_NO_LAYER ? -1 : (int) layer, site, shape);
  return TRUE;
}

static gboolean
refuse_all (guint layer,
            const char *site,
            SondeTensor *tensor,
            gpointer user_data,
            GError **error)
{
  const gboolean explain = GPOINTER_TO_INT (user_data);

  if (explain)
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "nowhere to put it");
  return FALSE;
}

static void
test_run (void)
{
  g_autoptr (SondeModel) model = model_new (WELL_BEHAVED);
  g_autoptr (SondeBatch) batch = batch_new ();
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  sonde_selection_add (selection, 1, "out");
  sonde_selection_add (selection, 0, "in");
  sonde_selection_add (selection, SONDE_NO_LAYER, "logits");
  g_assert_true (sonde_model_run (model, batch, selection, collect, seen, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (seen->str, ==, "1.out[3, 2] 0.in[3, 3] -1.logits[3, 5] ");
}

/* Whatever the caller calls a site, the model hears its own name, and once. */
static void
test_other_names (void)
{
  g_autoptr (SondeModel) model = model_new (WELL_BEHAVED);
  g_autoptr (SondeBatch) batch = batch_new ();
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  sonde_selection_add (selection, 1, "layers.*");
  sonde_selection_add (selection, 1, "out");
  sonde_selection_add (selection, 0, "in");
  g_assert_true (sonde_model_run (model, batch, selection, collect, seen, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (seen->str, ==, "1.out[3, 2] 0.in[3, 3] ");
}

static void
count_file (const char *role,
            const char *path,
            gpointer user_data)
{
  g_string_append_printf (user_data, "%s=%s ", role, path);
}

static void
test_questions (void)
{
  g_autoptr (SondeModel) model = model_new (WELL_BEHAVED);
  g_autoptr (SondeSite) site = sonde_model_dup_site (model, "out");
  g_autoptr (GPtrArray) warnings = sonde_model_list_warnings (model);
  g_autoptr (GString) files = g_string_new (NULL);

  g_assert_cmpstr (sonde_model_get_name (model), ==, "Mock, 2 layers");
  g_assert_cmpuint (site->n_features, ==, 2);
  g_assert_null (sonde_model_dup_site (model, "nowhere"));
  g_assert_null (sonde_model_get_provider (model, NULL)); /* no registry opened it */
  g_assert_cmpuint (warnings->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (warnings, 0), ==, "array “x” means nothing");
  g_assert_null (sonde_model_get_tokenizer (model));
  sonde_model_foreach_file (model, count_file, files);
  g_assert_cmpstr (files->str, ==, "config=/x/config.json weights=/x/model.safetensors ");
}

static void
test_nothing_implemented (void)
{
  g_autoptr (SondeModel) model = model_new (NOTHING_IMPLEMENTED);
  g_autoptr (GPtrArray) sites = sonde_model_list_sites (model);
  g_autoptr (SondeBatch) batch = batch_new ();
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (sonde_model_get_name (model), ==, "IdleModel");
  g_assert_cmpuint (sonde_model_get_n_layers (model), ==, 0);
  g_assert_cmpuint (sonde_model_get_max_positions (model), ==, 0);
  g_assert_cmpuint (sites->len, ==, 0);
  sonde_model_foreach_file (model, count_file, seen);
  g_assert_cmpuint (seen->len, ==, 0);
  g_assert_false (sonde_model_run (model, batch, selection, collect, seen, NULL, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN);
}

static void
check_fault (Fault fault,
             SondeSiteFunc func,
             GQuark domain,
             int code,
             const char *pattern)
{
  g_autoptr (SondeModel) model = model_new (fault);
  g_autoptr (SondeBatch) batch = batch_new ();
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  sonde_selection_add (selection, 0, "in");
  sonde_selection_add (selection, 1, "in");
  g_assert_false (sonde_model_run (model, batch, selection, func, func == collect ? seen : GINT_TO_POINTER (TRUE), NULL, &error));
  g_assert_error (error, domain, code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” does not match “%s”", error->message, pattern);
}

static void
test_faults (void)
{
  check_fault (SILENT_FAILURE, collect, SONDE_ERROR, SONDE_ERROR_PLUGIN, "*MockModel*without saying why*");
  check_fault (HONEST_FAILURE, collect, SONDE_ERROR, SONDE_ERROR_VALUE, "a weight is NaN");
  check_fault (SUCCESS_AND_ERROR, collect, SONDE_ERROR, SONDE_ERROR_VALUE, "a weight is NaN");
  check_fault (GIVES_NOTHING, collect, SONDE_ERROR, SONDE_ERROR_PLUGIN, "*MockModel*did not give site “in” of layer 0*");
  check_fault (GIVES_TWICE, collect, SONDE_ERROR, SONDE_ERROR_PLUGIN, "*“in”*twice*");
  check_fault (GIVES_UNWANTED, collect, SONDE_ERROR, SONDE_ERROR_PLUGIN, "*“out”*nobody*");
  check_fault (GIVES_NULL, collect, SONDE_ERROR, SONDE_ERROR_PLUGIN, "*without its tensor*");
  check_fault (WRONG_WIDTH, collect, SONDE_ERROR, SONDE_ERROR_PLUGIN, "*F32 [3, 4]*“in”*F32 [3, 3]*");
  check_fault (WRONG_ROWS, collect, SONDE_ERROR, SONDE_ERROR_PLUGIN, "*F32 [4, 3]*");
  check_fault (WRONG_DTYPE, collect, SONDE_ERROR, SONDE_ERROR_PLUGIN, "*F64 [3, 3]*");
  check_fault (WRONG_DIMENSIONS, collect, SONDE_ERROR, SONDE_ERROR_PLUGIN, "*F32 [1, 3, 3]*");
  check_fault (WELL_BEHAVED, refuse_all, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "nowhere to put it");
  check_fault (IGNORES_REFUSAL, refuse_all, SONDE_ERROR, SONDE_ERROR_PLUGIN, "*MockModel*");
  check_fault (HIDES_REFUSAL, refuse_all, SONDE_ERROR, SONDE_ERROR_PLUGIN, "*MockModel*");
}

static void
test_silent_reader (void)
{
  g_autoptr (SondeModel) model = model_new (WELL_BEHAVED);
  g_autoptr (SondeBatch) batch = batch_new ();
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  g_autoptr (GError) error = NULL;

  sonde_selection_add (selection, 0, "in");
  g_assert_false (sonde_model_run (model, batch, selection, refuse_all, GINT_TO_POINTER (FALSE), NULL, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FAILED);
}

static void
refuse_selection (guint layer,
                  const char *site,
                  const char *pattern)
{
  g_autoptr (SondeModel) model = model_new (WELL_BEHAVED);
  g_autoptr (SondeBatch) batch = batch_new ();
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  sonde_selection_add (selection, layer, site);
  g_assert_false (sonde_model_run (model, batch, selection, collect, seen, NULL, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE);
  g_assert_true (g_pattern_match_simple (pattern, error->message));
  g_assert_cmpuint (seen->len, ==, 0);
}

static void
test_selection (void)
{
  refuse_selection (0, "nowhere", "*Mock, 2 layers has no site called “nowhere”*");
  refuse_selection (2, "in", "*“in”*2 layers count from 0*");
  refuse_selection (SONDE_NO_LAYER, "in", "*“in”*");
  refuse_selection (0, "logits", "*“logits”*no layer*layer 0*");
}

static void
test_too_long (void)
{
  g_autoptr (SondeModel) model = model_new (WELL_BEHAVED);
  g_autoptr (SondeBatch) batch = batch_new ();
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  sonde_batch_add (batch, (gint32[]){ 1, 2, 3, 4, 5 }, 5, (guint[]){ 0 }, 1);
  sonde_selection_add (selection, 0, "in");
  g_assert_false (sonde_model_run (model, batch, selection, collect, seen, NULL, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_TEXT);
  g_assert_true (g_pattern_match_simple ("Sequence 2 has 5 tokens*at most 4", error->message));
}

static void
test_cancelled (void)
{
  g_autoptr (SondeModel) model = model_new (SILENT_FAILURE);
  g_autoptr (SondeBatch) batch = batch_new ();
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_false (sonde_model_run (model, batch, selection, collect, seen, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/model/run", test_run);
  g_test_add_func ("/model/other-names", test_other_names);
  g_test_add_func ("/model/questions", test_questions);
  g_test_add_func ("/model/nothing-implemented", test_nothing_implemented);
  g_test_add_func ("/model/faults", test_faults);
  g_test_add_func ("/model/silent-reader", test_silent_reader);
  g_test_add_func ("/model/selection", test_selection);
  g_test_add_func ("/model/too-long", test_too_long);
  g_test_add_func ("/model/cancelled", test_cancelled);
  return g_test_run ();
}
