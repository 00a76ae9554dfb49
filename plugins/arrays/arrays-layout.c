#define G_LOG_DOMAIN "arrays"

#include "arrays-layout.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#define MAX_LAYERS 10000
#define MAX_KINDS 1000 /* of conditions, and of stages */
#define MAX_LISTED 5   /* names in a sentence */

/* What CONDITION/L6/STAGE says. */
typedef struct
{
  char *condition;
  char *stage;
  guint layer;
  const ArraysEntry *entry;
} Place;

static void
place_free (Place *place)
{
  g_free (place->condition);
  g_free (place->stage);
  g_free (place);
}

void
arrays_layout_free (ArraysLayout *layout)
{
  g_free (layout->title);
  g_clear_pointer (&layout->layers, g_array_unref);
  g_clear_pointer (&layout->stages, g_ptr_array_unref);
  g_clear_pointer (&layout->widths, g_array_unref);
  g_clear_pointer (&layout->conditions, g_ptr_array_unref);
  g_clear_pointer (&layout->entries, g_ptr_array_unref);
  g_free (layout);
}

/* ---- names ---- */

/* As ids are in recipes, and with dots; they become part of other files' contents. */
static gboolean
is_id (const char *text)
{
  return *text != '\0' && *text != '.' && strlen (text) <= 100 && strspn (text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == strlen (text);
}

static Place *
place_new (const ArraysEntry *entry)
{
  g_auto (GStrv) parts = g_strsplit (entry->name, "/", 4);
  guint64 layer;
  Place *place;

  if (g_strv_length (parts) != 3 || !is_id (parts[0]) || !is_id (parts[2]) || parts[1][0] != 'L' || (parts[1][1] == '0' && parts[1][2] != '\0') || !g_ascii_string_to_unsigned (parts[1] + 1, 10, 0, MAX_LAYERS - 1, &layer, NULL))
    return NULL;
  place = g_new (Place, 1);
  *place = (Place){ g_strdup (parts[0]), g_strdup (parts[2]), (guint) layer, entry };
  return place;
}

/* “a”, “b” and 7 more */
static char *
list_names (GPtrArray *names)
{
  GString *list = g_string_new (NULL);
  guint shown = MIN (names->len, MAX_LISTED);

  for (guint i = 0; i < shown; i++)
    {
      g_autofree char *valid = g_utf8_make_valid (g_ptr_array_index (names, i), -1);
      g_autofree char *name = g_utf8_substring (valid, 0, MIN (100, g_utf8_strlen (valid, -1)));

      g_string_append_printf (list, i == 0 ? "“%s”" : ", “%s”", name);
    }
  if (names->len > shown)
    g_string_append_printf (list, _ (" and %u more"), names->len - shown);
  return g_string_free (list, FALSE);
}

static gboolean
refuse (ArraysFile *file,
        GPtrArray *names,
        const char *problem,
        GError **error)
{
  g_autofree char *list = NULL;

  if (names->len == 0)
    return FALSE;
  list = list_names (names);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s cannot be read as a capture: %s: %s"), file->name, problem, list);
  return TRUE;
}

static GPtrArray *
parse_names (ArraysFile *file,
             GError **error)
{
  g_autoptr (GPtrArray) places = g_ptr_array_new_with_free_func ((GDestroyNotify) place_free);
  g_autoptr (GPtrArray) unnamed = g_ptr_array_new ();
  g_autoptr (GPtrArray) flat = g_ptr_array_new ();

  for (guint i = 0; i < file->entries->len; i++)
    {
      ArraysEntry *entry = g_ptr_array_index (file->entries, i);
      Place *place = place_new (entry);

      if (place == NULL)
        g_ptr_array_add (unnamed, entry->name);
      else
        g_ptr_array_add (places, place);
      if (entry->n_dims != 2 || entry->shape[0] == 0 || entry->shape[1] == 0 || entry->shape[0] > G_MAXINT || entry->shape[1] > G_MAXINT)
        g_ptr_array_add (flat, entry->name);
    }
  if (refuse (file, unnamed, _ ("arrays are not named CONDITION/L6/STAGE"), error) || refuse (file, flat, _ ("arrays are not rows x features, with at least one of each"), error))
    return NULL;
  if (places->len > 0)
    return g_steal_pointer (&places);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s holds no arrays"), file->name);
  return NULL;
}

/* ---- what there is of each ---- */

static int
find_condition (ArraysLayout *layout,
                const char *id)
{
  for (guint i = 0; i < layout->conditions->len; i++)
    if (g_str_equal (sonde_condition_get_id (g_ptr_array_index (layout->conditions, i)), id))
      return (int) i;
  return -1;
}

static int
find_stage (ArraysLayout *layout,
            const char *id)
{
  for (guint i = 0; i < layout->stages->len; i++)
    if (g_str_equal (((SondeStage *) g_ptr_array_index (layout->stages, i))->id, id))
      return (int) i;
  return -1;
}

static int
compare_layers (gconstpointer a,
                gconstpointer b)
{
  const guint left = *(const guint *) a;
  const guint right = *(const guint *) b;

  return left < right ? -1 : left > right;
}

static int
find_layer (ArraysLayout *layout,
            guint layer)
{
  guint place;

  return g_array_binary_search (layout->layers, &layer, compare_layers, &place) ? (int) place : -1;
}

static void
collect_layers (ArraysLayout *layout,
                GPtrArray *places)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < places->len; i++)
    {
      guint layer = ((Place *) g_ptr_array_index (places, i))->layer;

      if (g_hash_table_add (seen, GUINT_TO_POINTER (layer)))
        g_array_append_val (layout->layers, layer);
    }
  g_array_sort (layout->layers, compare_layers);
}

