#define G_LOG_DOMAIN "sonde"

#include "sonde-png-private.h"

#include <math.h>
#include <string.h>

#include <zlib.h>

#include "sonde-figure-writer-private.h"

/* The signature and the header chunk, which must come first (PNG specification, 5.3 and 11.2.2). */
#define HEAD_LENGTH (8 + 4 + 4 + 13 + 4)

static void
append_number (GByteArray *out,
               guint32 number)
{
  const guint32 big_endian = GUINT32_TO_BE (number);

  g_byte_array_append (out, (const guint8 *) &big_endian, 4);
}

/* Length, type, data, and the checksum of the latter two. */
static void
append_chunk (GByteArray *out,
              const char *type,
              const guint8 *data,
              gsize length)
{
  uLong checksum = crc32 (0, (const Bytef *) type, 4);

  checksum = length > 0 ? crc32 (checksum, data, (uInt) length) : checksum;
  append_number (out, (guint32) length);
  g_byte_array_append (out, (const guint8 *) type, 4);
  if (length > 0)
    g_byte_array_append (out, data, (guint) length);
  append_number (out, (guint32) checksum);
}

static void
append_pixel_size (GByteArray *out,
                   double dots_per_inch)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  const guint8 meters = 1;

  append_number (data, (guint32) lround (dots_per_inch / 0.0254));
  append_number (data, (guint32) lround (dots_per_inch / 0.0254));
  g_byte_array_append (data, &meters, 1);
  append_chunk (out, "pHYs", data->data, data->len);
}

/* Uncompressed UTF-8: keyword, 0, two zeroes for "as it is", an empty language and an empty translated keyword. */
static void
append_text (GByteArray *out,
             const char *keyword,
             const char *text)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();
  g_autofree char *clean = _sonde_text_clean (text);

  g_byte_array_append (data, (const guint8 *) keyword, strlen (keyword));
  g_byte_array_append (data, (const guint8 *) "\0\0\0\0\0", 5);
  g_byte_array_append (data, (const guint8 *) clean, strlen (clean));
  append_chunk (out, "iTXt", data->data, data->len);
}

GBytes *
_sonde_png_finish (const guchar *png,
                   gsize length,
                   double dots_per_inch,
                   const char *const *texts)
{
  GByteArray *out = g_byte_array_sized_new ((guint) length + 1024);
  const gsize head = MIN (length, HEAD_LENGTH);

  g_byte_array_append (out, png, (guint) head);
  append_pixel_size (out, dots_per_inch);
  for (guint i = 0; texts[i] != NULL; i += 2)
    append_text (out, texts[i], texts[i + 1]);
  g_byte_array_append (out, png + head, (guint) (length - head));
  return g_byte_array_free_to_bytes (out);
}

guint8 *
_sonde_png_encode (const SondeIndexedImage *image,
                   gsize *length)
{
  static const guint8 signature[] = { 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n' };
  static const guint8 indexed_bytes[] = { 8, 3, 0, 0, 0 };
  GByteArray *out = g_byte_array_new ();
  g_autoptr (GByteArray) header = g_byte_array_new ();
  guint8 colors[256 * 3];

  for (guint i = 0; i < 256; i++)
    for (guint part = 0; part < 3; part++)
      colors[i * 3 + part] = (image->palette[i] >> (16 - 8 * part)) & 0xff;
  append_number (header, (guint32) image->columns);
  append_number (header, (guint32) image->rows);
  g_byte_array_append (header, indexed_bytes, sizeof indexed_bytes);
  g_byte_array_append (out, signature, sizeof signature);
  append_chunk (out, "IHDR", header->data, header->len);
  append_chunk (out, "PLTE", colors, sizeof colors);
  append_chunk (out, "IDAT", g_bytes_get_data (image->packed, NULL), g_bytes_get_size (image->packed));
  append_chunk (out, "IEND", NULL, 0);
  *length = out->len;
  return g_byte_array_free (out, FALSE);
}
