#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A folder of numbers that a run computed, so that another one goes on from there. What lies in it may be anybody's: nothing of it is
 * believed that does not fit what is expected, names are never taken from it, and links in it are not followed. */
typedef struct _SondeCheckpoint SondeCheckpoint;

/* One piece of what a file holds. */
typedef struct
{
  gconstpointer data;
  gsize n_bytes;
} SondeCheckpointPart;

/* @texts: name, value, name, value, …, NULL: whatever decides the numbers. Takes @texts. */
SondeCheckpoint *_sonde_checkpoint_new (const char *directory, GPtrArray *texts);
void _sonde_checkpoint_free (SondeCheckpoint *self);
const char *_sonde_checkpoint_get_directory (SondeCheckpoint *self);

/* Refuses a folder that is none, that has other things in it, or that is of another run. Writes nothing. */
gboolean _sonde_checkpoint_check (SondeCheckpoint *self, GError **error);
/* The same; then makes the folder where it is missing, and keeps everybody else out of it until the checkpoint is freed. */
gboolean _sonde_checkpoint_open (SondeCheckpoint *self, GError **error);

/* Whether a file of so many bytes is there; what they are is not looked at. Before it is open, too. */
gboolean _sonde_checkpoint_has (SondeCheckpoint *self, const char *name, gsize n_bytes);
/* (nullable): exactly what was written under that name by the same run. %NULL without @error where that is not there; @note then
 * says what is there instead, where something is. */
GBytes *_sonde_checkpoint_read (SondeCheckpoint *self, const char *name, gsize n_bytes, char **note, GError **error);
/* Whether the file of that name, which was read already, was written of the same bytes. */
gboolean _sonde_checkpoint_equals (SondeCheckpoint *self, const char *name, const SondeCheckpointPart *parts, guint n_parts);
/* Appears whole or not at all, whatever happens. */
gboolean _sonde_checkpoint_write (SondeCheckpoint *self, const char *name, const SondeCheckpointPart *parts, guint n_parts, GError **error);
void _sonde_checkpoint_remove (SondeCheckpoint *self, const char *name);
/* What was written so far outlives a power cut, its names included. */
gboolean _sonde_checkpoint_sync (SondeCheckpoint *self, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (SondeCheckpoint, _sonde_checkpoint_free)

/* ---- for the parts of it ---- */

#define SONDE_CHECKPOINT_DESCRIPTION "checkpoint.json"

struct _SondeCheckpoint
{
  char *directory;
  GPtrArray *texts;
  char *description; /* JSON */
  guint8 key[16];    /* its hash: in the head of every file */
  int folder;        /* -1 until it is there and open */
  int lock;          /* -1 until it is held */
};

/* Bytes of a plain file that may have at most @most; %NULL with @error set, or without where it is not there. */
GBytes *_sonde_checkpoint_read_plain (int folder, const char *name, gsize most, GError **error);
/* What differs between two descriptions, as a sentence's middle; %NULL: nothing. */
char *_sonde_checkpoint_dup_difference (SondeCheckpoint *self, GBytes *description, GError **error);
char *_sonde_checkpoint_describe (GPtrArray *texts);
/* Under a name of its own, then renamed. */
gboolean _sonde_checkpoint_write_file (SondeCheckpoint *self, const char *name, const SondeCheckpointPart *parts, guint n_parts, GError **error);

G_END_DECLS
