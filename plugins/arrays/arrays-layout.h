#pragma once

#include "arrays-places.h"

G_BEGIN_DECLS

/* The arrays of a source as a grid: for every layer, stage and condition that arrays have, one place. */
typedef struct
{
  char *title;           /* for people */
  guint n_layers;        /* of the model behind the source, held or not */
  GArray *layers;        /* of guint, ascending: those that are held */
  GPtrArray *stages;     /* of SondeStage */
  GArray *widths;        /* of guint, one a stage */
  GPtrArray *conditions; /* of SondeCondition: those that run */
  guint n_sources;       /* conditions that the arrays have by themselves, in the order of their rows */
  GArray *row_map;       /* (nullable): of guint: for each row of all conditions the one of all sources that it is */
  GPtrArray *grid;       /* of ArraysPlace: layer after layer, in each stage after stage, source after source */
  GPtrArray *warnings;   /* of SondeWords */
  char *rows_path;       /* (nullable): of the table that rows were read from */

  gboolean unnamed; /* no array belongs to a condition */
  gboolean described;
  GHashTable *stage_places;  /* what arrays call a stage → its place + 1 */
  GHashTable *source_places; /* likewise of conditions; "" is what no array names */
  ArraysPlaces *places;
} ArraysLayout;

/* Whether names and shapes make a whole grid is checked here; a sentence lists what does not fit. */
ArraysLayout *arrays_layout_new (ArraysFile *file, const ArraysOptions *options, GCancellable *cancellable, GError **error);
void arrays_layout_free (ArraysLayout *layout);
const ArraysPlace *arrays_layout_get (const ArraysLayout *layout, guint layer_place, guint stage, guint source);
/* The stage and source of @place, from 0; FALSE where somebody chose others. */
gboolean arrays_layout_locate (const ArraysLayout *layout, const ArraysPlace *place, guint *stage, guint *source);
/* Letters, digits, “-”, “_” and “.” of @text, not the same as any in @used, which gets it: (transfer full). */
char *arrays_make_id (const char *text, GHashTable *used);

static inline SondeStage *
arrays_layout_get_stage (const ArraysLayout *layout, guint stage)
{
  return (SondeStage *) g_ptr_array_index (layout->stages, stage);
}

static inline SondeCondition *
arrays_layout_get_condition (const ArraysLayout *layout, guint condition)
{
  return (SondeCondition *) g_ptr_array_index (layout->conditions, condition);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArraysLayout, arrays_layout_free)

G_END_DECLS
