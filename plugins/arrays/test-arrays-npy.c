#define G_LOG_DOMAIN "arrays"

#include "arrays-npy.h"
#include "test-arrays-common.h"

/* Which .npy headers are read, and in which words the others are refused. */

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
        g_autoptr (GBytes) bytes = test_npy_raw (version, dictionary, cases[i].data, cases[i].size);
        g_autofree char *path = test_write_bytes ("one.npy", bytes);
        g_autoptr (SondeModel) model = test_open_model (path);
        g_autoptr (GHashTable) keep = NULL;
        SondeTensor *tensor = test_run_one (model, 0, "one", &keep);

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
    { "{'descr': '|O', 'fortran_order': False, 'shape': (3, 2), }\n", 24, "never unpickled" },
    { "{'descr': '<c8', 'fortran_order': False, 'shape': (3, 2), }\n", 48, "complex" },
    { "{'descr': '<U3', 'fortran_order': False, 'shape': (3, 2), }\n", 72, "texts" },
    { "{'descr': '|V2', 'fortran_order': False, 'shape': (3, 2), }\n", 12, "bfloat16" },
    { "{'descr': '<f16', 'fortran_order': False, 'shape': (3, 2), }\n", 96, "“<f16”" },
    { "{'descr': '<M8[ns]', 'fortran_order': False, 'shape': (3, 2), }\n", 48, "“<M8[ns]”" },
    { "{'descr': 'f4', 'fortran_order': False, 'shape': (3, 2), }\n", 24, "“f4”" },
    { "{'descr': '', 'fortran_order': False, 'shape': (3, 2), }\n", 24, "“”" },
    { "{'descr': [('x', '<f4'), ('y', [('z', '|O')], (2, 2))], 'fortran_order': False, 'shape': (3, 2), }\n", 24, "records" },
    { "{'descr': [('x', '<f4'], 'fortran_order': False, 'shape': (3, 2), }\n", 24, "no dictionary" },
    { "{'descr': [('x', '<f4'), 'fortran_order': False, 'shape': (3, 2), }\n", 24, "no dictionary" },
    { "{'descr': [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", 24, "no dictionary" },
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
    { "{'descr': '<f4', 'fortran_order': True, 'shape': (0, 4294967296, 4294967296), }\n", 0, "larger than this machine" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), }\n", 24, "its shape is [6]" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 3, 2, 1), }\n", 24, "its shape is [1, 1, 3, 2, 1]" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (), }\n", 4, "its shape is []" },
    { "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 2), }\n", 0, "at least one row" },
  };
  static const guint8 zeros[96];

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) bytes = test_npy_raw (1, cases[i].dictionary, zeros, cases[i].size);
      g_autofree char *path = test_write_bytes ("hostile.npy", bytes);

      test_assert_refused (path, cases[i].part);
    }
}

/* Every beginning of a good file is refused, and no byte beyond it is read (which the sanitizers see). */
static void
test_npy_truncated (void)
{
  g_autoptr (GBytes) whole = test_npy_counting (3, 2, 0);

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
          g_autofree char *path = test_write_bytes ("part.npy", part);

          test_assert_refused (path, "promises");
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
  } cases[] = { { 0, 0, "does not begin" }, { 6, 0, "version" }, { 6, 4, "version" }, { 7, 1, "version" }, { 9, 0x3e, "within its header" } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) good = test_npy_counting (3, 2, 0);
      g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (good, NULL), g_bytes_get_size (good));
      g_autoptr (GBytes) bad = NULL;
      g_autofree char *path = NULL;

      data[cases[i].place] = cases[i].value;
      bad = g_bytes_new (data, g_bytes_get_size (good));
      path = test_write_bytes ("prefix.npy", bad);
      test_assert_refused (path, cases[i].part);
    }
  {
    g_autoptr (GBytes) long_header = test_npy_raw (2, "{", NULL, 0);
    g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (long_header, NULL), g_bytes_get_size (long_header));
    g_autoptr (GBytes) bad = NULL;
    g_autofree char *path = NULL;

    data[11] = 0x7f;
    bad = g_bytes_new (data, g_bytes_get_size (long_header));
    path = test_write_bytes ("long.npy", bad);
    test_assert_refused (path, "its header has 2130706445 bytes, and at most 16384 are possible");
  }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  test_make_folder ();
  g_test_add_func ("/arrays/npy/types", test_npy_types);
  g_test_add_func ("/arrays/npy/hostile", test_npy_hostile);
  g_test_add_func ("/arrays/npy/truncated", test_npy_truncated);
  g_test_add_func ("/arrays/npy/prefix", test_npy_prefix);
  status = g_test_run ();
  test_remove_folder ();
  return status;
}
