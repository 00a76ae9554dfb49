#include "diff.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* ---- reading ---- */

static gboolean
take_tensor (guint layer,
             const char *site,
             SondeTensor *tensor,
             gpointer user_data,
             GError **error)
{
  DiffSide *side = user_data;

  g_hash_table_replace (side->tensors, g_strdup (site), sonde_tensor_ref (tensor));
  return TRUE;
}

static gboolean
read_layer (Diff *diff,
            guint side,
            guint layer,
            GCancellable *cancellable,
            GError **error)
{
  DiffSide *capture = &diff->sides[side];
  g_autoptr (SondeSelection) selection = sonde_selection_new ();

  g_hash_table_remove_all (capture->tensors);
  for (guint s = 0; s < diff->stages->len; s++)
    sonde_selection_add (selection, layer, diff_get_stage (diff, s)->of[side]->site);
  return sonde_model_run (capture->model, capture->batch, selection, take_tensor, capture, cancellable, error);
}

/* ---- comparing ---- */

static const float *
peek_values (const Diff *diff,
             guint side,
             guint condition,
             guint stage)
{
  const DiffSide *of = &diff->sides[side];
  const DiffStage *both = diff_get_stage (diff, stage);

  if (of->live)
    return sonde_tensor_peek_f32 (sonde_frame_get_tensor (of->frame, stage));
  return sonde_tensor_peek_f32 (g_hash_table_lookup (of->tensors, both->of[side]->site)) + diff_get_condition (diff, condition)->first_row[side] * both->width;
}

/* The stages of one condition in one layer. */
typedef struct
{
  const Diff *diff;
  DiffSite *sites; /* [stages] */
} Comparison;

static void
compare_stage (guint stage,
               guint worker,
               gpointer user_data)
{
  const Comparison *self = user_data;
  const Diff *diff = self->diff;
  DiffSite *site = &self->sites[stage];

  sonde_math_difference (peek_values (diff, 0, site->condition, stage), peek_values (diff, 1, site->condition, stage),
                         site->rows * site->columns, diff->tolerance, diff->relative, &site->difference);
}

static void
compare_condition (Diff *diff,
                   guint layer,
                   guint condition)
{
  const guint first = diff->sites->len;
  Comparison comparison = { diff, NULL };

  for (guint s = 0; s < diff->stages->len; s++)
    {
      DiffSite site = { condition, s, layer, sonde_condition_get_n_rows (diff_get_condition (diff, condition)->of[0]), diff_get_stage (diff, s)->width, { 0 } };

      g_array_append_val (diff->sites, site);
    }
  comparison.sites = &g_array_index (diff->sites, DiffSite, first);
  sonde_threads_run (diff->stages->len, compare_stage, &comparison);
}

static gboolean
compare_captures (Diff *diff,
                  GCancellable *cancellable,
                  GError **error)
{
  for (guint l = 0; l < diff->layers->len; l++)
    {
      guint layer = g_array_index (diff->layers, guint, l);

      if (!read_layer (diff, 0, layer, cancellable, error) || !read_layer (diff, 1, layer, cancellable, error))
        return FALSE;
      for (guint c = 0; c < diff->conditions->len; c++)
        compare_condition (diff, layer, c);
      show_layers_done (l + 1, diff->layers->len, NULL);
    }
  return TRUE;
}

/* ---- with a live model, which says when a layer is there ---- */

typedef struct
{
  Diff *diff;
  guint live;
  guint layer; /* that of the other side which is there */
  GCancellable *cancellable;
} Live;

static gboolean
take_frame (SondeFrame *frame,
            gpointer user_data,
            GError **error)
{
  Live *self = user_data;
  Diff *diff = self->diff;
  const guint layer = sonde_frame_get_layer (frame);
  const guint condition = sonde_frame_get_condition_index (frame);

  if (layer != self->layer && !read_layer (diff, 1 - self->live, layer, self->cancellable, error))
    return FALSE;
  self->layer = layer;
  diff->sides[self->live].frame = frame;
  compare_condition (diff, layer, condition);
  diff->sides[self->live].frame = NULL;
  return TRUE;
}

static gboolean
compare_live (Diff *diff,
              GCancellable *cancellable,
              GError **error)
{
  Live live = { diff, diff->sides[0].live ? 0 : 1, SONDE_NO_LAYER, cancellable };

  show_progress (_ ("running the model"));
  sonde_run_set_progress (diff->run, show_layers_done, NULL);
  sonde_run_set_frame_func (diff->run, take_frame, &live);
  return sonde_run_execute (diff->run, cancellable, error);
}

/* ---- the order of the data flow ---- */

static int
compare_numbers (guint a,
                 guint b)
{
  return a < b ? -1 : a > b;
}

static int
compare_places (gconstpointer a,
                gconstpointer b,
                gpointer user_data)
{
  const DiffSite *left = a;
  const DiffSite *right = b;
  const int phase = diff_get_stage (user_data, left->stage)->phase;
  const int other = diff_get_stage (user_data, right->stage)->phase;

  if (phase != other)
    return phase - other;
  if (phase == 1 && left->layer != right->layer)
    return compare_numbers (left->layer, right->layer);
  if (left->stage != right->stage)
    return compare_numbers (left->stage, right->stage);
  return left->condition != right->condition ? compare_numbers (left->condition, right->condition) : compare_numbers (left->layer, right->layer);
}

static gboolean
is_same_again (const DiffSite *site,
               const DiffSite *before)
{
  /* NOLINTNEXTLINE: bytes, so that NaN is NaN; between members of eight bytes there is no hole */
  return site->stage == before->stage && site->condition == before->condition && memcmp (&site->difference, &before->difference, sizeof site->difference) == 0;
}

/* A stage of no layer was compared in all of them, as captures hold it: once is enough, unless a file has it different in some. */
static void
merge_whole (Diff *diff)
{
  g_autoptr (GArray) all = g_steal_pointer (&diff->sites);

  diff->sites = g_array_new (FALSE, FALSE, sizeof (DiffSite));
  for (guint from = 0, to; from < all->len; from = to)
    {
      const DiffSite *first = &g_array_index (all, DiffSite, from);
      const gboolean whole = diff_get_stage (diff, first->stage)->whole;

      for (to = from + 1; whole && to < all->len && is_same_again (&g_array_index (all, DiffSite, to), first);)
        to++;
      g_array_append_val (diff->sites, *first);
      if (to - from == diff->layers->len && whole)
        g_array_index (diff->sites, DiffSite, diff->sites->len - 1).layer = SONDE_NO_LAYER;
      else
        g_array_append_vals (diff->sites, first + 1, to - from - 1);
    }
}

gboolean
diff_compare (Diff *diff,
              GCancellable *cancellable,
              GError **error)
{
  gboolean done;

  diff->sites = g_array_new (FALSE, TRUE, sizeof (DiffSite));
  done = diff->run != NULL ? compare_live (diff, cancellable, error) : compare_captures (diff, cancellable, error);
  clear_progress ();
  if (!done)
    return FALSE;
  g_array_sort_with_data (diff->sites, compare_places, diff);
  merge_whole (diff);
  return TRUE;
}

const DiffSite *
diff_find_first_over (const Diff *diff,
                      guint *n_over)
{
  const DiffSite *first = NULL;

  *n_over = 0;
  for (guint i = 0; i < diff->sites->len; i++)
    {
      const DiffSite *site = &g_array_index (diff->sites, DiffSite, i);

      if (site->difference.n_over == 0)
        continue;
      first = first != NULL ? first : site;
      (*n_over)++;
    }
  return first;
}
