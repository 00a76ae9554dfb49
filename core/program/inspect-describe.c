#include "inspect.h"

#include "sonde.h"

/* Everything that a plugin, or what one of them opens, says of itself, as JSON; the page for people is printed from the same. */

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

static JsonArray *
describe_aliases (GPtrArray *aliases)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < aliases->len; i++)
    {
      const SondeSiteAlias *alias = g_ptr_array_index (aliases, i);
      JsonObject *entry = json_object_new ();

      json_object_set_string_member (entry, "library", alias->library);
      json_object_set_string_member (entry, "name", alias->name);
      json_array_add_object_element (array, entry);
    }
  return array;
}

static void
set_features (JsonObject *object,
              const SondeSite *site)
{
  if (site->n_features > 0)
    json_object_set_int_member (object, "features", site->n_features);
  json_object_set_boolean_member (object, "per-layer", site->per_layer);
  json_object_set_boolean_member (object, "per-position", site->per_position);
}

static JsonArray *
describe_sites (GPtrArray *sites)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < sites->len; i++)
    {
      const SondeSite *site = g_ptr_array_index (sites, i);
      JsonObject *entry = json_object_new ();

      json_object_set_string_member (entry, "name", site->name);
      json_object_set_string_member (entry, "formula", site->formula);
      set_features (entry, site);
      json_object_set_array_member (entry, "aliases", describe_aliases (site->aliases));
      json_array_add_object_element (array, entry);
    }
  return array;
}

static void
add_provider (JsonObject *root,
              SondeModelProvider *provider)
{
  g_autoptr (GPtrArray) sites = sonde_model_provider_list_sites (provider);

  json_object_set_array_member (root, "sites", describe_sites (sites));
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

JsonObject *
inspect_describe_manifest (const SondePlugin *plugin)
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

JsonObject *
inspect_describe_plugin (const SondePlugin *plugin,
                         GObject *object)
{
  JsonObject *root = inspect_describe_manifest (plugin);

  json_object_set_array_member (root, "properties", describe_properties (object));
  if (SONDE_IS_ANALYZER (object))
    add_analyzer (root, SONDE_ANALYZER (object));
  if (SONDE_IS_MODEL_PROVIDER (object))
    add_provider (root, SONDE_MODEL_PROVIDER (object));
  return root;
}

/* ---- what a provider opens ---- */

static JsonArray *
describe_conditions (GPtrArray *conditions)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < conditions->len; i++)
    {
      SondeCondition *condition = g_ptr_array_index (conditions, i);
      g_autofree char *summary = sonde_condition_dup_summary (condition);
      JsonObject *entry = json_object_new ();

      json_object_set_string_member (entry, "id", sonde_condition_get_id (condition));
      json_object_set_string_member (entry, "label", sonde_condition_get_label (condition, SONDE_LABEL_TITLE));
      json_object_set_int_member (entry, "rows", sonde_condition_get_n_rows (condition));
      json_object_set_string_member (entry, "summary", summary);
      json_object_set_boolean_member (entry, "knows-sequences", sonde_condition_knows_sequences (condition));
      json_array_add_object_element (array, entry);
    }
  return array;
}

static JsonArray *
describe_stages (SondeModel *model)
{
  g_autoptr (GPtrArray) stages = sonde_model_list_stages (model);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < stages->len; i++)
    {
      const SondeStage *stage = g_ptr_array_index (stages, i);
      g_autoptr (SondeSite) site = sonde_model_dup_site (model, stage->site);
      JsonObject *entry = json_object_new ();

      json_object_set_string_member (entry, "id", stage->id);
      json_object_set_string_member (entry, "label", stage->label);
      json_object_set_string_member (entry, "site", stage->site);
      json_object_set_string_member (entry, "formula", stage->formula);
      if (site != NULL && site->n_features > 0)
        json_object_set_int_member (entry, "features", site->n_features);
      json_object_set_array_member (entry, "aliases", describe_aliases (stage->aliases));
      json_array_add_object_element (array, entry);
    }
  return array;
}

static JsonArray *
list_layers (SondeModel *model)
{
  g_autoptr (GArray) layers = sonde_model_list_layers (model);
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < layers->len; i++)
    json_array_add_int_element (array, g_array_index (layers, guint, i));
  return array;
}

static void
add_model (JsonObject *root,
           SondeModel *model)
{
  g_autoptr (GPtrArray) sites = sonde_model_list_sites (model);
  SondeTokenizer *tokenizer = sonde_model_get_tokenizer (model);

  if (sonde_model_get_max_positions (model) > 0)
    json_object_set_int_member (root, "positions", sonde_model_get_max_positions (model));
  if (tokenizer != NULL)
    json_object_set_int_member (root, "tokens", sonde_tokenizer_get_n_tokens (tokenizer));
  json_object_set_array_member (root, "sites", describe_sites (sites));
}

JsonObject *
inspect_describe_source (SondeModel *model,
                         const char *path)
{
  g_autoptr (GPtrArray) conditions = sonde_model_list_conditions (model);
  g_autoptr (GPtrArray) warnings = sonde_model_list_warnings (model);
  g_autofree char *source = g_filename_display_name (path);
  JsonObject *root = json_object_new ();
  const char *provider;

  sonde_model_get_provider (model, &provider);
  json_object_set_string_member (root, "name", sonde_model_get_name (model));
  json_object_set_string_member (root, "kind", conditions != NULL ? "rows" : "model");
  json_object_set_string_member (root, "source", source);
  json_object_set_string_member (root, "provider", provider);
  json_object_set_int_member (root, "layers", sonde_model_get_n_layers (model));
  if (conditions != NULL)
    {
      json_object_set_array_member (root, "layers-held", list_layers (model));
      json_object_set_array_member (root, "conditions", describe_conditions (conditions));
      json_object_set_array_member (root, "stages", describe_stages (model));
    }
  else
    add_model (root, model);
  json_object_set_array_member (root, "warnings", list_names (warnings));
  return root;
}
