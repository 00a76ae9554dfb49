#define G_LOG_DOMAIN "arrays"

#include "arrays-grid.h"

#include <glib/gi18n-lib.h>

#include "arrays-fit.h"

/* ---- which of them ---- */

typedef struct
{
  const char *property;
  const char *(*get_id) (gpointer);
  gboolean (*is_called) (gpointer, const char *);
  gpointer (*copy) (gpointer);
  GDestroyNotify free;
} Kind;

static const char *
get_stage_id (gpointer stage)
{
  return ((SondeStage *) stage)->id;
}

static gboolean
is_stage (gpointer stage,
          const char *name)
{
  return g_str_equal (((SondeStage *) stage)->label, name) || sonde_stage_is_called (stage, name);
}

static gpointer
copy_stage (gpointer stage)
{
  return sonde_stage_copy (stage);
}

static const char *
get_condition_id (gpointer condition)
{
  return sonde_condition_get_id (condition);
}

static gboolean
is_condition (gpointer condition,
              const char *name)
{
  return g_str_equal (sonde_condition_get_id (condition), name) || g_str_equal (sonde_condition_get_label (condition, SONDE_LABEL_TITLE), name);
}

static const Kind stage_kind = { "stages", get_stage_id, is_stage, copy_stage, (GDestroyNotify) sonde_stage_free };
static const Kind condition_kind = { "conditions", get_condition_id, is_condition, g_object_ref, g_object_unref };

static gboolean
fail_choice (const Kind *kind,
             GPtrArray *all,
             const char *name,
             const char *problem,
             GError **error)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();
  g_autofree char *list = NULL;

  for (guint i = 0; i < all->len; i++)
    g_ptr_array_add (ids, (gpointer) kind->get_id (g_ptr_array_index (all, i)));
  list = arrays_list_names (ids, TRUE);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_PROPERTY, _ ("the property %s names “%.200s”, %s: there are %s"), kind->property, name, problem, list);
  return FALSE;
}

/* The place of what is called @name, from 1, where it is there and was not named before. */
static guint
find_choice (const Kind *kind,
             GPtrArray *all,
             const guint *new_places,
             const char *name,
             GError **error)
{
  for (guint i = 0; i < all->len; i++)
    if (kind->is_called (g_ptr_array_index (all, i), name))
      return new_places[i + 1] == 0 || fail_choice (kind, all, name, _ ("which it named before"), error) ? i + 1 : 0;
  fail_choice (kind, all, name, _ ("which is not there"), error);
  return 0;
}

/* Leaves @n of them. @new_places: of each old place the new one, from 1; 0 is one that is not wanted. */
static void
keep (const Kind *kind,
      GPtrArray **all,
      GHashTable *places,
      const guint *new_places,
      guint n)
{
  GPtrArray *kept = g_ptr_array_new_with_free_func (kind->free);
  GHashTableIter iter;
  gpointer value;

  g_ptr_array_set_size (kept, (int) n);
  for (guint i = 0; i < (*all)->len; i++)
    if (new_places[i + 1] > 0)
      kept->pdata[new_places[i + 1] - 1] = kind->copy (g_ptr_array_index (*all, i));
  g_hash_table_iter_init (&iter, places);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_hash_table_iter_replace (&iter, GUINT_TO_POINTER (new_places[GPOINTER_TO_UINT (value)]));
  g_ptr_array_unref (*all);
  *all = kept;
}

static gboolean
choose (const Kind *kind,
        GPtrArray **all,
        GHashTable *places,
        const char *text,
        GError **error)
{
  g_auto (GStrv) names = g_strsplit (text != NULL ? text : "", ",", -1);
  g_autofree guint *new_places = g_new0 (guint, (*all)->len + 1);
  guint n;

  if (names[0] == NULL)
    return TRUE;
  for (n = 0; names[n] != NULL; n++)
    {
      guint place = find_choice (kind, *all, new_places, g_strstrip (names[n]), error);

      if (place == 0)
        return FALSE;
      new_places[place] = n + 1;
    }
  keep (kind, all, places, new_places, n);
  return TRUE;
}

gboolean
arrays_grid_choose_conditions (GPtrArray **conditions,
                               GHashTable *places,
                               const char *text,
                               GError **error)
{
  return choose (&condition_kind, conditions, places, text, error);
}

/* ---- the grid ---- */

