#define G_LOG_DOMAIN "arrays"

#include <unistd.h>

#include <glib/gstdio.h>

#include "arrays-folder.h"
#include "test-arrays-common.h"

/* Folders of files with arrays. */

static char *
make_folder (const char *name)
{
  char *path = test_path_of (name);

  g_assert_cmpint (g_mkdir_with_parents (path, 0755), ==, 0);
  return path;
}

static void
put (const char *folder, const char *name, float first)
{
  g_autofree char *relative = g_build_filename (folder, name, NULL);
  g_autofree char *path = test_path_of (relative);
  g_autofree char *parent = g_path_get_dirname (path);
  g_autofree char *written = NULL;
  g_autoptr (GBytes) bytes = test_npy_counting (3, 2, first);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0755), ==, 0);
  written = test_write_bytes (relative, bytes);
}

static void
test_npy_files (void)
{
  g_autofree char *path = make_folder ("npy");
  g_autoptr (SondeModel) model = NULL;
  g_autoptr (GPtrArray) conditions = NULL;
  g_autoptr (GPtrArray) stages = NULL;
  g_autoptr (GHashTable) keep = NULL;
  g_autoptr (GArray) layers = NULL;

  put ("npy", "cats/L10/b.npy", 1010);
  put ("npy", "cats/L2/b.npy", 1002);
  put ("npy", "cats/L10/a10.npy", 2010);
  put ("npy", "cats/L2/a10.npy", 2002);
  put ("npy", "cats/L10/a9.npy", 3010);
  put ("npy", "cats/L2/a9.npy", 3002);
  put ("npy", "cats/.hidden.npy", 0);
  put ("npy", ".git/L2/b.npy", 0);
  model = test_open_model (path);
  conditions = sonde_model_list_conditions (model);
  stages = sonde_model_list_stages (model);
  layers = sonde_model_list_layers (model);
  g_assert_cmpuint (conditions->len, ==, 1);
  g_assert_cmpstr (sonde_condition_get_id (g_ptr_array_index (conditions, 0)), ==, "cats");
  g_assert_cmpuint (stages->len, ==, 3);
  g_assert_cmpstr (((SondeStage *) g_ptr_array_index (stages, 0))->id, ==, "a9");
  g_assert_cmpstr (((SondeStage *) g_ptr_array_index (stages, 1))->id, ==, "a10");
  g_assert_cmpuint (layers->len, ==, 2);
  g_assert_cmpuint (g_array_index (layers, guint, 0), ==, 2);
  g_assert_cmpfloat (sonde_tensor_peek_f32 (test_run_one (model, 10, "a10", &keep))[5], ==, 2015);
}

