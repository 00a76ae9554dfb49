#include "fuzz.h"

#include <string.h>

#include <glib/gstdio.h>

#include "checkpoint/sonde-checkpoint-private.h"

/* The folder of a checkpoint that somebody else filled: what it says of its run, and frames. Only what the same run wrote is taken. */

#define N_BYTES 16

static const char *const files[] = { "checkpoint/checkpoint.json", "checkpoint/frame", "checkpoint/frame.part", "checkpoint/lock" };

static void
write_files (const guint8 *data,
             gsize size)
{
  g_autofree char *directory = fuzz_dup_path ("checkpoint");
  FuzzPiece pieces[G_N_ELEMENTS (files)];

  g_mkdir (directory, 0700);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    pieces[i] = (FuzzPiece){ strchr (files[i], '/') + 1 };
  fuzz_split (data, size, pieces, G_N_ELEMENTS (files));
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    pieces[i].name = files[i];
  fuzz_write_pieces (pieces, G_N_ELEMENTS (files));
}

static SondeCheckpoint *
make_checkpoint (void)
{
  g_autofree char *directory = fuzz_dup_path ("checkpoint");
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);

  g_ptr_array_add (texts, g_strdup ("model"));
  g_ptr_array_add (texts, g_strdup ("0123"));
  g_ptr_array_add (texts, g_strdup ("layers"));
  g_ptr_array_add (texts, g_strdup ("0, 1"));
  return _sonde_checkpoint_new (directory, texts);
}

static void
read_frame (SondeCheckpoint *checkpoint)
{
  g_autofree char *note = NULL;
  g_autoptr (GError) error = NULL;
  const gboolean there = _sonde_checkpoint_has (checkpoint, "frame", N_BYTES);
  g_autoptr (GBytes) numbers = _sonde_checkpoint_read (checkpoint, "frame", N_BYTES, &note, &error);

  fuzz_assert (error == NULL && (numbers == NULL || (there && note == NULL && g_bytes_get_size (numbers) == N_BYTES)));
  if (note != NULL)
    fuzz_check_sentence (note);
}

/* Whatever lay there. */
static void
write_frame (SondeCheckpoint *checkpoint)
{
  const SondeCheckpointPart parts[] = { { "01234567", 8 }, { "89abcdef", 8 } };
  g_autofree char *note = NULL;
  g_autoptr (GBytes) numbers = NULL;

  fuzz_assert (_sonde_checkpoint_write (checkpoint, "frame", parts, G_N_ELEMENTS (parts), NULL));
  numbers = _sonde_checkpoint_read (checkpoint, "frame", N_BYTES, &note, NULL);
  fuzz_assert (numbers != NULL && note == NULL && memcmp (g_bytes_get_data (numbers, NULL), "0123456789abcdef", N_BYTES) == 0);
  fuzz_assert (_sonde_checkpoint_equals (checkpoint, "frame", parts, G_N_ELEMENTS (parts)));
}

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autoptr (SondeCheckpoint) checkpoint = NULL;
  g_autoptr (GError) error = NULL;
  gboolean open;

  write_files (data, size);
  checkpoint = make_checkpoint ();
  open = _sonde_checkpoint_open (checkpoint, &error);
  fuzz_check (open, error);
  if (!open)
    return 0;
  read_frame (checkpoint);
  write_frame (checkpoint);
  return 0;
}
