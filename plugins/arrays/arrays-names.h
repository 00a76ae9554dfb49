#pragma once

#include "arrays-limits.h"
#include "sonde.h"

G_BEGIN_DECLS

/* A way to read names. */
typedef struct _ArraysPattern ArraysPattern;

/* What a name says; each part as it stands there. */
typedef struct
{
  char *condition; /* (nullable) */
  char *stage;
  char *form; /* the name without its condition and with "{layer}" in the layer's place */
  guint layer;
  gboolean has_layer;
} ArraysName;

void arrays_name_clear (ArraysName *name);

/* @text: "auto", which takes the preset that reads most of @names, a preset's name, or a regular expression with named groups. */
ArraysPattern *arrays_pattern_new (const char *text, GPtrArray *names, GCancellable *cancellable, GError **error);
void arrays_pattern_free (ArraysPattern *pattern);
const char *arrays_pattern_get_name (const ArraysPattern *pattern);
const char *arrays_pattern_get_library (const ArraysPattern *pattern); /* (nullable): whose names these are */
gboolean arrays_pattern_is_own (const ArraysPattern *pattern);         /* whether it is CONDITION/L6/STAGE */
/* "sonde, notebook, …" (transfer full) */
char *arrays_pattern_list_presets (void);
/* What the axes of an array are, where its name tells and it has so many: a text for arrays_axes_new (); NULL elsewhere. @batched: whether
 * arrays of the same file have an axis of sequences. */
const char *arrays_pattern_get_axes (const ArraysPattern *pattern, const char *stage, guint n_dims, gboolean batched);
/* (nullable): why what is called so is not analysed where nobody asks for it. */
const char *arrays_pattern_get_objection (const ArraysPattern *pattern, const char *stage);
/* @found FALSE: the pattern finds nothing in @name. Fails where finding out takes too long. */
gboolean arrays_pattern_read (const ArraysPattern *pattern, const char *name, ArraysName *result, gboolean *found, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (ArraysName, arrays_name_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArraysPattern, arrays_pattern_free)

G_END_DECLS
