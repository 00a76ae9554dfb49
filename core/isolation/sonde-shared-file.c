#define G_LOG_DOMAIN "sonde"
#define _GNU_SOURCE /* memfd_create (), seals */

#include "sonde-isolation-private.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static gboolean
write_piece (int file,
             GBytes *piece,
             off_t offset)
{
  gsize size;
  const char *data = g_bytes_get_data (piece, &size);

  while (size > 0)
    {
      const ssize_t written = pwrite (file, data, size, offset);

      if (written < 0 && errno == EINTR)
        continue;
      if (written <= 0)
        return FALSE;
      data += written;
      size -= (gsize) written;
      offset += written;
    }
  return TRUE;
}

static gboolean
fill (int file,
      GPtrArray *pieces)
{
  off_t offset = 0;

  for (guint i = 0; i < pieces->len; i++)
    {
      GBytes *piece = g_ptr_array_index (pieces, i);

      if (!write_piece (file, piece, offset))
        return FALSE;
      offset += (off_t) ((g_bytes_get_size (piece) + SONDE_SHARED_ALIGNMENT - 1) / SONDE_SHARED_ALIGNMENT * SONDE_SHARED_ALIGNMENT);
    }
  return TRUE;
}

int
_sonde_shared_file_new (GPtrArray *pieces,
                        GError **error)
{
  const int file = memfd_create ("sonde", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  if (file >= 0 && fill (file, pieces) && fcntl (file, F_ADD_SEALS, SEALS | F_SEAL_SEAL) == 0)
    return file;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("no memory can be shared with another process: %s: free some, or leave out --isolate"), g_strerror (errno));
  if (file >= 0)
    close (file);
  return -1;
}

typedef struct
{
  void *address;
  gsize length;
} Mapping;

static void
unmap (gpointer data)
{
  Mapping *mapping = data;

  munmap (mapping->address, mapping->length);
  g_free (mapping);
}

/* What is not sealed could become shorter, or change, while it is read. */
GBytes *
_sonde_shared_file_map (int file,
                        guint64 least,
                        guint64 most)
{
  const int seals = fcntl (file, F_GET_SEALS);
  struct stat status;
  void *address;
  Mapping *mapping;

  if (seals < 0 || (seals & SEALS) != SEALS || fstat (file, &status) != 0)
    return NULL;
  if ((guint64) status.st_size < least || (guint64) status.st_size > most)
    return NULL;
  if (status.st_size == 0)
    return g_bytes_new (NULL, 0);
  address = mmap (NULL, (gsize) status.st_size, PROT_READ, MAP_PRIVATE, file, 0); /* what is sealed cannot be mapped otherwise */
  if (address == MAP_FAILED)
    return NULL;
  mapping = g_new (Mapping, 1);
  *mapping = (Mapping){ address, (gsize) status.st_size };
  return g_bytes_new_with_free_func (address, mapping->length, unmap, mapping);
}
