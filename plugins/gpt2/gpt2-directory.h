#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The directory at or under @path that holds config.json. */
char *gpt2_directory_resolve (const char *path, GError **error);
/* Whether there is something of that name in it. */
gboolean gpt2_directory_has (const char *directory, const char *name);
/* The path of a file in @directory, which is regular and no link out of it, but for those that a download cache has. */
char *gpt2_directory_find_file (const char *directory, const char *name, GError **error);
/* The file to open the weights by: model.safetensors or its index. */
char *gpt2_directory_find_weights (const char *directory, GError **error);
/* What find_file () checks, of files that an index names. */
gboolean gpt2_directory_check_files (const char *directory, const char *const *paths, GError **error);

G_END_DECLS