static int
compare_layers (gconstpointer a,
                gconstpointer b)
{
  const guint left = *(const guint *) a;
  const guint right = *(const guint *) b;

  return left < right ? -1 : left > right;
}

/* The layers of which any array is wanted, and how many these are. */
static guint
collect_layers (ArraysLayout *layout)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint n_places = 0;
  guint stage, source;

  g_clear_pointer (&layout->layers, g_array_unref);
  layout->layers = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < layout->places->places->len; i++)
    {
      const ArraysPlace *place = &g_array_index (layout->places->places, ArraysPlace, i);

      if (!arrays_layout_locate (layout, place, &stage, &source))
        continue;
      n_places++;
      if (g_hash_table_add (seen, GUINT_TO_POINTER (place->layer)))
        g_array_append_val (layout->layers, place->layer);
    }
  g_array_sort (layout->layers, compare_layers);
  return n_places;
}

static gboolean
put_in_place (ArraysLayout *layout,
              ArraysFile *file,
              GError **error)
{
  guint stage, source, layer = 0;

  for (guint i = 0; i < layout->places->places->len; i++)
    {
      ArraysPlace *place = &g_array_index (layout->places->places, ArraysPlace, i);
      ArraysPlace **spot;

      if (!arrays_layout_locate (layout, place, &stage, &source))
        continue;
      g_array_binary_search (layout->layers, &place->layer, compare_layers, &layer);
      spot = (ArraysPlace **) &layout->grid->pdata[(layer * layout->stages->len + stage) * layout->n_sources + source];
      if (*spot != NULL)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s cannot be read as a capture: “%.200s” and “%.200s” are both stage %s of layer %u: tell them apart with --set arrays.pattern=…"),
                       file->name, (*spot)->entry->shown, place->entry->shown, arrays_layout_get_stage (layout, stage)->id, place->layer);
          return FALSE;
        }
      *spot = place;
    }
  return TRUE;
}

const ArraysPlace *
arrays_layout_get (const ArraysLayout *layout,
                   guint layer_place,
                   guint stage,
                   guint source)
{
  return g_ptr_array_index (layout->grid, (layer_place * layout->stages->len + stage) * layout->n_sources + source);
}

/* ---- whether it is whole ---- */

static gboolean
is_whole (ArraysLayout *layout,
          guint stage)
{
  for (guint l = 0; l < layout->layers->len; l++)
    for (guint c = 0; c < layout->n_sources; c++)
      if (arrays_layout_get (layout, l, stage, c) == NULL)
        return FALSE;
  return TRUE;
}

static char *
advise_stages (ArraysLayout *layout)
{
  g_autoptr (GString) whole = g_string_new (NULL);

  for (guint s = 0; s < layout->stages->len; s++)
    if (is_whole (layout, s))
      g_string_append_printf (whole, "%s%s", whole->len > 0 ? "," : "", arrays_layout_get_stage (layout, s)->id);
  if (whole->len > 0)
    return g_strdup_printf (_ ("; whole are --set arrays.stages=%s"), whole->str);
  return g_strdup (_ ("; choose some with --set arrays.stages=… or arrays.conditions=…, or read the names in another way with arrays.pattern"));
}

static gboolean
check_whole (ArraysLayout *layout,
             ArraysFile *file,
             GError **error)
{
  g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *advice = NULL;

  for (guint l = 0; l < layout->layers->len; l++)
    for (guint s = 0; s < layout->stages->len; s++)
      for (guint c = 0; c < layout->n_sources; c++)
        if (arrays_layout_get (layout, l, s, c) == NULL)
          g_ptr_array_add (missing, g_strdup_printf ("%s/L%u/%s", sonde_condition_get_id (arrays_layout_get_condition (layout, c)), g_array_index (layout->layers, guint, l), arrays_layout_get_stage (layout, s)->id));
  if (missing->len == 0)
    return TRUE;
  advice = advise_stages (layout);
  return !arrays_refuse (file, missing, TRUE, _ ("every condition needs every stage in every layer, and these are missing"), advice, error);
}

/* The sequences and positions of a condition's rows are the same everywhere, where arrays have axes of them. */
static gboolean
agrees (const ArraysMatrix *matrix,
        const ArraysMatrix **known)
{
  if (matrix->n_sequences == 0)
    return TRUE;
  if (*known == NULL)
    *known = matrix;
  return (*known)->n_sequences == matrix->n_sequences && (*known)->n_positions == matrix->n_positions;
}

