#pragma once

#include <string.h>

#include "arrays-provider.h"

/* Files written byte by byte in a folder of their own, and what the provider says of them. */

typedef struct
{
  const char *name;
  GBytes *bytes;
} Member;

void test_make_folder (void);
void test_remove_folder (void);
const char *test_get_folder (void);
char *test_path_of (const char *name);
char *test_write_bytes (const char *name, GBytes *bytes);

/* An .npy file: the dictionary as given, of @version, then @size bytes of @data. */
GBytes *test_npy_raw (guint version, const char *dictionary, gconstpointer data, gsize size);
/* rows x columns float32 whose value is first, first + 1, … */
GBytes *test_npy_counting (gsize rows, gsize columns, float first);
/* A zip archive; takes the members' bytes. */
char *test_write_zip (const char *name, gboolean deflated, const Member *members, guint n);

char *test_write_safetensors (const char *name, const char *const *names, const char *description);

SondeModel *test_try_open (const char *path, GError **error);
/* @settings: "axes=row,feature" and so on; ends with NULL. */
SondeModel *test_try_open_with (const char *path, const char *const *settings, GError **error);
SondeModel *test_open_with (const char *path, const char *const *settings);
void test_assert_refused_with (const char *path, const char *const *settings, const char *part);
SondeModel *test_open_model (const char *path);
void test_assert_refused (const char *path, const char *part);

/* "L1/stage" → SondeTensor */
GHashTable *test_run_model (SondeModel *model, SondeSelection *selection, GError **error);
/* One tensor, owned by @keep. */
SondeTensor *test_run_one (SondeModel *model, guint layer, const char *site, GHashTable **keep);
