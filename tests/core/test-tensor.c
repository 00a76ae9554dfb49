#include <math.h>
#include <string.h>

#include "sonde.h"

/* Not the bit arithmetic under test: sign, exponent and fraction as the standards state them. */
static float
naive_half (guint16 bits,
            int fraction_bits,
            int exponent_bits)
{
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = bits >> fraction_bits & ((1 << exponent_bits) - 1);
  const int fraction = bits & ((1 << fraction_bits) - 1);
  const double sign = bits & 0x8000 ? -1 : 1;

  if (exponent == (1 << exponent_bits) - 1)
    return fraction == 0 ? sign * INFINITY : NAN;
  if (exponent == 0)
    return (float) (sign * ldexp (fraction, 1 - bias - fraction_bits));
  return (float) (sign * ldexp (fraction + (1 << fraction_bits), exponent - bias - fraction_bits));
}

static SondeTensor *
tensor_of (SondeDtype dtype,
           gconstpointer values,
           gsize n)
{
  g_autoptr (GBytes) bytes = g_bytes_new (values, n * sonde_dtype_get_size (dtype));
  g_autoptr (GError) error = NULL;
  SondeTensor *tensor = sonde_tensor_new (dtype, &n, 1, bytes, &error);

  g_assert_no_error (error);
  return tensor;
}

static void
check_every_half (SondeDtype dtype,
                  int fraction_bits,
                  int exponent_bits)
{
  g_autofree guint16 *halves = g_new (guint16, 65536);
  g_autoptr (SondeTensor) tensor = NULL;
  g_autoptr (SondeTensor) single = NULL;
  g_autoptr (SondeTensor) wide = NULL;
  const float *found;
  const double *found_wide;

  for (guint i = 0; i < 65536; i++)
    halves[i] = i;
  tensor = tensor_of (dtype, halves, 65536);
  g_assert_null (sonde_tensor_peek_f32 (tensor));
  single = sonde_tensor_to_f32 (tensor);
  found = sonde_tensor_peek_f32 (single);
  wide = sonde_tensor_to_f64 (tensor);
  found_wide = sonde_tensor_peek_f64 (wide);
  for (guint i = 0; i < 65536; i++)
    {
      const float expected = naive_half (i, fraction_bits, exponent_bits);

      if (isnan (expected))
        {
          g_assert_true (isnan (found[i]) && isnan (found_wide[i]));
          g_assert_cmpint (signbit (found[i]) != 0, ==, i >> 15);
          continue;
        }
      g_assert_cmpmem (&found[i], sizeof (float), &expected, sizeof (float)); /* bits: -0 is not 0 */
      g_assert_true (found_wide[i] == expected && !signbit (found_wide[i]) == !signbit (expected));
    }
}

static void
test_f16 (void)
{
  check_every_half (SONDE_DTYPE_F16, 10, 5);
}

static void
test_bf16 (void)
{
  check_every_half (SONDE_DTYPE_BF16, 7, 8);
}

