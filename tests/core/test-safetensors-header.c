#include <string.h>

#include "sonde-error.h"
#include "sonde-safetensors-private.h"

/* A whole file in a buffer of its exact size: reading outside of it meets the sanitizer. */
static GBytes *
file_new (const char *header,
          gsize header_length,
          gsize data_length)
{
  const gsize size = 8 + header_length + data_length;
  guchar *file = g_malloc (size);

  for (guint i = 0; i < 8; i++)
    file[i] = (guint64) header_length >> (8 * i) & 0xff;
  memcpy (file + 8, header, header_length);
  for (gsize i = 0; i < data_length; i++)
    file[8 + header_length + i] = (guchar) (i * 37);
  return g_bytes_new_take (file, size);
}

static GHashTable *
string_table_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
}

static GHashTable *
info_table_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) _sonde_tensor_info_free);
}

/* Reads every byte of every tensor that the header leads to, and checks that none lies outside of the file. */
static gdouble
read_everything (GBytes *file,
                 GHashTable *infos)
{
  GHashTableIter iter;
  gpointer value;
  gdouble sum = 0;

  g_hash_table_iter_init (&iter, infos);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const _SondeTensorInfo *info = value;
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (SondeTensor) tensor = NULL;
      g_autoptr (SondeTensor) numbers = NULL;

      g_assert_cmpuint (info->n_dims, <=, SONDE_TENSOR_MAX_DIMS);
      g_assert_cmpuint (info->offset, <=, g_bytes_get_size (file));
      g_assert_cmpuint (info->n_bytes, <=, g_bytes_get_size (file) - info->offset);
      bytes = g_bytes_new_from_bytes (file, info->offset, info->n_bytes);
      if (info->unknown != NULL)
        continue;
      tensor = sonde_tensor_new (info->dtype, info->shape, info->n_dims, bytes, NULL);
      g_assert_nonnull (tensor);
      numbers = sonde_tensor_to_f64 (tensor);
      for (gsize i = 0; i < sonde_tensor_get_n_elements (numbers); i++)
        sum += sonde_tensor_peek_f64 (numbers)[i];
    }
  return sum;
}

/* Returns whether the file was accepted. */
static gboolean
try_file (GBytes *file)
{
  g_autoptr (GHashTable) infos = info_table_new ();
  g_autoptr (GHashTable) metadata = string_table_new ();
  g_autoptr (GError) error = NULL;
  const gboolean accepted = _sonde_safetensors_read_header (file, "x.safetensors", 0, infos, metadata, &error);

  g_assert_true (accepted == (error == NULL));
  if (accepted)
    read_everything (file, infos);
  else
    g_assert_true (error->domain == SONDE_ERROR && g_utf8_validate (error->message, -1, NULL) && strchr (error->message, '\n') == NULL);
  return accepted;
}

static void
refuse_file (GBytes *file,
             SondeError code,
             const char *pattern)
{
  g_autoptr (GHashTable) infos = info_table_new ();
  g_autoptr (GHashTable) metadata = string_table_new ();
  g_autoptr (GError) error = NULL;

  g_assert_false (_sonde_safetensors_read_header (file, "x.safetensors", 0, infos, metadata, &error));
  g_assert_error (error, SONDE_ERROR, (int) code);
  if (!g_pattern_match_simple (pattern, error->message))
    g_error ("“%s” does not match “%s”", error->message, pattern);
}

static void
refuse (const char *header,
        gsize data_length,
        SondeError code,
        const char *pattern)
{
  g_autoptr (GBytes) file = file_new (header, strlen (header), data_length);

  refuse_file (file, code, pattern);
}

static void
accept (const char *header,
        gsize data_length)
{
  g_autoptr (GBytes) file = file_new (header, strlen (header), data_length);

  g_assert_true (try_file (file));
}

#define TENSOR(name, dtype, shape, begin, end) "\"" name "\":{\"dtype\":\"" dtype "\",\"shape\":" shape ",\"data_offsets\":[" #begin "," #end "]}"

