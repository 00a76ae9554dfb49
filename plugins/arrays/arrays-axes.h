#pragma once

#include "arrays-view.h"

G_BEGIN_DECLS

/* What the axes of arrays mean. */
typedef struct _ArraysAxes ArraysAxes;

/* @text: "auto", or a list as "sequence,position,feature,feature". */
ArraysAxes *arrays_axes_new (const char *text, GError **error);
void arrays_axes_free (ArraysAxes *axes);
/* Whether the number of axes says what they mean. */
gboolean arrays_axes_is_automatic (const ArraysAxes *axes);
/* @view as rows x features, of each layer where it has an axis of them. @has_layer: whether its name says of which layer it is.
 * FALSE: it is nothing of the kind, and @reason, (transfer full), says why. */
gboolean arrays_axes_apply (const ArraysAxes *axes, const ArraysView *view, gboolean has_layer, ArraysMatrix *matrix, SondeWords **reason);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ArraysAxes, arrays_axes_free)

G_END_DECLS
