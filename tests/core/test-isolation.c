/* What travels between the program and the processes of analyzers: it comes back the same, and what is spoilt is refused. */
#define _GNU_SOURCE /* memfd_create () */
#include "isolation/sonde-isolation-private.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sonde-error.h"

#define N_SPOILT 3000
#define MOST_FILES 5

/* ---- results ---- */

static SondeTable *
make_table (void)
{
  SondeTable *table = sonde_table_new ("odd", "A table of odd cells");

  sonde_table_add_column (table, "text", SONDE_COLUMN_STRING, NULL, "Texts");
  sonde_table_add_column (table, "count", SONDE_COLUMN_INTEGER, "", "Counts");
  sonde_table_add_column (table, "share", SONDE_COLUMN_NUMBER, "1", "Shares");
  sonde_table_add_row (table, "", G_MININT64, NAN);
  sonde_table_add_row (table, "\xff, \"東京\"\n", G_MAXINT64, -INFINITY);
  sonde_table_add_row (table, "a", (gint64) 0, -0.0);
  return table;
}

static void
add_tensor (SondeResult *result,
            SondeDtype dtype,
            const gsize *shape,
            guint n_dims)
{
  static const guint8 bytes[96] = { 1, 2, 3, 0x7f, 0xff, 0x80 };
  g_autoptr (GBytes) data = NULL;
  g_autoptr (SondeTensor) tensor = NULL;
  g_autofree char *name = g_strdup_printf ("%s/%u", sonde_dtype_get_name (dtype), n_dims);
  gsize n = 1;

  for (guint i = 0; i < n_dims; i++)
    n *= shape[i];
  data = g_bytes_new (bytes, n * sonde_dtype_get_size (dtype));
  tensor = sonde_tensor_new (dtype, shape, n_dims, data, NULL);
  g_assert_nonnull (tensor);
  sonde_result_add_tensor (result, name, tensor);
}

static SondeResult *
make_result (void)
{
  static const gsize shape[] = { 2, 1, 3 };
  static const gsize empty[] = { 0, 4 };
  SondeResult *result = sonde_result_new ();
  g_autoptr (SondeTable) table = make_table ();
  g_autoptr (SondeTable) bare = sonde_table_new ("bare", "No rows");
  g_autoptr (SondeFigure) figure = sonde_figure_new ("figure", 1, 1, 100, 100);

  sonde_table_add_column (bare, "a", SONDE_COLUMN_NUMBER, "1", "Nothing");
  sonde_panel_add_bar (sonde_figure_add_panel (figure, 0, 0), 1, NAN, 1, NULL, "bar");
  sonde_result_add_table (result, table);
  sonde_result_add_table (result, bare);
  sonde_result_add_figure (result, figure);
  for (SondeDtype dtype = SONDE_DTYPE_F64; dtype <= SONDE_DTYPE_F8_E5M2; dtype++)
    add_tensor (result, dtype, shape, G_N_ELEMENTS (shape));
  add_tensor (result, SONDE_DTYPE_F32, NULL, 0);
  add_tensor (result, SONDE_DTYPE_F64, empty, G_N_ELEMENTS (empty));
  sonde_result_add_key_number (result, "A number", "9 \xc2\xb5");
  sonde_result_add_warning (result, "One.");
  sonde_result_add_warning (result, "Two.");
  return result;
}

/* As it arrives: bytes at another address. */
static GVariant *
copy (const char *type,
      gconstpointer data,
      gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);

  return g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE (type), bytes, FALSE));
}

