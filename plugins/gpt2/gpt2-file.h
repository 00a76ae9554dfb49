#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Reads a file of at most @max bytes. A longer one is refused before any of it is read. */
gboolean gpt2_file_read (const char *path, gsize max, char **data, gsize *length, GError **error);

G_END_DECLS
