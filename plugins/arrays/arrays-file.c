#define G_LOG_DOMAIN "arrays"

#include "arrays-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

#include "arrays-folder.h"
#include "arrays-limits.h"
#include "arrays-npy.h"

/* One front for the formats and for folders of them: a list of arrays, and a way to read each. */

static void
container_free (ArraysContainer *container)
{
  g_free (container->path);
  g_free (container->name);
  g_free (container->condition);
  g_clear_pointer (&container->bytes, g_bytes_unref);
  g_clear_pointer (&container->members, g_ptr_array_unref);
  g_free (container);
}

static void
entry_free (ArraysEntry *entry)
{
  g_free (entry->name);
  g_free (entry->shown);
  g_clear_pointer (&entry->problem, sonde_words_unref);
  g_clear_pointer (&entry->bytes, g_bytes_unref);
  g_free (entry);
}

void
arrays_file_free (ArraysFile *file)
{
  g_free (file->path);
  g_free (file->name);
  g_free (file->description);
  g_ptr_array_unref (file->entries);
  g_ptr_array_unref (file->containers);
  g_ptr_array_unref (file->skipped);
  g_free (file);
}

static char *
without_ending (const char *name)
{
  const char *dot = strrchr (name, '.');

  return g_strndup (name, dot != NULL ? (gsize) (dot - name) : strlen (name));
}

static ArraysEntry *
add_entry (ArraysFile *file,
           ArraysContainer *container,
           const char *name,
           GError **error)
{
  ArraysEntry *entry;

  if (file->entries->len == ARRAYS_MAX_ARRAYS)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("%s holds more than %d arrays"), file->name, ARRAYS_MAX_ARRAYS);
      return NULL;
    }
  entry = g_new0 (ArraysEntry, 1);
  entry->container = container;
  entry->name = g_strdup (name);
  entry->shown = file->folder ? g_strdup_printf ("%s: %s", container->name, name) : g_strdup (name);
  g_ptr_array_add (file->entries, entry);
  return entry;
}

guint
arrays_file_probe (const char *path,
                   char **reason)
{
  g_autofree char *problem = NULL;

  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    problem = arrays_folder_find_reason (path);
  else if (!arrays_folder_is_name (path))
    problem = g_strdup (_ ("its name ends in none of .safetensors, .npz and .npy"));
  else if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    problem = g_strdup (_ ("it is no file"));
  if (problem == NULL)
    return g_file_test (path, G_FILE_TEST_IS_DIR) ? 30 : 50; /* who knows a folder by more than its files' names is surer */
  if (reason != NULL)
    *reason = g_steal_pointer (&problem);
  return 0;
}

static gboolean
map_container (ArraysContainer *container,
               GError **error)
{
  container->bytes = sonde_mapped_file_load (container->path, error);
  if (container->bytes == NULL)
    return FALSE;
  container->size = g_bytes_get_size (container->bytes);
  return TRUE;
}

/* ---- safetensors ---- */

static int
compare_places (gconstpointer a,
                gconstpointer b)
{
  const ArraysEntry *left = *(const ArraysEntry *const *) a;
  const ArraysEntry *right = *(const ArraysEntry *const *) b;
  const char *of_left = left->bytes != NULL ? g_bytes_get_data (left->bytes, NULL) : NULL;
  const char *of_right = right->bytes != NULL ? g_bytes_get_data (right->bytes, NULL) : NULL;

  if (of_left != of_right)
    return of_left < of_right ? -1 : 1;
  return strcmp (left->name, right->name);
}

static gboolean
add_tensor (ArraysFile *file,
            ArraysContainer *container,
            SondeSafetensors *safetensors,
            const char *name,
            GError **error)
{
  g_autoptr (SondeTensor) tensor = sonde_safetensors_ref_tensor (safetensors, name, NULL);
  ArraysEntry *entry = add_entry (file, container, name, error);
  const gsize *shape;
  guint n_dims;

  if (entry == NULL)
    return FALSE;
  if (tensor == NULL)
    {
      entry->problem = SONDE_WORDS (g_strdup_printf (_ ("its elements are “%s”, which are no numbers that can be read"), sonde_safetensors_get_dtype_name (safetensors, name)));
      return TRUE;
    }
  shape = sonde_tensor_get_shape (tensor, &n_dims);
  entry->bytes = g_bytes_ref (sonde_tensor_get_bytes (tensor));
  /* the tensor's own shape was checked */
  arrays_view_init (&entry->view, sonde_tensor_get_dtype (tensor), FALSE, FALSE, shape, n_dims, &entry->n_bytes);
  return TRUE;
}

