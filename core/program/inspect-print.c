#include "inspect.h"

#include <stdio.h>

#include <glib/gi18n-lib.h>

#include "program.h"

/* ---- texts ---- */

static void make_object_printable (JsonObject *object);

static void
make_node_printable (JsonNode *node)
{
  const char *text = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;

  if (text != NULL)
    {
      g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
      g_autofree char *printable = NULL;

      for (guint i = 0; lines[i] != NULL; i++)
        {
          char *line = dup_printable (lines[i]);

          g_free (lines[i]);
          lines[i] = line;
        }
      printable = g_strjoinv ("\n", lines);
      json_node_set_string (node, printable);
    }
  else if (JSON_NODE_HOLDS_OBJECT (node))
    make_object_printable (json_node_get_object (node));
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      g_autoptr (GList) elements = json_array_get_elements (json_node_get_array (node));

      for (GList *link = elements; link != NULL; link = link->next)
        make_node_printable (link->data);
    }
}

/* What manifests, recipes and plugins say may hold anything; a terminal obeys some of it. */
static void
make_object_printable (JsonObject *object)
{
  g_autoptr (GList) nodes = json_object_get_values (object);

  for (GList *link = nodes; link != NULL; link = link->next)
    make_node_printable (link->data);
}

/* ---- fields and sections ---- */

#define LABEL_WIDTH 12 /* columns */

static void
print_label (const char *label)
{
  printf ("  %s%*s ", label, get_room (label, LABEL_WIDTH), "");
}

static void
print_line (const char *label,
            const char *text)
{
  print_label (label);
  printf ("%s\n", text);
}

static void
print_field (JsonObject *root,
             const char *name,
             const char *label)
{
  if (json_object_has_member (root, name))
    print_line (label, json_object_get_string_member (root, name));
}

static void
print_names (JsonObject *root,
             const char *name,
             const char *label)
{
  JsonArray *array = json_object_has_member (root, name) ? json_object_get_array_member (root, name) : NULL;

  if (array == NULL || json_array_get_length (array) == 0)
    return;
  print_label (label);
  for (guint i = 0; i < json_array_get_length (array); i++)
    printf ("%s%s", i == 0 ? "" : ", ", json_array_get_string_element (array, i));
  putchar ('\n');
}

const char *
inspect_get_text (JsonObject *object,
                  const char *name)
{
  return json_object_has_member (object, name) ? json_object_get_string_member (object, name) : "";
}

/* Text that may come from somebody's file. */
static char *
dup_member (JsonObject *object,
            const char *name)
{
  return dup_printable (inspect_get_text (object, name));
}

static void
print_value (JsonObject *value)
{
  printf ("          %-12s %s\n", inspect_get_text (value, "name"), inspect_get_text (value, "description"));
}

static void
print_each (JsonArray *array,
            void (*print) (JsonObject *))
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    print (json_array_get_object_element (array, i));
}

static void
print_property (JsonObject *property)
{
  printf ("  %s (%s)\n", inspect_get_text (property, "name"), inspect_get_text (property, "type"));
  if (*inspect_get_text (property, "description") != '\0')
    printf ("      %s\n", inspect_get_text (property, "description"));
  printf (_ ("      %s; default “%s”"), inspect_get_text (property, "range"), inspect_get_text (property, "default"));
  if (json_object_has_member (property, "value") && !g_str_equal (inspect_get_text (property, "value"), inspect_get_text (property, "default")))
    {
      g_autofree char *value = dup_member (property, "value");

      printf (_ ("; here “%s”"), value);
    }
  putchar ('\n');
  if (json_object_has_member (property, "values"))
    print_each (json_object_get_array_member (property, "values"), print_value);
}

static void
print_info (JsonObject *info)
{
  printf ("  %s\n", inspect_get_text (info, "name"));
  if (*inspect_get_text (info, "description") != '\0')
    printf ("      %s\n", inspect_get_text (info, "description"));
  if (*inspect_get_text (info, "shape") != '\0')
    printf (_ ("      shape: %s; unit: %s\n"), inspect_get_text (info, "shape"), *inspect_get_text (info, "unit") != '\0' ? inspect_get_text (info, "unit") : "1");
}

static void
print_result_table (JsonObject *table)
{
  JsonArray *columns = json_object_get_array_member (table, "columns");

  printf ("  tables/%s.csv\n", inspect_get_text (table, "name"));
  if (*inspect_get_text (table, "description") != '\0')
    printf ("      %s\n", inspect_get_text (table, "description"));
  for (guint i = 0; i < json_array_get_length (columns); i++)
    {
      JsonObject *column = json_array_get_object_element (columns, i);
      const char *unit = inspect_get_text (column, "unit");

      printf ("      %-20s %-8s %s%s%s%s\n", inspect_get_text (column, "name"), inspect_get_text (column, "type"), inspect_get_text (column, "description"),
              *unit != '\0' ? " [" : "", unit, *unit != '\0' ? "]" : "");
    }
}

