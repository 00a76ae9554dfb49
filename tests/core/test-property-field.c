#include "sonde.h"

#define FIELDS_TYPE_OBJECT (fields_object_get_type ())
G_DECLARE_FINAL_TYPE (FieldsObject, fields_object, FIELDS, OBJECT, GObject)

/* Values that a neighbour would be seen in. */
struct _FieldsObject
{
  GObject parent_instance;
  gboolean flag;
  int number;
  guint count;
  double factor;
  int side;
  char *word;
};

G_DEFINE_FINAL_TYPE (FieldsObject, fields_object, G_TYPE_OBJECT)

static GType
side_get_type (void)
{
  static const GEnumValue values[] = { { 0, "LEFT", "left" }, { 1, "RIGHT", "right" }, { 0, NULL, NULL } };
  static gsize type;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("FieldsSide", values));
  return type;
}

static void
fields_object_finalize (GObject *object)
{
  g_free (FIELDS_OBJECT (object)->word);
  G_OBJECT_CLASS (fields_object_parent_class)->finalize (object);
}

static void
fields_object_class_init (FieldsObjectClass *klass)
{
  GObjectClass *class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_CONSTRUCT | G_PARAM_STATIC_STRINGS;

  class->finalize = fields_object_finalize;
  sonde_property_install_field (class, g_param_spec_boolean ("flag", NULL, NULL, TRUE, flags), G_STRUCT_OFFSET (FieldsObject, flag));
  sonde_property_install_field (class, g_param_spec_int ("number", NULL, NULL, -9, 9, -3, flags), G_STRUCT_OFFSET (FieldsObject, number));
  sonde_property_install_field (class, g_param_spec_uint ("count", NULL, NULL, 0, 9, 4, flags), G_STRUCT_OFFSET (FieldsObject, count));
  sonde_property_install_field (class, g_param_spec_double ("factor", NULL, NULL, 0, 1, .25, flags), G_STRUCT_OFFSET (FieldsObject, factor));
  sonde_property_install_field (class, g_param_spec_enum ("side", NULL, NULL, side_get_type (), 1, flags), G_STRUCT_OFFSET (FieldsObject, side));
  sonde_property_install_field (class, g_param_spec_string ("word", NULL, NULL, "middle", flags), G_STRUCT_OFFSET (FieldsObject, word));
}

static void
fields_object_init (FieldsObject *self)
{
}

static void
test_defaults (void)
{
  g_autoptr (FieldsObject) object = g_object_new (FIELDS_TYPE_OBJECT, NULL);

  g_assert_true (object->flag);
  g_assert_cmpint (object->number, ==, -3);
  g_assert_cmpuint (object->count, ==, 4);
  g_assert_cmpfloat (object->factor, ==, .25);
  g_assert_cmpint (object->side, ==, 1);
  g_assert_cmpstr (object->word, ==, "middle");
}

/* Each by its text, as the command line sets it, and read back as the provenance says it. */
static void
test_texts (void)
{
  static const char *const texts[][2] = {
    { "flag", "false" }, { "number", "7" }, { "count", "9" }, { "factor", "0.5" }, { "side", "left" }, { "word", "last" }
  };
  g_autoptr (FieldsObject) object = g_object_new (FIELDS_TYPE_OBJECT, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      sonde_property_set (G_OBJECT (object), "fields", texts[i][0], texts[i][1], &error);
      g_assert_no_error (error);
    }
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *text = sonde_property_dup_text (G_OBJECT (object), g_object_class_find_property (G_OBJECT_GET_CLASS (object), texts[i][0]));

      g_assert_cmpstr (text, ==, texts[i][1]);
    }
  g_assert_false (object->flag);
  g_assert_cmpint (object->number, ==, 7);
  g_assert_cmpuint (object->count, ==, 9);
  g_assert_cmpfloat (object->factor, ==, .5);
  g_assert_cmpint (object->side, ==, 0);
  g_assert_cmpstr (object->word, ==, "last");
}

/* Two objects have each their own. */
static void
test_instances (void)
{
  g_autoptr (FieldsObject) first = g_object_new (FIELDS_TYPE_OBJECT, "factor", .75, "word", "a", NULL);
  g_autoptr (FieldsObject) second = g_object_new (FIELDS_TYPE_OBJECT, NULL);

  g_assert_cmpfloat (first->factor, ==, .75);
  g_assert_cmpstr (first->word, ==, "a");
  g_assert_cmpfloat (second->factor, ==, .25);
  g_assert_cmpstr (second->word, ==, "middle");
}

int
main (int argc,
      char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/property-field/defaults", test_defaults);
  g_test_add_func ("/property-field/texts", test_texts);
  g_test_add_func ("/property-field/instances", test_instances);
  return g_test_run ();
}
