#include "diff.h"

#include <string.h>

#include <glib/gi18n.h>

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

static gboolean
have_same_id (const SondeStage *stage,
              const SondeStage *other)
{
  return g_str_equal (stage->id, other->id);
}

/* One of them is called as the other's site, or by a name that the other has in some library. */
static gboolean
have_same_name (const SondeStage *stage,
                const SondeStage *other)
{
  if (sonde_stage_is_called (stage, other->site) || sonde_stage_is_called (other, stage->site))
    return TRUE;
  for (guint i = 0; i < other->aliases->len; i++)
    if (sonde_stage_is_called (stage, ((SondeSiteAlias *) g_ptr_array_index (other->aliases, i))->name))
      return TRUE;
  return FALSE;
}

/* The places in B of A's stages, each of which is taken once. */
static void
find_partners (const DiffSide *a,
               const DiffSide *b,
               gboolean (*is_same) (const SondeStage *stage, const SondeStage *other),
               guint *partners,
               gboolean *taken)
{
  for (guint s = 0; s < a->stages->len; s++)
    for (guint t = 0; t < b->stages->len && partners[s] == NONE; t++)
      if (!taken[t] && is_same (g_ptr_array_index (a->stages, s), g_ptr_array_index (b->stages, t)))
        {
          partners[s] = t;
          taken[t] = TRUE;
        }
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
match_stages (Diff *diff)
{
  DiffSide *a = &diff->sides[0];
  DiffSide *b = &diff->sides[1];
  g_autofree guint *partners = g_new (guint, a->stages->len + 1);
  g_autofree gboolean *taken = g_new0 (gboolean, b->stages->len + 1);

  for (guint s = 0; s < a->stages->len; s++)
    partners[s] = NONE;
  find_partners (a, b, have_same_id, partners, taken);
  find_partners (a, b, have_same_name, partners, taken);
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

/* ---- what was found ---- */

/* "stages again, wide; layer 2": what only this side has; NULL where that is nothing. */
static char *
dup_only (const DiffSide *side)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);

  for (DiffKind kind = 0; kind < DIFF_N_KINDS; kind++)
    {
      GPtrArray *only = side->only[kind];
      g_autofree char *names = NULL;

      if (only->len == 0)
        continue;
      g_ptr_array_add (only, NULL);
      names = g_strjoinv (", ", (char **) only->pdata);
      g_ptr_array_set_size (only, (int) only->len - 1);
      g_ptr_array_add (parts, g_strdup_printf (kind == DIFF_CONDITIONS ? ngettext ("condition %s", "conditions %s", only->len) : kind == DIFF_STAGES ? ngettext ("stage %s", "stages %s", only->len)
                                                                                                                                                     : ngettext ("layer %s", "layers %s", only->len),
                                               names));
    }
  g_ptr_array_add (parts, NULL);
  return parts->len > 1 ? g_strjoinv ("; ", (char **) parts->pdata) : NULL;
}

static gboolean
check_held (Diff *diff,
            gboolean common,
            GPtrArray *warnings,
            GError **error)
{
  for (guint i = 0; i < 2; i++)
    {
      const DiffSide *side = &diff->sides[i];
      const DiffSide *other = &diff->sides[1 - i];
      g_autofree char *only = dup_only (side);

      if (only == NULL)
        continue;
      if (!common)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("“%s” has %s, and “%s” does not: --common compares what both have"), side->path, only, other->path);
          return FALSE;
        }
      g_ptr_array_add (warnings, g_strdup_printf (_ ("not compared, since only “%s” has it: %s"), side->path, only));
    }
  return TRUE;
}

static char *
dup_sites (SondeModel *model)
{
  g_autoptr (GPtrArray) sites = sonde_model_list_sites (model);
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < sites->len; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", ((SondeSite *) g_ptr_array_index (sites, i))->name);
  return g_string_free (names, FALSE);
}

