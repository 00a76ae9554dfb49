#define G_LOG_DOMAIN "arrays"

#include "arrays-places.h"

#include <glib/gi18n-lib.h>

#include "arrays-axes.h"
#include "arrays-limits.h"

#define MAX_LISTED 10 /* names in a sentence */

void
arrays_places_free (ArraysPlaces *places)
{
  g_clear_pointer (&places->pattern, arrays_pattern_free);
  g_array_unref (places->places);
  g_ptr_array_unref (places->unmatched);
  g_ptr_array_unref (places->unfit);
  g_ptr_array_unref (places->matrices);
  g_string_chunk_free (places->texts);
  g_free (places);
}

char *
arrays_list_names (GPtrArray *names,
                   gboolean quote)
{
  GString *list = g_string_new (NULL);
  const guint shown = MIN (names->len, MAX_LISTED);

  for (guint i = 0; i < shown; i++)
    {
      g_autofree char *valid = g_utf8_make_valid (g_ptr_array_index (names, i), -1);
      g_autofree char *name = g_utf8_substring (valid, 0, MIN (300, g_utf8_strlen (valid, -1)));

      g_string_append (list, i == 0 ? "" : ", ");
      if (quote)
        g_string_append_printf (list, _ ("“%s”"), name);
      else
        g_string_append (list, name);
    }
  if (names->len > shown)
    g_string_append_printf (list, _ (" and %u more"), names->len - shown);
  return g_string_free (list, FALSE);
}

GPtrArray *
arrays_say (GPtrArray *words)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < words->len; i++)
    g_ptr_array_add (texts, g_strdup (sonde_words_get (g_ptr_array_index (words, i))));
  return texts;
}

static char *
dup_unfit (const ArraysPlaces *places,
           const ArraysFile *file)
{
  g_autoptr (GPtrArray) names = arrays_say (places->unfit);
  g_autofree char *list = arrays_list_names (names, FALSE);

  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s: %u of %u arrays is left out, since it is no rows x features of numbers: %s", "%s: %u of %u arrays are left out, since they are no rows x features of numbers: %s", places->unfit->len), file->name, places->unfit->len, file->entries->len, list);
}

static char *
dup_unmatched (const ArraysPlaces *places,
               const ArraysFile *file)
{
  g_autofree char *list = arrays_list_names (places->unmatched, TRUE);

  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s: %u of %u arrays is left out, since the pattern %s finds no stage and layer in its name: %s", "%s: %u of %u arrays are left out, since the pattern %s finds no stage and layer in their names: %s", places->unmatched->len), file->name, places->unmatched->len, file->entries->len, arrays_pattern_get_name (places->pattern), list);
}

static char *
dup_skipped (const ArraysFile *file)
{
  g_autoptr (GPtrArray) names = arrays_say (file->skipped);
  g_autofree char *list = arrays_list_names (names, FALSE);

  return g_strdup_printf (_ ("%s: these were passed over: %s"), file->name, list);
}

gboolean
arrays_refuse (ArraysFile *file,
               GPtrArray *names,
               gboolean quote,
               const char *problem,
               const char *advice,
               GError **error)
{
  g_autofree char *list = NULL;

  if (names->len == 0)
    return FALSE;
  list = arrays_list_names (names, quote);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s cannot be read as a capture: %s: %s%s: correct or leave out these"), file->name, problem, list, advice);
  return TRUE;
}

GPtrArray *
arrays_places_list_warnings (const ArraysPlaces *places,
                             ArraysFile *file)
{
  GPtrArray *warnings = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_words_unref);

  if (places->unmatched->len > 0)
    g_ptr_array_add (warnings, SONDE_WORDS (dup_unmatched (places, file)));
  if (places->unfit->len > 0)
    g_ptr_array_add (warnings, SONDE_WORDS (dup_unfit (places, file)));
  if (file->skipped->len > 0)
    g_ptr_array_add (warnings, SONDE_WORDS (dup_skipped (file)));
  return warnings;
}

static void
add_unfit (ArraysPlaces *places,
           const ArraysEntry *entry,
           SondeWords *reason)
{
  g_ptr_array_add (places->unfit, SONDE_WORDS (g_strdup_printf ("“%.200s” (%s)", entry->shown, sonde_words_get (reason))));
}

static const char *
keep (ArraysPlaces *places,
      const char *text)
{
  return text != NULL ? g_string_chunk_insert_const (places->texts, text) : NULL;
}

static gboolean
add_places (ArraysPlaces *places,
            ArraysFile *file,
            const ArraysEntry *entry,
            const ArraysName *name,
            const ArraysMatrix *matrix,
            GError **error)
{
  ArraysMatrix *kept = g_memdup2 (matrix, sizeof *matrix);
  ArraysPlace place = { .entry = entry, .matrix = kept };

  g_ptr_array_add (places->matrices, kept);
  if (places->places->len + matrix->n_layers > ARRAYS_MAX_PLACES)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s holds more than %d layers of arrays"), file->name, ARRAYS_MAX_PLACES);
      return FALSE;
    }
  place.condition = keep (places, name->condition != NULL ? name->condition : entry->container->condition);
  place.stage = keep (places, name->stage);
  place.form = keep (places, name->form);
  for (guint i = 0; i < matrix->n_layers; i++)
    {
      place.layer = matrix->has_layers ? i : name->layer;
      place.offset = i * matrix->layer_stride;
      g_array_append_val (places->places, place);
    }
  return TRUE;
}

