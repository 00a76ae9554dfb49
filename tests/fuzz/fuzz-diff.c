#include "fuzz.h"

#include "fuzz-run.h"
#include "program/diff.h"

/* Two captures that the program compares; or one whose sequences a model runs again, which is that in model/. */

/* ---- what the program shows meanwhile: here nobody looks ---- */

void
show_progress (const char *line)
{
}

void
show_layers_done (guint n_done,
                  guint n_layers,
                  gpointer user_data)
{
}

void
clear_progress (void)
{
}

/* ---- the comparison ---- */

/* The first of the files of a side that the input has; NULL where it has none. */
static char *
find_side (const FuzzPiece *pieces)
{
  for (guint i = 0; i < 2; i++)
    if (pieces[i].found)
      return fuzz_dup_path (pieces[i].name);
  return NULL;
}

static void
compare (Diff *diff,
         GError **error)
{
  g_autoptr (SondeFigure) figure = NULL;
  guint n_over;
  const DiffSite *first;

  if (diff->run != NULL && sonde_run_estimate_memory (diff->run) > FUZZ_MOST_MEMORY)
    return;
  if (!diff_compare (diff, NULL, error))
    return;
  first = diff_find_first_over (diff, &n_over);
  fuzz_assert ((first != NULL) == (n_over > 0) && n_over <= diff->sites->len);
  for (guint i = 0; i < diff->sites->len; i++)
    {
      const DiffSite *site = &g_array_index (diff->sites, DiffSite, i);

      fuzz_assert (diff_get_condition (diff, site->condition) != NULL && diff_get_stage (diff, site->stage) != NULL);
    }
  if (diff->sites->len > 0)
    figure = diff_new_figure (diff);
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  static SondeRegistry *registry; /* it keeps nothing of a source */
  FuzzPiece pieces[] = { { "a.npz" }, { "a.safetensors" }, { "b.npz" }, { "b.safetensors" } };
  g_autofree char *a = NULL;
  g_autofree char *b = NULL;
  g_auto (Diff) diff = { .tolerance = 1e-4 };
  g_autoptr (GPtrArray) warnings = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GError) error = NULL;
  gboolean opened, fits;

  if (registry == NULL)
    registry = sonde_registry_new ();
  fuzz_split (data, size, pieces, G_N_ELEMENTS (pieces));
  fuzz_write_pieces (pieces, G_N_ELEMENTS (pieces));
  a = find_side (pieces);
  b = find_side (pieces + 2);
  opened = diff_open (&diff, a != NULL ? a : FUZZ_MODEL, b != NULL ? b : FUZZ_MODEL, registry, NULL, &error);
  fuzz_check (opened, error);
  if (!opened)
    return 0;
  diff_match (&diff, registry);
  fits = diff_check (&diff, size % 2 == 0, warnings, &error);
  fuzz_check (fits, error);
  if (!fits)
    return 0;
  compare (&diff, &error);
  fuzz_check (error == NULL, error);
  return 0;
}
