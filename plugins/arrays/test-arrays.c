#define G_LOG_DOMAIN "arrays"
#define _GNU_SOURCE /* memmem */

#include <stdarg.h>

#include "test-arrays-common.h"

/* What the provider takes, what it gives, and in which words it refuses the rest. */

/* ---- .npz ---- */

/* Two conditions, layers 1 and 3, stages b before a; values tell which array they are of. */
static char *
write_good (const char *name, gboolean deflated)
{
  const Member members[] = {
    { "many/L3/b.npy", test_npy_counting (4, 2, 300) },
    { "few/L3/b.npy", test_npy_counting (3, 2, 1300) },
    { "many/L1/b.npy", test_npy_counting (4, 2, 100) },
    { "few/L1/b.npy", test_npy_counting (3, 2, 1100) },
    { "few/L1/a.npy", test_npy_counting (3, 5, 2100) },
    { "many/L1/a.npy", test_npy_counting (4, 5, 3100) },
    { "many/L3/a.npy", test_npy_counting (4, 5, 3300) },
    { "few/L3/a.npy", test_npy_counting (3, 5, 2300) },
  };

  return test_write_zip (name, deflated, members, G_N_ELEMENTS (members));
}

static void
assert_good (SondeModel *model)
{
  g_autoptr (GPtrArray) conditions = sonde_model_list_conditions (model);
  g_autoptr (GPtrArray) stages = sonde_model_list_stages (model);
  g_autoptr (GHashTable) keep = NULL;
  guint n_layers;
  const guint *layers = sonde_model_get_layers (model, &n_layers);
  const float *values;
  SondeTensor *tensor;

  g_assert_cmpuint (sonde_model_get_n_layers (model), ==, 4);
  g_assert_cmpuint (n_layers, ==, 2);
  g_assert_cmpuint (layers[0], ==, 1);
  g_assert_cmpuint (layers[1], ==, 3);
  g_assert_cmpuint (conditions->len, ==, 2);
  g_assert_cmpstr (sonde_condition_get_id (g_ptr_array_index (conditions, 0)), ==, "many");
  g_assert_cmpuint (sonde_condition_get_n_rows (g_ptr_array_index (conditions, 0)), ==, 4);
  g_assert_cmpstr (sonde_condition_get_id (g_ptr_array_index (conditions, 1)), ==, "few");
  g_assert_cmpuint (stages->len, ==, 2);
  g_assert_cmpstr (((SondeStage *) g_ptr_array_index (stages, 0))->id, ==, "b");
  g_assert_cmpstr (((SondeStage *) g_ptr_array_index (stages, 1))->id, ==, "a");
  g_assert_null (sonde_model_get_tokenizer (model));
  tensor = test_run_one (model, 3, "a", &keep);
  g_assert_cmpuint (sonde_tensor_get_n_rows (tensor), ==, 7);
  g_assert_cmpuint (sonde_tensor_get_n_columns (tensor), ==, 5);
  values = sonde_tensor_peek_f32 (tensor);
  g_assert_cmpfloat (values[0], ==, 3300);
  g_assert_cmpfloat (values[19], ==, 3319);
  g_assert_cmpfloat (values[20], ==, 2300);
  g_assert_cmpfloat (values[34], ==, 2314);
}

static void
test_npz (void)
{
  for (int deflated = 0; deflated <= 1; deflated++)
    {
      g_autofree char *path = write_good ("good.npz", deflated);
      g_autoptr (SondeModel) model = test_open_model (path);
      g_autoptr (SondeSelection) selection = sonde_selection_new ();
      g_autoptr (GHashTable) tensors = NULL;

      assert_good (model);
      for (guint layer = 1; layer <= 3; layer += 2)
        {
          sonde_selection_add (selection, layer, "a");
          sonde_selection_add (selection, layer, "b");
        }
      tensors = test_run_model (model, selection, NULL);
      g_assert_nonnull (tensors);
      g_assert_cmpuint (g_hash_table_size (tensors), ==, 4);
      g_assert_cmpfloat (sonde_tensor_peek_f32 (g_hash_table_lookup (tensors, "L1/b"))[8], ==, 1100);
    }
}

