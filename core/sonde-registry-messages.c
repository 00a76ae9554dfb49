#define _GNU_SOURCE /* memfd_create */
#define G_LOG_DOMAIN "sonde"

#include "sonde-registry-private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The plugin library says why something cannot be loaded through g_warning () only, and Python on stderr. */

#define MAX_CAUGHT 65536 /* bytes of what is written on stderr */

/* Its loader of Python writes without a domain. */
static const char *const domains[] = { NULL, "libpeas", "GLib-GObject", "GLib" };

typedef struct
{
  const char *domain;
  GLogLevelFlags level;
  char *text;
} Message;

struct _SondeMessages
{
  GArray *messages; /* of Message */
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
  const Message caught = { domain != NULL ? g_intern_string (domain) : NULL, level & G_LOG_LEVEL_MASK, g_strdup (message) };

  g_array_append_val (((SondeMessages *) user_data)->messages, caught);
}

static void
message_clear (Message *message)
{
  g_free (message->text);
}

static SondeMessages *diverting = NULL;
static pid_t diverting_process = 0;

static void
restore_stderr (SondeMessages *self)
{
  g_autofree char *text = g_malloc0 (MAX_CAUGHT + 1);

  if (self->caught < 0)
    return;
  diverting = NULL;
  dup2 (self->stderr_before, STDERR_FILENO);
  close (self->stderr_before);
  if (pread (self->caught, text, MAX_CAUGHT, 0) > 0)
    self->written = g_steal_pointer (&text);
  close (self->caught);
  self->caught = -1;
}

/* Python ends the program where its own environment is spoilt, and what it says of that would be lost. */
static void
give_back_at_exit (void)
{
  SondeMessages *self = diverting;

  if (self == NULL || diverting_process != getpid ())
    return;
  restore_stderr (self);
  if (self->written != NULL)
    fputs (self->written, stderr);
}

/* Where it cannot be done, what is written there is seen. */
static void
divert_stderr (SondeMessages *self)
{
  static gsize watched = 0;

  self->stderr_before = dup (STDERR_FILENO);
  self->caught = self->stderr_before >= 0 ? memfd_create ("sonde-messages", MFD_CLOEXEC) : -1;
  if (self->caught >= 0)
    {
      diverting = self;
      diverting_process = getpid ();
      if (g_once_init_enter (&watched))
        g_once_init_leave (&watched, 1 + (atexit (give_back_at_exit) != 0));
      dup2 (self->caught, STDERR_FILENO);
    }
  else if (self->stderr_before >= 0)
    close (self->stderr_before);
}

SondeMessages *
_sonde_messages_start (gboolean with_stderr)
{
  SondeMessages *self = g_new0 (SondeMessages, 1);

  self->messages = g_array_new (FALSE, FALSE, sizeof (Message));
  g_array_set_clear_func (self->messages, (GDestroyNotify) message_clear);
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
  g_array_unref (self->messages);
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
_sonde_messages_are_none (SondeMessages *self)
{
  return self->messages->len == 0 && self->written == NULL;
}

gboolean
_sonde_messages_let_go (SondeMessages *self)
{
  if (self->written != NULL && has_traceback (self->written))
    return FALSE;
  for (guint i = 0; i < self->messages->len; i++)
    {
      const Message *message = &g_array_index (self->messages, Message, i);

      if (g_strcmp0 (message->domain, "libpeas") != 0)
        g_log (message->domain, message->level, "%s", message->text);
    }
  if (self->written != NULL)
    fputs (self->written, stderr);
  g_array_set_size (self->messages, 0);
  g_clear_pointer (&self->written, g_free);
  return TRUE;
}

char *
_sonde_messages_dup_essence (SondeMessages *self,
                             const char *directory)
{
  for (guint i = 0; i < self->messages->len; i++)
    if (has_traceback (g_array_index (self->messages, Message, i).text))
      return dup_from_traceback (g_array_index (self->messages, Message, i).text, directory);
  if (self->written != NULL)
    return dup_from_traceback (self->written, directory);
  return self->messages->len > 0 ? g_strdup (g_array_index (self->messages, Message, 0).text) : NULL; /* the others are its consequences */
}
