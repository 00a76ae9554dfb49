#define G_LOG_DOMAIN "sonde"

#include "sonde-checkpoint-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <xxhash.h>

#include "output/sonde-output-folder-private.h"
#include "sonde-error-private.h"

/* The folder: whose it is, and who may use it. */

#define LOCK "lock"
#define MOST_DESCRIPTION ((gsize) 16 << 20)

SondeCheckpoint *
_sonde_checkpoint_new (const char *directory,
                       GPtrArray *texts)
{
  SondeCheckpoint *self = g_new0 (SondeCheckpoint, 1);
  XXH128_canonical_t key;

  self->directory = g_strdup (directory);
  self->texts = texts;
  self->description = _sonde_checkpoint_describe (texts);
  XXH128_canonicalFromHash (&key, XXH3_128bits (self->description, strlen (self->description)));
  memcpy (self->key, key.digest, sizeof self->key);
  self->folder = -1;
  self->lock = -1;
  return self;
}

void
_sonde_checkpoint_free (SondeCheckpoint *self)
{
  if (self->lock >= 0)
    close (self->lock); /* gives it back */
  if (self->folder >= 0)
    close (self->folder);
  g_ptr_array_unref (self->texts);
  g_free (self->description);
  g_free (self->directory);
  g_free (self);
}

const char *
_sonde_checkpoint_get_directory (SondeCheckpoint *self)
{
  return self->directory;
}

/* @what has two %s: the folder, and the system's reason. */
static gboolean
fail (SondeCheckpoint *self,
      const char *what,
      int code,
      GError **error)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, what, self->directory, g_strerror (code));
#pragma GCC diagnostic pop
  return FALSE;
}

/* Once open, it stays the same folder whatever becomes of its name. %TRUE where there is none. */
static gboolean
open_folder (SondeCheckpoint *self,
             GError **error)
{
  if (self->folder >= 0)
    return TRUE;
  self->folder = g_open (self->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (self->folder >= 0 || errno == ENOENT)
    return TRUE;
  if (errno == ENOTDIR)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the checkpoint “%s” is no folder: name another one with --checkpoint"), self->directory);
      return FALSE;
    }
  return fail (self, _ ("the checkpoint folder “%s” cannot be opened: %s; name another one with --checkpoint"), errno, error);
}

/* What a run leaves that was killed before it could describe itself is nothing that anybody would miss. */
static gboolean
has_other_things (SondeCheckpoint *self)
{
  g_autoptr (GPtrArray) names = _sonde_folder_list_top (self->folder);

  if (names == NULL)
    return TRUE;
  for (guint i = 0; i < names->len; i++)
    if (!g_str_equal (g_ptr_array_index (names, i), LOCK) && !g_str_equal (g_ptr_array_index (names, i), SONDE_CHECKPOINT_DESCRIPTION ".part"))
      return TRUE;
  return FALSE;
}

/* @there: the description is. */
static gboolean
check_description (SondeCheckpoint *self,
                   gboolean *there,
                   GError **error)
{
  g_autoptr (GBytes) found = NULL;
  g_autofree char *difference = NULL;
  GError *local = NULL;

  found = _sonde_checkpoint_read_plain (self->folder, SONDE_CHECKPOINT_DESCRIPTION, MOST_DESCRIPTION, &local);
  *there = found != NULL;
  if (found == NULL && local == NULL && has_other_things (self))
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the folder “%s” is not empty and is no checkpoint, as it has no %s: name another one with --checkpoint"), self->directory, SONDE_CHECKPOINT_DESCRIPTION);
  else if (found == NULL && local == NULL)
    return TRUE;
  else if (found != NULL)
    difference = _sonde_checkpoint_dup_difference (self, found, &local);
  if (local != NULL)
    g_propagate_prefixed_error (error, local, _ ("the checkpoint in “%s” cannot be used: "), self->directory);
  else if (difference != NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the checkpoint in “%s” is of another run: %s; start that run again, name another folder with --checkpoint, or remove this one to begin anew"), self->directory, difference);
  else if (found != NULL)
    return TRUE;
  _sonde_error_make_line (error);
  return FALSE;
}

gboolean
_sonde_checkpoint_check (SondeCheckpoint *self,
                         GError **error)
{
  gboolean there;

  return open_folder (self, error) && (self->folder < 0 || check_description (self, &there, error));
}

static gboolean
take_lock (SondeCheckpoint *self,
           GError **error)
{
  self->lock = openat (self->folder, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
  if (self->lock < 0)
    return fail (self, _ ("the checkpoint folder “%s” cannot be written to: %s; name another one with --checkpoint"), errno, error);
  if (flock (self->lock, LOCK_EX | LOCK_NB) == 0)
    return TRUE;
  if (errno != EWOULDBLOCK)
    return fail (self, _ ("the checkpoint folder “%s” cannot be locked: %s; name one on another disk with --checkpoint"), errno, error);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("the checkpoint in “%s” is in use by another run: wait until that one has ended, or name another folder with --checkpoint"), self->directory);
  return FALSE;
}

gboolean
_sonde_checkpoint_open (SondeCheckpoint *self,
                        GError **error)
{
  const SondeCheckpointPart part = { self->description, strlen (self->description) };
  gboolean there;

  if (self->folder < 0 && g_mkdir_with_parents (self->directory, 0777) != 0)
    return fail (self, _ ("the checkpoint folder “%s” cannot be made: %s; name another one with --checkpoint"), errno, error);
  if (!open_folder (self, error))
    return FALSE;
  if (self->folder < 0)
    return fail (self, _ ("the checkpoint folder “%s” cannot be opened: %s; name another one with --checkpoint"), ENOENT, error);
  if (!take_lock (self, error) || !check_description (self, &there, error))
    return FALSE;
  return there || (_sonde_checkpoint_write_file (self, SONDE_CHECKPOINT_DESCRIPTION, &part, 1, error) && _sonde_checkpoint_sync (self, error));
}

gboolean
_sonde_checkpoint_sync (SondeCheckpoint *self,
                        GError **error)
{
  if (fsync (self->folder) == 0 || errno == EINVAL) /* not every file system has something to do there */
    return TRUE;
  return fail (self, _ ("the checkpoint folder “%s” cannot be written to: %s; name another one with --checkpoint"), errno, error);
}