/* A layer that the file does not hold is no crash and no success. */
static void
test_missing_layer (void)
{
  g_autofree char *path = write_good ("good.npz", FALSE);
  g_autoptr (SondeModel) model = test_open_model (path);
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  g_autoptr (GError) error = NULL;

  sonde_selection_add (selection, 2, "a");
  g_assert_null (test_run_model (model, selection, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN);
}

static void
assert_npz_refused (const char *part, guint n, ...)
{
  Member members[8];
  va_list arguments;
  g_autofree char *path = NULL;

  va_start (arguments, n);
  for (guint i = 0; i < n; i++)
    {
      members[i].name = va_arg (arguments, const char *);
      members[i].bytes = va_arg (arguments, GBytes *);
    }
  va_end (arguments);
  path = test_write_zip ("bad.npz", FALSE, members, n);
  test_assert_refused (path, part);
}

static void
test_npz_hostile (void)
{
  static const guint8 zeros[24];

  assert_npz_refused ("no zip archive", 0); /* what numpy makes of no arrays */
  assert_npz_refused ("holds “c/L0/s.npy” twice", 2, "c/L0/s.npy", test_npy_counting (3, 2, 0), "c/L0/s.npy", test_npy_counting (3, 2, 9));
  assert_npz_refused ("no plain relative path", 1, "../c/L0/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("no plain relative path", 1, "c/../L0/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("no plain relative path", 1, "/c/L0/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("no plain relative path", 1, "c\\..\\x.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("is no .npy file", 1, "c/L0/s.txt", g_bytes_new_static ("text", 4));
  assert_npz_refused ("does not begin", 1, "c/L0/s.npy", g_bytes_new_static ("no array at all", 15));
  assert_npz_refused ("promises", 1, "c/L0/s.npy", test_npy_raw (1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 200000000000), }", zeros, 24));
  assert_npz_refused ("promises", 1, "c/L0/s.npy", test_npy_raw (1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", zeros, 24));
  assert_npz_refused ("Fortran order", 1, "c/L0/s.npy", test_npy_raw (1, "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }", zeros, 24));
  assert_npz_refused ("holds no arrays", 1, "sonde.json", g_bytes_new_static ("{", 1));
}

static void
test_npz_bytes (void)
{
  g_autofree char *good = write_good ("good.npz", FALSE);
  g_autofree char *path = test_path_of ("spoilt.npz");
  char *data;
  gsize size;

  g_assert_true (g_file_get_contents (good, &data, &size, NULL));
  for (gsize cut = 1; cut < 400; cut += 7)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, data, (gssize) (size - cut), NULL));
      g_assert_null (test_try_open (path, &error));
      g_assert_nonnull (error);
    }
  g_assert_true (g_file_set_contents (path, "no zip", -1, NULL));
  test_assert_refused (path, "spoilt.npz");
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  test_assert_refused (path, "spoilt.npz");

  g_free (data);
}

/* One bit of a value: the checksum tells; at once for a small array, when it is read for a large one. */
static void
test_npz_checksum (void)
{
  static const gsize rows[] = { 3, 300 };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const Member members[] = { { "c/L0/s.npy", test_npy_counting (rows[i], 100, 0) } };
      g_autofree char *path = test_write_zip ("checksum.npz", FALSE, members, 1);
      g_autofree char *data = NULL;
      const float last = (float) (rows[i] * 100 - 1);
      gsize size;
      char *value;

      g_assert_true (g_file_get_contents (path, &data, &size, NULL));
      value = memmem (data, size, &last, sizeof last);
      g_assert_nonnull (value);
      value[0] ^= 1;
      g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
      if (i == 0)
        test_assert_refused (path, "CRC");
      else
        {
          g_autoptr (SondeModel) model = test_open_model (path);
          g_autoptr (SondeSelection) selection = sonde_selection_new ();
          g_autoptr (GError) error = NULL;

          sonde_selection_add (selection, 0, "s");
          g_assert_null (test_run_model (model, selection, &error));
          g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT);
          g_assert_nonnull (strstr (error->message, "CRC"));
        }
    }
}

