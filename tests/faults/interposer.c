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

#include "counting.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#pragma GCC diagnostic ignored "-Wmissing-prototypes" /* of names that only the C library calls */

extern void *__libc_malloc (size_t size);
extern void *__libc_calloc (size_t n, size_t size);
extern void *__libc_realloc (void *memory, size_t size);
extern void *__libc_memalign (size_t alignment, size_t size);

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
