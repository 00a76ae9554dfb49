#pragma once

#include <math/sonde-math.h>
#include <sonde.h>

G_BEGIN_DECLS

typedef SondeMathStatus (*RsaComparison) (const double *x, const double *y, size_t n, double *score);

/* Both fill @scores [stage pairs], NaN where undefined, and @constant [stages]: all similarities are equal, and every score with
 * the stage is undefined. False with @error set, or with none where there is no memory. */

/* Pearson's correlation from moments that are added up while a pass shows the similarities: nothing is kept. */
gboolean rsa_score_moments (SondeSimilarity *similarity, double *scores, gboolean *constant, GCancellable *cancellable, GError **error);

/* Comparisons that need all similarities at once, as ranks do: keeps the strict upper triangles, eight bytes a pair and stage. */
gboolean rsa_score_triangles (SondeSimilarity *similarity, RsaComparison comparison, double *scores, gboolean *constant, GCancellable *cancellable, GError **error);

G_END_DECLS
