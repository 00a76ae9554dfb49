#define G_LOG_DOMAIN "sonde"

#include "sonde-output-private.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sonde-output-replace-private.h"
#include "sonde-report.h"

/* What is to go when a program cannot go on. What removes it takes neither memory nor a lock: it may run in a handler of signals. */

#define MOST_OUTPUTS 16 /* at one time in one process */
#define DEEPEST 4       /* folders: "new/figures" needs two */

typedef struct
{
  atomic_bool used;
  int parent;
  char name[256];
  char above[PATH_MAX]; /* the folder above an output; "" where that was there */
  gsize made;           /* so many bytes of it name the uppermost folder that was made for it */
} Unfinished;

static Unfinished unfinished[MOST_OUTPUTS];
static GMutex lock; /* of those who note and forget, which may be several threads */

void
_sonde_output_note (int parent,
                    const char *name,
                    const char *above,
                    const char *made)
{
  g_mutex_lock (&lock);
  for (guint i = 0; i < MOST_OUTPUTS; i++)
    if (!unfinished[i].used && strlen (name) < sizeof unfinished[i].name)
      {
        unfinished[i].parent = parent;
        memcpy (unfinished[i].name, name, strlen (name) + 1);
        unfinished[i].made = made != NULL && strlen (above) < PATH_MAX ? strlen (made) : 0;
        g_strlcpy (unfinished[i].above, unfinished[i].made > 0 ? above : "", PATH_MAX);
        unfinished[i].used = TRUE;
        break;
      }
  g_mutex_unlock (&lock);
}

void
_sonde_output_forget (int parent,
                      const char *name)
{
  g_mutex_lock (&lock);
  for (guint i = 0; i < MOST_OUTPUTS; i++)
    if (unfinished[i].used && unfinished[i].parent == parent && strcmp (unfinished[i].name, name) == 0)
      unfinished[i].used = FALSE;
  g_mutex_unlock (&lock);
}

struct entry /* as the system gives it: getdents64(2) */
{
  uint64_t inode;
  int64_t offset;
  unsigned short length;
  unsigned char type;
  char name[];
};

static void
remove_tree (int parent,
             const char *name,
             guint depth)
{
  _Alignas(struct entry) char buffer[2048];
  int folder;
  long n;

  if (unlinkat (parent, name, 0) == 0 || depth > DEEPEST)
    return;
  folder = openat (parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  while (folder >= 0 && (n = syscall (SYS_getdents64, folder, buffer, sizeof buffer)) > 0)
    for (long at = 0; at < n;)
      {
        const struct entry *entry = (const struct entry *) (buffer + at);

        if (strcmp (entry->name, ".") != 0 && strcmp (entry->name, "..") != 0)
          remove_tree (folder, entry->name, depth + 1);
        at += entry->length;
      }
  if (folder >= 0)
    close (folder);
  unlinkat (parent, name, AT_REMOVEDIR);
}

/* From the innermost outwards, as long as they are empty. */
static void
remove_made (Unfinished *output)
{
  char *slash;

  while (strlen (output->above) >= output->made && output->made > 0 && rmdir (output->above) == 0 && (slash = strrchr (output->above, '/')) != NULL)
    *slash = '\0';
}

gboolean
_sonde_output_is_in_pieces (int part)
{
  return faccessat (part, _SONDE_PART_OLD, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || faccessat (part, _SONDE_PART_SWAP, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* A report in pieces is left for the next run. */
static gboolean
is_in_pieces (const Unfinished *output)
{
  const int part = openat (output->parent, output->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  const gboolean pieces = part >= 0 && _sonde_output_is_in_pieces (part);

  if (part >= 0)
    close (part);
  return pieces;
}

/**
 * sonde_report_abandon:
 *
 * Removes what reports of this process that are not whole yet have written. For a program that cannot go on, and ends: it takes neither
 * memory nor locks, and may be called from a handler of signals. An older report that is just being replaced is left to the next run, which
 * puts it together again.
 */
void
sonde_report_abandon (void)
{
  for (guint i = 0; i < MOST_OUTPUTS; i++)
    if (unfinished[i].used && !is_in_pieces (&unfinished[i]))
      {
        remove_tree (unfinished[i].parent, unfinished[i].name, 0);
        remove_made (&unfinished[i]);
      }
}
