#include "bench-model.h"

#include <glib/gstdio.h>

#include "bench.h"

#define WINDOW 10

const BenchShape bench_small = { "124m", 12, 768, 12 };
const BenchShape bench_medium = { "355m", 24, 1024, 16 };

SondeRegistry *
bench_registry (void)
{
  static SondeRegistry *registry;
  g_autoptr (GError) error = NULL;

  sonde_blas_open (&error); /* before a module that is linked with it */
  bench_check (error);
  if (registry == NULL)
    registry = sonde_registry_new ();
  return registry;
}

static const char *
get_setting (const char *name)
{
  const char *value = g_getenv (name);

  if (value == NULL)
    bench_fail ("%s is not set; “meson test --benchmark” sets it", name);
  return value;
}

/* Under another name first: what was broken off is not taken for a model. */
static void
make_model (const BenchShape *shape,
            const char *directory)
{
  g_autofree char *unfinished = g_strconcat (directory, ".unfinished", NULL);
  g_autofree char *layers = g_strdup_printf ("%u", shape->n_layers);
  g_autofree char *features = g_strdup_printf ("%u", shape->n_features);
  g_autofree char *heads = g_strdup_printf ("%u", shape->n_heads);
  const char *command[] = { "python3", get_setting ("SONDE_BENCH_MAKE_MODEL"), unfinished, "--layers", layers, "--features", features, "--heads", heads, "--vocab", "5000", NULL };
  const char *clear[] = { "rm", "-rf", unfinished, NULL };
  g_autoptr (GError) error = NULL;
  int status;

  g_spawn_sync (NULL, (char **) clear, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, &error);
  bench_check (error);
  g_spawn_sync (NULL, (char **) command, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL, NULL, NULL, NULL, &status, &error);
  bench_check (error);
  g_spawn_check_wait_status (status, &error);
  bench_check (error);
  if (g_rename (unfinished, directory) != 0)
    bench_fail ("%s cannot be renamed", unfinished);
}

SondeModel *
bench_model_open_path (const char *path)
{
  g_autoptr (GError) error = NULL;
  SondeModel *model = sonde_registry_open_model (bench_registry (), path, NULL, &error);

  bench_check (error);
  return model;
}

SondeModel *
bench_model_open (const BenchShape *shape)
{
  const char *folder = get_setting ("SONDE_BENCH_MODELS");
  g_autofree char *directory = g_build_filename (folder, shape->name, NULL);

  g_mkdir_with_parents (folder, 0777);
  if (!g_file_test (directory, G_FILE_TEST_IS_DIR))
    make_model (shape, directory);
  return bench_model_open_path (directory);
}

SondeBatch *
bench_batch_new (guint n_windows)
{
  SondeBatch *batch = sonde_batch_new ();
  g_autofree gint32 *ids = g_new (gint32, n_windows + 1);
  g_autofree guint *kept = g_new (guint, n_windows);
  const guint last = WINDOW - 1;

  for (guint i = 0; i <= n_windows; i++)
    ids[i] = (gint32) (i * 7919 % BENCH_N_IDS);
  for (guint i = 0; i < n_windows; i++)
    kept[i] = i + 1;
  sonde_batch_add (batch, ids, n_windows + 1, kept, n_windows);
  for (guint i = 0; i < n_windows; i++)
    {
      gint32 window[WINDOW];

      for (guint j = 0; j < WINDOW; j++)
        window[j] = (gint32) ((i * 104729 + j * 7919) % BENCH_N_IDS);
      sonde_batch_add (batch, window, WINDOW, &last, 1);
    }
  return batch;
}
