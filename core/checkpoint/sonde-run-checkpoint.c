#define G_LOG_DOMAIN "sonde"

#include "sonde-run-private.h"

#include <glib/gi18n-lib.h>

#include "sonde-error.h"
#include "sonde-run-checkpoint-private.h"

/* Frames that a run keeps, so that the same run goes on after them when it was killed. */

void
_sonde_run_checkpoint_free (SondeRunCheckpoint *checkpoint)
{
  _sonde_checkpoint_free (checkpoint->folder);
  g_ptr_array_unref (checkpoint->notes);
  g_free (checkpoint);
}

void
_sonde_run_checkpoint_note (SondeRun *self,
                            const char *what)
{
  g_ptr_array_add (self->checkpoint->notes, g_strdup_printf (_ ("%s, in the checkpoint “%s”: it is computed again"), what, _sonde_checkpoint_get_directory (self->checkpoint->folder)));
}

static char *
dup_name (guint condition,
          guint layer)
{
  return g_strdup_printf ("c%04u-l%04u.frame", condition, layer);
}

static gsize
count_features (SondeRun *self)
{
  gsize features = 0;

  for (guint s = 0; s < self->stages->len; s++)
    features += sonde_investigation_get_n_features (self->investigation, s);
  return features;
}

static gsize
count_bytes (SondeRun *self,
             guint condition)
{
  return sizeof (float) * count_features (self) * sonde_condition_get_n_rows (g_ptr_array_index (self->conditions, condition));
}

/**
 * sonde_run_set_checkpoint:
 * @directory: a folder that is not there, that is empty, or that an earlier run kept its frames in
 * @cancellable: (nullable): ends it
 *
 * Keeps every frame in a folder as soon as it is there, and takes from the folder those that an earlier run kept there: a run that was
 * killed goes on where it ended, with the same numbers. Refuses a folder whose frames are of another run, by whatever can change a
 * number: this reads the model's files for their checksums. Writes nothing before sonde_run_execute().
 *
 * Returns: %FALSE with %SONDE_ERROR_OUTPUT for a folder that cannot be used, with %SONDE_ERROR_UNSUPPORTED for a model that brings its
 *   own rows, or with an error of reading the model's files
 */
gboolean
sonde_run_set_checkpoint (SondeRun *self,
                          const char *directory,
                          GCancellable *cancellable,
                          GError **error)
{
  SondeRunCheckpoint *checkpoint;
  GPtrArray *texts;

  g_return_val_if_fail (SONDE_IS_RUN (self) && directory != NULL, FALSE);
  g_return_val_if_fail (self->layers_done == 0, FALSE);

  if (self->own_rows)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("a checkpoint keeps what a model computes, and %s brings rows that are there: leave --checkpoint out"), sonde_model_get_name (self->model));
      return FALSE;
    }
  texts = _sonde_run_describe_numbers (self, cancellable, error);
  if (texts == NULL)
    return FALSE;
  g_clear_pointer (&self->checkpoint, _sonde_run_checkpoint_free);
  checkpoint = self->checkpoint = g_new0 (SondeRunCheckpoint, 1);
  checkpoint->notes = g_ptr_array_new_with_free_func (g_free);
  checkpoint->folder = _sonde_checkpoint_new (directory, texts);
  return _sonde_checkpoint_check (checkpoint->folder, error);
}

/**
 * sonde_run_get_checkpoint_notes:
 *
 * Lists what was found in the folder of sonde_run_set_checkpoint() and could not be used, so that it was computed again. That changes
 * no number, so that it is no part of a report.
 *
 * Returns: (transfer none) (nullable) (element-type utf8): sentences; %NULL where there is no such folder
 */
GPtrArray *
sonde_run_get_checkpoint_notes (SondeRun *self)
{
  g_return_val_if_fail (SONDE_IS_RUN (self), NULL);
  return self->checkpoint != NULL ? self->checkpoint->notes : NULL;
}

/**
 * sonde_run_estimate_checkpoint:
 * @there: (out): how many of the bytes are there already, as far as sizes of files tell
 *
 * Foretells how large the folder of sonde_run_set_checkpoint() will be in the end.
 *
 * Returns: bytes of all frames of all layers; 0 where there is no such folder
 */
guint64
sonde_run_estimate_checkpoint (SondeRun *self,
                               guint64 *there)
{
  guint64 bytes = 0;

  g_return_val_if_fail (SONDE_IS_RUN (self) && there != NULL, 0);

  *there = 0;
  for (guint c = 0; self->checkpoint != NULL && c < self->conditions->len; c++)
    for (guint l = 0; l < self->layers->len; l++)
      {
        g_autofree char *name = dup_name (c, g_array_index (self->layers, guint, l));

        bytes += count_bytes (self, c);
        if (_sonde_checkpoint_has (self->checkpoint->folder, name, count_bytes (self, c)))
          *there += count_bytes (self, c);
      }
  return bytes;
}

gboolean
_sonde_run_checkpoint_open (SondeRun *self,
                            GError **error)
{
  return _sonde_checkpoint_open (self->checkpoint->folder, error);
}

/* ---- frames that are there ---- */

