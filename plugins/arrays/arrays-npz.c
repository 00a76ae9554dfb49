#define G_LOG_DOMAIN "arrays"

#include "arrays-npz.h"

#include <string.h>

#include <archive.h>
#include <archive_entry.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "arrays-npy.h"

#define MAX_MEMBERS 100000
#define MAX_DESCRIPTION (64 * 1024 * 1024)
#define CHUNK (4 * 1024 * 1024)

/* Numbers do not shrink to a hundredth of their size; what claims so is made to fill a memory. Small files may be anything. */
#define FREE_SIZE (256ull * 1024 * 1024)
#define MAX_RATIO 100

typedef struct archive Archive;

static void
archive_close (Archive *archive)
{
  archive_read_free (archive);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Archive, archive_close)

static gboolean
fail (ArraysFile *file,
      Archive *archive,
      GError **error)
{
  const char *reason = archive_error_string (archive);

  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s is damaged or no zip archive: %s"), file->name, reason != NULL ? reason : _ ("it ends too early"));
  return FALSE;
}

static Archive *
open_archive (ArraysFile *file,
              GError **error)
{
  g_autoptr (Archive) archive = archive_read_new ();

  archive_read_support_format_zip_seekable (archive);
  if (archive_read_open_filename (archive, file->path, 64 * 1024) == ARCHIVE_OK)
    return g_steal_pointer (&archive);
  fail (file, archive, error);
  return NULL;
}

/* Exactly @size bytes, or fewer where @least is reached at the member's end; -1 for an error. */
static gssize
read_some (Archive *archive,
           guchar *data,
           gsize size)
{
  gsize done = 0;

  while (done < size)
    {
      la_ssize_t n = archive_read_data (archive, data + done, MIN (size - done, CHUNK));

      if (n < 0)
        return -1;
      if (n == 0)
        break;
      done += (gsize) n;
    }
  return (gssize) done;
}

/* ---- listing ---- */

static gboolean
climbs (const char *name)
{
  g_auto (GStrv) parts = g_strsplit_set (name, "/\\", -1);

  return name[0] == '/' || name[0] == '\\' || strchr (name, ':') != NULL || g_strv_contains ((const char *const *) parts, "..");
}

static gboolean
check_member (ArraysFile *file,
              struct archive_entry *member,
              GHashTable *seen,
              guint64 *total,
              GError **error)
{
  const char *name = archive_entry_pathname (member);
  GStatBuf info;

  if (name == NULL || !g_utf8_validate (name, -1, NULL) || climbs (name))
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s has a member whose name is no plain relative path in UTF-8"), file->name);
  else if (archive_entry_is_encrypted (member))
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s: member “%.200s” is encrypted"), file->name, name);
  else if (archive_entry_filetype (member) != AE_IFREG || !archive_entry_size_is_set (member) || archive_entry_size (member) < 0)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: member “%.200s” is no file of a known size"), file->name, name);
  else if (g_hash_table_size (seen) == MAX_MEMBERS)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s has more than %d members"), file->name, MAX_MEMBERS);
  else if (!g_hash_table_add (seen, g_strdup (name)))
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s holds “%.200s” twice"), file->name, name);
  else if (g_stat (file->path, &info) != 0 || !g_uint64_checked_add (total, *total, (guint64) archive_entry_size (member)) || (*total > FREE_SIZE && *total / MAX_RATIO > (guint64) info.st_size))
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s claims to unpack to more than %d times its size: no arrays do"), file->name, MAX_RATIO);
  else
    return TRUE;
  return FALSE;
}

static gboolean
read_description (ArraysFile *file,
                  Archive *archive,
                  struct archive_entry *member,
                  GError **error)
{
  gint64 size = archive_entry_size (member);

  if (size > MAX_DESCRIPTION)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: member %s is larger than 64 MiB"), file->name, SONDE_CAPTURE_MEMBER);
      return FALSE;
    }
  file->description = g_malloc0 ((gsize) size + 1);
  if (read_some (archive, (guchar *) file->description, (gsize) size) == size && strlen (file->description) == (gsize) size)
    return TRUE;
  return fail (file, archive, error);
}

