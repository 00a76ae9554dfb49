#define _GNU_SOURCE /* memfd_create */
#define G_LOG_DOMAIN "sonde"

#include "sonde-registry-private.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The plugin library says why something cannot be loaded through g_warning () only, and Python on stderr. */

#define MAX_CAUGHT 65536 /* bytes of what is written on stderr */

/* Its loader of Python writes without a domain. */
static const char *const domains[] = { NULL, "libpeas", "GLib-GObject", "GLib" };

struct _SondeMessages
{
  GPtrArray *texts; /* of utf8 */
  guint handlers[G_N_ELEMENTS (domains)];
  int caught; /* the file that stands in for stderr; -1: none does */
  int stderr_before;
  char *written; /* there; NULL: nothing */
};

static void
catch_message (const char *domain,
               GLogLevelFlags level,
               const char *message,
               gpointer user_data)
{
  g_ptr_array_add (((SondeMessages *) user_data)->texts, g_strdup (message));
}

/* Where it cannot be done, what is written there is seen. */
static void
divert_stderr (SondeMessages *self)
{
  self->stderr_before = dup (STDERR_FILENO);
  self->caught = self->stderr_before >= 0 ? memfd_create ("sonde-messages", MFD_CLOEXEC) : -1;
  if (self->caught >= 0)
    dup2 (self->caught, STDERR_FILENO);
  else if (self->stderr_before >= 0)
    close (self->stderr_before);
}

static void
restore_stderr (SondeMessages *self)
{
  g_autofree char *text = g_malloc0 (MAX_CAUGHT + 1);

  if (self->caught < 0)
    return;
  dup2 (self->stderr_before, STDERR_FILENO);
  close (self->stderr_before);
  if (pread (self->caught, text, MAX_CAUGHT, 0) > 0)
    self->written = g_steal_pointer (&text);
  close (self->caught);
  self->caught = -1;
}

SondeMessages *
_sonde_messages_start (gboolean with_stderr)
{
  SondeMessages *self = g_new0 (SondeMessages, 1);

  self->texts = g_ptr_array_new_with_free_func (g_free);
  self->caught = -1;
  if (with_stderr)
    divert_stderr (self);
  for (guint i = 0; i < G_N_ELEMENTS (domains); i++)
    self->handlers[i] = g_log_set_handler (domains[i], G_LOG_LEVEL_WARNING | G_LOG_LEVEL_CRITICAL, catch_message, self);
  return self;
}

void
_sonde_messages_stop (SondeMessages *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (domains); i++)
    if (self->handlers[i] != 0)
      g_log_remove_handler (domains[i], self->handlers[i]);
  memset (self->handlers, 0, sizeof self->handlers);
  restore_stderr (self);
}

void
_sonde_messages_free (SondeMessages *self)
{
  _sonde_messages_stop (self);
  g_ptr_array_unref (self->texts);
  g_free (self->written);
  g_free (self);
}

/* Of “  File "/a/b.py", line 3, in <module>”: “b.py, line 3”. */
static char *
dup_place (const char *line)
{
  const char *start = strchr (line, '"');
  const char *end = start != NULL ? strchr (start + 1, '"') : NULL;
  g_autofree char *path = end != NULL ? g_strndup (start + 1, (gsize) (end - start - 1)) : NULL;
  g_autofree char *base = path != NULL ? g_path_get_basename (path) : NULL;
  g_auto (GStrv) parts = end != NULL ? g_strsplit (end + 1, ", ", 3) : NULL; /* what is in front of “line 3” is empty */

  return parts != NULL && parts[0] != NULL && parts[1] != NULL ? g_strdup_printf ("%s, %s", base, parts[1]) : NULL;
}

/* The last line of a traceback is the exception; the place is the last one in the plugin, or else the last of all. */
static char *
dup_from_traceback (const char *text,
                    const char *directory)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *place = NULL;
  gboolean own = FALSE;
  const char *last = "";

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const gboolean is_place = g_str_has_prefix (g_strchug (lines[i]), "File \"");
      const gboolean is_own = is_place && strstr (lines[i], directory) != NULL;

      if (is_own || (is_place && !own))
        {
          g_free (place);
          place = dup_place (lines[i]);
          own = is_own;
        }
      if (*g_strchomp (lines[i]) != '\0')
        last = lines[i];
    }
  return place != NULL ? g_strdup_printf ("%s (%s)", last, place) : g_strdup (last);
}

static gboolean
has_traceback (const char *text)
{
  return strstr (text, "Traceback") != NULL || strstr (text, "  File \"") != NULL;
}

gboolean
_sonde_messages_let_go (SondeMessages *self)
{
  if (self->written == NULL)
    return TRUE;
  if (has_traceback (self->written))
    return FALSE;
  fputs (self->written, stderr);
  g_clear_pointer (&self->written, g_free);
  return TRUE;
}

char *
_sonde_messages_dup_essence (SondeMessages *self,
                             const char *directory)
{
  for (guint i = 0; i < self->texts->len; i++)
    if (has_traceback (g_ptr_array_index (self->texts, i)))
      return dup_from_traceback (g_ptr_array_index (self->texts, i), directory);
  if (self->written != NULL)
    return dup_from_traceback (self->written, directory);
  return self->texts->len > 0 ? g_strdup (g_ptr_array_index (self->texts, 0)) : NULL; /* the others are its consequences */
}
