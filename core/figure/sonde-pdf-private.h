#pragma once

#include "sonde-figure-writer.h"
#include "sonde-indexed-image-private.h"

G_BEGIN_DECLS

/* What a PDF's properties say. */
typedef struct
{
  const char *title;
  const char *subject;  /* NULL: none */
  const char *keywords; /* NULL: none */
  gint64 date;          /* seconds since 1970 */
  const char *language; /* of its words: "en" */
} SondePdfProperties;

/* Draws all pages on @surface. It may be called twice and must then draw the same. */
typedef void (*SondePdfDraw) (cairo_surface_t *surface, cairo_t *cr, gpointer user_data);

GBytes *_sonde_pdf_write (double width, double height, const SondePdfProperties *properties, SondePdfDraw draw, gpointer user_data, GError **error);

/* An image that stands for @image and that cairo is to draw in its place, as large as this one is to be; NULL: @surface is none of
 * those that _sonde_pdf_write() draws, or cannot hold it. */
cairo_surface_t *_sonde_pdf_add_image (cairo_surface_t *surface, SondeIndexedImage *image);

/* cairo's document with @images [n_images] in place of what stands for them, with @keywords (NULL: none), and with the @language that
 * readers speak it in; NULL where it is not written as this expects. */
GBytes *_sonde_pdf_fill_in (const guint8 *pdf, gsize length, SondeIndexedImage *const *images, guint n_images, const char *keywords, const char *language);

G_END_DECLS
