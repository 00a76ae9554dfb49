#define G_LOG_DOMAIN "sonde"

#include "sonde-registry-private.h"

#include <string.h>

/* The plugin library says why something cannot be loaded through g_warning () only. */

static const char *const domains[] = { "libpeas", "GLib-GObject" };

struct _SondeMessages
{
  GPtrArray *texts; /* of utf8 */
  guint handlers[G_N_ELEMENTS (domains)];
};

static void
catch_message (const char *domain,
               GLogLevelFlags level,
               const char *message,
               gpointer user_data)
{
  g_ptr_array_add (((SondeMessages *) user_data)->texts, g_strdup (message));
}

SondeMessages *
_sonde_messages_start (void)
{
  SondeMessages *self = g_new0 (SondeMessages, 1);

  self->texts = g_ptr_array_new_with_free_func (g_free);
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
}

void
_sonde_messages_free (SondeMessages *self)
{
  _sonde_messages_stop (self);
  g_ptr_array_unref (self->texts);
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

/* The last line of a traceback is the exception; the last place in it is where it was raised. */
static char *
dup_from_traceback (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *place = NULL;
  const char *last = "";

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (g_str_has_prefix (g_strchug (lines[i]), "File \""))
        {
          g_free (place);
          place = dup_place (lines[i]);
        }
      if (*g_strchomp (lines[i]) != '\0')
        last = lines[i];
    }
  return place != NULL ? g_strdup_printf ("%s (%s)", last, place) : g_strdup (last);
}

char *
_sonde_messages_dup_essence (SondeMessages *self)
{
  const char *best = NULL;

  for (guint i = 0; i < self->texts->len; i++)
    {
      const char *text = g_ptr_array_index (self->texts, i);

      if (strstr (text, "Traceback") != NULL || strstr (text, "  File \"") != NULL)
        return dup_from_traceback (text);
      if (best == NULL) /* the others are its consequences */
        best = text;
    }
  return g_strdup (best);
}
