#define G_LOG_DOMAIN "sonde"

#include "sonde-indexed-image-private.h"

#include <string.h>

#include <zlib.h>

/* Numbers of filters before each row (PNG specification, 9.2; the same in PDF). */
#define FILTER_NONE 0
#define FILTER_UP 2

#define PIECE (64 * 1024)

typedef struct
{
  z_stream stream;
  GByteArray *out;
  guint8 buffer[PIECE];
} Packer;

/* Where there is no memory, zlib's ends as everything else of this size here does. */
static voidpf
allocate (voidpf user_data,
          uInt n,
          uInt size)
{
  return g_malloc_n (n, size);
}

static void
give_back (voidpf user_data,
           voidpf memory)
{
  g_free (memory);
}

/* Squares of one colour are runs, which need no search for earlier text: a tenth of the time, and smaller too, since it is
 * not tempted by matches that save little. Single pixels may repeat whatever came before. */
static void
packer_begin (Packer *self,
              gboolean runs)
{
  int status;

  memset (&self->stream, 0, sizeof self->stream);
  self->stream.zalloc = allocate;
  self->stream.zfree = give_back;
  self->out = g_byte_array_new ();
  status = deflateInit2 (&self->stream, 6, Z_DEFLATED, MAX_WBITS, 8, runs ? Z_RLE : Z_DEFAULT_STRATEGY);
  g_assert (status == Z_OK); /* another zlib than that of its header is all that is left */
}

static void
packer_add (Packer *self,
            const guint8 *bytes,
            gsize length,
            int flush)
{
  self->stream.next_in = (Bytef *) bytes;
  self->stream.avail_in = (uInt) length;
  do
    {
      self->stream.next_out = self->buffer;
      self->stream.avail_out = sizeof self->buffer;
      deflate (&self->stream, flush);
      g_byte_array_append (self->out, self->buffer, (guint) (sizeof self->buffer - self->stream.avail_out));
    }
  while (self->stream.avail_out == 0);
}

static GBytes *
packer_end (Packer *self)
{
  packer_add (self, NULL, 0, Z_FINISH);
  deflateEnd (&self->stream);
  return g_byte_array_free_to_bytes (self->out);
}

static void
widen (guint8 *pixels,
       const guint8 *indices,
       gsize columns,
       gsize grow)
{
  for (gsize column = 0; column < columns; column++)
    memset (pixels + column * grow, indices[column], grow);
}

/* Filtered "up", a row that equals the one above is zeroes. For others this says nothing: neighbouring indices say little
 * about each other. */
static void
pack_rows (Packer *packer,
           const guint8 *indices,
           gsize rows,
           gsize columns,
           gsize grow)
{
  const gsize length = 1 + columns * grow;
  g_autofree guint8 *plain = g_malloc (length);
  g_autofree guint8 *same = g_malloc0 (length);

  plain[0] = FILTER_NONE;
  same[0] = FILTER_UP;
  for (gsize row = 0; row < rows; row++)
    {
      const guint8 *cells = indices + row * columns;
      const gboolean repeats = row > 0 && memcmp (cells, cells - columns, columns) == 0;

      if (!repeats)
        {
          widen (plain + 1, cells, columns, grow);
          packer_add (packer, plain, length, Z_NO_FLUSH);
        }
      for (gsize i = repeats ? 0 : 1; i < grow; i++)
        packer_add (packer, same, length, Z_NO_FLUSH);
    }
}

SondeIndexedImage *
_sonde_indexed_image_new (const guint8 *indices,
                          gsize rows,
                          gsize columns,
                          gsize grow,
                          const guint32 *palette)
{
  SondeIndexedImage *self = g_atomic_rc_box_new0 (SondeIndexedImage);
  g_autofree Packer *packer = g_new (Packer, 1);

  self->rows = rows * grow;
  self->columns = columns * grow;
  memcpy (self->palette, palette, sizeof self->palette);
  packer_begin (packer, grow > 1);
  pack_rows (packer, indices, rows, columns, grow);
  self->packed = packer_end (packer);
  return self;
}

static void
clear (gpointer data)
{
  SondeIndexedImage *self = data;

  g_bytes_unref (self->packed);
}

void
_sonde_indexed_image_unref (SondeIndexedImage *self)
{
  g_atomic_rc_box_release_full (self, clear);
}
