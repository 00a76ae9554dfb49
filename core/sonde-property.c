#define G_LOG_DOMAIN "sonde"

#include "sonde-property.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-error-private.h"

static gboolean
is_option (GParamSpec *pspec)
{
  return (pspec->flags & G_PARAM_READWRITE) == G_PARAM_READWRITE && pspec->owner_type != G_TYPE_OBJECT;
}

/**
 * sonde_properties_list: (skip)
 * @klass: the class of a plugin's object
 * @n_properties: (out): how many
 *
 * Lists the options of a class, without GObject's own.
 *
 * Returns: (transfer container) (array length=n_properties): readable and writable properties in the order of their installation
 */
GParamSpec **
sonde_properties_list (GObjectClass *klass,
                       guint *n_properties)
{
  guint n_all;
  GParamSpec **all = g_object_class_list_properties (klass, &n_all);

  *n_properties = 0;
  for (guint i = 0; i < n_all; i++)
    if (is_option (all[i]))
      all[(*n_properties)++] = all[i];
  return all;
}

static char *
list_nicks (GEnumClass *klass)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < klass->n_values; i++)
    g_string_append_printf (list, "%s%s", i == 0 ? "" : ", ", klass->values[i].value_nick);
  return g_string_free (list, FALSE);
}

/**
 * sonde_property_get_value_blurb:
 * @value: a value of an enumeration
 *
 * Tells what a value means. An enumeration explains its values in their names, which are texts with blanks then: nicks are what a
 * command line has.
 *
 * Returns: (nullable): the explanation; %NULL where there is none
 */
const char *
sonde_property_get_value_blurb (const GEnumValue *value)
{
  g_return_val_if_fail (value != NULL, NULL);
  return value->value_name != NULL && strchr (value->value_name, ' ') != NULL ? value->value_name : NULL;
}

static char *
number_text (double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (buffer, sizeof buffer, "%.15g", value);
  if (g_ascii_strtod (buffer, NULL) != value)
    g_ascii_dtostr (buffer, sizeof buffer, value);
  return g_strdup (buffer);
}

static char *
double_range (GParamSpecDouble *pspec)
{
  g_autofree char *low = number_text (pspec->minimum);
  g_autofree char *high = number_text (pspec->maximum);

  if (pspec->minimum <= -G_MAXDOUBLE && pspec->maximum >= G_MAXDOUBLE)
    return g_strdup (_ ("a number"));
  if (pspec->maximum >= G_MAXDOUBLE)
    return g_strdup_printf (_ ("a number from %s"), low);
  return g_strdup_printf (_ ("a number from %s to %s"), low, high);
}

/**
 * sonde_property_dup_range:
 * @pspec: a property
 *
 * Says in words what a property takes.
 *
 * Returns: (transfer full): "a whole number from 1 to 1000000", "one of pearson, spearman"
 */
char *
sonde_property_dup_range (GParamSpec *pspec)
{
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    return g_strdup (_ ("true or false"));
  if (G_IS_PARAM_SPEC_INT (pspec))
    return g_strdup_printf (_ ("a whole number from %d to %d"), G_PARAM_SPEC_INT (pspec)->minimum, G_PARAM_SPEC_INT (pspec)->maximum);
  if (G_IS_PARAM_SPEC_UINT (pspec))
    return g_strdup_printf (_ ("a whole number from %u to %u"), G_PARAM_SPEC_UINT (pspec)->minimum, G_PARAM_SPEC_UINT (pspec)->maximum);
  if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    return double_range (G_PARAM_SPEC_DOUBLE (pspec));
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    {
      g_autofree char *nicks = list_nicks (G_PARAM_SPEC_ENUM (pspec)->enum_class);

      return g_strdup_printf (_ ("one of %s"), nicks);
    }
  return g_strdup (_ ("text"));
}

static char *
value_text (const GValue *value)
{
  if (G_VALUE_HOLDS_BOOLEAN (value))
    return g_strdup (g_value_get_boolean (value) ? "true" : "false");
  if (G_VALUE_HOLDS_INT (value))
    return g_strdup_printf ("%d", g_value_get_int (value));
  if (G_VALUE_HOLDS_UINT (value))
    return g_strdup_printf ("%u", g_value_get_uint (value));
  if (G_VALUE_HOLDS_DOUBLE (value))
    return number_text (g_value_get_double (value));
  if (G_VALUE_HOLDS_ENUM (value))
    {
      g_autoptr (GEnumClass) klass = g_type_class_ref (G_VALUE_TYPE (value));
      GEnumValue *entry = g_enum_get_value (klass, g_value_get_enum (value));

      return g_strdup (entry != NULL ? entry->value_nick : "?");
    }
  if (G_VALUE_HOLDS_STRING (value))
    return g_strdup (g_value_get_string (value) != NULL ? g_value_get_string (value) : "");
  return g_strdup_value_contents (value);
}

