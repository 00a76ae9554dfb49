#define G_LOG_DOMAIN "sonde"

#include "sonde-npz-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <zlib.h>

#include "sonde-descriptor-private.h"
#include "sonde-error.h"
#include "sonde-limits-private.h"

/* Zip as APPNOTE.TXT 6.3 describes it. Sizes and places are always the 64-bit ones of section 4.5.3, as in numpy's files: one way
 * for arrays of every size. */
#define LOCAL_HEADER 0x04034b50u
#define DIRECTORY_ENTRY 0x02014b50u
#define DIRECTORY_END 0x06054b50u
#define DIRECTORY_END_64 0x06064b50u
#define DIRECTORY_LOCATOR_64 0x07064b50u
#define HEADER_SIZE 30 /* of a local header, without the name and what follows it */
#define EXTRA_64 1
#define EXTRA_PADDING 0xd935 /* Android's: the alignment, then zeros; readers pass over fields that they do not know */
#define PADDING_HEAD 6       /* its number, its size, the alignment */
#define ALIGNMENT 64         /* as that of the data in .npy files: whoever maps the file can use each array where it stands */
#define ELSEWHERE_16 0xffffu /* the 64-bit field has it */
#define ELSEWHERE_32 0xffffffffu
#define VERSION_64 45 /* of the format, 4.5 */
#define MADE_ON_UNIX (3 << 8)
#define NAMES_ARE_UTF8 0x0800
#define STORED 0
#define FIRST_OF_1980 0x0021 /* where zip's time begins: the same bytes every time */
#define MODE (0100644u << 16)

struct _SondeNpzWriter
{
  char *path;
  int fd;
  guint64 offset;        /* bytes written */
  GByteArray *directory; /* an entry for each member, for the end of the file */
  guint64 n_members;
};

void
_sonde_npz_writer_free (SondeNpzWriter *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_byte_array_unref (self->directory);
  g_free (self->path);
  g_free (self);
}

static gboolean
fail_with_errno (SondeNpzWriter *self,
                 int code,
                 GError **error)
{
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s” cannot be written: %s: free space there, or choose another place"), self->path, g_strerror (code));
  return FALSE;
}

static gboolean
write_all (SondeNpzWriter *self,
           const guint8 *data,
           gsize size,
           GError **error)
{
  if (!_sonde_descriptor_write_all (self->fd, data, size))
    return fail_with_errno (self, errno, error);
  self->offset += size;
  return TRUE;
}

/* Little-endian, @size bytes of it. */
static void
append_number (GByteArray *record,
               guint64 number,
               guint size)
{
  for (guint i = 0; i < size; i++)
    {
      guint8 byte = (guint8) (number >> (8 * i) & 0xff);

      g_byte_array_append (record, &byte, 1);
    }
}

/* ---- zip ---- */

typedef struct
{
  const char *name;
  guint64 size;
  guint64 offset; /* of its header */
  guint32 checksum;
} Member;

/* What a member's header and its entry in the directory have in common, from the version to the name's length. */
static void
append_member (GByteArray *record,
               const Member *member)
{
  append_number (record, VERSION_64, 2);
  append_number (record, NAMES_ARE_UTF8, 2);
  append_number (record, STORED, 2);
  append_number (record, 0, 2); /* midnight */
  append_number (record, FIRST_OF_1980, 2);
  append_number (record, member->checksum, 4);
  append_number (record, ELSEWHERE_32, 4); /* packed size */
  append_number (record, ELSEWHERE_32, 4); /* size */
  append_number (record, strlen (member->name), 2);
}

static void
append_sizes (GByteArray *record,
              const Member *member,
              guint size)
{
  append_number (record, EXTRA_64, 2);
  append_number (record, size, 2);
  append_number (record, member->size, 8);
  append_number (record, member->size, 8);
}

/* Bytes of the field that lets a member's data begin at a multiple of ALIGNMENT; 0 where they do without it. */
static guint
padding_size (const Member *member)
{
  const guint64 start = member->offset + HEADER_SIZE + strlen (member->name) + 4 + 16;
  const guint missing = (guint) ((ALIGNMENT - start % ALIGNMENT) % ALIGNMENT);

  return missing == 0 || missing >= PADDING_HEAD ? missing : missing + ALIGNMENT;
}

static void
append_padding (GByteArray *record,
                guint size)
{
  if (size == 0)
    return;
  append_number (record, EXTRA_PADDING, 2);
  append_number (record, size - 4, 2);
  append_number (record, ALIGNMENT, 2);
  for (guint i = PADDING_HEAD; i < size; i++)
    append_number (record, 0, 1);
}

static GByteArray *
make_header (const Member *member)
{
  GByteArray *header = g_byte_array_new ();
  const guint padding = padding_size (member);

  append_number (header, LOCAL_HEADER, 4);
  append_member (header, member);
  append_number (header, 4 + 16 + padding, 2);
  g_byte_array_append (header, (const guint8 *) member->name, (guint) strlen (member->name));
  append_sizes (header, member, 16);
  append_padding (header, padding);
  return header;
}

static void
append_entry (GByteArray *directory,
              const Member *member)
{
  append_number (directory, DIRECTORY_ENTRY, 4);
  append_number (directory, MADE_ON_UNIX | VERSION_64, 2);
  append_member (directory, member);
  append_number (directory, 4 + 24, 2);
  append_number (directory, 0, 2); /* no comment */
  append_number (directory, 0, 2); /* the first disk */
  append_number (directory, 0, 2); /* bytes, not text */
  append_number (directory, MODE, 4);
  append_number (directory, ELSEWHERE_32, 4); /* offset */
  g_byte_array_append (directory, (const guint8 *) member->name, (guint) strlen (member->name));
  append_sizes (directory, member, 24);
  append_number (directory, member->offset, 8);
}