static gboolean
open_safetensors (ArraysFile *file,
                  ArraysContainer *container,
                  GError **error)
{
  g_autoptr (SondeSafetensors) safetensors = sonde_safetensors_open (container->path, error);
  g_auto (GStrv) names = safetensors != NULL ? sonde_safetensors_dup_names (safetensors) : NULL;
  const guint first = file->entries->len;
  GStatBuf info;

  if (safetensors == NULL)
    return FALSE;
  if (g_stat (container->path, &info) == 0)
    container->size = (gsize) info.st_size;
  for (guint i = 0; names[i] != NULL; i++)
    if (!add_tensor (file, container, safetensors, names[i], error))
      return FALSE;
  if (file->entries->len > first)
    qsort (file->entries->pdata + first, file->entries->len - first, sizeof (gpointer), compare_places);
  if (file->description == NULL)
    file->description = g_strdup (sonde_safetensors_get_metadata (safetensors, SONDE_CAPTURE_METADATA));
  return TRUE;
}

/* ---- .npy ---- */

/* What the header in @data says, for an array that takes @size bytes with it. */
static gboolean
take_header (ArraysEntry *entry,
             const guchar *data,
             gsize n_data,
             gsize size,
             const char *what,
             GError **error)
{
  g_auto (ArraysNpy) npy = { 0 };

  if (!arrays_npy_parse (data, n_data, what, &npy, error))
    return FALSE;
  entry->problem = g_steal_pointer (&npy.problem);
  entry->view = npy.view;
  entry->n_bytes = npy.n_bytes;
  entry->start = npy.data_start;
  if (entry->problem != NULL || (npy.data_start <= size && npy.n_bytes == size - npy.data_start))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s promises %zu bytes after its header, but has %zu: save it again"), what, npy.n_bytes, size - MIN (size, npy.data_start));
  return FALSE;
}

/* A folder may hold more files than can be mapped at one time: of each, the header is read, and no more. */
static gboolean
open_npy (ArraysFile *file,
          ArraysContainer *container,
          GError **error)
{
  g_autofree char *name = without_ending (container->name);
  g_autofree guchar *header = g_malloc (ARRAYS_MAX_NPY_HEADER);
  ArraysEntry *entry = add_entry (file, container, name, error);
  int fd = entry != NULL ? g_open (container->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0) : -1;
  gssize n = -1;
  GStatBuf info;

  if (entry == NULL)
    return FALSE;
  g_free (entry->shown);
  entry->shown = g_strdup (container->name);
  if (fd >= 0 && fstat (fd, &info) == 0)
    {
      container->size = (gsize) info.st_size;
      n = pread (fd, header, ARRAYS_MAX_NPY_HEADER, 0);
    }
  if (fd >= 0)
    close (fd);
  if (n >= 0)
    return take_header (entry, header, (gsize) n, container->size, container->name, error);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("%s cannot be read: %s: name another"), container->name, g_strerror (errno));
  return FALSE;
}

/* ---- .npz ---- */

static gboolean
read_description (ArraysFile *file,
                  ArraysContainer *container,
                  ArraysMember *member,
                  GError **error)
{
  g_autoptr (GBytes) text = NULL;

  if (file->description != NULL)
    return TRUE;
  if (member->size > ARRAYS_MAX_DESCRIPTION)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: member %s is larger than 64 MiB, which is the most that is possible"), container->name, SONDE_CAPTURE_MEMBER);
      return FALSE;
    }
  text = arrays_zip_read (container->bytes, member, container->name, error);
  if (text == NULL)
    return FALSE;
  file->description = member->size > 0 ? g_strndup (g_bytes_get_data (text, NULL), member->size) : g_strdup ("");
  if (strlen (file->description) == member->size)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s: member %s is no text: it has a byte 0: save it again"), container->name, SONDE_CAPTURE_MEMBER);
  return FALSE;
}

static gboolean
add_member (ArraysFile *file,
            ArraysContainer *container,
            ArraysMember *member,
            GError **error)
{
  g_autofree char *name = without_ending (member->name);
  g_autofree char *what = g_strdup_printf (_ ("%s: member “%.200s”"), container->name, member->name);
  ArraysEntry *entry = add_entry (file, container, name, error);
  guchar prefix[ARRAYS_NPY_PREFIX];
  g_autofree guchar *header = NULL;
  gsize length;

  if (entry == NULL)
    return FALSE;
  entry->member = member;
  length = MIN (member->size, sizeof prefix);
  if (!arrays_zip_peek (container->bytes, member, container->name, prefix, length, error) || !arrays_npy_measure (prefix, length, what, &length, error))
    return FALSE;
  length = MIN (length, member->size);
  header = g_malloc (length);
  return arrays_zip_peek (container->bytes, member, container->name, header, length, error) && take_header (entry, header, length, member->size, what, error);
}