/* 300 MiB of zeros in 300 KiB. */
static void
test_npz_bomb (void)
{
  gsize size = (gsize) 300 << 20;
  g_autofree char *dictionary = g_strdup_printf ("{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, 1024), }\n", size / 4096);
  guint8 *zeros = g_malloc0 (size);
  const Member members[] = { { "c/L0/s.npy", test_npy_raw (1, dictionary, zeros, size) } };
  g_autofree char *path = NULL;

  g_free (zeros);
  path = test_write_zip ("bomb.npz", TRUE, members, 1);
  test_assert_refused (path, "more than 100 times its size");
}

/* ---- names and shapes ---- */

static void
test_layout (void)
{
  assert_npz_refused ("“weights”", 2, "weights.npy", test_npy_counting (3, 2, 0), "c/L0/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c/L0/s/t.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c/0/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c/L/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c/L01/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c/L-1/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c/L4294967296/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "/L0/s.npy" + 1, test_npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c d/L0/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("“weights1”, “weights2”, “weights3”, “weights4”, “weights5” and 1 more", 6, "weights1.npy", test_npy_counting (3, 2, 0), "weights2.npy", test_npy_counting (3, 2, 0),
                      "weights3.npy", test_npy_counting (3, 2, 0), "weights4.npy", test_npy_counting (3, 2, 0), "weights5.npy", test_npy_counting (3, 2, 0), "weights6.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("are missing: “c/L1/t”", 3, "c/L0/s.npy", test_npy_counting (3, 2, 0), "c/L1/s.npy", test_npy_counting (3, 2, 0), "c/L0/t.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("d/L0/t [4, 2] ≠ [3, 2]", 4, "c/L0/s.npy", test_npy_counting (3, 2, 0), "d/L0/s.npy", test_npy_counting (3, 2, 0), "c/L0/t.npy", test_npy_counting (3, 2, 0), "d/L0/t.npy", test_npy_counting (4, 2, 0));
  assert_npz_refused ("c/L1/s [3, 3] ≠ [3, 2]", 2, "c/L0/s.npy", test_npy_counting (3, 2, 0), "c/L1/s.npy", test_npy_counting (3, 3, 0));
  assert_npz_refused ("need more arrays", 3, "c/L0/s.npy", test_npy_counting (3, 2, 0), "d/L1/t.npy", test_npy_counting (3, 2, 0), "e/L2/u.npy", test_npy_counting (3, 2, 0));
}

#define STAGE(id) "{\"id\":\"" id "\",\"short-label\":\"Sh\",\"label\":\"La\",\"axis-label\":\"Ax\",\"site\":\"x.y\",\"formula\":\"f\"}"
#define DESCRIPTION(layers, stages, conditions) "{\"format\":2,\"model\":\"M\",\"layers\":" layers ",\"stages\":[" stages "],\"conditions\":[" conditions "]}"
#define TOKENS(kept) "\"tokens\":{\"sequence\":[0,1,2,2],\"position\":[7,8,9,11],\"id\":[70,80,90,-1],\"text\":[\"a\",\"b\",\" c\",\"d\"],\"kept\":[" kept "]}"

static char *
write_described (const char *description)
{
  const Member members[] = {
    { "c/L0/s.npy", test_npy_counting (3, 2, 0) },
    { "c/L0/t.npy", test_npy_counting (3, 2, 50) },
    { "sonde.json", g_bytes_new_static (description, strlen (description)) },
  };

  return test_write_zip ("described.npz", FALSE, members, G_N_ELEMENTS (members));
}

static void
test_description (void)
{
  g_autofree char *path = write_described (DESCRIPTION ("9", STAGE ("t") "," STAGE ("s"), "{\"id\":\"c\",\"title\":\"Title\",\"short-title\":\"Ti\",\"rows\":3," TOKENS ("1,1,1,0") "}"));
  g_autoptr (SondeModel) model = test_open_model (path);
  g_autoptr (GPtrArray) conditions = sonde_model_list_conditions (model);
  g_autoptr (GPtrArray) stages = sonde_model_list_stages (model);
  g_autoptr (GHashTable) keep = NULL;
  g_autofree char *text = NULL;
  SondeStage *first = g_ptr_array_index (stages, 0);
  guint sequence;
  guint position;
  gint32 id;

  g_assert_cmpuint (sonde_model_get_n_layers (model), ==, 9);
  g_assert_cmpstr (sonde_model_get_name (model), ==, "M (described.npz)");
  g_assert_cmpstr (first->id, ==, "t");
  g_assert_cmpstr (first->short_label, ==, "Sh");
  g_assert_cmpstr (first->site, ==, "t"); /* both say x.y, which one name cannot mean */
  g_assert_cmpstr (sonde_condition_get_label (g_ptr_array_index (conditions, 0), SONDE_LABEL_TITLE), ==, "Title");
  g_assert_cmpstr (sonde_condition_get_label (g_ptr_array_index (conditions, 0), SONDE_LABEL_SHORT), ==, "Ti");
  g_assert_true (sonde_condition_get_row_origin (g_ptr_array_index (conditions, 0), 2, &sequence, &position, &id, &text));
  g_assert_cmpuint (sequence, ==, 2);
  g_assert_cmpuint (position, ==, 9);
  g_assert_cmpint (id, ==, 90);
  g_assert_cmpstr (text, ==, " c");
  g_assert_cmpfloat (sonde_tensor_peek_f32 (test_run_one (model, 0, "t", &keep))[0], ==, 50);
}

static void
test_description_hostile (void)
{
  static const struct
  {
    const char *text;
    const char *part;
  } cases[] = {
    { "", "the description in described.npz" },
    { "[]", "the description in described.npz" },
    { "{}", "“format”" },
    { "{\"format\":1}", "format 1" },
    { "{\"format\":0}", "“format”" },
    { DESCRIPTION ("0", STAGE ("t"), "{}"), "“layers”" },
    { DESCRIPTION ("99999999999999", STAGE ("t"), "{}"), "“layers”" },
    { DESCRIPTION ("1", "", "{}"), "“stages”" },
    { DESCRIPTION ("1", "{}", "{}"), "“id”" },
    { DESCRIPTION ("1", STAGE ("t"), ""), "“conditions”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\"}"), "“rows”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":-1}"), "“rows”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":4," TOKENS ("1,1,1,0") "}"), "“tokens”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":2," TOKENS ("1,1,1,0") "}"), "“tokens”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":3,\"tokens\":[]}"), "“tokens”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":3,\"tokens\":{\"sequence\":[1,0],\"position\":[0,0],\"id\":[5,5],\"text\":[\"\",\"\"],\"kept\":[0,0]}}"), "“tokens”" },
    { DESCRIPTION ("1", "{\"id\":\"s\",\"short-label\":\"\",\"label\":\"\",\"axis-label\":\"\",\"site\":\"\",\"formula\":\"\",\"aliases\":[3]}", "{}"), "“aliases”" },
    { DESCRIPTION ("1", STAGE ("t") "," STAGE ("t"), "{\"id\":\"c\",\"rows\":3}"), "a stage twice" },
    { DESCRIPTION ("1", STAGE ("t") "," STAGE ("s"), "{\"id\":\"c\",\"rows\":3},{\"id\":\"c\",\"rows\":3}"), "a condition twice" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":3}"), "does not know these arrays: “c/L0/s”" },
    { DESCRIPTION ("1", STAGE ("t") "," STAGE ("s") "," STAGE ("u"), "{\"id\":\"c\",\"rows\":3}"), "“c/L0/u”" },
    { DESCRIPTION ("1", STAGE ("t") "," STAGE ("s"), "{\"id\":\"c\",\"rows\":4}"), "[3, 2] ≠ [4, 2]" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = write_described (cases[i].text);

      test_assert_refused (path, cases[i].part);
    }
}

