#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A target takes bytes, gives them to a reader as a stranger's file would be, and asks more of it than that it survives. It never
 * refuses an input: it returns 0. libFuzzer calls it, or fuzz-main.c with the bytes of files. */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);
/* Before the first input; the same for all targets. */
int LLVMFuzzerInitialize (int *argc, char ***argv);

/* A folder in memory, which is gone when the process ends. */
const char *fuzz_get_folder (void);
char *fuzz_dup_path (const char *name);
/* The file of that name in the folder, whole and new: a mapping of an older one stays as it was. */
char *fuzz_write (const char *name, gconstpointer data, gsize size);
void fuzz_remove (const char *name);

/* Several files in one input: a line “=== NAME” begins each, and the line break before it is no part of the one before. */
typedef struct
{
  const char *name; /* one that the target knows */
  const guint8 *data;
  gsize size;
  gboolean found;
} FuzzPiece;

/* What comes before the first such line, has another name, or one that was there already, is left out. */
void fuzz_split (const guint8 *data, gsize size, FuzzPiece *pieces, guint n);
/* Writes those that were found and removes the others. */
void fuzz_write_pieces (const FuzzPiece *pieces, guint n);

/* Ends the process unless @done and no error, or an error of a documented domain whose message is one sentence: valid text, not empty,
 * on one line. */
void fuzz_check (gboolean done, const GError *error);
/* The same of what is no entrance of the library, and may quote what it found as it is: the entrances make a line of it. */
void fuzz_check_inner (gboolean done, const GError *error);
/* Ends the process unless it is one sentence, as above. */
void fuzz_check_sentence (const char *text);
/* Ends the process. */
#define fuzz_assert(expression)                    \
  G_STMT_START                                     \
  {                                                \
    if (!(expression))                             \
      fuzz_fail (#expression, __FILE__, __LINE__); \
  }                                                \
  G_STMT_END
void fuzz_fail (const char *expression, const char *file, int line) G_GNUC_NORETURN;

G_END_DECLS
