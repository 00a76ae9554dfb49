/* Lets one call of a program fail, and counts those that could. It is put before a program with LD_PRELOAD, and what it does stands
 * in the environment:
 *
 *   FAULT_ROOTS  folders, with colons between them: only files below count, since a system's fonts are no part of the program
 *   FAULT_LOG    the file that takes a line for each call that was counted, or one for the call that failed
 *   FAULT_KIND   open, read, mmap, write, fsync, rename, mkdir, close, unlink, allocate; any is each of them but the last
 *   FAULT_NTH    which of that kind fails, from 1; 0 for none, and then every call is logged
 *   FAULT_DO     what happens there: an errno's number, short, signal:NUMBER, truncate:PATH, or unlink:PATH
 *
 * Calls count from the moment on at which main() asks for the user's locale. Processes that the program starts are left alone. */

#define _GNU_SOURCE
#undef _FILE_OFFSET_BITS /* both names of a call are wanted */

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LARGE (64 * 1024) /* bytes: smaller allocations may end the program, as GLib's do */
#define MOST_CALLERS 16
#define MOST_FILES 4096
#define PAUSE_MICROSECONDS 20000 /* for the thread that hears of signals */

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of names that only the C library calls */

typedef enum
{
  OPEN,
  READ,
  MMAP,
  WRITE,
  FSYNC,
  RENAME,
  MKDIR,
  CLOSE,
  UNLINK,
  ALLOCATE,
  ANY,
  N_KINDS,
} Kind;

typedef enum
{
  GO_ON,
  FAIL,
  SHORT,
} Verdict;

static const char *const kinds[N_KINDS] = { "open", "read", "mmap", "write", "fsync", "rename", "mkdir", "close", "unlink", "allocate", "any" };

extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *memory, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);

static atomic_bool active = false;
static atomic_long counts[N_KINDS];
static atomic_bool is_ours[MOST_FILES]; /* open files below one of the roots */
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

static Verdict
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

static bool
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

static Verdict
meet_path (Kind kind,
           const char *path)
{
  return active && is_below_root (path) ? meet (kind, path) : GO_ON;
}

static Verdict
meet_at (Kind kind,
         int folder,
         const char *path)
{
  return active && (is_below_root (path) || (folder >= 0 && folder < MOST_FILES && is_ours[folder])) ? meet (kind, path) : GO_ON;
}

static Verdict
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

static Verdict
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

/* ---- files ---- */

#define REAL(name) ((__typeof__ (&name)) real (#name))

static void *
real (const char *name)
{
  void *found = dlsym (RTLD_NEXT, name);

  if (found == NULL)
    abort ();
  return found;
}

char *
setlocale (int category,
           const char *locale)
{
  char *found = REAL (setlocale) (category, locale);

  active = true;
  return found;
}

static int
open_counted (int folder,
              const char *path,
              int flags,
              mode_t mode)
{
  const bool ours = is_below_root (path) || (folder >= 0 && folder < MOST_FILES && is_ours[folder]);
  int file;

  if (active && ours && meet (OPEN, path) == FAIL)
    return -1;
  file = (int) syscall (SYS_openat, folder, path, flags, mode);
  if (file >= 0 && file < MOST_FILES)
    is_ours[file] = ours;
  return file;
}

#define MODE_OF(flags)                          \
  ({                                            \
    mode_t given = 0;                           \
    if ((flags & (O_CREAT | __O_TMPFILE)) != 0) \
      {                                         \
        va_list arguments;                      \
        va_start (arguments, flags);            \
        given = va_arg (arguments, mode_t);     \
        va_end (arguments);                     \
      }                                         \
    given;                                      \
  })

int
open (const char *path,
      int flags,
      ...)
{
  return open_counted (AT_FDCWD, path, flags, MODE_OF (flags));
}

int
open64 (const char *path,
        int flags,
        ...)
{
  return open_counted (AT_FDCWD, path, flags, MODE_OF (flags));
}

