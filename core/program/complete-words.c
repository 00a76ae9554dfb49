#include "complete.h"

#include <stdio.h>
#include <string.h>

/* Plugins, recipes, properties and their values, as candidates. Code is loaded of the one plugin whose properties are asked for. */

SondeRegistry *
complete_get_registry (Completion *self)
{
  if (self->registry == NULL)
    self->registry = sonde_registry_new ();
  return self->registry;
}

/* A shell puts it on the command line as it is. */
static gboolean
is_command (const char *candidate)
{
  return strpbrk (candidate, "$`\"'\\;&|<>() ") != NULL;
}

void
complete_offer (Completion *self,
                const char *prefix,
                const char *candidate,
                const char *suffix,
                const char *description)
{
  g_autofree char *word = g_strconcat (prefix, candidate, suffix, NULL);
  g_autofree char *shown = description != NULL ? dup_printable (description) : NULL;
  g_autofree char *printable = dup_printable (word);

  if (!g_str_has_prefix (word, self->begun) || !g_str_equal (word, printable) || is_command (candidate)) /* nobody types the others */
    return;
  if (self->describe && shown != NULL)
    printf ("%s\t%s\n", word, shown);
  else
    printf ("%s\n", word);
}

/* ---- plugins and recipes ---- */

static gboolean
stands_before (Completion *self,
               const char *word)
{
  return g_ptr_array_find_with_equal_func (self->plain, word, g_str_equal, NULL);
}

static void
offer_plugins (Completion *self,
               SondePluginKind kind,
               SondePluginState state,
               const char *suffix)
{
  GPtrArray *plugins = sonde_registry_list (complete_get_registry (self));

  for (guint i = 0; i < plugins->len; i++)
    {
      const SondePlugin *plugin = g_ptr_array_index (plugins, i);

      if ((kind == SONDE_PLUGIN_KIND_UNKNOWN || plugin->kind == kind) && plugin->state == state && !stands_before (self, plugin->name))
        complete_offer (self, "", plugin->name, suffix, plugin->description);
    }
}

/* Those with a chain, as `sonde list` has them: others serve chains. */
static void
offer_recipes (Completion *self)
{
  g_auto (GStrv) names = sonde_recipe_list_names ();

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autoptr (SondeRecipe) recipe = sonde_recipe_load (names[i], NULL);

      if (recipe != NULL && sonde_recipe_get_chain (recipe) != NULL)
        complete_offer (self, "", names[i], "", sonde_recipe_get_title (recipe));
    }
}

/* ---- properties ---- */

static void
offer_values (Completion *self,
              const char *prefix,
              GParamSpec *pspec)
{
  if (G_IS_PARAM_SPEC_BOOLEAN (pspec))
    {
      complete_offer (self, prefix, "true", "", NULL);
      complete_offer (self, prefix, "false", "", NULL);
    }
  else if (G_IS_PARAM_SPEC_ENUM (pspec))
    {
      const GEnumClass *klass = G_PARAM_SPEC_ENUM (pspec)->enum_class;

      for (guint i = 0; i < klass->n_values; i++)
        complete_offer (self, prefix, klass->values[i].value_nick, "", sonde_language_translate (sonde_property_get_value_blurb (&klass->values[i])));
    }
}

/* @text: PROPERTY=VALUE as far as it is written, behind @prefix. */
static void
offer_properties (Completion *self,
                  const char *prefix,
                  const char *text,
                  GObject *object)
{
  const char *equals = strchr (text, '=');
  guint n;
  g_autofree GParamSpec **options = sonde_properties_list (G_OBJECT_GET_CLASS (object), &n);

  for (guint i = 0; i < n; i++)
    {
      const gsize length = strlen (options[i]->name);

      if (equals == NULL)
        complete_offer (self, prefix, options[i]->name, "=", sonde_language_translate (g_param_spec_get_blurb (options[i])));
      else if (length == (gsize) (equals - text) && strncmp (text, options[i]->name, length) == 0)
        {
          g_autofree char *front = g_strdup_printf ("%s%s=", prefix, options[i]->name);

          offer_values (self, front, options[i]);
        }
    }
}