static gboolean
list_array (ArraysFile *file,
            Archive *archive,
            struct archive_entry *member,
            GError **error)
{
  g_autofree guchar *header = g_malloc (ARRAYS_NPY_MAX_HEADER);
  const char *path = archive_entry_pathname (member);
  g_autofree char *name = g_strndup (path, strlen (path) - strlen (".npy"));
  g_autofree char *what = g_strdup_printf (_ ("%s: member “%.200s”"), file->name, path);
  guint64 size = (guint64) archive_entry_size (member);
  gssize n = read_some (archive, header, ARRAYS_NPY_MAX_HEADER);
  ArraysNpy npy;

  if (n < 0)
    return fail (file, archive, error);
  if (!arrays_npy_parse (header, (gsize) n, what, &npy, error))
    return FALSE;
  if (npy.data_start + npy.n_bytes != size)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s promises %" G_GSIZE_FORMAT " bytes, but has %" G_GUINT64_FORMAT), what, npy.data_start + npy.n_bytes, size);
      return FALSE;
    }
  arrays_file_add (file, name, npy.dtype, npy.shape, npy.n_dims)->member = g_strdup (path);
  return TRUE;
}

static gboolean
list_member (ArraysFile *file,
             Archive *archive,
             struct archive_entry *member,
             GError **error)
{
  const char *name = archive_entry_pathname (member);

  if (g_str_equal (name, SONDE_CAPTURE_MEMBER))
    return read_description (file, archive, member, error);
  if (g_str_has_suffix (name, ".npy"))
    return list_array (file, archive, member, error);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: member “%.200s” is no .npy file"), file->name, name);
  return FALSE;
}

gboolean
arrays_npz_open (ArraysFile *file,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (Archive) archive = open_archive (file, error);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  struct archive_entry *member;
  guint64 total = 0;
  int status;

  if (archive == NULL)
    return FALSE;
  while ((status = archive_read_next_header (archive, &member)) == ARCHIVE_OK)
    if (g_cancellable_set_error_if_cancelled (cancellable, error) || !check_member (file, member, seen, &total, error) || !list_member (file, archive, member, error))
      return FALSE;
  return status == ARCHIVE_EOF || fail (file, archive, error);
}

/* ---- reading ---- */

static gboolean
read_array (ArraysFile *file,
            const ArraysEntry *entry,
            Archive *archive,
            ArraysFunc func,
            gpointer user_data,
            GError **error)
{
  gsize size = sonde_dtype_get_size (entry->dtype);
  g_autofree guchar *data = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (SondeTensor) tensor = NULL;
  gsize length;
  guchar more;
  ArraysNpy npy;

  for (guint i = 0; i < entry->n_dims; i++)
    size *= entry->shape[i]; /* checked when the file was opened */
  length = size + ARRAYS_NPY_MAX_HEADER;
  data = g_try_malloc (length);
  if (data == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("%s: there is no memory for the %" G_GSIZE_FORMAT " bytes of “%.200s”"), file->name, size, entry->name);
      return FALSE;
    }
  {
    gssize n = read_some (archive, data, length);

    /* the end is read too: there the checksum is compared */
    if (n < 0 || read_some (archive, &more, 1) != 0)
      return fail (file, archive, error);
    if (!arrays_npy_parse (data, (gsize) n, entry->name, &npy, error))
      return FALSE;
    if (npy.n_bytes != size || npy.dtype != entry->dtype || npy.data_start + size != (gsize) n)
      {
        g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: “%.200s” has another size than when the file was opened"), file->name, entry->name);
        return FALSE;
      }
  }
  memmove (data, data + npy.data_start, size);
  bytes = g_bytes_new_take (g_steal_pointer (&data), size);
  tensor = sonde_tensor_new (entry->dtype, entry->shape, entry->n_dims, bytes, error);
  return tensor != NULL && func (entry, tensor, user_data, error);
}

gboolean
arrays_npz_read (ArraysFile *file,
                 GPtrArray *wanted,
                 ArraysFunc func,
                 gpointer user_data,
                 GCancellable *cancellable,
                 GError **error)
{
  g_autoptr (Archive) archive = open_archive (file, error);
  g_autoptr (GHashTable) left = g_hash_table_new (g_str_hash, g_str_equal);
  struct archive_entry *member;

  if (archive == NULL)
    return FALSE;
  for (guint i = 0; i < wanted->len; i++)
    g_hash_table_insert (left, ((ArraysEntry *) g_ptr_array_index (wanted, i))->member, g_ptr_array_index (wanted, i));
  while (g_hash_table_size (left) > 0)
    {
      const ArraysEntry *entry;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (archive_read_next_header (archive, &member) != ARCHIVE_OK)
        return fail (file, archive, error);
      entry = archive_entry_pathname (member) != NULL ? g_hash_table_lookup (left, archive_entry_pathname (member)) : NULL;
      if (entry == NULL)
        continue;
      if (!read_array (file, entry, archive, func, user_data, error))
        return FALSE;
      g_hash_table_remove (left, entry->member);
    }
  return TRUE;
}
