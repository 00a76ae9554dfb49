#include "diff.h"

#include <string.h>

#define NONE G_MAXUINT

const DiffCondition *
diff_get_condition (const Diff *diff,
                    guint condition)
{
  return &g_array_index (diff->conditions, DiffCondition, condition);
}

const DiffStage *
diff_get_stage (const Diff *diff,
                guint stage)
{
  return &g_array_index (diff->stages, DiffStage, stage);
}

static void
add_only (DiffSide *side,
          DiffKind kind,
          const char *name)
{
  g_ptr_array_add (side->only[kind], g_strdup (name));
}

/* ---- conditions ---- */

static guint
find_condition (const DiffSide *side,
                const char *id)
{
  for (guint c = 0; c < side->conditions->len; c++)
    if (g_str_equal (sonde_condition_get_id (g_ptr_array_index (side->conditions, c)), id))
      return c;
  return NONE;
}

static gsize
count_rows_before (const DiffSide *side,
                   guint condition)
{
  gsize n_rows = 0;

  for (guint c = 0; c < condition; c++)
    n_rows += sonde_condition_get_n_rows (g_ptr_array_index (side->conditions, c));
  return n_rows;
}

/* By their names; or, where each side has just one, whatever they are called. */
static void
match_conditions (Diff *diff)
{
  DiffSide *a = &diff->sides[0];
  DiffSide *b = &diff->sides[1];
  const gboolean alone = a->conditions->len == 1 && b->conditions->len == 1;

  for (guint c = 0; c < a->conditions->len; c++)
    {
      SondeCondition *condition = g_ptr_array_index (a->conditions, c);
      guint other = alone ? 0 : find_condition (b, sonde_condition_get_id (condition));

      if (other == NONE)
        add_only (a, DIFF_CONDITIONS, sonde_condition_get_id (condition));
      else
        g_array_append_val (diff->conditions, ((DiffCondition){ { condition, g_ptr_array_index (b->conditions, other) }, { count_rows_before (a, c), count_rows_before (b, other) } }));
    }
  for (guint c = 0; c < b->conditions->len; c++)
    {
      const char *id = sonde_condition_get_id (g_ptr_array_index (b->conditions, c));

      if (!alone && find_condition (a, id) == NONE)
        add_only (b, DIFF_CONDITIONS, id);
    }
}

/* ---- stages ---- */

/* Both sides' stages, and which of the sites that are known beforehand each of them is. */
typedef struct
{
  const GPtrArray *stages[2];
  gboolean *meanings[2]; /* [stages, n_sites]; NULL: none are known */
  guint n_sites;
} Match;

static gboolean
have_same_id (const Match *match,
              guint s,
              guint t)
{
  const SondeStage *stage = g_ptr_array_index (match->stages[0], s);
  const SondeStage *other = g_ptr_array_index (match->stages[1], t);

  return g_str_equal (stage->id, other->id);
}

/* One of them is called as the other's site, or by a name that the other has in some library. */
static gboolean
have_same_name (const Match *match,
                guint s,
                guint t)
{
  const SondeStage *stage = g_ptr_array_index (match->stages[0], s);
  const SondeStage *other = g_ptr_array_index (match->stages[1], t);

  if (sonde_stage_is_called (stage, other->site) || sonde_stage_is_called (other, stage->site))
    return TRUE;
  for (guint i = 0; i < other->aliases->len; i++)
    if (sonde_stage_is_called (stage, ((SondeSiteAlias *) g_ptr_array_index (other->aliases, i))->name))
      return TRUE;
  return FALSE;
}

static gboolean
means (const SondeStage *stage,
       const SondeSite *site)
{
  for (guint i = 0; i < stage->aliases->len; i++)
    if (sonde_site_is_called (site, ((SondeSiteAlias *) g_ptr_array_index (stage->aliases, i))->name))
      return TRUE;
  return sonde_site_is_called (site, stage->site);
}

/* Some kind of model has a site that is called as both are. */
static gboolean
are_same_site (const Match *match,
               guint s,
               guint t)
{
  for (guint i = 0; i < match->n_sites; i++)
    if (match->meanings[0][s * match->n_sites + i] && match->meanings[1][t * match->n_sites + i])
      return TRUE;
  return FALSE;
}