static void
test_result (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeResult) result = make_result ();
  g_autoptr (GVariant) variant = g_variant_ref_sink (_sonde_result_to_variant (result));
  g_autoptr (GVariant) copied = copy (SONDE_RESULT_TYPE, g_variant_get_data (variant), g_variant_get_size (variant));
  g_autoptr (SondeResult) again = _sonde_result_new_from_variant (copied, &error);
  g_autoptr (GVariant) twice = NULL;

  g_assert_no_error (error);
  twice = g_variant_ref_sink (_sonde_result_to_variant (again));
  g_assert_cmpmem (g_variant_get_data (variant), g_variant_get_size (variant), g_variant_get_data (twice), g_variant_get_size (twice));
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *expected = sonde_table_to_csv (g_ptr_array_index (sonde_result_get_tables (result), i));
      g_autofree char *found = sonde_table_to_csv (g_ptr_array_index (sonde_result_get_tables (again), i));

      g_assert_cmpstr (found, ==, expected);
    }
  g_assert_cmpstr (sonde_table_get_column_unit (g_ptr_array_index (sonde_result_get_tables (again), 0), 0), ==, NULL);
  g_assert_cmpstr (sonde_table_get_column_unit (g_ptr_array_index (sonde_result_get_tables (again), 0), 1), ==, "");
  for (guint i = 0; i < sonde_result_get_n_tensors (result); i++)
    {
      const char *expected, *found;
      SondeTensor *a = sonde_result_get_tensor (result, i, &expected), *b = sonde_result_get_tensor (again, i, &found);

      g_assert_cmpstr (found, ==, expected);
      g_assert_cmpint (sonde_tensor_get_dtype (b), ==, sonde_tensor_get_dtype (a));
      g_assert_true (g_bytes_equal (sonde_tensor_get_bytes (a), sonde_tensor_get_bytes (b)));
      g_assert_true (sonde_tensor_get_dtype (a) != SONDE_DTYPE_F64 || sonde_tensor_peek_f64 (b) != NULL); /* where it may stand */
    }
}

/* Names are files, and no child chooses where they lie. */
static void
test_names (void)
{
  static const char *const names[] = { "", ".", "..", ".hidden", "../up", "/root", "a/b", "\xff", "a\nb", "\033[31mred", "a\x7fz" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (SondeResult) result = sonde_result_new ();
      g_autoptr (SondeTable) table = sonde_table_new (names[i], "A table");
      g_autoptr (SondeFigure) figure = sonde_figure_new (names[i], 1, 1, 100, 100);
      g_autoptr (GVariant) variant = NULL;

      if (i % 2 == 0)
        sonde_result_add_table (result, table);
      else
        sonde_result_add_figure (result, figure);
      variant = g_variant_ref_sink (_sonde_result_to_variant (result));
      g_assert_null (_sonde_result_new_from_variant (variant, &error));
      g_assert_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN);
    }
}

static void
test_spoilt (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  g_autoptr (SondeResult) result = make_result ();
  g_autoptr (GVariant) variant = g_variant_ref_sink (_sonde_result_to_variant (result));
  const gsize size = g_variant_get_size (variant);
  guint n_odd = 0, n_refused = 0;

  for (guint i = 0; i < N_SPOILT; i++)
    {
      g_autofree guint8 *bytes = g_memdup2 (g_variant_get_data (variant), size);
      g_autoptr (GVariant) spoilt = NULL;
      g_autoptr (SondeResult) again = NULL;
      g_autoptr (GError) error = NULL;

      for (guint j = 0; j < 1 + i % 4; j++)
        bytes[g_rand_int_range (random, 0, (gint32) size)] = (guint8) g_rand_int (random);
      spoilt = copy (SONDE_RESULT_TYPE, bytes, size);
      if (!g_variant_is_normal_form (spoilt))
        {
          n_odd++;
          continue;
        }
      again = _sonde_result_new_from_variant (spoilt, &error);
      g_assert_true ((again == NULL) == (error != NULL));
      n_refused += again == NULL;
    }
  g_test_message ("of %u: %u in no normal form, %u refused", N_SPOILT, n_odd, n_refused);
  g_assert_cmpuint (n_odd, >, 0);
  g_assert_cmpuint (n_refused, >, 0);
}

/* ---- messages ---- */

typedef struct
{
  int ends[2];
} Pair;

static void
pair_set_up (Pair *pair,
             gconstpointer unused)
{
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair->ends), ==, 0);
}

