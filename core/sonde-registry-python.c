#define G_LOG_DOMAIN "sonde"

#include "sonde-registry-private.h"

#include <girepository.h>

#include "sonde-paths-private.h"

/* Python is started for plugins that are written in it only. What it finds is said in the environment, before it starts. */

static void
tell_path (void)
{
  g_autofree char *directory = _sonde_paths_dup_python_dir ();
  const char *others = g_getenv ("PYTHONPATH");
  g_autofree char *path = g_strjoin (G_SEARCHPATH_SEPARATOR_S, directory, others != NULL && *others != '\0' ? others : NULL, NULL);

  if (directory != NULL)
    g_setenv ("PYTHONPATH", path, TRUE);
}

/* The library takes the modules of the first python3 in PATH. That may be one of pyenv or conda, whose modules do not fit it, or a
 * virtual environment without PyGObject: only while it starts, the one that libpeas was made for comes first. */
static gboolean
load (PeasEngine *engine,
      PeasPluginInfo *info)
{
  g_autofree char *path = g_strdup (g_getenv ("PATH"));
  g_autofree char *other = g_strjoin (G_SEARCHPATH_SEPARATOR_S, SONDE_PYTHON_BIN_DIR, path, NULL);
  gboolean loaded;

  g_setenv ("PATH", other, TRUE);
  peas_engine_enable_loader (engine, "python3");
  loaded = peas_engine_load_plugin (engine, info);
  if (path != NULL)
    g_setenv ("PATH", path, TRUE);
  else
    g_unsetenv ("PATH");
  return loaded;
}

gboolean
_sonde_registry_load_python (SondeRegistry *self,
                             PeasPluginInfo *info)
{
  static gsize told = 0;
  g_autofree char *typelibs = _sonde_paths_dup_typelib_dir ();

  if (g_once_init_enter (&told))
    {
      tell_path ();
      g_once_init_leave (&told, 1);
    }
  g_irepository_prepend_search_path (typelibs); /* /usr/local is not where it looks by itself */
  return load (self->engine, info);
}
