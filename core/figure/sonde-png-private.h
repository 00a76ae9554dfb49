#pragma once

#include "sonde-indexed-image-private.h"

G_BEGIN_DECLS

/* cairo's picture with the size of its pixels and with texts; keywords and texts in turn, ended by NULL. */
GBytes *_sonde_png_finish (const guchar *png, gsize length, double dots_per_inch, const char *const *texts);
/* A PNG of indexed colours. */
guint8 *_sonde_png_encode (const SondeIndexedImage *image, gsize *length);

G_END_DECLS