static gboolean
check_kinds (ArraysLayout *layout,
             ArraysFile *file,
             GError **error)
{
  if (layout->conditions->len <= MAX_KINDS && layout->stages->len <= MAX_KINDS)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s has more than %d conditions or stages"), file->name, MAX_KINDS);
  return FALSE;
}

/* Without a description: in the order of the file, every label the id itself. */
static void
derive (ArraysLayout *layout,
        ArraysFile *file,
        GPtrArray *places)
{
  layout->title = g_strdup (file->name);
  layout->n_layers = g_array_index (layout->layers, guint, layout->layers->len - 1) + 1;
  layout->stages = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_stage_free);
  layout->conditions = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < places->len && layout->stages->len <= MAX_KINDS && layout->conditions->len <= MAX_KINDS; i++)
    {
      const Place *place = g_ptr_array_index (places, i);

      if (find_stage (layout, place->stage) < 0)
        {
          g_autofree char *short_label = g_utf8_substring (place->stage, 0, MIN (4, g_utf8_strlen (place->stage, -1)));

          g_ptr_array_add (layout->stages, sonde_stage_new (place->stage, short_label, place->stage, place->stage, place->stage, place->stage));
        }
      if (find_condition (layout, place->condition) < 0)
        g_ptr_array_add (layout->conditions, sonde_condition_new_plain (place->condition, (guint) place->entry->shape[0]));
    }
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

static gboolean
describe (ArraysLayout *layout,
          ArraysFile *file,
          GError **error)
{
  g_autoptr (SondeCaptureDescription) description = sonde_capture_description_parse (file->description, file->name, error);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  const char *twice = NULL;

  if (description == NULL)
    return FALSE;
  layout->title = g_strdup_printf (_ ("%s (%s)"), description->model, file->name);
  layout->n_layers = description->n_layers;
  layout->stages = g_ptr_array_ref (description->stages);
  layout->conditions = g_ptr_array_ref (description->conditions);
  for (guint i = 0; i < layout->conditions->len; i++)
    if (!g_hash_table_add (seen, (gpointer) sonde_condition_get_id (g_ptr_array_index (layout->conditions, i))))
      twice = _ ("a condition");
  if (has_doubles (layout->stages, G_STRUCT_OFFSET (SondeStage, id)))
    twice = _ ("a stage");
  if (twice != NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: its description names %s twice"), file->name, twice);
      return FALSE;
    }
  if (layout->n_layers <= g_array_index (layout->layers, guint, layout->layers->len - 1))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: its description speaks of %u layers, but there are arrays of layer %u"),
                   file->name, layout->n_layers, g_array_index (layout->layers, guint, layout->layers->len - 1));
      return FALSE;
    }
  separate_sites (layout->stages);
  return TRUE;
}

/* ---- whether they fit ---- */

static gboolean
put_in_place (ArraysLayout *layout,
              ArraysFile *file,
              GPtrArray *places,
              GError **error)
{
  g_autoptr (GPtrArray) unknown = g_ptr_array_new ();

  for (guint i = 0; i < places->len; i++)
    {
      const Place *place = g_ptr_array_index (places, i);
      int c = find_condition (layout, place->condition);
      int s = find_stage (layout, place->stage);

      if (c < 0 || s < 0)
        {
          g_ptr_array_add (unknown, place->entry->name);
          continue;
        }
      g_ptr_array_index (layout->entries, ((guint) find_layer (layout, place->layer) * layout->stages->len + (guint) s) * layout->conditions->len + (guint) c) = (gpointer) place->entry;
    }
  return !refuse (file, unknown, _ ("its description does not know these arrays"), error);
}

