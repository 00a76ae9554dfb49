#include "bug-report.h"

#include <locale.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cairo.h>
#include <json-glib/json-glib.h>
#include <libpeas/peas.h>
#include <pango/pangocairo.h>
#include <xxhash.h>

#include "program.h"
#include "sonde.h"

#define TITLE_WIDTH 12

/* A line of the report. Whoever pastes it need not tell who he is: his home is "~". */
G_GNUC_PRINTF (3, 4)
static void
tell (FILE *out,
      const char *title,
      const char *format,
      ...)
{
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  g_autofree char *home = g_strconcat (g_get_home_dir (), "/", NULL);
  GString *shown;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  line = dup_printable (text);
  shown = g_string_new (line);
  g_string_replace (shown, home, "~/", 0);
  fprintf (out, "%-*s %s\n", TITLE_WIDTH, title, shown->str);
  g_string_free (shown, TRUE);
}

/* ---- what computes and draws ---- */

static void
tell_blas (FILE *out)
{
  g_autofree char *version = sonde_blas_dup_version ();

  tell (out, "", "%s %s, %s, %s, %u threads", sonde_blas_get_name (), version, sonde_blas_get_core (), sonde_blas_get_flavour (), sonde_threads_get_n ());
  if (sonde_blas_takes_turns ())
    tell (out, "", "  (it was built without locks, so that only one thread multiplies at a time: libopenblas0-pthread is faster)");
  if (sonde_blas_get_known_core () != NULL)
    tell (out, "", "  (it does not know this processor and would have taken %s)", sonde_blas_get_known_core ());
  if (sonde_blas_get_linear_kernel () != NULL)
    tell (out, "", "  (models' linear maps are multiplied by kernels of sonde's own for %s)", sonde_blas_get_linear_kernel ());
}

static void
tell_libraries (FILE *out)
{
  const unsigned xxhash = XXH_versionNumber ();

  tell (out, "libraries:", "GLib %u.%u.%u, libpeas %d.%d.%d, JSON-GLib %d.%d.%d, cairo %s, Pango %s, xxHash %u.%u.%u", glib_major_version, glib_minor_version, glib_micro_version, PEAS_MAJOR_VERSION, PEAS_MINOR_VERSION, PEAS_MICRO_VERSION,
        JSON_MAJOR_VERSION, JSON_MINOR_VERSION, JSON_MICRO_VERSION, cairo_version_string (), pango_version_string (), xxhash / 10000, xxhash / 100 % 100, xxhash % 100);
  tell_blas (out);
}

static void
tell_system (FILE *out)
{
  g_autofree char *name = g_get_os_info (G_OS_INFO_KEY_PRETTY_NAME);
  struct utsname kernel;

  if (uname (&kernel) == 0)
    tell (out, "system:", "%s, %s %s, %s", name != NULL ? name : "unknown", kernel.sysname, kernel.release, kernel.machine);
  tell (out, "", "%u processors, %.1f GiB of memory", g_get_num_processors (), (double) sysconf (_SC_PHYS_PAGES) * (double) sysconf (_SC_PAGESIZE) / (1 << 30));
}

static void
tell_language (FILE *out)
{
  const char *charset;

  g_get_charset (&charset);
  tell (out, "language:", "%s, %s, %s", setlocale (LC_MESSAGES, NULL), charset, g_get_language_names ()[0]);
}

static void
tell_fonts (FILE *out)
{
  g_autoptr (GObject) map = G_OBJECT (pango_cairo_font_map_new ());
  g_autoptr (GObject) context = G_OBJECT (pango_font_map_create_context (PANGO_FONT_MAP (map)));
  g_autoptr (PangoFontDescription) wanted = pango_font_description_from_string ("Sans");
  g_autoptr (PangoFont) font = pango_font_map_load_font (PANGO_FONT_MAP (map), PANGO_CONTEXT (context), wanted);
  g_autoptr (PangoFontDescription) found = font != NULL ? pango_font_describe (font) : NULL;

  tell (out, "fonts:", "%s", found != NULL ? pango_font_description_get_family (found) : "none");
}