/* ---- safetensors ---- */

static char *
write_safetensors (const char *const *names, const char *description)
{
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  char *path = test_path_of ("x.safetensors");
  const gsize shape[] = { 3, 2 };

  for (guint i = 0; names[i] != NULL; i++)
    g_assert_true (sonde_safetensors_writer_declare (writer, names[i], SONDE_DTYPE_F32, shape, 2, NULL));
  if (description != NULL)
    sonde_safetensors_writer_set_metadata (writer, "sonde", description);
  g_assert_true (sonde_safetensors_writer_open (writer, path, NULL));
  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree float *values = g_new (float, 6);
      g_autoptr (SondeTensor) tensor = NULL;

      for (guint j = 0; j < 6; j++)
        values[j] = (float) (10 * i + j);
      tensor = sonde_tensor_new_take_f32 (g_steal_pointer (&values), 3, 2);
      g_assert_true (sonde_safetensors_writer_write (writer, names[i], tensor, NULL));
    }
  g_assert_true (sonde_safetensors_writer_close (writer, NULL));
  return path;
}

static void
test_safetensors (void)
{
  static const char *const names[] = { "d/L0/s", "c/L0/s", NULL };
  static const char *const weights[] = { "h.0.mlp.c_fc.weight", NULL };
  g_autofree char *path = write_safetensors (names, DESCRIPTION ("1", STAGE ("s"), "{\"id\":\"d\",\"rows\":3},{\"id\":\"c\",\"rows\":3}"));
  g_autoptr (SondeModel) model = test_open_model (path);
  g_autoptr (GHashTable) keep = NULL;
  SondeTensor *tensor = test_run_one (model, 0, "x.y", &keep);
  g_autofree char *other = NULL;

  g_assert_cmpuint (sonde_tensor_get_n_rows (tensor), ==, 6);
  g_assert_cmpfloat (sonde_tensor_peek_f32 (tensor)[0], ==, 0);
  g_assert_cmpfloat (sonde_tensor_peek_f32 (tensor)[6], ==, 10);
  other = write_safetensors (weights, NULL);
  test_assert_refused (other, "“h.0.mlp.c_fc.weight”");
}