static GObject *
make_plugin (Completion *self,
             const char *name)
{
  const SondePlugin *plugin = sonde_registry_find (complete_get_registry (self), name);

  if (plugin == NULL || plugin->kind == SONDE_PLUGIN_KIND_UNKNOWN)
    return NULL;
  return sonde_registry_create (self->registry, name, plugin->kind, NULL);
}

/* ---- a chain ---- */

/* The plugin whose properties stand where the word does; NULL: a plugin's name stands there. */
static const char *
find_element (Completion *self)
{
  const char *element = NULL;

  for (guint i = 0; i < self->plain->len; i++)
    {
      const char *word = g_ptr_array_index (self->plain, i);

      if (g_str_equal (word, "!"))
        element = NULL;
      else if (element == NULL)
        element = word;
    }
  return element;
}

static void
complete_chain (Completion *self,
                Words words)
{
  const char *element = find_element (self);
  g_autoptr (GObject) object = NULL;

  if (element == NULL && self->plain->len == 0)
    {
      offer_recipes (self);
      offer_plugins (self, SONDE_PLUGIN_KIND_TAP, SONDE_PLUGIN_STATE_ENABLED, "");
    }
  if (element == NULL && words == WORDS_CHAIN)
    offer_plugins (self, SONDE_PLUGIN_KIND_ANALYZER, SONDE_PLUGIN_STATE_ENABLED, "");
  if (element == NULL || sonde_registry_find (complete_get_registry (self), element) == NULL)
    return;
  if (words == WORDS_CHAIN)
    complete_offer (self, "", "!", "", NULL);
  object = make_plugin (self, element);
  if (object != NULL)
    offer_properties (self, "", self->begun, object);
}

/* ---- --set ---- */

/* The recipe that runs: the one that is named, or that for chains. */
static SondeRecipe *
load_recipe (Completion *self)
{
  const char *first = self->plain->len == 1 ? g_ptr_array_index (self->plain, 0) : NULL;
  const gboolean named = first != NULL && sonde_registry_find (complete_get_registry (self), first) == NULL;

  return sonde_recipe_load (named ? first : SONDE_RECIPE_FOR_CHAINS, NULL);
}

static void
offer_elements (Completion *self,
                const char *prefix,
                char **words,
                guint n_words)
{
  for (guint i = 0; i < n_words; i++)
    if ((i == 0 || g_str_equal (words[i - 1], "!")) && sonde_registry_find (complete_get_registry (self), words[i]) != NULL)
      complete_offer (self, prefix, words[i], ".", sonde_registry_find (self->registry, words[i])->description);
}

/* Whatever has properties in this run: plugins of the chain, conditions, providers. */
static void
offer_owners (Completion *self,
              const char *prefix,
              SondeRecipe *recipe)
{
  const char *chain = recipe != NULL ? sonde_recipe_get_chain (recipe) : NULL;
  const char *tap = recipe != NULL ? sonde_recipe_get_tap (recipe) : NULL;
  g_autoptr (GPtrArray) conditions = recipe != NULL ? sonde_recipe_dup_conditions (recipe) : g_ptr_array_new ();
  g_auto (GStrv) words = NULL;
  GPtrArray *plugins = sonde_registry_list (complete_get_registry (self));

  for (guint i = 0; i < conditions->len; i++)
    complete_offer (self, prefix, sonde_condition_get_id (g_ptr_array_index (conditions, i)), ".", sonde_condition_get_label (g_ptr_array_index (conditions, i), SONDE_LABEL_TITLE));
  if (chain == NULL)
    offer_elements (self, prefix, (char **) self->plain->pdata, self->plain->len);
  else if (g_shell_parse_argv (chain, NULL, &words, NULL))
    offer_elements (self, prefix, words, g_strv_length (words));
  if (tap != NULL && !stands_before (self, tap))
    offer_elements (self, prefix, (char **) &tap, 1);
  for (guint i = 0; i < plugins->len; i++)
    {
      const SondePlugin *plugin = g_ptr_array_index (plugins, i);

      if (plugin->kind == SONDE_PLUGIN_KIND_MODEL_PROVIDER && plugin->state == SONDE_PLUGIN_STATE_ENABLED)
        complete_offer (self, prefix, plugin->name, ".", plugin->description);
    }
}

