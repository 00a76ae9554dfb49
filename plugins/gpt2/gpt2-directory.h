#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The directory at or under @path that holds config.json. */
char *gpt2_directory_resolve (const char *path, GError **error);
/* The file to open the weights by: model.safetensors or its index. */
char *gpt2_directory_find_weights (const char *directory, GError **error);

G_END_DECLS
