#include "inspect.h"

#include <glib/gi18n-lib.h>

#include "sonde.h"

/* Everything that a plugin says of itself, as JSON. */

static JsonArray *
describe_values (GParamSpec *pspec)
{
  const GEnumClass *klass = G_PARAM_SPEC_ENUM (pspec)->enum_class;
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < klass->n_values; i++)
    {
      JsonObject *entry = json_object_new ();

      json_object_set_string_member (entry, "name", klass->values[i].value_nick);
      inspect_set_text (entry, "description", sonde_property_get_value_blurb (&klass->values[i]));
      json_array_add_object_element (array, entry);
    }
  return array;
}

JsonArray *
inspect_describe_properties (GObject *object)
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
      inspect_set_text (entry, "description", g_param_spec_get_blurb (options[i]));
      if (G_IS_PARAM_SPEC_ENUM (options[i]))
        json_object_set_array_member (entry, "values", describe_values (options[i]));
      json_array_add_object_element (array, entry);
    }
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
      inspect_set_text (entry, "shape", info->shape);
      inspect_set_text (entry, "unit", info->unit);
      inspect_set_text (entry, "description", info->blurb);
      json_array_add_object_element (array, entry);
    }
  return array;
}

static const char *
get_type_name (SondeColumnKind kind)
{
  switch (kind)
    {
    case SONDE_COLUMN_INTEGER:
      return "integer";
    case SONDE_COLUMN_NUMBER:
      return "number";
    case SONDE_COLUMN_STRING:
    default:
      return "string";
    }
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
          json_object_set_string_member (column, "type", get_type_name (sonde_table_get_column_kind (table, c)));
          inspect_set_text (column, "unit", sonde_table_get_column_unit (table, c));
          inspect_set_text (column, "description", sonde_table_get_column_blurb (table, c));
          json_array_add_object_element (columns, column);
        }
      json_object_set_string_member (entry, "name", sonde_table_get_name (table));
      inspect_set_text (entry, "description", sonde_table_get_blurb (table));
      json_object_set_array_member (entry, "columns", columns);
      json_array_add_object_element (array, entry);
    }
  return array;
}

static void
add_provider (JsonObject *root,
              SondeModelProvider *provider)
{
  g_autoptr (GPtrArray) sites = sonde_model_provider_list_sites (provider);

  json_object_set_array_member (root, "sites", inspect_describe_sites (sites));
}

static void
add_tap (JsonObject *root,
         SondeTap *tap)
{
  g_autoptr (GPtrArray) stages = sonde_tap_list_wanted (tap);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < stages->len; i++)
    {
      const SondeStage *stage = g_ptr_array_index (stages, i);
      JsonObject *entry = json_object_new ();

      json_object_set_string_member (entry, "id", stage->id);
      inspect_set_label (entry, stage);
      json_object_set_string_member (entry, "site", stage->site);
      json_array_add_object_element (array, entry);
    }
  json_object_set_array_member (root, "wants", array);
}

/* ---- an analyzer ---- */

/* What one of the enabled analyzers attaches under @name, added to what is told of it. */
static void
add_attacher (JsonObject *input,
              JsonArray *attachers,
              SondeRegistry *registry,
              const SondePlugin *plugin,
              const char *name)
{
  g_autoptr (GObject) analyzer = sonde_registry_create (registry, plugin->name, SONDE_PLUGIN_KIND_ANALYZER, NULL);
  g_autoptr (SondeDescription) description = analyzer != NULL ? sonde_analyzer_describe (SONDE_ANALYZER (analyzer)) : NULL;
  GPtrArray *infos = description != NULL ? sonde_description_get_attaches (description) : NULL;

  for (guint i = 0; infos != NULL && i < infos->len; i++)
    {
      const SondeAttachmentInfo *info = g_ptr_array_index (infos, i);

      if (g_strcmp0 (info->name, name) != 0)
        continue;
      json_array_add_string_element (attachers, plugin->name);
      inspect_set_text (input, "shape", info->shape);
      inspect_set_text (input, "unit", info->unit);
      inspect_set_text (input, "description", info->blurb);
    }
}

/* Who attaches what is read knows its shape and unit. */
static void
add_inputs (JsonArray *inputs,
            GPtrArray *names,
            gboolean required,
            SondeRegistry *registry)
{
  GPtrArray *plugins = sonde_registry_list (registry);

  for (guint i = 0; i < names->len; i++)
    {
      JsonObject *input = json_object_new ();
      JsonArray *attachers = json_array_new ();

      json_object_set_string_member (input, "name", g_ptr_array_index (names, i));
      json_object_set_boolean_member (input, "required", required);
      for (guint j = 0; j < plugins->len; j++)
        {
          const SondePlugin *plugin = g_ptr_array_index (plugins, j);

          if (plugin->kind == SONDE_PLUGIN_KIND_ANALYZER && plugin->state == SONDE_PLUGIN_STATE_ENABLED)
            add_attacher (input, attachers, registry, plugin, g_ptr_array_index (names, i));
        }
      json_object_set_array_member (input, "attached-by", attachers);
      json_array_add_object_element (inputs, input);
    }
}