static void
print_input (JsonObject *input)
{
  JsonArray *attachers = json_object_get_array_member (input, "attached-by");

  print_info (input);
  printf ("      %s", json_object_get_boolean_member (input, "required") ? _ ("must be attached before; ") : _ ("is used where it is attached, and one of those that are used must be; "));
  if (json_array_get_length (attachers) == 0)
    printf (_ ("no enabled plugin attaches it"));
  for (guint i = 0; i < json_array_get_length (attachers); i++)
    printf ("%s%s", i == 0 ? _ ("attached by ") : ", ", json_array_get_string_element (attachers, i));
  putchar ('\n');
}

static void
print_wanted (JsonObject *stage)
{
  printf ("  %-16s %-20s %s\n", inspect_get_text (stage, "id"), inspect_get_text (stage, "site"), inspect_get_text (stage, "label"));
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
  print_each (array, print);
}

/* ---- what a provider opened ---- */

static void
print_number (JsonObject *root,
              const char *name,
              const char *label)
{
  if (!json_object_has_member (root, name))
    return;
  print_label (label);
  printf ("%" G_GINT64_FORMAT "\n", json_object_get_int_member (root, name));
}

static void
print_condition (JsonObject *condition)
{
  g_autofree char *id = dup_member (condition, "id");
  g_autofree char *summary = dup_member (condition, "summary");

  printf ("  %s: %s\n", id, summary);
}

/* How many there are, and which of them are held where that is not all. */
static void
print_layers (JsonObject *root)
{
  JsonArray *held = json_object_has_member (root, "layers-held") ? json_object_get_array_member (root, "layers-held") : NULL;

  print_number (root, "layers", _ ("layers"));
  if (held == NULL || json_array_get_length (held) == json_object_get_int_member (root, "layers"))
    return;
  print_label (_ ("held"));
  for (guint i = 0; i < json_array_get_length (held); i++)
    printf ("%s%" G_GINT64_FORMAT, i == 0 ? "" : ", ", json_array_get_int_element (held, i));
  putchar ('\n');
}

static void
print_warnings (JsonArray *warnings)
{
  if (json_array_get_length (warnings) > 0)
    printf ("\n%s\n", _ ("Warnings"));
  for (guint i = 0; i < json_array_get_length (warnings); i++)
    {
      g_autofree char *sentence = dup_printable (json_array_get_string_element (warnings, i));

      printf ("  %s\n", sentence);
    }
}

static void
print_source (JsonObject *root)
{
  g_autofree char *name = dup_member (root, "name");
  g_autofree char *source = dup_member (root, "source");

  printf ("%s\n", name);
  print_line (_ ("where"), source);
  print_field (root, "kind", _ ("kind"));
  print_field (root, "provider", _ ("opened by"));
  print_layers (root);
  print_number (root, "positions", _ ("positions"));
  print_number (root, "tokens", _ ("tokens"));
  print_section (root, "conditions", _ ("Conditions"), print_condition);
  inspect_print_sites (root, "sites", _ ("Sites"), "name");
  inspect_print_sites (root, "stages", _ ("Stages"), "id");
  print_warnings (json_object_get_array_member (root, "warnings"));
}

/* ---- a plugin ---- */