/* The tables of the paper that defines both (arXiv 2209.05433, table 1), and every other value by its formula. */
static void
test_f8 (void)
{
  static const struct
  {
    guint8 byte;
    float e4m3;
    float e5m2;
  } known[] = {
    { 0x00, 0, 0 },
    { 0x80, -0.0f, -0.0f },
    { 0x01, 0x1p-9f, 0x1p-16f },
    { 0x03, 0x1.8p-8f, 0x1.8p-15f },
    { 0x07, 0x1.cp-7f, 0x1.cp-14f },
    { 0x08, 0x1p-6f, 0x1p-13f },
    { 0x38, 1, 0.5f },
    { 0x3c, 1.5f, 1 },
    { 0xbc, -1.5f, -1 },
    { 0x7b, 352, 57344 },
    { 0x7e, 448, NAN },
    { 0xfe, -448, NAN },
    { 0x7c, 384, INFINITY },
    { 0xfc, -384, -INFINITY },
    { 0x7f, NAN, NAN },
    { 0xff, NAN, NAN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    {
      const float expected[] = { known[i].e4m3, known[i].e5m2 };
      float found[2];

      sonde_dtype_to_f32 (SONDE_DTYPE_F8_E4M3, &known[i].byte, 1, &found[0]);
      sonde_dtype_to_f32 (SONDE_DTYPE_F8_E5M2, &known[i].byte, 1, &found[1]);
      for (guint j = 0; j < 2; j++)
        if (isnan (expected[j]))
          g_assert_true (isnan (found[j]));
        else
          g_assert_cmpmem (&found[j], sizeof (float), &expected[j], sizeof (float));
    }
  for (guint i = 0; i < 256; i++)
    {
      const guint8 byte = (guint8) i;
      const int exponent = i >> 3 & 15;
      const double magnitude = exponent == 0 ? ldexp (i & 7, -9) : ldexp (8 + (i & 7), exponent - 10);
      float found;

      sonde_dtype_to_f32 (SONDE_DTYPE_F8_E4M3, &byte, 1, &found);
      if ((i & 0x7f) != 0x7f)
        g_assert_cmpfloat (found, ==, (float) (i & 0x80 ? -magnitude : magnitude));
    }
}

static void
check_conversion (SondeDtype dtype,
                  gconstpointer values,
                  gsize n,
                  const double *wide,
                  const float *narrow)
{
  g_autoptr (SondeTensor) tensor = tensor_of (dtype, values, n);
  g_autoptr (SondeTensor) f64 = sonde_tensor_to_f64 (tensor);
  g_autoptr (SondeTensor) f32 = sonde_tensor_to_f32 (tensor);

  for (gsize i = 0; i < n; i++)
    {
      g_assert_cmpfloat (sonde_tensor_peek_f64 (f64)[i], ==, wide[i]);
      g_assert_cmpfloat (sonde_tensor_peek_f32 (f32)[i], ==, narrow[i]);
    }
}

static void
test_integers (void)
{
  const gint64 i64[] = { -1, 9007199254740993, G_MININT64, 0 };
  const gint32 i32[] = { -1, 16777217, G_MININT32, G_MAXINT32 };
  const gint16 i16[] = { -32768, 32767 };
  const gint8 i8[] = { -128, 127 };
  const guint8 u8[] = { 0, 128, 255 };
  const guint8 truths[] = { 0, 1, 2 };
  const guint16 u16[] = { 0, 65535 };
  const guint32 u32[] = { 16777217, G_MAXUINT32 };
  const guint64 u64[] = { 9007199254740993, G_MAXUINT64 };
  const double f64[] = { 1e300, -0.1, 1e-50 };

  check_conversion (SONDE_DTYPE_I64, i64, 4, (double[]){ -1, 9007199254740992, -0x1p63, 0 }, (float[]){ -1, 0x1p53f, -0x1p63f, 0 });
  check_conversion (SONDE_DTYPE_I32, i32, 4, (double[]){ -1, 16777217, -0x1p31, 2147483647 }, (float[]){ -1, 0x1p24f, -0x1p31f, 0x1p31f });
  check_conversion (SONDE_DTYPE_I16, i16, 2, (double[]){ -32768, 32767 }, (float[]){ -32768, 32767 });
  check_conversion (SONDE_DTYPE_I8, i8, 2, (double[]){ -128, 127 }, (float[]){ -128, 127 });
  check_conversion (SONDE_DTYPE_U8, u8, 3, (double[]){ 0, 128, 255 }, (float[]){ 0, 128, 255 });
  check_conversion (SONDE_DTYPE_BOOL, truths, 3, (double[]){ 0, 1, 1 }, (float[]){ 0, 1, 1 });
  check_conversion (SONDE_DTYPE_U16, u16, 2, (double[]){ 0, 65535 }, (float[]){ 0, 65535 });
  check_conversion (SONDE_DTYPE_U32, u32, 2, (double[]){ 16777217, 4294967295.0 }, (float[]){ 0x1p24f, 0x1p32f });
  check_conversion (SONDE_DTYPE_U64, u64, 2, (double[]){ 9007199254740992, 0x1p64 }, (float[]){ 0x1p53f, 0x1p64f });
  check_conversion (SONDE_DTYPE_F64, f64, 3, f64, (float[]){ INFINITY, -0.1f, 0 });
}

static void
test_names (void)
{
  const struct
  {
    SondeDtype dtype;
    const char *name;
    gsize size;
  } expected[] = {
    { SONDE_DTYPE_F64, "F64", 8 },
    { SONDE_DTYPE_F32, "F32", 4 },
    { SONDE_DTYPE_F16, "F16", 2 },
    { SONDE_DTYPE_BF16, "BF16", 2 },
    { SONDE_DTYPE_I64, "I64", 8 },
    { SONDE_DTYPE_I32, "I32", 4 },
    { SONDE_DTYPE_I16, "I16", 2 },
    { SONDE_DTYPE_I8, "I8", 1 },
    { SONDE_DTYPE_U8, "U8", 1 },
    { SONDE_DTYPE_U16, "U16", 2 },
    { SONDE_DTYPE_U32, "U32", 4 },
    { SONDE_DTYPE_U64, "U64", 8 },
    { SONDE_DTYPE_F8_E4M3, "F8_E4M3", 1 },
    { SONDE_DTYPE_F8_E5M2, "F8_E5M2", 1 },
    { SONDE_DTYPE_BOOL, "BOOL", 1 },
  };
  SondeDtype dtype = SONDE_DTYPE_I8;

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_assert_cmpstr (sonde_dtype_get_name (expected[i].dtype), ==, expected[i].name);
      g_assert_cmpuint (sonde_dtype_get_size (expected[i].dtype), ==, expected[i].size);
      g_assert_true (sonde_dtype_from_name (expected[i].name, &dtype));
      g_assert_cmpint (dtype, ==, expected[i].dtype);
    }
  g_assert_false (sonde_dtype_from_name ("f32", &dtype));
  g_assert_false (sonde_dtype_from_name ("F8_E8M0", &dtype));
  g_assert_false (sonde_dtype_from_name ("C64", &dtype));
  g_assert_false (sonde_dtype_from_name ("", &dtype));
  g_assert_cmpint (dtype, ==, SONDE_DTYPE_BOOL);
}

static void
test_shapes (void)
{
  const gsize shape[] = { 2, 3, 4 };
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (24 * 4), 24 * 4);
  g_autoptr (GBytes) one = g_bytes_new ("\0\0\200?", 4);
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  g_autoptr (SondeTensor) cube = sonde_tensor_new (SONDE_DTYPE_F32, shape, 3, bytes, NULL);
  g_autoptr (SondeTensor) scalar = sonde_tensor_new (SONDE_DTYPE_F32, NULL, 0, one, NULL);
  g_autoptr (SondeTensor) empty = sonde_tensor_new (SONDE_DTYPE_F32, (gsize[]){ 0, 5 }, 2, nothing, NULL);
  g_autoptr (SondeTensor) same = sonde_tensor_to_f32 (empty);
  g_autoptr (SondeTensor) wide = sonde_tensor_to_f64 (empty);
  g_autofree char *text = sonde_tensor_dup_shape_string (cube);
  g_autofree char *scalar_text = sonde_tensor_dup_shape_string (scalar);
  guint n_dims;

  g_assert_cmpmem (sonde_tensor_get_shape (cube, &n_dims), sizeof shape, shape, sizeof shape);
  g_assert_cmpuint (n_dims, ==, 3);
  g_assert_cmpuint (sonde_tensor_get_n_elements (cube), ==, 24);
  g_assert_cmpuint (sonde_tensor_get_n_rows (cube), ==, 6);
  g_assert_cmpuint (sonde_tensor_get_n_columns (cube), ==, 4);
  g_assert_cmpstr (text, ==, "[2, 3, 4]");
  g_assert_cmpstr (scalar_text, ==, "[]");
  g_assert_cmpuint (sonde_tensor_get_n_dims (scalar), ==, 0);
  g_assert_cmpuint (sonde_tensor_get_n_elements (scalar), ==, 1);
  g_assert_cmpuint (sonde_tensor_get_n_rows (scalar), ==, 1);
  g_assert_cmpuint (sonde_tensor_get_n_columns (scalar), ==, 1);
  g_assert_cmpfloat (*sonde_tensor_peek_f32 (scalar), ==, 1);
  g_assert_cmpuint (sonde_tensor_get_n_elements (empty), ==, 0);
  g_assert_cmpuint (sonde_tensor_get_n_columns (empty), ==, 5);
  g_assert_nonnull (sonde_tensor_peek_f32 (empty));
  g_assert_true (same == empty);
  g_assert_nonnull (sonde_tensor_peek_f64 (wide));
}

