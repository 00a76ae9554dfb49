#define G_LOG_DOMAIN "arrays"

#include "arrays-fit.h"

#include <glib/gi18n-lib.h>

/* What the arrays of one stage are like. */
typedef struct
{
  guint n_arrays;
  guint width;           /* of the first */
  guint other_width;     /* of one that is not as wide; 0: all are */
  guint odd_rows;        /* of one that has not as many as its condition; 0: all have */
  guint rows;            /* that it should have */
  const char *objection; /* (nullable): to what is called so */
} Fit;

static Fit *
look (ArraysLayout *layout)
{
  Fit *fits = g_new0 (Fit, layout->stages->len + 1);
  guint stage, source;

  for (guint i = 0; i < layout->places->places->len; i++)
    {
      const ArraysPlace *place = &g_array_index (layout->places->places, ArraysPlace, i);
      guint n_rows;
      Fit *fit;

      if (!arrays_layout_locate (layout, place, &stage, &source))
        continue;
      fit = &fits[stage];
      n_rows = sonde_condition_get_n_rows (arrays_layout_get_condition (layout, source));
      if (fit->n_arrays++ == 0)
        {
          fit->width = place->matrix->n_features;
          fit->objection = arrays_pattern_get_objection (layout->places->pattern, place->stage);
        }
      if (place->matrix->n_features != fit->width)
        fit->other_width = place->matrix->n_features;
      if (place->matrix->n_rows != n_rows && fit->odd_rows == 0)
        {
          fit->odd_rows = place->matrix->n_rows;
          fit->rows = n_rows;
        }
    }
  return fits;
}

/* (transfer full) (nullable): why the stage does not fit. */
static char *
explain (const ArraysLayout *layout,
         const Fit *fit)
{
  if (fit->objection != NULL)
    return g_strdup (_ (fit->objection));
  if (fit->odd_rows != 0)
    return g_strdup_printf (_ ("%u rows, where others have %u"), fit->odd_rows, fit->rows);
  if (fit->other_width != 0)
    return g_strdup_printf (_ ("%u features in one place and %u in another"), fit->width, fit->other_width);
  if (fit->n_arrays >= (guint64) layout->layers->len * layout->n_sources)
    return NULL;
  if (layout->n_sources == 1)
    return g_strdup_printf (_ ("in %u of %u layers"), fit->n_arrays, layout->layers->len);
  return g_strdup_printf (_ ("%u arrays, where %u layers of %u conditions are"), fit->n_arrays, layout->layers->len, layout->n_sources);
}

static char *
dup_odd_sentence (const ArraysLayout *layout,
                  const ArraysFile *file,
                  const Fit *fits)
{
  g_autoptr (GPtrArray) odd = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *list = NULL;

  for (guint s = 0; s < layout->stages->len; s++)
    {
      g_autofree char *why = explain (layout, &fits[s]);

      if (why != NULL)
        g_ptr_array_add (odd, g_strdup_printf (_ ("“%s” (%s)"), arrays_layout_get_stage (layout, s)->id, why));
    }
  list = arrays_list_names (odd, FALSE);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s: %u of %u stages is left out: %s; --set arrays.stages=… asks for stages by name, and arrays.axes says what axes mean", "%s: %u of %u stages are left out: %s; --set arrays.stages=… asks for stages by name, and arrays.axes says what axes mean", odd->len), file->name, odd->len, layout->stages->len, list);
}

guint
arrays_fit_find (ArraysLayout *layout,
                 ArraysFile *file,
                 guint **new_places)
{
  g_autofree Fit *fits = look (layout);
  g_autofree guint *places = g_new0 (guint, layout->stages->len + 1);
  guint n = 0;

  for (guint s = 0; s < layout->stages->len; s++)
    {
      g_autofree char *why = explain (layout, &fits[s]);

      if (why == NULL)
        places[s + 1] = ++n;
    }
  if (n == 0 || n == layout->stages->len)
    return 0;
  g_ptr_array_add (layout->warnings, SONDE_WORDS (dup_odd_sentence (layout, file, fits)));
  *new_places = g_steal_pointer (&places);
  return n;
}
