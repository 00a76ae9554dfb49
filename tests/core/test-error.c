#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "sonde.h"

/* Every error code of the library, each made by what a user can do; the sentence says what, where, what was found and what to do. */

static SondeRegistry *registry;
static char *folder;

static char *
write_file (const char *name,
            const char *content)
{
  char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, content, -1, NULL));
  return path;
}

static void
open_model (const char *name,
            const char *content,
            GError **error)
{
  g_autofree char *path = content != NULL ? write_file (name, content) : g_build_filename (folder, name, NULL);
  g_autoptr (SondeModel) model = sonde_registry_open_model (registry, path, NULL, error);

  g_assert_null (model);
}

static void
fail_failed (GError **error)
{
  open_model ("no-such-model", NULL, error);
}

static void
fail_format (GError **error)
{
  g_autofree char *path = write_file ("short.safetensors", "short");

  g_assert_null (sonde_safetensors_open (path, error));
}

static void
fail_unsupported (GError **error)
{
  open_model ("model.txt", "no model", error);
}

static void
fail_shape (GError **error)
{
  const gsize shape[] = { 2, 3 };
  g_autoptr (GBytes) bytes = g_bytes_new_static ("four", 4);

  g_assert_null (sonde_tensor_new (SONDE_DTYPE_F32, shape, 2, bytes, error));
}

static void
fail_value (GError **error)
{
  g_autoptr (SondeFigure) figure = sonde_figure_new ("wide", 1, 1, 100, 100);

  g_assert_null (sonde_figure_to_png (figure, NULL, 1e9, error));
}

static void
fail_text (GError **error)
{
  g_autofree char *demo = sonde_paths_find_data ("demo-model");
  g_autoptr (SondeModel) model = sonde_registry_open_model (registry, demo, NULL, NULL);
  g_autoptr (GBytes) text = g_bytes_new_static ("", 0);

  g_assert_nonnull (model);
  g_assert_null (sonde_corpus_new (sonde_model_get_tokenizer (model), "empty.txt", text, error));
}

static void
fail_plugin (GError **error)
{
  g_assert_null (sonde_registry_create (registry, "no-such-analyzer", SONDE_PLUGIN_KIND_ANALYZER, error));
}

static void
fail_property (GError **error)
{
  g_autoptr (GObject) cosine = sonde_registry_create (registry, "cosine", SONDE_PLUGIN_KIND_ANALYZER, NULL);

  g_assert_nonnull (cosine);
  g_assert_false (sonde_property_set (cosine, "cosine", "max-bins", "many", error));
}

static void
fail_chain (GError **error)
{
  g_assert_null (sonde_chain_parse (registry, "cosine ! ! rsa", error));
}

static void
fail_recipe (GError **error)
{
  g_autofree char *path = write_file ("odd.recipe", "[Recipe]\nnonesuch=1\n");

  g_assert_null (sonde_recipe_load (path, error));
}

static void
fail_output (GError **error)
{
  g_assert_false (sonde_capture_check_name ("capture.txt", error));
}

static const struct
{
  int code;
  const char *name;
  void (*fail) (GError **error);
  const char *words; /* in this order: where or what, what was found, what is expected or can be done */
} cases[] = {
#define CASE(code, fail, words) \
  {                             \
    code, #code, fail, words    \
  }
  CASE (SONDE_ERROR_FAILED, fail_failed, "*no-such-model*no such file*correct its path"),
  CASE (SONDE_ERROR_FORMAT, fail_format, "*short.safetensors*5 bytes*write or download it again"),
  CASE (SONDE_ERROR_UNSUPPORTED, fail_unsupported, "no plugin can open*model.txt*arrays: *name another*"),
  CASE (SONDE_ERROR_SHAPE, fail_shape, "A tensor of shape [2, 3]*24 bytes*there are 4*give all of them"),
  CASE (SONDE_ERROR_VALUE, fail_value, "*PNG of “wide”*1e+09 dots per inch*expected 1 to *"),
  CASE (SONDE_ERROR_TEXT, fail_text, "*“empty.txt” is empty*use one*"),
  CASE (SONDE_ERROR_PLUGIN, fail_plugin, "*no analyzer “no-such-analyzer”: there are *cosine*"),
  CASE (SONDE_ERROR_PROPERTY, fail_property, "*“many”*cosine.max-bins*takes *"),
  CASE (SONDE_ERROR_CHAIN, fail_chain, "*“!” in the chain*nothing on one side: put a plugin there*"),
  CASE (SONDE_ERROR_RECIPE, fail_recipe, "the recipe odd*nonesuch*takes *chain*"),
  CASE (SONDE_ERROR_OUTPUT, fail_output, "*“capture.txt”*end in .safetensors or .npz"),
#undef CASE
};

