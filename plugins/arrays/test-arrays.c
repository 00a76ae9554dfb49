#define G_LOG_DOMAIN "arrays"
#define _GNU_SOURCE /* memmem */

#include <stdarg.h>
#include <string.h>

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>

#include "arrays-npy.h"
#include "arrays-provider.h"

/* What the provider takes, what it gives, and in which words it refuses the rest. Files are written here byte by byte. */

static char *folder;

static char *
path_of (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

static char *
write_bytes (const char *name, GBytes *bytes)
{
  char *path = path_of (name);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), NULL));
  return path;
}

/* The dictionary as given, of @version, then @size bytes of @data. */
static GBytes *
npy_raw (guint version, const char *dictionary, gconstpointer data, gsize size)
{
  GByteArray *bytes = g_byte_array_new ();
  gsize length = strlen (dictionary);
  const guint8 start[] = { 0x93, 'N', 'U', 'M', 'P', 'Y', (guint8) version, 0, (guint8) (length & 0xff), (guint8) (length >> 8), 0, 0 };

  g_byte_array_append (bytes, start, version == 1 ? 10 : 12);
  g_byte_array_append (bytes, (const guint8 *) dictionary, (guint) length);
  g_byte_array_append (bytes, data, (guint) size);
  return g_byte_array_free_to_bytes (bytes);
}

/* rows x columns float32 whose value is first, first + 1, … */
static GBytes *
npy_counting (gsize rows, gsize columns, float first)
{
  g_autofree float *values = g_new (float, rows *columns);
  g_autofree char *dictionary = g_strdup_printf ("{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }\n", rows, columns);

  for (gsize i = 0; i < rows * columns; i++)
    values[i] = first + (float) i;
  return npy_raw (1, dictionary, values, rows * columns * sizeof (float));
}

typedef struct
{
  const char *name;
  GBytes *bytes;
} Member;

/* A zip archive; takes the members' bytes. */
static char *
write_zip (const char *name, gboolean deflated, const Member *members, guint n)
{
  char *path = path_of (name);
  struct archive *archive = archive_write_new ();

  archive_write_set_format_zip (archive);
  if (deflated)
    archive_write_zip_set_compression_deflate (archive);
  else
    archive_write_zip_set_compression_store (archive);
  g_assert_cmpint (archive_write_open_filename (archive, path), ==, ARCHIVE_OK);
  for (guint i = 0; i < n; i++)
    {
      struct archive_entry *entry = archive_entry_new ();
      gsize size = g_bytes_get_size (members[i].bytes);

      archive_entry_set_pathname (entry, members[i].name);
      archive_entry_set_filetype (entry, AE_IFREG);
      archive_entry_set_perm (entry, 0644);
      archive_entry_set_size (entry, (la_int64_t) size);
      g_assert_cmpint (archive_write_header (archive, entry), ==, ARCHIVE_OK);
      g_assert_cmpint (archive_write_data (archive, g_bytes_get_data (members[i].bytes, NULL), size), ==, (la_ssize_t) size);
      archive_entry_free (entry);
      g_bytes_unref (members[i].bytes);
    }
  g_assert_cmpint (archive_write_close (archive), ==, ARCHIVE_OK);
  archive_write_free (archive);
  return path;
}

static SondeModel *
try_open (const char *path, GError **error)
{
  g_autoptr (SondeModelProvider) provider = g_object_new (ARRAYS_TYPE_PROVIDER, NULL);

  return sonde_model_provider_open (provider, path, NULL, error);
}

static SondeModel *
open_model (const char *path)
{
  g_autoptr (GError) error = NULL;
  SondeModel *model = try_open (path, &error);

  g_assert_no_error (error);
  g_assert_nonnull (model);
  return model;
}