/* What cannot be loaded may attach what is read, and nobody knows. */
static void
add_warnings (JsonObject *root,
              SondeRegistry *registry)
{
  GPtrArray *plugins = sonde_registry_list (registry);
  g_autoptr (JsonArray) warnings = json_array_new ();

  for (guint i = 0; i < plugins->len; i++)
    {
      const SondePlugin *plugin = g_ptr_array_index (plugins, i);
      const gboolean may_attach = plugin->kind == SONDE_PLUGIN_KIND_ANALYZER || plugin->kind == SONDE_PLUGIN_KIND_UNKNOWN;
      g_autofree char *sentence = NULL;

      if (!may_attach || plugin->state != SONDE_PLUGIN_STATE_UNAVAILABLE)
        continue;
      sentence = g_strdup_printf (_ ("what %s attaches is not known, since it is unavailable: %s: %s"), plugin->name, plugin->reason, plugin->remedy);
      json_array_add_string_element (warnings, sentence);
    }
  if (json_array_get_length (warnings) > 0)
    json_object_set_array_member (root, "warnings", g_steal_pointer (&warnings));
}

static void
add_analyzer (JsonObject *root,
              SondeAnalyzer *analyzer,
              SondeRegistry *registry)
{
  g_autoptr (SondeDescription) description = sonde_analyzer_describe (analyzer);
  GPtrArray *reads = sonde_description_get_reads (description);
  GPtrArray *uses = sonde_description_get_uses (description);
  JsonArray *inputs = json_array_new ();

  add_inputs (inputs, reads, TRUE, registry);
  add_inputs (inputs, uses, FALSE, registry);
  json_object_set_array_member (root, "reads", inspect_list_names (reads));
  json_object_set_array_member (root, "uses", inspect_list_names (uses));
  json_object_set_array_member (root, "inputs", inputs);
  json_object_set_array_member (root, "attaches", describe_infos (sonde_description_get_attaches (description)));
  json_object_set_array_member (root, "tables", describe_tables (sonde_description_get_tables (description)));
  json_object_set_array_member (root, "figures", describe_infos (sonde_description_get_figures (description)));
  inspect_set_name (root, "example", sonde_description_get_example (description));
  if (json_array_get_length (inputs) > 0)
    add_warnings (root, registry);
}

/* ---- a plugin ---- */

JsonObject *
inspect_describe_manifest (const SondePlugin *plugin)
{
  JsonObject *root = json_object_new ();

  json_object_set_string_member (root, "name", plugin->name);
  json_object_set_string_member (root, "kind", sonde_plugin_kind_get_name (plugin->kind));
  json_object_set_string_member (root, "state", sonde_plugin_state_get_name (plugin->state));
  inspect_set_name (root, "reason", plugin->reason);
  inspect_set_name (root, "remedy", plugin->remedy);
  inspect_set_name (root, "title", plugin->title);
  inspect_set_name (root, "description", plugin->description);
  inspect_set_name (root, "version", plugin->version);
  json_object_set_array_member (root, "authors", inspect_list_words ((const char *const *) plugin->authors));
  inspect_set_name (root, "copyright", plugin->copyright);
  inspect_set_name (root, "licence", plugin->licence);
  inspect_set_name (root, "website", plugin->website);
  inspect_set_name (root, "api", plugin->api);
  json_object_set_string_member (root, "loader", plugin->loader);
  json_object_set_string_member (root, "directory", plugin->directory);
  json_object_set_string_member (root, "manifest", plugin->manifest);
  inspect_set_name (root, "module", plugin->module);
  if (plugin->depends != NULL)
    json_object_set_array_member (root, "depends", inspect_list_words ((const char *const *) plugin->depends));
  if (plugin->opens != NULL)
    json_object_set_array_member (root, "opens", inspect_list_words ((const char *const *) plugin->opens));
  return root;
}

JsonObject *
inspect_describe_plugin (SondeRegistry *registry,
                         const SondePlugin *plugin,
                         GObject *object)
{
  JsonObject *root = inspect_describe_manifest (plugin);

  json_object_set_array_member (root, "properties", inspect_describe_properties (object));
  if (SONDE_IS_ANALYZER (object))
    add_analyzer (root, SONDE_ANALYZER (object), registry);
  if (SONDE_IS_TAP (object))
    add_tap (root, SONDE_TAP (object));
  if (SONDE_IS_MODEL_PROVIDER (object))
    add_provider (root, SONDE_MODEL_PROVIDER (object));
  return root;
}
