#define G_LOG_DOMAIN "arrays"

#include "arrays-names.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* What a pattern may try in one name before it is refused: one that backtracks for ever must not hang anybody. */
#define LIMITS "(*LIMIT_MATCH=20000)(*LIMIT_DEPTH=2000)(*LIMIT_HEAP=2000)"

typedef struct
{
  const char *name;
  const char *library;       /* (nullable): in whose dictionary of names these are */
  const char *default_stage; /* of names that have none */
  const char *expression;
} Preset;

/* Every name may begin with a condition, which .npy files in folders get from their folder. */
#define CONDITION "^(?:(?<condition>.+)/)?"

static const Preset presets[] = {
  { "sonde", NULL, NULL, CONDITION "L(?<layer>\\d+)/(?<stage>[^/]+)$" },
  { "notebook", "notebook", NULL, CONDITION "L(?<layer>\\d+)_(?<stage>[^/]+)$" },
  { "transformer-lens", "TransformerLens", NULL, CONDITION "blocks\\.(?<layer>\\d+)\\.(?<stage>[^/]+)$" },
  /* the first number of a module path counts blocks */
  { "hugging-face", "Hugging Face", "block", CONDITION "(?:[A-Za-z_]\\w*\\.)+(?<layer>\\d+)(?:\\.(?<stage>[^/]+))?$" },
  /* what counts layers is named so: h[6].mlp.output, layer_6.mlp, params/h_6/mlp/c_fc, encoderblock_6/Dense_0 */
  { "numbered", "file", NULL, "^(?:(?<condition>.+?)/)?\?(?:\\.?\\w+\\.)*?\\.?(?:h|layers?|\\w*blocks?)[._/\\[-]?(?<layer>\\d+)\\]?[._/-](?<stage>.+)$" },
  { "plain", NULL, NULL, CONDITION "(?<stage>[^/]+)$" },
};

static const Preset own_expression = { NULL, "file", "values", NULL };

/* Names of TransformerLens that stand for another order of axes than others do: every head has queries x keys; and without an axis of
 * sequences, which run_with_cache (remove_batch_dim=True) leaves out, three axes are positions x heads x features. */
static const struct
{
  const char *ending;
  guint n_dims;
  gboolean batched;
  const char *axes;
} lens_axes[] = {
  { "hook_attn_scores", 4, TRUE, "sequence,feature,position,feature" },
  { "hook_attn_scores", 3, FALSE, "feature,position,feature" },
  { "hook_pattern", 4, TRUE, "sequence,feature,position,feature" },
  { "hook_pattern", 3, FALSE, "feature,position,feature" },
  { "hook_q", 3, FALSE, "position,feature,feature" },
  { "hook_k", 3, FALSE, "position,feature,feature" },
  { "hook_v", 3, FALSE, "position,feature,feature" },
  { "hook_z", 3, FALSE, "position,feature,feature" },
  { "hook_rot_q", 3, FALSE, "position,feature,feature" },
  { "hook_rot_k", 3, FALSE, "position,feature,feature" },
  { "hook_result", 3, FALSE, "position,feature,feature" },
};

struct _ArraysPattern
{
  Preset preset;
  char *text;
  GRegex *regex;
};

void
arrays_name_clear (ArraysName *name)
{
  g_clear_pointer (&name->condition, g_free);
  g_clear_pointer (&name->stage, g_free);
  g_clear_pointer (&name->form, g_free);
}

void
arrays_pattern_free (ArraysPattern *pattern)
{
  g_free (pattern->text);
  g_clear_pointer (&pattern->regex, g_regex_unref);
  g_free (pattern);
}

const char *
arrays_pattern_get_name (const ArraysPattern *pattern)
{
  return pattern->text;
}

const char *
arrays_pattern_get_library (const ArraysPattern *pattern)
{
  return pattern->preset.library;
}

gboolean
arrays_pattern_is_own (const ArraysPattern *pattern)
{
  return g_strcmp0 (pattern->preset.name, presets[0].name) == 0;
}

const char *
arrays_pattern_get_axes (const ArraysPattern *pattern,
                         const char *stage,
                         guint n_dims,
                         gboolean batched)
{
  if (g_strcmp0 (pattern->preset.name, "transformer-lens") != 0)
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (lens_axes); i++)
    if (lens_axes[i].n_dims == n_dims && lens_axes[i].batched == batched && g_str_has_suffix (stage, lens_axes[i].ending))
      return lens_axes[i].axes;
  return NULL;
}

const char *
arrays_pattern_get_objection (const ArraysPattern *pattern,
                              const char *stage)
{
  const gboolean masked = g_strcmp0 (pattern->preset.name, "transformer-lens") == 0 && g_str_has_suffix (stage, "hook_attn_scores");

  return masked ? N_ ("it is -∞ where a token must not look") : NULL;
}

char *
arrays_pattern_list_presets (void)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    g_string_append_printf (list, i == 0 ? "%s" : ", %s", presets[i].name);
  return g_string_free (list, FALSE);
}

static ArraysPattern *
new_preset (const Preset *preset)
{
  ArraysPattern *pattern = g_new0 (ArraysPattern, 1);

  pattern->preset = *preset;
  pattern->text = g_strdup (preset->name);
  pattern->regex = g_regex_new (preset->expression, G_REGEX_OPTIMIZE | G_REGEX_DOLLAR_ENDONLY, 0, NULL);
  return pattern;
}

