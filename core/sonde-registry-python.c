#define G_LOG_DOMAIN "sonde"

#include "sonde-registry-private.h"

#include <girepository.h>

#include <glib/gi18n-lib.h>

#include "sonde-paths-private.h"
#include "sonde-trust-private.h"

/* Python is started for plugins that are written in it only. What it finds is said in the environment, before it starts. */

/* A part that is empty, as a colon at the end makes one, or relative stands for the current folder, which may be a stranger's. */
static void
keep_absolute (const char *variable,
               const char *first)
{
  const char *value = g_getenv (variable);
  g_auto (GStrv) parts = g_strsplit (value != NULL ? value : "", G_SEARCHPATH_SEPARATOR_S, -1);
  g_autoptr (GString) path = g_string_new (first);

  for (guint i = 0; parts[i] != NULL; i++)
    if (g_path_is_absolute (parts[i]))
      g_string_append_printf (path, "%s%s", path->len > 0 ? G_SEARCHPATH_SEPARATOR_S : "", parts[i]);
  if (path->len > 0)
    g_setenv (variable, path->str, TRUE);
  else
    g_unsetenv (variable);
}

static void
tell_paths (void)
{
  g_autofree char *directory = _sonde_paths_dup_python_dir ();

  keep_absolute ("PYTHONPATH", directory);
  keep_absolute ("GI_TYPELIB_PATH", NULL);
}

char *
_sonde_registry_find_distrust_of_python (char **remedy)
{
  g_autofree char *typelibs = _sonde_paths_dup_typelib_dir ();
  g_autofree char *typelib = g_build_filename (typelibs, "Sonde-1.typelib", NULL);
  g_autofree char *directory = _sonde_paths_dup_python_dir ();
  char *fault;

  if (_sonde_trust_is_privileged ())
    {
      *remedy = g_strdup (_ ("start the program with your own rights"));
      return g_strdup (_ ("this program has other rights than whoever started it, and Python believes the environment"));
    }
  fault = directory != NULL ? _sonde_trust_find_fault (directory, SONDE_TRUST_PYTHON, remedy) : NULL;
  return fault != NULL ? fault : _sonde_trust_find_fault (typelib, SONDE_TRUST_FILE, remedy);
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
      tell_paths ();
      g_once_init_leave (&told, 1);
    }
  g_irepository_prepend_search_path (typelibs); /* /usr/local is not where it looks by itself */
  return load (self->engine, info);
}
