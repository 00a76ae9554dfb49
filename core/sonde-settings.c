#define G_LOG_DOMAIN "sonde"

#include "sonde-settings.h"

#include <string.h>

#include <gio/gio.h>
#include <glib/gi18n-lib.h>

#include "sonde-error-private.h"
#include "sonde-limits-private.h"
#include "sonde-paths-private.h"
#include "sonde-report.h"
#include "sonde-trust-private.h"

#define SCHEMA "org.sonde.Sonde"
#define GROUP "Settings" /* of the key file */

/**
 * SondeSettings:
 *
 * What the user chose once for every run: plugins that stay out of it, threads, formats, the theme of figures. It is kept in
 * GSettings, schema org.sonde.Sonde, where that is installed and something keeps what is set there; else, as in a session without a
 * message bus, in the key file $XDG_CONFIG_HOME/sonde/settings.ini, values as GVariant text. What stands in the key file goes first.
 * Whatever is read in either is judged as if it had been typed.
 */
struct _SondeSettings
{
  GObject parent_instance;

  GSettings *gsettings; /* NULL: the key file alone */
  char *path;           /* the key file's */
  GKeyFile *file;
  char *unread; /* why it is not known what was chosen; NULL: it is */
};

G_DEFINE_FINAL_TYPE (SondeSettings, sonde_settings, G_TYPE_OBJECT)

/* ---- keys ---- */

typedef struct
{
  const char *name;
  const char *fallback; /* GVariant text, as in the schema */
  const char *summary;
  const char *expected; /* for a sentence */
  gboolean (*accepts) (GVariant *value);
  const char *choices[5]; /* words that it takes, to be offered */
} Key;

static gboolean
accepts_names (GVariant *value)
{
  g_autofree const char **names = g_variant_get_strv (value, NULL);

  return !g_strv_contains (names, "");
}

static gboolean
accepts_threads (GVariant *value)
{
  return g_variant_get_int32 (value) >= 0 && g_variant_get_int32 (value) <= SONDE_MAX_THREADS;
}

static gboolean
accepts_format (GVariant *value)
{
  SondeFormats formats;

  return sonde_formats_parse (g_variant_get_string (value, NULL), &formats, NULL);
}

static gboolean
accepts_theme (GVariant *value)
{
  SondeTheme theme;

  return sonde_theme_parse (g_variant_get_string (value, NULL), &theme);
}

static const Key keys[] = {
  { "disabled-plugins", "@as []", N_ ("Plugins that are not used; “sonde disable” and “sonde enable” change them"), N_ ("names of plugins, separated by commas"), accepts_names },
  { "format", "'svg,pdf'", N_ ("Formats of figures and tables in a report"), N_ ("svg, pdf and png for figures and npz for tables, separated by commas"), accepts_format, { "svg", "pdf", "png", "npz" } },
  { "theme", "'light'", N_ ("Colours of figures and reports"), N_ ("light or dark"), accepts_theme, { "light", "dark" } },
  { "threads", "0", N_ ("Threads that compute; 0: as many as there are cores"), N_ ("a number from 0 to 1024"), accepts_threads },
};

static const Key *
find_key (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].name, name))
      return &keys[i];
  return NULL;
}

static GVariant *
get_fallback (const Key *key)
{
  return g_variant_parse (NULL, key->fallback, NULL, NULL, NULL);
}

/* Of the type and in the range that the key has. */
static gboolean
accepts (const Key *key,
         GVariant *value)
{
  g_autoptr (GVariant) fallback = get_fallback (key);

  return g_variant_is_of_type (value, g_variant_get_type (fallback)) && key->accepts (value);
}

/**
 * sonde_settings_list_keys:
 *
 * Lists what can be chosen, in the order of the alphabet.
 *
 * Returns: (transfer none) (array zero-terminated=1): names of keys
 */
const char *const *
sonde_settings_list_keys (void)
{
  static const char *names[G_N_ELEMENTS (keys) + 1];

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    names[i] = keys[i].name;
  return names;
}

/**
 * sonde_settings_get_summary:
 * @key: one of sonde_settings_list_keys()
 *
 * Says in the user's language what a key is for.
 *
 * Returns: (transfer none): one line
 */
const char *
sonde_settings_get_summary (const char *key)
{
  const Key *found = find_key (key);

  g_return_val_if_fail (found != NULL, NULL);
  return _ (found->summary);
}