/**
 * sonde_property_dup_text:
 * @object: the object
 * @pspec: a property of its class
 *
 * Writes the value of a property.
 *
 * Returns: (transfer full): as sonde_property_set() would read it
 */
char *
sonde_property_dup_text (GObject *object,
                         GParamSpec *pspec)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, pspec->value_type);
  g_object_get_property (object, pspec->name, &value);
  return value_text (&value);
}

/**
 * sonde_property_dup_default:
 * @pspec: a property
 *
 * Writes the value that a property has where nobody sets it.
 *
 * Returns: (transfer full): as sonde_property_set() would read it
 */
char *
sonde_property_dup_default (GParamSpec *pspec)
{
  return value_text (g_param_spec_get_default_value (pspec));
}

static gboolean
parse_boolean (const char *text,
               gboolean *value)
{
  *value = g_str_equal (text, "true") || g_str_equal (text, "yes") || g_str_equal (text, "1");
  return *value || g_str_equal (text, "false") || g_str_equal (text, "no") || g_str_equal (text, "0");
}

static gboolean
parse_double (const char *text,
              double *value)
{
  char *end = NULL;

  errno = 0;
  *value = g_ascii_strtod (text, &end);
  return *text != '\0' && end != text && *end == '\0' && errno == 0 && isfinite (*value);
}

/* FALSE where @text is no value of that type at all; ranges are checked by the caller, with the pspec's own rule. */
static gboolean
value_from_text (GParamSpec *pspec,
                 const char *text,
                 GValue *value)
{
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    {
      gboolean truth;

      g_value_set_boolean (value, parse_boolean (text, &truth) && truth);
      return parse_boolean (text, &truth);
    }
  if (G_IS_PARAM_SPEC_INT (pspec))
    {
      gint64 number = 0;
      gboolean valid = g_ascii_string_to_signed (text, 10, G_MININT, G_MAXINT, &number, NULL);

      g_value_set_int (value, (int) number);
      return valid;
    }
  if (G_IS_PARAM_SPEC_UINT (pspec))
    {
      guint64 number = 0;
      gboolean valid = g_ascii_string_to_unsigned (text, 10, 0, G_MAXUINT, &number, NULL);

      g_value_set_uint (value, (guint) number);
      return valid;
    }
  if (G_IS_PARAM_SPEC_DOUBLE (pspec))
    {
      double number = 0;
      gboolean valid = parse_double (text, &number);

      g_value_set_double (value, number);
      return valid;
    }
  if (G_IS_PARAM_SPEC_ENUM (pspec))
    {
      GEnumValue *entry = g_enum_get_value_by_nick (G_PARAM_SPEC_ENUM (pspec)->enum_class, text);

      if (entry != NULL)
        g_value_set_enum (value, entry->value);
      return entry != NULL;
    }
  if (G_IS_PARAM_SPEC_STRING (pspec))
    {
      g_value_set_string (value, text);
      return TRUE;
    }
  return FALSE;
}

static char *
list_options (GObjectClass *klass)
{
  guint n;
  g_autofree GParamSpec **options = sonde_properties_list (klass, &n);
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (list, "%s%s", i == 0 ? "" : ", ", options[i]->name);
  return g_string_free (list, FALSE);
}

static GParamSpec *
find_option (GObject *object,
             const char *owner,
             const char *name,
             GError **error)
{
  GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (object), name);
  g_autofree char *options = NULL;

  if (pspec != NULL && is_option (pspec))
    return pspec;

  options = list_options (G_OBJECT_GET_CLASS (object));
  if (*options == '\0')
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY,
                 _ ("%s has no property “%s”, nor any other: leave it out"), owner, name);
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY,
                 _ ("%s has no property “%s”: its properties are %s"), owner, name, options);
  return NULL;
}

/**
 * sonde_property_set:
 * @object: the object
 * @owner: what sentences call it: the name of its plugin
 * @name: the name of the property
 * @text: the value
 *
 * Reads a text as the value of a property and sets it. Fails with %SONDE_ERROR_PROPERTY: an unknown name lists the valid ones, a
 * wrong value the range or the words.
 *
 * Returns: whether it was set
 */
gboolean
sonde_property_set (GObject *object,
                    const char *owner,
                    const char *name,
                    const char *text,
                    GError **error)
{
  GParamSpec *pspec = find_option (object, owner, name, error);
  g_auto (GValue) value = G_VALUE_INIT;

  if (pspec == NULL)
    {
      _sonde_error_make_line (error);
      return FALSE;
    }

  g_value_init (&value, pspec->value_type);
  if (!value_from_text (pspec, text, &value) || g_param_value_validate (pspec, &value))
    {
      g_autofree char *range = sonde_property_dup_range (pspec);

      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY,
                   _ ("“%s” is no value for %s.%s, which takes %s"), text, owner, pspec->name, range);
      _sonde_error_make_line (error);
      return FALSE;
    }
  g_object_set_property (object, pspec->name, &value);
  return TRUE;
}
