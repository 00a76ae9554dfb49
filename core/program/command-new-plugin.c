#include "program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "sonde-plugin.h"

/* The longest name: files called after it stay far below 255 bytes. */
#define MAX_NAME 60

/* What stands for what in the templates: @name@ and its like, in files and in their names. */
typedef struct
{
  const char *mark;
  char *text;
} Word;

typedef struct
{
  char *name;
  const char *template;
  Word words[6];
} Project;

static void
project_clear (Project *project)
{
  for (guint i = 0; i < G_N_ELEMENTS (project->words); i++)
    g_free (project->words[i].text);
  g_free (project->name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Project, project_clear)

/* A hyphen stands between two others, so that no two names give the same identifiers but for a digit behind a hyphen. */
static gboolean
is_valid_name (const char *name)
{
  gsize length = strlen (name);

  if (length == 0 || length > MAX_NAME || !g_ascii_islower (name[0]) || name[length - 1] == '-')
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_islower (name[i]) && !g_ascii_isdigit (name[i]) && !(name[i] == '-' && name[i + 1] != '-'))
      return FALSE;
  return TRUE;
}

/* "my-measure" as "MyMeasure" */
static char *
dup_camel_case (const char *name)
{
  GString *text = g_string_new (NULL);

  for (const char *p = name; *p != '\0'; p++)
    if (*p != '-')
      g_string_append_c (text, p == name || p[-1] == '-' ? g_ascii_toupper (*p) : *p);
  return g_string_free (text, FALSE);
}

static void
project_init (Project *project,
              const char *name,
              const char *template)
{
  g_autofree char *snake = g_strdelimit (g_strdup (name), "-", '_');
  const Word words[] = {
    { "@name@", g_strdup (name) },
    { "@Type@", dup_camel_case (name) },
    { "@type@", g_strdup (snake) },
    { "@TYPE@", g_ascii_strup (snake, -1) },
    { "@api@", g_strdup_printf ("%d", SONDE_PLUGIN_API) },
    { "@version@", g_strdup (SONDE_VERSION) },
  };

  G_STATIC_ASSERT (sizeof words == sizeof project->words);
  project->name = g_strdup (name);
  project->template = template;
  memcpy (project->words, words, sizeof words);
}

static char *
fill_in (const Project *project,
         const char *text)
{
  GString *filled = g_string_new (text);

  for (guint i = 0; i < G_N_ELEMENTS (project->words); i++)
    g_string_replace (filled, project->words[i].mark, project->words[i].text, 0);
  return g_string_free (filled, FALSE);
}

/* One file of the template at @source into the folder @target. */
static gboolean
write_file (const Project *project,
            const char *source,
            const char *name,
            const char *target,
            GError **error)
{
  g_autofree char *from = g_build_filename (source, name, NULL);
  g_autofree char *new_name = fill_in (project, name);
  g_autofree char *to = g_build_filename (target, new_name, NULL);
  g_autofree char *text = NULL;
  g_autofree char *filled = NULL;

  if (!g_file_get_contents (from, &text, NULL, error))
    return FALSE;
  filled = fill_in (project, text);
  return g_file_set_contents_full (to, filled, -1, G_FILE_SET_CONTENTS_NONE, 0666, error);
}

static gboolean
write_files (const Project *project,
             const char *source,
             const char *target,
             GCancellable *cancellable,
             GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (source, 0, error);
  const char *name;

  if (dir == NULL)
    return FALSE;
  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_cancellable_set_error_if_cancelled (cancellable, error) || !write_file (project, source, name, target, error))
      return FALSE;
  return !g_cancellable_set_error_if_cancelled (cancellable, error);
}

/* Removes a folder that has only files. */
static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      g_unlink (file);
    }
  g_rmdir (path);
}

