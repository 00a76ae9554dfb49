#define G_LOG_DOMAIN "sonde"

#include "sonde-capture-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <glib/gi18n-lib.h>

#include "sonde-capture.h"
#include "sonde-error.h"
#include "sonde-run.h"
#include "sonde-safetensors.h"

struct _SondeCaptureWriter
{
  GObject parent_instance;

  char *path;
  char *description;
  SondeSafetensorsWriter *safetensors; /* NULL for npz */
  struct archive *archive;             /* NULL for safetensors */
  int fd;
};

G_DEFINE_FINAL_TYPE (SondeCaptureWriter, _sonde_capture_writer, G_TYPE_OBJECT)

static void
_sonde_capture_writer_finalize (GObject *object)
{
  SondeCaptureWriter *self = SONDE_CAPTURE_WRITER (object);

  g_free (self->path);
  g_free (self->description);
  g_clear_object (&self->safetensors);
  g_clear_pointer (&self->archive, archive_write_free);
  if (self->fd >= 0)
    close (self->fd);
  G_OBJECT_CLASS (_sonde_capture_writer_parent_class)->finalize (object);
}

static void
_sonde_capture_writer_class_init (SondeCaptureWriterClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = _sonde_capture_writer_finalize;
}

static void
_sonde_capture_writer_init (SondeCaptureWriter *self)
{
  self->fd = -1;
}

/**
 * sonde_capture_check_name:
 * @path: where somebody wants a capture
 *
 * Returns: %FALSE with %SONDE_ERROR_OUTPUT where the name's ending is none of those that can be written
 */
gboolean
sonde_capture_check_name (const char *path,
                          GError **error)
{
  if (g_str_has_suffix (path, ".safetensors") || g_str_has_suffix (path, ".npz"))
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("a capture cannot be written as “%s”: let the name end in .safetensors or .npz"), path);
  return FALSE;
}

SondeCaptureWriter *
_sonde_capture_writer_new (const char *path)
{
  SondeCaptureWriter *self = g_object_new (SONDE_TYPE_CAPTURE_WRITER, NULL);

  self->path = g_strdup (path);
  if (!g_str_has_suffix (path, ".npz"))
    self->safetensors = sonde_safetensors_writer_new ();
  return self;
}

void
_sonde_capture_writer_set_metadata (SondeCaptureWriter *self,
                                    const char *key,
                                    const char *value)
{
  if (self->safetensors != NULL)
    sonde_safetensors_writer_set_metadata (self->safetensors, key, value);
}

void
_sonde_capture_writer_describe (SondeCaptureWriter *self,
                                const char *model,
                                guint n_layers,
                                GPtrArray *stages,
                                GPtrArray *conditions)
{
  g_autoptr (SondeCaptureDescription) description = sonde_capture_description_new (model, n_layers, stages, conditions);

  for (guint s = 0; s < stages->len; s++)
    {
      SondeStage *stage = g_ptr_array_index (stages, s);
      g_autofree char *key = g_strdup_printf ("stage.%s", stage->id);

      _sonde_capture_writer_set_metadata (self, key, stage->formula);
    }
  g_free (self->description);
  self->description = sonde_capture_description_to_json (description);
  _sonde_capture_writer_set_metadata (self, SONDE_CAPTURE_METADATA, self->description);
}

static char *
array_name (const char *condition,
            guint layer,
            const char *stage)
{
  return g_strdup_printf ("%s/L%u/%s", condition, layer, stage);
}

gboolean
_sonde_capture_writer_declare (SondeCaptureWriter *self,
                               const char *condition,
                               guint layer,
                               const char *stage,
                               gsize rows,
                               gsize columns,
                               GError **error)
{
  g_autofree char *name = array_name (condition, layer, stage);
  gsize shape[] = { rows, columns };

  return self->safetensors == NULL || sonde_safetensors_writer_declare (self->safetensors, name, SONDE_DTYPE_F32, shape, 2, error);
}

/* ---- npz: a zip archive of stored .npy files ---- */

static gboolean
archive_fails (SondeCaptureWriter *self,
               GError **error)
{
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s” cannot be written: %s"), self->path,
               archive_errno (self->archive) > 0 ? g_strerror (archive_errno (self->archive)) : archive_error_string (self->archive));
  return FALSE;
}

