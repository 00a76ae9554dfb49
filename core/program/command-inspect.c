#include "program.h"

#include <stdio.h>

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

#include "sonde.h"

/* Everything a plugin says of itself, first as JSON; the page for people is printed from the same. */

static void
set_text (JsonObject *object,
          const char *name,
          const char *text)
{
  if (text != NULL && *text != '\0')
    json_object_set_string_member (object, name, text);
}

static JsonArray *
describe_properties (GObject *object)
{
  JsonArray *array = json_array_new ();
  guint n;
  g_autofree GParamSpec **options = sonde_properties_list (G_OBJECT_GET_CLASS (object), &n);

  for (guint i = 0; i < n; i++)
    {
      JsonObject *entry = json_object_new ();
      g_autofree char *range = sonde_property_dup_range (options[i]);
      g_autofree char *standard = sonde_property_dup_default (options[i]);

      json_object_set_string_member (entry, "name", options[i]->name);
      json_object_set_string_member (entry, "type", g_type_name (options[i]->value_type));
      json_object_set_string_member (entry, "range", range);
      json_object_set_string_member (entry, "default", standard);
      set_text (entry, "description", g_param_spec_get_blurb (options[i]));
      json_array_add_object_element (array, entry);
    }
  return array;
}

static JsonArray *
list_names (GPtrArray *names)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < names->len; i++)
    json_array_add_string_element (array, g_ptr_array_index (names, i));
  return array;
}

static JsonArray *
list_words (const char *const *words)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; words != NULL && words[i] != NULL; i++)
    json_array_add_string_element (array, words[i]);
  return array;
}

static JsonArray *
describe_infos (GPtrArray *infos)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < infos->len; i++)
    {
      SondeAttachmentInfo *info = g_ptr_array_index (infos, i);
      JsonObject *entry = json_object_new ();

      json_object_set_string_member (entry, "name", info->name);
      set_text (entry, "shape", info->shape);
      set_text (entry, "unit", info->unit);
      set_text (entry, "description", info->blurb);
      json_array_add_object_element (array, entry);
    }
  return array;
}

static JsonArray *
describe_tables (GPtrArray *tables)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < tables->len; i++)
    {
      SondeTable *table = g_ptr_array_index (tables, i);
      JsonObject *entry = json_object_new ();
      JsonArray *columns = json_array_new ();

      for (guint c = 0; c < sonde_table_get_n_columns (table); c++)
        {
          JsonObject *column = json_object_new ();

          json_object_set_string_member (column, "name", sonde_table_get_column_name (table, c));
          set_text (column, "unit", sonde_table_get_column_unit (table, c));
          set_text (column, "description", sonde_table_get_column_blurb (table, c));
          json_array_add_object_element (columns, column);
        }
      json_object_set_string_member (entry, "name", sonde_table_get_name (table));
      set_text (entry, "description", sonde_table_get_blurb (table));
      json_object_set_array_member (entry, "columns", columns);
      json_array_add_object_element (array, entry);
    }
  return array;
}

static void
add_analyzer (JsonObject *root,
              SondeAnalyzer *analyzer)
{
  g_autoptr (SondeDescription) description = sonde_analyzer_describe (analyzer);

  json_object_set_array_member (root, "reads", list_names (sonde_description_get_reads (description)));
  json_object_set_array_member (root, "uses", list_names (sonde_description_get_uses (description)));
  json_object_set_array_member (root, "attaches", describe_infos (sonde_description_get_attaches (description)));
  json_object_set_array_member (root, "tables", describe_tables (sonde_description_get_tables (description)));
  json_object_set_array_member (root, "figures", describe_infos (sonde_description_get_figures (description)));
  set_text (root, "example", sonde_description_get_example (description));
}

static JsonObject *
describe_manifest (const SondePlugin *plugin)
{
  JsonObject *root = json_object_new ();

  json_object_set_string_member (root, "name", plugin->name);
  json_object_set_string_member (root, "kind", sonde_plugin_kind_get_name (plugin->kind));
  json_object_set_string_member (root, "state", sonde_plugin_state_get_name (plugin->state));
  set_text (root, "reason", plugin->reason);
  set_text (root, "description", plugin->description);
  set_text (root, "version", plugin->version);
  set_text (root, "copyright", plugin->copyright);
  json_object_set_array_member (root, "authors", list_words (plugin->authors));
  json_object_set_string_member (root, "directory", plugin->directory);
  if (plugin->opens != NULL)
    json_object_set_array_member (root, "opens", list_words ((const char *const *) plugin->opens));
  return root;
}

/* ---- the page for people ---- */

static void
print_field (JsonObject *root,
             const char *name,
             const char *label)
{
  if (json_object_has_member (root, name))
    printf ("  %-12s %s\n", label, json_object_get_string_member (root, name));
}

static void
print_names (JsonObject *root,
             const char *name,
             const char *label)
{
  JsonArray *array = json_object_has_member (root, name) ? json_object_get_array_member (root, name) : NULL;

  if (array == NULL || json_array_get_length (array) == 0)
    return;
  printf ("  %-12s ", label);
  for (guint i = 0; i < json_array_get_length (array); i++)
    printf ("%s%s", i == 0 ? "" : ", ", json_array_get_string_element (array, i));
  putchar ('\n');
}