/**
 * sonde_settings_list_choices:
 * @key: one of sonde_settings_list_keys()
 *
 * Lists words that a key takes, for whoever completes them; others may be possible.
 *
 * Returns: (transfer none) (array zero-terminated=1): the words
 */
const char *const *
sonde_settings_list_choices (const char *key)
{
  const Key *found = find_key (key);

  g_return_val_if_fail (found != NULL, NULL);
  return found->choices;
}

/* ---- where they are kept ---- */

static void
ignore_message (const char *domain,
                GLogLevelFlags level,
                const char *message,
                gpointer user_data)
{
}

/* The schema beside our other data is found in a prefix that GLib was not told of. */
static GSettingsSchema *
find_schema (void)
{
  GSettingsSchemaSource *known = g_settings_schema_source_get_default ();
  GSettingsSchema *schema = known != NULL ? g_settings_schema_source_lookup (known, SCHEMA, TRUE) : NULL;
  g_autofree char *folder = _sonde_paths_dup_schema_dir ();
  g_autoptr (GSettingsSchemaSource) ours = NULL;

  if (schema != NULL || folder == NULL)
    return schema;
  ours = g_settings_schema_source_new_from_directory (folder, known, TRUE, NULL);
  return ours != NULL ? g_settings_schema_source_lookup (ours, SCHEMA, FALSE) : NULL;
}

/* Every key is there, and of its type: GSettings ends a program that asks for another. */
static gboolean
fits (GSettingsSchema *schema)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GVariant) fallback = get_fallback (&keys[i]);
      g_autoptr (GSettingsSchemaKey) key = NULL;

      if (!g_settings_schema_has_key (schema, keys[i].name))
        return FALSE;
      key = g_settings_schema_get_key (schema, keys[i].name);
      if (!g_variant_is_of_type (fallback, g_settings_schema_key_get_value_type (key)))
        return FALSE;
    }
  return g_settings_schema_get_path (schema) != NULL;
}

/* Where nothing keeps what is set, GIO takes the process's memory, and says so on stderr. */
static GSettings *
open_gsettings (void)
{
  g_autoptr (GSettingsSchema) schema = _sonde_trust_is_privileged () ? NULL : find_schema ();
  g_autoptr (GSettings) settings = NULL;
  g_autoptr (GSettingsBackend) backend = NULL;
  guint handler;

  if (schema == NULL || !fits (schema))
    return NULL;
  handler = g_log_set_handler ("GLib-GIO", G_LOG_LEVEL_MESSAGE, ignore_message, NULL);
  settings = g_settings_new_full (schema, NULL, NULL);
  g_log_remove_handler ("GLib-GIO", handler);
  g_object_get (settings, "backend", &backend, NULL);
  return g_str_equal (G_OBJECT_TYPE_NAME (backend), "GMemorySettingsBackend") ? NULL : g_steal_pointer (&settings);
}

static void
open_file (SondeSettings *self)
{
  g_autoptr (GError) error = NULL;

  if (g_key_file_load_from_file (self->file, self->path, G_KEY_FILE_KEEP_COMMENTS, &error))
    return;
  if (error->domain == G_KEY_FILE_ERROR)
    self->unread = g_strdup_printf (_ ("“%s” is no key file: %s"), self->path, error->message);
  else if (_sonde_error_is_of_what_is_there (error))
    self->unread = g_strdup_printf (_ ("“%s” cannot be read: %s"), self->path, error->message);
}

static void
sonde_settings_finalize (GObject *object)
{
  SondeSettings *self = SONDE_SETTINGS (object);

  g_clear_object (&self->gsettings);
  g_free (self->path);
  g_key_file_unref (self->file);
  g_free (self->unread);
  G_OBJECT_CLASS (sonde_settings_parent_class)->finalize (object);
}

static void
sonde_settings_class_init (SondeSettingsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_settings_finalize;
}

static void
sonde_settings_init (SondeSettings *self)
{
  self->path = g_build_filename (g_get_user_config_dir (), "sonde", "settings.ini", NULL);
  self->file = g_key_file_new ();
  self->gsettings = open_gsettings ();
  open_file (self);
}

/**
 * sonde_settings_new:
 *
 * Finds out where the user's choices are kept, and reads them.
 *
 * Returns: (transfer full): the settings
 */
SondeSettings *
sonde_settings_new (void)
{
  return g_object_new (SONDE_TYPE_SETTINGS, NULL);
}

static gboolean
is_in_file (SondeSettings *self,
            const char *key)
{
  return g_key_file_has_key (self->file, GROUP, key, NULL);
}