static gboolean *
list_meanings (const GPtrArray *stages,
               const GPtrArray *dictionary)
{
  gboolean *meanings = g_new (gboolean, stages->len * dictionary->len + 1);

  for (guint s = 0; s < stages->len; s++)
    for (guint i = 0; i < dictionary->len; i++)
      meanings[s * dictionary->len + i] = means (g_ptr_array_index (stages, s), g_ptr_array_index (dictionary, i));
  return meanings;
}

/* The sites of every provider that knows its models' sites beforehand. */
static GPtrArray *
list_dictionary (SondeRegistry *registry)
{
  GPtrArray *dictionary = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_site_free);
  GPtrArray *plugins = sonde_registry_list (registry);

  for (guint i = 0; i < plugins->len; i++)
    {
      const SondePlugin *plugin = g_ptr_array_index (plugins, i);
      const gboolean known = plugin->kind == SONDE_PLUGIN_KIND_MODEL_PROVIDER && plugin->state == SONDE_PLUGIN_STATE_ENABLED;
      SondeModelProvider *provider = known ? sonde_registry_get_provider (registry, plugin->name, NULL) : NULL;
      g_autoptr (GPtrArray) sites = provider != NULL ? sonde_model_provider_list_sites (provider) : NULL;

      for (guint s = 0; sites != NULL && s < sites->len; s++)
        g_ptr_array_add (dictionary, sonde_site_copy (g_ptr_array_index (sites, s)));
    }
  return dictionary;
}

/* The places in B of A's stages, each of which is taken once. */
static void
find_partners (const Match *match,
               gboolean (*is_same) (const Match *match, guint s, guint t),
               guint *partners,
               gboolean *taken)
{
  for (guint s = 0; s < match->stages[0]->len; s++)
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): there is one for each stage */
    for (guint t = 0; t < match->stages[1]->len && partners[s] == NONE; t++)
      if (!taken[t] && is_same (match, s, t))
        {
          partners[s] = t;
          taken[t] = TRUE;
        }
}

static void
find_partners_by_sites (Match *match,
                        const GPtrArray *dictionary,
                        guint *partners,
                        gboolean *taken)
{
  match->n_sites = dictionary->len;
  for (guint i = 0; i < 2; i++)
    match->meanings[i] = list_meanings (match->stages[i], dictionary);
  find_partners (match, are_same_site, partners, taken);
  for (guint i = 0; i < 2; i++)
    g_clear_pointer (&match->meanings[i], g_free);
}

static gboolean
are_left (const DiffSide *side,
          const guint *partners)
{
  for (guint s = 0; s < side->stages->len; s++)
    if (partners[s] == NONE)
      return TRUE;
  return FALSE;
}

/* Of what has names in other libraries: whether none of them counts layers. */
static gboolean
is_whole (const SondeStage *stage)
{
  for (guint i = 0; i < stage->aliases->len; i++)
    if (strstr (((SondeSiteAlias *) g_ptr_array_index (stage->aliases, i))->name, "{layer}") != NULL)
      return FALSE;
  return stage->aliases->len > 0;
}

static gboolean
belongs_to_no_layer (const Diff *diff,
                     const SondeStage *const *of)
{
  for (guint i = 0; i < 2; i++)
    if (diff->sides[i].live)
      {
        g_autoptr (SondeSite) site = sonde_model_dup_site (diff->sides[i].model, of[i]->site);

        return !site->per_layer;
      }
  return is_whole (of[0]) || is_whole (of[1]);
}

static void
match_stages (Diff *diff,
              SondeRegistry *registry)
{
  DiffSide *a = &diff->sides[0];
  DiffSide *b = &diff->sides[1];
  Match match = { .stages = { a->stages, b->stages } };
  g_autoptr (GPtrArray) dictionary = NULL;
  g_autofree guint *partners = g_new (guint, a->stages->len + 1);
  g_autofree gboolean *taken = g_new0 (gboolean, b->stages->len + 1);

  for (guint s = 0; s < a->stages->len; s++)
    partners[s] = NONE;
  find_partners (&match, have_same_id, partners, taken);
  find_partners (&match, have_same_name, partners, taken);
  /* a provider is loaded only for names that nothing else explains */
  dictionary = are_left (a, partners) && !a->live && !b->live ? list_dictionary (registry) : NULL;
  if (dictionary != NULL)
    find_partners_by_sites (&match, dictionary, partners, taken);
  for (guint s = 0; s < a->stages->len; s++)
    {
      const SondeStage *stage = g_ptr_array_index (a->stages, s);
      DiffStage both = { { stage, partners[s] != NONE ? g_ptr_array_index (b->stages, partners[s]) : NULL }, 0, FALSE, 0, 0 };

      if (partners[s] == NONE)
        {
          add_only (a, DIFF_STAGES, stage->id);
          continue;
        }
      both.whole = belongs_to_no_layer (diff, both.of);
      g_array_append_val (diff->stages, both);
    }
  for (guint t = 0; t < b->stages->len; t++)
    if (!taken[t])
      add_only (b, DIFF_STAGES, ((SondeStage *) g_ptr_array_index (b->stages, t))->id);
}

