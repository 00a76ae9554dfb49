#define G_LOG_DOMAIN "arrays"

#include "arrays-zip.h"

#include <inttypes.h>
#include <string.h>

#include <glib/gi18n-lib.h>
#include <zlib.h>

#include "arrays-limits.h"

/* Zip as APPNOTE.TXT 6.3 describes it, as far as archives of arrays have it: one disk, members stored or deflated, sizes of 32 or 64
 * bits. The directory at the end is believed only where everything that it says fits the file: every member lies before it, begins
 * with a header of the same name, and shares no byte with another. */
#define LOCAL_HEADER 0x04034b50u
#define DIRECTORY_ENTRY 0x02014b50u
#define DIRECTORY_END 0x06054b50u
#define DIRECTORY_END_64 0x06064b50u
#define DIRECTORY_LOCATOR_64 0x07064b50u
#define LOCAL_SIZE 30 /* of each record, without what follows it */
#define ENTRY_SIZE 46
#define END_SIZE 22
#define END_64_SIZE 56
#define LOCATOR_SIZE 20
#define EXTRA_64 1
#define ELSEWHERE_16 0xffffu /* the 64-bit field has it */
#define ELSEWHERE_32 0xffffffffu
#define FLAG_ENCRYPTED (1 | 1 << 6 | 1 << 13)
#define FLAG_SIZES_FOLLOW (1 << 3)
#define STORED 0
#define DEFLATED 8

#define MAX_COMMENT 65535

/* No byte of deflated data gives more. */
#define DEFLATE_RATIO 1032

typedef struct
{
  const char *what;
  const guchar *data;
  gsize size;
  guint64 n_members;
  gsize directory;
  gsize directory_end;
} Zip;

static guint64
number_at (const guchar *data,
           guint size)
{
  guint64 number = 0;

  for (guint i = 0; i < size; i++)
    number |= (guint64) data[i] << (8 * i);
  return number;
}

static gboolean
fail (const char *what,
      const char *problem,
      GError **error)
{
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s is damaged or no zip archive: %s: save or download it again"), what, problem);
  return FALSE;
}

static gboolean
fail_member (const char *what,
             const char *name,
             const char *problem,
             GError **error)
{
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: member “%.200s” %s: save or download it again"), what, name, problem);
  return FALSE;
}

static void
member_free (ArraysMember *member)
{
  g_free (member->name);
  g_free (member);
}

/* ---- where the directory is ---- */

/* The last record of the file: a comment may follow it, whose length it tells. */
static gboolean
find_end (const Zip *zip,
          gsize *end)
{
  for (gsize comment = 0; comment <= MAX_COMMENT && comment + END_SIZE <= zip->size; comment++)
    {
      *end = zip->size - END_SIZE - comment;
      if (number_at (zip->data + *end, 4) == DIRECTORY_END && number_at (zip->data + *end + 20, 2) == comment)
        return TRUE;
    }
  return FALSE;
}

/* The record of 64 bits, where there is one; it stands before the last one. */
static gboolean
find_end_64 (const Zip *zip,
             gsize end,
             gsize *end_64)
{
  const guchar *locator = zip->data + end - LOCATOR_SIZE;
  guint64 place;

  if (end < LOCATOR_SIZE + END_64_SIZE || number_at (locator, 4) != DIRECTORY_LOCATOR_64)
    return FALSE;
  place = number_at (locator + 8, 8);
  if (place > end - LOCATOR_SIZE - END_64_SIZE || number_at (zip->data + place, 4) != DIRECTORY_END_64)
    return FALSE;
  *end_64 = (gsize) place;
  return TRUE;
}

