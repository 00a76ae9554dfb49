#define G_LOG_DOMAIN "sonde"
#define _GNU_SOURCE /* memfd_create () */

#include "sonde-isolated-process-private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gi18n-lib.h>

#include "sonde-error.h"

#define LEAST_WAIT (G_USEC_PER_SEC / 2) /* for an answer, whatever the limit */
#define SECONDS_TO_END 2.0              /* for a process that closed its connection */
#define MOST_BYTES ((guint64) 64 << 30) /* of an answer, where there is no smaller limit */
#define MOST_DESCRIBED (512 << 10)      /* bytes of any other answer than a result */
#define NEAR_BYTES ((guint64) 8 << 20)  /* so near to its limit a process has no room left */

struct _SondeIsolatedProcess
{
  SondeIsolation *isolation;
  GPid pid; /* 0: it was waited for */
  int socket;
  int life; /* can be read from when the process ended; -1 where the system has no such file */
  const volatile SondeIsolationPage *page;
  gint64 begun; /* when the oldest request without an answer could begin */
  guint n_waiting;
  gboolean unsent;  /* a request could not be sent */
  SondeWords *loss; /* how it ended; NULL: it did not, that is known */
};

/* ---- its end ---- */

static void
wait_for_end (SondeIsolatedProcess *self,
              int *status)
{
  *status = -1;
  while (waitpid (self->pid, status, 0) < 0 && errno == EINTR)
    ;
  g_spawn_close_pid (self->pid);
  self->pid = 0;
}

/* With the processes that it started, while nobody else can have its number. */
static void
end (SondeIsolatedProcess *self,
     int *status)
{
  kill (self->pid, SIGKILL);
  kill (-self->pid, SIGKILL);
  wait_for_end (self, status);
}

/* TRUE where it ended by itself. */
static gboolean
wait_a_while (SondeIsolatedProcess *self,
              int *status)
{
  const gint64 latest = g_get_monotonic_time () + (gint64) (SECONDS_TO_END * G_USEC_PER_SEC);

  for (gulong pause = 100; g_get_monotonic_time () < latest; pause = MIN (2 * pause, 20000))
    {
      siginfo_t ended = { .si_pid = 0 };
      const int waited = waitid (P_PID, (id_t) self->pid, &ended, WEXITED | WNOHANG | WNOWAIT);

      if (waited != 0 && errno != EINTR) /* nobody knows any more who has its number */
        {
          *status = -1;
          self->pid = 0;
          return TRUE;
        }
      if (waited == 0 && ended.si_pid != 0)
        {
          end (self, status);
          return TRUE;
        }
      g_usleep (pause);
    }
  end (self, status);
  return FALSE;
}

void
_sonde_isolated_process_free (SondeIsolatedProcess *self)
{
  int status;

  if (self->pid > 0)
    end (self, &status);
  close (self->socket);
  if (self->life >= 0)
    close (self->life);
  munmap ((void *) self->page, sizeof *self->page);
  g_object_unref (self->isolation);
  g_clear_pointer (&self->loss, sonde_words_unref);
  g_free (self);
}

static char *
dup_message (SondeIsolatedProcess *self)
{
  char text[sizeof self->page->message];

  memcpy (text, (const char *) self->page->message, sizeof text);
  text[sizeof text - 1] = '\0';
  return g_utf8_make_valid (text, -1);
}

static char *
dup_signal_sentence (SondeIsolatedProcess *self,
                     int number)
{
  g_autofree char *limit = g_format_size_full (sonde_isolation_get_bytes (self->isolation), G_FORMAT_SIZE_IEC_UNITS);
  g_autofree char *message = dup_message (self);

  if (strstr (message, "failed to allocate") != NULL || self->page->data_bytes + NEAR_BYTES >= _sonde_isolation_get_data_limit (self->isolation))
    return g_strdup_printf (_ ("it wanted more memory than the %s that it may have (--isolate-memory)"), limit);
  if (*message != '\0')
    return g_strdup_printf (_ ("it gave up with the message “%s”"), message);
  if (number == SIGKILL)
    return g_strdup (_ ("it was killed (signal 9): by itself, by somebody, or by the system for want of memory"));
  return g_strdup_printf (_ ("it crashed (signal %d, %s)"), number, g_strsignal (number));
}

