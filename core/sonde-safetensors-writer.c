#define G_LOG_DOMAIN "sonde"

#include "sonde-safetensors.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "sonde-error.h"
#include "sonde-safetensors-private.h"
#include "sonde-tensor-private.h"

typedef struct
{
  char *name;
  SondeDtype dtype;
  guint n_dims;
  gsize shape[SONDE_TENSOR_MAX_DIMS];
  gsize n_bytes;
  gsize begin; /* from the start of the data */
  gboolean written;
} Declaration;

/**
 * SondeSafetensorsWriter:
 *
 * Writes a safetensors file whose tensors arrive one by one, in any order, without holding them. Declare every tensor, open,
 * write each once, close. The file's bytes depend on the declarations and the data only, not on the order of either: tensors
 * lie by size of their elements, the widest first, so that each is aligned, and among equal sizes by name.
 *
 * After a failure of any function the file is incomplete: the caller deletes it.
 */
struct _SondeSafetensorsWriter
{
  GObject parent_instance;

  GHashTable *metadata;     /* key → value */
  GHashTable *declarations; /* name → Declaration */
  char *path;
  int fd;
  gsize data_start;
};

G_DEFINE_FINAL_TYPE (SondeSafetensorsWriter, sonde_safetensors_writer, G_TYPE_OBJECT)

static void
declaration_free (gpointer data)
{
  Declaration *declaration = data;

  g_free (declaration->name);
  g_free (declaration);
}

static void
sonde_safetensors_writer_finalize (GObject *object)
{
  SondeSafetensorsWriter *self = SONDE_SAFETENSORS_WRITER (object);

  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->metadata, g_hash_table_unref);
  g_clear_pointer (&self->declarations, g_hash_table_unref);
  g_clear_pointer (&self->path, g_free);
  G_OBJECT_CLASS (sonde_safetensors_writer_parent_class)->finalize (object);
}

static void
sonde_safetensors_writer_class_init (SondeSafetensorsWriterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_safetensors_writer_finalize;
}

static void
sonde_safetensors_writer_init (SondeSafetensorsWriter *self)
{
  self->metadata = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->declarations = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, declaration_free);
  self->fd = -1;
}

/**
 * sonde_safetensors_writer_new:
 *
 * Begins a file: declare every tensor, open, write each once in any order, close. The same declarations and numbers give the same
 * bytes.
 *
 * Returns: (transfer full): a new writer
 */
SondeSafetensorsWriter *
sonde_safetensors_writer_new (void)
{
  return g_object_new (SONDE_TYPE_SAFETENSORS_WRITER, NULL);
}

/**
 * sonde_safetensors_writer_set_metadata:
 * @self: a writer that is not open yet
 * @key: a key, UTF-8
 * @value: its value, UTF-8
 *
 * Sets a member of the header's `__metadata__`, in place of an earlier one of the same key. They are written sorted by key.
 */
void
sonde_safetensors_writer_set_metadata (SondeSafetensorsWriter *self,
                                       const char *key,
                                       const char *value)
{
  g_return_if_fail (SONDE_IS_SAFETENSORS_WRITER (self));
  g_return_if_fail (self->path == NULL);
  g_return_if_fail (key != NULL && g_utf8_validate (key, -1, NULL));
  g_return_if_fail (value != NULL && g_utf8_validate (value, -1, NULL));

  g_hash_table_insert (self->metadata, g_strdup (key), g_strdup (value));
}

static gboolean
check_name (SondeSafetensorsWriter *self,
            const char *name,
            GError **error)
{
  if (!g_utf8_validate (name, -1, NULL))
    g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("The name of a tensor to write is not UTF-8 text: name it with letters"));
  else if (strlen (name) > SONDE_MAX_TENSOR_NAME)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("The name of a tensor to write is %zu bytes long; at most %d are possible"),
                 strlen (name), SONDE_MAX_TENSOR_NAME);
  else if (g_str_equal (name, _SONDE_SAFETENSORS_METADATA))
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("A tensor cannot be called “%s”: safetensors files use that name themselves: choose another"), name);
  else if (g_hash_table_contains (self->declarations, name))
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("Two tensors to write are called “%s”: rename one of them"), name);
  else if (g_hash_table_size (self->declarations) >= SONDE_MAX_TENSORS)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("There are more tensors to write than the %d that one file can hold: write fewer, or more files"), SONDE_MAX_TENSORS);
  else
    return TRUE;
  return FALSE;
}

