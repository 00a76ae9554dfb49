#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A picture of at most 256 colours, packed as PNG and PDF both hold it. Made once and read by many. */
typedef struct
{
  gsize rows, columns;  /* pixels */
  guint32 palette[256]; /* 0xRRGGBB */
  GBytes *packed;       /* each row after the number of its PNG filter, deflated */
} SondeIndexedImage;

/* @indices: [rows x columns] into @palette [256]; each becomes a square of @grow x @grow pixels. */
SondeIndexedImage *_sonde_indexed_image_new (const guint8 *indices, gsize rows, gsize columns, gsize grow, const guint32 *palette);
void _sonde_indexed_image_unref (SondeIndexedImage *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeIndexedImage, _sonde_indexed_image_unref)

G_END_DECLS
