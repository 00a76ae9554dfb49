#include "inspect.h"

#include "sonde.h"

/* What one of the providers opened, as JSON; the page for people is printed from the same. */

void
inspect_set_name (JsonObject *object,
                  const char *name,
                  const char *text)
{
  if (text != NULL && *text != '\0')
    json_object_set_string_member (object, name, text);
}

void
inspect_set_text (JsonObject *object,
                  const char *name,
                  const char *text)
{
  inspect_set_name (object, name, sonde_language_translate (text));
}

void
inspect_set_label (JsonObject *object,
                   const SondeStage *stage)
{
  g_autoptr (SondeStage) translated = sonde_stage_dup_translated (stage);

  inspect_set_name (object, "label", translated->label);
}

JsonArray *
inspect_list_names (GPtrArray *names)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < names->len; i++)
    json_array_add_string_element (array, g_ptr_array_index (names, i));
  return array;
}

JsonArray *
inspect_list_words (const char *const *words)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; words != NULL && words[i] != NULL; i++)
    json_array_add_string_element (array, words[i]);
  return array;
}

JsonArray *
inspect_describe_aliases (GPtrArray *aliases)
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

JsonArray *
inspect_describe_sites (GPtrArray *sites)
{
  JsonArray *array = json_array_new ();

  for (guint i = 0; i < sites->len; i++)
    {
      const SondeSite *site = g_ptr_array_index (sites, i);
      JsonObject *entry = json_object_new ();

      json_object_set_string_member (entry, "name", site->name);
      json_object_set_string_member (entry, "formula", sonde_language_translate_in ("formula", site->formula));
      set_features (entry, site);
      json_object_set_array_member (entry, "aliases", inspect_describe_aliases (site->aliases));
      json_array_add_object_element (array, entry);
    }
  return array;
}

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
      inspect_set_label (entry, stage);
      json_object_set_string_member (entry, "site", stage->site);
      json_object_set_string_member (entry, "formula", sonde_language_translate_in ("formula", stage->formula));
      if (site != NULL && site->n_features > 0)
        json_object_set_int_member (entry, "features", site->n_features);
      json_object_set_array_member (entry, "aliases", inspect_describe_aliases (stage->aliases));
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
  json_object_set_array_member (root, "sites", inspect_describe_sites (sites));
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
  json_object_set_array_member (root, "warnings", inspect_list_names (warnings));
  return root;
}