static gboolean
check_shapes (ArraysLayout *layout,
              ArraysFile *file,
              GError **error)
{
  g_autoptr (GPtrArray) odd = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) parted = g_ptr_array_new ();
  g_autofree const ArraysMatrix **known = g_new0 (const ArraysMatrix *, layout->n_sources);
  guint64 rows = 0;

  layout->widths = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint s = 0; s < layout->stages->len; s++)
    g_array_append_val (layout->widths, arrays_layout_get (layout, 0, s, 0)->matrix->n_features);
  for (guint i = 0; i < layout->grid->len; i++)
    {
      const ArraysPlace *place = g_ptr_array_index (layout->grid, i);
      const guint source = i % layout->n_sources;
      const guint expected_rows = sonde_condition_get_n_rows (arrays_layout_get_condition (layout, source));
      /* NOLINTNEXTLINE(clang-analyzer-core.DivideZero): a place in the grid has a stage */
      const guint expected_columns = g_array_index (layout->widths, guint, i / layout->n_sources % layout->stages->len);

      if (place->matrix->n_rows != expected_rows || place->matrix->n_features != expected_columns)
        g_ptr_array_add (odd, g_strdup_printf ("%s [%u, %u] ≠ [%u, %u]", place->entry->shown, place->matrix->n_rows, place->matrix->n_features, expected_rows, expected_columns));
      else if (!agrees (place->matrix, &known[source]))
        g_ptr_array_add (parted, place->entry->shown);
    }
  if (arrays_refuse (file, odd, FALSE, _ ("a condition has equally many rows everywhere and a stage equally many features, which these have not"), _ ("; arrays of another width are stages of their own, if --set arrays.pattern=… names them so, and arrays.stages chooses some"), error) || arrays_refuse (file, parted, TRUE, _ ("the rows of these make other numbers of sequences and positions than those of the first array"), "", error))
    return FALSE;
  for (guint c = 0; c < layout->n_sources; c++)
    rows += sonde_condition_get_n_rows (arrays_layout_get_condition (layout, c));
  if (rows <= G_MAXINT)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s has more than %d rows"), file->name, G_MAXINT);
  return FALSE;
}

/* Of stages that nobody named those stay that make a whole grid, and a sentence says which do not. */
static void
leave_out (ArraysLayout *layout,
           ArraysFile *file)
{
  g_autofree guint *new_places = NULL;
  guint n = arrays_fit_find (layout, file, &new_places);

  if (n > 0)
    keep (&stage_kind, &layout->stages, layout->stage_places, new_places, n);
}

gboolean
arrays_grid_fill (ArraysLayout *layout,
                  ArraysFile *file,
                  const ArraysOptions *options,
                  GError **error)
{
  guint64 n_wanted;
  guint n_places;

  if (!choose (&stage_kind, &layout->stages, layout->stage_places, options->stages, error))
    return FALSE;
  /* where no array names a condition, a table of rows may */
  if (!layout->unnamed && !choose (&condition_kind, &layout->conditions, layout->source_places, options->conditions, error))
    return FALSE;
  layout->n_sources = layout->conditions->len;
  n_places = collect_layers (layout);
  if (!layout->described && (options->stages == NULL || *options->stages == '\0'))
    {
      leave_out (layout, file);
      n_places = collect_layers (layout);
    }
  if (n_places > 0 && !layout->described)
    layout->n_layers = g_array_index (layout->layers, guint, layout->layers->len - 1) + 1;

  /* every place is wanted, so that many more places than arrays need no list of what is missing */
  n_wanted = (guint64) layout->layers->len * layout->stages->len;
  if (n_places == 0 || n_wanted > 2 * (guint64) n_places || n_wanted * layout->n_sources > 2 * (guint64) n_places)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s cannot be read as a capture: %u conditions, %u layers and %u stages need more arrays than the %u that there are: choose with --set arrays.stages=… and arrays.conditions=…, or read the names in another way with arrays.pattern"),
                   file->name, layout->n_sources, layout->layers->len, layout->stages->len, n_places);
      return FALSE;
    }
  layout->grid = g_ptr_array_new ();
  g_ptr_array_set_size (layout->grid, (int) (n_wanted * layout->n_sources));
  return put_in_place (layout, file, error) && check_whole (layout, file, error) && check_shapes (layout, file, error);
}
