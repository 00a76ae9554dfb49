#define G_LOG_DOMAIN "arrays"

#include "arrays-axes.h"
#include "test-arrays-common.h"

/* Arrays in any order against a loop over indices, with elements that tell where they are from. */

static gsize
product (const gsize *numbers, guint n)
{
  gsize result = 1;

  for (guint i = 0; i < n; i++)
    result *= numbers[i];
  return result;
}

/* As the format documents it: the place of an element in C or Fortran order. */
static gsize
place_of (const gsize *index, const gsize *shape, guint n_dims, gboolean fortran)
{
  gsize place = 0;

  for (guint i = 0; i < n_dims; i++)
    {
      const guint dim = fortran ? n_dims - 1 - i : i;

      place = place * shape[dim] + index[dim];
    }
  return place;
}

static void
put (guchar *target, SondeDtype dtype, gboolean swapped, guint value)
{
  const gsize size = sonde_dtype_get_size (dtype);
  const float single = (float) value;
  const double wide = value;
  guchar bytes[8] = { 0 };

  if (dtype == SONDE_DTYPE_F32)
    memcpy (bytes, &single, 4);
  else if (dtype == SONDE_DTYPE_F64)
    memcpy (bytes, &wide, 8);
  else
    for (gsize i = 0; i < size; i++)
      bytes[i] = (guchar) (i < 4 ? value >> (8 * i) : 0);
  for (gsize i = 0; i < size; i++)
    target[i] = bytes[swapped ? size - 1 - i : i];
}

/* Rows run by sequence, then position; features by their axes in the array's order. */
static gsize
expected_place (const gsize *index, const gsize *shape, const char *const *words, guint n_dims, gsize *layer)
{
  gsize row = 0, feature = 0, n_features = 1;

  for (guint order = 0; order < 3; order++)
    for (guint i = 0; i < n_dims; i++)
      if (g_str_equal (words[i], order == 0 ? "sequence" : order == 1 ? "position"
                                                                      : "row"))
        row = row * shape[i] + index[i];
  *layer = 0;
  for (guint i = 0; i < n_dims; i++)
    if (g_str_equal (words[i], "feature"))
      {
        feature = feature * shape[i] + index[i];
        n_features *= shape[i];
      }
    else if (g_str_equal (words[i], "layer"))
      *layer = index[i];
  return row * n_features + feature;
}

static void
check_one (const char *axes_text, const gsize *shape, SondeDtype dtype, gboolean swapped, gboolean fortran)
{
  g_auto (GStrv) words = g_strsplit (axes_text, ",", -1);
  const guint n_dims = g_strv_length (words);
  g_autoptr (ArraysAxes) axes = arrays_axes_new (axes_text, NULL);
  g_autoptr (SondeWords) reason = NULL;
  g_autofree guchar *data = NULL;
  g_autofree float *found = NULL;
  const gsize n = product (shape, n_dims), size = sonde_dtype_get_size (dtype);
  ArraysView view;
  ArraysMatrix matrix;
  gsize n_bytes;

  g_assert_true (arrays_view_init (&view, dtype, swapped, fortran, shape, n_dims, &n_bytes));
  g_assert_cmpuint (n_bytes, ==, n * size);
  g_assert_true (arrays_axes_apply (axes, &view, FALSE, &matrix, &reason));
  g_assert_cmpuint ((gsize) matrix.n_rows * matrix.n_features * matrix.n_layers, ==, n);
  data = g_malloc (n_bytes + 1);
  for (gsize i = 0; i < n; i++)
    {
      gsize index[SONDE_TENSOR_MAX_DIMS], rest = i;

      for (guint dim = n_dims; dim-- > 0; rest /= shape[dim])
        index[dim] = rest % shape[dim];
      put (data + 1 + place_of (index, shape, n_dims, fortran) * size, dtype, swapped, (guint) i); /* at an odd address */
    }
  found = g_new (float, n / matrix.n_layers);
  for (guint layer = 0; layer < matrix.n_layers; layer++)
    {
      memset (found, 0xff, n / matrix.n_layers * sizeof (float));
      arrays_matrix_gather (&matrix, data + 1 + layer * matrix.layer_stride, found);
      for (gsize i = 0; i < n; i++)
        {
          gsize index[SONDE_TENSOR_MAX_DIMS], rest = i, of_layer, place;

          for (guint dim = n_dims; dim-- > 0; rest /= shape[dim])
            index[dim] = rest % shape[dim];
          place = expected_place (index, shape, (const char *const *) words, n_dims, &of_layer);
          if (of_layer == layer)
            g_assert_cmpfloat (found[place], ==, (float) i);
        }
      if (arrays_matrix_is_plain (&matrix))
        g_assert_cmpmem (found, n / matrix.n_layers * sizeof (float), data + 1 + layer * matrix.layer_stride, n / matrix.n_layers * sizeof (float));
    }
}

