#define G_LOG_DOMAIN "sonde"

#include "sonde-checkpoint-private.h"

#include <inttypes.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>
#include <xxhash.h>

#include "sonde-descriptor-private.h"
#include "sonde-error.h"

/* The files of a checkpoint: a head of 64 bytes, then the numbers as they lie in memory. The head is known beforehand but for the hash
 * of what follows, and so is the length: a reader compares, and there is nothing to parse. */

#define MAGIC "sonde\0f1"

typedef struct
{
  char magic[8];
  guint8 key[16];   /* whose run it is of */
  guint64 n_bytes;  /* that follow */
  guint8 hash[16];  /* XXH3-128 of the file's name and of what follows */
  guint8 zeros[16]; /* so that the numbers lie as they would anywhere */
} Head;

G_STATIC_ASSERT (sizeof (Head) == 64);

static void
make_head (SondeCheckpoint *self,
           const char *name,
           const SondeCheckpointPart *parts,
           guint n_parts,
           Head *head)
{
  XXH3_state_t *state = XXH3_createState ();
  XXH128_canonical_t hash;
  guint64 n_bytes = 0;

  XXH3_128bits_reset (state);
  XXH3_128bits_update (state, name, strlen (name) + 1);
  for (guint i = 0; i < n_parts; i++)
    {
      XXH3_128bits_update (state, parts[i].data, parts[i].n_bytes);
      n_bytes += parts[i].n_bytes;
    }
  XXH128_canonicalFromHash (&hash, XXH3_128bits_digest (state));
  XXH3_freeState (state);
  *head = (Head){ .n_bytes = GUINT64_TO_LE (n_bytes) };
  memcpy (head->magic, MAGIC, sizeof head->magic);
  memcpy (head->key, self->key, sizeof head->key);
  memcpy (head->hash, hash.digest, sizeof head->hash);
}

/* ---- reading ---- */

/* A plain file, and nothing that would make a reader wait. -1 with errno: ELOOP for a link. */
static int
open_plain (int folder,
            const char *name,
            struct stat *info)
{
  int fd = openat (folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  int code;

  if (fd < 0)
    return -1;
  code = fstat (fd, info) != 0 ? errno : S_ISDIR (info->st_mode) ? EISDIR
                                     : S_ISREG (info->st_mode)   ? 0
                                                                 : ENODEV;
  if (code == 0)
    return fd;
  close (fd);
  errno = code;
  return -1;
}

GBytes *
_sonde_checkpoint_read_plain (int folder,
                              const char *name,
                              gsize most,
                              GError **error)
{
  struct stat info;
  int fd = open_plain (folder, name, &info);
  g_autofree char *data = NULL;

  if (fd < 0 && errno == ENOENT)
    return NULL;
  if (fd < 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s is no plain file or cannot be read: %s: remove it, or choose another folder"), name, g_strerror (errno));
      return NULL;
    }
  if ((guint64) info.st_size > most)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s has %" PRIu64 " bytes, and at most %zu are expected"), name, (guint64) info.st_size, most);
  else
    {
      data = g_malloc ((gsize) info.st_size + 1);
      if (!_sonde_descriptor_read_all (fd, data, (gsize) info.st_size))
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_FORMAT, _ ("%s cannot be read: %s: remove it, or choose another folder"), name, g_strerror (errno));
          g_clear_pointer (&data, g_free);
        }
    }
  close (fd);
  return data != NULL ? g_bytes_new_take (g_steal_pointer (&data), (gsize) info.st_size) : NULL;
}

gboolean
_sonde_checkpoint_has (SondeCheckpoint *self,
                       const char *name,
                       gsize n_bytes)
{
  struct stat info;

  return self->folder >= 0 && fstatat (self->folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG (info.st_mode) && (guint64) info.st_size == sizeof (Head) + (guint64) n_bytes;
}

static GBytes *
read_numbers (int fd,
              const char *name,
              gsize n_bytes,
              char **note,
              GError **error)
{
  char *data = g_try_malloc (MAX (n_bytes, 1));

  if (data == NULL)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("there is no memory for the %zu bytes of %s: use fewer rows or a shorter text"), n_bytes, name);
      return NULL;
    }
  if (_sonde_descriptor_read_all (fd, data, n_bytes))
    return g_bytes_new_take (data, n_bytes);
  *note = g_strdup_printf (_ ("%s cannot be read: %s"), name, g_strerror (errno));
  g_free (data);
  return NULL;
}