static void
refuse (const gsize *shape,
        guint n_dims,
        gsize n_bytes,
        const char *pattern)
{
  g_autofree gpointer data = g_malloc0 (n_bytes + 1);
  g_autoptr (GBytes) bytes = g_bytes_new (data, n_bytes);
  g_autoptr (GError) error = NULL;

  g_assert_null (sonde_tensor_new (SONDE_DTYPE_F32, shape, n_dims, bytes, &error));
  g_assert_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE);
  g_assert_true (g_pattern_match_simple (pattern, error->message));
}

static void
test_refusals (void)
{
  refuse ((gsize[]){ 2, 3 }, 2, 23, "*[2, 3]*F32*24*23*");
  refuse ((gsize[]){ 2, 3 }, 2, 25, "*24*25*");
  refuse ((gsize[]){ 0 }, 1, 1, "*[0]*");
  refuse (NULL, 0, 0, "*4 bytes*");
  refuse ((gsize[]){ G_MAXSIZE, G_MAXSIZE }, 2, 4, "*larger*");
  refuse ((gsize[]){ (gsize) 1 << 62, 4 }, 2, 0, "*larger*");         /* 2^64 elements: 0 where it wraps */
  refuse ((gsize[]){ (gsize) 1 << 62 }, 1, 0, "*larger*");            /* 2^64 bytes */
  refuse ((gsize[]){ 0, G_MAXSIZE, 2 }, 3, 0, "*larger*");            /* nothing, of an absurd shape */
  refuse ((gsize[]){ 1, 1, 1, 1, 1, 1, 1, 1, 1 }, 9, 4, "*9 dim*8*"); /* one too many */
}