/* A file's name is the condition of arrays that name none. */
static void
test_containers (void)
{
  g_autofree char *path = make_folder ("containers");
  const Member dogs[] = { { "L0_1.npy", test_npy_counting (3, 2, 10) }, { "L1_1.npy", test_npy_counting (3, 2, 11) } };
  const Member owls[] = { { "L1_1.npy", test_npy_counting (4, 2, 21) }, { "L0_1.npy", test_npy_counting (4, 2, 20) }, { "note.npy", test_npy_counting (4, 2, 20) } };
  static const char *const names[] = { "L0_1", "L1_1", NULL };
  g_autofree char *first = test_write_zip ("containers/dogs.npz", TRUE, dogs, 2);
  g_autofree char *second = test_write_zip ("containers/owls.npz", FALSE, owls, 3);
  g_autofree char *third = test_write_safetensors ("containers/ants.safetensors", names, NULL);
  g_autoptr (GBytes) model_file = g_bytes_new_static ("{}", 2);
  g_autofree char *model_folder = make_folder ("containers/model");
  g_autofree char *config = test_write_bytes ("containers/model/config.json", model_file);
  g_autofree char *weights = test_write_safetensors ("containers/model/model.safetensors", names, NULL);
  g_autofree char *outside = test_path_of ("outside.npy");
  g_autofree char *inside_link = test_path_of ("containers/cats.npz");
  g_autofree char *outside_link = test_path_of ("containers/outside.npy");
  g_autoptr (SondeModel) model = NULL;
  g_autoptr (GPtrArray) conditions = NULL;
  g_autoptr (GPtrArray) warnings = NULL;
  static const char *const ids[] = { "ants", "cats", "dogs", "owls" };

  put (".", "outside.npy", 0);
  g_assert_cmpint (symlink ("dogs.npz", inside_link), ==, 0);
  g_assert_cmpint (symlink (outside, outside_link), ==, 0);
  model = test_open_model (path);
  conditions = sonde_model_list_conditions (model);
  warnings = sonde_model_list_warnings (model);
  g_assert_cmpuint (conditions->len, ==, G_N_ELEMENTS (ids));
  for (guint i = 0; i < conditions->len; i++)
    g_assert_cmpstr (sonde_condition_get_id (g_ptr_array_index (conditions, i)), ==, ids[i]);
  g_assert_cmpuint (sonde_condition_get_n_rows (g_ptr_array_index (conditions, 3)), ==, 4);
  g_assert_cmpuint (warnings->len, ==, 2);
  g_assert_nonnull (strstr (g_ptr_array_index (warnings, 0), "1 of 9 arrays is left out"));
  g_assert_nonnull (strstr (g_ptr_array_index (warnings, 0), "“owls.npz: note”"));
  g_assert_nonnull (strstr (g_ptr_array_index (warnings, 1), "“model” (a model)"));
  g_assert_nonnull (strstr (g_ptr_array_index (warnings, 1), "“outside.npy” (a link to something that is no file in this folder)"));
}

