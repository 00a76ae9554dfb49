#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Which calls count, and what becomes of one. Nothing of it is seen outside, where the program has names of its own. */
#pragma GCC visibility push(hidden)

#define MOST_FILES 4096

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

extern atomic_bool active;              /* calls count */
extern atomic_bool is_ours[MOST_FILES]; /* open files below one of the roots */

bool is_below_root (const char *path);

/* The call is counted, and fails, where it is its turn. */
Verdict meet (Kind kind, const char *what);
Verdict meet_path (Kind kind, const char *path);
Verdict meet_at (Kind kind, int folder, const char *path);
Verdict meet_file (Kind kind, int file);
Verdict meet_size (size_t size);

#pragma GCC visibility pop
