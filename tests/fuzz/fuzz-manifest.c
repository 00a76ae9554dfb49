#include "fuzz.h"

#include <glib/gstdio.h>

#include "sonde.h"

/* Manifests of plugins, and the file that says which the user disabled: every plugin is listed with its state, and with a reason where it
 * cannot be used. No code of theirs is there to be loaded. */

static void
check_plugin (SondeRegistry *registry,
              const SondePlugin *plugin)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GObject) object = NULL;

  fuzz_assert (plugin->name != NULL && plugin->manifest != NULL && sonde_plugin_kind_get_name (plugin->kind) != NULL);
  fuzz_assert ((plugin->state == SONDE_PLUGIN_STATE_UNAVAILABLE) == (plugin->reason != NULL));
  object = sonde_registry_create (registry, plugin->name, plugin->kind != SONDE_PLUGIN_KIND_UNKNOWN ? plugin->kind : SONDE_PLUGIN_KIND_TAP, &error);
  fuzz_check (object != NULL, error);
  fuzz_assert (object == NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  FuzzPiece pieces[] = { { "plugins/one.plugin" }, { "plugins/two/two.plugin" }, { "sonde/settings.ini" } };
  g_autofree char *folder = fuzz_dup_path ("plugins");
  g_autofree char *below = fuzz_dup_path ("plugins/two");
  g_autofree char *settings = fuzz_dup_path ("sonde");
  g_autoptr (SondeRegistry) registry = NULL;
  g_autoptr (SondeModel) model = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *plugins;

  g_mkdir (folder, 0700);
  g_mkdir (below, 0700);
  g_mkdir (settings, 0700);
  g_setenv ("SONDE_PLUGIN_PATH", folder, TRUE);
  fuzz_split (data, size, pieces, G_N_ELEMENTS (pieces));
  fuzz_write_pieces (pieces, G_N_ELEMENTS (pieces));
  registry = sonde_registry_new ();
  plugins = sonde_registry_list (registry);
  for (guint i = 0; i < plugins->len; i++)
    check_plugin (registry, g_ptr_array_index (plugins, i));
  model = sonde_registry_open_model (registry, settings, NULL, &error);
  fuzz_check (model != NULL, error);
  return 0;
}