static gboolean
check_complete (ArraysLayout *layout,
                ArraysFile *file,
                GError **error)
{
  g_autoptr (GPtrArray) missing = g_ptr_array_new_with_free_func (g_free);

  for (guint l = 0; l < layout->layers->len; l++)
    for (guint s = 0; s < layout->stages->len; s++)
      for (guint c = 0; c < layout->conditions->len; c++)
        if (arrays_layout_get (layout, l, s, c) == NULL)
          g_ptr_array_add (missing, g_strdup_printf ("%s/L%u/%s", sonde_condition_get_id (g_ptr_array_index (layout->conditions, c)),
                                                     g_array_index (layout->layers, guint, l), ((SondeStage *) g_ptr_array_index (layout->stages, s))->id));
  return !refuse (file, missing, _ ("every condition needs every stage in every layer, and these are missing"), error);
}

static gboolean
check_shapes (ArraysLayout *layout,
              ArraysFile *file,
              GError **error)
{
  g_autoptr (GPtrArray) odd = g_ptr_array_new_with_free_func (g_free);
  gsize rows = 0;

  for (guint s = 0; s < layout->stages->len; s++)
    {
      guint width = (guint) arrays_layout_get (layout, 0, s, 0)->shape[1];

      g_array_append_val (layout->widths, width);
    }
  for (guint i = 0; i < layout->entries->len; i++)
    {
      const ArraysEntry *entry = g_ptr_array_index (layout->entries, i);
      guint expected_rows = sonde_condition_get_n_rows (g_ptr_array_index (layout->conditions, i % layout->conditions->len));
      guint expected_columns = g_array_index (layout->widths, guint, i / layout->conditions->len % layout->stages->len);

      if (entry->shape[0] != expected_rows || entry->shape[1] != expected_columns)
        g_ptr_array_add (odd, g_strdup_printf ("%s [%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT "] ≠ [%u, %u]", entry->name, entry->shape[0], entry->shape[1], expected_rows, expected_columns));
    }
  if (refuse (file, odd, _ ("a condition has equally many rows everywhere and a stage equally many features, which these have not"), error))
    return FALSE;
  for (guint c = 0; c < layout->conditions->len; c++)
    rows += sonde_condition_get_n_rows (g_ptr_array_index (layout->conditions, c));
  if (rows <= G_MAXINT)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s has more than %d rows"), file->name, G_MAXINT);
  return FALSE;
}

/* ---- all together ---- */

const ArraysEntry *
arrays_layout_get (ArraysLayout *layout,
                   guint layer_place,
                   guint stage,
                   guint condition)
{
  return g_ptr_array_index (layout->entries, (layer_place * layout->stages->len + stage) * layout->conditions->len + condition);
}

ArraysLayout *
arrays_layout_new (ArraysFile *file,
                   GError **error)
{
  g_autoptr (GPtrArray) places = parse_names (file, error);
  g_autoptr (ArraysLayout) layout = NULL;
  guint64 n_entries;

  if (places == NULL)
    return NULL;
  layout = g_new0 (ArraysLayout, 1);
  layout->layers = g_array_new (FALSE, FALSE, sizeof (guint));
  layout->widths = g_array_new (FALSE, FALSE, sizeof (guint));
  collect_layers (layout, places);
  if (file->description == NULL)
    derive (layout, file, places);
  else if (!describe (layout, file, error))
    return NULL;
  if (!check_kinds (layout, file, error))
    return NULL;

  /* every place is wanted, so that many more places than arrays need no list of what is missing */
  n_entries = (guint64) layout->layers->len * layout->stages->len;
  if (n_entries > 2 * (guint64) places->len || n_entries * layout->conditions->len > 2 * (guint64) places->len)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s cannot be read as a capture: %u conditions, %u layers and %u stages need more arrays than the %u that there are"),
                   file->name, layout->conditions->len, layout->layers->len, layout->stages->len, places->len);
      return NULL;
    }
  layout->entries = g_ptr_array_new ();
  g_ptr_array_set_size (layout->entries, (int) (n_entries * layout->conditions->len));
  if (!put_in_place (layout, file, places, error) || !check_complete (layout, file, error) || !check_shapes (layout, file, error))
    return NULL;
  return g_steal_pointer (&layout);
}