static void
assert_refused (const char *path, const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (try_open (path, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” is not in “%s”", part, error->message);
}

/* ---- running ---- */

/* @user_data: "L1/stage" → SondeTensor */
static gboolean
collect (guint layer, const char *site, SondeTensor *tensor, gpointer user_data, GError **error)
{
  g_hash_table_insert (user_data, g_strdup_printf ("L%u/%s", layer, site), sonde_tensor_ref (tensor));
  return TRUE;
}

static GHashTable *
run_model (SondeModel *model, SondeSelection *selection, GError **error)
{
  g_autoptr (SondeBatch) batch = sonde_batch_new ();
  g_autoptr (GPtrArray) conditions = sonde_model_list_conditions (model);
  g_autoptr (GHashTable) tensors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) sonde_tensor_unref);

  for (guint i = 0; i < conditions->len; i++)
    {
      guint n = sonde_condition_get_n_rows (g_ptr_array_index (conditions, i));
      g_autofree gint32 *ids = g_new0 (gint32, n);
      g_autofree guint *kept = g_new (guint, n);

      for (guint row = 0; row < n; row++)
        kept[row] = row;
      sonde_batch_add (batch, ids, n, kept, n);
    }
  return sonde_model_run (model, batch, selection, collect, tensors, NULL, error) ? g_steal_pointer (&tensors) : NULL;
}

static SondeTensor *
run_one (SondeModel *model, guint layer, const char *site, GHashTable **keep)
{
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *key = g_strdup_printf ("L%u/%s", layer, site);

  sonde_selection_add (selection, layer, site);
  *keep = run_model (model, selection, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (*keep), ==, 1);
  g_assert_nonnull (g_hash_table_lookup (*keep, key));
  return g_hash_table_lookup (*keep, key);
}

/* ---- .npy ---- */

static void
test_npy_types (void)
{
  static const double f8[] = { 1, -2.5, 3, 4, 5, 6 };
  static const float f4[] = { 1, -2.5, 3, 4, 5, 6 };
  static const guint16 f2[] = { 0x3c00, 0xc100, 0x4200, 0x4400, 0x4500, 0x4600 };
  static const gint16 i2[] = { 1, -2, 3, 4, 5, 6 };
  static const struct
  {
    const char *descr;
    gconstpointer data;
    gsize size;
    float second;
  } cases[] = { { "<f8", f8, sizeof f8, -2.5f }, { "<f4", f4, sizeof f4, -2.5f }, { "<f2", f2, sizeof f2, -2.5f }, { "<i2", i2, sizeof i2, -2 } };

  for (guint version = 1; version <= 3; version++)
    for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
      {
        /* without a space and with double quotes, keys in another order: all of it is the same dictionary */
        g_autofree char *dictionary = g_strdup_printf (i % 2 ? "{'descr': '%s', 'fortran_order': False, 'shape': (3, 2), }   \n" : "{\"shape\":(3,2,),\"descr\":\"%s\",\"fortran_order\":False}", cases[i].descr);
        g_autoptr (GBytes) bytes = npy_raw (version, dictionary, cases[i].data, cases[i].size);
        g_autofree char *path = write_bytes ("one.npy", bytes);
        g_autoptr (SondeModel) model = open_model (path);
        g_autoptr (GHashTable) keep = NULL;
        SondeTensor *tensor = run_one (model, 0, "values", &keep);

        g_assert_cmpuint (sonde_tensor_get_n_rows (tensor), ==, 3);
        g_assert_cmpuint (sonde_tensor_get_n_columns (tensor), ==, 2);
        g_assert_cmpfloat (sonde_tensor_peek_f32 (tensor)[1], ==, cases[i].second);
        g_assert_cmpfloat (sonde_tensor_peek_f32 (tensor)[5], ==, 6);
      }
}

