#define G_LOG_DOMAIN "sonde"

#include "sonde-isolation-private.h"

#include <unistd.h>

#include "sonde-error.h"

/* A frame's tensors, one after the other, in a file that every process maps: they are copied once, whoever reads them. */

#define SHARED_KEY "sonde-shared-file"

static void
close_file (gpointer data)
{
  close (GPOINTER_TO_INT (data) - 1);
}

int
_sonde_frame_share (SondeFrame *frame,
                    GError **error)
{
  const int known = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (frame), SHARED_KEY)) - 1;
  g_autoptr (GPtrArray) pieces = NULL;
  int file;

  if (known >= 0)
    return known;
  pieces = g_ptr_array_new ();
  for (guint i = 0; i < sonde_frame_get_n_stages (frame); i++)
    g_ptr_array_add (pieces, sonde_tensor_get_bytes (sonde_frame_get_tensor (frame, i)));
  file = _sonde_shared_file_new (pieces, error);
  if (file >= 0)
    g_object_set_data_full (G_OBJECT (frame), SHARED_KEY, GINT_TO_POINTER (file + 1), close_file);
  return file;
}

SondeFrame *
_sonde_frame_new_shared (SondeInvestigation *investigation,
                         guint condition,
                         guint layer,
                         int file,
                         GError **error)
{
  SondeCondition *rows = sonde_investigation_get_condition (investigation, condition);
  g_autoptr (GBytes) bytes = _sonde_shared_file_map (file, 1, G_MAXSSIZE);
  g_autoptr (GPtrArray) stages = g_ptr_array_new ();
  g_autoptr (GPtrArray) tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);
  gsize offset = 0;

  for (guint i = 0; bytes != NULL && i < sonde_investigation_get_n_stages (investigation); i++)
    {
      const gsize shape[] = { sonde_condition_get_n_rows (rows), sonde_investigation_get_n_features (investigation, i) };
      g_autoptr (GBytes) slice = NULL;
      SondeTensor *tensor;
      gsize size, end;

      if (!g_size_checked_mul (&size, shape[0], shape[1]) || !g_size_checked_mul (&size, size, sizeof (float)) || !g_size_checked_add (&end, offset, size) || end > g_bytes_get_size (bytes))
        break;
      slice = g_bytes_new_from_bytes (bytes, offset, size);
      tensor = sonde_tensor_new (SONDE_DTYPE_F32, shape, G_N_ELEMENTS (shape), slice, error);
      if (tensor == NULL)
        return NULL;
      g_ptr_array_add (tensors, tensor);
      g_ptr_array_add (stages, (gpointer) sonde_investigation_get_stage (investigation, i));
      offset += (size + SONDE_SHARED_ALIGNMENT - 1) / SONDE_SHARED_ALIGNMENT * SONDE_SHARED_ALIGNMENT;
    }
  if (stages->len == sonde_investigation_get_n_stages (investigation))
    return sonde_frame_new (rows, condition, layer, stages, tensors);
  g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_SHAPE, "a frame came that is too short");
  return NULL;
}