static gboolean
find_directory (Zip *zip,
                GError **error)
{
  guint64 size, offset;
  gsize end, end_64;

  if (!find_end (zip, &end))
    return fail (zip->what, _ ("it does not end in the directory of one"), error);
  zip->n_members = number_at (zip->data + end + 10, 2);
  size = number_at (zip->data + end + 12, 4);
  offset = number_at (zip->data + end + 16, 4);
  if (zip->n_members == ELSEWHERE_16 || size == ELSEWHERE_32 || offset == ELSEWHERE_32)
    {
      if (!find_end_64 (zip, end, &end_64))
        return fail (zip->what, _ ("its end speaks of a record of 64 bits, which is not there"), error);
      zip->n_members = number_at (zip->data + end_64 + 32, 8);
      size = number_at (zip->data + end_64 + 40, 8);
      offset = number_at (zip->data + end_64 + 48, 8);
      end = end_64;
    }
  if (offset > end || size > end - offset)
    return fail (zip->what, _ ("its directory lies outside of it"), error);
  zip->directory = (gsize) offset;
  zip->directory_end = (gsize) (offset + size);
  if (zip->n_members <= ARRAYS_MAX_MEMBERS)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s has %" PRIu64 " members; at most %d can be read"), zip->what, zip->n_members, ARRAYS_MAX_MEMBERS);
  return FALSE;
}

/* ---- members ---- */

static gboolean
climbs (const char *name)
{
  g_auto (GStrv) parts = g_strsplit_set (name, "/\\", -1);

  return name[0] == '/' || name[0] == '\\' || strchr (name, ':') != NULL || g_strv_contains ((const char *const *) parts, "..");
}

/* Of the sizes and the place, those that did not fit 32 bits. */
static gboolean
read_extra (const guchar *extra,
            gsize length,
            guint64 **numbers,
            guint n_numbers)
{
  while (length >= 4)
    {
      const guint id = (guint) number_at (extra, 2);
      const gsize size = (gsize) number_at (extra + 2, 2);

      if (size > length - 4)
        return FALSE;
      if (id == EXTRA_64)
        {
          for (guint i = 0; i < n_numbers; i++)
            if (8 * (i + 1) <= size)
              *numbers[i] = number_at (extra + 4 + 8 * i, 8);
            else
              return FALSE;
          return TRUE;
        }
      extra += 4 + size;
      length -= 4 + size;
    }
  return n_numbers == 0;
}

/* The header before the data says the same as the directory. */
static gboolean
check_header (const Zip *zip,
              ArraysMember *member,
              guint method,
              GError **error)
{
  const guchar *header = zip->data + member->header;
  const gsize length = strlen (member->name);
  guint64 sizes[2];

  if (zip->directory < LOCAL_SIZE || member->header > zip->directory - LOCAL_SIZE || number_at (header, 4) != LOCAL_HEADER)
    return fail_member (zip->what, member->name, _ ("is not where the directory says"), error);
  sizes[0] = number_at (header + 18, 4);
  sizes[1] = number_at (header + 22, 4);
  member->start = member->header + LOCAL_SIZE + (gsize) number_at (header + 26, 2) + (gsize) number_at (header + 28, 2);
  if (member->start > zip->directory || member->packed > zip->directory - member->start)
    return fail_member (zip->what, member->name, _ ("reaches beyond the archive's data"), error);
  if (number_at (header + 8, 2) != method || number_at (header + 26, 2) != length || memcmp (header + LOCAL_SIZE, member->name, length) != 0)
    return fail_member (zip->what, member->name, _ ("has another name or packing in its header than in the directory"), error);
  if ((number_at (header + 6, 2) & FLAG_SIZES_FOLLOW) == 0 && ((sizes[0] != ELSEWHERE_32 && sizes[0] != member->packed) || (sizes[1] != ELSEWHERE_32 && sizes[1] != member->size)))
    return fail_member (zip->what, member->name, _ ("has another size in its header than in the directory"), error);
  return TRUE;
}

static gboolean
check_packing (const Zip *zip,
               const ArraysMember *member,
               guint method,
               guint flags,
               GError **error)
{
  if ((flags & FLAG_ENCRYPTED) != 0)
    return fail_member (zip->what, member->name, _ ("is encrypted"), error);
  if (method != STORED && method != DEFLATED)
    return fail_member (zip->what, member->name, _ ("is neither stored nor deflated"), error);
  if (method == STORED && member->packed != member->size)
    return fail_member (zip->what, member->name, _ ("is stored, but takes another number of bytes than it has"), error);
  if (member->size / DEFLATE_RATIO > member->packed)
    return fail_member (zip->what, member->name, _ ("claims to unpack to more than anything can"), error);
  return TRUE;
}

