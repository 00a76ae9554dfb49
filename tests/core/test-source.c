#include "sonde-source-private.h"

#include <glib/gstdio.h>

/* A tree of directories and empty files, made in a temporary folder that the test works in. */
static const char *const files[] = { "model/config.json", "a.npy", "cache/snapshots/.first/config.json", "cache/snapshots/second/x", "hub/models--a/b/c", "odd.npz/x", "w\xffrong.npy" };

static const struct
{
  const char *path;
  const char *patterns; /* separated by blanks */
  gboolean fits;
} cases[] = {
  { "a.npy", "*.npz *.npy", TRUE },
  { "./a.npy", "*.npy", TRUE },
  { "a.npy", "*.npz *.safetensors", FALSE },
  { "a.npy", "./a.npy", FALSE },      /* a file holds nothing */
  { "odd.npz/", "*.npz", TRUE },      /* what it is, the provider says */
  { "w\xffrong.npy", "*.npy", TRUE }, /* not UTF-8 */
  { "model", "./config.json", TRUE },
  { "model/", "./config.json", TRUE },
  { "model/.", "./config.json", TRUE },
  { "model", "config.json", FALSE }, /* the pattern of another source */
  { "model/config.json", "config.json", TRUE },
  { "model", "./config.json/x", FALSE },
  { "model", "./*/config.json", FALSE },
  { ".", "./*/config.json", TRUE },
  { "cache", "./snapshots/*/config.json", TRUE },
  { "cache", "./snapshots/s*/config.json", FALSE },
  { "cache", "./snapshots/s*d/x", TRUE },
  { "hub", "./models--*/?/[a-d]", TRUE },
  { "hub", "./models--*/?/[d-z]", FALSE },
  { "hub", "", FALSE },
};

static void
test_fits (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) patterns = g_strsplit (cases[i].patterns, " ", -1);

      g_test_message ("case %u", i);
      g_assert_cmpint (_sonde_source_fits (cases[i].path, (const char *const *) patterns), ==, cases[i].fits);
    }
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *inside = g_build_filename (path, name, NULL);

      remove_tree (inside);
    }
  g_remove (path);
}

int
main (int argc,
      char **argv)
{
  g_autofree char *directory = g_dir_make_tmp ("sonde-XXXXXX", NULL);
  int status;

  g_test_init (&argc, &argv, NULL);
  g_assert_nonnull (directory);
  g_assert_cmpint (g_chdir (directory), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *parent = g_path_get_dirname (files[i]);

      g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
      g_assert_true (g_file_set_contents (files[i], "", 0, NULL));
    }
  g_test_add_func ("/source/fits", test_fits);
  status = g_test_run ();
  remove_tree (directory);
  return status;
}