static gboolean
check_anything (const Diff *diff,
                GError **error)
{
  const DiffSide *live = diff->sides[0].live ? &diff->sides[0] : &diff->sides[1];
  g_autofree char *only = NULL;

  if (diff->conditions->len > 0 && diff->stages->len > 0 && diff->layers->len > 0)
    return TRUE;
  if (live->live && diff->stages->len == 0)
    {
      const DiffSide *capture = &diff->sides[live == diff->sides ? 1 : 0];
      g_autofree char *sites = dup_sites (live->model);

      only = dup_only (capture);
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("“%s” and “%s” have nothing in common: the capture has %s, and the model’s sites are %s"), diff->sides[0].path, diff->sides[1].path, only, sites);
      return FALSE;
    }
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("“%s” and “%s” have no %s in common: nothing can be compared"), diff->sides[0].path, diff->sides[1].path,
               diff->conditions->len == 0 ? _ ("condition") : diff->stages->len == 0 ? _ ("stage")
                                                                                     : _ ("layer"));
  return FALSE;
}

/* A capture of some layers is compared in these; one of another model is refused. */
static gboolean
check_depth (const Diff *diff,
             gboolean common,
             GPtrArray *warnings,
             GError **error)
{
  const guint n_layers[] = { sonde_model_get_n_layers (diff->sides[0].model), sonde_model_get_n_layers (diff->sides[1].model) };
  g_autofree char *sentence = NULL;

  if ((!diff->sides[0].live && !diff->sides[1].live) || n_layers[0] == n_layers[1])
    return TRUE;
  sentence = g_strdup_printf (_ ("the model of “%s” has %u layers and that of “%s” %u"), diff->sides[0].path, n_layers[0], diff->sides[1].path, n_layers[1]);
  if (!common)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s: --common compares those that both have"), sentence);
      return FALSE;
    }
  g_ptr_array_add (warnings, g_steal_pointer (&sentence));
  return TRUE;
}

/* ---- shapes ---- */

/* The model is made ready: how wide its rows are may depend on the sequences. */
static gboolean
prepare_run (Diff *diff,
             guint live,
             GError **error)
{
  g_autoptr (GPtrArray) stages = g_ptr_array_new ();
  g_autoptr (GPtrArray) conditions = g_ptr_array_new ();

  for (guint s = 0; s < diff->stages->len; s++)
    g_ptr_array_add (stages, (gpointer) diff_get_stage (diff, s)->of[live]);
  for (guint c = 0; c < diff->conditions->len; c++)
    g_ptr_array_add (conditions, diff_get_condition (diff, c)->of[live]);
  diff->run = sonde_run_new_for_sequences (diff->sides[live].model, stages, conditions, (const guint *) diff->layers->data, diff->layers->len, error);
  return diff->run != NULL;
}

static guint
get_width (const Diff *diff,
           guint side,
           guint stage)
{
  g_autoptr (SondeSite) site = NULL;

  if (diff->sides[side].live)
    return sonde_investigation_get_n_features (sonde_run_get_investigation (diff->run), stage);
  site = sonde_model_dup_site (diff->sides[side].model, diff_get_stage (diff, stage)->of[side]->site);
  return site != NULL ? site->n_features : 0;
}

static gboolean
check_widths (Diff *diff,
              GError **error)
{
  for (guint s = 0; s < diff->stages->len; s++)
    {
      DiffStage *stage = &g_array_index (diff->stages, DiffStage, s);
      guint other = get_width (diff, 1, s);

      stage->width = get_width (diff, 0, s);
      if (stage->width == other)
        continue;
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("stage %s has %u features in “%s” and %u in “%s”"), stage->of[0]->id, stage->width, diff->sides[0].path, other, diff->sides[1].path);
      return FALSE;
    }
  return TRUE;
}

static gboolean
check_rows (const Diff *diff,
            GError **error)
{
  for (guint c = 0; c < diff->conditions->len; c++)
    {
      const DiffCondition *condition = diff_get_condition (diff, c);
      const guint n_rows[] = { sonde_condition_get_n_rows (condition->of[0]), sonde_condition_get_n_rows (condition->of[1]) };

      if (n_rows[0] == n_rows[1])
        continue;
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("condition %s has %u rows in “%s” and %u in “%s”"), sonde_condition_get_id (condition->of[0]), n_rows[0], diff->sides[0].path, n_rows[1], diff->sides[1].path);
      return FALSE;
    }
  return TRUE;
}