static void
test_valid (void)
{
  g_autoptr (GHashTable) infos = info_table_new ();
  g_autoptr (GHashTable) metadata = string_table_new ();
  g_autoptr (GError) error = NULL;
  const char *header = "{\"__metadata__\":{\"format\":\"pt\"}," TENSOR ("b", "F16", "[2,3]", 8, 20) "," TENSOR ("a", "F64", "[]", 0, 8) "}   ";
  g_autoptr (GBytes) file = file_new (header, strlen (header), 20);
  const _SondeTensorInfo *info;

  g_assert_true (_sonde_safetensors_read_header (file, "x", 5, infos, metadata, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (infos), ==, 2);
  g_assert_cmpstr (g_hash_table_lookup (metadata, "format"), ==, "pt");
  info = g_hash_table_lookup (infos, "b");
  g_assert_cmpint (info->dtype, ==, SONDE_DTYPE_F16);
  g_assert_cmpuint (info->n_dims, ==, 2);
  g_assert_cmpuint (info->shape[1], ==, 3);
  g_assert_cmpuint (info->file, ==, 5);
  g_assert_cmpuint (info->offset, ==, 8 + strlen (header) + 8);
  g_assert_cmpuint (info->n_bytes, ==, 12);

  accept ("{" TENSOR ("w", "C64", "[1]", 0, 8) "," TENSOR ("x", "F32", "[1]", 8, 12) "}", 12); /* x can be read all the same */
  accept ("{}", 0);
  accept ("{" TENSOR ("empty", "F32", "[0,7]", 4, 4) "," TENSOR ("x", "F32", "[1]", 0, 4) "," TENSOR ("too", "U8", "[0]", 0, 0) "}", 4);
  accept ("{" TENSOR ("", "BOOL", "[1,1,1,1,1,1,1,1]", 0, 1) "}", 1);
}

static void
test_length (void)
{
  const char all_ones[] = "\xff\xff\xff\xff\xff\xff\xff\xff{}";
  const char too_long[] = "\x01\xe1\xf5\x05\0\0\0\0{}"; /* 100,000,001 */
  const char limit[] = "\x00\xe1\xf5\x05\0\0\0\0{}";    /* 100,000,000 */
  g_autoptr (GBytes) first = g_bytes_new_static (all_ones, 10);
  g_autoptr (GBytes) longer = g_bytes_new_static (too_long, 10);
  g_autoptr (GBytes) longest = g_bytes_new_static (limit, 10);
  g_autoptr (GBytes) zeros = g_bytes_new_static ("\0\0\0\0\0\0\0\0", 8);

  for (guint i = 0; i < 8; i++)
    {
      g_autoptr (GBytes) file = g_bytes_new ("\2\0\0\0\0\0\0\0", i);

      refuse_file (file, SONDE_ERROR_FORMAT, "*truncated*8*");
    }
  refuse_file (first, SONDE_ERROR_FORMAT, "*18446744073709551615*100000000*");
  refuse_file (longer, SONDE_ERROR_FORMAT, "*100000001*");
  refuse_file (longest, SONDE_ERROR_FORMAT, "*truncated*100000000*only 2 bytes*");
  refuse_file (zeros, SONDE_ERROR_FORMAT, "*no safetensors*");
  refuse ("[]", 0, SONDE_ERROR_FORMAT, "*begin with*");
  refuse (" {}", 0, SONDE_ERROR_FORMAT, "*begin with*");
  refuse ("{]", 0, SONDE_ERROR_FORMAT, "*header of x.safetensors*");
}

static void
test_entries (void)
{
  refuse ("{\"w\":3}", 0, SONDE_ERROR_FORMAT, "x.safetensors: tensor “w” is not described by an object*");
  refuse ("{\"w\":{\"shape\":[1],\"data_offsets\":[0,4]}}", 4, SONDE_ERROR_FORMAT, "*“w”*dtype*");
  refuse ("{\"w\":{\"dtype\":7,\"shape\":[1],\"data_offsets\":[0,4]}}", 4, SONDE_ERROR_FORMAT, "*dtype*");
  refuse ("{" TENSOR ("w", "C64", "[1]", 8, 0) "}", 8, SONDE_ERROR_FORMAT, "*“w”*ends before it begins*");
  refuse ("{" TENSOR ("w", "C64", "[1]", 0, 16) "}", 8, SONDE_ERROR_FORMAT, "*truncated*");
  refuse ("{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,4]}}", 4, SONDE_ERROR_FORMAT, "*shape*");
  refuse ("{" TENSOR ("w", "F32", "[-1]", 0, 4) "}", 4, SONDE_ERROR_FORMAT, "*shape*");
  refuse ("{" TENSOR ("w", "F32", "[1.0]", 0, 4) "}", 4, SONDE_ERROR_FORMAT, "*shape*");
  refuse ("{" TENSOR ("w", "F32", "[true]", 0, 4) "}", 4, SONDE_ERROR_FORMAT, "*shape*");
  refuse ("{" TENSOR ("w", "F32", "[null]", 0, 4) "}", 4, SONDE_ERROR_FORMAT, "*shape*");
  refuse ("{" TENSOR ("w", "F32", "[[1]]", 0, 4) "}", 4, SONDE_ERROR_FORMAT, "*shape*");
  refuse ("{" TENSOR ("w", "F32", "1", 0, 4) "}", 4, SONDE_ERROR_FORMAT, "*shape*");
  refuse ("{" TENSOR ("w", "F32", "[1,1,1,1,1,1,1,1,1]", 0, 4) "}", 4, SONDE_ERROR_FORMAT, "*at most 8*");
  refuse ("{" TENSOR ("w", "F32", "[4611686018427387904,4]", 0, 0) "}", 0, SONDE_ERROR_FORMAT, "*larger*");
  refuse ("{" TENSOR ("w", "F32", "[0,4611686018427387904,4]", 0, 0) "}", 0, SONDE_ERROR_FORMAT, "*larger*");
  refuse ("{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, SONDE_ERROR_FORMAT, "*data_offsets*");
  refuse ("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4]}}", 4, SONDE_ERROR_FORMAT, "*data_offsets*");
  refuse ("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,8]}}", 4, SONDE_ERROR_FORMAT, "*data_offsets*");
  refuse ("{" TENSOR ("w", "F32", "[1]", -4, 0) "}", 4, SONDE_ERROR_FORMAT, "*data_offsets*");
  refuse ("{" TENSOR ("w", "F32", "[1]", 4, 0) "}", 4, SONDE_ERROR_FORMAT, "*ends before it begins*");
  refuse ("{" TENSOR ("w", "F32", "[2,3]", 0, 4) "}", 4, SONDE_ERROR_FORMAT, "*“w”*[2, 3]*24*4*");
}

static void
test_coverage (void)
{
  refuse ("{" TENSOR ("w", "F32", "[2]", 0, 8) "}", 5, SONDE_ERROR_FORMAT, "x.safetensors is truncated*8 bytes*5*");
  refuse ("{" TENSOR ("w", "U8", "[2]", 0, 2) "}", 5, SONDE_ERROR_FORMAT, "*5 bytes*only 2*");
  refuse ("{}", 1, SONDE_ERROR_FORMAT, "*1 bytes*only 0*");
  refuse ("{" TENSOR ("a", "U8", "[4]", 0, 4) "," TENSOR ("b", "U8", "[4]", 3, 7) "}", 7, SONDE_ERROR_FORMAT, "*“b” overlaps*");
  refuse ("{" TENSOR ("a", "U8", "[4]", 0, 4) "," TENSOR ("b", "U8", "[4]", 0, 4) "}", 4, SONDE_ERROR_FORMAT, "*overlaps*");
  refuse ("{" TENSOR ("a", "U8", "[4]", 0, 4) "," TENSOR ("b", "U8", "[0]", 2, 2) "}", 4, SONDE_ERROR_FORMAT, "*overlaps*");
  refuse ("{" TENSOR ("a", "U8", "[4]", 1, 5) "}", 5, SONDE_ERROR_FORMAT, "*“a” begins at byte 1*0*");
  refuse ("{" TENSOR ("a", "U8", "[1]", 0, 1) "," TENSOR ("b", "U8", "[1]", 9223372036854775806, 9223372036854775807) "}", 2, SONDE_ERROR_FORMAT, "*“b” begins at*");
}

static void
test_names (void)
{
  g_autofree char *long_name = g_strnfill (1025, 'n');
  g_autofree char *header = g_strdup_printf ("{\"%s\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", long_name);
  g_autoptr (GString) many = g_string_new ("{\"__metadata__\":{}");

  refuse (header, 1, SONDE_ERROR_FORMAT, "*1025 bytes*1024*");
  memmove (header + 2, header + 3, strlen (header + 2)); /* 1,024 are allowed */
  accept (header, 1);
  refuse ("{" TENSOR ("w", "U8", "[1]", 0, 1) "," TENSOR ("w", "U8", "[1]", 0, 1) "}", 1, SONDE_ERROR_FORMAT, "*twice*");
  refuse ("{\"bad\\u001b[31m\\nname\":1}", 1, SONDE_ERROR_FORMAT, "*“bad\xef\xbf\xbd[31m\xef\xbf\xbdname”*");
  for (guint i = 0; i < SONDE_MAX_TENSORS; i++)
    g_string_append_printf (many, ",\"%u\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}", i);
  g_string_append_c (many, '}');
  accept (many->str, 0);
  g_string_truncate (many, many->len - 1);
  g_string_append (many, ",\"x\":0}");
  refuse (many->str, 0, SONDE_ERROR_UNSUPPORTED, "*100001 tensors*100000*");
}

static void
test_metadata (void)
{
  refuse ("{\"__metadata__\":[]}", 0, SONDE_ERROR_FORMAT, "*__metadata__*");
  refuse ("{\"__metadata__\":{\"a\":1}}", 0, SONDE_ERROR_FORMAT, "*__metadata__*“a”*");
  refuse ("{\"__metadata__\":{\"a\":{}}}", 0, SONDE_ERROR_FORMAT, "*__metadata__*");
}

/* Every bit of the length and of the header flipped, every byte replaced by telling ones, and cut off after every byte. */
static void
test_mutations (void)
{
  const char *header = "{\"__metadata__\":{\"k\":\"v\"}," TENSOR ("a", "F64", "[1,2]", 0, 16) "," TENSOR ("b", "F32", "[3]", 16, 28) "," TENSOR ("c", "BF16", "[2,1]", 28, 32) "}";
  const gsize n = 8 + strlen (header);
  static const char bytes[] = "09-,:{}[]\"\\ eE.x\x7f\x80\xff";
  g_autoptr (GBytes) seed = file_new (header, strlen (header), 32);
  guint n_accepted = 0, n_tried = 0;

  g_assert_true (try_file (seed));
  for (gsize i = 0; i < n; i++)
    {
      for (guint change = 0; change < 8 + sizeof bytes; change++)
        {
          gsize size;
          guchar *copy = g_bytes_unref_to_data (g_bytes_new (g_bytes_get_data (seed, NULL), g_bytes_get_size (seed)), &size);
          g_autoptr (GBytes) file = NULL;

          copy[i] = change < 8 ? copy[i] ^ (1 << change) : (guchar) bytes[change - 8];
          file = g_bytes_new_take (copy, size);
          n_accepted += try_file (file);
          n_tried++;
        }
    }
  for (gsize i = 0; i < g_bytes_get_size (seed); i++)
    {
      g_autoptr (GBytes) file = g_bytes_new (g_bytes_get_data (seed, NULL), i);

      g_assert_false (try_file (file));
    }
  g_test_message ("%u of %u changed files were accepted", n_accepted, n_tried);
  g_assert_cmpuint (n_accepted, >, 0);           /* another letter in a name */
  g_assert_cmpuint (n_accepted, <, n_tried / 4); /* but little else */
}

/* A number of the header: the right one seven times of eight, otherwise one of those that tend to break things. */
static const char *
number (GRand *random,
        gsize right,
        char buffer[32])
{
  static const char *const wrong[] = { "0", "1", "2", "3", "4", "7", "8", "12", "16", "33", "-1", "1e1", "4294967296",
                                       "4611686018427387904", "9223372036854775807", "9223372036854775808", "18446744073709551615" };

  if (g_rand_int_range (random, 0, 8) == 0)
    return wrong[g_rand_int_range (random, 0, G_N_ELEMENTS (wrong))];
  g_snprintf (buffer, 32, "%" G_GSIZE_FORMAT, right);
  return buffer;
}

/* Valid JSON with some wrong numbers: what is accepted must lead to no byte outside of the file. */
static void
test_random_numbers (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  guint n_accepted = 0;

  for (guint i = 0; i < 20000; i++)
    {
      const SondeDtype a = g_rand_int_range (random, 0, SONDE_DTYPE_BOOL + 1);
      const SondeDtype b = g_rand_int_range (random, 0, SONDE_DTYPE_BOOL + 1);
      const gsize rows = g_rand_int_range (random, 0, 5), columns = g_rand_int_range (random, 0, 5);
      const gsize middle = rows * columns * sonde_dtype_get_size (a);
      const gsize end = middle + columns * sonde_dtype_get_size (b);
      char text[6][32];
      g_autofree char *header = g_strdup_printf ("{\"a\":{\"dtype\":\"%s\",\"shape\":[%s,%s],\"data_offsets\":[0,%s]},"
                                                 "\"b\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%s,%s]}}",
                                                 sonde_dtype_get_name (a), number (random, rows, text[0]), number (random, columns, text[1]), number (random, middle, text[2]),
                                                 sonde_dtype_get_name (b), number (random, columns, text[3]), number (random, middle, text[4]), number (random, end, text[5]));
      g_autoptr (GBytes) file = file_new (header, strlen (header), end);

      n_accepted += try_file (file);
    }
  g_test_message ("%u of 20000 files were accepted", n_accepted);
  g_assert_cmpuint (n_accepted, >, 20000 / 4);
  g_assert_cmpuint (n_accepted, <, 20000 * 3 / 4);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/safetensors-header/valid", test_valid);
  g_test_add_func ("/safetensors-header/length", test_length);
  g_test_add_func ("/safetensors-header/entries", test_entries);
  g_test_add_func ("/safetensors-header/coverage", test_coverage);
  g_test_add_func ("/safetensors-header/names", test_names);
  g_test_add_func ("/safetensors-header/metadata", test_metadata);
  g_test_add_func ("/safetensors-header/mutations", test_mutations);
  g_test_add_func ("/safetensors-header/random-numbers", test_random_numbers);
  return g_test_run ();
}