/**
 * sonde_safetensors_writer_declare:
 * @self: a writer that is not open yet
 * @name: the tensor's name, UTF-8, at most 1,024 bytes, not "__metadata__"
 * @dtype: its element type
 * @shape: (array length=n_dims) (nullable): the length of each dimension; %NULL where @n_dims is 0
 * @n_dims: how many dimensions, at most %SONDE_TENSOR_MAX_DIMS
 * @error: return location for an error
 *
 * Announces a tensor. Fails with %SONDE_ERROR_OUTPUT for a name that is taken or impossible, and with %SONDE_ERROR_SHAPE for
 * a shape that overflows.
 *
 * Returns: whether the tensor will be part of the file
 */
gboolean
sonde_safetensors_writer_declare (SondeSafetensorsWriter *self,
                                  const char *name,
                                  SondeDtype dtype,
                                  const gsize *shape,
                                  guint n_dims,
                                  GError **error)
{
  Declaration *declaration;
  gsize n_elements, n_bytes;

  g_return_val_if_fail (SONDE_IS_SAFETENSORS_WRITER (self), FALSE);
  g_return_val_if_fail (self->path == NULL, FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (sonde_dtype_get_name (dtype) != NULL, FALSE);
  g_return_val_if_fail (shape != NULL || n_dims == 0, FALSE);

  if (!check_name (self, name, error))
    return FALSE;
  if (!_sonde_shape_count (shape, n_dims, dtype, &n_elements, &n_bytes))
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("Tensor “%s” to write has more than %d dimensions or is larger than this machine can address"),
                   name, SONDE_TENSOR_MAX_DIMS);
      return FALSE;
    }
  declaration = g_new0 (Declaration, 1);
  declaration->name = g_strdup (name);
  declaration->dtype = dtype;
  declaration->n_dims = n_dims;
  for (guint i = 0; i < n_dims; i++)
    declaration->shape[i] = shape[i];
  declaration->n_bytes = n_bytes;
  g_hash_table_insert (self->declarations, declaration->name, declaration);
  return TRUE;
}

/* ---- the header ---- */

static int
compare_declarations (gconstpointer a,
                      gconstpointer b)
{
  const Declaration *left = *(const Declaration *const *) a;
  const Declaration *right = *(const Declaration *const *) b;
  const gsize left_size = sonde_dtype_get_size (left->dtype);
  const gsize right_size = sonde_dtype_get_size (right->dtype);

  if (left_size != right_size)
    return left_size > right_size ? -1 : 1;
  return strcmp (left->name, right->name);
}

/* All declarations in the order of their data, with their places. */
static GPtrArray *
lay_out (SondeSafetensorsWriter *self,
         GError **error)
{
  g_autoptr (GPtrArray) declarations = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;
  gsize end = 0;

  g_hash_table_iter_init (&iter, self->declarations);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (declarations, value);
  g_ptr_array_sort (declarations, compare_declarations);
  for (guint i = 0; i < declarations->len; i++)
    {
      Declaration *declaration = g_ptr_array_index (declarations, i);

      declaration->begin = end;
      if (!g_size_checked_add (&end, end, declaration->n_bytes) || end > G_MAXSSIZE - 2 * SONDE_MAX_HEADER_BYTES)
        {
          g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("The tensors to write are together larger than a file can be: write fewer"));
          return NULL;
        }
    }
  return g_steal_pointer (&declarations);
}

static void
append_json_string (GString *header,
                    const char *text)
{
  g_string_append_c (header, '"');
  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '"' || *p == '\\')
        g_string_append_c (header, '\\');
      if ((guchar) *p < 0x20)
        g_string_append_printf (header, "\\u%04x", (guint) (guchar) *p);
      else
        g_string_append_c (header, *p);
    }
  g_string_append_c (header, '"');
}

