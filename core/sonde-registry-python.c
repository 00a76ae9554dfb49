#define G_LOG_DOMAIN "sonde"

#include "sonde-registry-private.h"

#include <stdlib.h>

#include <girepository.h>

#include "sonde-paths.h"

/* Python is started for plugins that are written in it only. What it finds is said in the environment, before it starts. */

/* Whether the interpreter that stands for @python is the one that libpeas is linked with, or an environment made from it. */
static gboolean
is_of_system (const char *python)
{
  g_autofree char *file = realpath (python, NULL);

  return file != NULL && g_str_has_prefix (file, SONDE_PYTHON_HOME "/bin/");
}

/* The library looks for its modules where the first python3 in PATH has them. Where that one is another (of pyenv, of conda), it would
 * find modules that do not fit it, and plugins nothing that was installed for the system's. */
static void
tell_home (void)
{
  g_autofree char *python = g_find_program_in_path ("python3");

  if (python != NULL && g_getenv ("PYTHONHOME") == NULL && !is_of_system (python))
    g_setenv ("PYTHONHOME", SONDE_PYTHON_HOME, TRUE);
}

static void
tell_path (void)
{
  g_autofree char *directory = sonde_paths_dup_python_dir ();
  const char *others = g_getenv ("PYTHONPATH");
  g_autofree char *path = g_strjoin (G_SEARCHPATH_SEPARATOR_S, directory, others != NULL && *others != '\0' ? others : NULL, NULL);

  if (directory != NULL)
    g_setenv ("PYTHONPATH", path, TRUE);
}

void
_sonde_registry_enable_python (SondeRegistry *self)
{
  static gsize told = 0;
  g_autofree char *typelibs = sonde_paths_dup_typelib_dir ();

  if (g_once_init_enter (&told))
    {
      tell_home ();
      tell_path ();
      g_once_init_leave (&told, 1);
    }
  g_irepository_prepend_search_path (typelibs); /* /usr/local is not where it looks by itself */
  peas_engine_enable_loader (self->engine, "python3");
}