/* A file's numbers, one stage after the other. */
static SondeFrame *
frame_new (SondeRun *self,
           guint condition,
           guint layer,
           GBytes *numbers)
{
  SondeCondition *source = g_ptr_array_index (self->conditions, condition);
  g_autoptr (GPtrArray) tensors = g_ptr_array_new_with_free_func ((GDestroyNotify) sonde_tensor_unref);
  gsize offset = 0;

  for (guint s = 0; s < self->stages->len; s++)
    {
      const gsize shape[] = { sonde_condition_get_n_rows (source), sonde_investigation_get_n_features (self->investigation, s) };
      const gsize n_bytes = sizeof (float) * shape[0] * shape[1];
      g_autoptr (GBytes) part = g_bytes_new_from_bytes (numbers, offset, n_bytes);

      g_ptr_array_add (tensors, sonde_tensor_new (SONDE_DTYPE_F32, shape, 2, part, NULL));
      offset += n_bytes;
    }
  return sonde_frame_new (source, condition, layer, self->stages, tensors);
}

/* @there: the frame was, and is processed. */
static gboolean
load_frame (SondeRun *self,
            guint condition,
            guint layer,
            gboolean *there,
            GError **error)
{
  SondeRunCheckpoint *checkpoint = self->checkpoint;
  g_autofree char *name = dup_name (condition, layer);
  g_autofree char *note = NULL;
  g_autoptr (GBytes) numbers = NULL;
  g_autoptr (SondeFrame) frame = NULL;
  GError *local = NULL;

  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  numbers = _sonde_checkpoint_read (checkpoint->folder, name, count_bytes (self, condition), &note, &local);
  *there = numbers != NULL;
  if (note != NULL)
    _sonde_run_checkpoint_note (self, note);
  if (local != NULL)
    g_propagate_error (error, local);
  if (numbers == NULL)
    return local == NULL;
  frame = frame_new (self, condition, layer, numbers);
  return _sonde_run_check_finite (frame, TRUE, error) && _sonde_run_process_frame (self, frame, error);
}

gboolean
_sonde_run_checkpoint_load (SondeRun *self,
                            gboolean *there,
                            GError **error)
{
  SondeRunCheckpoint *checkpoint = self->checkpoint;
  const SondeRunBatch *batch = self->running;

  checkpoint->n_loaded = 0;
  checkpoint->next = 0;
  for (guint l = 0; l < self->layers->len; l++)
    {
      for (guint c = batch->first; c < batch->first + batch->n; c++)
        {
          if (!load_frame (self, c, g_array_index (self->layers, guint, l), there, error))
            return FALSE;
          if (!*there)
            return TRUE;
          checkpoint->n_loaded++;
        }
      _sonde_run_end_layer (self);
    }
  return TRUE;
}

/* ---- frames that are computed ---- */

/* Frames are processed in the same order whether they are computed or read, since what is told of many frames is told of the first. */
static gboolean
check_order (SondeRun *self,
             SondeFrame *frame,
             GError **error)
{
  const SondeRunBatch *batch = self->running;
  const guint expected = g_array_index (self->layers, guint, MIN (self->checkpoint->next / batch->n, self->layers->len - 1));

  if (sonde_frame_get_layer (frame) == expected)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_UNSUPPORTED, _ ("the model gave layer %u where layer %u is expected, and a checkpoint needs them in ascending order: run it without --checkpoint"),
               sonde_frame_get_layer (frame), expected);
  return FALSE;
}

static gboolean
fail_for_numbers (SondeRun *self,
                  const char *name,
                  GError **error)
{
  const char *directory = _sonde_checkpoint_get_directory (self->checkpoint->folder);

  g_set_error (error, SONDE_ERROR, SONDE_ERROR_VALUE, _ ("the model gives other numbers now than those that %s in “%s” holds, although its files are the same: its provider or this machine computes otherwise; remove the folder to begin anew, or name another one with --checkpoint"),
               name, directory);
  return FALSE;
}

gboolean
_sonde_run_checkpoint_keep (SondeRun *self,
                            SondeFrame *frame,
                            gboolean *known,
                            GError **error)
{
  SondeRunCheckpoint *checkpoint = self->checkpoint;
  const guint n = sonde_frame_get_n_stages (frame);
  g_autofree char *name = dup_name (sonde_frame_get_condition_index (frame), sonde_frame_get_layer (frame));
  g_autofree SondeCheckpointPart *parts = g_new (SondeCheckpointPart, n);

  if (!check_order (self, frame, error))
    return FALSE;
  for (guint i = 0; i < n; i++)
    {
      SondeTensor *tensor = sonde_frame_get_tensor (frame, i);

      parts[i] = (SondeCheckpointPart){ sonde_tensor_peek_f32 (tensor), sizeof (float) * sonde_tensor_get_n_elements (tensor) };
    }
  *known = checkpoint->next++ < checkpoint->n_loaded;
  if (!*known)
    return _sonde_checkpoint_write (checkpoint->folder, name, parts, n, error);
  return _sonde_checkpoint_equals (checkpoint->folder, name, parts, n) || fail_for_numbers (self, name, error);
}

gboolean
_sonde_run_checkpoint_end_layer (SondeRun *self,
                                 GError **error)
{
  return _sonde_checkpoint_sync (self->checkpoint->folder, error);
}