/* The usual axes of what is called so; (nullable). */
static ArraysAxes *
recall_axes (const ArraysPlaces *places,
             const ArraysAxes *axes,
             const ArraysEntry *entry,
             const ArraysName *name)
{
  const char *usual = arrays_axes_is_automatic (axes) && name->has_layer ? arrays_pattern_get_axes (places->pattern, name->stage, entry->view.n_dims, places->batched) : NULL;

  return usual != NULL ? arrays_axes_new (usual, NULL) : NULL;
}

static gboolean
take_entry (ArraysPlaces *places,
            ArraysFile *file,
            const ArraysAxes *axes,
            const ArraysEntry *entry,
            GError **error)
{
  g_auto (ArraysName) name = { 0 };
  g_autoptr (SondeWords) reason = NULL;
  g_autoptr (ArraysAxes) usual = NULL;
  ArraysMatrix matrix;
  gboolean found;

  if (!arrays_pattern_read (places->pattern, entry->name, &name, &found, error))
    return FALSE;
  usual = found && entry->problem == NULL ? recall_axes (places, axes, entry, &name) : NULL;
  if (!found)
    g_ptr_array_add (places->unmatched, g_strdup (entry->shown));
  else if (entry->problem != NULL)
    add_unfit (places, entry, entry->problem);
  else if (!arrays_axes_apply (usual != NULL ? usual : axes, &entry->view, name.has_layer, &matrix, &reason))
    add_unfit (places, entry, reason);
  else
    return add_places (places, file, entry, &name, &matrix, error);
  return TRUE;
}

/* Whether arrays have an axis of sequences: none has where any is rows x features. */
static gboolean
find_batched (const ArraysPlaces *places,
              ArraysFile *file,
              gboolean *batched,
              GError **error)
{
  *batched = TRUE;
  for (guint i = 0; i < file->entries->len && *batched; i++)
    {
      const ArraysEntry *entry = g_ptr_array_index (file->entries, i);
      g_auto (ArraysName) name = { 0 };
      gboolean found = FALSE;

      if (entry->problem == NULL && entry->view.n_dims == 2 && !arrays_pattern_read (places->pattern, entry->name, &name, &found, error))
        return FALSE;
      *batched = !found;
    }
  return TRUE;
}

static gboolean
check_any (ArraysPlaces *places,
           ArraysFile *file,
           GError **error)
{
  g_autoptr (GPtrArray) warnings = arrays_places_list_warnings (places, file);
  g_autoptr (GPtrArray) sentences = arrays_say (warnings);
  g_autofree char *presets = arrays_pattern_list_presets ();
  g_autofree char *why = NULL;

  if (places->places->len > 0)
    return TRUE;
  g_ptr_array_add (sentences, NULL);
  why = g_strjoinv ("; ", (char **) sentences->pdata);
  if (file->entries->len == 0)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s holds no arrays: name another"), file->name);
  else
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s holds no arrays that can be analysed: %s%s%s: name another, or say with --set arrays.axes=… what they are"), file->name, why, places->unmatched->len > 0 ? _ ("; --set arrays.pattern=… takes a regular expression, auto or one of ") : "", places->unmatched->len > 0 ? presets : "");
  return FALSE;
}

ArraysPlaces *
arrays_places_new (ArraysFile *file,
                   const ArraysOptions *options,
                   GCancellable *cancellable,
                   GError **error)
{
  g_autoptr (ArraysAxes) axes = arrays_axes_new (options->axes, error);
  g_autoptr (ArraysPlaces) places = g_new0 (ArraysPlaces, 1);
  g_autoptr (GPtrArray) names = g_ptr_array_sized_new (file->entries->len);

  places->places = g_array_new (FALSE, FALSE, sizeof (ArraysPlace));
  places->unmatched = g_ptr_array_new_with_free_func (g_free);
  places->unfit = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_words_unref);
  places->matrices = g_ptr_array_new_with_free_func (g_free);
  places->texts = g_string_chunk_new (4096);
  for (guint i = 0; i < file->entries->len; i++)
    g_ptr_array_add (names, ((ArraysEntry *) g_ptr_array_index (file->entries, i))->name);
  places->pattern = axes != NULL ? arrays_pattern_new (options->pattern, names, cancellable, error) : NULL;
  if (places->pattern == NULL || !find_batched (places, file, &places->batched, error))
    return NULL;
  for (guint i = 0; i < file->entries->len; i++)
    if (g_cancellable_set_error_if_cancelled (cancellable, error) || !take_entry (places, file, axes, g_ptr_array_index (file->entries, i), error))
      return NULL;
  return check_any (places, file, error) ? g_steal_pointer (&places) : NULL;
}