static void
test_gather (void)
{
  static const struct
  {
    const char *axes;
    gsize shape[SONDE_TENSOR_MAX_DIMS];
  } cases[] = {
    { "row,feature", { 1, 1 } },
    { "row,feature", { 70, 1 } },
    { "row,feature", { 1, 70 } },
    { "row,feature", { 67, 131 } },
    { "feature,row", { 65, 33 } },
    { "sequence,position,feature", { 3, 5, 7 } },
    { "position,sequence,feature", { 3, 5, 7 } },
    { "feature,position,sequence", { 66, 5, 67 } },
    { "layer,row,feature", { 3, 5, 7 } },
    { "row,feature,layer", { 5, 7, 3 } },
    { "sequence,feature,position,feature", { 2, 3, 4, 5 } },
    { "feature,layer,feature,position,sequence", { 2, 3, 2, 5, 2 } },
    { "feature,feature,feature,row,feature,feature,feature,layer", { 2, 1, 2, 3, 2, 1, 2, 2 } },
  };
  static const SondeDtype dtypes[] = { SONDE_DTYPE_F32, SONDE_DTYPE_F64, SONDE_DTYPE_U16, SONDE_DTYPE_I32, SONDE_DTYPE_U64 };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint j = 0; j < G_N_ELEMENTS (dtypes); j++)
      for (guint order = 0; order < 4; order++)
        check_one (cases[i].axes, cases[i].shape, dtypes[j], (order & 1) != 0, (order & 2) != 0);
}

/* Which arrays are shared with the mapped file. */
static void
test_plain (void)
{
  static const struct
  {
    const char *axes;
    gsize shape[4];
    gboolean fortran;
    gboolean swapped;
    gboolean plain;
  } cases[] = {
    { "row,feature", { 3, 4 }, FALSE, FALSE, TRUE },
    { "row,feature", { 3, 4 }, TRUE, FALSE, FALSE },
    { "row,feature", { 3, 4 }, FALSE, TRUE, FALSE },
    { "feature,row", { 3, 4 }, TRUE, FALSE, TRUE },
    { "row,feature", { 1, 4 }, TRUE, FALSE, TRUE },
    { "layer,row,feature", { 2, 3, 4 }, FALSE, FALSE, TRUE },
    { "row,layer,feature", { 2, 3, 4 }, FALSE, FALSE, FALSE },
    { "sequence,position,feature", { 2, 3, 4 }, FALSE, FALSE, TRUE },
    { "position,sequence,feature", { 2, 3, 4 }, FALSE, FALSE, FALSE },
    { "sequence,position,feature,feature", { 2, 3, 4, 5 }, FALSE, FALSE, TRUE },
    { "sequence,feature,position,feature", { 2, 3, 4, 5 }, FALSE, FALSE, FALSE },
    { "row,feature", { 3, 1 }, TRUE, FALSE, TRUE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ArraysAxes) axes = arrays_axes_new (cases[i].axes, NULL);
      g_auto (GStrv) words = g_strsplit (cases[i].axes, ",", -1);
      g_autoptr (SondeWords) reason = NULL;
      ArraysView view;
      ArraysMatrix matrix;
      gsize n_bytes;

      g_assert_true (arrays_view_init (&view, SONDE_DTYPE_F32, cases[i].swapped, cases[i].fortran, cases[i].shape, g_strv_length (words), &n_bytes));
      g_assert_true (arrays_axes_apply (axes, &view, FALSE, &matrix, &reason));
      g_test_message ("case %u", i);
      g_assert_cmpint (arrays_matrix_is_plain (&matrix), ==, cases[i].plain);
    }
}