static void
test_probe (void)
{
  g_autoptr (SondeModelProvider) provider = g_object_new (ARRAYS_TYPE_PROVIDER, NULL);
  g_autofree char *path = write_good ("good.npz", FALSE);
  g_autofree char *none = test_path_of ("none.npz");
  g_autofree char *reason = NULL;
  g_autofree char *other = NULL;

  g_assert_cmpuint (sonde_model_provider_probe (provider, path, NULL), >, 0);
  g_assert_cmpuint (sonde_model_provider_probe (provider, test_get_folder (), &reason), ==, 0);
  g_assert_nonnull (strstr (reason, ".safetensors"));
  g_assert_cmpuint (sonde_model_provider_probe (provider, none, &other), ==, 0);
  g_assert_nonnull (other);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  test_make_folder ();
  g_test_add_func ("/arrays/npz/good", test_npz);
  g_test_add_func ("/arrays/npz/missing-layer", test_missing_layer);
  g_test_add_func ("/arrays/npz/hostile", test_npz_hostile);
  g_test_add_func ("/arrays/npz/bytes", test_npz_bytes);
  g_test_add_func ("/arrays/npz/checksum", test_npz_checksum);
  g_test_add_func ("/arrays/npz/bomb", test_npz_bomb);
  g_test_add_func ("/arrays/layout", test_layout);
  g_test_add_func ("/arrays/description/good", test_description);
  g_test_add_func ("/arrays/description/hostile", test_description_hostile);
  g_test_add_func ("/arrays/safetensors", test_safetensors);
  g_test_add_func ("/arrays/probe", test_probe);
  status = g_test_run ();
  test_remove_folder ();
  return status;
}
