#include "program.h"

#include <string.h>
#include <unistd.h>

#include <gio/gunixinputstream.h>
#include <glib/gi18n-lib.h>

#include "sonde-limits-private.h"
#include "sonde.h"

#define CHUNK ((gsize) 64u * 1024u)

static GInputStream *
open_text (const char *path,
           GCancellable *cancellable,
           GError **error)
{
  g_autoptr (GFile) file = NULL;

  if (g_str_equal (path, "-"))
    return g_unix_input_stream_new (STDIN_FILENO, FALSE);
  file = g_file_new_for_path (path);
  return G_INPUT_STREAM (g_file_read (file, cancellable, error));
}

/* The text is copied, not mapped: a file that shrinks while it is read must not take the program down. */
static GBytes *
read_all (GInputStream *stream,
          const char *path,
          GCancellable *cancellable,
          GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree guint8 *chunk = g_malloc (CHUNK);
  gssize n;

  while ((n = g_input_stream_read (stream, chunk, CHUNK, cancellable, error)) > 0)
    {
      g_byte_array_append (bytes, chunk, (guint) n);
      if (bytes->len > SONDE_MAX_TEXT_BYTES)
        {
          g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, _ ("the text “%s” is larger than %d MiB: use a part of it"), path, SONDE_MAX_TEXT_BYTES >> 20);
          return NULL;
        }
    }
  return n == 0 ? g_byte_array_free_to_bytes (g_steal_pointer (&bytes)) : NULL;
}

GBytes *
read_text (const char *path,
           GCancellable *cancellable,
           GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autoptr (GInputStream) stream = open_text (path, cancellable, &local);
  GBytes *text = stream != NULL ? read_all (stream, path, cancellable, &local) : NULL;

  /* NOLINTNEXTLINE: what gives NULL has set its error */
  if (text == NULL && (local->domain == SONDE_ERROR || g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CANCELLED)))
    g_propagate_error (error, g_steal_pointer (&local));
  else if (text == NULL)
    g_set_error (error, SONDE_ERROR, SONDE_ERROR_TEXT, _ ("the text “%s” cannot be read: %s: name another with --text"), path, local->message);
  return text;
}