/* What follows the directory: its place and size in 64 bits, where to find that, and the record that old readers look for. */
static void
append_end (GByteArray *directory,
            guint64 offset,
            guint64 n_members)
{
  const guint64 size = directory->len;

  append_number (directory, DIRECTORY_END_64, 4);
  append_number (directory, 44, 8); /* bytes that follow in this record */
  append_number (directory, MADE_ON_UNIX | VERSION_64, 2);
  append_number (directory, VERSION_64, 2);
  append_number (directory, 0, 4); /* this disk */
  append_number (directory, 0, 4); /* the directory's */
  append_number (directory, n_members, 8);
  append_number (directory, n_members, 8);
  append_number (directory, size, 8);
  append_number (directory, offset, 8);

  append_number (directory, DIRECTORY_LOCATOR_64, 4);
  append_number (directory, 0, 4);
  append_number (directory, offset + size, 8);
  append_number (directory, 1, 4); /* disks */

  append_number (directory, DIRECTORY_END, 4);
  append_number (directory, 0, 2);
  append_number (directory, 0, 2);
  append_number (directory, ELSEWHERE_16, 2);
  append_number (directory, ELSEWHERE_16, 2);
  append_number (directory, ELSEWHERE_32, 4);
  append_number (directory, ELSEWHERE_32, 4);
  append_number (directory, 0, 2); /* no comment */
}

/* A member of one or two pieces, so that no array is copied to stand behind its header. */
static gboolean
add_pieces (SondeNpzWriter *self,
            const char *name,
            GBytes *const *pieces,
            guint n_pieces,
            GError **error)
{
  Member member = { .name = name, .offset = self->offset, .checksum = (guint32) crc32_z (0, NULL, 0) };
  g_autoptr (GByteArray) header = NULL;

  if (strlen (name) > SONDE_MAX_MEMBER_NAME)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s” cannot be written: a name in it has more than %d bytes"), self->path, SONDE_MAX_MEMBER_NAME);
      return FALSE;
    }
  for (guint i = 0; i < n_pieces; i++)
    {
      gsize size;
      const guint8 *data = g_bytes_get_data (pieces[i], &size);

      member.size += size;
      if (size > 0)
        member.checksum = (guint32) crc32_z (member.checksum, data, size);
    }
  header = make_header (&member);
  if (!write_all (self, header->data, header->len, error))
    return FALSE;
  for (guint i = 0; i < n_pieces; i++)
    if (!write_all (self, g_bytes_get_data (pieces[i], NULL), g_bytes_get_size (pieces[i]), error))
      return FALSE;
  append_entry (self->directory, &member);
  self->n_members++;
  return TRUE;
}

/* ---- npy ---- */

/* Version 1.0 of the format: magic, version, header length, a Python dictionary padded with spaces so that the data begin
 * at a multiple of 64. */
static GBytes *
npy_header (const char *type,
            const char *shape)
{
  GString *header = g_string_new (NULL);
  gsize length;

  g_string_append_printf (header, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type, shape);
  while ((10 + header->len + 1) % 64 != 0)
    g_string_append_c (header, ' ');
  g_string_append_c (header, '\n');
  length = header->len;
  g_string_prepend_len (header, "\x93NUMPY\x01\x00\x00\x00", 10);
  header->str[8] = (char) (length & 0xff);
  header->str[9] = (char) (length >> 8);
  return g_string_free_to_bytes (header);
}

static gboolean
add_npy (SondeNpzWriter *self,
         const char *name,
         const char *type,
         const char *shape,
         GBytes *data,
         GError **error)
{
  g_autofree char *member = g_strconcat (name, ".npy", NULL);
  g_autoptr (GBytes) header = npy_header (type, shape);
  GBytes *const pieces[] = { header, data };

  return add_pieces (self, member, pieces, G_N_ELEMENTS (pieces), error);
}

/* ---- the file ---- */

SondeNpzWriter *
_sonde_npz_writer_open (const char *path,
                        GError **error)
{
  SondeNpzWriter *self;
  int fd = g_open (path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);

  if (fd < 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s” cannot be made: %s: choose another place"), path, g_strerror (errno));
      return NULL;
    }
  self = g_new0 (SondeNpzWriter, 1);
  self->path = g_strdup (path);
  self->fd = fd;
  self->directory = g_byte_array_new ();
  return self;
}

gboolean
_sonde_npz_writer_add (SondeNpzWriter *self,
                       const char *member,
                       GBytes *bytes,
                       GError **error)
{
  return add_pieces (self, member, &bytes, 1, error);
}

gboolean
_sonde_npz_writer_add_array (SondeNpzWriter *self,
                             const char *name,
                             SondeTensor *tensor,
                             GError **error)
{
  g_autofree char *shape = g_strdup_printf ("%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT, sonde_tensor_get_n_rows (tensor), sonde_tensor_get_n_columns (tensor));

  return add_npy (self, name, "<f4", shape, sonde_tensor_get_bytes (tensor), error);
}

gboolean
_sonde_npz_writer_add_list (SondeNpzWriter *self,
                            const char *name,
                            const char *type,
                            gsize n,
                            GBytes *data,
                            GError **error)
{
  g_autofree char *shape = g_strdup_printf ("%" G_GSIZE_FORMAT ",", n);

  return add_npy (self, name, type, shape, data, error);
}

gboolean
_sonde_npz_writer_close (SondeNpzWriter *self,
                         GError **error)
{
  append_end (self->directory, self->offset, self->n_members);
  if (!write_all (self, self->directory->data, self->directory->len, error))
    return FALSE;
  return fsync (self->fd) == 0 || fail_with_errno (self, errno, error);
}
