#include "diff.h"

#include <glib/gi18n-lib.h>

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
      g_ptr_array_add (parts, g_strdup_printf (kind == DIFF_CONDITIONS ? g_dngettext (GETTEXT_PACKAGE, "condition %s", "conditions %s", only->len) : kind == DIFF_STAGES ? g_dngettext (GETTEXT_PACKAGE, "stage %s", "stages %s", only->len)
                                                                                                                                                                         : g_dngettext (GETTEXT_PACKAGE, "layer %s", "layers %s", only->len),
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
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("“%s” has %s, and “%s” does not: use --common to compare what both have"), side->path, only, other->path);
          return FALSE;
        }
      g_ptr_array_add (warnings, g_strdup_printf (_ ("not compared, since only “%s” has it: %s"), side->path, only));
    }
  return TRUE;
}

static gboolean
check_anything (const Diff *diff,
                GError **error)
{
  const DiffSide *live = diff->sides[0].live ? &diff->sides[0] : &diff->sides[1];
  g_autofree char *only = NULL;
  g_autofree char *other = NULL;

  if (diff->conditions->len > 0 && diff->stages->len > 0 && diff->layers->len > 0)
    return TRUE;
  if (live->live && diff->stages->len == 0)
    {
      const DiffSide *capture = &diff->sides[live == diff->sides ? 1 : 0];
      g_autofree char *sites = sonde_model_dup_site_names (live->model);

      only = dup_only (capture);
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("“%s” and “%s” have nothing in common: the capture has %s, and the model’s sites are %s: compare it with the model that it was taken from"), diff->sides[0].path, diff->sides[1].path, only, sites);
      return FALSE;
    }
  only = dup_only (&diff->sides[0]);
  other = dup_only (&diff->sides[1]);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("“%s” and “%s” have no %s in common, so that nothing can be compared: the first alone has %s, and the second %s; %s"), diff->sides[0].path, diff->sides[1].path,
               diff->conditions->len == 0 ? _ ("condition") : diff->stages->len == 0 ? _ ("stage")
                                                                                     : _ ("layer"),
               only != NULL ? only : _ ("nothing"), other != NULL ? other : _ ("nothing"),
               diff->conditions->len > 0 && diff->layers->len > 0 ? _ ("call them alike, or compare each with a model that knows both names") : _ ("keep the same in both"));
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
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s: use --common to compare those that both have"), sentence);
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
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("stage %s has %u features in “%s” and %u in “%s”: compare captures of one model"), stage->of[0]->id, stage->width, diff->sides[0].path, other, diff->sides[1].path);
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
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("condition %s has %u rows in “%s” and %u in “%s”: compare captures of one text"), sonde_condition_get_id (condition->of[0]), n_rows[0], diff->sides[0].path, n_rows[1], diff->sides[1].path);
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
      g_ptr_array_add (warnings, g_strdup_printf (_ ("the vocabularies differ: token %d is “%s” in “%s” and “%s” in “%s”, which runs the token by its number"), id, text, capture->path, known, live->path));
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
diff_check (Diff *diff,
            gboolean common,
            GPtrArray *warnings,
            GError **error)
{
  if (!check_depth (diff, common, warnings, error) || !check_anything (diff, error) || !check_held (diff, common, warnings, error) || !check_rows (diff, error))
    return FALSE;
  for (guint i = 0; i < 2; i++)
    if (diff->sides[i].live && !prepare_run (diff, i, error))
      return FALSE;
  if (!check_widths (diff, error))
    return FALSE;
  warn_of_tokens (diff, warnings);
  return TRUE;
}