static void
test_case (gconstpointer data)
{
  const gsize i = GPOINTER_TO_SIZE (data);
  g_autoptr (GError) error = NULL;

  cases[i].fail (&error);
  g_assert_error (error, SONDE_ERROR, cases[i].code);
  g_test_message ("%s", error->message);
  g_assert_null (strchr (error->message, '\n'));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  if (!g_pattern_match_simple (cases[i].words, error->message))
    g_test_fail_printf ("%s: “%s” does not match “%s”", cases[i].name, error->message, cases[i].words);
}

/* The header is the list: a code that is new there has no case yet. */
static void
test_all_codes (void)
{
  g_autofree char *path = g_build_filename (SONDE_CORE_SOURCE, "sonde-error.h", NULL);
  g_autofree char *header = NULL;
  g_auto (GStrv) lines = NULL;
  guint n_codes = 0;

  g_assert_true (g_file_get_contents (path, &header, NULL, NULL));
  lines = g_strsplit (header, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *word = g_strstrip (lines[i]);
      gboolean found = FALSE;

      if (!g_str_has_prefix (word, "SONDE_ERROR_"))
        continue;
      n_codes++;
      for (guint c = 0; c < G_N_ELEMENTS (cases); c++)
        found |= strncmp (word, cases[c].name, strlen (cases[c].name)) == 0 && word[strlen (cases[c].name)] == ',';
      if (!found)
        g_test_fail_printf ("nothing makes %s", word);
    }
  g_assert_cmpuint (n_codes, ==, G_N_ELEMENTS (cases));
}

/* Counts functions that give an error domain, in a folder of headers and those in it. */
static guint
count_domains (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_autofree char *text = NULL;

      if (g_file_test (file, G_FILE_TEST_IS_DIR))
        n += count_domains (file);
      else if (g_str_has_suffix (name, ".h") && g_file_get_contents (file, &text, NULL, NULL) && strstr (text, "_error_quark (void)") != NULL)
        n++;
    }
  return n;
}

static void
test_one_domain (void)
{
  g_assert_cmpuint (count_domains (SONDE_CORE_SOURCE), ==, 1);
  g_assert_cmpstr (g_quark_to_string (SONDE_ERROR), ==, "sonde-error-quark");
}

/* The two domains of others that the library's documentation names. */
static void
test_other_domains (void)
{
  g_autoptr (GError) missing = NULL;
  g_autoptr (GError) cancelled = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *source = write_file ("a.safetensors", "?");

  g_assert_null (sonde_safetensors_open ("/no/such.safetensors", &missing));
  g_assert_error (missing, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (missing->message, "/no/such.safetensors"));
  g_cancellable_cancel (cancellable);
  g_assert_null (sonde_registry_open_model (registry, source, cancellable, &cancelled));
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
remove_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (folder);
  g_free (folder);
}

int
main (int argc,
      char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_test_set_nonfatal_assertions ();
  registry = sonde_registry_new ();
  folder = g_dir_make_tmp (NULL, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/error/%s", cases[i].name);

      g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_case);
    }
  g_test_add_func ("/error/all-codes", test_all_codes);
  g_test_add_func ("/error/one-domain", test_one_domain);
  g_test_add_func ("/error/other-domains", test_other_domains);
  status = g_test_run ();
  g_object_unref (registry);
  remove_folder ();
  return status;
}
