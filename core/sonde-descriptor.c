#define G_LOG_DOMAIN "sonde"

#include "sonde-descriptor-private.h"

#include <errno.h>
#include <unistd.h>

#define MOST_AT_ONCE ((gsize) 1 << 30) /* the system takes no more than two GiB */

gboolean
_sonde_descriptor_read_all (int fd,
                            gpointer data,
                            gsize n_bytes)
{
  char *at = data;

  while (n_bytes > 0)
    {
      const gssize n = read (fd, at, MIN (n_bytes, MOST_AT_ONCE));

      if (n < 0 && errno == EINTR)
        continue;
      if (n == 0)
        errno = ENODATA;
      if (n <= 0)
        return FALSE;
      at += n;
      n_bytes -= (gsize) n;
    }
  return TRUE;
}

gboolean
_sonde_descriptor_write_all (int fd,
                             gconstpointer data,
                             gsize n_bytes)
{
  const char *at = data;

  while (n_bytes > 0)
    {
      const gssize n = write (fd, at, MIN (n_bytes, MOST_AT_ONCE));

      if (n < 0 && errno == EINTR)
        continue;
      if (n == 0)
        errno = ENOSPC;
      if (n <= 0)
        return FALSE;
      at += n;
      n_bytes -= (gsize) n;
    }
  return TRUE;
}