/* ---- the order of the data flow ---- */

typedef struct
{
  guint side;
  GPtrArray *sites; /* of a live model, which knows the order; NULL: that of the side's stages */
} Order;

static guint
find_place (const Diff *diff,
            const Order *order,
            const DiffStage *stage)
{
  const GPtrArray *stages = diff->sides[order->side].stages;
  guint place = 0;

  if (order->sites != NULL)
    while (place < order->sites->len && !g_str_equal (((SondeSite *) g_ptr_array_index (order->sites, place))->name, stage->of[order->side]->site))
      place++;
  else
    while (place < stages->len && g_ptr_array_index (stages, place) != stage->of[order->side])
      place++;
  return place;
}

/* A file that does not describe itself has its stages in the order of its arrays, and their ids for formulas. */
static gboolean
is_described (const DiffSide *side)
{
  for (guint s = 0; s < side->stages->len; s++)
    {
      const SondeStage *stage = g_ptr_array_index (side->stages, s);

      if (!g_str_equal (stage->formula, stage->id))
        return TRUE;
    }
  return FALSE;
}

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  const guint left = ((const DiffStage *) a)->place;
  const guint right = ((const DiffStage *) b)->place;

  return left < right ? -1 : left > right;
}

static void
sort_stages (Diff *diff)
{
  const DiffSide *sides = diff->sides;
  const gboolean first = sides[0].live || (!sides[1].live && (is_described (&sides[0]) || !is_described (&sides[1])));
  const DiffSide *side = &sides[first ? 0 : 1];
  g_autoptr (GPtrArray) sites = side->live ? sonde_model_list_sites (side->model) : NULL;
  const Order order = { first ? 0 : 1, sites };
  gboolean in_layers = FALSE;

  for (guint s = 0; s < diff->stages->len; s++)
    g_array_index (diff->stages, DiffStage, s).place = find_place (diff, &order, diff_get_stage (diff, s));
  g_array_sort (diff->stages, compare_places);
  for (guint s = 0; s < diff->stages->len; s++)
    {
      DiffStage *stage = &g_array_index (diff->stages, DiffStage, s);

      in_layers |= !stage->whole;
      stage->phase = !stage->whole ? 1 : in_layers ? 2
                                                   : 0;
    }
}

/* ---- layers ---- */

static gboolean
has_layer (const DiffSide *side,
           guint layer)
{
  for (guint l = 0; l < side->layers->len; l++)
    if (g_array_index (side->layers, guint, l) == layer)
      return TRUE;
  return FALSE;
}

static void
match_layers (Diff *diff)
{
  for (guint i = 0; i < 2; i++)
    {
      DiffSide *side = &diff->sides[i];

      for (guint l = 0; l < side->layers->len; l++)
        {
          guint layer = g_array_index (side->layers, guint, l);
          g_autofree char *name = g_strdup_printf ("%u", layer);

          if (!has_layer (&diff->sides[1 - i], layer))
            add_only (side, DIFF_LAYERS, name);
          else if (i == 0)
            g_array_append_val (diff->layers, layer);
        }
    }
}

void
diff_match (Diff *diff,
            SondeRegistry *registry)
{
  diff->conditions = g_array_new (FALSE, FALSE, sizeof (DiffCondition));
  diff->stages = g_array_new (FALSE, FALSE, sizeof (DiffStage));
  diff->layers = g_array_new (FALSE, FALSE, sizeof (guint));
  match_conditions (diff);
  match_stages (diff, registry);
  match_layers (diff);
  sort_stages (diff);
}