static gboolean
is_in_gsettings (SondeSettings *self,
                 const char *key)
{
  g_autoptr (GVariant) value = self->gsettings != NULL ? g_settings_get_user_value (self->gsettings, key) : NULL;

  return value != NULL;
}

/**
 * sonde_settings_dup_place:
 *
 * Says where choices are kept.
 *
 * Returns: (transfer full): the path of a key file, or the schema's name behind "GSettings "
 */
char *
sonde_settings_dup_place (SondeSettings *self)
{
  g_return_val_if_fail (SONDE_IS_SETTINGS (self), NULL);
  return self->gsettings != NULL ? g_strdup ("GSettings " SCHEMA) : g_strdup (self->path);
}

/**
 * sonde_settings_dup_origin:
 * @key: one of sonde_settings_list_keys()
 *
 * Says where the user's choice is kept.
 *
 * Returns: (transfer full) (nullable): as sonde_settings_dup_place() does; %NULL: nothing was chosen
 */
char *
sonde_settings_dup_origin (SondeSettings *self,
                           const char *key)
{
  g_return_val_if_fail (SONDE_IS_SETTINGS (self) && find_key (key) != NULL, NULL);

  if (is_in_file (self, key))
    return g_strdup (self->path);
  return is_in_gsettings (self, key) ? sonde_settings_dup_place (self) : NULL;
}

/* ---- values ---- */

/* (nullable): what was chosen, whatever it is; of another type than the key's where the key file has no such text. */
static GVariant *
find_choice (SondeSettings *self,
             const Key *key)
{
  g_autoptr (GVariant) fallback = get_fallback (key);
  g_autofree char *text = NULL;
  GVariant *value;

  if (!is_in_file (self, key->name))
    return self->gsettings != NULL ? g_settings_get_user_value (self->gsettings, key->name) : NULL;
  text = g_key_file_get_value (self->file, GROUP, key->name, NULL);
  value = g_variant_parse (g_variant_get_type (fallback), text, NULL, NULL, NULL);
  if (value == NULL)
    value = g_variant_ref_sink (g_variant_new_bytestring (text));
  return value;
}

/* Whether it is known what was chosen. */
static gboolean
check_read (SondeSettings *self,
            GError **error)
{
  if (self->unread == NULL)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("%s: see to it that it can be read, or remove it, which chooses every default"), self->unread);
  _sonde_error_make_line (error);
  return FALSE;
}

static void
fail_for_value (SondeSettings *self,
                const Key *key,
                GVariant *value,
                GError **error)
{
  g_autofree char *origin = sonde_settings_dup_origin (self, key->name);
  g_autofree char *place = origin != NULL ? g_steal_pointer (&origin) : sonde_settings_dup_place (self);
  g_autofree char *text = g_variant_is_of_type (value, G_VARIANT_TYPE_BYTESTRING) ? g_strdup (g_variant_get_bytestring (value)) : g_variant_print (value, FALSE);

  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("%s: %s is %s, and %s is expected: “sonde config %s VALUE” chooses another, “sonde config --reset %s” the default"), place, key->name, text, _ (key->expected),
               key->name, key->name);
  _sonde_error_make_line (error);
}

/**
 * sonde_settings_dup_value:
 * @key: one of sonde_settings_list_keys()
 *
 * Gets what was chosen, or the default.
 *
 * Returns: (transfer full): the value; %NULL with @error set where what is kept cannot be read or is none that the key takes
 */
GVariant *
sonde_settings_dup_value (SondeSettings *self,
                          const char *key,
                          GError **error)
{
  const Key *found = find_key (key);
  g_autoptr (GVariant) value = NULL;

  g_return_val_if_fail (SONDE_IS_SETTINGS (self) && found != NULL, NULL);

  if (!check_read (self, error))
    return NULL;
  value = find_choice (self, found);
  if (value == NULL)
    value = self->gsettings != NULL ? g_settings_get_value (self->gsettings, key) : get_fallback (found);
  if (accepts (found, value))
    return g_steal_pointer (&value);
  fail_for_value (self, found, value, error);
  return NULL;
}

static gboolean
write_file (SondeSettings *self,
            GError **error)
{
  g_autofree char *folder = g_path_get_dirname (self->path);

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the folder “%s” cannot be made: make it, or set XDG_CONFIG_HOME to another"), folder);
      return FALSE;
    }
  return g_key_file_save_to_file (self->file, self->path, error);
}