static void
test_npy_hostile (void)
{
  static const struct
  {
    const char *dictionary;
    gsize size;
    const char *part;
  } cases[] = {
    { "{'descr': '>f4', 'fortran_order': False, 'shape': (3, 2), }\n", 24, "big-endian" },
    { "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }\n", 24, "Fortran order" },
    { "{'descr': '|O', 'fortran_order': False, 'shape': (3, 2), }\n", 24, "“|O”" },
    { "{'descr': '<c8', 'fortran_order': False, 'shape': (3, 2), }\n", 48, "“<c8”" },
    { "{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (3, 2), }\n", 24, "no dictionary" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n", 23, "promises" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n", 28, "promises" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n", 0, "promises" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (-3, 2), }\n", 24, "no dictionary" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (3 2), }\n", 24, "no dictionary" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (6), }\n", 24, "no dictionary" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), 'shape': (2, 3), }\n", 24, "no dictionary" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), 'more': 1, }\n", 24, "no dictionary" },
    { "{'descr': '<f4', 'fortran_order': False, }\n", 24, "no dictionary" },
    { "{'descr': '<f4', 'fortran_order': 0, 'shape': (3, 2), }\n", 24, "no dictionary" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), } x\n", 24, "no dictionary" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2)", 24, "no dictionary" },
    { "{'descr': '<f4", 24, "no dictionary" },
    { "{", 24, "no dictionary" },
    { "", 24, "no dictionary" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 3, 2), }\n", 24, "no dictionary" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }\n", 24, "larger than this machine" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999999, 2), }\n", 24, "no dictionary" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 1), }\n", 24, "larger than this machine" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }\n", 24, "not rows x features" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2, 1), }\n", 24, "not rows x features" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", 4, "not rows x features" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }\n", 0, "not rows x features" },
  };
  static const guint8 zeros[64];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = npy_raw (1, cases[i].dictionary, zeros, cases[i].size);
      g_autofree char *path = write_bytes ("hostile.npy", bytes);

      assert_refused (path, cases[i].part);
    }
}

/* Every beginning of a good file is refused, and no byte beyond it is read (which the sanitizers see). */
static void
test_npy_truncated (void)
{
  g_autoptr (GBytes) whole = npy_counting (3, 2, 0);

  for (gsize size = 0; size < g_bytes_get_size (whole); size++)
    {
      g_autofree guchar *copy = g_memdup2 (g_bytes_get_data (whole, NULL), MAX (size, 1));
      g_autoptr (GError) error = NULL;
      ArraysNpy npy;

      if (size < g_bytes_get_size (whole) - 24)
        {
          g_assert_false (arrays_npy_parse (copy, size, "x", &npy, &error));
          g_assert_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT);
        }
      else
        {
          g_autoptr (GBytes) part = g_bytes_new_from_bytes (whole, 0, size);
          g_autofree char *path = write_bytes ("part.npy", part);

          assert_refused (path, "promises");
        }
    }
}

static void
test_npy_prefix (void)
{
  static const struct
  {
    guint place;
    guint8 value;
    const char *part;
  } cases[] = { { 0, 0, "does not begin" }, { 6, 0, "version" }, { 6, 4, "version" }, { 7, 1, "version" }, { 9, 0xff, "within its header" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) good = npy_counting (3, 2, 0);
      g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (good, NULL), g_bytes_get_size (good));
      g_autoptr (GBytes) bad = NULL;
      g_autofree char *path = NULL;

      data[cases[i].place] = cases[i].value;
      bad = g_bytes_new (data, g_bytes_get_size (good));
      path = write_bytes ("prefix.npy", bad);
      assert_refused (path, cases[i].part);
    }
  {
    g_autoptr (GBytes) long_header = npy_raw (2, "{", NULL, 0);
    g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (long_header, NULL), g_bytes_get_size (long_header));
    g_autoptr (GBytes) bad = NULL;
    g_autofree char *path = NULL;

    data[11] = 0x7f;
    bad = g_bytes_new (data, g_bytes_get_size (long_header));
    path = write_bytes ("long.npy", bad);
    assert_refused (path, "longer than 64 KiB");
  }
}

/* ---- .npz ---- */

