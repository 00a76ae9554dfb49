/* What is counted, and what happens to the call whose turn it is; interposer.c says how it is asked. */

#define _GNU_SOURCE

#include "counting.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LARGE (64 * 1024) /* bytes: smaller allocations may end the program, as GLib's do */
#define MOST_CALLERS 16
#define PAUSE_MICROSECONDS 20000 /* for the thread that hears of signals */

static const char *const kinds[N_KINDS] = { "open", "read", "mmap", "write", "fsync", "rename", "mkdir", "close", "unlink", "allocate", "any" };

atomic_bool active = false;
static atomic_long counts[N_KINDS];
atomic_bool is_ours[MOST_FILES];
static char roots[4 * PATH_MAX];
static char action[PATH_MAX + 32];
static Kind wanted = N_KINDS;
static long nth = 0;
static int log_file = -1;

/* ---- what the environment says ---- */

static void
take (const char *name,
      char *value,
      size_t size)
{
  const char *found = getenv (name);

  if (found != NULL)
    strncpy (value, found, size - 1);
  unsetenv (name);
}

__attribute__ ((constructor)) static void
begin (void)
{
  char kind[16] = "", number[16] = "", path[PATH_MAX] = "";

  take ("FAULT_ROOTS", roots, sizeof roots);
  take ("FAULT_DO", action, sizeof action);
  take ("FAULT_KIND", kind, sizeof kind);
  take ("FAULT_NTH", number, sizeof number);
  take ("FAULT_LOG", path, sizeof path);
  unsetenv ("LD_PRELOAD");
  for (int i = 0; i < N_KINDS; i++)
    if (strcmp (kinds[i], kind) == 0)
      wanted = (Kind) i;
  backtrace (&(void *){ NULL }, 1); /* loads what it needs */
  nth = strtol (number, NULL, 10);
  if (*path != '\0')
    log_file = (int) syscall (SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

/* ---- the calls that are counted ---- */

static void
log_call (Kind kind,
          const char *what)
{
  char line[PATH_MAX + 32];
  const int n = snprintf (line, sizeof line, "%s %s\n", kinds[kind], what);

  if (log_file >= 0)
    syscall (SYS_write, log_file, line, (size_t) n);
}

/* Runs what the action says and, for what is no failure of the call itself, lets it go on. */
static Verdict
act (void)
{
  const char *argument = strchr (action, ':');

  if (strcmp (action, "short") == 0)
    return SHORT;
  if (argument == NULL)
    {
      errno = atoi (action);
      return FAIL;
    }
  if (strncmp (action, "signal:", 7) == 0)
    {
      syscall (SYS_tgkill, getpid (), syscall (SYS_gettid), atoi (argument + 1));
      usleep (PAUSE_MICROSECONDS);
    }
  else if (strncmp (action, "truncate:", 9) == 0)
    {
      usleep (PAUSE_MICROSECONDS); /* so that the file's time is another */
      syscall (SYS_truncate, argument + 1, 0L);
    }
  else
    syscall (SYS_unlinkat, AT_FDCWD, argument + 1, 0);
  return GO_ON;
}

static Verdict
count_as (Kind kind,
          const char *what)
{
  const long n = atomic_fetch_add (&counts[kind], 1) + 1;

  if (wanted != kind || n != nth)
    return GO_ON;
  log_call (kind, what);
  return act ();
}

Verdict
meet (Kind kind,
      const char *what)
{
  const int saved = errno;
  Verdict verdict;

  if (!active)
    return GO_ON;
  if (nth == 0)
    log_call (kind, what);
  verdict = count_as (kind, what);
  if (verdict == GO_ON && kind != ALLOCATE)
    verdict = count_as (ANY, what);
  if (verdict != FAIL)
    errno = saved;
  return verdict;
}

bool
is_below_root (const char *path)
{
  char absolute[2 * PATH_MAX] = "";
  const char *root = roots;

  if (path == NULL)
    return false;
  if (*path != '/')
    {
      if (syscall (SYS_getcwd, absolute, (size_t) PATH_MAX) < 0)
        return false;
      strcat (absolute, "/");
    }
  strncat (absolute, path, PATH_MAX - 1);
  while (*root != '\0')
    {
      const size_t length = strcspn (root, ":");

      if (strncmp (absolute, root, length) == 0)
        return true;
      root += length + (root[length] == ':');
    }
  return false;
}

Verdict
meet_path (Kind kind,
           const char *path)
{
  return active && is_below_root (path) ? meet (kind, path) : GO_ON;
}

Verdict
meet_at (Kind kind,
         int folder,
         const char *path)
{
  return active && (is_below_root (path) || (folder >= 0 && folder < MOST_FILES && is_ours[folder])) ? meet (kind, path) : GO_ON;
}

Verdict
meet_file (Kind kind,
           int file)
{
  char link[32], path[PATH_MAX] = "";

  if (!active || file < 0 || file >= MOST_FILES || !is_ours[file])
    return GO_ON;
  snprintf (link, sizeof link, "/proc/self/fd/%d", file);
  syscall (SYS_readlinkat, AT_FDCWD, link, path, sizeof path - 1);
  return meet (kind, path);
}

/* Who asks for so much, from the inside out, for whoever reads the log. */
static void
describe_callers (char *text,
                  size_t room)
{
  void *callers[MOST_CALLERS];
  const int n = backtrace (callers, MOST_CALLERS);

  for (int i = 3; i < n; i++)
    {
      Dl_info info;
      const size_t length = strlen (text);

      if (dladdr (callers[i], &info) != 0)
        snprintf (text + length, room - length, " %s", info.dli_sname != NULL ? info.dli_sname : info.dli_fname);
    }
}

Verdict
meet_size (size_t size)
{
  static _Thread_local bool inside = false;
  char text[1024];
  Verdict verdict;

  if (!active || size < LARGE || inside)
    return GO_ON;
  inside = true;
  snprintf (text, sizeof text, "%zu", size);
  if (wanted == ALLOCATE && counts[ALLOCATE] + 1 == nth)
    describe_callers (text, sizeof text);
  verdict = meet (ALLOCATE, text);
  inside = false;
  return verdict;
}