static GObject *
find_owner (Completion *self,
            SondeRecipe *recipe,
            const char *name)
{
  g_autoptr (GPtrArray) conditions = recipe != NULL ? sonde_recipe_dup_conditions (recipe) : g_ptr_array_new ();

  for (guint i = 0; i < conditions->len; i++)
    if (g_str_equal (sonde_condition_get_id (g_ptr_array_index (conditions, i)), name))
      return g_object_ref (g_ptr_array_index (conditions, i));
  return make_plugin (self, name);
}

void
complete_setting (Completion *self,
                  const char *prefix,
                  Words words)
{
  const gboolean runs = words == WORDS_CHAIN || words == WORDS_TAP;
  g_autoptr (SondeRecipe) recipe = runs ? load_recipe (self) : NULL;
  const char *text = self->begun + strlen (prefix);
  const char *dot = strchr (text, '.');
  g_autofree char *name = dot != NULL ? g_strndup (text, (gsize) (dot - text)) : NULL;
  g_autofree char *front = dot != NULL ? g_strdup_printf ("%s%s.", prefix, name) : NULL;
  g_autoptr (GObject) owner = dot != NULL ? find_owner (self, recipe, name) : NULL;

  if (dot == NULL)
    offer_owners (self, prefix, recipe);
  else if (owner != NULL)
    offer_properties (self, front, dot + 1, owner);
}

/* ---- settings ---- */

static void
complete_config (Completion *self)
{
  const char *const *keys = sonde_settings_list_keys ();
  const char *key = self->plain->len == 1 ? g_ptr_array_index (self->plain, 0) : NULL;

  if (self->plain->len == 0)
    for (guint i = 0; keys[i] != NULL; i++)
      complete_offer (self, "", keys[i], "", sonde_settings_get_summary (keys[i]));
  else if (key != NULL && g_strv_contains (keys, key))
    for (const char *const *choice = sonde_settings_list_choices (key); *choice != NULL; choice++)
      complete_offer (self, "", *choice, "", NULL);
}

/* ---- the words of a command ---- */

void
complete_words (Completion *self,
                Words words)
{
  switch (words)
    {
    case WORDS_CHAIN:
    case WORDS_TAP:
      complete_chain (self, words);
      break;
    case WORDS_NAME:
      if (self->plain->len > 0)
        break;
      offer_plugins (self, SONDE_PLUGIN_KIND_UNKNOWN, SONDE_PLUGIN_STATE_ENABLED, "");
      offer_plugins (self, SONDE_PLUGIN_KIND_UNKNOWN, SONDE_PLUGIN_STATE_DISABLED, "");
      offer_plugins (self, SONDE_PLUGIN_KIND_UNKNOWN, SONDE_PLUGIN_STATE_UNAVAILABLE, "");
      offer_recipes (self);
      break;
    case WORDS_ENABLED:
      offer_plugins (self, SONDE_PLUGIN_KIND_UNKNOWN, SONDE_PLUGIN_STATE_ENABLED, "");
      break;
    case WORDS_DISABLED:
      offer_plugins (self, SONDE_PLUGIN_KIND_UNKNOWN, SONDE_PLUGIN_STATE_DISABLED, "");
      break;
    case WORDS_SETTING:
      complete_config (self);
      break;
    case WORDS_FILES:
    default:
      break;
    }
}