static char *
dup_end_sentence (SondeIsolatedProcess *self,
                  int status)
{
  if (status != -1 && WIFSIGNALED (status))
    return dup_signal_sentence (self, WTERMSIG (status));
  if (status != -1 && WIFEXITED (status) && WEXITSTATUS (status) != SONDE_ISOLATION_LOST)
    return g_strdup_printf (_ ("it ended its process (exit status %d)"), WEXITSTATUS (status));
  return g_strdup (_ ("its process lost the connection to the program: something closed files that it did not open"));
}

/* ---- its beginning ---- */

static gboolean
spawn (SondeIsolatedProcess *self,
       int socket,
       int page,
       GError **error)
{
  g_autofree char *parent = g_strdup_printf ("%d", (int) getpid ());
  const char *program = _sonde_isolation_get_program (self->isolation);
  const char *const arguments[] = { program, g_get_prgname () != NULL ? g_get_prgname () : "sonde", SONDE_ISOLATION_ARGUMENT, parent, NULL };
  const int from[] = { socket, page };
  const int to[] = { SONDE_ISOLATION_SOCKET, SONDE_ISOLATION_PAGE };
  const int words = fcntl (STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1); /* what a plugin prints is no data; the one given is closed there */
  const GSpawnFlags silent = words < 0 ? G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL : 0;
  g_autoptr (GError) local = NULL;
  const gboolean started = g_spawn_async_with_pipes_and_fds (NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD | G_SPAWN_FILE_AND_ARGV_ZERO | silent, NULL, NULL,
                                                             -1, words, -1, from, to, G_N_ELEMENTS (from), &self->pid, NULL, NULL, NULL, &local);

  if (words >= 0)
    close (words);
  if (started)
    return TRUE;
  g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("no process can be started for an analyzer (“%s”): %s: install sonde whole, or leave out --isolate"), program, local->message);
  return FALSE;
}