static const char *
member (JsonObject *object,
        const char *name)
{
  return json_object_has_member (object, name) ? json_object_get_string_member (object, name) : "";
}

static void
print_property (JsonObject *property)
{
  printf ("  %s\n", member (property, "name"));
  if (*member (property, "description") != '\0')
    printf ("      %s\n", member (property, "description"));
  printf (_ ("      %s; default “%s”\n"), member (property, "range"), member (property, "default"));
}

static void
print_info (JsonObject *info)
{
  printf ("  %s\n", member (info, "name"));
  if (*member (info, "description") != '\0')
    printf ("      %s\n", member (info, "description"));
  if (*member (info, "shape") != '\0')
    printf (_ ("      shape: %s; unit: %s\n"), member (info, "shape"), *member (info, "unit") != '\0' ? member (info, "unit") : "1");
}

static void
print_result_table (JsonObject *table)
{
  JsonArray *columns = json_object_get_array_member (table, "columns");

  printf ("  tables/%s.csv\n", member (table, "name"));
  if (*member (table, "description") != '\0')
    printf ("      %s\n", member (table, "description"));
  for (guint i = 0; i < json_array_get_length (columns); i++)
    {
      JsonObject *column = json_array_get_object_element (columns, i);
      const char *unit = member (column, "unit");

      printf ("      %-20s %s%s%s%s\n", member (column, "name"), member (column, "description"),
              *unit != '\0' ? " [" : "", unit, *unit != '\0' ? "]" : "");
    }
}

static void
print_section (JsonObject *root,
               const char *name,
               const char *title,
               void (*print) (JsonObject *))
{
  JsonArray *array = json_object_has_member (root, name) ? json_object_get_array_member (root, name) : NULL;

  if (array == NULL || json_array_get_length (array) == 0)
    return;
  printf ("\n%s\n", title);
  for (guint i = 0; i < json_array_get_length (array); i++)
    print (json_array_get_object_element (array, i));
}

static void
print_page (JsonObject *root)
{
  printf ("%s\n", member (root, "name"));
  print_field (root, "description", _ ("what"));
  print_field (root, "kind", _ ("kind"));
  print_field (root, "state", _ ("state"));
  print_field (root, "reason", _ ("reason"));
  print_field (root, "version", _ ("version"));
  print_names (root, "authors", _ ("authors"));
  print_field (root, "copyright", _ ("copyright"));
  print_field (root, "directory", _ ("directory"));
  print_names (root, "opens", _ ("opens"));
  print_names (root, "reads", _ ("reads"));
  print_names (root, "uses", _ ("uses"));
  print_section (root, "attaches", _ ("Attaches to each frame"), print_info);
  print_section (root, "properties", _ ("Properties"), print_property);
  print_section (root, "tables", _ ("Tables"), print_result_table);
  print_section (root, "figures", _ ("Figures"), print_info);
  if (json_object_has_member (root, "example"))
    printf (_ ("\nExample\n  sonde run %s\n"), json_object_get_string_member (root, "example"));
}

/* ---- the command ---- */

static JsonObject *
describe (SondeRegistry *registry,
          const char *name,
          GError **error)
{
  const SondePlugin *plugin = sonde_registry_find (registry, name);
  JsonObject *root;
  g_autoptr (GObject) object = NULL;

  if (plugin != NULL && plugin->state != SONDE_PLUGIN_STATE_ENABLED)
    return describe_manifest (plugin);
  /* for an unknown name the kind does not matter: the sentence lists what there is */
  object = sonde_registry_create (registry, name, plugin != NULL ? plugin->kind : SONDE_PLUGIN_KIND_ANALYZER, error);
  if (object == NULL)
    return NULL;
  root = describe_manifest (plugin);
  json_object_set_array_member (root, "properties", describe_properties (object));
  if (SONDE_IS_ANALYZER (object))
    add_analyzer (root, SONDE_ANALYZER (object));
  return root;
}

int
command_inspect (int argc,
                 char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print JSON"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (SondeRegistry) registry = NULL;
  g_autoptr (JsonObject) root = NULL;
  GError *error = NULL;
  int status = parse_options (&argc, &argv, entries, "NAME [--json]",
                              _ ("Says everything about a plugin: its manifest, properties, what it reads and attaches, its tables and figures."), NULL);

  if (status >= 0)
    return status;
  if (argc != 2)
    return fail_usage (_ ("name one plugin: “sonde list” shows them"));
  registry = sonde_registry_new ();
  root = describe (registry, argv[1], &error);
  if (root == NULL)
    return fail_with (error);
  if (json)
    {
      g_autoptr (JsonNode) node = json_node_init_object (json_node_alloc (), root);
      g_autofree char *text = json_to_string (node, TRUE);

      printf ("%s\n", text);
    }
  else
    print_page (root);
  return finish_output (EXIT_DONE);
}
