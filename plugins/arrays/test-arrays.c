#define G_LOG_DOMAIN "arrays"
#define _GNU_SOURCE /* memmem */

#include <stdarg.h>
#include <unistd.h>

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
  g_autoptr (GArray) layers = sonde_model_list_layers (model);
  const float *values;
  SondeTensor *tensor;

  g_assert_cmpuint (sonde_model_get_n_layers (model), ==, 4);
  g_assert_cmpuint (layers->len, ==, 2);
  g_assert_cmpuint (g_array_index (layers, guint, 0), ==, 1);
  g_assert_cmpuint (g_array_index (layers, guint, 1), ==, 3);
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

  assert_npz_refused ("holds no arrays", 0); /* what numpy makes of no arrays */
  assert_npz_refused ("member “c/L0/s.npy” is there twice", 2, "c/L0/s.npy", test_npy_counting (3, 2, 0), "c/L0/s.npy", test_npy_counting (3, 2, 9));
  assert_npz_refused ("no plain relative path", 1, "../c/L0/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("no plain relative path", 1, "c/../L0/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("no plain relative path", 1, "/c/L0/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("no plain relative path", 1, "c\\..\\x.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("does not begin", 1, "c/L0/s.npy", g_bytes_new_static ("no array at all", 15));
  assert_npz_refused ("does not begin", 1, "c/L0/s.npy", g_bytes_new_static ("", 0));
  assert_npz_refused ("promises", 1, "c/L0/s.npy", test_npy_raw (1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 200000000000), }", zeros, 24));
  assert_npz_refused ("promises", 1, "c/L0/s.npy", test_npy_raw (1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", zeros, 24));
  assert_npz_refused ("never unpickled", 1, "c/L0/s.npy", test_npy_raw (1, "{'descr': '|O', 'fortran_order': False, 'shape': (2, 2), }", zeros, 24));
  assert_npz_refused ("holds no arrays", 1, "sonde.json", g_bytes_new_static ("{", 1));
}

/* ---- archives that lie ---- */

/* @place: from the @nth (from 0) record that begins with @signature; @size bytes become @value. */
typedef struct
{
  const char *signature;
  guint nth;
  gsize place;
  guint size;
  guint64 value;
  const char *part;
} Lie;

#define LOCAL "PK\3\4"
#define ENTRY "PK\1\2"
#define END "PK\5\6"

static gsize
find_record (const char *data, gsize size, const char *signature, guint nth)
{
  const char *at = data;

  while ((at = memmem (at, size - (gsize) (at - data), signature, 4)) != NULL && nth > 0)
    {
      at++;
      nth--;
    }
  g_assert_nonnull (at);
  return (gsize) (at - data);
}

static void
test_npz_lies (void)
{
  static const Lie lies[] = {
    { ENTRY, 0, 8, 2, 1, "“a/L0/s.npy” is encrypted" },
    { ENTRY, 1, 10, 2, 12, "neither stored nor deflated" },
    { ENTRY, 0, 10, 2, 8, "another name or packing" },
    { ENTRY, 0, 20, 4, 77, "another number of bytes than it has" },
    { ENTRY, 0, 24, 4, 0xfffffff0, "another number of bytes than it has" },
    { ENTRY, 0, 24, 4, 0xffffffff, "size or place that lies outside" }, /* no record of 64 bits has it */
    { ENTRY, 1, 28, 2, 0xffff, "directory ends too early" },
    { ENTRY, 1, 28, 2, 0, "no plain relative path" },
    { ENTRY, 1, 30, 2, 0xffff, "directory ends too early" },
    { ENTRY, 1, 42, 4, 0x7fffffff, "size or place that lies outside" },
    { ENTRY, 1, 42, 4, 1, "is not where the directory says" },
    { ENTRY, 1, 42, 4, 0, "another name or packing" },
    { ENTRY, 1, 0, 1, 'Q', "directory ends too early" },
    { LOCAL, 1, 28, 2, 0xffff, "reaches beyond" },
    { LOCAL, 0, 26, 2, 9, "another name or packing" },
    { LOCAL, 0, 30, 1, 'b', "another name or packing" },
    { END, 0, 8, 2, 0xffff, NULL }, /* of this disk: nobody needs it */
    { END, 0, 10, 2, 0xffff, "64 bits" },
    { END, 0, 10, 2, 3, "directory ends too early" },
    { END, 0, 12, 4, 0x7fffffff, "directory lies outside" },
    { END, 0, 16, 4, 0x7fffffff, "directory lies outside" },
    { END, 0, 16, 4, 0, "directory ends too early" },
    { END, 0, 20, 2, 1, "does not end in the directory" },
  };
  const Member members[] = { { "a/L0/s.npy", test_npy_counting (3, 2, 0) }, { "b/L0/s.npy", test_npy_counting (3, 2, 9) } };
  g_autofree char *good = test_write_zip ("true.npz", FALSE, members, G_N_ELEMENTS (members));
  g_autofree char *data = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (good, &data, &size, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (lies); i++)
    {
      const Lie *lie = &lies[i];
      g_autofree char *copy = g_memdup2 (data, size);
      g_autoptr (GBytes) bytes = NULL;
      g_autofree char *path = NULL;

      for (guint j = 0; j < lie->size; j++)
        copy[find_record (data, size, lie->signature, lie->nth) + lie->place + j] = (char) (lie->value >> (8 * j));
      bytes = g_bytes_new (copy, size);
      path = test_write_bytes ("lie.npz", bytes);
      g_test_message ("lie %u", i);
      if (lie->part != NULL)
        test_assert_refused (path, lie->part);
      else
        g_object_unref (test_open_model (path));
    }
}

/* Both members of the directory are the same bytes: a small file would be read as often as somebody likes. */
static void
test_npz_overlap (void)
{
  const Member members[] = { { "a/L0/s.npy", test_npy_counting (3, 2, 0) }, { "a/L1/s.npy", test_npy_counting (3, 2, 9) } };
  g_autofree char *path = test_write_zip ("overlap.npz", FALSE, members, G_N_ELEMENTS (members));
  g_autofree char *data = NULL;
  g_autoptr (GBytes) bytes = NULL;
  gsize size, local, second, inside;

  /* the first member's data come to hold a whole header of the second, to which the directory then points */
  g_assert_true (g_file_get_contents (path, &data, &size, NULL));
  local = find_record (data, size, LOCAL, 1);
  second = find_record (data, size, ENTRY, 1);
  inside = find_record (data, size, "\x93NUM", 0);
  memcpy (data + inside + 60, data + local, 48);
  for (guint i = 0; i < 4; i++)
    data[second + 42 + i] = (char) ((inside + 60) >> (8 * i));
  bytes = g_bytes_new (data, size);
  g_free (path);
  path = test_write_bytes ("overlap.npz", bytes);
  test_assert_refused (path, "overlaps the member before it");
}

/* A member that is longer, or shorter, than the directory says; what deflate cannot have made; the same for a file that shrinks. */
static void
test_npz_sizes (void)
{
  static const struct
  {
    gsize place;
    guint32 value;
    const char *part;
  } cases[] = {
    { 24, 0x7fffffff, "claims to unpack to more than anything can" },
    { 24, 80, "another size in its header" },
  };
  const Member members[] = { { "a/L0/s.npy", test_npy_counting (40, 40, 0) } };
  g_autofree char *good = test_write_zip ("true.npz", TRUE, members, 1);
  g_autofree char *data = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (good, &data, &size, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *copy = g_memdup2 (data, size);
      g_autoptr (GBytes) bytes = NULL;
      g_autofree char *path = NULL;

      for (guint j = 0; j < 4; j++)
        copy[find_record (data, size, ENTRY, 0) + cases[i].place + j] = (char) (cases[i].value >> (8 * j));
      /* libarchive leaves the sizes of a deflated member to the record that follows it; here the header has them, too */
      copy[find_record (data, size, LOCAL, 0) + 6] &= (char) ~8;
      bytes = g_bytes_new (copy, size);
      path = test_write_bytes ("sizes.npz", bytes);
      test_assert_refused (path, cases[i].part);
    }
}

static void
test_shrunk (void)
{
  static const char *const names[] = { "shrunk.npz", "shrunk.npy", "shrunk.safetensors" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const Member members[] = { { "a/L0/shrunk.npy", test_npy_counting (100, 20, 0) } };
      g_autoptr (GBytes) npy = test_npy_counting (100, 20, 0);
      g_autofree char *path = i == 0 ? test_write_zip (names[i], FALSE, members, 1) : i == 1 ? test_write_bytes (names[i], npy)
                                                                                             : test_path_of (names[i]);
      g_autoptr (SondeModel) model = NULL;
      g_autoptr (SondeSelection) selection = sonde_selection_new ();
      g_autoptr (GError) error = NULL;

      if (i == 2)
        {
          g_autofree char *written = test_write_safetensors (names[i], (const char *const[]){ "a/L0/shrunk", NULL }, NULL);

          g_assert_cmpstr (written, ==, path);
        }
      if (i > 0)
        g_bytes_unref (members[0].bytes);
      model = test_open_model (path);
      sonde_selection_add (selection, 0, "shrunk");
      g_assert_cmpint (truncate (path, 50), ==, 0);
      g_assert_null (test_run_model (model, selection, &error));
      g_assert_nonnull (error);
      g_assert_nonnull (strstr (error->message, "has changed since it was opened"));
    }
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

/* One bit of a value: the checksum tells when it is read. */
static void
test_npz_checksum (void)
{
  for (int deflated = 0; deflated <= 1; deflated++)
    {
      const Member members[] = { { "c/L0/s.npy", test_npy_counting (300, 100, 0) } };
      g_autofree char *path = test_write_zip ("checksum.npz", deflated, members, 1);
      g_autoptr (SondeModel) model = NULL;
      g_autoptr (SondeSelection) selection = sonde_selection_new ();
      g_autoptr (GError) error = NULL;
      g_autofree char *data = NULL;
      gsize size;

      g_assert_true (g_file_get_contents (path, &data, &size, NULL));
      data[find_record (data, size, ENTRY, 0) + 16] ^= 1; /* the checksum itself, which both have */
      g_assert_true (g_file_set_contents (path, data, (gssize) size, NULL));
      model = test_open_model (path);
      sonde_selection_add (selection, 0, "s");
      g_assert_null (test_run_model (model, selection, &error));
      g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT);
      g_assert_nonnull (strstr (error->message, "CRC"));
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
  assert_npz_refused ("are missing: “c/L0/s”, “c/L1/t”, “c/L2/t”; choose some with --set arrays.stages=…", 3, "c/L0/t.npy", test_npy_counting (3, 2, 0), "c/L1/s.npy", test_npy_counting (3, 2, 0), "c/L2/s.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("c/L1/s [3, 3] ≠ [3, 2]", 2, "c/L0/s.npy", test_npy_counting (3, 2, 0), "c/L1/s.npy", test_npy_counting (3, 3, 0));
  assert_npz_refused ("need more arrays", 3, "c/L0/s.npy", test_npy_counting (3, 2, 0), "d/L1/t.npy", test_npy_counting (3, 2, 0), "e/L2/u.npy", test_npy_counting (3, 2, 0));
  assert_npz_refused ("“c/L1/s” and “c/L01/s” are both stage s of layer 1", 2, "c/L1/s.npy", test_npy_counting (3, 2, 0), "c/L01/s.npy", test_npy_counting (3, 2, 0));
}

/* An array of so many axes, of small floats that count from 0. */
static GBytes *
make_npy (const char *shape, guint n)
{
  g_autofree char *dictionary = g_strdup_printf ("{'descr': '<f4', 'fortran_order': False, 'shape': %s, }", shape);
  g_autofree float *values = g_new (float, n);

  for (guint i = 0; i < n; i++)
    values[i] = (float) i;
  return test_npy_raw (1, dictionary, values, n * sizeof (float));
}

/* Of a cache whatever is rows x features is read, whichever comes first; a sentence says why the rest is not. */
static void
test_unlike_stages (void)
{
  const Member members[] = {
    { "blocks.0.attn.hook_odd.npy", make_npy ("(2, 5, 2)", 20) },
    { "blocks.1.attn.hook_odd.npy", make_npy ("(2, 5, 2)", 20) },
    { "blocks.0.attn.hook_pattern.npy", make_npy ("(2, 4, 3, 3)", 72) },
    { "blocks.1.attn.hook_pattern.npy", make_npy ("(2, 4, 3, 3)", 72) },
    { "blocks.0.attn.hook_attn_scores.npy", make_npy ("(2, 4, 3, 3)", 72) },
    { "blocks.1.attn.hook_attn_scores.npy", make_npy ("(2, 4, 3, 3)", 72) },
    { "blocks.0.hook_resid_post.npy", make_npy ("(2, 3, 2)", 12) },
    { "blocks.1.hook_resid_post.npy", make_npy ("(2, 3, 2)", 12) },
    { "blocks.0.mlp.hook_pre.npy", make_npy ("(2, 3, 2)", 12) },
    { "blocks.1.mlp.hook_pre.npy", make_npy ("(2, 3, 5)", 30) },
    { "blocks.1.mlp.hook_post.npy", make_npy ("(2, 3, 2)", 12) },
  };
  g_autofree char *path = test_write_zip ("cache.npz", FALSE, members, G_N_ELEMENTS (members));
  g_autoptr (SondeModel) model = test_open_model (path);
  g_autoptr (GPtrArray) warnings = sonde_model_list_warnings (model);
  g_autoptr (GPtrArray) stages = sonde_model_list_stages (model);
  g_autoptr (GHashTable) keep = NULL;
  SondeTensor *pattern;

  g_assert_cmpuint (stages->len, ==, 2);
  g_assert_cmpstr (((SondeStage *) g_ptr_array_index (stages, 1))->id, ==, "hook_resid_post");
  pattern = test_run_one (model, 1, "attn.hook_pattern", &keep);
  g_assert_cmpuint (sonde_tensor_get_n_rows (pattern), ==, 6);
  g_assert_cmpuint (sonde_tensor_get_n_columns (pattern), ==, 12);
  /* sequence 1, position 2: the last of the three keys of the third head stand at ((1 * 4 + 2) * 3 + 2) * 3 + 2 */
  g_assert_cmpfloat (sonde_tensor_peek_f32 (pattern)[5 * 12 + 2 * 3 + 2], ==, 62);
  g_assert_cmpuint (warnings->len, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (warnings, 0), ==, "cache.npz: 4 of 6 stages are left out: “attn.hook_odd” (10 rows, where others have 6), “attn.hook_attn_scores” (it is -∞ where a token must not look), “mlp.hook_pre” (2 features in one place and 5 in another), “mlp.hook_post” (in 1 of 2 layers); --set arrays.stages=… asks for stages by name, and arrays.axes says what axes mean");
  test_assert_refused_with (path, (const char *const[]){ "stages=hook_resid_post,attn.hook_odd", NULL }, "blocks.0.attn.hook_odd [10, 2] ≠ [6, 2]");
}

/* What is no array, or no place, is listed; the others open. */
static void
test_left_out (void)
{
  static const guint8 zeros[24];
  const Member members[] = {
    { "c/L0/s.npy", test_npy_counting (3, 2, 0) },
    { "weights.npy", test_npy_counting (3, 2, 0) },
    { "c/L4294967296/s.npy", test_npy_counting (3, 2, 0) },
    { "c/L1/s/t.npy", test_npy_counting (3, 2, 0) },
    { "c/L0/ids.npy", test_npy_raw (1, "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }", zeros, 24) },
    { "c/L0/objects.npy", test_npy_raw (1, "{'descr': '|O', 'fortran_order': False, 'shape': (3, 2), }", zeros, 24) },
    { "README.txt", g_bytes_new_static ("text", 4) },
  };
  g_autofree char *path = test_write_zip ("left-out.npz", FALSE, members, G_N_ELEMENTS (members));
  g_autoptr (SondeModel) model = test_open_model (path);
  g_autoptr (GPtrArray) warnings = sonde_model_list_warnings (model);
  g_autoptr (GPtrArray) stages = sonde_model_list_stages (model);

  g_assert_cmpuint (stages->len, ==, 1);
  g_assert_cmpuint (warnings->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (warnings, 0), ==, "left-out.npz: 3 of 6 arrays are left out, since the pattern sonde finds no stage and layer in their names: “weights”, “c/L4294967296/s”, “c/L1/s/t”");
  g_assert_nonnull (strstr (g_ptr_array_index (warnings, 1), "“c/L0/ids” (its shape is [6]"));
  g_assert_nonnull (strstr (g_ptr_array_index (warnings, 1), "“c/L0/objects” (its elements are Python objects"));
  g_assert_nonnull (strstr (g_ptr_array_index (warnings, 2), "“README.txt”"));
}

/* Ids are made of few characters; what becomes the same stays apart. */
static void
test_ids (void)
{
  const Member members[] = {
    { "c d/L0/ä ö.npy", test_npy_counting (3, 2, 0) },
    { "c d/L0/ö ä.npy", test_npy_counting (3, 2, 9) },
    { "c d/L0/.x.npy", test_npy_counting (3, 2, 18) },
  };
  g_autofree char *path = test_write_zip ("ids.npz", FALSE, members, G_N_ELEMENTS (members));
  g_autoptr (SondeModel) model = test_open_model (path);
  g_autoptr (GPtrArray) stages = sonde_model_list_stages (model);
  g_autoptr (GPtrArray) conditions = sonde_model_list_conditions (model);
  g_autoptr (GHashTable) keep = NULL;

  g_assert_cmpstr (((SondeStage *) g_ptr_array_index (stages, 0))->id, ==, "_____");
  g_assert_cmpstr (((SondeStage *) g_ptr_array_index (stages, 0))->label, ==, "ä ö");
  g_assert_cmpstr (((SondeStage *) g_ptr_array_index (stages, 1))->id, ==, "_____-2");
  g_assert_cmpstr (((SondeStage *) g_ptr_array_index (stages, 2))->id, ==, "_x");
  g_assert_cmpstr (sonde_condition_get_id (g_ptr_array_index (conditions, 0)), ==, "c_d");
  g_assert_cmpstr (sonde_condition_get_label (g_ptr_array_index (conditions, 0), SONDE_LABEL_SHORT), ==, "c d");
  g_assert_cmpfloat (sonde_tensor_peek_f32 (test_run_one (model, 0, "_____-2", &keep))[0], ==, 9);
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
  g_assert_cmpuint (sonde_model_provider_probe (provider, "/dev/null", &reason), ==, 0);
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
  g_test_add_func ("/arrays/npz/lies", test_npz_lies);
  g_test_add_func ("/arrays/npz/overlap", test_npz_overlap);
  g_test_add_func ("/arrays/npz/sizes", test_npz_sizes);
  g_test_add_func ("/arrays/shrunk", test_shrunk);
  g_test_add_func ("/arrays/left-out", test_left_out);
  g_test_add_func ("/arrays/unlike-stages", test_unlike_stages);
  g_test_add_func ("/arrays/ids", test_ids);
  g_test_add_func ("/arrays/layout", test_layout);
  g_test_add_func ("/arrays/probe", test_probe);
  status = g_test_run ();
  test_remove_folder ();
  return status;
}
