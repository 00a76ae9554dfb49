#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* cairo's picture with the size of its pixels and with texts; keywords and texts in turn, ended by NULL. */
GBytes *_sonde_png_finish (const guchar *png, gsize length, double dots_per_inch, const char *const *texts);
/* A PNG of indexed colours: @indices [rows x columns], @palette [256] of 0xRRGGBB. */
guint8 *_sonde_png_encode (const guint8 *indices, gsize rows, gsize columns, const guint32 *palette, gsize *length);

G_END_DECLS