/* The folder appears whole or not at all: it is written under another name beside its place, and renamed. */
static gboolean
write_project (const Project *project,
               GError **error)
{
  g_autofree char *place = g_build_filename ("templates", project->template, NULL);
  g_autofree char *source = sonde_paths_find_data (place);
  g_autoptr (GCancellable) cancellable = watch_interrupts ();
  g_autofree char *staging = g_strdup_printf (".part-%s-XXXXXX", project->name);

  if (source == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("there are no templates “%s”: set SONDE_DATA_PATH to the folder that has them"), place);
      return FALSE;
    }
  if (g_mkdtemp_full (staging, 0777) == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("no folder can be made here: %s: call it in a folder of your own"), g_strerror (errno));
      return FALSE;
    }
  if (write_files (project, source, staging, cancellable, error))
    {
      if (g_rename (staging, project->name) == 0)
        return TRUE;
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s” cannot be put in place: %s: call it in another folder"), project->name, g_strerror (errno));
    }
  remove_folder (staging);
  return FALSE;
}

/* NULL where there is no such kind. */
static const char *
find_template (const char *kind,
               gboolean python)
{
  static const struct
  {
    const char *kind;
    const char *in_c;
    const char *in_python;
  } templates[] = {
    { "analyzer", "analyzer-c", "analyzer-python" },
    { "tap", "tap-c", "tap-python" },
    { "provider", "model-provider-c", "model-provider-python" },
    { "model-provider", "model-provider-c", "model-provider-python" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (templates); i++)
    if (g_strcmp0 (kind, templates[i].kind) == 0)
      return python ? templates[i].in_python : templates[i].in_c;
  return NULL;
}

/* A name that is taken would hide one of the two plugins; the classes of libsonde begin with Sonde. */
static gboolean
check_is_free (const char *name,
               GError **error)
{
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();
  const SondePlugin *plugin = sonde_registry_find (registry, name);

  if (g_file_test (name, G_FILE_TEST_EXISTS) || g_file_test (name, G_FILE_TEST_IS_SYMLINK))
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s” is there already: choose another name, or remove it"), name);
  else if (plugin != NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("there is a plugin “%s” already, in “%s”: choose another name"), name, plugin->directory);
  else if (g_str_equal (name, "sonde") || g_str_has_prefix (name, "sonde-"))
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, _ ("“%s” begins as the library's own names do: choose another name"), name);
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_python (GError **error)
{
#ifdef SONDE_HAVE_INTROSPECTION
  return TRUE;
#else
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED,
               _ ("plugins in Python need libsonde's introspection data, and this program was built without: build it with -Dintrospection=enabled, or leave out --python"));
  return FALSE;
#endif
}

static int
make_project (const char *name,
              const char *template)
{
  g_auto (Project) project = { 0 };
  GError *error = NULL;

  if (!check_is_free (name, &error))
    return fail_with (error);
  project_init (&project, name, template);
  if (!write_project (&project, &error))
    return fail_with (error);
  printf (_ ("The plugin is in %s/. To build and test it:\n"
             "  cd %s && meson setup build && meson test -C build\n"),
          name, name);
  return finish_output (EXIT_DONE);
}

int
command_new_plugin (int argc,
                    char **argv)
{
  g_autofree char *kind = NULL;
  gboolean python = FALSE;
  GError *error = NULL;
  const GOptionEntry entries[] = {
    { "kind", 0, 0, G_OPTION_ARG_STRING, &kind, N_ ("analyzer, tap or provider (default: analyzer)"), "analyzer|tap|provider" },
    { "python", 0, 0, G_OPTION_ARG_NONE, &python, N_ ("Write it in Python"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  int status = parse_options (&argc, &argv, entries, _ ("NAME [OPTION…]"),
                              _ ("Makes the folder NAME: a plugin that builds, with its manifest, a test and a README."), NULL);
  const char *template = find_template (kind != NULL ? kind : "analyzer", python);

  if (status >= 0)
    return status;
  if (argc != 2)
    return fail_usage (_ ("“sonde new-plugin” takes one name, but %d were given"), argc - 1);
  if (!is_valid_name (argv[1]))
    return fail_usage (_ ("“%s” is no name of a plugin: expected are at most %d lower-case letters, digits and single hyphens between them, a letter first"), argv[1], MAX_NAME);
  if (template == NULL)
    return fail_usage (_ ("there is no kind of plugin “%s”: choose analyzer, tap or provider"), kind);
  if (python && !check_python (&error))
    return fail_with (error);
  return make_project (argv[1], template);
}
