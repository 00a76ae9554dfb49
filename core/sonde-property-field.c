#define G_LOG_DOMAIN "sonde"

#include "sonde-property.h"

static GQuark
get_quark (void)
{
  return g_quark_from_static_string ("sonde-property-field");
}

static gpointer
get_field (GObject *object,
           GParamSpec *pspec)
{
  return (char *) object + GPOINTER_TO_SIZE (g_param_spec_get_qdata (pspec, get_quark ()));
}

static void
get_property (GObject *object,
              guint property_id,
              GValue *value,
              GParamSpec *pspec)
{
  gpointer field = get_field (object, pspec);

  switch (G_TYPE_FUNDAMENTAL (pspec->value_type))
    {
    case G_TYPE_BOOLEAN:
      g_value_set_boolean (value, *(gboolean *) field);
      break;
    case G_TYPE_INT:
      g_value_set_int (value, *(int *) field);
      break;
    case G_TYPE_UINT:
      g_value_set_uint (value, *(guint *) field);
      break;
    case G_TYPE_DOUBLE:
      g_value_set_double (value, *(double *) field);
      break;
    case G_TYPE_ENUM:
      g_value_set_enum (value, *(int *) field);
      break;
    default:
      g_value_set_string (value, *(char **) field);
    }
}

static void
set_property (GObject *object,
              guint property_id,
              const GValue *value,
              GParamSpec *pspec)
{
  gpointer field = get_field (object, pspec);

  switch (G_TYPE_FUNDAMENTAL (pspec->value_type))
    {
    case G_TYPE_BOOLEAN:
      *(gboolean *) field = g_value_get_boolean (value);
      break;
    case G_TYPE_INT:
      *(int *) field = g_value_get_int (value);
      break;
    case G_TYPE_UINT:
      *(guint *) field = g_value_get_uint (value);
      break;
    case G_TYPE_DOUBLE:
      *(double *) field = g_value_get_double (value);
      break;
    case G_TYPE_ENUM:
      *(int *) field = g_value_get_enum (value);
      break;
    default:
      g_free (*(char **) field);
      *(char **) field = g_value_dup_string (value);
    }
}

static gboolean
can_be_field (GType type)
{
  switch (G_TYPE_FUNDAMENTAL (type))
    {
    case G_TYPE_BOOLEAN:
    case G_TYPE_INT:
    case G_TYPE_UINT:
    case G_TYPE_DOUBLE:
    case G_TYPE_ENUM:
    case G_TYPE_STRING:
      return TRUE;
    default:
      return FALSE;
    }
}

/**
 * sonde_property_install_field: (skip)
 * @klass: the class, in its `class_init ()`
 * @pspec: (transfer floating): the property: boolean, int, uint, double, enum or string, both readable and writable
 * @offset: where its value is kept in an instance: `G_STRUCT_OFFSET (MyAnalyzer, threshold)`, a field of the property's C type
 *
 * Installs a property that is a field of the instance, and the functions that read and set it. A class that has such a property has
 * no others. A string is the instance's own: its `finalize ()` frees it.
 */
void
sonde_property_install_field (GObjectClass *klass,
                              GParamSpec *pspec,
                              gsize offset)
{
  g_return_if_fail (G_IS_OBJECT_CLASS (klass));
  g_return_if_fail (G_IS_PARAM_SPEC (pspec) && can_be_field (pspec->value_type));
  g_return_if_fail (offset >= sizeof (GObject));

  klass->get_property = get_property;
  klass->set_property = set_property;
  g_param_spec_set_qdata (pspec, get_quark (), GSIZE_TO_POINTER (offset));
  g_object_class_install_property (klass, 1, pspec);
}
