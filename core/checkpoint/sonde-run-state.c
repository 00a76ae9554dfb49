#define G_LOG_DOMAIN "sonde"

#include "sonde-run-checkpoint-private.h"

#include <string.h>

#include <glib/gi18n-lib.h>

/* A batch that a killed run was in the middle of: what the model needs to begin at the layer that was next. It is one file a batch,
 * written anew for every layer, and gone when the batch is done. */

/* In front of the state, so that its numbers lie as they would anywhere. */
typedef struct
{
  guint64 layer;
  guint8 zeros[56];
} Head;

static char *
dup_name (SondeRun *self)
{
  return g_strdup_printf ("c%04u.state", self->running->first);
}

static guint
count_layers_before (SondeRun *self,
                     guint layer)
{
  guint n = 0;

  while (n < self->layers->len && g_array_index (self->layers, guint, n) < layer)
    n++;
  return n;
}

/* A state is of use where every frame before it is there. @layer: with which it begins; 0 where there is none. */
static gboolean
load_state (SondeRun *self,
            gsize size,
            guint *layer,
            GBytes **state,
            GError **error)
{
  g_autofree char *name = dup_name (self);
  g_autofree char *note = NULL;
  g_autoptr (GBytes) bytes = NULL;
  GError *local = NULL;
  Head head;

  bytes = _sonde_checkpoint_read (self->checkpoint->folder, name, sizeof head + size, &note, &local);
  if (note != NULL)
    _sonde_run_checkpoint_note (self, note);
  if (local != NULL)
    g_propagate_error (error, local);
  if (bytes == NULL)
    return local == NULL;
  memcpy (&head, g_bytes_get_data (bytes, NULL), sizeof head);
  head.layer = GUINT64_FROM_LE (head.layer);
  if (head.layer >= sonde_model_get_n_layers (self->model) || count_layers_before (self, (guint) head.layer) * self->running->n > self->checkpoint->n_loaded)
    return TRUE;
  *layer = (guint) head.layer;
  *state = g_bytes_new_from_bytes (bytes, sizeof head, size);
  return TRUE;
}

static gboolean
keep_state (guint layer,
            GBytes *state,
            gpointer user_data,
            GError **error)
{
  SondeRun *self = user_data;
  g_autofree char *name = dup_name (self);
  const Head head = { .layer = GUINT64_TO_LE (layer) };
  const SondeCheckpointPart parts[] = { { &head, sizeof head }, { g_bytes_get_data (state, NULL), g_bytes_get_size (state) } };

  return _sonde_checkpoint_write (self->checkpoint->folder, name, parts, G_N_ELEMENTS (parts), error);
}

gboolean
_sonde_run_checkpoint_run (SondeRun *self,
                           SondeSelection *selection,
                           GError **error)
{
  SondeBatch *batch = self->running->batch;
  const guint64 size = sonde_model_measure_state (self->model, batch);
  g_autoptr (GBytes) state = NULL;
  guint layer = 0;

  if (size == 0 || size > G_MAXSSIZE / 2)
    return sonde_model_run (self->model, batch, selection, _sonde_run_take_site, self, self->cancellable, error);
  if (!load_state (self, (gsize) size, &layer, &state, error))
    return FALSE;
  self->checkpoint->next = count_layers_before (self, layer) * self->running->n;
  return sonde_model_run_from (self->model, batch, selection, layer, state, keep_state, _sonde_run_take_site, self, self->cancellable, error);
}

void
_sonde_run_checkpoint_end_batch (SondeRun *self)
{
  g_autofree char *name = dup_name (self);

  _sonde_checkpoint_remove (self->checkpoint->folder, name);
}