/* Two conditions, layers 1 and 3, stages b before a; values tell which array they are of. */
static char *
write_good (const char *name, gboolean deflated)
{
  const Member members[] = {
    { "many/L3/b.npy", npy_counting (4, 2, 300) },
    { "few/L3/b.npy", npy_counting (3, 2, 1300) },
    { "many/L1/b.npy", npy_counting (4, 2, 100) },
    { "few/L1/b.npy", npy_counting (3, 2, 1100) },
    { "few/L1/a.npy", npy_counting (3, 5, 2100) },
    { "many/L1/a.npy", npy_counting (4, 5, 3100) },
    { "many/L3/a.npy", npy_counting (4, 5, 3300) },
    { "few/L3/a.npy", npy_counting (3, 5, 2300) },
  };

  return write_zip (name, deflated, members, G_N_ELEMENTS (members));
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
  tensor = run_one (model, 3, "a", &keep);
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
      g_autoptr (SondeModel) model = open_model (path);
      g_autoptr (SondeSelection) selection = sonde_selection_new ();
      g_autoptr (GHashTable) tensors = NULL;

      assert_good (model);
      for (guint layer = 1; layer <= 3; layer += 2)
        {
          sonde_selection_add (selection, layer, "a");
          sonde_selection_add (selection, layer, "b");
        }
      tensors = run_model (model, selection, NULL);
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
  g_autoptr (SondeModel) model = open_model (path);
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  g_autoptr (GError) error = NULL;

  sonde_selection_add (selection, 2, "a");
  g_assert_null (run_model (model, selection, &error));
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
  path = write_zip ("bad.npz", FALSE, members, n);
  assert_refused (path, part);
}