/* The entry of the directory at @at, which moves to the next. */
static gboolean
read_entry (const Zip *zip,
            gsize *at,
            ArraysMember *member,
            GError **error)
{
  const guchar *entry = zip->data + *at;
  const gsize left = zip->directory_end - *at;
  gsize name, extra, all;
  guint64 packed, size, header, *elsewhere[3];
  guint n_elsewhere = 0;
  guint method;

  if (left < ENTRY_SIZE || number_at (entry, 4) != DIRECTORY_ENTRY)
    return fail (zip->what, _ ("its directory ends too early"), error);
  name = (gsize) number_at (entry + 28, 2);
  extra = (gsize) number_at (entry + 30, 2);
  all = ENTRY_SIZE + name + extra + (gsize) number_at (entry + 32, 2);
  if (all > left)
    return fail (zip->what, _ ("its directory ends too early"), error);
  *at += all;
  member->name = g_strndup ((const char *) entry + ENTRY_SIZE, name);
  if (name == 0 || strlen (member->name) != name || !g_utf8_validate (member->name, -1, NULL) || climbs (member->name))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s has a member whose name is no plain relative path in UTF-8: rename it"), zip->what);
      return FALSE;
    }

  method = (guint) number_at (entry + 10, 2);
  member->deflated = method == DEFLATED;
  member->checksum = (guint32) number_at (entry + 16, 4);
  packed = number_at (entry + 20, 4);
  size = number_at (entry + 24, 4);
  header = number_at (entry + 42, 4);
  if (size == ELSEWHERE_32)
    elsewhere[n_elsewhere++] = &size;
  if (packed == ELSEWHERE_32)
    elsewhere[n_elsewhere++] = &packed;
  if (header == ELSEWHERE_32)
    elsewhere[n_elsewhere++] = &header;
  if (!read_extra (entry + ENTRY_SIZE + name, extra, elsewhere, n_elsewhere) || packed > zip->size || size > G_MAXSSIZE || header > zip->size)
    return fail_member (zip->what, member->name, _ ("has a size or place that lies outside of the archive"), error);
  member->packed = (gsize) packed;
  member->size = (gsize) size;
  member->header = (gsize) header;
  return check_packing (zip, member, method, (guint) number_at (entry + 8, 2), error) && check_header (zip, member, method, error);
}

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return strcmp ((*(const ArraysMember *const *) a)->name, (*(const ArraysMember *const *) b)->name);
}

/* Sorted, since names could be chosen so that a table of them is slow. */
static gboolean
check_names (const Zip *zip,
             GPtrArray *members,
             GError **error)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_sized_new (members->len);

  g_ptr_array_extend (sorted, members, NULL, NULL);
  g_ptr_array_sort (sorted, compare_names);
  for (guint i = 1; i < sorted->len; i++)
    {
      const ArraysMember *member = g_ptr_array_index (sorted, i);

      if (g_str_equal (((const ArraysMember *) g_ptr_array_index (sorted, i - 1))->name, member->name))
        return fail_member (zip->what, member->name, _ ("is there twice"), error);
    }
  return TRUE;
}

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  const ArraysMember *left = *(const ArraysMember *const *) a;
  const ArraysMember *right = *(const ArraysMember *const *) b;

  return left->header < right->header ? -1 : left->header > right->header;
}

/* No byte belongs to two members: a small file would become large without a large ratio. */
static gboolean
check_overlap (const Zip *zip,
               GPtrArray *members,
               GError **error)
{
  g_autoptr (GPtrArray) sorted = g_ptr_array_sized_new (members->len);

  g_ptr_array_extend (sorted, members, NULL, NULL);
  g_ptr_array_sort (sorted, compare_places);
  for (guint i = 1; i < sorted->len; i++)
    {
      const ArraysMember *before = g_ptr_array_index (sorted, i - 1);
      const ArraysMember *member = g_ptr_array_index (sorted, i);

      if (member->header < before->start + before->packed)
        return fail_member (zip->what, member->name, _ ("overlaps the member before it"), error);
    }
  return TRUE;
}

static gboolean
check_total (const Zip *zip,
             const ArraysMember *member,
             guint64 *total,
             GError **error)
{
  if (g_uint64_checked_add (total, *total, member->size) && (*total <= ARRAYS_MAX_FREE_BYTES || *total / ARRAYS_MAX_RATIO <= zip->size))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s claims to unpack to more than %d times its size, where no arrays of numbers do: save them without compression"), zip->what, ARRAYS_MAX_RATIO);
  return FALSE;
}