static void
pair_tear_down (Pair *pair,
                gconstpointer unused)
{
  close (pair->ends[0]);
  if (pair->ends[1] >= 0)
    close (pair->ends[1]);
}

static guint
count_files (void)
{
  g_autoptr (GDir) files = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (files != NULL && g_dir_read_name (files) != NULL)
    n++;
  return n;
}

/* Short ones, long ones that go as a file, and one with a file beside it. */
static void
test_messages (Pair *pair,
               gconstpointer unused)
{
  const guint n_files = count_files ();

  for (gsize length = 1; length < 1 << 20; length *= 37)
    {
      g_autofree char *text = g_strnfill (length, 'a');
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) message = NULL;
      int file;

      g_assert_true (_sonde_message_send (pair->ends[0], g_variant_new_string (text), length < 100 ? pair->ends[0] : -1, &error));
      message = _sonde_message_receive (pair->ends[1], "s", 1 << 21, &file, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (g_variant_get_string (message, NULL), ==, text);
      g_assert_true ((file >= 0) == (length < 100));
      if (file >= 0)
        close (file);
    }
  g_assert_cmpuint (count_files (), ==, n_files);
}

static void
refuse (Pair *pair,
        guint64 most,
        int code)
{
  g_autoptr (GError) error = NULL;
  int file;

  g_assert_null (_sonde_message_receive (pair->ends[1], "s", most, &file, &error));
  g_assert_error (error, G_IO_ERROR, code);
  g_assert_cmpint (file, ==, -1);
}

static void
send_raw (Pair *pair,
          guint64 size,
          guint32 in_file,
          const char *body,
          int file)
{
  struct
  {
    guint64 size;
    guint32 in_file, unused;
  } header = { size, in_file, 0 };
  union
  {
    char bytes[CMSG_SPACE (sizeof (int))];
    struct cmsghdr header;
  } control = { .header = { CMSG_LEN (sizeof file), SOL_SOCKET, SCM_RIGHTS } };
  struct iovec parts[] = { { &header, sizeof header }, { (char *) body, strlen (body) } };
  struct msghdr packet = { .msg_iov = parts, .msg_iovlen = 2, .msg_control = file >= 0 ? &control : NULL, .msg_controllen = file >= 0 ? sizeof control : 0 };

  memcpy (CMSG_DATA (&control.header), &file, sizeof file);
  g_assert_cmpint (sendmsg (pair->ends[0], &packet, 0), >, 0);
}

static void
test_spoilt_messages (Pair *pair,
                      gconstpointer unused)
{
  const guint n_files = count_files ();
  const int loose = memfd_create ("loose", MFD_CLOEXEC);
  g_autofree char *text = g_strnfill (100000, 'a');

  g_assert_cmpint (ftruncate (loose, 4096), ==, 0);
  g_assert_true (send (pair->ends[0], "x", 1, 0) == 1);
  refuse (pair, 1000, G_IO_ERROR_INVALID_DATA);
  send_raw (pair, 999, FALSE, "short", -1);
  refuse (pair, 1000, G_IO_ERROR_INVALID_DATA);
  send_raw (pair, 5, FALSE, "no nul", loose);
  refuse (pair, 1000, G_IO_ERROR_INVALID_DATA);
  send_raw (pair, 3, FALSE, "\xff\xff\xff", -1);
  refuse (pair, 1000, G_IO_ERROR_INVALID_DATA);
  send_raw (pair, 4096, TRUE, "", -1);
  refuse (pair, 10000, G_IO_ERROR_INVALID_DATA);
  send_raw (pair, 4096, TRUE, "", loose); /* not sealed */
  refuse (pair, 10000, G_IO_ERROR_INVALID_DATA);
  send_raw (pair, 4096, TRUE, "", STDOUT_FILENO);
  refuse (pair, 10000, G_IO_ERROR_INVALID_DATA);
  g_assert_true (_sonde_message_send (pair->ends[0], g_variant_new_string (text), -1, NULL));
  refuse (pair, 1000, G_IO_ERROR_INVALID_DATA); /* larger than allowed */
  g_assert_true (_sonde_message_send (pair->ends[0], g_variant_new_uint32 (1), -1, NULL));
  refuse (pair, 1000, G_IO_ERROR_INVALID_DATA); /* another type */
  close (loose);
  g_assert_cmpuint (count_files (), ==, n_files);
  close (pair->ends[0]);
  pair->ends[0] = pair->ends[1];
  pair->ends[1] = -1;
  {
    Pair left = { { -1, pair->ends[0] } };

    refuse (&left, 1000, G_IO_ERROR_CLOSED);
  }
}

