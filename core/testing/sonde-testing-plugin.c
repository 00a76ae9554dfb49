#define G_LOG_DOMAIN "sonde-testing"

#include "sonde-testing-contract-private.h"

#include <string.h>

/* What holds for a plugin of any kind. */

static gboolean
check_manifest (SondeTestingSubject *subject,
                gconstpointer data,
                GError **error)
{
  const SondePlugin *plugin = sonde_registry_find (subject->registry, subject->name);

  return _sonde_testing_check_words (plugin->description, error, "the manifest's Description") && _sonde_testing_check_words (plugin->version, error, "the manifest's Version") && _sonde_testing_check_words (plugin->copyright, error, "the manifest's Copyright") && (plugin->authors != NULL ? _sonde_testing_check_words (plugin->authors[0], error, "the first of the manifest's Authors") : _sonde_testing_fail (error, "the manifest's Authors is missing"));
}

static gboolean
check_loads (SondeTestingSubject *subject,
             gconstpointer data,
             GError **error)
{
  g_autoptr (GObject) first = _sonde_testing_create (subject, error);
  g_autoptr (GObject) second = first != NULL ? _sonde_testing_create (subject, error) : NULL;

  if (second == NULL)
    return FALSE;
  return first != second || _sonde_testing_fail (error, "it makes the same object twice");
}

/* GType names are one name space for all plugins: the class of module two-nn is called TwoNn…, which no other can be. */
static gboolean
check_type_name (SondeTestingSubject *subject,
                 gconstpointer data,
                 GError **error)
{
  g_autoptr (GObject) object = _sonde_testing_create (subject, error);
  g_auto (GStrv) words = g_strsplit_set (subject->name, "-_", -1);
  g_autofree char *prefix = NULL;

  if (object == NULL)
    return FALSE;
  if (strchr (G_OBJECT_TYPE_NAME (object), '+') != NULL)
    return _sonde_testing_skip (subject, "a scripting language names its own types");
  for (guint i = 0; words[i] != NULL; i++)
    words[i][0] = g_ascii_toupper (words[i][0]);
  prefix = g_strjoinv ("", words);
  return g_str_has_prefix (G_OBJECT_TYPE_NAME (object), prefix) || _sonde_testing_fail (error, "its class is called %s, where a name that begins with %s keeps it apart from those of other plugins", G_OBJECT_TYPE_NAME (object), prefix);
}

static gboolean
check_property (GObject *object,
                GParamSpec *pspec,
                GError **error)
{
  g_auto (GValue) value = G_VALUE_INIT;
  g_auto (GValue) usual = G_VALUE_INIT;

  if (!_sonde_testing_check_words (g_param_spec_get_blurb (pspec), error, "the blurb of property %s", pspec->name))
    return FALSE;
  g_value_init (&usual, pspec->value_type);
  g_param_value_set_default (pspec, &usual);
  if (g_param_value_validate (pspec, &usual))
    return _sonde_testing_fail (error, "the default of property %s is not in its own range", pspec->name);
  g_value_init (&value, pspec->value_type);
  g_object_get_property (object, pspec->name, &value);
  if (!g_param_value_defaults (pspec, &value))
    {
      g_autofree char *found = g_strdup_value_contents (&value);
      g_autofree char *expected = g_strdup_value_contents (&usual);

      return _sonde_testing_fail (error, "property %s starts at %s, and its default is %s", pspec->name, found, expected);
    }
  g_object_set_property (object, pspec->name, &value);
  return TRUE;
}

/* Each option can be read and written, explains itself, and starts at its default. */
static gboolean
check_properties (SondeTestingSubject *subject,
                  gconstpointer data,
                  GError **error)
{
  g_autoptr (GObject) object = sonde_registry_create (subject->registry, subject->name, subject->kind, error);
  g_autofree GParamSpec **properties = NULL;
  guint n_properties;

  if (object == NULL)
    return FALSE;
  properties = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n_properties);
  for (guint i = 0; i < n_properties; i++)
    if ((properties[i]->flags & G_PARAM_READWRITE) != G_PARAM_READWRITE)
      return _sonde_testing_fail (error, "property %s cannot be read and written, so that it is no option", properties[i]->name);
    else if (!check_property (object, properties[i], error))
      return FALSE;
  return TRUE;
}

void
_sonde_testing_add_common_checks (GArray *checks)
{
  static const SondeTestingCheck common[] = {
    { "loads", check_loads, NULL },
    { "manifest", check_manifest, NULL },
    { "type-name", check_type_name, NULL },
    { "properties", check_properties, NULL },
  };

  g_array_append_vals (checks, common, G_N_ELEMENTS (common));
}
