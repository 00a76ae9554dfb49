#define G_LOG_DOMAIN "sonde"

#include "sonde-isolation-private.h"

#include <string.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "sonde-paths-private.h"
#include "sonde-threads.h"

/* A frame takes seconds at most; what takes a hundred times as long does not end. */
#define DEFAULT_SECONDS 300
#define LEAST_BYTES ((guint64) 1 << 30)
/* What the algebra library's buffer and the stack of a thread reserve; little of it is touched. */
#define RESERVED_BYTES ((guint64) 136 << 20)
#define MOST_SENTENCE 2000 /* bytes */

/**
 * SondeIsolation:
 *
 * What analyzers that run in processes of their own are held to. A registry that has one makes chains of such analyzers:
 * sonde_registry_set_isolation().
 *
 * Each process makes its analyzer, and beside it instances of its own of those upstream whose attachments it reads. Frames go there
 * over shared memory, results come back as data. No code of an analyzer runs in this process.
 */
struct _SondeIsolation
{
  GObject parent_instance;

  char *program;
  double seconds;
  guint64 bytes;
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (SondeIsolation, sonde_isolation, G_TYPE_OBJECT)

static void
sonde_isolation_finalize (GObject *object)
{
  SondeIsolation *self = SONDE_ISOLATION (object);

  g_free (self->program);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (sonde_isolation_parent_class)->finalize (object);
}

static void
sonde_isolation_class_init (SondeIsolationClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = sonde_isolation_finalize;
}

static void
sonde_isolation_init (SondeIsolation *self)
{
}

/* Of the machine, or of what a container may have of it. */
static guint64
count_memory (void)
{
  const guint64 pages = (guint64) MAX (sysconf (_SC_PHYS_PAGES), 0);
  guint64 bytes = pages * (guint64) sysconf (_SC_PAGESIZE);
  g_autofree char *text = NULL;

  if (g_file_get_contents ("/sys/fs/cgroup/memory.max", &text, NULL, NULL) && g_ascii_isdigit (text[0]))
    bytes = MIN (bytes, g_ascii_strtoull (text, NULL, 10));
  return bytes;
}

/**
 * sonde_isolation_new:
 * @program: (nullable): what is started for each analyzer: a program that calls sonde_isolation_serve(); %NULL: this one, anew, where it
 *   did so itself, else the installed `sonde`
 * @seconds: that one call of a plugin may take; 0: 300
 * @bytes: of memory that a process may have for itself, beside frames and mapped files; 0: half of the machine's, so that a plugin that
 *   wants ever more is ended before the machine comes to a halt, and whatever fits there fits here
 * @cancellable: (nullable): ends the making of chains too
 *
 * Processes end with the thread that made the chain, whatever ends it.
 *
 * Returns: (transfer full): limits for a registry
 */
SondeIsolation *
sonde_isolation_new (const char *program,
                     double seconds,
                     guint64 bytes,
                     GCancellable *cancellable)
{
  SondeIsolation *self = g_object_new (SONDE_TYPE_ISOLATION, NULL);

  if (program != NULL)
    self->program = g_strdup (program);
  else
    self->program = _sonde_isolation_is_served_here () ? g_strdup ("/proc/self/exe") : _sonde_paths_dup_installed (SONDE_PROGRAM);
  self->seconds = seconds > 0 ? seconds : DEFAULT_SECONDS;
  self->bytes = bytes > 0 ? bytes : MAX (count_memory () / 2, LEAST_BYTES);
  self->cancellable = cancellable != NULL ? g_object_ref (cancellable) : NULL;
  return self;
}

/**
 * sonde_isolation_get_seconds:
 *
 * Tells how long one call of a plugin may take.
 *
 * Returns: seconds
 */
double
sonde_isolation_get_seconds (SondeIsolation *self)
{
  g_return_val_if_fail (SONDE_IS_ISOLATION (self), 0);
  return self->seconds;
}

/**
 * sonde_isolation_get_bytes:
 *
 * Tells how much memory each process may have.
 *
 * Returns: bytes
 */
guint64
sonde_isolation_get_bytes (SondeIsolation *self)
{
  g_return_val_if_fail (SONDE_IS_ISOLATION (self), 0);
  return self->bytes;
}

const char *
_sonde_isolation_get_program (SondeIsolation *self)
{
  return self->program;
}

GCancellable *
_sonde_isolation_get_cancellable (SondeIsolation *self)
{
  return self->cancellable;
}

guint64
_sonde_isolation_get_data_limit (SondeIsolation *self)
{
  return self->bytes + sonde_threads_get_n () * RESERVED_BYTES;
}

char *
_sonde_isolation_dup_sentence (const char *text)
{
  gsize length = MOST_SENTENCE;
  g_autofree char *start = NULL;
  g_autofree char *valid = NULL;

  if (*text == '\0')
    return g_strdup (_ ("it gave an error without a word"));
  if (strlen (text) <= MOST_SENTENCE)
    return g_utf8_make_valid (text, -1);
  while (length > 0 && ((guchar) text[length] & 0xc0) == 0x80) /* no part of a character */
    length--;
  start = g_strndup (text, length);
  valid = g_utf8_make_valid (start, -1);
  return g_strconcat (valid, "…", NULL);
}