static void
test_misaligned (void)
{
  const float values[] = { 1.5f, -2.25f, 3e-40f };
  char buffer[sizeof values + 8];
  char *odd = buffer + (8 - (guintptr) buffer % 8) % 8 + 1;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (SondeTensor) tensor = NULL;
  g_autoptr (SondeTensor) copy = NULL;

  memcpy (odd, values, sizeof values - 4);
  bytes = g_bytes_new_static (odd, 8);
  tensor = sonde_tensor_new (SONDE_DTYPE_F32, (gsize[]){ 1, 2 }, 2, bytes, NULL);
  g_assert_nonnull (tensor);
  g_assert_null (sonde_tensor_peek_f32 (tensor));
  copy = sonde_tensor_to_f32 (tensor);
  g_assert_true (copy != tensor);
  g_assert_cmpmem (sonde_tensor_peek_f32 (copy), 8, values, 8);
}

static void
test_slice (void)
{
  float *values = g_new (float, 12);
  g_autoptr (SondeTensor) tensor = NULL;
  g_autoptr (SondeTensor) middle = NULL;
  g_autoptr (SondeTensor) none = NULL;
  const float *base;

  for (guint i = 0; i < 12; i++)
    values[i] = i;
  tensor = sonde_tensor_new_take_f32 (values, 4, 3);
  base = sonde_tensor_peek_f32 (tensor);
  g_assert_true (base == values);
  middle = sonde_tensor_slice_rows (tensor, 1, 2);
  none = sonde_tensor_slice_rows (tensor, 4, 0);
  g_clear_pointer (&tensor, sonde_tensor_unref); /* the slice keeps the bytes */
  g_assert_true (sonde_tensor_peek_f32 (middle) == base + 3);
  g_assert_cmpuint (sonde_tensor_get_n_rows (middle), ==, 2);
  g_assert_cmpuint (sonde_tensor_get_n_columns (middle), ==, 3);
  g_assert_cmpfloat (sonde_tensor_peek_f32 (middle)[5], ==, 8);
  g_assert_cmpuint (sonde_tensor_get_n_rows (none), ==, 0);
  g_assert_cmpuint (g_bytes_get_size (sonde_tensor_get_bytes (none)), ==, 0);
}

static void
test_take_f64 (void)
{
  double *values = g_new0 (double, 2);
  g_autoptr (SondeTensor) tensor = sonde_tensor_new_take_f64 (values, 1, 2);
  g_autoptr (SondeTensor) same = sonde_tensor_to_f64 (tensor);

  g_assert_true (same == tensor);
  g_assert_true (sonde_tensor_peek_f64 (tensor) == values);
  g_assert_null (sonde_tensor_peek_f32 (tensor));
  g_assert_cmpint (sonde_tensor_get_dtype (tensor), ==, SONDE_DTYPE_F64);
}

static void
test_slice_past_end (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (SondeTensor) tensor = sonde_tensor_new_take_f32 (g_new0 (float, 6), 2, 3);

      sonde_tensor_slice_rows (tensor, 1, G_MAXSIZE);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*CRITICAL*sonde_tensor_slice_rows*");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/tensor/f16", test_f16);
  g_test_add_func ("/tensor/bf16", test_bf16);
  g_test_add_func ("/tensor/f8", test_f8);
  g_test_add_func ("/tensor/integers", test_integers);
  g_test_add_func ("/tensor/names", test_names);
  g_test_add_func ("/tensor/shapes", test_shapes);
  g_test_add_func ("/tensor/refusals", test_refusals);
  g_test_add_func ("/tensor/misaligned", test_misaligned);
  g_test_add_func ("/tensor/slice", test_slice);
  g_test_add_func ("/tensor/take-f64", test_take_f64);
  g_test_add_func ("/tensor/slice-past-end", test_slice_past_end);
  return g_test_run ();
}