static gboolean
open_archive (SondeCaptureWriter *self,
              GError **error)
{
  self->fd = open (self->path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
  if (self->fd < 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s” cannot be made: %s"), self->path, g_strerror (errno));
      return FALSE;
    }
  self->archive = archive_write_new ();
  if (archive_write_set_format_zip (self->archive) != ARCHIVE_OK || archive_write_zip_set_compression_store (self->archive) != ARCHIVE_OK || archive_write_open_fd (self->archive, self->fd) != ARCHIVE_OK)
    return archive_fails (self, error);
  return TRUE;
}

/* Version 1.0 of the format: magic, version, header length, a Python dictionary padded with spaces so that the data begin
 * at a multiple of 64. */
static GBytes *
npy_header (gsize rows,
            gsize columns)
{
  GString *header = g_string_new (NULL);
  gsize length;

  g_string_append_printf (header, "{'descr': '<f4', 'fortran_order': False, 'shape': (%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT "), }", rows, columns);
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
write_all (SondeCaptureWriter *self,
           GBytes *bytes,
           GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (bytes, &size);

  if (archive_write_data (self->archive, data, size) == (la_ssize_t) size)
    return TRUE;
  return archive_fails (self, error);
}

static gboolean
begin_member (SondeCaptureWriter *self,
              const char *name,
              gsize size,
              GError **error)
{
  struct archive_entry *entry = archive_entry_new ();
  int status;

  archive_entry_set_pathname (entry, name);
  archive_entry_set_filetype (entry, AE_IFREG);
  archive_entry_set_perm (entry, 0644);
  archive_entry_set_mtime (entry, 315532800, 0); /* 1980, where zip's time begins: the same bytes every time */
  archive_entry_set_size (entry, (la_int64_t) size);
  status = archive_write_header (self->archive, entry);
  archive_entry_free (entry);
  return status == ARCHIVE_OK || archive_fails (self, error);
}

static gboolean
write_npy (SondeCaptureWriter *self,
           const char *name,
           SondeTensor *tensor,
           GError **error)
{
  g_autofree char *member = g_strconcat (name, ".npy", NULL);
  g_autoptr (GBytes) header = npy_header (sonde_tensor_get_n_rows (tensor), sonde_tensor_get_n_columns (tensor));
  GBytes *data = sonde_tensor_get_bytes (tensor);

  return begin_member (self, member, g_bytes_get_size (header) + g_bytes_get_size (data), error) && write_all (self, header, error) && write_all (self, data, error);
}

/* Readers of npz files open members by name and take this one for bytes, so it is in nobody's way. */
static gboolean
write_description (SondeCaptureWriter *self,
                   GError **error)
{
  g_autoptr (GBytes) text = NULL;

  if (self->description == NULL)
    return TRUE;
  text = g_bytes_new_static (self->description, strlen (self->description));
  return begin_member (self, SONDE_CAPTURE_MEMBER, g_bytes_get_size (text), error) && write_all (self, text, error);
}

static gboolean
close_archive (SondeCaptureWriter *self,
               GError **error)
{
  if (archive_write_close (self->archive) != ARCHIVE_OK)
    return archive_fails (self, error);
  if (fsync (self->fd) != 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("“%s” cannot be written: %s"), self->path, g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

/* ---- either ---- */

gboolean
_sonde_capture_writer_open (SondeCaptureWriter *self,
                            GError **error)
{
  return self->safetensors != NULL ? sonde_safetensors_writer_open (self->safetensors, self->path, error) : open_archive (self, error) && write_description (self, error);
}

gboolean
_sonde_capture_writer_write (SondeCaptureWriter *self,
                             const char *condition,
                             guint layer,
                             const char *stage,
                             SondeTensor *tensor,
                             GError **error)
{
  g_autofree char *name = array_name (condition, layer, stage);

  return self->safetensors != NULL ? sonde_safetensors_writer_write (self->safetensors, name, tensor, error) : write_npy (self, name, tensor, error);
}

gboolean
_sonde_capture_writer_close (SondeCaptureWriter *self,
                             GError **error)
{
  return self->safetensors != NULL ? sonde_safetensors_writer_close (self->safetensors, error) : close_archive (self, error);
}