static void
append_metadata (GString *header,
                 GHashTable *metadata)
{
  g_autoptr (GList) keys = g_list_sort (g_hash_table_get_keys (metadata), (GCompareFunc) strcmp);

  append_json_string (header, _SONDE_SAFETENSORS_METADATA);
  g_string_append (header, ":{");
  for (GList *l = keys; l != NULL; l = l->next)
    {
      if (l != keys)
        g_string_append_c (header, ',');
      append_json_string (header, l->data);
      g_string_append_c (header, ':');
      append_json_string (header, g_hash_table_lookup (metadata, l->data));
    }
  g_string_append_c (header, '}');
}

static void
append_declaration (GString *header,
                    const Declaration *declaration)
{
  append_json_string (header, declaration->name);
  g_string_append_printf (header, ":{\"dtype\":\"%s\",\"shape\":[", sonde_dtype_get_name (declaration->dtype));
  for (guint i = 0; i < declaration->n_dims; i++)
    g_string_append_printf (header, i == 0 ? "%" G_GSIZE_FORMAT : ",%" G_GSIZE_FORMAT, declaration->shape[i]);
  g_string_append_printf (header, "],\"data_offsets\":[%" G_GSIZE_FORMAT ",%" G_GSIZE_FORMAT "]}",
                          declaration->begin, declaration->begin + declaration->n_bytes);
}

/* The eight bytes of its length, then the header, padded so that the data begin at a multiple of eight. */
static GString *
build_header (SondeSafetensorsWriter *self,
              GPtrArray *declarations)
{
  GString *header = g_string_new ("12345678{");
  guint64 length;

  if (g_hash_table_size (self->metadata) > 0)
    append_metadata (header, self->metadata);
  for (guint i = 0; i < declarations->len; i++)
    {
      if (header->str[header->len - 1] != '{')
        g_string_append_c (header, ',');
      append_declaration (header, g_ptr_array_index (declarations, i));
    }
  g_string_append_c (header, '}');
  while (header->len % 8 != 0)
    g_string_append_c (header, ' ');

  length = header->len - 8;
  for (guint i = 0; i < 8; i++)
    header->str[i] = (char) (length >> (8 * i) & 0xff);
  return header;
}

/* ---- the file ---- */

static gboolean
fail_with_errno (SondeSafetensorsWriter *self,
                 int code,
                 GError **error)
{
  g_set_error (error, G_FILE_ERROR, g_file_error_from_errno (code), _ ("Cannot write %s: %s: free space there, or choose another place"), self->path, g_strerror (code));
  return FALSE;
}

static gboolean
write_at (SondeSafetensorsWriter *self,
          const char *data,
          gsize size,
          gsize offset,
          GError **error)
{
  while (size > 0)
    {
      const gssize n = pwrite (self->fd, data, size, (off_t) offset);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        return fail_with_errno (self, n == 0 ? ENOSPC : errno, error);
      data += n;
      size -= n;
      offset += n;
    }
  return TRUE;
}

/**
 * sonde_safetensors_writer_open:
 * @self: a writer with all its declarations
 * @path: the file to write; one that exists is overwritten
 * @error: return location for an error
 *
 * Creates the file and writes its header. Fails with a %G_FILE_ERROR that names file and reason.
 *
 * Returns: whether tensors can be written now
 */
gboolean
sonde_safetensors_writer_open (SondeSafetensorsWriter *self,
                               const char *path,
                               GError **error)
{
  g_autoptr (GPtrArray) declarations = NULL;
  g_autoptr (GString) header = NULL;

  g_return_val_if_fail (SONDE_IS_SAFETENSORS_WRITER (self), FALSE);
  g_return_val_if_fail (self->path == NULL, FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  declarations = lay_out (self, error);
  if (declarations == NULL)
    return FALSE;
  header = build_header (self, declarations);
  if (header->len - 8 > SONDE_MAX_HEADER_BYTES)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("The header of %s would take %zu bytes; at most %d are possible"),
                   path, header->len - 8, SONDE_MAX_HEADER_BYTES);
      return FALSE;
    }
  self->path = g_strdup (path);
  self->data_start = header->len;
  self->fd = g_open (path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (self->fd < 0)
    return fail_with_errno (self, errno, error);
  return write_at (self, header->str, header->len, 0, error);
}