static void
test_npz_hostile (void)
{
  static const guint8 zeros[24];

  assert_npz_refused ("no zip archive", 0); /* what numpy makes of no arrays */
  assert_npz_refused ("holds “c/L0/s.npy” twice", 2, "c/L0/s.npy", npy_counting (3, 2, 0), "c/L0/s.npy", npy_counting (3, 2, 9));
  assert_npz_refused ("no plain relative path", 1, "../c/L0/s.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("no plain relative path", 1, "c/../L0/s.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("no plain relative path", 1, "/c/L0/s.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("no plain relative path", 1, "c\\..\\x.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("is no .npy file", 1, "c/L0/s.txt", g_bytes_new_static ("text", 4));
  assert_npz_refused ("does not begin", 1, "c/L0/s.npy", g_bytes_new_static ("no array at all", 15));
  assert_npz_refused ("promises", 1, "c/L0/s.npy", npy_raw (1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 200000000000), }", zeros, 24));
  assert_npz_refused ("promises", 1, "c/L0/s.npy", npy_raw (1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }", zeros, 24));
  assert_npz_refused ("Fortran order", 1, "c/L0/s.npy", npy_raw (1, "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }", zeros, 24));
  assert_npz_refused ("holds no arrays", 1, "sonde.json", g_bytes_new_static ("{", 1));
}

static void
test_npz_bytes (void)
{
  g_autofree char *good = write_good ("good.npz", FALSE);
  g_autofree char *path = path_of ("spoilt.npz");
  char *data;
  gsize size;

  g_assert_true (g_file_get_contents (good, &data, &size, NULL));
  for (gsize cut = 1; cut < 400; cut += 7)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents (path, data, (gssize) (size - cut), NULL));
      g_assert_null (try_open (path, &error));
      g_assert_nonnull (error);
    }
  g_assert_true (g_file_set_contents (path, "no zip", -1, NULL));
  assert_refused (path, "spoilt.npz");
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  assert_refused (path, "spoilt.npz");

  g_free (data);
}

/* One bit of a value: the checksum tells; at once for a small array, when it is read for a large one. */
static void
test_npz_checksum (void)
{
  static const gsize rows[] = { 3, 300 };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const Member members[] = { { "c/L0/s.npy", npy_counting (rows[i], 100, 0) } };
      g_autofree char *path = write_zip ("checksum.npz", FALSE, members, 1);
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
        assert_refused (path, "CRC");
      else
        {
          g_autoptr (SondeModel) model = open_model (path);
          g_autoptr (SondeSelection) selection = sonde_selection_new ();
          g_autoptr (GError) error = NULL;

          sonde_selection_add (selection, 0, "s");
          g_assert_null (run_model (model, selection, &error));
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
  const Member members[] = { { "c/L0/s.npy", npy_raw (1, dictionary, zeros, size) } };
  g_autofree char *path = NULL;

  g_free (zeros);
  path = write_zip ("bomb.npz", TRUE, members, 1);
  assert_refused (path, "more than 100 times its size");
}

/* ---- names and shapes ---- */

static void
test_layout (void)
{
  assert_npz_refused ("“weights”", 2, "weights.npy", npy_counting (3, 2, 0), "c/L0/s.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c/L0/s/t.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c/0/s.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c/L/s.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c/L01/s.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c/L-1/s.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c/L4294967296/s.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "/L0/s.npy" + 1, npy_counting (3, 2, 0));
  assert_npz_refused ("not named CONDITION/L6/STAGE", 1, "c d/L0/s.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("“weights1”, “weights2”, “weights3”, “weights4”, “weights5” and 1 more", 6, "weights1.npy", npy_counting (3, 2, 0), "weights2.npy", npy_counting (3, 2, 0),
                      "weights3.npy", npy_counting (3, 2, 0), "weights4.npy", npy_counting (3, 2, 0), "weights5.npy", npy_counting (3, 2, 0), "weights6.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("are missing: “c/L1/t”", 3, "c/L0/s.npy", npy_counting (3, 2, 0), "c/L1/s.npy", npy_counting (3, 2, 0), "c/L0/t.npy", npy_counting (3, 2, 0));
  assert_npz_refused ("d/L0/t [4, 2] ≠ [3, 2]", 4, "c/L0/s.npy", npy_counting (3, 2, 0), "d/L0/s.npy", npy_counting (3, 2, 0), "c/L0/t.npy", npy_counting (3, 2, 0), "d/L0/t.npy", npy_counting (4, 2, 0));
  assert_npz_refused ("c/L1/s [3, 3] ≠ [3, 2]", 2, "c/L0/s.npy", npy_counting (3, 2, 0), "c/L1/s.npy", npy_counting (3, 3, 0));
  assert_npz_refused ("need more arrays", 3, "c/L0/s.npy", npy_counting (3, 2, 0), "d/L1/t.npy", npy_counting (3, 2, 0), "e/L2/u.npy", npy_counting (3, 2, 0));
}

#define STAGE(id) "{\"id\":\"" id "\",\"short-label\":\"Sh\",\"label\":\"La\",\"axis-label\":\"Ax\",\"site\":\"x.y\",\"formula\":\"f\"}"
#define DESCRIPTION(layers, stages, conditions) "{\"format\":1,\"model\":\"M\",\"layers\":" layers ",\"stages\":[" stages "],\"conditions\":[" conditions "]}"
#define ORIGINS "\"origins\":{\"sequence\":[0,1,2],\"position\":[7,8,9],\"token-id\":[70,80,90],\"text\":[\"a\",\"b\",\" c\"]}"

static char *
write_described (const char *description)
{
  const Member members[] = {
    { "c/L0/s.npy", npy_counting (3, 2, 0) },
    { "c/L0/t.npy", npy_counting (3, 2, 50) },
    { "sonde.json", g_bytes_new_static (description, strlen (description)) },
  };

  return write_zip ("described.npz", FALSE, members, G_N_ELEMENTS (members));
}

static void
test_description (void)
{
  g_autofree char *path = write_described (DESCRIPTION ("9", STAGE ("t") "," STAGE ("s"), "{\"id\":\"c\",\"title\":\"Title\",\"short-title\":\"Ti\",\"rows\":3," ORIGINS "}"));
  g_autoptr (SondeModel) model = open_model (path);
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
  g_assert_cmpfloat (sonde_tensor_peek_f32 (run_one (model, 0, "t", &keep))[0], ==, 50);
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
    { "{\"format\":2}", "“format”" },
    { DESCRIPTION ("0", STAGE ("t"), "{}"), "“layers”" },
    { DESCRIPTION ("99999999999999", STAGE ("t"), "{}"), "“layers”" },
    { DESCRIPTION ("1", "", "{}"), "“stages”" },
    { DESCRIPTION ("1", "{}", "{}"), "“id”" },
    { DESCRIPTION ("1", STAGE ("t"), ""), "“conditions”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\"}"), "“rows”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":-1}"), "“rows”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":4," ORIGINS "}"), "“origins”" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":3,\"origins\":[]}"), "“origins”" },
    { DESCRIPTION ("1", STAGE ("t") "," STAGE ("t"), "{\"id\":\"c\",\"rows\":3}"), "a stage twice" },
    { DESCRIPTION ("1", STAGE ("t") "," STAGE ("s"), "{\"id\":\"c\",\"rows\":3},{\"id\":\"c\",\"rows\":3}"), "a condition twice" },
    { DESCRIPTION ("1", STAGE ("t"), "{\"id\":\"c\",\"rows\":3}"), "does not know these arrays: “c/L0/s”" },
    { DESCRIPTION ("1", STAGE ("t") "," STAGE ("s") "," STAGE ("u"), "{\"id\":\"c\",\"rows\":3}"), "“c/L0/u”" },
    { DESCRIPTION ("1", STAGE ("t") "," STAGE ("s"), "{\"id\":\"c\",\"rows\":4}"), "[3, 2] ≠ [4, 2]" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = write_described (cases[i].text);

      assert_refused (path, cases[i].part);
    }
}