static gboolean
open_page (SondeIsolatedProcess *self,
           int *file)
{
  void *address;

  *file = memfd_create ("sonde-isolation", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (*file < 0 || ftruncate (*file, sizeof *self->page) != 0 || fcntl (*file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return FALSE;
  address = mmap (NULL, sizeof *self->page, PROT_READ, MAP_SHARED, *file, 0);
  if (address == MAP_FAILED)
    return FALSE;
  self->page = address;
  return TRUE;
}

/* Where a standard file is closed a new one takes its number, and would get what is printed. */
static void
move_from_standard (int *file)
{
  const int moved = *file >= 0 && *file <= STDERR_FILENO ? fcntl (*file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1) : -1;

  if (moved < 0)
    return;
  close (*file);
  *file = moved;
}

/* A process that a plugin forked may hold the connection open when the plugin's own has ended. */
static int
watch_life (GPid pid)
{
#ifdef SYS_pidfd_open
  return (int) syscall (SYS_pidfd_open, pid, 0);
#else
  return -1;
#endif
}

SondeIsolatedProcess *
_sonde_isolated_process_new (SondeIsolation *isolation,
                             GError **error)
{
  SondeIsolatedProcess *self = g_new0 (SondeIsolatedProcess, 1);
  int sockets[2] = { -1, -1 };
  int page = -1;
  gboolean started;

  self->isolation = g_object_ref (isolation);
  self->life = -1;
  if (!open_page (self, &page) || socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
    {
      g_set_error (error, SONDE_ERROR, SONDE_ERROR_FAILED, _ ("no process can be started for an analyzer: %s: raise the limits (ulimit), or leave out --isolate"), g_strerror (errno));
      started = FALSE;
    }
  else
    {
      move_from_standard (&page);
      move_from_standard (&sockets[0]);
      move_from_standard (&sockets[1]);
      started = spawn (self, sockets[1], page, error);
    }
  if (page >= 0)
    close (page);
  if (sockets[1] >= 0)
    close (sockets[1]);
  self->socket = sockets[0];
  if (started)
    {
      self->life = watch_life (self->pid);
      return self;
    }
  self->pid = 0;
  if (self->page == NULL)
    self->page = mmap (NULL, sizeof *self->page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  _sonde_isolated_process_free (self);
  return NULL;
}

/* ---- requests and answers ---- */

void
_sonde_isolated_process_send (SondeIsolatedProcess *self,
                              const char *request,
                              GVariant *argument,
                              int file)
{
  if (self->n_waiting++ == 0)
    self->begun = g_get_monotonic_time ();
  if (!_sonde_message_send (self->socket, g_variant_new ("(sv)", request, argument), file, NULL))
    self->unsent = TRUE;
}

/* When the running call must be over. What the other side says of when it began is believed only within bounds. */
static gint64
get_deadline (SondeIsolatedProcess *self,
              guint n_calls)
{
  const gint64 limit = (gint64) (sonde_isolation_get_seconds (self->isolation) * G_USEC_PER_SEC);
  const gint64 started = __atomic_load_n (&self->page->started, __ATOMIC_SEQ_CST);

  return CLAMP (started, self->begun, self->begun + limit * n_calls) + limit;
}

/* Who sleeps too long was stopped, as by Ctrl-Z, and the processes with it: nobody knows since when, so that time begins anew. */
static void
forgive_stop (SondeIsolatedProcess *self,
              gint64 overslept)
{
  if (overslept > LEAST_WAIT)
    self->begun = g_get_monotonic_time ();
}

/* DONE: there is something to be read, perhaps for long, or the other side is gone. LOST: time is over. */
static SondeAnswer
wait_for_answer (SondeIsolatedProcess *self,
                 guint n_calls,
                 GCancellable *cancellable)
{
  GPollFD cancelled = { -1, 0, 0 };
  const gboolean watched = g_cancellable_make_pollfd (cancellable, &cancelled);
  const gint64 earliest = g_get_monotonic_time () + LEAST_WAIT; /* this program may have been stopped before it came here */
  SondeAnswer answer = SONDE_ANSWER_LOST;
  struct pollfd files[] = { { self->socket, POLLIN, 0 }, { watched ? cancelled.fd : -1, POLLIN, 0 }, { self->life, POLLIN, 0 } };

  for (;;)
    {
      const gint64 now = g_get_monotonic_time ();
      const gint64 left = MAX (get_deadline (self, n_calls), earliest) - now;
      const int pause = left > 0 ? (int) MIN (left / 1000 + 1, G_MAXINT) : 0;
      int ready;

      ready = poll (files, G_N_ELEMENTS (files), pause);
      if (g_cancellable_is_cancelled (cancellable))
        answer = SONDE_ANSWER_CANCELLED;
      else if (ready > 0 && (files[0].revents != 0 || files[2].revents != 0))
        answer = SONDE_ANSWER_DONE;
      if (answer != SONDE_ANSWER_LOST || left <= 0 || (ready < 0 && errno != EINTR))
        break;
      forgive_stop (self, g_get_monotonic_time () - now - (gint64) pause * 1000);
    }
  if (watched)
    g_cancellable_release_fd (cancellable);
  return answer;
}

/* Takes @sentence. */
static SondeAnswer
lose (SondeIsolatedProcess *self,
      SondeWords *sentence,
      GError **error)
{
  g_clear_pointer (&self->loss, sonde_words_unref);
  self->loss = sentence;
  g_set_error_literal (error, SONDE_ERROR, SONDE_ERROR_PLUGIN, sonde_words_get_translated (sentence));
  return SONDE_ANSWER_LOST;
}

static SondeAnswer
lose_by_itself (SondeIsolatedProcess *self,
                GError **error)
{
  int status;

  if (!wait_a_while (self, &status))
    return lose (self, SONDE_WORDS (g_strdup (_ ("it closed the connection to the program and went on"))), error);
  return lose (self, SONDE_WORDS (dup_end_sentence (self, status)), error);
}

static SondeAnswer
take_answer (SondeIsolatedProcess *self,
             GVariant *message,
             const char *type,
             GVariant **answer,
             GError **error)
{
  gboolean done;
  const char *domain, *sentence;
  gint32 code;
  g_autoptr (GVariant) value = NULL;

  g_variant_get (message, "(b&si&sv)", &done, &domain, &code, &sentence, &value);
  if (!done)
    {
      g_autofree char *said = _sonde_isolation_dup_sentence (sentence);

      g_set_error_literal (error, *domain != '\0' ? g_quark_from_string (domain) : SONDE_ERROR, code, said);
      return SONDE_ANSWER_REFUSED;
    }
  if (g_variant_is_of_type (value, G_VARIANT_TYPE (type)))
    {
      *answer = g_steal_pointer (&value);
      return SONDE_ANSWER_DONE;
    }
  return lose (self, SONDE_WORDS (g_strdup (_ ("its process sent an answer that nobody can read"))), error);
}

/* Only results are large: what is said before is looked through over and over. */
static guint64
get_most_bytes (SondeIsolatedProcess *self,
                const char *type)
{
  return g_str_equal (type, SONDE_RESULT_TYPE) ? CLAMP (sonde_isolation_get_bytes (self->isolation), MOST_DESCRIBED, MOST_BYTES) : MOST_DESCRIBED;
}

/* FALSE: the process ended, and what it said last was read. */
static gboolean
has_message (SondeIsolatedProcess *self)
{
  struct pollfd file = { self->socket, POLLIN, 0 };

  return poll (&file, 1, 0) != 0;
}

SondeAnswer
_sonde_isolated_process_receive (SondeIsolatedProcess *self,
                                 const char *type,
                                 guint n_calls,
                                 GVariant **answer,
                                 GCancellable *cancellable,
                                 GError **error)
{
  g_autoptr (GVariant) message = NULL;
  g_autoptr (GError) local = NULL;
  int file = -1, status;
  SondeAnswer outcome;

  *answer = NULL;
  if (self->unsent)
    return lose_by_itself (self, error);
  outcome = wait_for_answer (self, n_calls, cancellable);
  if (outcome == SONDE_ANSWER_CANCELLED)
    {
      g_cancellable_set_error_if_cancelled (cancellable, error);
      return outcome;
    }
  if (outcome == SONDE_ANSWER_LOST)
    {
      end (self, &status);
      return lose (self, SONDE_WORDS (g_strdup_printf (_ ("it took longer than the %g s that a call may take (--isolate-time)"), sonde_isolation_get_seconds (self->isolation))), error);
    }
  if (!has_message (self))
    return lose_by_itself (self, error);
  message = _sonde_message_receive (self->socket, SONDE_ANSWER_TYPE, get_most_bytes (self, type), &file, &local);
  if (file >= 0)
    close (file);
  if (message == NULL && g_error_matches (local, G_IO_ERROR, G_IO_ERROR_CLOSED))
    return lose_by_itself (self, error);
  if (message == NULL)
    return lose (self, SONDE_WORDS (g_strdup (_ ("its process sent an answer that nobody can read"))), error);
  self->n_waiting--;
  self->begun = g_get_monotonic_time ();
  return take_answer (self, message, type, answer, error);
}

SondeIsolatedMethod
_sonde_isolated_process_get_running (SondeIsolatedProcess *self,
                                     guint *element)
{
  *element = self->page->element;
  return self->page->method;
}

SondeWords *
_sonde_isolated_process_dup_reason (SondeIsolatedProcess *self,
                                    const GError *error)
{
  const gboolean lost = self->loss != NULL && g_str_equal (sonde_words_get_translated (self->loss), error->message);

  return lost ? sonde_words_ref (self->loss) : sonde_words_new_plain (error->message);
}