static gboolean
matches (const Declaration *declaration,
         SondeTensor *tensor)
{
  guint n_dims;
  const gsize *shape = sonde_tensor_get_shape (tensor, &n_dims);

  return sonde_tensor_get_dtype (tensor) == declaration->dtype && n_dims == declaration->n_dims && (n_dims == 0 || memcmp (shape, declaration->shape, n_dims * sizeof *shape) == 0);
}

/**
 * sonde_safetensors_writer_write:
 * @self: an open writer
 * @name: the name of a declared tensor that was not written yet
 * @tensor: the tensor, of the declared element type and shape
 * @error: return location for an error
 *
 * Writes one tensor. Fails with %SONDE_ERROR_OUTPUT for a name that was not declared or was written before, with
 * %SONDE_ERROR_SHAPE where @tensor is not as declared, and with a %G_FILE_ERROR, full disks included.
 *
 * Returns: whether all of it was written
 */
gboolean
sonde_safetensors_writer_write (SondeSafetensorsWriter *self,
                                const char *name,
                                SondeTensor *tensor,
                                GError **error)
{
  Declaration *declaration;
  const char *data;
  gsize size;

  g_return_val_if_fail (SONDE_IS_SAFETENSORS_WRITER (self), FALSE);
  g_return_val_if_fail (self->fd >= 0, FALSE);
  g_return_val_if_fail (name != NULL, FALSE);
  g_return_val_if_fail (tensor != NULL, FALSE);

  declaration = g_hash_table_lookup (self->declarations, name);
  if (declaration == NULL || declaration->written)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT,
                   declaration == NULL ? _ ("%s: tensor “%s” was not declared: declare it first") : _ ("%s: tensor “%s” is written a second time: write it once"),
                   self->path, name);
      return FALSE;
    }
  if (!matches (declaration, tensor))
    {
      g_autofree char *found = sonde_tensor_dup_shape_string (tensor);
      g_autofree char *expected = _sonde_shape_to_string (declaration->shape, declaration->n_dims);

      g_set_error (error, SONDE_ERROR, SONDE_ERROR_SHAPE, _ ("%s: tensor “%s” is %s %s, but was declared as %s %s: declare what is written"), self->path, name,
                   sonde_dtype_get_name (sonde_tensor_get_dtype (tensor)), found, sonde_dtype_get_name (declaration->dtype), expected);
      return FALSE;
    }
  data = g_bytes_get_data (sonde_tensor_get_bytes (tensor), &size);
  if (!write_at (self, data, size, self->data_start + declaration->begin, error))
    return FALSE;
  declaration->written = TRUE;
  return TRUE;
}

static gboolean
check_complete (SondeSafetensorsWriter *self,
                GError **error)
{
  const Declaration *missing = NULL;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->declarations);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Declaration *declaration = value;

      if (!declaration->written && (missing == NULL || strcmp (declaration->name, missing->name) < 0))
        missing = declaration;
    }
  if (missing != NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("%s is incomplete: tensor “%s” was declared, but never written: write it before the end"), self->path, missing->name);
  return missing == NULL;
}

/**
 * sonde_safetensors_writer_close:
 * @self: an open writer
 * @error: return location for an error
 *
 * Sees the bytes to the disk and closes the file, in any case. Fails with %SONDE_ERROR_OUTPUT when a declared tensor was never
 * written, and with a %G_FILE_ERROR when the disk reports one.
 *
 * Returns: whether the file is complete
 */
gboolean
sonde_safetensors_writer_close (SondeSafetensorsWriter *self,
                                GError **error)
{
  gboolean complete;

  g_return_val_if_fail (SONDE_IS_SAFETENSORS_WRITER (self), FALSE);
  g_return_val_if_fail (self->fd >= 0, FALSE);

  complete = check_complete (self, error);
  if (complete && fsync (self->fd) != 0 && errno != EINVAL) /* EINVAL: a pipe or device, which has nothing to sync */
    complete = fail_with_errno (self, errno, error);
  if (close (self->fd) != 0 && complete && errno != EINTR)
    complete = fail_with_errno (self, errno, error);
  self->fd = -1;
  return complete;
}
