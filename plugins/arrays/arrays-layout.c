#define G_LOG_DOMAIN "arrays"

#include "arrays-layout.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "arrays-grid.h"
#include "arrays-limits.h"
#include "arrays-origins.h"

#define MAX_ID 100 /* bytes */
#define ID_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
#define NO_CONDITION "all" /* the id of the condition that no array names */

void
arrays_layout_free (ArraysLayout *layout)
{
  g_free (layout->title);
  g_free (layout->rows_path);
  g_clear_pointer (&layout->layers, g_array_unref);
  g_clear_pointer (&layout->stages, g_ptr_array_unref);
  g_clear_pointer (&layout->widths, g_array_unref);
  g_clear_pointer (&layout->conditions, g_ptr_array_unref);
  g_clear_pointer (&layout->row_map, g_array_unref);
  g_clear_pointer (&layout->grid, g_ptr_array_unref);
  g_clear_pointer (&layout->warnings, g_ptr_array_unref);
  g_clear_pointer (&layout->stage_places, g_hash_table_unref);
  g_clear_pointer (&layout->source_places, g_hash_table_unref);
  g_clear_pointer (&layout->places, arrays_places_free);
  g_free (layout);
}

/* ---- what there is of each ---- */

/* Ids become part of other files' contents and of options. */
char *
arrays_make_id (const char *text,
                GHashTable *used)
{
  g_autofree char *base = g_strndup (text, MAX_ID - 10);
  char *id;

  g_strcanon (base, ID_CHARACTERS, '_');
  if (base[0] == '.' || base[0] == '\0')
    base[0] = '_';
  id = g_strdup (base);
  for (guint i = 2; g_hash_table_contains (used, id); i++)
    {
      g_free (id);
      id = g_strdup_printf ("%s-%u", base, i);
    }
  g_hash_table_add (used, g_strdup (id));
  return id;
}

/* The place of @text, which is the next one where it is new. */
static guint
note (GHashTable *places,
      const char *text,
      gboolean *is_new)
{
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (places, text));

  *is_new = place == 0;
  if (*is_new)
    {
      place = g_hash_table_size (places) + 1;
      g_hash_table_insert (places, g_strdup (text), GUINT_TO_POINTER (place)); /* a stage that is not chosen goes, and its name with it */
    }
  return place - 1;
}

/* What tells a stage from others, in few letters: of “mlp.hook_pre” that is “pre”. */
static char *
shorten (const char *text)
{
  const char *dot = strrchr (text, '.');
  const char *word = dot != NULL && dot[1] != '\0' ? dot + 1 : text;

  if (g_str_has_prefix (word, "hook_") && word[5] != '\0')
    word += 5;
  return g_utf8_substring (word, 0, MIN (4, g_utf8_strlen (word, -1)));
}

/* A module's path where a name says besides what of the module it is: as nnsight, model.transformer.h[6].mlp.output is what
 * transformer.h.6.mlp gives. NULL where the name is none such. */
static char *
make_module_path (const char *form)
{
  static const char *const endings[] = { ".output", ".output.0", ".output[0]" };
  const char *bare = form + (*form == '.' ? 1 : g_str_has_prefix (form, "model.transformer.") ? strlen ("model.")
                                                                                              : 0);
  g_auto (GStrv) parts = g_strsplit (bare, "[{layer}]", -1);
  g_autofree char *path = g_strjoinv (".{layer}", parts);

  for (guint i = 0; i < G_N_ELEMENTS (endings); i++)
    if (g_str_has_suffix (path, endings[i]))
      path[strlen (path) - strlen (endings[i])] = '\0';
  return g_str_equal (path, form) ? NULL : g_steal_pointer (&path);
}

static SondeStage *
derive_stage (const ArraysPlace *place,
              const char *library,
              GHashTable *used)
{
  g_autofree char *id = arrays_make_id (place->stage, used);
  g_autofree char *short_label = shorten (place->stage);
  g_autofree char *module = make_module_path (place->form);
  SondeStage *stage = sonde_stage_new (id, short_label, place->stage, place->stage, id, place->form);

  if (library != NULL)
    sonde_stage_add_alias (stage, library, place->form);
  if (library != NULL && module != NULL)
    sonde_stage_add_alias (stage, library, module);
  return stage;
}