/* ---- what was found where ---- */

static void
tell_paths (FILE *out,
            const char *title,
            char **paths)
{
  for (guint i = 0; paths[i] != NULL; i++)
    tell (out, i == 0 ? title : "", "%s%s", paths[i], g_file_test (paths[i], G_FILE_TEST_IS_DIR) ? "" : " (not there)");
  g_strfreev (paths);
}

static void
tell_settings (FILE *out,
               SondeSettings *settings)
{
  const char *const *keys = sonde_settings_list_keys ();
  g_autofree char *place = sonde_settings_dup_place (settings);

  tell (out, "settings:", "%s", place);
  for (guint i = 0; keys[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) value = sonde_settings_dup_value (settings, keys[i], &error);
      g_autofree char *origin = sonde_settings_dup_origin (settings, keys[i]);
      g_autofree char *text = value != NULL ? sonde_settings_print_value (value) : NULL;

      if (value == NULL)
        tell (out, "", "%s: %s", keys[i], error->message);
      else if (origin != NULL)
        tell (out, "", "%s: %s (%s)", keys[i], text, origin);
    }
}

static void
tell_plugins (FILE *out,
              SondeRegistry *registry)
{
  GPtrArray *plugins = sonde_registry_list (registry);

  for (guint i = 0; i < plugins->len; i++)
    {
      const SondePlugin *plugin = g_ptr_array_index (plugins, i);

      tell (out, i == 0 ? "plugins:" : "", "%s %s, %s, %s%s%s", plugin->name, plugin->version != NULL ? plugin->version : "of no version", sonde_plugin_state_get_name (plugin->state), plugin->directory, plugin->reason != NULL ? ": " : "",
            plugin->reason != NULL ? plugin->reason : "");
    }
}

/* Of the environment only what changes what the program does: the rest is nobody's business. */
static gboolean
matters (const char *variable)
{
  static const char *const prefixes[] = { "SONDE_", "OPENBLAS_", "OMP_", "LC_", "LANG", "G_", "GIO_", "GSETTINGS_", "GI_TYPELIB_PATH", "PYTHON", "VIRTUAL_ENV", "LD_", "FONTCONFIG_", "PANGO", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "SOURCE_DATE_EPOCH", "MALLOC_", "TMPDIR", "TZ" };

  for (guint i = 0; i < G_N_ELEMENTS (prefixes); i++)
    if (g_str_has_prefix (variable, prefixes[i]))
      return TRUE;
  return FALSE;
}

static int
compare_texts (gconstpointer a,
               gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static void
tell_environment (FILE *out)
{
  g_auto (GStrv) variables = g_get_environ ();
  gboolean first = TRUE;

  qsort (variables, g_strv_length (variables), sizeof *variables, compare_texts);
  for (guint i = 0; variables[i] != NULL; i++)
    if (matters (variables[i]))
      {
        tell (out, first ? "environment:" : "", "%s", variables[i]);
        first = FALSE;
      }
}

void
print_bug_report (FILE *out)
{
  g_autoptr (SondeRegistry) registry = sonde_registry_new ();

  tell_libraries (out);
  tell_system (out);
  tell_language (out);
  tell_fonts (out);
  tell_paths (out, "plugin dirs:", sonde_paths_dup_plugin_dirs ());
  tell_paths (out, "data dirs:", sonde_paths_dup_data_dirs ());
  tell_settings (out, sonde_registry_get_settings (registry));
  tell_plugins (out, registry);
  tell_environment (out);
}

void
begin_verbose (void)
{
  hide_progress ();
  fprintf (stderr, "sonde %s\n", SONDE_VERSION);
  print_bug_report (stderr);
  fputc ('\n', stderr);
  g_setenv ("G_MESSAGES_DEBUG", "all", FALSE); /* processes of --isolate have it too */
}
