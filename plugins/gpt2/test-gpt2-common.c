#define G_LOG_DOMAIN "gpt2"

#include "test-gpt2-common.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "gpt2-provider.h"

char *
test_site_key (guint layer, const char *site)
{
  return layer == SONDE_NO_LAYER ? g_strdup (site) : g_strdup_printf ("%s:%u", site, layer);
}

SondeModel *
test_open (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeModelProvider) provider = g_object_new (GPT2_TYPE_PROVIDER, NULL);
  SondeModel *model;

  g_assert_cmpuint (sonde_model_provider_probe (provider, path, NULL), ==, 100);
  model = sonde_model_provider_open (provider, path, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (SONDE_IS_MODEL (model));
  return model;
}

SondeSelection *
test_select (guint layer, const char *site, ...)
{
  SondeSelection *selection = sonde_selection_new ();
  va_list arguments;

  va_start (arguments, site);
  while (site)
    {
      sonde_selection_add (selection, layer, site);
      layer = va_arg (arguments, guint);
      site = layer == TEST_END ? NULL : va_arg (arguments, const char *);
    }
  va_end (arguments);
  return selection;
}

static gboolean
keep (guint layer,
      const char *site,
      SondeTensor *tensor,
      gpointer user_data,
      GError **error)
{
  g_assert_true (g_hash_table_insert (user_data, test_site_key (layer, site), sonde_tensor_ref (tensor)));
  return TRUE;
}

GHashTable *
test_run (SondeModel *model,
          SondeBatch *batch,
          SondeSelection *selection)
{
  GHashTable *sites = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) sonde_tensor_unref);
  g_autoptr (GError) error = NULL;

  sonde_model_run (model, batch, selection, keep, sites, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_hash_table_size (sites), ==, sonde_selection_get_n_pairs (selection));
  return sites;
}

const float *
test_peek (GHashTable *sites,
           guint layer,
           const char *site,
           gsize rows,
           gsize columns)
{
  g_autofree char *key = test_site_key (layer, site);
  SondeTensor *tensor = g_hash_table_lookup (sites, key);

  g_assert_nonnull (tensor);
  g_assert_cmpuint (sonde_tensor_get_n_dims (tensor), ==, 2);
  g_assert_cmpuint (sonde_tensor_get_n_rows (tensor), ==, rows);
  g_assert_cmpuint (sonde_tensor_get_n_columns (tensor), ==, columns);
  return sonde_tensor_peek_f32 (tensor);
}

void
test_add_whole (SondeBatch *batch, const gint32 *ids, guint n_ids)
{
  g_autofree guint *kept = g_new (guint, n_ids);

  for (guint i = 0; i < n_ids; i++)
    kept[i] = i;
  sonde_batch_add (batch, ids, n_ids, kept, n_ids);
}

/* NaN counts as infinitely different. */
double
test_largest_difference (const float *a, const float *b, gsize n)
{
  double largest = 0;

  for (gsize i = 0; i < n; i++)
    {
      double difference = fabs ((double) a[i] - b[i]);

      if (!(difference <= largest))
        largest = isnan (difference) ? INFINITY : difference;
    }
  return largest;
}

char *
test_make_directory (void)
{
  g_autoptr (GError) error = NULL;
  char *path = g_dir_make_tmp ("sonde-gpt2-XXXXXX", &error);

  g_assert_no_error (error);
  return path;
}

void
test_remove_directory (char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        test_remove_directory (child);
      else
        {
          g_unlink (child);
          g_free (child);
        }
    }
  g_rmdir (path);
  g_free (path);
}

void
test_write (const char *directory, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (directory, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

/* From the description, not from the plugin: visible Latin-1 as itself, the rest counted up from U+0100. */
char *
test_symbol (guint8 byte)
{
  gunichar c = 256;
  char buffer[7] = "";

  for (guint i = 0; i < byte; i++)
    if (i <= 32 || (i >= 127 && i <= 160) || i == 173)
      c++;
  if (!(byte <= 32 || (byte >= 127 && byte <= 160) || byte == 173))
    c = byte;
  g_unichar_to_utf8 (c, buffer);
  return g_strdup (buffer);
}

void
test_write_vocabulary (const char *directory,
                       const char *extra,
                       const char *merges)
{
  g_autoptr (GString) json = g_string_new ("{");

  for (guint byte = 0; byte < 256; byte++)
    {
      g_autofree char *symbol = test_symbol ((guint8) byte);

      g_string_append_printf (json, "%s\"%s%s\": %u", byte > 0 ? ",\n" : "", strchr ("\"\\", symbol[0]) ? "\\" : "", symbol, byte);
    }
  g_string_append (json, extra);
  g_string_append (json, "}\n");
  test_write (directory, "vocab.json", json->str);
  test_write (directory, "merges.txt", merges);
}
