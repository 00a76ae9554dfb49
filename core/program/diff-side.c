#include "diff.h"

#include <string.h>

#include <glib/gi18n-lib.h>

static void
clear_side (DiffSide *side)
{
  g_clear_object (&side->model);
  g_clear_pointer (&side->conditions, g_ptr_array_unref);
  g_clear_pointer (&side->stages, g_ptr_array_unref);
  g_clear_pointer (&side->layers, g_array_unref);
  for (DiffKind kind = 0; kind < DIFF_N_KINDS; kind++)
    g_clear_pointer (&side->only[kind], g_ptr_array_unref);
  g_clear_pointer (&side->batch, sonde_batch_unref);
  g_clear_pointer (&side->tensors, g_hash_table_unref);
}

void
diff_clear (Diff *diff)
{
  g_clear_object (&diff->run);
  clear_side (&diff->sides[0]);
  clear_side (&diff->sides[1]);
  g_clear_pointer (&diff->conditions, g_array_unref);
  g_clear_pointer (&diff->stages, g_array_unref);
  g_clear_pointer (&diff->layers, g_array_unref);
  g_clear_pointer (&diff->sites, g_array_unref);
}

/* ---- captures ---- */

static gboolean
open_side (DiffSide *side,
           SondeRegistry *registry,
           const char *path,
           GCancellable *cancellable,
           GError **error)
{
  side->path = path;
  for (DiffKind kind = 0; kind < DIFF_N_KINDS; kind++)
    side->only[kind] = g_ptr_array_new_with_free_func (g_free);
  side->model = sonde_registry_open_model (registry, path, cancellable, error);
  if (side->model == NULL)
    return FALSE;
  side->conditions = sonde_model_list_conditions (side->model);
  side->live = side->conditions == NULL;
  side->layers = side->live ? g_array_new (FALSE, FALSE, sizeof (guint)) : sonde_model_list_layers (side->model);
  if (side->live)
    return TRUE;
  side->stages = sonde_model_list_stages (side->model);
  side->tensors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) sonde_tensor_unref);
  side->batch = sonde_batch_new ();
  for (guint c = 0; c < side->conditions->len; c++)
    sonde_condition_add_to_batch (g_ptr_array_index (side->conditions, c), side->batch);
  return TRUE;
}

/* ---- a live model beside a capture ---- */

static gboolean
check_tokens (const DiffSide *capture,
              const DiffSide *live,
              GError **error)
{
  g_autofree char *name = g_path_get_basename (capture->path);
  char *ending = strrchr (name, '.');

  for (guint c = 0; c < capture->conditions->len; c++)
    {
      SondeCondition *condition = g_ptr_array_index (capture->conditions, c);

      if (sonde_condition_knows_sequences (condition))
        continue;
      if (ending != NULL)
        *ending = '\0';
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT,
                   _ ("“%s” does not say from which tokens the rows of %s come, so that “%s” cannot run them again: put a table %s.rows.csv beside it, with the columns condition, sequence, position, token_id, text and kept and a line for every token that ran"),
                   capture->path, sonde_condition_get_id (condition), live->path, name);
      return FALSE;
    }
  return TRUE;
}

/* The model's site that is called like the stage's, here or in a library of the dictionaries. */
static SondeSite *
find_site (SondeModel *model,
           const SondeStage *stage)
{
  SondeSite *site = sonde_model_dup_site (model, stage->site);

  for (guint i = 0; site == NULL && i < stage->aliases->len; i++)
    site = sonde_model_dup_site (model, ((SondeSiteAlias *) g_ptr_array_index (stage->aliases, i))->name);
  return site != NULL ? site : sonde_model_dup_site (model, stage->id);
}

static void
follow_stages (DiffSide *live,
               const DiffSide *capture)
{
  live->stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  for (guint s = 0; s < capture->stages->len; s++)
    {
      const SondeStage *stage = g_ptr_array_index (capture->stages, s);
      g_autoptr (SondeSite) site = find_site (live->model, stage);
      SondeStage *copy;

      if (site == NULL)
        continue;
      copy = sonde_stage_copy (stage);
      g_free (copy->site);
      copy->site = g_strdup (site->name);
      g_ptr_array_add (live->stages, copy);
    }
}

/* The model has what the capture has, as far as it goes. */
static gboolean
follow (DiffSide *live,
        const DiffSide *capture,
        GError **error)
{
  const guint n_layers = sonde_model_get_n_layers (live->model);

  if (!check_tokens (capture, live, error))
    return FALSE;
  live->conditions = g_ptr_array_ref (capture->conditions);
  follow_stages (live, capture);
  for (guint l = 0; l < capture->layers->len; l++)
    if (g_array_index (capture->layers, guint, l) < n_layers)
      g_array_append_val (live->layers, g_array_index (capture->layers, guint, l));
  return TRUE;
}

gboolean
diff_open (Diff *diff,
           const char *path_a,
           const char *path_b,
           SondeRegistry *registry,
           GCancellable *cancellable,
           GError **error)
{
  DiffSide *a = &diff->sides[0];
  DiffSide *b = &diff->sides[1];

  if (!open_side (a, registry, path_a, cancellable, error) || !open_side (b, registry, path_b, cancellable, error))
    return FALSE;
  if (!a->live && !b->live)
    return TRUE;
  if (a->live != b->live)
    return a->live ? follow (a, b, error) : follow (b, a, error);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("“%s” and “%s” are both models, and one side must be a capture: capture the first with “sonde capture --model %s -o NAME.safetensors”, and compare that with the second"), path_a, path_b, path_a);
  return FALSE;
}