static ArraysPattern *
new_expression (const char *text,
                GError **error)
{
  g_autoptr (ArraysPattern) pattern = g_new0 (ArraysPattern, 1);
  g_autofree char *limited = g_strconcat (LIMITS, text, NULL);
  g_autofree char *list = arrays_pattern_list_presets ();
  g_autoptr (GError) problem = NULL;

  if (strlen (text) > ARRAYS_MAX_PATTERN)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("the pattern has more than %d bytes"), ARRAYS_MAX_PATTERN);
      return NULL;
    }
  pattern->preset = own_expression;
  pattern->text = g_strdup (text);
  pattern->regex = g_regex_new (text, 0, 0, &problem); /* first without what its author did not write */
  g_clear_pointer (&pattern->regex, g_regex_unref);
  if (problem == NULL)
    pattern->regex = g_regex_new (limited, 0, 0, &problem);
  if (pattern->regex == NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("the pattern “%s” is neither auto nor one of %s, and no regular expression: %s"), text, list, problem->message);
  else if (g_regex_get_string_number (pattern->regex, "layer") < 0 && g_regex_get_string_number (pattern->regex, "stage") < 0)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("the pattern “%s” is neither auto nor one of %s, and as a regular expression it has none of the groups (?<layer>…) and (?<stage>…)"), text, list);
  else
    return g_steal_pointer (&pattern);
  return NULL;
}

static gboolean
count_read (const ArraysPattern *pattern,
            GPtrArray *names,
            GCancellable *cancellable,
            guint *n,
            GError **error)
{
  *n = 0;
  for (guint i = 0; i < names->len; i++)
    if (g_cancellable_set_error_if_cancelled (cancellable, error))
      return FALSE;
    else if (g_regex_match (pattern->regex, g_ptr_array_index (names, i), 0, NULL))
      (*n)++;
  return TRUE;
}

/* The preset that reads most; of equals the first; the last, which reads everything, only where no other reads anything. */
static ArraysPattern *
choose (GPtrArray *names,
        GCancellable *cancellable,
        GError **error)
{
  g_autoptr (ArraysPattern) best = new_preset (&presets[G_N_ELEMENTS (presets) - 1]);
  guint most = 0;

  for (guint i = 0; i < G_N_ELEMENTS (presets) - 1 && most < names->len; i++)
    {
      g_autoptr (ArraysPattern) pattern = new_preset (&presets[i]);
      guint n;

      if (!count_read (pattern, names, cancellable, &n, error))
        return NULL;
      if (n <= most)
        continue;
      most = n;
      arrays_pattern_free (best);
      best = g_steal_pointer (&pattern);
    }
  return g_steal_pointer (&best);
}

ArraysPattern *
arrays_pattern_new (const char *text,
                    GPtrArray *names,
                    GCancellable *cancellable,
                    GError **error)
{
  if (g_str_equal (text, "auto"))
    return choose (names, cancellable, error);
  for (guint i = 0; i < G_N_ELEMENTS (presets); i++)
    if (g_str_equal (text, presets[i].name))
      return new_preset (&presets[i]);
  return new_expression (text, error);
}

/* ---- reading ---- */

/* (transfer full) (nullable): what the group found; NULL also for nothing at all. */
static char *
fetch (GMatchInfo *match,
       const ArraysPattern *pattern,
       const char *group)
{
  char *text = g_regex_get_string_number (pattern->regex, group) >= 0 ? g_match_info_fetch_named (match, group) : NULL;

  if (text != NULL && *text == '\0')
    g_clear_pointer (&text, g_free);
  return text;
}

/* The name as libraries write it in their dictionaries: blocks.{layer}.mlp.hook_pre. */
static char *
make_form (GMatchInfo *match,
           const ArraysPattern *pattern,
           const ArraysName *result,
           const char *name)
{
  int start, end;
  const char *rest = name;

  if (result->condition != NULL && g_match_info_fetch_named_pos (match, "condition", &start, &end) && start == 0 && name[end] == '/')
    rest = name + end + 1;
  if (!result->has_layer || !g_match_info_fetch_named_pos (match, "layer", &start, &end) || name + start < rest)
    return g_strdup (rest);
  return g_strdup_printf ("%.*s{layer}%s", (int) (name + start - rest), rest, name + end);
}

static gboolean
take_match (GMatchInfo *match,
            const ArraysPattern *pattern,
            const char *name,
            ArraysName *result)
{
  g_autofree char *layer = fetch (match, pattern, "layer");
  guint64 number = 0;

  if (layer != NULL && !g_ascii_string_to_unsigned (layer, 10, 0, ARRAYS_MAX_LAYERS - 1, &number, NULL))
    return FALSE;
  result->has_layer = layer != NULL;
  result->layer = (guint) number;
  result->condition = fetch (match, pattern, "condition");
  result->stage = fetch (match, pattern, "stage");
  if (result->stage == NULL)
    result->stage = g_strdup (pattern->preset.default_stage);
  if (result->stage == NULL)
    return FALSE;
  result->form = make_form (match, pattern, result, name);
  return TRUE;
}

gboolean
arrays_pattern_read (const ArraysPattern *pattern,
                     const char *name,
                     ArraysName *result,
                     gboolean *found,
                     GError **error)
{
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GError) problem = NULL;

  *result = (ArraysName){ 0 };
  *found = g_regex_match_full (pattern->regex, name, -1, 0, 0, &match, &problem);
  if (problem != NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("the pattern “%s” takes too long on the name “%.200s”: use one that has fewer ways to match"), pattern->text, name);
      return FALSE;
    }
  *found = *found && take_match (match, pattern, name, result);
  return TRUE;
}
