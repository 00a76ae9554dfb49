#include "fuzz.h"

#include <glib/gstdio.h>

#include "output/sonde-output-private.h"

/* The results.json that lies where a new report is to go: what it lists is removed, and nothing that is not the report's own. */

static const char *const kept[] = { "precious.svg", "report/notes.svg", "report/other/precious.csv", "report/figures/notes.txt", "report/figures/deep/precious.svg" };

static void
make_files (void)
{
  static const char *const folders[] = { "report", "report/other", "report/figures", "report/figures/deep", "report/tables" };

  for (guint i = 0; i < G_N_ELEMENTS (folders); i++)
    {
      g_autofree char *path = fuzz_dup_path (folders[i]);

      g_mkdir (path, 0700);
    }
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    g_free (fuzz_write (kept[i], "", 0));
  g_free (fuzz_write ("report/tables/old.csv", "", 0));
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *directory = fuzz_dup_path ("report");
  g_autoptr (GBytes) text = g_bytes_new_static ("new", 3);
  g_autoptr (GError) error = NULL;
  g_autoptr (SondeOutput) output = NULL;

  make_files ();
  g_free (fuzz_write ("report/results.json", data, size));
  output = _sonde_output_open (directory, TRUE, &error);
  fuzz_check (output != NULL, error);
  fuzz_assert (output != NULL && _sonde_output_write (output, "tables/new.csv", text, NULL) && _sonde_output_publish (output, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      g_autofree char *path = fuzz_dup_path (kept[i]);

      fuzz_assert (g_file_test (path, G_FILE_TEST_IS_REGULAR));
    }
  return 0;
}