int
openat (int folder,
        const char *path,
        int flags,
        ...)
{
  return open_counted (folder, path, flags, MODE_OF (flags));
}

int
openat64 (int folder,
          const char *path,
          int flags,
          ...)
{
  return open_counted (folder, path, flags, MODE_OF (flags));
}

int
__open_2 (const char *path,
          int flags)
{
  return open_counted (AT_FDCWD, path, flags, 0);
}

int
__open64_2 (const char *path,
            int flags)
{
  return open_counted (AT_FDCWD, path, flags, 0);
}

FILE *
fopen (const char *path,
       const char *mode)
{
  return meet_path (OPEN, path) == FAIL ? NULL : REAL (fopen) (path, mode);
}

FILE *
fopen64 (const char *path,
         const char *mode)
{
  return meet_path (OPEN, path) == FAIL ? NULL : REAL (fopen64) (path, mode);
}

DIR *
opendir (const char *path)
{
  return meet_path (OPEN, path) == FAIL ? NULL : REAL (opendir) (path);
}

/* The file behind it is closed by the C library. */
DIR *
fdopendir (int folder)
{
  return meet_file (OPEN, folder) == FAIL ? NULL : REAL (fdopendir) (folder);
}

static ssize_t
read_counted (int file,
              void *buffer,
              size_t size,
              off64_t offset)
{
  const Verdict verdict = meet_file (READ, file);

  if (verdict == FAIL)
    return -1;
  size = verdict == SHORT && size > 1 ? 1 : size;
  return offset < 0 ? syscall (SYS_read, file, buffer, size) : syscall (SYS_pread64, file, buffer, size, offset);
}

ssize_t
read (int file,
      void *buffer,
      size_t size)
{
  return read_counted (file, buffer, size, -1);
}

ssize_t
__read_chk (int file,
            void *buffer,
            size_t size,
            size_t room)
{
  return read_counted (file, buffer, size < room ? size : room, -1);
}

ssize_t
pread (int file,
       void *buffer,
       size_t size,
       off_t offset)
{
  return read_counted (file, buffer, size, offset);
}

ssize_t
pread64 (int file,
         void *buffer,
         size_t size,
         off64_t offset)
{
  return read_counted (file, buffer, size, offset);
}

static ssize_t
write_counted (int file,
               const void *buffer,
               size_t size,
               off64_t offset)
{
  const Verdict verdict = meet_file (WRITE, file);

  if (verdict == FAIL)
    return -1;
  size = verdict == SHORT && size > 1 ? 1 : size;
  return offset < 0 ? syscall (SYS_write, file, buffer, size) : syscall (SYS_pwrite64, file, buffer, size, offset);
}

ssize_t
write (int file,
       const void *buffer,
       size_t size)
{
  return write_counted (file, buffer, size, -1);
}

ssize_t
pwrite (int file,
        const void *buffer,
        size_t size,
        off_t offset)
{
  return write_counted (file, buffer, size, offset);
}

ssize_t
pwrite64 (int file,
          const void *buffer,
          size_t size,
          off64_t offset)
{
  return write_counted (file, buffer, size, offset);
}

/* The file is closed in any case, as Linux does. */
int
close (int file)
{
  const Verdict verdict = meet_file (CLOSE, file);
  const int code = errno;

  if (file >= 0 && file < MOST_FILES)
    is_ours[file] = false;
  if (syscall (SYS_close, file) != 0)
    return -1;
  errno = code;
  return verdict == FAIL ? -1 : 0;
}

int
fsync (int file)
{
  return meet_file (FSYNC, file) == FAIL ? -1 : (int) syscall (SYS_fsync, file);
}

int
fdatasync (int file)
{
  return meet_file (FSYNC, file) == FAIL ? -1 : (int) syscall (SYS_fdatasync, file);
}