/* ---- safetensors ---- */

static char *
write_safetensors (const char *const *names, const char *description)
{
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  char *path = path_of ("x.safetensors");
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
  g_autoptr (SondeModel) model = open_model (path);
  g_autoptr (GHashTable) keep = NULL;
  SondeTensor *tensor = run_one (model, 0, "x.y", &keep);
  g_autofree char *other = NULL;

  g_assert_cmpuint (sonde_tensor_get_n_rows (tensor), ==, 6);
  g_assert_cmpfloat (sonde_tensor_peek_f32 (tensor)[0], ==, 0);
  g_assert_cmpfloat (sonde_tensor_peek_f32 (tensor)[6], ==, 10);
  other = write_safetensors (weights, NULL);
  assert_refused (other, "“h.0.mlp.c_fc.weight”");
}

static void
test_probe (void)
{
  g_autoptr (SondeModelProvider) provider = g_object_new (ARRAYS_TYPE_PROVIDER, NULL);
  g_autofree char *path = write_good ("good.npz", FALSE);
  g_autofree char *none = path_of ("none.npz");
  g_autofree char *reason = NULL;
  g_autofree char *other = NULL;

  g_assert_cmpuint (sonde_model_provider_probe (provider, path, NULL), >, 0);
  g_assert_cmpuint (sonde_model_provider_probe (provider, folder, &reason), ==, 0);
  g_assert_nonnull (strstr (reason, ".safetensors"));
  g_assert_cmpuint (sonde_model_provider_probe (provider, none, &other), ==, 0);
  g_assert_nonnull (other);
}

static void
remove_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = path_of (name);

      g_unlink (path);
    }
  g_rmdir (folder);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("sonde-arrays-XXXXXX", NULL);
  g_test_add_func ("/arrays/npy/types", test_npy_types);
  g_test_add_func ("/arrays/npy/hostile", test_npy_hostile);
  g_test_add_func ("/arrays/npy/truncated", test_npy_truncated);
  g_test_add_func ("/arrays/npy/prefix", test_npy_prefix);
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
  remove_folder ();
  return status;
}