/* What stages are called in the dictionaries of models, where a name says besides what of a module it is. */
static void
test_module_paths (void)
{
  static const char *const cases[][2] = {
    { "transformer.h.0.mlp.c_fc", "transformer.h.{layer}.mlp.c_fc" },
    { "transformer.h.0.mlp.output", "transformer.h.{layer}.mlp" },
    { "transformer.h.0.output.0", "transformer.h.{layer}" },
    { "model.transformer.h[0].mlp.output", "transformer.h.{layer}.mlp" },
    { "model.transformer.h[0].attn.output[0]", "transformer.h.{layer}.attn" },
    { ".transformer.h.0.ln_2.output", "transformer.h.{layer}.ln_2" },
    { "model.layers.0.mlp", "model.layers.{layer}.mlp" },
    { "blocks.0.mlp.hook_pre", "blocks.{layer}.mlp.hook_pre" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const names[] = { cases[i][0], NULL };
      g_autofree char *path = test_write_safetensors ("module.safetensors", names, NULL);
      g_autoptr (SondeModel) model = test_open_model (path);
      g_autoptr (GPtrArray) stages = sonde_model_list_stages (model);
      const SondeStage *stage = g_ptr_array_index (stages, 0);

      g_test_message ("%s", cases[i][0]);
      g_assert_true (sonde_stage_is_called (stage, cases[i][1]));
      g_assert_false (sonde_stage_is_called (stage, "transformer.h.{layer}.ln_1"));
    }
}

static void
test_probe (void)
{
  g_autoptr (SondeModelProvider) provider = g_object_new (ARRAYS_TYPE_PROVIDER, NULL);
  g_autofree char *empty = make_folder ("empty");
  g_autofree char *full = make_folder ("full");
  g_autofree char *deep = make_folder ("deep");
  g_autofree char *too_deep = make_folder ("too-deep");
  g_autoptr (GBytes) json = g_bytes_new_static ("{}", 2);
  g_autofree char *reason = NULL;
  g_autofree char *why = NULL;
  g_autofree char *config = NULL;

  g_assert_cmpuint (sonde_model_provider_probe (provider, empty, &reason), ==, 0);
  g_assert_nonnull (strstr (reason, "without .safetensors"));
  put ("deep", "1/2/3/4/L0_1.npy", 0);
  put ("too-deep", "1/2/3/4/5/L0_1.npy", 0);
  g_assert_cmpuint (sonde_model_provider_probe (provider, deep, NULL), >, 0);
  g_assert_cmpuint (sonde_model_provider_probe (provider, too_deep, NULL), ==, 0);
  put ("full", "L0_1.npy", 0);
  g_assert_cmpuint (sonde_model_provider_probe (provider, full, NULL), >, 0);
  g_assert_cmpuint (sonde_model_provider_probe (provider, full, NULL), <, 50); /* others may know better what it is */
  config = test_write_bytes ("full/config.json", json);
  g_assert_cmpuint (sonde_model_provider_probe (provider, full, &why), ==, 0);
  g_assert_nonnull (strstr (why, "config.json"));
}

/* One bad file is named, and so are two that are the same place. */
static void
test_hostile (void)
{
  g_autofree char *path = make_folder ("hostile");
  g_autoptr (GBytes) bad = g_bytes_new_static ("no array", 8);
  g_autofree char *file = NULL;

  put ("hostile", "a/L0_1.npy", 0);
  file = test_write_bytes ("hostile/L1_1.npy", bad);
  test_assert_refused (path, "L1_1.npy is no .npy array");
  g_unlink (file);
  put ("hostile", "a/L00_1.npy", 0);
  test_assert_refused (path, "“a/L00_1.npy” and “a/L0_1.npy” are both stage 1 of layer 0");
}

static void
test_choices (void)
{
  g_autofree char *path = make_folder ("choices");
  static const struct
  {
    const char *setting;
    const char *stages;
    const char *conditions;
    const char *problem;
  } cases[] = {
    { "stages=c, a", "c,a", "x,y", NULL },
    { "stages=a", "a", "x,y", NULL },
    { "stages=a,b", NULL, NULL, "these are missing: “y/L0/b”, “x/L1/b”, “y/L1/b”; whole are --set arrays.stages=a" },
    { "stages=", "a,c", "x,y", NULL },
    { "stages=a,a", NULL, NULL, "the property stages names “a”, which it named before: there are “a”, “b”, “c”" },
    { "stages=d", NULL, NULL, "the property stages names “d”, which is not there: there are “a”, “b”, “c”" },
    { "stages=a,", NULL, NULL, "names “”" },
    { "conditions=z", NULL, NULL, "the property conditions names “z”, which is not there: there are “x”, “y”" },
  };

  for (guint l = 0; l < 2; l++)
    for (guint i = 0; i < 4; i++)
      {
        g_autofree char *name = g_strdup_printf ("%s/L%u/%s.npy", i / 2 == 0 ? "x" : "y", l, i % 2 == 0 ? "a" : "c");

        put ("choices", name, 0);
      }
  put ("choices", "x/L0/b.npy", 0);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const settings[] = { cases[i].setting, NULL };
      g_autoptr (GString) found = g_string_new (NULL);
      g_autoptr (SondeModel) model = NULL;
      g_autoptr (GPtrArray) stages = NULL;

      g_test_message ("%s", cases[i].setting);
      if (cases[i].problem != NULL)
        {
          test_assert_refused_with (path, settings, cases[i].problem);
          continue;
        }
      model = test_open_with (path, settings);
      stages = sonde_model_list_stages (model);
      for (guint s = 0; s < stages->len; s++)
        g_string_append_printf (found, "%s%s", s > 0 ? "," : "", ((SondeStage *) g_ptr_array_index (stages, s))->id);
      g_assert_cmpstr (found->str, ==, cases[i].stages);
    }
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  test_make_folder ();
  g_test_add_func ("/arrays/folder/npy", test_npy_files);
  g_test_add_func ("/arrays/folder/containers", test_containers);
  g_test_add_func ("/arrays/folder/module-paths", test_module_paths);
  g_test_add_func ("/arrays/folder/probe", test_probe);
  g_test_add_func ("/arrays/folder/hostile", test_hostile);
  g_test_add_func ("/arrays/folder/choices", test_choices);
  status = g_test_run ();
  test_remove_folder ();
  return status;
}