/* Short labels that name two stages name none. */
static void
part_short_labels (GPtrArray *stages)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  gboolean twice = FALSE;

  for (guint i = 0; i < stages->len; i++)
    twice |= !g_hash_table_add (seen, ((SondeStage *) g_ptr_array_index (stages, i))->short_label);
  g_hash_table_remove_all (seen);
  for (guint i = 0; twice && i < stages->len; i++)
    {
      SondeStage *stage = g_ptr_array_index (stages, i);

      g_free (stage->short_label);
      stage->short_label = g_strdup (stage->label);
    }
}

static SondeCondition *
derive_condition (const ArraysPlace *place,
                  guint n_rows,
                  GHashTable *used)
{
  const char *text = place->condition != NULL ? place->condition : NO_CONDITION;
  g_autofree char *id = arrays_make_id (text, used);
  SondeCondition *condition = sonde_condition_new_plain (id, n_rows);

  if (!g_str_equal (id, text))
    g_object_set (condition, "title", text, NULL);
  return condition;
}

/* Conditions that arrays have, each of as many rows as most of its arrays. */
typedef struct
{
  GPtrArray *firsts;    /* of ArraysPlace: the first of each */
  GArray *rows;         /* of guint */
  GArray *votes;        /* of guint: how many arrays have so many */
  GHashTable *counters; /* "place of the condition/rows" → their number */
} Poll;

static void
poll_clear (Poll *poll)
{
  g_ptr_array_unref (poll->firsts);
  g_array_unref (poll->rows);
  g_array_unref (poll->votes);
  g_hash_table_unref (poll->counters);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Poll, poll_clear)

static void
poll_count (Poll *poll,
            ArraysLayout *layout,
            const ArraysPlace *place)
{
  const guint n_rows = place->matrix->n_rows;
  gboolean is_new;
  guint condition = note (layout->source_places, place->condition != NULL ? place->condition : "", &is_new);
  char *key = g_strdup_printf ("%u/%u", condition, n_rows);
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (poll->counters, key)) + 1;

  g_hash_table_insert (poll->counters, key, GUINT_TO_POINTER (n));
  if (is_new)
    {
      g_ptr_array_add (poll->firsts, (gpointer) place);
      g_array_set_size (poll->rows, poll->firsts->len);
      g_array_set_size (poll->votes, poll->firsts->len);
    }
  if (n <= g_array_index (poll->votes, guint, condition))
    return;
  g_array_index (poll->votes, guint, condition) = n;
  g_array_index (poll->rows, guint, condition) = n_rows;
}

/* Without a description: in the order of the file, every label the name itself. */
static gboolean
derive (ArraysLayout *layout,
        ArraysFile *file,
        GError **error)
{
  const char *library = arrays_pattern_get_library (layout->places->pattern);
  g_autoptr (GHashTable) stage_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) condition_ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_auto (Poll) poll = { g_ptr_array_new (), g_array_new (FALSE, TRUE, sizeof (guint)), g_array_new (FALSE, TRUE, sizeof (guint)), g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  gboolean is_new;

  layout->title = g_strdup (file->name);
  layout->stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  layout->conditions = g_ptr_array_new_with_free_func (g_object_unref);
  layout->unnamed = TRUE;
  for (guint i = 0; i < layout->places->places->len; i++)
    {
      const ArraysPlace *place = &g_array_index (layout->places->places, ArraysPlace, i);

      note (layout->stage_places, place->stage, &is_new);
      if (is_new)
        g_ptr_array_add (layout->stages, derive_stage (place, library, stage_ids));
      poll_count (&poll, layout, place);
      layout->unnamed &= place->condition == NULL;
      if (poll.firsts->len > ARRAYS_MAX_KINDS || layout->stages->len > ARRAYS_MAX_KINDS)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s has more than %d conditions or stages"), file->name, ARRAYS_MAX_KINDS);
          return FALSE;
        }
    }
  for (guint c = 0; c < poll.firsts->len; c++)
    g_ptr_array_add (layout->conditions, derive_condition (g_ptr_array_index (poll.firsts, c), g_array_index (poll.rows, guint, c), condition_ids));
  part_short_labels (layout->stages);
  return TRUE;
}

static gboolean
has_doubles (GPtrArray *stages,
             gsize member)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < stages->len; i++)
    if (!g_hash_table_add (seen, G_STRUCT_MEMBER (char *, g_ptr_array_index (stages, i), member)))
      return TRUE;
  return FALSE;
}

/* Two stages may have looked at the same site; here each is a site of its own. */
static void
separate_sites (GPtrArray *stages)
{
  if (!has_doubles (stages, G_STRUCT_OFFSET (SondeStage, site)))
    return;
  for (guint i = 0; i < stages->len; i++)
    {
      SondeStage *stage = g_ptr_array_index (stages, i);

      g_free (stage->site);
      stage->site = g_strdup (stage->id);
    }
}

