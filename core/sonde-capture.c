#define G_LOG_DOMAIN "sonde"

#include "sonde-capture-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

#include "sonde-capture.h"
#include "sonde-error.h"
#include "sonde-npz-private.h"
#include "sonde-run.h"
#include "sonde-safetensors.h"

struct _SondeCaptureWriter
{
  GObject parent_instance;

  char *path;
  char *description;
  SondeSafetensorsWriter *safetensors; /* NULL for npz */
  SondeNpzWriter *npz;                 /* NULL for safetensors, and before it is open */
};

G_DEFINE_FINAL_TYPE (SondeCaptureWriter, _sonde_capture_writer, G_TYPE_OBJECT)

static void
_sonde_capture_writer_finalize (GObject *object)
{
  SondeCaptureWriter *self = SONDE_CAPTURE_WRITER (object);

  g_free (self->path);
  g_free (self->description);
  g_clear_object (&self->safetensors);
  g_clear_pointer (&self->npz, _sonde_npz_writer_free);
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
}

/**
 * sonde_capture_check_name:
 * @path: where somebody wants a capture
 *
 * Refuses, before anything runs, a name whose ending is neither .safetensors nor .npz.
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

/* Readers of npz files open members by name and take this one for bytes, so it is in nobody's way. */
static gboolean
open_npz (SondeCaptureWriter *self,
          GError **error)
{
  g_autoptr (GBytes) text = NULL;

  self->npz = _sonde_npz_writer_open (self->path, error);
  if (self->npz == NULL || self->description == NULL)
    return self->npz != NULL;
  text = g_bytes_new_static (self->description, strlen (self->description));
  return _sonde_npz_writer_add (self->npz, SONDE_CAPTURE_MEMBER, text, error);
}

gboolean
_sonde_capture_writer_open (SondeCaptureWriter *self,
                            GError **error)
{
  return self->safetensors != NULL ? sonde_safetensors_writer_open (self->safetensors, self->path, error) : open_npz (self, error);
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

  return self->safetensors != NULL ? sonde_safetensors_writer_write (self->safetensors, name, tensor, error) : _sonde_npz_writer_add_array (self->npz, name, tensor, error);
}

gboolean
_sonde_capture_writer_close (SondeCaptureWriter *self,
                             GError **error)
{
  return self->safetensors != NULL ? sonde_safetensors_writer_close (self->safetensors, error) : _sonde_npz_writer_close (self->npz, error);
}