static gboolean
open_npz (ArraysFile *file,
          ArraysContainer *container,
          GCancellable *cancellable,
          GError **error)
{
  if (!map_container (container, error))
    return FALSE;
  container->members = arrays_zip_list (container->bytes, container->name, cancellable, error);
  if (container->members == NULL)
    return FALSE;
  for (guint i = 0; i < container->members->len; i++)
    {
      ArraysMember *member = g_ptr_array_index (container->members, i);
      gboolean fine = TRUE;

      if (g_cancellable_set_error_if_cancelled (cancellable, error))
        return FALSE;
      if (g_str_equal (member->name, SONDE_CAPTURE_MEMBER))
        fine = read_description (file, container, member, error);
      else if (strlen (member->name) > ARRAYS_MAX_NAME)
        g_ptr_array_add (file->skipped, SONDE_WORDS (g_strdup_printf (_ ("“%.40s…” (a name of more than %d bytes)"), member->name, ARRAYS_MAX_NAME)));
      else if (g_str_has_suffix (member->name, ".npy"))
        fine = add_member (file, container, member, error);
      else if (!g_str_has_suffix (member->name, "/")) /* folders are no data */
        g_ptr_array_add (file->skipped, SONDE_WORDS (g_strdup_printf (_ ("“%.200s” (no .npy file)"), member->name)));
      if (!fine)
        return FALSE;
    }
  return TRUE;
}

/* ---- all ---- */

static gboolean
open_container (ArraysFile *file,
                const char *path,
                const char *name,
                GCancellable *cancellable,
                GError **error)
{
  ArraysContainer *container = g_new0 (ArraysContainer, 1);

  container->path = g_strdup (path);
  container->name = g_strdup (name);
  g_ptr_array_add (file->containers, container);
  if (g_str_has_suffix (path, ".npy"))
    return open_npy (file, container, error);
  if (file->folder)
    container->condition = without_ending (name);
  if (g_str_has_suffix (path, ".npz"))
    return open_npz (file, container, cancellable, error);
  return open_safetensors (file, container, error);
}

static gboolean
open_folder (ArraysFile *file,
             GCancellable *cancellable,
             GError **error)
{
  g_autoptr (GPtrArray) names = arrays_folder_list (file->path, file->name, file->skipped, cancellable, error);

  for (guint i = 0; names != NULL && i < names->len; i++)
    {
      g_autofree char *path = g_build_filename (file->path, g_ptr_array_index (names, i), NULL);

      if (g_cancellable_set_error_if_cancelled (cancellable, error) || !open_container (file, path, g_ptr_array_index (names, i), cancellable, error))
        return FALSE;
    }
  return names != NULL;
}

ArraysFile *
arrays_file_open (const char *path,
                  GCancellable *cancellable,
                  GError **error)
{
  g_autoptr (ArraysFile) file = g_new0 (ArraysFile, 1);

  file->path = g_strdup (path);
  file->name = g_filename_display_basename (path);
  file->folder = g_file_test (path, G_FILE_TEST_IS_DIR);
  file->containers = g_ptr_array_new_with_free_func ((GDestroyNotify) container_free);
  file->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) entry_free);
  file->skipped = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_words_unref);
  if (!(file->folder ? open_folder (file, cancellable, error) : open_container (file, path, file->name, cancellable, error)))
    return NULL;
  return g_steal_pointer (&file);
}

/* Touching what a mapped file no longer has would end the process. */
static gboolean
check_size (const ArraysContainer *container,
            GError **error)
{
  GStatBuf info;

  if (g_stat (container->path, &info) == 0 && (gsize) info.st_size == container->size)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s has changed since it was opened: it had %zu bytes, and has another size now: start again once it is whole"), container->name, container->size);
  return FALSE;
}

static GBytes *
read_whole (const ArraysEntry *entry,
            GError **error)
{
  ArraysContainer *container = entry->container;
  g_autoptr (GBytes) bytes = NULL;

  if (entry->member != NULL)
    return arrays_zip_read (container->bytes, entry->member, container->name, error);
  bytes = sonde_mapped_file_load (container->path, error);
  if (bytes == NULL)
    return NULL;
  if (g_bytes_get_size (bytes) == container->size)
    return g_steal_pointer (&bytes);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s has changed while it was read: start again once it is whole"), container->name);
  return NULL;
}

GBytes *
arrays_file_read (const ArraysEntry *entry,
                  GError **error)
{
  g_autoptr (GBytes) whole = NULL;

  if (!check_size (entry->container, error))
    return NULL;
  if (entry->bytes != NULL)
    return g_bytes_ref (entry->bytes);
  whole = read_whole (entry, error);
  return whole != NULL ? g_bytes_new_from_bytes (whole, entry->start, entry->n_bytes) : NULL;
}
