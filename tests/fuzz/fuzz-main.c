#include "fuzz.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* A target without a fuzzer: gives it the bytes of the files and folders that are named, one test each. One that ends the process is
 * the last that was named. Usage: fuzz-TARGET FILE|FOLDER… */

#define MOST_SECONDS 20.0 /* of processor time, under sanitizers and valgrind, too: what takes longer is a finding like a crash */

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* What a name leads to, folders read to the bottom. */
static void
add_files (GPtrArray *files,
           const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_DIR) ? g_dir_open (path, 0, NULL) : NULL;
  const char *name;

  if (dir == NULL)
    g_ptr_array_add (files, g_strdup (path));
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *below = g_build_filename (path, name, NULL);

      if (*name != '.')
        add_files (files, below);
    }
}

static gboolean
replay (const char *path,
        guint number)
{
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *folder = g_path_get_basename (parent);
  g_autofree char *name = g_path_get_basename (path);
  g_autofree char *data = NULL;
  gsize size;
  const clock_t start = clock ();
  gboolean fine;

  printf ("# %s/%s\n", folder, name);
  fflush (stdout);
  fine = g_file_get_contents (path, &data, &size, NULL);
  if (fine)
    {
      g_autofree guint8 *copy = g_memdup2 (data, size); /* of just that size: a sanitizer sees the end */

      LLVMFuzzerTestOneInput (copy, size);
      fine = (double) (clock () - start) / CLOCKS_PER_SEC < MOST_SECONDS;
    }
  printf ("%s %u - %s/%s\n", fine ? "ok" : "not ok", number, folder, name);
  return fine;
}

int
main (int argc,
      char **argv)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  gboolean fine = TRUE;

  LLVMFuzzerInitialize (&argc, &argv);
  for (int i = 1; i < argc; i++)
    add_files (files, argv[i]);
  g_ptr_array_sort (files, compare_names);
  printf ("1..%u\n", files->len);
  for (guint i = 0; i < files->len; i++)
    fine = replay (g_ptr_array_index (files, i), i + 1) && fine;
  printf ("# %u files\n", files->len);
  return fine ? 0 : 1;
}
