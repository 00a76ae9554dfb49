#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As much as is asked for, however many calls that takes; %FALSE with errno. */

/* ENODATA where the file ends before. */
gboolean _sonde_descriptor_read_all (int fd, gpointer data, gsize n_bytes);
gboolean _sonde_descriptor_write_all (int fd, gconstpointer data, gsize n_bytes);

G_END_DECLS