static void
test_axes (void)
{
  static const struct
  {
    const char *text;
    const char *part;
  } wrong[] = {
    { "", "none of row" },
    { "rows,features", "neither auto nor" },
    { "row,row,feature", "only feature" },
    { "row,sequence,feature", "rows are either" },
    { "layer,feature", "none of row, sequence" },
    { "layer,row", "no feature" },
    { "row,feature,feature,feature,feature,feature,feature,feature,feature", "at most 8" },
  };
  static const struct
  {
    const char *text;
    guint n_dims;
    gsize shape[SONDE_TENSOR_MAX_DIMS];
    gboolean has_layer;
    guint n_layers, n_sequences, n_positions, n_rows, n_features; /* n_rows 0: refused */
  } cases[] = {
    { "auto", 0, { 0 }, TRUE, 0, 0, 0, 0, 0 },
    { "auto", 1, { 5 }, TRUE, 0, 0, 0, 0, 0 },
    { "auto", 2, { 5, 7 }, FALSE, 1, 0, 0, 5, 7 },
    { "auto", 2, { 5, 7 }, TRUE, 1, 0, 0, 5, 7 },
    { "auto", 3, { 5, 7, 2 }, TRUE, 1, 5, 7, 35, 2 },
    { "auto", 3, { 5, 7, 2 }, FALSE, 5, 0, 0, 7, 2 },
    { "auto", 4, { 5, 7, 2, 3 }, TRUE, 1, 5, 7, 35, 6 },
    { "auto", 4, { 5, 7, 2, 3 }, FALSE, 5, 7, 2, 14, 3 },
    { "auto", 5, { 5, 7, 2, 3, 1 }, TRUE, 0, 0, 0, 0, 0 },
    { "row,feature", 3, { 5, 7, 2 }, TRUE, 0, 0, 0, 0, 0 },
    { "layer,row,feature", 3, { 5, 7, 2 }, TRUE, 0, 0, 0, 0, 0 },
    { "position, feature", 2, { 5, 7 }, TRUE, 1, 1, 5, 5, 7 },
    { "sequence,feature", 2, { 5, 7 }, TRUE, 1, 5, 1, 5, 7 },
    { "auto", 2, { 0, 7 }, TRUE, 0, 0, 0, 0, 0 },
    { "auto", 2, { 5, 0 }, TRUE, 0, 0, 0, 0, 0 },
    { "auto", 3, { 0, 5, 5 }, FALSE, 0, 0, 0, 0, 0 },
    { "auto", 3, { 10001, 1, 1 }, FALSE, 0, 0, 0, 0, 0 },
    { "auto", 2, { 2147483648u, 1 }, TRUE, 0, 0, 0, 0, 0 },
    { "auto", 3, { 65536, 65536, 1 }, TRUE, 0, 0, 0, 0, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (arrays_axes_new (wrong[i].text, &error));
      g_assert_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY);
      g_test_message ("%s", error->message);
      g_assert_nonnull (strstr (error->message, wrong[i].part));
    }
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ArraysAxes) axes = arrays_axes_new (cases[i].text, NULL);
      g_autoptr (SondeWords) reason = NULL;
      ArraysView view;
      ArraysMatrix matrix;
      gsize n_bytes;

      g_test_message ("case %u", i);
      g_assert_true (arrays_view_init (&view, SONDE_DTYPE_F32, FALSE, FALSE, cases[i].shape, cases[i].n_dims, &n_bytes));
      g_assert_cmpint (arrays_axes_apply (axes, &view, cases[i].has_layer, &matrix, &reason), ==, cases[i].n_rows > 0);
      g_assert_cmpint (reason == NULL, ==, cases[i].n_rows > 0);
      if (cases[i].n_rows == 0)
        continue;
      g_assert_cmpuint (matrix.n_layers, ==, cases[i].n_layers);
      g_assert_cmpuint (matrix.n_sequences, ==, cases[i].n_sequences);
      g_assert_cmpuint (matrix.n_positions, ==, cases[i].n_positions);
      g_assert_cmpuint (matrix.n_rows, ==, cases[i].n_rows);
      g_assert_cmpuint (matrix.n_features, ==, cases[i].n_features);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arrays/view/gather", test_gather);
  g_test_add_func ("/arrays/view/plain", test_plain);
  g_test_add_func ("/arrays/view/axes", test_axes);
  return g_test_run ();
}