/* They are read, not mapped: what was checked is what is used, whatever becomes of the file. */
static GBytes *
read_checked (SondeCheckpoint *self,
              int fd,
              const char *name,
              gsize n_bytes,
              char **note,
              GError **error)
{
  g_autoptr (GBytes) numbers = NULL;
  Head found, expected;

  if (!_sonde_descriptor_read_all (fd, &found, sizeof found))
    {
      *note = g_strdup_printf (_ ("%s cannot be read: %s"), name, g_strerror (errno));
      return NULL;
    }
  numbers = read_numbers (fd, name, n_bytes, note, error);
  if (numbers == NULL)
    return NULL;
  make_head (self, name, &(SondeCheckpointPart){ g_bytes_get_data (numbers, NULL), n_bytes }, 1, &expected);
  if (memcmp (&found, &expected, sizeof found) == 0)
    return g_steal_pointer (&numbers);
  *note = g_strdup_printf (_ ("%s is damaged: its checksum is not that of its numbers"), name);
  return NULL;
}

GBytes *
_sonde_checkpoint_read (SondeCheckpoint *self,
                        const char *name,
                        gsize n_bytes,
                        char **note,
                        GError **error)
{
  struct stat info;
  int fd = open_plain (self->folder, name, &info);
  GBytes *numbers = NULL;

  *note = NULL;
  if (fd < 0 && errno != ENOENT)
    *note = g_strdup_printf (_ ("%s is no plain file or cannot be read: %s"), name, g_strerror (errno));
  if (fd < 0)
    return NULL;
  if ((guint64) info.st_size != sizeof (Head) + (guint64) n_bytes)
    *note = g_strdup_printf (_ ("%s has %" PRIu64 " bytes, where %" PRIu64 " are expected"), name, (guint64) info.st_size, sizeof (Head) + (guint64) n_bytes);
  else
    numbers = read_checked (self, fd, name, n_bytes, note, error);
  close (fd);
  return numbers;
}

gboolean
_sonde_checkpoint_equals (SondeCheckpoint *self,
                          const char *name,
                          const SondeCheckpointPart *parts,
                          guint n_parts)
{
  struct stat info;
  int fd = open_plain (self->folder, name, &info);
  Head found, expected;
  gboolean same;

  if (fd < 0)
    return FALSE;
  make_head (self, name, parts, n_parts, &expected);
  same = _sonde_descriptor_read_all (fd, &found, sizeof found) && memcmp (&found, &expected, sizeof found) == 0;
  close (fd);
  return same;
}

/* ---- writing ---- */

static gboolean
write_parts (int folder,
             const char *partial,
             const SondeCheckpointPart *parts,
             guint n_parts)
{
  gboolean written = TRUE;
  int code;
  int fd;

  unlinkat (folder, partial, 0); /* of a run that was killed */
  fd = openat (folder, partial, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (fd < 0)
    return FALSE;
  for (guint i = 0; written && i < n_parts; i++)
    written = _sonde_descriptor_write_all (fd, parts[i].data, parts[i].n_bytes);
  written = written && fsync (fd) == 0;
  code = errno;
  if (close (fd) != 0 && written)
    return FALSE;
  errno = code;
  return written;
}

gboolean
_sonde_checkpoint_write_file (SondeCheckpoint *self,
                              const char *name,
                              const SondeCheckpointPart *parts,
                              guint n_parts,
                              GError **error)
{
  g_autofree char *partial = g_strconcat (name, ".part", NULL);
  int code;

  if (write_parts (self->folder, partial, parts, n_parts) && renameat (self->folder, partial, self->folder, name) == 0)
    return TRUE;
  code = errno;
  unlinkat (self->folder, partial, 0);
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_OUTPUT, _ ("%s of the checkpoint in “%s” cannot be written: %s: free space there; what is there already is kept, and the same command goes on from there"), name, self->directory, g_strerror (code));
  return FALSE;
}

gboolean
_sonde_checkpoint_write (SondeCheckpoint *self,
                         const char *name,
                         const SondeCheckpointPart *parts,
                         guint n_parts,
                         GError **error)
{
  g_autofree SondeCheckpointPart *all = g_new (SondeCheckpointPart, n_parts + 1);
  Head head;

  make_head (self, name, parts, n_parts, &head);
  all[0] = (SondeCheckpointPart){ &head, sizeof head };
  for (guint i = 0; i < n_parts; i++)
    all[i + 1] = parts[i];
  return _sonde_checkpoint_write_file (self, name, all, n_parts + 1, error);
}

void
_sonde_checkpoint_remove (SondeCheckpoint *self,
                          const char *name)
{
  unlinkat (self->folder, name, 0);
}