/* More files than one are closed, whether there is room for them or not. */
static void
test_many_files (Pair *pair,
                 gconstpointer unused)
{
  const guint n_files = count_files ();
  const struct
  {
    guint64 size;
    guint32 in_file, unused;
  } header = { 2, FALSE, 0 };

  for (guint n = 2; n <= MOST_FILES; n++)
    {
      union
      {
        char bytes[CMSG_SPACE (MOST_FILES * sizeof (int))];
        struct cmsghdr header;
      } control = { .header = { CMSG_LEN (n * sizeof (int)), SOL_SOCKET, SCM_RIGHTS } };
      struct iovec parts[] = { { (void *) &header, sizeof header }, { (char *) "a", 2 } };
      struct msghdr packet = { .msg_iov = parts, .msg_iovlen = 2, .msg_control = &control, .msg_controllen = CMSG_SPACE (n * sizeof (int)) };
      g_autoptr (GVariant) message = NULL;
      int file;

      for (guint i = 0; i < n; i++)
        memcpy (CMSG_DATA (&control.header) + i * sizeof (int), &(int){ STDOUT_FILENO }, sizeof (int));
      g_assert_cmpint (sendmsg (pair->ends[0], &packet, 0), >, 0);
      message = _sonde_message_receive (pair->ends[1], "s", 1000, &file, NULL);
      if (file >= 0)
        close (file);
      g_assert_cmpuint (count_files (), ==, n_files);
    }
}

static void
test_shared_files (void)
{
  g_autoptr (GPtrArray) pieces = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GBytes) mapped = NULL;
  int file;

  g_ptr_array_add (pieces, g_bytes_new_static ("abc", 3));
  g_ptr_array_add (pieces, g_bytes_new_static ("defg", 4));
  file = _sonde_shared_file_new (pieces, NULL);
  g_assert_cmpint (file, >=, 0);
  g_assert_cmpint (ftruncate (file, 0), <, 0);
  g_assert_cmpint (pwrite (file, "x", 1, 0), <, 0);
  g_assert_null (_sonde_shared_file_map (file, 1, 67));
  g_assert_null (_sonde_shared_file_map (file, 69, 100));
  mapped = _sonde_shared_file_map (file, 68, 68);
  close (file);
  g_assert_cmpuint (g_bytes_get_size (mapped), ==, SONDE_SHARED_ALIGNMENT + 4);
  g_assert_cmpmem (g_bytes_get_data (mapped, NULL), 4, "abc", 4);
  g_assert_cmpmem ((const char *) g_bytes_get_data (mapped, NULL) + SONDE_SHARED_ALIGNMENT, 4, "defg", 4);
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/isolation/result", test_result);
  g_test_add_func ("/isolation/names", test_names);
  g_test_add_func ("/isolation/spoilt", test_spoilt);
  g_test_add ("/isolation/messages", Pair, NULL, pair_set_up, test_messages, pair_tear_down);
  g_test_add ("/isolation/spoilt-messages", Pair, NULL, pair_set_up, test_spoilt_messages, pair_tear_down);
  g_test_add ("/isolation/many-files", Pair, NULL, pair_set_up, test_many_files, pair_tear_down);
  g_test_add_func ("/isolation/shared-files", test_shared_files);
  return g_test_run ();
}
