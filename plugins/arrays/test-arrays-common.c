#define G_LOG_DOMAIN "arrays"

#include "test-arrays-common.h"

#include <archive.h>
#include <archive_entry.h>
#include <glib/gstdio.h>

static char *folder;

void
test_make_folder (void)
{
  folder = g_dir_make_tmp ("sonde-arrays-XXXXXX", NULL);
  g_assert_nonnull (folder);
}

const char *
test_get_folder (void)
{
  return folder;
}

char *
test_path_of (const char *name)
{
  return g_build_filename (folder, name, NULL);
}

char *
test_write_bytes (const char *name, GBytes *bytes)
{
  char *path = test_path_of (name);

  g_assert_true (g_file_set_contents (path, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes), NULL));
  return path;
}

/* The dictionary as given, of @version, then @size bytes of @data. */
GBytes *
test_npy_raw (guint version, const char *dictionary, gconstpointer data, gsize size)
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
GBytes *
test_npy_counting (gsize rows, gsize columns, float first)
{
  g_autofree float *values = g_new (float, rows *columns);
  g_autofree char *dictionary = g_strdup_printf ("{'descr': '<f4', 'fortran_order': False, 'shape': (%zu, %zu), }\n", rows, columns);

  for (gsize i = 0; i < rows * columns; i++)
    values[i] = first + (float) i;
  return test_npy_raw (1, dictionary, values, rows * columns * sizeof (float));
}

/* A zip archive; takes the members' bytes. */
char *
test_write_zip (const char *name, gboolean deflated, const Member *members, guint n)
{
  char *path = test_path_of (name);
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

SondeModel *
test_try_open (const char *path, GError **error)
{
  return test_try_open_with (path, NULL, error);
}

/* @settings: "axes=row,feature"; NULL is the end. */
SondeModel *
test_try_open_with (const char *path, const char *const *settings, GError **error)
{
  g_autoptr (SondeModelProvider) provider = g_object_new (ARRAYS_TYPE_PROVIDER, NULL);

  for (guint i = 0; settings != NULL && settings[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (settings[i], "=", 2);

      g_assert_true (sonde_property_set (G_OBJECT (provider), "arrays", parts[0], parts[1], NULL));
    }
  return sonde_model_provider_open (provider, path, NULL, error);
}

SondeModel *
test_open_with (const char *path, const char *const *settings)
{
  g_autoptr (GError) error = NULL;
  SondeModel *model = test_try_open_with (path, settings, &error);

  g_assert_no_error (error);
  g_assert_nonnull (model);
  return model;
}

SondeModel *
test_open_model (const char *path)
{
  g_autoptr (GError) error = NULL;
  SondeModel *model = test_try_open (path, &error);

  g_assert_no_error (error);
  g_assert_nonnull (model);
  return model;
}

void
test_assert_refused_with (const char *path, const char *const *settings, const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (test_try_open_with (path, settings, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_true (g_utf8_validate (error->message, -1, NULL) && strchr (error->message, '\n') == NULL);
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” is not in “%s”", part, error->message);
}

void
test_assert_refused (const char *path, const char *part)
{
  test_assert_refused_with (path, NULL, part);
}

char *
test_write_safetensors (const char *name, const char *const *names, const char *description)
{
  g_autoptr (SondeSafetensorsWriter) writer = sonde_safetensors_writer_new ();
  char *path = test_path_of (name);
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

/* ---- running ---- */

/* @user_data: "L1/stage" → SondeTensor */
static gboolean
collect (guint layer, const char *site, SondeTensor *tensor, gpointer user_data, GError **error)
{
  g_hash_table_insert (user_data, g_strdup_printf ("L%u/%s", layer, site), sonde_tensor_ref (tensor));
  return TRUE;
}

GHashTable *
test_run_model (SondeModel *model, SondeSelection *selection, GError **error)
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

SondeTensor *
test_run_one (SondeModel *model, guint layer, const char *site, GHashTable **keep)
{
  g_autoptr (SondeSelection) selection = sonde_selection_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *key = g_strdup_printf ("L%u/%s", layer, site);

  sonde_selection_add (selection, layer, site);
  *keep = test_run_model (model, selection, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (*keep), ==, 1);
  g_assert_nonnull (g_hash_table_lookup (*keep, key));
  return g_hash_table_lookup (*keep, key);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *below = g_build_filename (path, name, NULL);

      if (g_file_test (below, G_FILE_TEST_IS_DIR) && !g_file_test (below, G_FILE_TEST_IS_SYMLINK))
        remove_folder (below);
      else
        g_unlink (below);
    }
  g_rmdir (path);
}

void
test_remove_folder (void)
{
  remove_folder (folder);
  g_free (folder);
}