/* FALSE: it is not kept. What stands between GSettings and the disk, as dconf without a message bus, says so in a log only. */
static gboolean
write_gsettings (SondeSettings *self,
                 const char *key,
                 GVariant *value)
{
  g_autoptr (GVariant) kept = NULL;

  if (value != NULL)
    g_settings_set_value (self->gsettings, key, value);
  else
    g_settings_reset (self->gsettings, key);
  g_settings_sync ();
  kept = g_settings_get_user_value (self->gsettings, key);
  return value == NULL ? kept == NULL : kept != NULL && g_variant_equal (kept, value);
}

static gboolean
write_to_file (SondeSettings *self,
               const char *key,
               GVariant *value,
               GError **error)
{
  g_autofree char *text = value != NULL ? g_variant_print (value, FALSE) : NULL;

  if (value == NULL && !is_in_file (self, key))
    return TRUE;
  if (value == NULL)
    g_key_file_remove_key (self->file, GROUP, key, NULL);
  else
    g_key_file_set_value (self->file, GROUP, key, text);
  return write_file (self, error);
}

/**
 * sonde_settings_set_value:
 * @key: one of sonde_settings_list_keys()
 * @value: (nullable): what is chosen from now on; %NULL: nothing, which is the default; taken where it is floating
 *
 * Remembers a choice for the user.
 *
 * Returns: %FALSE with @error set where the key takes no such value or it cannot be kept
 */
gboolean
sonde_settings_set_value (SondeSettings *self,
                          const char *key,
                          GVariant *value,
                          GError **error)
{
  const Key *found = find_key (key);
  g_autoptr (GVariant) owned = value != NULL ? g_variant_ref_sink (value) : NULL;

  g_return_val_if_fail (SONDE_IS_SETTINGS (self) && found != NULL, FALSE);

  if (value != NULL && !accepts (found, value))
    {
      fail_for_value (self, found, owned, error);
      return FALSE;
    }
  if (!check_read (self, error)) /* what stands there would be lost */
    return FALSE;
  if (self->gsettings != NULL && g_settings_is_writable (self->gsettings, key) && write_gsettings (self, key, value))
    return write_to_file (self, key, NULL, error);
  if (value == NULL && is_in_gsettings (self, key)) /* where it cannot be taken away the default goes before it */
    owned = get_fallback (found);
  return write_to_file (self, key, owned, error);
}

/* ---- as people write them ---- */

/**
 * sonde_settings_parse_value:
 * @key: one of sonde_settings_list_keys()
 * @text: a number, a word, or names with commas between
 *
 * Reads a value as people write it.
 *
 * Returns: (transfer full): the value; %NULL with @error set where the key takes no such value
 */
GVariant *
sonde_settings_parse_value (const char *key,
                            const char *text,
                            GError **error)
{
  const Key *found = find_key (key);
  g_autoptr (GVariant) fallback = NULL;
  g_autoptr (GVariant) value = NULL;
  gint64 number;

  g_return_val_if_fail (found != NULL && text != NULL, NULL);

  fallback = get_fallback (found);
  if (!g_utf8_validate (text, -1, NULL))
    value = NULL;
  else if (g_variant_is_of_type (fallback, G_VARIANT_TYPE_STRING))
    value = g_variant_ref_sink (g_variant_new_string (text));
  else if (g_variant_is_of_type (fallback, G_VARIANT_TYPE_INT32))
    value = g_ascii_string_to_signed (text, 10, G_MININT32, G_MAXINT32, &number, NULL) ? g_variant_ref_sink (g_variant_new_int32 ((gint32) number)) : NULL;
  else
    {
      g_auto (GStrv) words = g_strsplit (text, ",", -1);

      value = g_variant_ref_sink (g_variant_new_strv ((const char *const *) words, -1));
    }
  if (value != NULL && accepts (found, value))
    return g_steal_pointer (&value);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("“%s” is no value of %s: %s is expected"), text, key, _ (found->expected));
  _sonde_error_make_line (error);
  return NULL;
}

/**
 * sonde_settings_print_value:
 * @value: a value of a key
 *
 * Writes a value as sonde_settings_parse_value() reads it.
 *
 * Returns: (transfer full): the text
 */
char *
sonde_settings_print_value (GVariant *value)
{
  g_return_val_if_fail (value != NULL, NULL);

  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING_ARRAY))
    {
      g_autofree const char **words = g_variant_get_strv (value, NULL);

      return g_strjoinv (",", (char **) words);
    }
  return g_variant_print (value, FALSE);
}