GPtrArray *
arrays_zip_list (GBytes *bytes,
                 const char *what,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (GPtrArray) members = g_ptr_array_new_with_free_func ((GDestroyNotify) member_free);
  Zip zip = { .what = what };
  guint64 total = 0;
  gsize at;

  zip.data = g_bytes_get_data (bytes, &zip.size);
  if (!find_directory (&zip, error))
    return NULL;
  at = zip.directory;
  for (guint64 i = 0; i < zip.n_members; i++)
    {
      ArraysMember *member = g_new0 (ArraysMember, 1);

      g_ptr_array_add (members, member);
      if (g_cancellable_set_error_if_cancelled (cancellable, error) || !read_entry (&zip, &at, member, error) || !check_total (&zip, member, &total, error))
        return NULL;
    }
  return check_names (&zip, members, error) && check_overlap (&zip, members, error) ? g_steal_pointer (&members) : NULL;
}

/* ---- data ---- */

/* Exactly @size bytes where the member has them; with @all, it must end there. */
static gboolean
inflate_some (const guchar *source,
              gsize packed,
              guchar *target,
              gsize size,
              gboolean all)
{
  z_stream stream = { 0 };
  int status = Z_OK;
  gsize done = 0, taken = 0;

  if (inflateInit2 (&stream, -MAX_WBITS) != Z_OK)
    return FALSE;
  /* zlib counts in 32 bits; one byte of room beyond the end tells a member that is longer than it says */
  while (status == Z_OK && (done < size || all))
    {
      guchar beyond;
      const gsize room = done < size ? MIN (size - done, (gsize) 1 << 30) : 1;
      const gsize given = MIN (packed - taken, (gsize) 1 << 30);

      stream.next_in = (guchar *) source + taken;
      stream.avail_in = (uInt) given;
      stream.next_out = done < size ? target + done : &beyond;
      stream.avail_out = (uInt) room;
      status = inflate (&stream, Z_NO_FLUSH);
      taken += given - stream.avail_in;
      if (done < size)
        done += room - stream.avail_out;
      else if (stream.avail_out == 0)
        status = Z_DATA_ERROR;
    }
  inflateEnd (&stream);
  return done == size && (all ? status == Z_STREAM_END && taken == packed : status == Z_OK || status == Z_STREAM_END);
}

gboolean
arrays_zip_peek (GBytes *bytes,
                 const ArraysMember *member,
                 const char *what,
                 guchar *target,
                 gsize size,
                 GError **error)
{
  const guchar *source = (const guchar *) g_bytes_get_data (bytes, NULL) + member->start;

  if (!member->deflated)
    memcpy (target, source, size);
  else if (!inflate_some (source, member->packed, target, size, FALSE))
    return fail_member (what, member->name, _ ("cannot be unpacked"), error);
  return TRUE;
}

static GBytes *
unpack (GBytes *bytes,
        const ArraysMember *member,
        const char *what,
        GError **error)
{
  g_autofree guchar *unpacked = g_try_malloc (MAX (member->size, 1));

  if (unpacked == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("%s: there is no memory for the %zu bytes of “%.200s”: free some memory, or save it uncompressed"), what, member->size, member->name);
      return NULL;
    }
  if (inflate_some ((const guchar *) g_bytes_get_data (bytes, NULL) + member->start, member->packed, unpacked, member->size, TRUE))
    return g_bytes_new_take (g_steal_pointer (&unpacked), member->size);
  fail_member (what, member->name, _ ("cannot be unpacked to the size that it claims"), error);
  return NULL;
}

GBytes *
arrays_zip_read (GBytes *bytes,
                 ArraysMember *member,
                 const char *what,
                 GError **error)
{
  g_autoptr (GBytes) data = member->deflated ? unpack (bytes, member, what, error) : g_bytes_new_from_bytes (bytes, member->start, member->size);

  if (data == NULL)
    return NULL;
  if (!member->checked && crc32_z (crc32_z (0, NULL, 0), g_bytes_get_data (data, NULL), member->size) != member->checksum)
    {
      fail_member (what, member->name, _ ("is damaged: its checksum (CRC) is another"), error);
      return NULL;
    }
  member->checked = TRUE;
  return g_steal_pointer (&data);
}