/* A description knows every array: what it does not know, or what is no array, is refused. */
static gboolean
check_described (ArraysLayout *layout,
                 ArraysFile *file,
                 GError **error)
{
  g_autoptr (GPtrArray) unknown = g_ptr_array_new ();
  g_autoptr (GPtrArray) beyond = g_ptr_array_new ();
  g_autoptr (GPtrArray) unfit = arrays_say (layout->places->unfit);

  for (guint i = 0; i < layout->places->places->len; i++)
    {
      const ArraysPlace *place = &g_array_index (layout->places->places, ArraysPlace, i);

      if (place->condition == NULL || !g_hash_table_contains (layout->source_places, place->condition) || !g_hash_table_contains (layout->stage_places, place->stage))
        g_ptr_array_add (unknown, place->entry->name);
      else if (place->layer >= layout->n_layers)
        g_ptr_array_add (beyond, place->entry->name);
    }
  return !arrays_refuse (file, layout->places->unmatched, TRUE, _ ("its description does not know these arrays"), "", error) && !arrays_refuse (file, unfit, FALSE, _ ("these arrays are no rows x features"), "", error) && !arrays_refuse (file, unknown, TRUE, _ ("its description does not know these arrays"), "", error) && !arrays_refuse (file, beyond, TRUE, _ ("there are arrays of layers beyond those that its description speaks of"), "", error);
}

static gboolean
describe (ArraysLayout *layout,
          ArraysFile *file,
          GError **error)
{
  g_autoptr (SondeCaptureDescription) description = sonde_capture_description_parse (file->description, file->name, error);
  const char *twice = NULL;
  gboolean is_new;

  if (description == NULL)
    return FALSE;
  layout->described = TRUE;
  layout->title = g_strdup_printf (_ ("%s (%s)"), description->model, file->name);
  layout->n_layers = description->n_layers;
  layout->stages = g_ptr_array_ref (description->stages);
  layout->conditions = g_ptr_array_ref (description->conditions);
  for (guint i = 0; i < layout->conditions->len; i++)
    {
      note (layout->source_places, sonde_condition_get_id (arrays_layout_get_condition (layout, i)), &is_new);
      twice = is_new ? twice : _ ("a condition");
    }
  for (guint i = 0; i < layout->stages->len; i++)
    {
      note (layout->stage_places, arrays_layout_get_stage (layout, i)->id, &is_new);
      twice = is_new ? twice : _ ("a stage");
    }
  if (twice != NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: its description names %s twice: capture it again"), file->name, twice);
      return FALSE;
    }
  separate_sites (layout->stages);
  return check_described (layout, file, error);
}

gboolean
arrays_layout_locate (const ArraysLayout *layout,
                      const ArraysPlace *place,
                      guint *stage,
                      guint *source)
{
  *stage = GPOINTER_TO_UINT (g_hash_table_lookup (layout->stage_places, place->stage)) - 1;
  *source = GPOINTER_TO_UINT (g_hash_table_lookup (layout->source_places, place->condition != NULL ? place->condition : "")) - 1;
  return *stage != G_MAXUINT && *source != G_MAXUINT;
}

/* ---- all together ---- */

ArraysLayout *
arrays_layout_new (ArraysFile *file,
                   const ArraysOptions *options,
                   GCancellable *cancellable,
                   GError **error)
{
  g_autoptr (ArraysPlaces) places = arrays_places_new (file, options, cancellable, error);
  g_autoptr (ArraysLayout) layout = NULL;
  gboolean described;

  if (places == NULL)
    return NULL;
  layout = g_new0 (ArraysLayout, 1);
  layout->warnings = arrays_places_list_warnings (places, file);
  described = file->description != NULL && !file->folder && arrays_pattern_is_own (places->pattern);
  if (file->description != NULL && !described)
    g_ptr_array_add (layout->warnings, SONDE_WORDS (g_strdup_printf (_ ("%s: what a capture says of itself is not used %s: stages and conditions are called as its arrays are"), file->name, file->folder ? _ ("in a folder") : _ ("with another pattern"))));
  layout->places = g_steal_pointer (&places);
  layout->stage_places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  layout->source_places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!(described ? describe (layout, file, error) : derive (layout, file, error)))
    return NULL;
  if (!arrays_grid_fill (layout, file, options, error) || !arrays_origins_apply (layout, file, options, error))
    return NULL;
  return g_steal_pointer (&layout);
}