/* ---- tokens ---- */

/* The id of a row's token, and its text; -1 where it is not known. */
static gint32
get_token (SondeCondition *condition,
           guint row,
           char **text)
{
  guint sequence;
  guint position;
  gint32 id;

  return sonde_condition_get_row_origin (condition, row, &sequence, &position, &id, text) ? id : -1;
}

/* Rows of different tokens are no two versions of the same, as where one program put a token before the text. */
static void
compare_tokens (const Diff *diff,
                const DiffCondition *condition,
                GPtrArray *warnings)
{
  for (guint row = 0; row < sonde_condition_get_n_rows (condition->of[0]); row++)
    {
      g_autofree char *text_a = NULL;
      g_autofree char *text_b = NULL;
      gint32 a = get_token (condition->of[0], row, &text_a);
      gint32 b = get_token (condition->of[1], row, &text_b);

      if (a < 0 || b < 0 || a == b)
        continue;
      g_ptr_array_add (warnings, g_strdup_printf (_ ("the rows of condition %s are not of the same tokens: row %u is of token %d “%s” in “%s”, and of token %d “%s” in “%s”"),
                                                  sonde_condition_get_id (condition->of[0]), row, a, text_a, diff->sides[0].path, b, text_b, diff->sides[1].path));
      return;
    }
}

/* The model runs ids: what they stand for there is another question. */
static void
compare_vocabulary (const DiffSide *live,
                    const DiffSide *capture,
                    SondeCondition *condition,
                    GPtrArray *warnings)
{
  SondeTokenizer *tokenizer = sonde_model_get_tokenizer (live->model);

  for (guint row = 0; tokenizer != NULL && row < sonde_condition_get_n_rows (condition); row++)
    {
      g_autofree char *text = NULL;
      gint32 id = get_token (condition, row, &text);
      g_autoptr (GBytes) bytes = id >= 0 && *text != '\0' ? sonde_tokenizer_dup_token (tokenizer, id) : NULL;
      g_autofree char *known = bytes != NULL ? sonde_token_text (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)) : NULL;

      if (known == NULL || g_str_equal (known, text))
        continue;
      g_ptr_array_add (warnings, g_strdup_printf (_ ("the vocabularies differ: token %d is “%s” in “%s” and “%s” in “%s”, which runs the token’s number"), id, text, capture->path, known, live->path));
      return;
    }
}

static void
warn_of_tokens (const Diff *diff,
                GPtrArray *warnings)
{
  for (guint c = 0; c < diff->conditions->len; c++)
    {
      const DiffCondition *condition = diff_get_condition (diff, c);

      for (guint i = 0; i < 2; i++)
        if (diff->sides[i].live)
          compare_vocabulary (&diff->sides[i], &diff->sides[1 - i], condition->of[0], warnings);
      if (diff->run == NULL)
        compare_tokens (diff, condition, warnings);
    }
}

gboolean
diff_match (Diff *diff,
            gboolean common,
            GPtrArray *warnings,
            GError **error)
{
  diff->conditions = g_array_new (FALSE, FALSE, sizeof (DiffCondition));
  diff->stages = g_array_new (FALSE, FALSE, sizeof (DiffStage));
  diff->layers = g_array_new (FALSE, FALSE, sizeof (guint));
  match_conditions (diff);
  match_stages (diff);
  match_layers (diff);
  if (!check_depth (diff, common, warnings, error) || !check_anything (diff, error) || !check_held (diff, common, warnings, error) || !check_rows (diff, error))
    return FALSE;
  sort_stages (diff);
  for (guint i = 0; i < 2; i++)
    if (diff->sides[i].live && !prepare_run (diff, i, error))
      return FALSE;
  if (!check_widths (diff, error))
    return FALSE;
  warn_of_tokens (diff, warnings);
  return TRUE;
}