/* Whatever the manifest says, which is somebody's text. */
static void
print_manifest (JsonObject *root)
{
  const struct
  {
    const char *name;
    const char *label;
  } fields[] = {
    { "title", _ ("title") },
    { "description", _ ("what") },
    { "kind", _ ("kind") },
    { "state", _ ("state") },
    { "reason", _ ("why not") },
    { "remedy", _ ("what to do") },
    { "version", _ ("version") },
    { "copyright", _ ("copyright") },
    { "licence", _ ("licence") },
    { "website", _ ("website") },
    { "api", _ ("interface") },
    { "loader", _ ("loader") },
    { "manifest", _ ("manifest") },
    { "module", _ ("module") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    if (json_object_has_member (root, fields[i].name))
      {
        g_autofree char *text = dup_member (root, fields[i].name);

        print_line (fields[i].label, text);
      }
  print_names (root, "authors", _ ("authors"));
  print_names (root, "depends", _ ("depends on"));
  print_names (root, "opens", _ ("opens"));
}

static void
print_plugin (JsonObject *root)
{
  g_autofree char *name = dup_member (root, "name");

  printf ("%s\n", name);
  print_manifest (root);
  print_section (root, "inputs", _ ("Reads from each frame"), print_input);
  print_section (root, "attaches", _ ("Attaches to each frame"), print_info);
  print_section (root, "wants", _ ("Stages, and the sites of a model that they are"), print_wanted);
  print_section (root, "properties", _ ("Properties"), print_property);
  inspect_print_sites (root, "sites", _ ("Sites"), "name");
  print_section (root, "tables", _ ("Tables"), print_result_table);
  print_section (root, "figures", _ ("Figures"), print_info);
  if (json_object_has_member (root, "example"))
    printf (_ ("\nExample\n  sonde run %s\n"), json_object_get_string_member (root, "example"));
  if (json_object_has_member (root, "warnings"))
    print_warnings (json_object_get_array_member (root, "warnings"));
}

/* ---- a recipe ---- */

static const char *
get_origin (JsonObject *property)
{
  const char *origin = inspect_get_text (property, "origin");

  if (g_str_equal (origin, "group"))
    return _ ("the recipe");
  return g_str_equal (origin, "chain") ? _ ("the recipe's chain") : _ ("default");
}

static void
print_setting (JsonObject *property)
{
  g_autofree char *value = dup_member (property, "value");

  printf ("  %-18s %-24s %s\n", inspect_get_text (property, "name"), value, get_origin (property));
}

static void
print_settings (JsonObject *settings)
{
  JsonArray *properties = json_object_get_array_member (settings, "properties");
  g_autofree char *name = dup_member (settings, "name");

  printf ("\n%s (%s)\n", name, inspect_get_text (settings, "kind"));
  print_each (properties, print_setting);
}

static void
print_recipe (JsonObject *root)
{
  static const char *const names[] = { "title", "description", "file", "tap", "chain", "target" };
  const char *const labels[] = { _ ("title"), _ ("what"), _ ("file"), _ ("tap"), _ ("chain"), _ ("target") };
  g_autofree char *name = dup_member (root, "name");

  printf ("%s\n", name);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (json_object_has_member (root, names[i]))
      {
        g_autofree char *text = dup_member (root, names[i]);

        print_label (labels[i]);
        printf (*text == ' ' ? "“%s”\n" : "%s\n", text);
      }
  print_each (json_object_get_array_member (root, "settings"), print_settings);
  printf (_ ("\nA property is set with --set NAME.PROPERTY=VALUE; “sonde inspect NAME” explains those of a plugin.\n"));
}

/* ---- help of a chain ---- */

static gboolean
is_condition (JsonObject *settings)
{
  return g_str_equal (inspect_get_text (settings, "kind"), "condition");
}

/* All conditions have the same properties: they are told once, without the values of any. */
static void
print_help_of_conditions (JsonArray *settings)
{
  g_autoptr (GString) names = g_string_new (NULL);
  JsonArray *properties = NULL;

  for (guint i = 0; i < json_array_get_length (settings); i++)
    {
      JsonObject *entry = json_array_get_object_element (settings, i);

      if (!is_condition (entry))
        continue;
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", inspect_get_text (entry, "name"));
      properties = json_object_get_array_member (entry, "properties");
    }
  if (properties == NULL)
    return;
  printf (_ ("\nProperties of the conditions (--set CONDITION.PROPERTY=VALUE; there are %s):\n"), names->str);
  for (guint i = 0; i < json_array_get_length (properties); i++)
    {
      JsonObject *property = json_array_get_object_element (properties, i);

      json_object_remove_member (property, "value");
      print_property (property);
    }
}

void
inspect_print_help (JsonArray *settings)
{
  for (guint i = 0; i < json_array_get_length (settings); i++)
    {
      JsonObject *entry = json_array_get_object_element (settings, i);
      JsonArray *properties = json_object_get_array_member (entry, "properties");
      const char *name;

      make_object_printable (entry);
      name = inspect_get_text (entry, "name");
      if (is_condition (entry) || json_array_get_length (properties) == 0)
        continue;
      printf (_ ("\nProperties of %s (--set %s.PROPERTY=VALUE):\n"), name, name);
      print_each (properties, print_property);
    }
  print_help_of_conditions (settings);
}

/* ---- whatever it is ---- */

void
inspect_print (JsonObject *root)
{
  make_object_printable (root);
  if (json_object_has_member (root, "source"))
    print_source (root);
  else if (json_object_has_member (root, "settings"))
    print_recipe (root);
  else
    print_plugin (root);
}
