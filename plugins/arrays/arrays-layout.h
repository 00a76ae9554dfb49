#pragma once

#include "arrays-file.h"

G_BEGIN_DECLS

/* The arrays of a file as rows of conditions: for every layer, stage and condition one entry. */
typedef struct
{
  char *title;           /* for people */
  guint n_layers;        /* of the model behind the file, held or not */
  GArray *layers;        /* of guint, ascending: those that are held */
  GPtrArray *stages;     /* of SondeStage */
  GArray *widths;        /* of guint, one a stage */
  GPtrArray *conditions; /* of SondeCondition */
  GPtrArray *entries;    /* of ArraysEntry, owned by the file: layer after layer, in each stage after stage, condition after condition */
} ArraysLayout;

/* Names, completeness, row counts and widths are checked here; the sentence lists what does not fit. */
ArraysLayout *arrays_layout_new (ArraysFile *file, GError **error);
void arrays_layout_free (ArraysLayout *layout);
const ArraysEntry *arrays_layout_get (ArraysLayout *layout, guint layer_place, guint stage, guint condition);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArraysLayout, arrays_layout_free)

G_END_DECLS