int
rename (const char *from,
        const char *to)
{
  return meet_path (RENAME, to) == FAIL ? -1 : REAL (rename) (from, to);
}

int
renameat (int from_folder,
          const char *from,
          int to_folder,
          const char *to)
{
  return meet_at (RENAME, to_folder, to) == FAIL ? -1 : REAL (renameat) (from_folder, from, to_folder, to);
}

int
renameat2 (int from_folder,
           const char *from,
           int to_folder,
           const char *to,
           unsigned int flags)
{
  return meet_at (RENAME, to_folder, to) == FAIL ? -1 : REAL (renameat2) (from_folder, from, to_folder, to, flags);
}

int
mkdir (const char *path,
       mode_t mode)
{
  return meet_path (MKDIR, path) == FAIL ? -1 : REAL (mkdir) (path, mode);
}

int
mkdirat (int folder,
         const char *path,
         mode_t mode)
{
  return meet_at (MKDIR, folder, path) == FAIL ? -1 : REAL (mkdirat) (folder, path, mode);
}

int
unlinkat (int folder,
          const char *path,
          int flags)
{
  return meet_at (UNLINK, folder, path) == FAIL ? -1 : REAL (unlinkat) (folder, path, flags);
}

int
unlink (const char *path)
{
  return meet_path (UNLINK, path) == FAIL ? -1 : REAL (unlink) (path);
}

int
rmdir (const char *path)
{
  return meet_path (UNLINK, path) == FAIL ? -1 : REAL (rmdir) (path);
}

int
remove (const char *path)
{
  return meet_path (UNLINK, path) == FAIL ? -1 : REAL (remove) (path);
}

/* ---- memory ---- */

static void *
map_counted (void *address,
             size_t size,
             int protection,
             int flags,
             int file,
             off64_t offset)
{
  const Verdict verdict = (flags & MAP_ANONYMOUS) == 0 ? meet_file (MMAP, file) : (flags & MAP_FIXED) == 0 && (protection & PROT_WRITE) != 0 ? meet_size (size)
                                                                                                                                             : GO_ON;

  return verdict == FAIL ? MAP_FAILED : (void *) syscall (SYS_mmap, address, size, protection, flags, file, offset);
}

void *
mmap (void *address,
      size_t size,
      int protection,
      int flags,
      int file,
      off_t offset)
{
  return map_counted (address, size, protection, flags, file, offset);
}

void *
mmap64 (void *address,
        size_t size,
        int protection,
        int flags,
        int file,
        off64_t offset)
{
  return map_counted (address, size, protection, flags, file, offset);
}

void *
malloc (size_t size)
{
  return meet_size (size) == FAIL ? NULL : __libc_malloc (size);
}

void *
calloc (size_t n,
        size_t size)
{
  size_t all;

  return !__builtin_mul_overflow (n, size, &all) && meet_size (all) == FAIL ? NULL : __libc_calloc (n, size);
}

void *
realloc (void *memory,
         size_t size)
{
  return meet_size (size) == FAIL ? NULL : __libc_realloc (memory, size);
}

void *
reallocarray (void *memory,
              size_t n,
              size_t size)
{
  size_t all;

  if (__builtin_mul_overflow (n, size, &all))
    {
      errno = ENOMEM;
      return NULL;
    }
  return realloc (memory, all);
}

void *
memalign (size_t alignment,
          size_t size)
{
  return meet_size (size) == FAIL ? NULL : __libc_memalign (alignment, size);
}

void *
aligned_alloc (size_t alignment,
               size_t size)
{
  return meet_size (size) == FAIL ? NULL : __libc_memalign (alignment, size);
}

int
posix_memalign (void **memory,
                size_t alignment,
                size_t size)
{
  void *found = meet_size (size) == FAIL ? NULL : __libc_memalign (alignment, size);

  if (found == NULL)
    return ENOMEM;
  *memory = found;
  return 0;
}
